//! A run as it is shown: its steps, its log and how it ended.

use super::{
    LogLine, Migrations, Stamp, Version,
    entry::{Entry, StepState},
    migrations::{Way, way},
    process::Process,
    run::{RunHeader, RunKind},
    verdict::Verdict,
};

/// What goes back on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// The revision before it is put back.
    RollBack,
    /// So many tasks as before.
    Scale(u32),
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
    /// Whether it was lost for good: there is nothing to be taken up.
    pub for_good: bool,
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
    /// The command that it runs on this machine, or ran when it was last heard of.
    pub process: Option<Process>,
    /// Whether a command of it is still to come, or may still run, as far as told.
    pub commands: Option<bool>,
}

/// Log lines kept on a run for the screen.
pub const RUN_LOG_MAX: usize = 2_000;

/// Who has a run now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// This process.
    Here,
    /// Another process on this machine.
    Elsewhere,
    /// Somebody of the team.
    Theirs,
    /// Nobody that is known of.
    Nowhere,
}

/// Where a run stands: told in one way by lists, screens, commands and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It ended.
    Ended(Verdict),
    /// This process carries it out.
    UnderWay,
    /// Another process on this machine does.
    Elsewhere,
    /// Somebody of the team does.
    Theirs,
    /// It waits for somebody to go on with it.
    Waits,
    /// Nobody watches it any more.
    Unwatched,
    /// It was neither ended nor left.
    Open,
}

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
            for_good: false,
            unwatched: false,
            waits: String::new(),
            writes: Vec::new(),
            changed_at: None,
            before: None,
            process: None,
            commands: None,
        }
    }

    /// Whether a command of it is still to come, or may still run: nobody takes its lock meanwhile without being told.
    pub fn has_commands(&self) -> bool {
        let ended_well = || self.end.as_ref().is_some_and(|(verdict, ..)| verdict.in_place());
        // a journal that does not tell: what it asked for may run
        let asked = || {
            self.writes.iter().any(|(write, ..)| matches!(write.as_str(), "ecs:RunTask" | "local:command"))
        };
        self.commands.unwrap_or_else(|| asked() && !ended_well())
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
            Entry::Memo { before, process, commands, .. } => {
                self.before.clone_from(before);
                self.process.clone_from(process);
                self.commands = *commands;
            }
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
                self.for_good = false;
            }
            Entry::End { at, verdict, why, for_good } => {
                self.end = Some((*verdict, why.clone(), *at));
                self.for_good = *for_good;
            }
        }
    }

    /// Whether anything was changed, or may have been: locks and records are kept beside it.
    pub fn changed(&self) -> bool {
        self.writes.iter().any(|(operation, ..)| !operation.starts_with("s3:"))
    }

    /// Where it stands; `holder` says who has it now.
    pub fn standing(&self, holder: Holder) -> Standing {
        match (&self.end, holder) {
            (Some((verdict, ..)), _) => Standing::Ended(*verdict),
            (None, Holder::Elsewhere) => Standing::Elsewhere,
            (None, Holder::Theirs) => Standing::Theirs,
            // it rests, whoever has it
            (None, _) if !self.waits.is_empty() => Standing::Waits,
            (None, _) if self.unwatched => Standing::Unwatched,
            (None, Holder::Here) => Standing::UnderWay,
            (None, Holder::Nowhere) => Standing::Open,
        }
    }

    /// Whether it can be watched again, or gone on with: it has not ended, or was lost, and not for good.
    pub fn resumable(&self) -> bool {
        match &self.end {
            None => true,
            Some((Verdict::Lost, ..)) => !self.for_good,
            Some(_) => false,
        }
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
