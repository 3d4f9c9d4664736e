//! A task.

use std::sync::Arc;

use serde_json::Value;

use super::{ClusterIx, DefinitionIx, Launch, Resolved, RolloutId, Seat, ServiceIx, TaskId};

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
    /// What it is launched on.
    pub launch: Launch,
    /// Its place on a container instance, once it has one.
    pub seat: Option<Box<Seat>>,
    /// Its containers' images.
    pub images: Arc<[Resolved]>,
    /// The container that ended although the task goes on, by its place.
    pub ended: Option<usize>,
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
    pub log: Option<(String, String, String)>,
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
