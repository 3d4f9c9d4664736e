//! Everything the screen is drawn from.
//!
//! Each screen's part of the state is a struct of its own, changed by the file of the same name. Views read
//! it; they hold nothing themselves. Geometry that `update` needs (how many rows a page has) follows from
//! [`State::size`] by the functions in `view::layout`, which `ui` uses too.

use super::{
    AlarmsView, BoardView, Environment, FleetView, Health, Images, ListView, Notice, Overlay, RunsView,
    Screen, ServiceView, Tab, TimelineView, schedule::Budget,
};
use crate::{
    action::Context,
    config::{
        key::Key,
        keymap::Keymap,
        settings::{Glyphs, Settings, Times},
        theme::Theme,
    },
    model::{EnvironmentName, Series, Service, ServiceKey, Stamp, Trouble},
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
    /// The service that is opened as soon as it is known: its environment and name.
    pub opening: Option<(EnvironmentName, String)>,
    /// The service that was open before the one beside a run was.
    pub aside: Option<Box<ServiceView>>,
    /// Runs.
    pub runs: RunsView,
    /// Pinned services.
    pub board: BoardView,
    /// Alarms.
    pub alarms: AlarmsView,
    /// What happened.
    pub timeline: TimelineView,
    /// Cursor and scroll of the environments screen.
    pub environments_view: ListView,
    /// Scroll of help.
    pub help: ListView,
    /// By what help is filtered.
    pub help_filter: String,
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
    /// The overlay took the place of another.
    pub overlay_follows: bool,
    /// Sets this process apart from others in the ids of runs; set by the runtime.
    pub seed: u32,
    /// The environments are found in the account; the settings name none.
    pub discovered: bool,
    /// When this began: nothing was read before.
    pub begun_at: Stamp,
    /// It is known which environments there are, be it none.
    pub found: bool,
    /// The profiles that are written down.
    pub profiles: Vec<String>,
    /// The regions that profiles name.
    pub regions: Vec<String>,
    /// Why the environments could not be discovered, while they are not known.
    pub lost: Option<Trouble>,
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
        let discovered = settings.environments.is_empty();
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
            opening: None,
            aside: None,
            runs: RunsView::default(),
            board: BoardView::default(),
            alarms: AlarmsView::default(),
            timeline: TimelineView::default(),
            environments_view: ListView::default(),
            help: ListView::default(),
            help_filter: String::new(),
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
            overlay_follows: false,
            seed: 0,
            discovered,
            begun_at: now,
            found: !discovered,
            profiles: Vec::new(),
            regions: Vec::new(),
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
                Overlay::Filter(_)
                | Overlay::Palette { .. }
                | Overlay::Images { .. }
                | Overlay::Scale { .. }
                | Overlay::TakeOver(_),
            ) => {
                return Context::Input;
            }
            Some(Overlay::GoOn(on)) if on.protection == crate::model::Protection::Typed => {
                return Context::Input;
            }
            Some(Overlay::Plan(dialog)) if dialog.noting => return Context::Input,
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
                Some(view) if matches!(view.tab, Tab::Metrics | Tab::Logs) => Context::Metrics,
                _ => Context::Service,
            },
            Screen::Runs => Context::Runs,
            Screen::Environments => Context::Environments,
            Screen::Timeline => Context::Timeline,
            Screen::Board => Context::Board,
            Screen::Alarms => Context::Alarms,
            Screen::Help => Context::Help,
        }
    }

    /// Milliseconds between reads of all rows, as configured.
    pub fn refresh_ms(&self) -> u64 {
        u64::try_from(self.settings.refresh.as_millis()).unwrap_or(u64::MAX)
    }

    /// The environment of that name, to be changed.
    pub fn environment_mut(&mut self, name: &EnvironmentName) -> Option<&mut Environment> {
        self.environments.iter_mut().find(|e| &e.name == name)
    }

    /// The environment of that name.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.environments.iter().find(|e| &e.name == name)
    }
}
