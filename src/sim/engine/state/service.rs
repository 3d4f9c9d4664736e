//! An ECS service: its revisions, rollouts and deployments.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use super::stage::Stage;
use super::{ClusterIx, DefinitionIx, Hook, HookRun, Launch, Points, Resolved, RolloutId, TaskId};
use crate::sim::world::{Outage, ServiceSpec};

/// A service revision: what one deployment puts in place.
#[derive(Debug, Clone)]
pub struct Revision {
    /// The last part of its ARN; 19 digits.
    pub id: u64,
    /// Its task definition.
    pub definition: DefinitionIx,
    /// Its images, resolved.
    pub images: Arc<[Resolved]>,
    /// When it was made.
    pub created_at: f64,
    /// Its tasks go to the alternate target group, where the service has one.
    pub alternate: bool,
    /// Express only: what UpdateExpressGatewayService set, member by member.
    pub express: Option<Arc<Value>>,
}

/// How traffic and tasks pass from one revision to the next.
#[derive(Debug, Clone, PartialEq)]
pub enum Strategy {
    /// Tasks are replaced a few at a time.
    Rolling,
    /// All new tasks first, then traffic in steps: blue/green, linear and canary.
    Shift {
        /// `BLUE_GREEN`, `LINEAR` or `CANARY`.
        name: &'static str,
        /// Percent of traffic after each step, and the seconds to wait after it.
        steps: Vec<(f64, f64)>,
    },
}

/// `ThresholdConfiguration`: how many failed tasks trip the circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// So many.
    Count(u32),
    /// Percent of the tasks wanted, from 3 to 200.
    Bounded(u32),
    /// Percent of the tasks wanted.
    Unbounded(u32),
}

/// A service's deployment configuration, as UpdateService sets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// `maximumPercent`.
    pub maximum: u32,
    /// `minimumHealthyPercent`.
    pub minimum: u32,
    /// The circuit breaker counts failed tasks.
    pub breaker: bool,
    /// The circuit breaker rolls back.
    pub breaker_rollback: bool,
    /// `thresholdConfiguration`, when it was said.
    pub threshold: Option<Threshold>,
    /// `resetOnHealthyTask`, when it was said; AWS takes true.
    pub reset: Option<bool>,
    /// `lifecycleHooks`.
    pub hooks: Vec<Hook>,
    /// Names of the alarms that are watched during a deployment.
    pub alarms: Vec<String>,
    /// Whether they are watched.
    pub alarms_enabled: bool,
    /// Whether they roll back.
    pub alarms_rollback: bool,
    /// How revisions follow each other.
    pub strategy: Strategy,
    /// Seconds that old tasks are kept after all traffic moved.
    pub bake: f64,
}

/// `rolloutState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolloutState {
    /// Under way.
    InProgress,
    /// In place.
    Completed,
    /// Given up.
    Failed,
}

/// An entry of a service's `deployments[]`.
#[derive(Debug, Clone)]
pub struct Rollout {
    /// `ecs-svc/…`.
    pub id: RolloutId,
    /// Its place in [`Service::revisions`].
    pub revision: usize,
    /// Its place in [`Service::history`]; a rollback belongs to the deployment that it undoes.
    pub deployment: usize,
    /// Tasks wanted of it.
    pub desired: u32,
    /// Tasks that failed one after the other; a success sets it back.
    pub failed: u32,
    /// How far it is.
    pub state: RolloutState,
    /// AWS's sentence for the state.
    pub reason: String,
    /// When it began.
    pub created_at: f64,
    /// When it last changed.
    pub updated_at: f64,
    /// No task of it is started before this moment: the pause after failures.
    pub hold_until: f64,
    /// Where a shifting deployment stands.
    pub stage: Stage,
    /// The step of the traffic shift it has reached.
    pub step: usize,
    /// When its stage has lasted as long as it has to; hooks may hold it longer.
    pub stage_due: f64,
    /// Share of production traffic, percent.
    pub weight: f64,
    /// Puts the revision before back in place.
    pub rollback: bool,
    /// No tasks are started any more: stopped or failed without rollback.
    pub frozen: bool,
    /// Alarms that were already firing when it began, which therefore do not count.
    pub stale_alarms: Vec<String>,
}

/// `ServiceDeployment.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum DeploymentStatus {
    Pending,
    InProgress,
    StopRequested,
    RollbackRequested,
    RollbackInProgress,
    Successful,
    Stopped,
    RollbackSuccessful,
    RollbackFailed,
}

impl DeploymentStatus {
    /// Whether it can still change.
    pub fn ongoing(self) -> bool {
        !matches!(self, Self::Successful | Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed)
    }
}

/// `ServiceDeployment.rollback`.
#[derive(Debug, Clone)]
pub struct Rollback {
    /// AWS's sentence.
    pub reason: String,
    /// When it began.
    pub started_at: f64,
    /// The revision gone back to; its place in [`Service::revisions`].
    pub revision: usize,
}

/// Where a watch over a deployment (circuit breaker, alarms) stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum Monitor {
    Triggered,
    Monitoring,
    MonitoringComplete,
    Disabled,
}

/// A service deployment of the last 90 days.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The last part of its ARN; 21 characters.
    pub id: String,
    /// The `deployments[]` entry that it began as.
    pub rollout: RolloutId,
    /// Where it began; places in [`Service::revisions`].
    pub sources: Vec<usize>,
    /// What it puts in place; its place in [`Service::revisions`].
    pub target: usize,
    /// How far it is.
    pub status: DeploymentStatus,
    /// AWS's sentence for the status.
    pub status_reason: Option<String>,
    /// The stage, while it is ongoing and after.
    pub stage: Stage,
    /// When it was asked for.
    pub created_at: f64,
    /// When it began.
    pub started_at: f64,
    /// When it ended.
    pub finished_at: Option<f64>,
    /// When it was stopped.
    pub stopped_at: Option<f64>,
    /// When it last changed.
    pub updated_at: f64,
    /// The way back, when it was taken.
    pub rollback: Option<Rollback>,
    /// Lifecycle hooks that were run, oldest first.
    pub hooks: Vec<HookRun>,
    /// The circuit breaker.
    pub breaker: Monitor,
    /// Failed tasks that the breaker counted.
    pub failures: u32,
    /// Failed tasks at which it trips.
    pub threshold: u32,
    /// The alarms.
    pub alarms: Monitor,
    /// Those that fired.
    pub triggered: Vec<String>,
    /// The configuration it runs under.
    pub policy: Arc<Policy>,
}

impl Service {
    /// Whether the next revision's tasks go to the alternate target group: where the traffic is not, and away from the
    /// first one at the first deployment.
    pub fn next_is_alternate(&self) -> bool {
        if self.spec.ways.alternate.is_none() || self.policy.strategy == Strategy::Rolling {
            return false;
        }
        let serving = self.rollouts.iter().max_by(|a, b| a.weight.total_cmp(&b.weight));
        let revision = serving.and_then(|rollout| self.revisions.get(rollout.revision));
        revision.is_none_or(|revision| !revision.alternate)
    }

    /// The rollout beside the primary that serves while another is put in place, by its place: the one
    /// with traffic, else the last one that was completed.
    pub fn standing(&self) -> Option<usize> {
        let others = || self.rollouts.iter().enumerate().skip(1);
        let serving = others().find(|(_, rollout)| rollout.weight > 0.0);
        let completed = || others().find(|(_, rollout)| rollout.state == RolloutState::Completed);
        serving.or_else(completed).or_else(|| others().next()).map(|(place, _)| place)
    }

    /// Traffic goes back to what served before the deployment under way, unless that is being removed.
    pub fn return_traffic(&mut self) {
        let Some(stays) = self.standing() else { return };
        // what is put back serves already, with the tasks it took over
        if self.rollouts.first().is_some_and(|primary| primary.stage >= Stage::CleanUp || primary.rollback) {
            return;
        }
        for (place, rollout) in self.rollouts.iter_mut().enumerate() {
            rollout.weight = if place == stays { 100.0 } else { 0.0 };
        }
    }
}

/// A line of a service's `events[]`.
#[derive(Debug, Clone)]
pub struct ServiceEvent {
    /// A UUID.
    pub id: u128,
    /// When.
    pub at: f64,
    /// AWS's sentence.
    pub message: String,
}

/// An ECS service.
#[derive(Debug)]
pub struct Service {
    /// Its cluster.
    pub cluster: ClusterIx,
    /// What the world says of it.
    pub spec: Arc<ServiceSpec>,
    /// Tasks wanted.
    pub desired: u32,
    /// When it was created.
    pub created_at: f64,
    /// How it deploys.
    pub policy: Arc<Policy>,
    /// Network configuration; UpdateService can change it. Null where tasks have no interface of their own.
    pub network: Value,
    /// What its tasks are launched on.
    pub launch: Launch,
    /// No container instance had room: no task is started before this moment.
    pub unplaced_until: f64,
    /// `healthCheckGracePeriodSeconds`.
    pub grace: u32,
    /// What it needs and does not answer: since when, share of 5xx, lines.
    pub outage: Option<(f64, Arc<Outage>)>,
    /// `enableExecuteCommand`.
    pub execute_command: bool,
    /// Every revision, oldest first.
    pub revisions: Vec<Revision>,
    /// `deployments[]`: the primary first.
    pub rollouts: Vec<Rollout>,
    /// Service deployments, oldest first.
    pub history: Vec<Deployment>,
    /// Newest first, at most 100.
    pub events: VecDeque<ServiceEvent>,
    /// Since when nothing has changed; the steady-state events that AWS repeats are made from it.
    pub steady_since: Option<f64>,
    /// Tasks that are not stopped yet, oldest first.
    pub tasks: Vec<TaskId>,
    /// Load as a multiple of the usual.
    pub load: f64,
    /// What its metrics follow.
    pub points: Points,
}
