//! Everything the screen is drawn from.
//!
//! Each screen's part of the state is a struct of its own, changed by the file of the same name. Views read
//! it; they hold nothing themselves. Geometry that `update` needs (how many rows a page has) follows from
//! [`State::size`] by the functions in `layout`, which `ui` uses too.

use crate::{
    action::Context,
    config::{key::Key, keymap::Keymap, settings::Settings, theme::Theme},
    model::{
        EnvironmentName, Image, LogLine, Metric, Plan, Protection, Range, Revision, RunId, RunView, Series,
        Service, ServiceDetail, ServiceKey, Stamp, TaskDefinition, Trouble, call::Identity, run::DiffLine,
    },
    ops::{Draft, Planner, Run},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

/// The whole state.
#[derive(Debug)]
pub struct State {
    /// The wall clock as last told.
    pub now: Stamp,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Changes whenever something visible may have changed; the runtime draws when it differs.
    pub revision: u64,
    /// Number of the frame last drawn, told by the runtime after drawing.
    pub drawn: u64,
    /// Settings as loaded.
    pub settings: Arc<Settings>,
    /// The live keymap.
    pub keymap: Arc<Keymap>,
    /// The theme, already reduced to what the terminal can show.
    pub theme: Arc<Theme>,
    /// `user@host`, for the journal.
    pub who: String,
    /// Environments in display order.
    pub environments: Vec<Environment>,
    /// Rows by key.
    pub rows: BTreeMap<ServiceKey, Service>,
    /// Sparkline series by service.
    pub sparks: HashMap<ServiceKey, Vec<Series>>,
    /// Services marked for overlaying.
    pub marked: HashSet<ServiceKey>,
    /// Screens, the one shown last.
    pub stack: Vec<Screen>,
    /// The fleet's view.
    pub fleet: FleetView,
    /// The open service, if any.
    pub service: Option<ServiceView>,
    /// Runs.
    pub runs: RunsView,
    /// Cursor and scroll of the environments screen.
    pub environments_view: ListView,
    /// Scroll of help.
    pub help: ListView,
    /// What lies over the screen and takes the keys.
    pub overlay: Option<Overlay>,
    /// A sentence on the hint line.
    pub notice: Option<Notice>,
    /// Keys of a sequence that is not complete.
    pub pending_keys: Vec<Key>,
    /// Whether the mouse is on.
    pub mouse: bool,
    /// Whether times are shown absolute.
    pub absolute_times: bool,
    /// Whether glyphs are limited to ASCII.
    pub ascii: bool,
    /// Counts runs begun, to make ids unique within a millisecond.
    pub run_counter: u32,
}

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Table or matrix of services.
    Fleet,
    /// One service.
    Service,
    /// Runs: the list, or one run.
    Runs,
    /// Environments.
    Environments,
    /// Help.
    Help,
}

/// One environment as the cockpit knows it.
#[derive(Debug)]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// Region, as configured or found.
    pub region: String,
    /// How it is protected.
    pub protection: Protection,
    /// The caller, once known.
    pub identity: Option<Identity>,
    /// The last trouble; cleared by the next success.
    pub trouble: Option<Trouble>,
    /// Parts that could not be read although the rest could.
    pub gaps: Vec<Trouble>,
    /// When all rows were last read.
    pub seen_at: Option<Stamp>,
    /// True while rows are being read.
    pub loading: bool,
    /// Calls, throttled calls, dollars so far.
    pub meter: (u64, u64, f64),
    /// When its calls began, for the cost per hour.
    pub since: Stamp,
    /// Milliseconds between reads of all rows, as the schedule set it.
    pub every: u64,
}

/// Cursor and scroll of a plain list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListView {
    /// The selected line.
    pub cursor: usize,
    /// The first line shown.
    pub offset: usize,
}

/// A column of the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Environment.
    Environment,
    /// Service name.
    Service,
    /// Kind.
    Kind,
    /// Version.
    Version,
    /// State.
    State,
    /// Running of desired.
    Tasks,
    /// CPU.
    Cpu,
    /// Memory.
    Memory,
    /// 5xx share.
    Errors,
    /// p99.
    Latency,
    /// Time since deploy.
    Deployed,
}

/// The fleet's view.
#[derive(Debug, Clone)]
pub struct FleetView {
    /// True for the matrix.
    pub matrix: bool,
    /// The selected service.
    pub selected: Option<ServiceKey>,
    /// Keys that pass the filter, in display order. Kept, not computed in views.
    pub shown: Vec<ServiceKey>,
    /// First row shown.
    pub offset: usize,
    /// Sorted by.
    pub sort: Column,
    /// In reverse.
    pub reverse: bool,
    /// The filter as typed.
    pub filter: String,
    /// The matrix: applications down; recomputed with `shown`.
    pub applications: Vec<String>,
    /// The matrix' cursor: row, column.
    pub cell: (usize, usize),
    /// The matrix' first row.
    pub matrix_offset: usize,
    /// True while rows come from the cache and no environment has answered.
    pub from_cache: bool,
}

/// A tab of the service screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Tab {
    /// Deployments, tasks, events.
    #[default]
    Rollout,
    /// Charts.
    Metrics,
    /// Log lines.
    Logs,
    /// Tasks, stopped ones too.
    Tasks,
    /// Revisions and their differences.
    Revisions,
    /// Configuration.
    Config,
    /// Targets and alarms.
    Targets,
}

impl Tab {
    /// All of them in order.
    pub const ALL: [Self; 7] =
        [Self::Rollout, Self::Metrics, Self::Logs, Self::Tasks, Self::Revisions, Self::Config, Self::Targets];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Rollout => "Rollout",
            Self::Metrics => "Metrics",
            Self::Logs => "Logs",
            Self::Tasks => "Tasks",
            Self::Revisions => "Revisions",
            Self::Config => "Config",
            Self::Targets => "Targets",
        }
    }
}

/// Something that is asked for: nothing yet, the last good one, and the last trouble if it is newer.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// The last good one.
    pub value: Option<T>,
    /// When it came.
    pub at: Option<Stamp>,
    /// The trouble since then.
    pub trouble: Option<Trouble>,
    /// True while asked for.
    pub loading: bool,
}

impl<T> Default for Loaded<T> {
    fn default() -> Self {
        Self { value: None, at: None, trouble: None, loading: false }
    }
}

/// The open service.
#[derive(Debug)]
pub struct ServiceView {
    /// Which.
    pub key: ServiceKey,
    /// The tab shown.
    pub tab: Tab,
    /// Cursor and scroll of each tab's list.
    pub lists: [ListView; 7],
    /// The service in depth.
    pub detail: Loaded<Box<ServiceDetail>>,
    /// Charts.
    pub charts: ChartsView,
    /// Revisions.
    pub revisions: Loaded<Vec<Revision>>,
    /// The definition of the selected revision, and of the current one, for their difference.
    pub difference: Option<Difference>,
    /// Log lines, oldest first, bounded.
    pub log: Vec<LogLine>,
    /// Where to read on.
    pub log_next: Option<String>,
    /// Follow the newest line.
    pub log_follow: bool,
    /// Trouble with the log.
    pub log_trouble: Option<Trouble>,
    /// The log group read, if the service has one.
    pub log_group: Option<String>,
    /// The panel that says why it is not well is open.
    pub why: bool,
}

/// The difference of two revisions.
#[derive(Debug)]
pub struct Difference {
    /// The older: label.
    pub from: String,
    /// The newer: label.
    pub to: String,
    /// Definitions as they come in: older, newer.
    pub definitions: (Option<Box<TaskDefinition>>, Option<Box<TaskDefinition>>),
    /// The lines, once both are there.
    pub lines: Vec<DiffLine>,
    /// Trouble reading one.
    pub trouble: Option<Trouble>,
}

/// Charts of one service, with those of marked services laid over.
#[derive(Debug, Clone, Default)]
pub struct ChartsView {
    /// How far back.
    pub range: Range,
    /// Series of this and of marked services.
    pub series: Loaded<Vec<(ServiceKey, Vec<Series>)>>,
    /// The cursor: points back from the newest; none when off.
    pub cursor: Option<usize>,
    /// The metric with the focus.
    pub focus: usize,
    /// One metric large rather than all small.
    pub zoomed: bool,
    /// Moments of deployments, for markers: when, label, good.
    pub markers: Vec<(Stamp, String, bool)>,
}

/// Runs.
#[derive(Debug, Default)]
pub struct RunsView {
    /// Live machines.
    pub live: HashMap<RunId, Run>,
    /// Planners at work.
    pub planners: HashMap<RunId, Planner>,
    /// Every run known that is not live, newest first.
    pub past: Vec<RunView>,
    /// Cursor and scroll of the list, newest first, live ones included.
    pub list: ListView,
    /// The run that is open.
    pub open: Option<RunId>,
    /// Scroll of the open run's log: lines up from the end.
    pub log_up: usize,
}

/// What lies over the screen.
#[derive(Debug)]
pub enum Overlay {
    /// The filter line.
    Filter(Line),
    /// The palette.
    Palette {
        /// What is typed.
        line: Line,
        /// Entries that match, best first.
        entries: Vec<PaletteEntry>,
        /// The selected one.
        list: ListView,
    },
    /// Pick an image.
    Images {
        /// For which service.
        key: ServiceKey,
        /// What is typed.
        line: Line,
        /// All images, newest first.
        images: Loaded<Vec<Image>>,
        /// Indices of those that match.
        shown: Vec<usize>,
        /// The selected one.
        list: ListView,
    },
    /// Pick a revision to go back to, when nothing is in flight.
    Revisions {
        /// For which service.
        key: ServiceKey,
        /// Revisions.
        revisions: Loaded<Vec<Revision>>,
        /// The selected one.
        list: ListView,
    },
    /// A number of tasks.
    Scale {
        /// For which service.
        key: ServiceKey,
        /// What is typed.
        line: Line,
    },
    /// A plan is being made.
    Planning {
        /// The run it would be.
        run: RunId,
        /// `Deploy 8be02d4 to prod-service`.
        title: String,
    },
    /// A plan to be confirmed.
    Plan(Box<PlanDialog>),
    /// A plan that cannot be.
    Refused {
        /// What was wanted.
        title: String,
        /// Why not, and what to do.
        refusal: crate::model::Refusal,
    },
    /// Why the service is not well: lines of (label, text).
    Why {
        /// Which service.
        key: ServiceKey,
        /// Scroll.
        list: ListView,
    },
    /// An address or another long text to be read and copied.
    Text {
        /// Title.
        title: String,
        /// Lines.
        lines: Vec<String>,
    },
}

/// A plan dialog.
#[derive(Debug)]
pub struct PlanDialog {
    /// What is going to be confirmed, resolved.
    pub draft: Draft,
    /// How the environment is protected.
    pub protection: Protection,
    /// What is typed, where a name must be.
    pub line: Line,
    /// First line shown.
    pub scroll: usize,
    /// The furthest line that has been on the screen; the plan is confirmed only once all were.
    pub seen: usize,
    /// No key read before this frame was on the screen counts; set by the runtime's first draw of it.
    pub since_frame: u64,
    /// Why the last try to confirm was not taken.
    pub complaint: String,
}

impl PlanDialog {
    /// The plan shown.
    pub fn plan(&self) -> &Plan {
        &self.draft.plan
    }
}

/// A line of text being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// The cursor, in characters.
    pub cursor: usize,
}

/// An entry of the palette.
#[derive(Debug, Clone, PartialEq)]
pub struct PaletteEntry {
    /// What it says.
    pub title: String,
    /// The key for it, or its environment.
    pub aside: String,
    /// What it does.
    pub does: PaletteVerb,
}

/// What a palette entry does.
#[derive(Debug, Clone, PartialEq)]
pub enum PaletteVerb {
    /// A verb.
    Act(crate::action::Action),
    /// Open a service.
    Service(ServiceKey),
    /// Show only one environment.
    Environment(EnvironmentName),
    /// Another range.
    Range(Range),
}

/// A sentence on the hint line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// True when it is bad news.
    pub bad: bool,
}

impl State {
    /// The screen shown.
    pub fn screen(&self) -> Screen {
        self.stack.last().copied().unwrap_or(Screen::Fleet)
    }

    /// What has the focus, for the keymap.
    pub fn context(&self) -> Context {
        match &self.overlay {
            Some(Overlay::Filter(_) | Overlay::Palette { .. } | Overlay::Images { .. } | Overlay::Scale { .. }) => {
                return Context::Input;
            }
            Some(_) => return Context::Dialog,
            None => {}
        }
        match self.screen() {
            Screen::Fleet => Context::Fleet,
            Screen::Service => match &self.service {
                Some(view) if view.tab == Tab::Metrics => Context::Metrics,
                _ => Context::Service,
            },
            Screen::Runs => Context::Runs,
            Screen::Environments => Context::Environments,
            Screen::Help => Context::Help,
        }
    }

    /// The environment of that name.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.environments.iter().find(|e| &e.name == name)
    }
}

/// The metrics the charts show, in order.
pub const CHARTS: [Metric; 7] = Metric::ALL;

