//! The open service.

use super::{ListView, Loaded, LogBook, schedule};
use crate::model::{
    LogSource, Range, Revision, Series, ServiceDetail, ServiceKey, Stamp, TaskDefinition, Trouble,
    plan::DiffLine,
    why::{Evidence, Want},
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

    /// Its place among them.
    pub fn place(self) -> usize {
        Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0)
    }

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
    /// The numbers beside a rollout.
    pub numbers: Loaded<Vec<Series>>,
    /// Revisions.
    pub revisions: Loaded<Vec<Revision>>,
    /// The definition of the selected revision, and of the current one, for their difference.
    pub difference: Option<Difference>,
    /// Log lines.
    pub log: LogBook,
    /// How far the look for older ones is.
    pub log_back: Older,
    /// The first look for lines, at the end of the range, was answered.
    pub log_begun: bool,
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
    /// What was read beside its particulars to explain it.
    pub evidence: Evidence,
    /// What is kept of it on this machine was asked for.
    pub recalled: bool,
    /// What of that was asked for, and when.
    pub evidence_at: HashMap<Want, Asked>,
    /// Log lines are being read.
    pub log_loading: bool,
    /// What the lines are filtered by, as it was typed; empty for all.
    pub log_filter: String,
    /// Long lines are wrapped.
    pub log_wrap: bool,
    /// Lines of JSON have a row for each member.
    pub log_unfold: bool,
    /// Whose lines are read, where it is not the application's container.
    pub log_container: Option<String>,
    /// The moment that is looked for.
    pub log_goto: Option<Stamp>,
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

/// When something that explains a service was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// When.
    pub at: Stamp,
    /// Times in a row that it failed.
    pub failures: u32,
}

impl Asked {
    /// Whether it is to be asked for again: metrics and the lines of what runs grow old; what failed is tried again, less and
    /// less often.
    pub fn is_due(self, unread: &[(Want, Trouble)], want: &Want, now: Stamp) -> bool {
        let age = now.since(self.at);
        let grows_old = match want {
            Want::Metrics => Some(METRICS_MS),
            Want::Lines(task) if task.is_empty() => Some(LINES_MS),
            _ => None,
        };
        match unread.iter().find(|(own, _)| own == want) {
            Some((_, trouble)) => {
                let every = grows_old.unwrap_or(schedule::DETAIL_MS);
                age >= schedule::span(schedule::retry_after(every, self.failures, trouble))
            }
            None => grows_old.is_some_and(|every| age >= schedule::span(every)),
        }
    }
}

/// Milliseconds after which metrics, and the lines of what runs, are read again.
const METRICS_MS: u64 = 60_000;
const LINES_MS: u64 = 30_000;

/// How far a look for older lines is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Older {
    /// None is made.
    #[default]
    Idle,
    /// It is not answered yet.
    Asked,
    /// Nothing was found so far; from here it goes on.
    Further(String),
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

impl ServiceView {
    /// The view of a service of which nothing is known yet.
    pub fn new(key: ServiceKey) -> Self {
        Self {
            key,
            tab: Tab::Rollout,
            lists: [ListView::default(); 7],
            detail: Loaded::default(),
            charts: ChartsView::default(),
            numbers: Loaded::default(),
            revisions: Loaded::default(),
            difference: None,
            log: LogBook::default(),
            log_back: Older::default(),
            log_begun: false,
            log_next: None,
            log_follow: true,
            log_trouble: None,
            log_from: None,
            why: false,
            evidence: Evidence::default(),
            recalled: false,
            evidence_at: HashMap::new(),
            log_loading: false,
            log_filter: String::new(),
            log_wrap: false,
            log_unfold: false,
            log_container: None,
            log_goto: None,
            log_since: Stamp(0),
            log_range: Range::M15,
            definitions: HashMap::new(),
            diff_scroll: 0,
            old_side: false,
            stage: None,
            log_left: 0,
            why_scroll: 0,
            failures: 0,
        }
    }

    /// Cursor and scroll of the tab shown.
    pub fn list(&self) -> ListView {
        self.list_of(self.tab)
    }

    /// Cursor and scroll of a tab.
    pub fn list_of(&self, tab: Tab) -> ListView {
        self.lists.get(tab.place()).copied().unwrap_or_default()
    }

    /// The same, to be changed.
    pub(in crate::app) fn list_mut(&mut self, tab: Tab) -> Option<&mut ListView> {
        self.lists.get_mut(tab.place())
    }
}
