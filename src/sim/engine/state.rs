//! What the simulated AWS holds at one moment: clusters, services and their rollouts, tasks, task
//! definitions, App Runner services, images.
//!
//! Plain data. How it moves is in the files beside this one; how it is told over the wire is in
//! `sim::ecs`, `sim::apprunner` and `sim::ecr`. Times are epoch seconds of the simulated clock.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use crate::sim::api::Conditions;
use crate::sim::world::{AppSpec, Behaviour, ServiceSpec};

/// Where a cluster stands in [`super::Engine`]'s list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterIx(pub usize);

/// Where an ECS service stands in [`super::Engine`]'s list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceIx(pub usize);

/// Where an App Runner service stands in [`super::Engine`]'s list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppIx(pub usize);

/// Where a task definition stands in [`super::Engine`]'s list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionIx(pub usize);

/// A task's id; 32 hexadecimal digits on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u128);

/// The number in `ecs-svc/…`; 19 digits on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RolloutId(pub u64);

/// An ECS cluster.
#[derive(Debug)]
pub struct Cluster {
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// ClusterName.
    pub name: String,
    /// The environment it belongs to.
    pub environment: String,
    /// Its services, in the order of the world.
    pub services: Vec<ServiceIx>,
    /// Every task that can still be described, oldest first.
    pub tasks: Vec<TaskId>,
}

/// An image that a container was started from, resolved when the deployment began.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The container's name.
    pub container: String,
    /// The image as the task definition spells it.
    pub image: String,
    /// Its digest; none when nothing of that name exists or the registry is not in the world.
    pub digest: Option<String>,
    /// How it behaves; `None` means that it cannot be pulled.
    pub behaviour: Option<Arc<Behaviour>>,
}

/// A registered task definition.
#[derive(Debug)]
pub struct Definition {
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// Family name.
    pub family: String,
    /// Counted from 1 within the family.
    pub revision: u32,
    /// When it was registered.
    pub registered_at: f64,
    /// ARN of whoever registered it.
    pub registered_by: String,
    /// What was registered.
    pub body: Body,
    /// `[{key, value}]`.
    pub tags: Vec<Value>,
}

/// The content of a task definition. Those of the past are made when asked for: ten thousand services
/// would otherwise hold as many documents that nobody reads.
#[derive(Debug)]
pub enum Body {
    /// As RegisterTaskDefinition gave it, without tags.
    Given(Value),
    /// Made from the world's service with this image.
    Made {
        /// The service of the world.
        spec: Arc<ServiceSpec>,
        /// Full image name of its main container.
        image: String,
    },
}

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

/// The stage of a deployment, in AWS's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum Stage {
    ReconcileService,
    PreScaleUp,
    ScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
    BakeTime,
    CleanUp,
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
    /// Network configuration; UpdateService can change it.
    pub network: Value,
    /// `healthCheckGracePeriodSeconds`.
    pub grace: u32,
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

/// Whom a task belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A rollout of a service.
    Service(ServiceIx, RolloutId),
    /// RunTask.
    Run,
}

/// `lastStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum Phase {
    Provisioning,
    Pending,
    Activating,
    Running,
    Deactivating,
    Stopping,
    Deprovisioning,
    Stopped,
}

/// `healthStatus` of a task and its containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum Health {
    Unknown,
    Healthy,
    Unhealthy,
}

/// What its load balancer sees of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetState {
    /// Registered, not checked often enough.
    Initial,
    /// Takes traffic.
    Healthy,
    /// Fails its checks.
    Unhealthy,
    /// Finishes what it has.
    Draining,
}

/// Why a task stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// `stopCode`.
    pub code: &'static str,
    /// `stoppedReason`.
    pub reason: String,
    /// It counts as a failure of its deployment.
    pub failure: bool,
}

/// How a container ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exit {
    /// `exitCode`; none when the container never started.
    pub code: Option<i32>,
    /// `reason`.
    pub reason: Option<String>,
}

/// A task.
#[derive(Debug)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Its cluster.
    pub cluster: ClusterIx,
    /// Whom it belongs to.
    pub owner: Owner,
    /// Its task definition.
    pub definition: DefinitionIx,
    /// Its containers' images.
    pub images: Arc<[Resolved]>,
    /// How far it is.
    pub phase: Phase,
    /// Counts changes of plan: a due step of an earlier plan is void.
    pub plan: u32,
    /// When it was asked for.
    pub created_at: f64,
    /// When its images began to be pulled.
    pub pull_started_at: Option<f64>,
    /// When they were there.
    pub pull_stopped_at: Option<f64>,
    /// When its containers started.
    pub started_at: Option<f64>,
    /// When it was told to stop; `desiredStatus` is STOPPED from here on.
    pub stopping_at: Option<f64>,
    /// When its containers had ended.
    pub execution_stopped_at: Option<f64>,
    /// When it was gone.
    pub stopped_at: Option<f64>,
    /// Container health, when a container has a health check.
    pub health: Health,
    /// A container has a health check.
    pub checked: bool,
    /// It has run, and passed its checks, long enough to count for its deployment.
    pub ready: bool,
    /// Its target, when it stands behind a load balancer.
    pub target: Option<TargetState>,
    /// Why it stops.
    pub stop: Option<Stop>,
    /// How its containers ended, in the order of `images`.
    pub exits: Vec<Exit>,
    /// `startedBy`.
    pub started_by: String,
    /// `group`.
    pub group: String,
    /// `overrides`.
    pub overrides: Option<Box<Value>>,
    /// `[{key, value}]`.
    pub tags: Vec<Value>,
    /// Until when its everyday log lines have been written.
    pub logged_until: f64,
    /// Log group and stream of its main container.
    pub log: Option<(String, String)>,
}

impl Task {
    /// Running as `runningCount` counts.
    pub fn running(&self) -> bool {
        self.phase == Phase::Running
    }

    /// Pending as `pendingCount` counts.
    pub fn pending(&self) -> bool {
        self.phase < Phase::Running
    }

    /// Nobody has told it to stop.
    pub fn wanted(&self) -> bool {
        self.stopping_at.is_none()
    }
}

/// An App Runner operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// 32 hexadecimal digits.
    pub id: u128,
    /// `START_DEPLOYMENT` and the like.
    pub kind: &'static str,
    /// `SUCCEEDED` and the like.
    pub status: &'static str,
    /// When it was asked for.
    pub started_at: f64,
    /// When it ended.
    pub ended_at: Option<f64>,
    /// When it last changed.
    pub updated_at: f64,
}

/// What an App Runner service is set to run.
#[derive(Debug, Clone)]
pub struct AppSource {
    /// `SourceConfiguration`.
    pub source: Value,
    /// `InstanceConfiguration`.
    pub instance: Value,
    /// `HealthCheckConfiguration`.
    pub health: Value,
    /// The image, resolved when it was deployed.
    pub image: Resolved,
}

/// An App Runner service.
#[derive(Debug)]
pub struct App {
    /// What the world says of it.
    pub spec: Arc<AppSpec>,
    /// 32 hexadecimal digits.
    pub id: u128,
    /// `RUNNING` and the like.
    pub status: &'static str,
    /// What DescribeService tells.
    pub shown: AppSource,
    /// What runs; the way back when an operation fails.
    pub serving: AppSource,
    /// Oldest first.
    pub operations: Vec<Operation>,
    /// How far the operation under way is.
    pub step: u32,
    /// Instances that run.
    pub instances: u32,
    /// When it was created.
    pub created_at: f64,
    /// When it was last changed.
    pub updated_at: f64,
    /// Until when its everyday log lines have been written.
    pub logged_until: f64,
    /// What its metrics follow.
    pub points: Points,
}

/// What a service's metrics follow: how it was from a moment on, oldest first.
pub type Points = Vec<(f64, Option<Conditions>)>;

/// An image in ECR.
#[derive(Debug, Clone)]
pub struct Image {
    /// `sha256:…`.
    pub digest: String,
    /// In the order in which they were put.
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed_at: f64,
    /// In bytes.
    pub size: u64,
    /// Its manifest.
    pub manifest: String,
    /// `imageManifestMediaType`.
    pub media_type: String,
    /// How it behaves when it runs.
    pub behaviour: Arc<Behaviour>,
}

/// A repository in ECR.
#[derive(Debug)]
pub struct Repository {
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// Name.
    pub name: String,
    /// When it was created.
    pub created_at: f64,
    /// Tags cannot be moved.
    pub immutable: bool,
    /// Oldest first.
    pub images: Vec<Image>,
    /// Names of the migrations in it, by version from 1 (`00001_create_users.sql`).
    pub migrations: Arc<[String]>,
}

/// A database that migrations change.
#[derive(Debug, Clone)]
pub struct Database {
    /// The environment it belongs to.
    pub environment: String,
    /// When each version was applied, from version 1.
    pub applied: Vec<f64>,
}
