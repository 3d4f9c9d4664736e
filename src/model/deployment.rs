//! Deployments of a service: those under way, those of before, and their hooks.

use super::{Awaited, Stamp, Version, launch::Network};

/// One of ECS's `deployments[]`, or one of its `taskSets[]` where another controller moves them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deployment {
    /// `ecs-svc/…`.
    pub id: String,
    /// `PRIMARY`, `ACTIVE`, `INACTIVE`.
    pub status: String,
    /// Full ARN of its task definition.
    pub task_definition: String,
    /// The image of its main container, as far as known.
    pub version: Version,
    /// Tasks wanted.
    pub desired: u32,
    /// Tasks on their way.
    pub pending: u32,
    /// Tasks running.
    pub running: u32,
    /// Consecutive failures; back to 0 after a success.
    pub failed: u32,
    /// `IN_PROGRESS`, `COMPLETED`, `FAILED`, or empty.
    pub rollout_state: String,
    /// AWS's reason for it.
    pub reason: String,
    /// When it was made.
    pub created_at: Option<Stamp>,
    /// When it last changed.
    pub updated_at: Option<Stamp>,
    /// Whether it is a task set: made by CodeDeploy or by somebody's own controller.
    pub task_set: bool,
    /// Who made a task set, as they name it: CodeDeploy's deployment id, or an external id; empty where nobody told.
    pub external_id: String,
    /// Share of the service's tasks that a task set is to have, percent.
    pub scale: Option<u32>,
    /// `STEADY_STATE` or `STABILIZING` of a task set; empty otherwise.
    pub stability: String,
    /// Subnets, security groups, public address of its tasks.
    pub network: Option<Network>,
    /// `FARGATE`, `EC2`, … or empty when capacity providers are used.
    pub launch_type: String,
    /// Capacity providers: name, weight, base.
    pub capacity_providers: Vec<(String, i32, i32)>,
    /// ARNs of the target groups of a task set.
    pub target_groups: Vec<String>,
}

/// ServiceDeployment.status of ECS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeploymentStatus {
    /// Not begun.
    Pending,
    /// Under way.
    InProgress,
    /// A stop was asked for.
    StopRequested,
    /// Stopped where it was.
    Stopped,
    /// A rollback was asked for.
    RollbackRequested,
    /// Rolling back.
    RollbackInProgress,
    /// Rolled back.
    RollbackSuccessful,
    /// The rollback failed.
    RollbackFailed,
    /// In place.
    Successful,
    /// A status this version does not know; treated as under way.
    Unknown,
}

impl DeploymentStatus {
    /// Reads AWS's word.
    pub fn parse(word: &str) -> Self {
        match word {
            "PENDING" => Self::Pending,
            "IN_PROGRESS" => Self::InProgress,
            "STOP_REQUESTED" => Self::StopRequested,
            "STOPPED" => Self::Stopped,
            "ROLLBACK_REQUESTED" => Self::RollbackRequested,
            "ROLLBACK_IN_PROGRESS" => Self::RollbackInProgress,
            "ROLLBACK_SUCCESSFUL" => Self::RollbackSuccessful,
            "ROLLBACK_FAILED" => Self::RollbackFailed,
            "SUCCESSFUL" => Self::Successful,
            _ => Self::Unknown,
        }
    }

    /// The word people read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in progress",
            Self::StopRequested => "stop requested",
            Self::Stopped => "stopped",
            Self::RollbackRequested => "rollback requested",
            Self::RollbackInProgress => "rolling back",
            Self::RollbackSuccessful => "rolled back",
            Self::RollbackFailed => "rollback failed",
            Self::Successful => "succeeded",
            Self::Unknown => "unknown",
        }
    }

    /// True once it will not change any more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed | Self::Successful)
    }
}

/// A service deployment of ECS (at most 90 days of them are kept by AWS).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoricDeployment {
    /// Service deployment ARN.
    pub arn: String,
    /// Where it stands.
    pub status: DeploymentStatus,
    /// AWS's reason.
    pub reason: String,
    /// `SCALE_UP`, `BAKE_TIME`, …; empty when none.
    pub stage: String,
    /// `ROLLING`, `CANARY`, …
    pub strategy: String,
    /// When it was made.
    pub created_at: Option<Stamp>,
    /// When it began.
    pub started_at: Option<Stamp>,
    /// When it ended.
    pub finished_at: Option<Stamp>,
    /// ARN of the service revision it puts in place.
    pub target_revision: Option<String>,
    /// Its task definition, once the revision was read.
    pub task_definition: Option<String>,
    /// Its image, once the revision was read.
    pub version: Version,
    /// Tasks of the target revision: requested, running, pending.
    pub target_counts: Option<(u32, u32, u32)>,
    /// Tasks of the source revisions that still run.
    pub source_running: Option<u32>,
    /// Circuit breaker: status word, failures counted, threshold.
    pub breaker: Option<(String, u32, u32)>,
    /// Alarms watched and those that fired.
    pub alarms: Option<(Vec<String>, Vec<String>)>,
    /// Share of production traffic that the target revision is to have, percent; none where AWS shares none out
    /// (rolling), or does not say.
    pub traffic: Option<u32>,
    /// Why and when it was rolled back.
    pub rollback: Option<(String, Option<Stamp>)>,
    /// The task definition that the rollback puts in place, where AWS tells.
    pub back_to: Option<String>,
    /// Its lifecycle hooks so far: those that ran, and the one it waits for.
    pub hooks: Vec<Hook>,
}

impl HistoricDeployment {
    /// The hook that waits for somebody's decision.
    pub fn awaiting(&self) -> Option<&Hook> {
        self.hooks.iter().find(|hook| hook.waits())
    }
}

impl Hook {
    /// Whether it waits for somebody's decision.
    pub fn waits(&self) -> bool {
        self.status == "AWAITING_ACTION"
    }

    /// What a row tells of it, where it waits.
    pub fn awaited(&self) -> Awaited {
        let back = match self.timeout_action.as_str() {
            "ROLLBACK" => Some(true),
            "CONTINUE" => Some(false),
            _ => None,
        };
        Awaited { until: self.expires_at, back }
    }
}

/// A lifecycle hook of a service deployment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hook {
    /// AWS's hookId, by which ContinueServiceDeployment names it.
    pub id: String,
    /// `PAUSE` or `AWS_LAMBDA`.
    pub kind: String,
    /// What it calls: a function's ARN; empty for a pause.
    pub target: String,
    /// `AWAITING_ACTION`, `IN_PROGRESS`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`.
    pub status: String,
    /// When AWS decides by itself.
    pub expires_at: Option<Stamp>,
    /// What AWS decides then: `CONTINUE` or `ROLLBACK`.
    pub timeout_action: String,
}
