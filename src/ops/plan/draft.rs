//! A plan being written, and the finished draft.
use super::found::{Found, Halt, Part};
use crate::model::{
    Controller, Kind, Plan, PlanLine, Refusal, RunId, RunKind, Sealed, ServiceDetail, ServiceState, Stamp,
    Version, running, stamp,
};
use crate::ops::facts::{Facts, Stage};
use crate::ops::watch::{gone, in_flight};
use crate::ops::{Context, HeldLock};

/// Ids of deployments and operations that are remembered, to tell a new one from those before; the newest are
/// enough for that.
const KNOWN_MAX: usize = 20;

/// Credentials that expire sooner than this are warned of, milliseconds.
const EXPIRES_SOON_MS: i64 = 20 * 60 * 1000;

/// A plan with everything that is needed to run it: what is shown and confirmed, and what is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What is confirmed.
    pub plan: Plan,
    pub(in crate::ops) facts: Facts,
    /// The documents of its copies of task definitions, in their order.
    pub(in crate::ops) documents: Vec<Option<Sealed>>,
    pub(in crate::ops) source: Option<Sealed>,
    pub(in crate::ops) who: String,
    pub(in crate::ops) identity: String,
    pub(in crate::ops) note: String,
    /// The lock that somebody else holds: as long as they do, it does not run. With its entity tag in
    /// [`Context::steal`] the same wish takes it over.
    pub held: Option<HeldLock>,
}

impl Draft {
    /// Why it cannot run now, where somebody else holds the lock.
    pub fn locked(&self, now: Stamp) -> Option<Refusal> {
        let held = self.held.as_ref().filter(|held| !held.record.has_expired(now))?;
        Some(Refusal::new(
            format!("the application is locked: {}", held.record.told(now)),
            "wait for it, or take the lock over by typing the holder's name",
        ))
    }

    /// The step and the operation of its last change: once AWS has accepted that, nothing is left to be done but to
    /// watch. None where it changes nothing.
    pub fn last_change(&self) -> Option<(usize, &'static str)> {
        let steps = self.facts.stages.iter().enumerate();
        steps.filter_map(|(step, stage)| Some((step, stage.operation()?))).next_back()
    }

    /// It was read from a file, which other machines may have as well: where the team keeps records, its record is written
    /// before anything else is changed, or nothing is.
    pub fn apply_once(&mut self) {
        if let Some(lock) = &mut self.facts.lock {
            lock.once = true;
        }
    }

    /// Says why it is done, in the operator's words.
    pub fn set_note(&mut self, note: String) {
        self.note = note;
    }
}

/// A plan being written.
pub(super) struct Sheet<'a> {
    pub(super) context: &'a Context,
    pub(super) found: &'a Found,
    pub(super) detail: &'a ServiceDetail,
    pub(super) now: Stamp,
    /// When planning began; the same however often it is worked out.
    pub(super) begun: Stamp,
    pub(super) plan: Plan,
    pub(super) facts: Facts,
    /// The documents of the copies in `facts.templates`, in their order.
    pub(super) documents: Vec<Option<Sealed>>,
    pub(super) source: Option<Sealed>,
    /// The image that is put in place, once it was told.
    pub(super) chosen: Option<Chosen>,
    /// What the tag named that is moved.
    pub(super) tag_before: Option<String>,
    /// Whether the run takes the team's lock.
    pub(super) locks: bool,
    /// The lock that somebody else holds.
    pub(super) held: Option<HeldLock>,
}

impl<'a> Sheet<'a> {
    /// Begins a plan: who is calling, and what the service is now.
    pub(super) fn open(
        context: &'a Context,
        found: &'a Found,
        run: &RunId,
        begun: Stamp,
        now: Stamp,
    ) -> Part<Self> {
        let identity = found.identity()?;
        if !context.account.is_empty() && identity.account != context.account {
            return Err(Halt::refuse(
                format!(
                    "the credentials belong to account {}, and {} is account {}",
                    identity.account,
                    context.key().environment,
                    context.account
                ),
                "use the credentials of that account",
            ));
        }
        let key = context.key().clone();
        let detail = found.detail(&key)?;
        if gone(detail) {
            return Err(Halt::refuse(format!("{key} is inactive"), "nothing can be changed on it"));
        }
        // who is calling is told by one answer alone: what it says is held against what AWS says of the service
        let of_service = detail.service.arn.split(':').nth(4).unwrap_or_default();
        if !of_service.is_empty() && of_service != identity.account {
            return Err(Halt::refuse(
                format!(
                    "AWS tells account {} of these credentials, and {of_service} of {key}",
                    identity.account
                ),
                "see what stands between this machine and AWS, and try again",
            ));
        }
        // where changes go: the session may be in another region than the configuration, or the profile alone names one
        let region = if identity.region.is_empty() { &context.region } else { &identity.region };
        let of_service = detail.service.arn.split(':').nth(3).unwrap_or_default();
        if !of_service.is_empty() && !region.is_empty() && of_service != region {
            return Err(Halt::refuse(
                format!("changes go to {region}, and AWS tells region {of_service} of {key}"),
                "see what stands between this machine and AWS, and try again",
            ));
        }
        let mut plan = Plan::empty(run.clone(), key.clone());
        plan.account.clone_from(&identity.account);
        plan.region.clone_from(region);
        let mut facts = Facts::of(key, detail.service.arn.clone());
        facts.earlier_definition.clone_from(&detail.service.task_definition);
        let completed = running::last_completed(detail).map(|found| found.definition);
        if let Some(completed) = completed.filter(|found| *found != detail.service.task_definition) {
            completed.clone_into(&mut facts.completed_definition);
        }
        facts.earlier_image.clone_from(&detail.service.version.image);
        facts.earlier_digest.clone_from(&detail.service.version.digest);
        facts.poll_ms = context.poll_ms;
        facts.stuck_after_ms = context.stuck_after_ms;
        facts.grace_ms = u64::from(detail.grace_s.unwrap_or_default()).saturating_mul(1_000);
        facts.drains =
            !detail.targets.is_empty() || detail.config.iter().any(|(_, name, _)| name == "target group");
        facts.known = detail
            .history
            .iter()
            .take(KNOWN_MAX)
            .map(|h| h.arn.clone())
            .chain(detail.deployments.iter().take(KNOWN_MAX).map(|d| d.id.clone()))
            .chain(detail.operations.iter().take(KNOWN_MAX).map(|o| o.id.clone()))
            .collect();
        let mut sheet = Self {
            context,
            found,
            detail,
            now,
            begun,
            plan,
            facts,
            documents: Vec::new(),
            source: None,
            chosen: None,
            tag_before: None,
            locks: false,
            held: None,
        };
        sheet.head();
        if let Some(left) = identity.expires_at.map(|at| at.since(now)).filter(|left| *left < EXPIRES_SOON_MS)
        {
            sheet.warn(format!("the credentials expire in {}", stamp::brief(left)));
        }
        Ok(sheet)
    }

    fn head(&mut self) {
        let key = self.facts.key.clone();
        self.line("environment", key.environment.as_str());
        self.line("account", self.plan.account.clone());
        self.line("region", self.plan.region.clone());
        if !key.cluster.is_empty() {
            self.line("cluster", key.cluster.as_ref());
        }
        self.line("service", key.name.as_ref());
        self.line("kind", key.kind.word());
    }

    /// What it does: kind, title, and both sides.
    pub(super) fn title(
        &mut self,
        kind: RunKind,
        title: String,
        from: impl Into<String>,
        to: impl Into<String>,
    ) {
        self.plan.kind = kind;
        self.plan.title = title;
        self.plan.from = from.into();
        self.plan.to = to.into();
    }

    /// A particular.
    pub(super) fn line(&mut self, label: &str, value: impl Into<String>) {
        self.plan.lines.push(PlanLine { label: label.to_owned(), value: value.into(), strong: false });
    }

    /// The change itself.
    pub(super) fn strong(&mut self, label: &str, value: impl Into<String>) {
        self.plan.lines.push(PlanLine { label: label.to_owned(), value: value.into(), strong: true });
    }

    /// What one should know before confirming.
    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.plan.warnings.push(text.into());
    }

    /// A step.
    pub(super) fn step(&mut self, stage: Stage, text: impl Into<String>) {
        self.facts.stages.push(stage);
        self.plan.steps.push(text.into());
    }

    /// The first step of whatever changes what is set.
    pub(super) fn preflight(&mut self) {
        self.step(Stage::Preflight, "check that nothing changed since the plan");
    }

    /// The service's name.
    pub(super) fn name(&self) -> &'a str {
        &self.context.service.key.name
    }

    /// What runs the service.
    pub(super) fn kind(&self) -> Kind {
        self.context.service.key.kind
    }

    /// Refuses services whose deployments ECS does not move itself, and tells where they are made: UpdateService takes
    /// no task definition for them, and no forced deployment of one.
    pub(super) fn needs_own_controller(&self) -> Part<()> {
        let set = running::primary(&self.detail.deployments).filter(|d| d.task_set);
        let made_by = set.map(|set| set.external_id.as_str()).filter(|id| !id.is_empty());
        let (who, remedy) = match self.detail.service.controller {
            Controller::Ecs | Controller::AppRunner => return Ok(()),
            Controller::CodeDeploy => (
                "AWS CodeDeploy (controller CODE_DEPLOY)",
                match made_by {
                    Some(id) => format!(
                        "deploy where its deployments are made: CodeDeploy's application and group of deployment {id}"
                    ),
                    None => "deploy where its deployments are made: in its CodeDeploy application".to_owned(),
                },
            ),
            Controller::External => (
                "a third party (controller EXTERNAL)",
                match (made_by, set) {
                    (Some(id), _) => format!("deploy where its task sets are made: the last is {id} there"),
                    (None, Some(set)) => {
                        format!("deploy where its task sets are made: the last is {}", set.id)
                    }
                    (None, None) => "deploy where its task sets are made".to_owned(),
                },
            ),
        };
        Err(Halt::refuse(
            format!(
                "{who} moves the deployments of {}, and refuses a change of the task definition",
                self.name()
            ),
            remedy,
        ))
    }

    /// Refuses services that are paused or in the middle of something.
    pub(super) fn needs_rest(&self) -> Part<()> {
        let apprunner = self.kind() == Kind::AppRunner;
        if apprunner && self.detail.service.state == ServiceState::Paused {
            return Err(Halt::refuse(format!("{} is paused", self.name()), "resume it first"));
        }
        if apprunner && self.detail.status == "DELETE_FAILED" {
            return Err(Halt::refuse(
                format!("the deletion of {} failed, and App Runner does not recover it", self.name()),
                "delete it once more; nothing can be deployed on it",
            ));
        }
        if let Some(flight) = in_flight(self.detail) {
            let remedy = if apprunner {
                "wait until it has ended; App Runner takes one change at a time"
            } else {
                "roll it back (R), or wait until it has ended"
            };
            let what = if apprunner { "an operation" } else { "a rollout" };
            return Err(Halt::refuse(
                format!("{what} is in flight on {}: {} {}", self.name(), flight.what, flight.state),
                remedy,
            ));
        }
        if apprunner && self.detail.service.state == ServiceState::Rolling {
            return Err(Halt::refuse(format!("{} is busy", self.name()), "wait until it has ended"));
        }
        Ok(())
    }

    /// The finished draft. What may be written is exactly what its steps write.
    pub(super) fn close(mut self) -> Draft {
        if self.locks {
            self.facts.stages.insert(0, Stage::Lock);
            self.plan.steps.insert(0, "take the lock".to_owned());
            self.step(Stage::Unlock, "unlock");
        }
        self.plan.writes = self.writes();
        self.facts.writes = self.plan.writes.iter().map(|w| (*w).to_owned()).collect();
        self.facts.goes_on = matches!(self.plan.kind, RunKind::Promote | RunKind::Release | RunKind::Migrate);
        self.facts.digest = self.chosen.as_ref().and_then(|chosen| chosen.version.digest.clone());
        self.facts.label.clone_from(&self.plan.to);
        let mut told: Vec<String> = Vec::new();
        for warning in std::mem::take(&mut self.plan.warnings) {
            if !told.contains(&warning) {
                told.push(warning);
            }
        }
        self.plan.warnings = told;
        Draft {
            plan: self.plan,
            facts: self.facts,
            documents: self.documents,
            source: self.source,
            who: self.context.who.clone(),
            identity: self.found.identity().map(|i| i.arn.clone()).unwrap_or_default(),
            note: self.context.note.clone(),
            held: self.held,
        }
    }
    /// The operations of its steps, of the way back, of a task whose time is over, and of lock and record.
    fn writes(&self) -> Vec<&'static str> {
        let back = self.facts.way_back.iter().flat_map(|way| way.stages.iter().map(|(stage, _)| *stage));
        let stages: Vec<Stage> = self.facts.stages.iter().copied().chain(back).collect();
        let mut writes: Vec<&'static str> = Vec::new();
        let stop = stages.contains(&Stage::Task).then_some("ecs:StopTask");
        let record = self.facts.lock.is_some().then_some("s3:PutObject");
        let release = self.locks.then_some("s3:DeleteObject");
        let made = stages.iter().filter_map(|stage| stage.operation());
        for operation in made.chain(stop).chain(record).chain(release) {
            if !writes.contains(&operation) {
                writes.push(operation);
            }
        }
        writes
    }
}

/// An image that was chosen.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    /// The reference to be configured.
    pub(super) reference: String,
    /// The same, with the digest as far as known.
    pub(super) version: Version,
    /// What to call it.
    pub(super) label: String,
    /// When it was pushed.
    pub(super) pushed_at: Option<Stamp>,
    /// Tag and digest for the plan.
    pub(super) told: String,
    /// Whether it is pinned in place of a tag that moves.
    pub(super) pinned: bool,
}
