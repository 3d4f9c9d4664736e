//! The open service.

use super::{ListView, Loaded};
use crate::model::{
    LogLine, LogSource, Range, Revision, Series, ServiceDetail, ServiceKey, Stamp, TaskDefinition, Trouble,
    run::DiffLine,
};
use std::collections::HashMap;

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
    /// Where its application's lines are read, or why they are not; none while that is not known.
    pub log_from: Option<Result<LogSource, String>>,
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
    /// Characters of the log's lines left of the screen.
    pub log_left: usize,
    /// First row of the why panel shown.
    pub why_scroll: usize,
    /// Where new and old stand side by side, the cursor is on the old one.
    pub old_side: bool,
    /// The stage of the rollout under way, and since when, where it began while this was watched.
    pub stage: Option<(String, Option<Stamp>)>,
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
