//! Plans and runs: what is going to be done, what is being done, how it ended.

use super::{
    LogLine, Migrations, ServiceKey, Stamp, Version,
    migrations::{Way, way},
};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// Identifies a run: time-ordered and unique across machines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub Arc<str>);

impl From<&str> for RunId {
    fn from(id: &str) -> Self {
        Self(Arc::from(id))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunKind {
    /// Another image.
    Deploy,
    /// An earlier revision.
    Rollback,
    /// Migrations.
    Migrate,
    /// The same revision again.
    Redeploy,
    /// Another number of tasks.
    Scale,
    /// Stop a rollout or a task.
    Stop,
    /// The image that runs in another environment.
    Promote,
    /// Checks, migration, deploy and verify window in one.
    Release,
    /// Decide a rollout that waits at a lifecycle hook.
    Continue,
}

impl RunKind {
    /// The word for it, also its verb on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Rollback => "rollback",
            Self::Migrate => "migrate",
            Self::Redeploy => "redeploy",
            Self::Scale => "scale",
            Self::Stop => "stop",
            Self::Promote => "promote",
            Self::Release => "release",
            Self::Continue => "continue",
        }
    }
}

/// How a run ended. Never two for one, never a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is in place and steady.
    Succeeded,
    /// AWS or an operator put the earlier revision back.
    RolledBack,
    /// It did not work.
    Failed,
    /// No progress within its time; AWS may go on.
    Stuck,
    /// Another deployment took over.
    Superseded,
    /// It was not begun, or AWS did not accept it.
    Refused,
    /// Contact or credentials are gone; the run can be taken up again.
    Lost,
    /// It is in place, but its window could not be judged: what was to be measured was not told.
    Unverified,
}

impl Verdict {
    /// The word for it on screens and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::RolledBack => "rolled_back",
            Self::Failed => "failed",
            Self::Stuck => "stuck",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
            Self::Lost => "lost",
            Self::Unverified => "unverified",
        }
    }

    /// The process's exit code for it.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Succeeded => 0,
            Self::Failed | Self::Superseded => 1,
            Self::RolledBack => 3,
            Self::Stuck => 4,
            Self::Refused => 5,
            Self::Lost => 6,
            Self::Unverified => 7,
        }
    }

    /// Whether what was asked for is in place.
    pub fn in_place(self) -> bool {
        matches!(self, Self::Succeeded | Self::Unverified)
    }
}

/// What goes back on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// The revision before it is put back.
    RollBack,
    /// So many tasks as before.
    Scale(u32),
}

/// A line of a plan: a label and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// `image`, `revision`, `command`, …
    pub label: String,
    /// What it is going to be.
    pub value: String,
    /// True for the change itself, which is drawn strongest.
    pub strong: bool,
}

/// A line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// In both.
    Same(String),
    /// Only in the old one.
    Removed(String),
    /// Only in the new one.
    Added(String),
    /// So many equal lines are left out here.
    Skipped(usize),
}

/// Everything an operation is going to do, resolved, before it is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The run it would be.
    pub run: RunId,
    /// What it does.
    pub kind: RunKind,
    /// On which service.
    pub key: ServiceKey,
    /// Twelve digits.
    pub account: String,
    /// Region.
    pub region: String,
    /// `Deploy 8be02d4 to prod-service`.
    pub title: String,
    /// What runs now, and what is going to: `1f0c9a7 → 8be02d4`. Both sides as short versions or revisions.
    pub from: String,
    /// The other side.
    pub to: String,
    /// The particulars, in order.
    pub lines: Vec<PlanLine>,
    /// Diff of the task definition; empty where there is none.
    pub diff: Vec<DiffLine>,
    /// What one should know before confirming.
    pub warnings: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<String>,
    /// What happens when it fails.
    pub on_failure: String,
    /// The AWS operations it may call, as policies name them. Nothing else can be armed.
    pub writes: Vec<&'static str>,
}

impl Plan {
    /// A plan that does nothing yet.
    pub fn empty(run: RunId, key: ServiceKey) -> Self {
        Self {
            run,
            kind: RunKind::Deploy,
            key,
            account: String::new(),
            region: String::new(),
            title: String::new(),
            from: String::new(),
            to: String::new(),
            lines: Vec::new(),
            diff: Vec::new(),
            warnings: Vec::new(),
            steps: Vec::new(),
            on_failure: String::new(),
            writes: Vec::new(),
        }
    }
}

/// What is known of a run from its first moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHeader {
    /// Its id.
    pub id: RunId,
    /// What it does.
    pub kind: RunKind,
    /// On which service.
    pub key: ServiceKey,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// The plan's title.
    pub title: String,
    /// What ran before.
    pub from: String,
    /// What it puts in place.
    pub to: String,
    /// `user@host`.
    pub who: String,
    /// ARN of the AWS identity that it was planned with; empty where none was known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub identity: String,
    /// Why it was done, in the operator's words; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When it began.
    pub at: Stamp,
}

/// The state of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Waiting,
    /// Under way.
    Active,
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Not needed.
    Skipped,
}

/// A line of the journal. A journal file is one run: a `Begin`, then what happened, then an `End`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// The run begins.
    Begin {
        /// Version of this format; 1.
        format: u32,
        /// What is known of it.
        run: RunHeader,
        /// Its steps, in order.
        steps: Vec<String>,
    },
    /// A step changed.
    Step {
        /// When.
        at: Stamp,
        /// Index into the steps.
        step: usize,
        /// To what.
        state: StepState,
        /// A clause about it.
        detail: String,
    },
    /// A change is about to be made. On disk before it is.
    Before {
        /// When.
        at: Stamp,
        /// The operation.
        write: String,
        /// On what.
        target: String,
        /// The idempotency token, where there is one.
        token: Option<String>,
        /// Index into the steps of the one it is made for; none where it belongs to no step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<usize>,
    },
    /// The change was answered.
    After {
        /// When.
        at: Stamp,
        /// The operation.
        write: String,
        /// The resulting id or ARN, or the trouble in words.
        result: String,
        /// False for trouble.
        ok: bool,
        /// Index into the steps, as in the [`Entry::Before`] it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<usize>,
    },
    /// The run goes on with other steps than it began with: those from `from` on are these now. What was done
    /// before stays.
    Steps {
        /// When.
        at: Stamp,
        /// Index of the first of them.
        from: usize,
        /// Their names, in order.
        steps: Vec<String>,
    },
    /// A log line of what runs (a migration's output).
    Log {
        /// The line.
        line: LogLine,
    },
    /// The run was not watched any further; AWS goes on by itself.
    Unwatched {
        /// When.
        at: Stamp,
        /// What is still to come and was not done, and why; empty where nothing is.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// What a later process needs to go on watching, the last one counts; screens do not read it. Holds no
    /// secrets.
    Memo {
        /// When.
        at: Stamp,
        /// The image that was set before the run, as far as known.
        #[serde(default)]
        before: Option<Version>,
        /// Written and read by `ops` alone.
        memo: serde_json::Value,
    },
    /// A run that was lost or not watched is watched again.
    Resumed {
        /// When.
        at: Stamp,
        /// By whom: `user@host`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        who: String,
    },
    /// The run ended.
    End {
        /// When.
        at: Stamp,
        /// How.
        verdict: Verdict,
        /// Why, in a sentence.
        why: String,
    },
}

/// A step of a run with its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub name: String,
    /// Where it stands.
    pub state: StepState,
    /// A clause about it.
    pub detail: String,
    /// When it began.
    pub started_at: Option<Stamp>,
    /// When it ended.
    pub ended_at: Option<Stamp>,
}

impl Step {
    /// A step that is not begun.
    pub fn waiting(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            state: StepState::Waiting,
            detail: String::new(),
            started_at: None,
            ended_at: None,
        }
    }
}

/// A run as screens show it: built from its journal entries and nothing else, live or read back.
#[derive(Debug, Clone, PartialEq)]
pub struct RunView {
    /// What is known of it.
    pub header: RunHeader,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Its log, oldest first, bounded.
    pub log: Vec<LogLine>,
    /// How it ended and why.
    pub end: Option<(Verdict, String, Stamp)>,
    /// True when the watch was broken off.
    pub unwatched: bool,
    /// What is still to come and waits for somebody, and why; empty where nothing does.
    pub waits: String,
    /// Changes that were begun: operation, target, result.
    pub writes: Vec<(String, String, Option<String>)>,
    /// When AWS last took a change of it that begins a rollout.
    pub changed_at: Option<Stamp>,
    /// The image that was set before the run, as far as known: what App Runner, which keeps no history, is
    /// rolled back to.
    pub before: Option<Version>,
}

/// Log lines kept on a run for the screen.
pub const RUN_LOG_MAX: usize = 2_000;

impl RunView {
    /// A run from its first entry; `None` when that is no `Begin`.
    pub fn begin(entry: &Entry) -> Option<Self> {
        let Entry::Begin { run, steps, .. } = entry else { return None };
        Some(Self::of(run.clone(), steps))
    }

    /// A run of which nothing has happened yet.
    pub fn of(header: RunHeader, steps: &[String]) -> Self {
        Self {
            header,
            steps: steps.iter().map(|name| Step::waiting(name)).collect(),
            log: Vec::new(),
            end: None,
            unwatched: false,
            waits: String::new(),
            writes: Vec::new(),
            changed_at: None,
            before: None,
        }
    }

    /// Whether this change begins a rollout: a new number of tasks does not.
    fn begins_a_rollout(&self, write: &str) -> bool {
        let changes = matches!(
            write,
            "ecs:UpdateService"
                | "ecs:UpdateExpressGatewayService"
                | "apprunner:UpdateService"
                | "apprunner:StartDeployment"
        );
        changes && self.header.kind != RunKind::Scale
    }

    /// Takes in the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Begin { .. } => {}
            Entry::Memo { before, .. } => self.before.clone_from(before),
            Entry::Step { at, step, state, detail } => {
                if let Some(found) = self.steps.get_mut(*step) {
                    if *state == StepState::Active && found.started_at.is_none() {
                        found.started_at = Some(*at);
                    }
                    if matches!(state, StepState::Done | StepState::Failed) {
                        found.ended_at = Some(*at);
                    }
                    found.state = *state;
                    found.detail.clone_from(detail);
                }
            }
            Entry::Steps { from, steps, .. } => {
                self.steps.truncate(*from);
                self.steps.extend(steps.iter().map(|name| Step::waiting(name)));
            }
            Entry::Before { write, target, .. } => self.writes.push((write.clone(), target.clone(), None)),
            Entry::After { at, write, result, ok, .. } => {
                if *ok && self.begins_a_rollout(write) {
                    self.changed_at = Some(*at);
                }
                let same = |w: &&mut (String, String, Option<String>)| &w.0 == write && w.2.is_none();
                if let Some(found) = self.writes.iter_mut().rev().find(same) {
                    found.2 = Some(result.clone());
                }
            }
            Entry::Log { line } => {
                if self.log.len() >= RUN_LOG_MAX {
                    self.log.remove(0);
                }
                self.log.push(line.clone());
            }
            Entry::Unwatched { why, .. } => {
                self.unwatched = true;
                self.waits.clone_from(why);
            }
            Entry::Resumed { .. } => {
                self.unwatched = false;
                self.waits.clear();
                self.end = None;
            }
            Entry::End { at, verdict, why } => self.end = Some((*verdict, why.clone(), *at)),
        }
    }

    /// Whether anything was changed, or may have been: locks and records are kept beside it.
    pub fn changed(&self) -> bool {
        self.writes.iter().any(|(operation, ..)| !operation.starts_with("s3:"))
    }

    /// What goes back on it, where it is in place.
    pub fn undo(&self) -> Option<Undo> {
        self.end.as_ref().filter(|(verdict, ..)| verdict.in_place())?;
        match self.header.kind {
            RunKind::Deploy | RunKind::Promote | RunKind::Release => Some(Undo::RollBack),
            RunKind::Scale => self.header.from.parse().ok().map(Undo::Scale),
            _ => None,
        }
    }

    /// What its log tells of migrations, where goose wrote it.
    pub fn migrations(&self) -> Option<Migrations> {
        let is_command = |operation: &str| matches!(operation, "ecs:RunTask" | "local:command");
        let ways =
            self.writes.iter().filter(|(operation, ..)| is_command(operation)).map(|(_, on, _)| way(on));
        // checks come first, and go no way
        let way = ways.rev().find(|way| *way != Way::Untold).unwrap_or_default();
        Migrations::read(self.log.iter().map(|line| line.text.as_str()), way)
    }

    /// The step under way.
    pub fn active(&self) -> Option<&Step> {
        self.steps.iter().find(|s| s.state == StepState::Active)
    }
}
