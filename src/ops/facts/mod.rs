//! What a run needs to know to be carried out and watched; the part of it that goes into the journal.

mod order;
mod safeguards;
mod stage;

use crate::model::{HistoricDeployment, ServiceKey};
pub use order::completed;
pub(super) use order::{TagOrder, TaskOrder, Template, started_by, token, token_again};
pub(super) use safeguards::{Back, Closing, LockFacts, Measures, VerifyFacts, WayBack};
use serde::{Deserialize, Serialize};
pub(super) use stage::{Goal, Stage};

/// Everything a run knows, secrets apart. Goes into the journal whenever it changes, so that another process
/// can watch on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// The steps.
    pub(super) stages: Vec<Stage>,
    /// The service.
    pub(super) key: ServiceKey,
    /// Its ARN.
    pub(super) service_arn: String,
    /// The application that it belongs to.
    #[serde(default)]
    pub(super) application: String,
    /// What the rollout is watched for.
    pub(super) goal: Goal,
    /// The task definition that is to be in place; none while its copy is not registered.
    pub(super) definition: Option<String>,
    /// The task definition before.
    pub(super) earlier_definition: String,
    /// The task definition that AWS puts back where the rollout fails; empty where that is the one before.
    #[serde(default)]
    pub(super) completed_definition: String,
    /// The image before, as configured.
    pub(super) earlier_image: String,
    /// What to call what is put in place.
    #[serde(default)]
    pub(super) label: String,
    /// The digest of the image before, as far as known.
    #[serde(default)]
    pub(super) earlier_digest: Option<String>,
    /// The image that is to be in place.
    pub(super) image: String,
    /// Its digest, as far as known.
    #[serde(default)]
    pub(super) digest: Option<String>,
    /// Tasks wanted.
    pub(super) desired: Option<u32>,
    /// Tasks wanted before, where that number is changed.
    #[serde(default)]
    pub(super) earlier_desired: Option<u32>,
    /// No task of the service is wanted: none of a new revision runs, whatever ECS says of its rollout. As planned, and
    /// as it was when the rollout had ended.
    #[serde(default)]
    pub(super) idle: bool,
    /// Pull the same tag again.
    pub(super) force: bool,
    /// Whether a rollout may be under way when the run begins.
    pub(super) joins_rollout: bool,
    /// Ids and ARNs of deployments and operations that were there before.
    pub(super) known: Vec<String>,
    /// ARN of the service deployment that is watched.
    pub(super) service_deployment: Option<String>,
    /// `ecs-svc/…` of the deployment that is watched.
    pub(super) deployment: Option<String>,
    /// Id of the App Runner operation that is watched.
    pub(super) operation: Option<String>,
    /// The commands that are run, in the order of their steps.
    pub(super) orders: Vec<TaskOrder>,
    /// The copies that are registered, in the order of their steps.
    pub(super) templates: Vec<Template>,
    /// ARN of the task that is stopped.
    pub(super) task: Option<String>,
    /// Cluster of that task.
    pub(super) cluster: String,
    /// The tag that is moved.
    pub(super) tag: Option<TagOrder>,
    /// The lifecycle hook that is decided, and whether by rolling back.
    pub(super) hook: Option<(String, bool)>,
    /// The window after the rollout.
    pub(super) verify: Option<VerifyFacts>,
    /// How the earlier revision is put back when the window fails; none where that cannot be done.
    pub(super) way_back: Option<WayBack>,
    /// It is being put back.
    pub(super) back: Option<Back>,
    /// The command line that takes the migration back, as a run of its own; none where none is configured.
    #[serde(default)]
    pub(super) undo: Option<String>,
    /// The team's lock.
    pub(super) lock: Option<LockFacts>,
    /// The operations that the confirmed plan named.
    pub(super) writes: Vec<String>,
    /// Whether another process may make the changes that are still to come.
    pub(super) goes_on: bool,
    /// The verdict, while the lock is let go of.
    pub(super) closing: Option<Closing>,
    /// Milliseconds between polls.
    pub(super) poll_ms: u64,
    /// Milliseconds without progress until stuck.
    pub(super) stuck_after_ms: u64,
    /// Milliseconds for which AWS lets health checks of new tasks fail.
    #[serde(default)]
    pub(super) grace_ms: u64,
    /// Whether old tasks are drained behind a balancer.
    #[serde(default)]
    pub(super) drains: bool,
}

impl Facts {
    /// The task definition that AWS puts back where the rollout fails.
    pub(super) fn goes_back_to(&self) -> &str {
        if self.completed_definition.is_empty() {
            &self.earlier_definition
        } else {
            &self.completed_definition
        }
    }

    /// Facts of a run that does nothing yet.
    pub(super) fn of(key: ServiceKey, service_arn: String) -> Self {
        Self {
            stages: Vec::new(),
            cluster: key.cluster.as_ref().to_owned(),
            key,
            service_arn,
            application: String::new(),
            goal: Goal::InPlace,
            definition: None,
            earlier_definition: String::new(),
            completed_definition: String::new(),
            earlier_image: String::new(),
            earlier_digest: None,
            label: String::new(),
            image: String::new(),
            desired: None,
            earlier_desired: None,
            idle: false,
            force: false,
            joins_rollout: false,
            known: Vec::new(),
            service_deployment: None,
            deployment: None,
            operation: None,
            digest: None,
            orders: Vec::new(),
            templates: Vec::new(),
            task: None,
            tag: None,
            hook: None,
            verify: None,
            way_back: None,
            back: None,
            undo: None,
            lock: None,
            writes: Vec::new(),
            goes_on: false,
            closing: None,
            poll_ms: super::POLL_MS,
            stuck_after_ms: super::STUCK_AFTER_MS,
            grace_ms: 0,
            drains: false,
        }
    }

    /// The service deployments that came since the plan, newest first.
    pub(super) fn fresh<'a>(
        &self,
        history: &'a [HistoricDeployment],
    ) -> impl DoubleEndedIterator<Item = &'a HistoricDeployment> + use<'a> {
        // what is older than a known one is older than the plan, known or not
        let count = history.iter().take_while(|h| !self.knew(&h.arn)).count();
        history.get(..count).unwrap_or_default().iter()
    }

    /// Which of the run's commands the step at `stage` runs or watches.
    pub(super) fn order_at(&self, stage: usize) -> usize {
        self.count(stage, |s| matches!(s, Stage::RunTask | Stage::RunLocal))
    }

    /// Which of the run's copies the step at `stage` registers.
    pub(super) fn template_at(&self, stage: usize) -> usize {
        self.count(stage, |s| s == Stage::Register)
    }

    fn count(&self, stage: usize, counts: impl Fn(Stage) -> bool) -> usize {
        self.stages.iter().take(stage.saturating_add(1)).filter(|s| counts(**s)).count().saturating_sub(1)
    }

    /// The task definition that a command runs in, once that is known.
    pub(super) fn runs<'a>(&'a self, order: &'a TaskOrder) -> Option<&'a str> {
        let copy = || order.template.and_then(|place| self.templates.get(place)?.arn.as_deref());
        Some(order.asked.task_definition.as_str()).filter(|arn| !arn.is_empty()).or_else(copy)
    }

    /// Milliseconds that the lock lasts from now without being refreshed: as long as a command that is to run, or runs, may
    /// take to begin and to end, and the team's time besides. Whoever is killed meanwhile refreshes it no more, and
    /// nobody else's command may begin beside theirs.
    pub(super) fn lock_ms(&self) -> u64 {
        let ttl = self.lock.as_ref().map_or(0, |lock| lock.ttl_ms);
        let takes = |order: &TaskOrder| {
            // no cluster: on this machine, where it begins at once
            let start = if order.asked.cluster.is_empty() { 0 } else { order.start_ms() };
            order.timeout_ms.saturating_add(start)
        };
        let longest = self.orders.iter().filter(|order| !order.done).map(takes).max();
        ttl.saturating_add(longest.unwrap_or_default())
    }

    /// Whether a command was asked for, or may have been, and is not known to have ended: as long as that is so the lock is
    /// kept, whatever becomes of the run, for nobody else's command may begin beside it.
    pub(super) fn commands_go_on(&self) -> bool {
        self.orders.iter().any(TaskOrder::may_run)
    }

    /// Whether a command is still to come, or goes on.
    pub(super) fn commands_left(&self) -> bool {
        self.orders.iter().any(|order| !order.done && !order.ended)
    }

    /// Whether a command that migrates ended well.
    pub(super) fn migrated(&self) -> bool {
        self.orders.iter().any(|order| order.done && !order.check)
    }

    /// Whether this deployment or operation was there before the run.
    pub(super) fn knew(&self, id: &str) -> bool {
        self.known.iter().any(|k| k == id)
    }
}
