//! What is known of a service that is not well, and what is made of it.

use crate::model::{
    AlarmBrief, LogLine, RolloutEvent, Series, Service, ServiceDetail, Stamp, TaskBrief, TaskDefinition,
    Trouble, Version, stamp::brief,
};
use serde::{Deserialize, Serialize};

/// A time of day tells which moment is meant for this long, milliseconds: 20 hours.
const TODAY: i64 = 72_000_000;

/// All that is known of a service at one moment, read and kept.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The service in depth.
    pub detail: &'a ServiceDetail,
    /// Its row, as the fleet judges it.
    pub row: &'a Service,
    /// Alarms that fire for it beside those of the detail.
    pub firing: &'a [AlarmBrief],
    /// What was read beside the detail.
    pub evidence: &'a Evidence,
    /// Now.
    pub now: Stamp,
    /// How a moment is told: `21:06`.
    pub clock: &'a dyn Fn(Stamp) -> String,
    /// How a version is called.
    pub call: &'a dyn Fn(&Version) -> String,
}

impl<'a> Known<'a> {
    /// Alarms that fire for it, each once.
    pub fn alarms(&self) -> Vec<&'a AlarmBrief> {
        let own = self.detail.alarms.iter().filter(|alarm| alarm.state == "ALARM");
        let mut told: Vec<&AlarmBrief> = Vec::new();
        for alarm in self.firing.iter().chain(own) {
            if !told.iter().any(|known| known.name == alarm.name) {
                told.push(alarm);
            }
        }
        told
    }

    /// A moment: `21:06`, and what is older than that tells by its age: `3d ago`.
    pub fn when(&self, at: Stamp) -> String {
        let age = self.now.since(at);
        if age > TODAY { format!("{} ago", brief(age)) } else { (self.clock)(at) }
    }

    /// When something was: `at 21:06`, `3d ago`.
    pub fn at(&self, at: Stamp) -> String {
        let when = self.when(at);
        if when.ends_with(" ago") { when } else { format!("at {when}") }
    }

    /// Since when something is so: `since 21:06`, `for 3d`.
    pub fn since(&self, at: Stamp) -> String {
        let age = self.now.since(at);
        if age > TODAY { format!("for {}", brief(age)) } else { format!("since {}", (self.clock)(at)) }
    }

    /// Until when something waits: `until 21:06`, `for another 3d`.
    pub fn until(&self, at: Stamp) -> String {
        let left = at.since(self.now);
        if left > TODAY {
            format!("for another {}", brief(left))
        } else {
            format!("until {}", (self.clock)(at))
        }
    }

    /// Events that may speak of what was so at a moment, AWS's before those kept here: not older than an hour then.
    pub fn events_around(&self, at: Stamp) -> impl Iterator<Item = &'a RolloutEvent> {
        let all = self.detail.events.iter().chain(&self.evidence.kept.events);
        all.filter(move |event| at.since(event.at).abs() <= AROUND)
    }
}

/// What is further from a moment than this does not speak of it, milliseconds.
const AROUND: i64 = 3_600_000;

/// What a read is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Want {
    /// The metrics of the last hour.
    Metrics,
    /// The last lines of a task; of those that run, where none is named.
    Lines(String),
    /// The definition of the last good revision.
    Before,
}

/// What is read beside the detail, to explain it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// Metrics of the last hour.
    pub series: Vec<Series>,
    /// Last lines: of tasks that died, and of those that run (without a task).
    pub lines: Vec<LastLines>,
    /// The definition of the last good revision.
    pub before: Option<Box<TaskDefinition>>,
    /// What was kept here and AWS may have forgotten.
    pub kept: Kept,
    /// What could not be read, and why.
    pub unread: Vec<(Want, Trouble)>,
    /// Metrics are not read, since they may cost nothing.
    pub unpaid: bool,
}

/// The last lines before a task ended, or those in which running ones complain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastLines {
    /// The task's id; empty for those that run.
    pub task: String,
    /// Lines, oldest first.
    pub lines: Vec<LogLine>,
}

/// What is kept of a service on this machine, because AWS forgets it within the hour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Tasks that stopped, newest first, with when they were written down.
    pub tasks: Vec<(Stamp, TaskBrief)>,
    /// Last lines of them.
    pub lines: Vec<LastLines>,
    /// Events, newest first.
    pub events: Vec<RolloutEvent>,
}

/// What is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    /// A rollout waits for a person.
    Approval,
    /// An image that is not there or may not be pulled.
    ImagePull,
    /// A secret or parameter that cannot be read.
    Secret,
    /// Subnets without free addresses.
    NoAddresses,
    /// Nowhere to run a task.
    NoCapacity,
    /// A task that could not be started for another reason.
    Start,
    /// Killed for memory.
    OutOfMemory,
    /// The container ended by itself.
    Crash,
    /// Health checks fail.
    FailingCheck,
    /// Something that it needs does not answer.
    Dependency,
    /// The circuit breaker gave a rollout up.
    Breaker,
    /// Alarms took a rollout back.
    AlarmRollback,
    /// A rollout was given up for another reason.
    RolledBack,
    /// Busy, and the autoscaler adds no tasks.
    ScalingLimit,
    /// Busy.
    Overload,
    /// Production points at a group without a healthy target.
    PointsNowhere,
    /// The new revision answers with errors.
    Errors,
    /// Its load balancer answers with errors of its own.
    BalancerErrors,
    /// The new revision is slow.
    Slow,
    /// People, Spot or machines stop its tasks.
    Stopped,
    /// Scaled to zero, or paused.
    Paused,
}

impl CauseKind {
    /// Whether a rollout was given up.
    pub fn gave_up(self) -> bool {
        matches!(self, Self::Breaker | Self::AlarmRollback | Self::RolledBack)
    }
}

/// What is to blame, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The sort.
    pub kind: CauseKind,
    /// A clause: `tasks killed for memory, 1,024 MiB`.
    pub words: String,
    /// Since when.
    pub since: Option<Stamp>,
    /// It follows from what was seen, and nobody said so.
    pub inferred: bool,
    /// The task definition that it is about; empty where it is about none.
    pub definition: String,
    /// It is of what is not in place any more.
    pub past: bool,
}

/// Since when something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Since this moment.
    At(Stamp),
    /// Since some moment before this one, which is the first that was read.
    Before(Stamp),
}

impl Since {
    /// The moment, where somebody told it.
    pub fn told(self) -> Option<Stamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Before(_) => None,
        }
    }

    /// The moment before which it was, where that is all that is known.
    pub fn before(self) -> Option<Stamp> {
        match self {
            Self::At(_) => None,
            Self::Before(at) => Some(at),
        }
    }

    /// The moment, or the last that it may be.
    pub fn latest(self) -> Stamp {
        match self {
            Self::At(at) | Self::Before(at) => at,
        }
    }
}

/// The change that is in place, or is being put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `:21 d41f6c9`.
    pub label: String,
    /// When it began.
    pub at: Stamp,
}

/// What helps most likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Go back to the last good revision.
    RollBack,
    /// Decide the rollout that waits.
    Approve,
    /// Mend, and deploy again.
    Deploy,
    /// More tasks.
    Scale,
    /// Start its tasks anew, once what is missing is there.
    Redeploy,
    /// Look at its log.
    Logs,
    /// Nothing.
    Nothing,
}

/// A fact that speaks for a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// `alarm`, `stopped tasks`, `log`, …
    pub label: String,
    /// What is known.
    pub text: String,
    /// It follows from what was seen, and nobody said so.
    pub inferred: bool,
    /// When it was written down here, where AWS does not tell it any more.
    pub kept: Option<Stamp>,
}

impl Fact {
    /// One that AWS tells.
    pub fn new(label: &str, text: impl Into<String>) -> Self {
        Self { label: label.to_owned(), text: text.into(), inferred: false, kept: None }
    }
}

/// Why a service is not well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Whether it is not well now.
    pub sick: bool,
    /// What is seen of it, in a clause.
    pub symptom: String,
    /// Since when.
    pub since: Option<Since>,
    /// The change that came just before.
    pub change: Option<Change>,
    /// The last good revision, `:20 8be02d4`.
    pub back: Option<String>,
    /// The full ARN of its task definition; empty where it has none.
    pub back_definition: String,
    /// The first sentence, without what helps.
    pub sentence: String,
    /// What helps most likely.
    pub remedy: Remedy,
    /// What that is about, in words: `→ :20 8be02d4`.
    pub remedy_words: String,
    /// Causes, the most telling first.
    pub causes: Vec<Cause>,
    /// Facts, in the order of their weight, each once.
    pub facts: Vec<Fact>,
}

/// A revision as it is told: `:21 d41f6c9`, from the ARN of its task definition and its version.
pub fn revision(definition: &str, version: &str) -> String {
    let number = definition.rsplit('/').next().unwrap_or_default().rsplit_once(':').map(|(_, number)| number);
    let version = if version == "-" { "" } else { version };
    match number {
        Some(number) if !number.is_empty() => format!(":{number} {version}").trim_end().to_owned(),
        _ => version.to_owned(),
    }
}
