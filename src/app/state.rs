//! Everything the screen is drawn from.
//!
//! Each screen's part of the state is a struct of its own, changed by the file of the same name. Views read
//! it; they hold nothing themselves. Geometry that `update` needs (how many rows a page has) follows from
//! [`State::size`] by the functions in `layout`, which `ui` uses too.

use super::{health::Health, images::Images, layout::Widths, schedule::Budget};
use crate::{
    action::Context,
    config::{
        key::Key,
        keymap::Keymap,
        settings::{self, Glyphs, Settings, Times},
        theme::Theme,
    },
    model::{
        Entry, EnvironmentName, Image, LogLine, Metric, Plan, Protection, Range, Revision, RunId, Series,
        Service, ServiceDetail, ServiceKey, Stamp, TaskDefinition, Trouble,
        call::Identity,
        run::{DiffLine, RunView},
    },
    ops::{Draft, Planner, Run, Wish},
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
    /// How many of its seconds pass in one of the user's: 1, but for the demo, whose clock is the
    /// simulator's. Set by the runtime before the first message.
    pub speed: f64,
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
    /// Images of the repositories in use.
    pub images: Images,
    /// What alarms and dying tasks say against rows that AWS calls steady.
    pub health: Health,
    /// The clock and AWS are the demo's: nothing outlives the process.
    pub demo: bool,
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
    /// Quitting was asked once while runs are live; the next time it is done.
    pub quit_asked: bool,
    /// When the clock timer is set to go off; none when nothing shown depends on the time.
    pub clock_at: Option<Stamp>,
    /// Rows differ from the cache on disk.
    pub unsaved: bool,
    /// When the rows were last written to the cache.
    pub saved_at: Stamp,
    /// What metrics may still cost.
    pub budget: Budget,
    /// Planning, Plan and Refused take no key that was read before this frame was on the screen.
    pub overlay_since: u64,
    /// Sets this process apart from others in the ids of runs; set by the runtime.
    pub seed: u32,
    /// Why the environments could not be discovered, while they are not known.
    pub lost: Option<Trouble>,
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
    /// Reads of all rows that failed in a row.
    pub failures: u32,
    /// When all rows are read next, where that is known.
    pub next_at: Option<Stamp>,
    /// Rows that change fast are being read.
    pub rows_loading: bool,
    /// Sparklines are being read.
    pub sparks_loading: bool,
    /// Trouble with metrics; the rest may be well.
    pub metrics_trouble: Option<Trouble>,
    /// When sparklines of rows that came up are going to be asked for.
    pub sparks_soon: Option<Stamp>,
    /// When sparklines were last asked for.
    pub sparks_at: Option<Stamp>,
    /// The services whose sparklines were asked for last.
    pub sparks_for: Vec<ServiceKey>,
    /// Alarms are being read.
    pub alarms_loading: bool,
    /// When alarms were last asked for.
    pub alarms_at: Option<Stamp>,
    /// Why alarms could not be read, since they last could.
    pub alarms_trouble: Option<Trouble>,
}

impl Environment {
    /// An environment of which nothing is known but its configuration.
    pub fn new(configured: &settings::Environment, settings: &Settings, now: Stamp) -> Self {
        let protection = if settings.read_only { Protection::ReadOnly } else { configured.protection };
        Self {
            name: configured.name.clone(),
            region: configured.region.clone().or_else(|| settings.region.clone()).unwrap_or_default(),
            protection,
            identity: None,
            trouble: None,
            gaps: Vec::new(),
            seen_at: None,
            loading: false,
            meter: (0, 0, 0.0),
            since: now,
            every: 0,
            failures: 0,
            next_at: None,
            rows_loading: false,
            sparks_loading: false,
            metrics_trouble: None,
            sparks_soon: None,
            sparks_at: None,
            sparks_for: Vec::new(),
            alarms_loading: false,
            alarms_at: None,
            alarms_trouble: None,
        }
    }
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
    /// True once somebody moved the cursor; until then it stays on the first row while rows come in.
    pub chosen: bool,
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
    /// The widest texts among `shown`; recomputed with it.
    pub widths: Widths,
    /// The matrix: services of a cell, the most troubled first, by (row, column); recomputed with `shown`.
    pub cells: HashMap<(usize, usize), Vec<ServiceKey>>,
    /// Place of the selected service in `shown`.
    pub cursor: usize,
}

impl Default for FleetView {
    fn default() -> Self {
        Self {
            matrix: false,
            selected: None,
            chosen: false,
            shown: Vec::new(),
            offset: 0,
            sort: Column::Environment,
            reverse: false,
            filter: String::new(),
            applications: Vec::new(),
            cell: (0, 0),
            matrix_offset: 0,
            from_cache: false,
            widths: Widths::default(),
            cells: HashMap::new(),
            cursor: 0,
        }
    }
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
    /// Log lines are being read.
    pub log_loading: bool,
    /// Only lines that contain this, whatever the case, are shown; empty for all.
    pub log_filter: String,
    /// From which moment the log was read, or is read again.
    pub log_since: Stamp,
    /// Definitions read so far, by ARN; they never change.
    pub definitions: HashMap<String, TaskDefinition>,
    /// First line of the difference shown on the Revisions tab.
    pub diff_scroll: usize,
    /// How far back the log is read at first.
    pub log_range: Range,
    /// Reads of the detail that failed in a row.
    pub failures: u32,
}

/// The difference of two revisions.
#[derive(Debug)]
pub struct Difference {
    /// The older: label.
    pub from: String,
    /// The newer: label.
    pub to: String,
    /// ARNs of their task definitions; empty for App Runner.
    pub arns: (String, String),
    /// Definitions as they come in: older, newer.
    pub definitions: (Option<Box<TaskDefinition>>, Option<Box<TaskDefinition>>),
    /// The lines, once both are there.
    pub lines: Vec<DiffLine>,
    /// Trouble reading one.
    pub trouble: Option<Trouble>,
    /// The lines are there; none of them means that nothing differs.
    pub ready: bool,
    /// Definitions that were missing have been asked for.
    pub asked: bool,
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
    /// The run was not opened from the list: going back leaves the screen.
    pub direct: bool,
    /// Scroll of the open run's log: lines up from the end.
    pub log_up: usize,
    /// Runs that another process of this machine is flying.
    pub held: HashSet<RunId>,
    /// Machines of runs that were lost or are not watched, to be resumed.
    pub resting: HashMap<RunId, Run>,
    /// Entries of runs that the journal says were lost, to be taken up again.
    pub lost: HashMap<RunId, Vec<Entry>>,
    /// What each planner at work is to plan.
    pub wanted: HashMap<RunId, Wanted>,
}

/// What a planner was asked for, kept to plan it anew when the plan is void.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The wish.
    pub wish: Wish,
    /// The service.
    pub key: ServiceKey,
    /// `Deploy 8be02d4 to prod-service`, as far as known before planning.
    pub title: String,
    /// When planning began.
    pub at: Stamp,
    /// Task definition and revision of the service when planning began.
    pub was: (String, String),
    /// Why it is planned anew; empty the first time.
    pub again: String,
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
        /// To run migrations with it, rather than to deploy it.
        migrate: bool,
        /// The repository that was asked; empty until the image in use is known.
        repository: String,
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
    /// The frame that first shows the last of the rows seen; no confirmation read before it counts.
    pub seen_frame: u64,
    /// Why the last try to confirm was not taken.
    pub complaint: String,
    /// What was wanted.
    pub wanted: Wanted,
    /// When the plan was shown; after five minutes it is void.
    pub made_at: Stamp,
    /// When its first frame was on the screen, or the last confirmation since then that came too early.
    pub quiet_since: Option<Stamp>,
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
    /// Choose the revision to go back to.
    PickRevision,
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
    /// The state before anything is known.
    pub fn new(
        settings: Arc<Settings>,
        keymap: Arc<Keymap>,
        theme: Arc<Theme>,
        who: String,
        now: Stamp,
        size: (u16, u16),
    ) -> Self {
        let environments =
            settings.environments.iter().map(|e| Environment::new(e, &settings, now)).collect();
        let budget = Budget::full(settings.cost_limit, now);
        Self {
            now,
            speed: 1.0,
            size,
            revision: 0,
            drawn: 0,
            mouse: settings.mouse,
            absolute_times: settings.times == Times::Absolute,
            ascii: settings.glyphs == Glyphs::Ascii,
            settings,
            keymap,
            theme,
            who,
            environments,
            rows: BTreeMap::new(),
            images: Images::default(),
            health: Health::default(),
            demo: false,
            sparks: HashMap::new(),
            marked: HashSet::new(),
            stack: vec![Screen::Fleet],
            fleet: FleetView::default(),
            service: None,
            runs: RunsView::default(),
            environments_view: ListView::default(),
            help: ListView::default(),
            overlay: None,
            notice: None,
            pending_keys: Vec::new(),
            run_counter: 0,
            quit_asked: false,
            clock_at: None,
            unsaved: false,
            saved_at: Stamp(0),
            budget,
            overlay_since: 0,
            seed: 0,
            lost: None,
        }
    }

    /// Milliseconds of the clock between two reads every `clock_ms`, but never more often than every 5
    /// seconds of the user's: for what follows the clock of AWS, which the demo's is ahead of the user's.
    pub fn paced(&self, clock_ms: i64) -> i64 {
        clock_ms.max(self.clocked(5_000))
    }

    /// The user's milliseconds as milliseconds of the clock: for what concerns people and reading again, not
    /// AWS.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // durations; saturates
    pub fn clocked(&self, real_ms: i64) -> i64 {
        (real_ms as f64 * self.speed) as i64
    }

    /// Milliseconds of the clock as the user's: for timers.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // durations; saturates
    pub fn felt(&self, clock_ms: i64) -> i64 {
        (clock_ms as f64 / self.speed.max(1e-3)) as i64
    }

    /// The screen shown.
    pub fn screen(&self) -> Screen {
        self.stack.last().copied().unwrap_or(Screen::Fleet)
    }

    /// What has the focus, for the keymap.
    pub fn context(&self) -> Context {
        match &self.overlay {
            Some(
                Overlay::Filter(_) | Overlay::Palette { .. } | Overlay::Images { .. } | Overlay::Scale { .. },
            ) => {
                return Context::Input;
            }
            Some(_) => return Context::Dialog,
            None => {}
        }
        self.screen_context()
    }

    /// What has the focus below an overlay.
    pub fn screen_context(&self) -> Context {
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

    /// Milliseconds between reads of all rows, as configured.
    pub fn refresh_ms(&self) -> u64 {
        u64::try_from(self.settings.refresh.as_millis()).unwrap_or(u64::MAX)
    }

    /// The environment of that name.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.environments.iter().find(|e| &e.name == name)
    }
}

/// The metrics the charts show, in order.
pub const CHARTS: [Metric; 7] = Metric::ALL;
