//! Steps of a run, and what a rollout is watched for.

use serde::{Deserialize, Serialize};

/// A step of a run. The plan's steps and these are the same list, in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::ops) enum Stage {
    /// Read once more that nothing changed since the plan.
    Preflight,
    /// ecs:RegisterTaskDefinition.
    Register,
    /// ecs:UpdateService.
    Update,
    /// ecs:UpdateExpressGatewayService.
    Express,
    /// apprunner:UpdateService.
    AppRunner,
    /// apprunner:StartDeployment.
    Start,
    /// ecs:StopServiceDeployment.
    StopRollout,
    /// ecs:RunTask.
    RunTask,
    /// ecs:StopTask.
    StopTask,
    /// Watch a rollout of ECS to its end.
    Rollout,
    /// Watch an operation of App Runner to its end.
    Operation,
    /// Watch a task run to its exit code.
    Task,
    /// Watch the number of tasks.
    Scale,
    /// Watch a task stop.
    Stopped,
    /// s3:PutObject of the team's lock.
    Lock,
    /// The lock is let go of, whatever the verdict.
    Unlock,
    /// A command on this machine, to its exit code.
    RunLocal,
    /// ecr:PutImage.
    TagImage,
    /// ecs:ContinueServiceDeployment.
    Continue,
    /// Watch the service for a while before the change counts.
    Verify,
    /// Read, before the earlier revision is put back, that it is still this run's revision that is set.
    Look,
    /// Read, before a task is asked for, that none runs that another run of flightdeck started.
    Alone,
}

impl Stage {
    /// The operation that this step calls, where it changes something.
    pub(in crate::ops) fn operation(self) -> Option<&'static str> {
        match self {
            Self::Register => Some("ecs:RegisterTaskDefinition"),
            Self::Update => Some("ecs:UpdateService"),
            Self::Express => Some("ecs:UpdateExpressGatewayService"),
            Self::AppRunner => Some("apprunner:UpdateService"),
            Self::Start => Some("apprunner:StartDeployment"),
            Self::StopRollout => Some("ecs:StopServiceDeployment"),
            Self::RunTask => Some("ecs:RunTask"),
            Self::StopTask => Some("ecs:StopTask"),
            Self::Lock => Some("s3:PutObject"),
            Self::RunLocal => Some("local:command"),
            Self::TagImage => Some("ecr:PutImage"),
            Self::Continue => Some("ecs:ContinueServiceDeployment"),
            Self::Preflight
            | Self::Rollout
            | Self::Operation
            | Self::Task
            | Self::Scale
            | Self::Stopped
            | Self::Unlock
            | Self::Verify
            | Self::Look
            | Self::Alone => None,
        }
    }

    /// Whether it changes what the service runs.
    pub(in crate::ops) fn deploys(self) -> bool {
        matches!(
            self,
            Self::Update | Self::Express | Self::AppRunner | Self::Start | Self::TagImage | Self::Continue
        )
    }

    /// Whether what it does cannot be taken back: before it the lock is read, and that nothing changed.
    pub(in crate::ops) fn is_final(self) -> bool {
        self.deploys() || matches!(self, Self::RunTask | Self::RunLocal | Self::StopRollout)
    }
}

/// What a rollout is watched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub(in crate::ops) enum Goal {
    /// That it is put in place.
    #[default]
    InPlace,
    /// That it is rolled back, as was asked. The run is a rollback: it succeeds when the earlier revision is
    /// back.
    PutBack,
    /// That it stops where it is.
    Halted,
}
