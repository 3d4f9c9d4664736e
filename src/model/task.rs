//! One task.

use super::Stamp;
use serde::{Deserialize, Serialize};

/// What every task says it was started by that flightdeck started; the run's id follows.
pub const STARTED_BY: &str = "flightdeck/";

/// A task, as a line of the rollout view.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TaskBrief {
    /// Full ARN.
    pub arn: String,
    /// Its id, the ARN's last part.
    pub id: String,
    /// Full ARN of its task definition.
    pub task_definition: String,
    /// `PROVISIONING` … `STOPPED`.
    pub last_status: String,
    /// `RUNNING` or `STOPPED`.
    pub desired_status: String,
    /// `HEALTHY`, `UNHEALTHY`, `UNKNOWN`.
    pub health: String,
    /// `service:NAME` of a service's task, `family:NAME` of another's.
    pub group: String,
    /// `ecs-svc/…`, the family, or the one who ran it.
    pub started_by: String,
    /// When it was asked for.
    pub created_at: Option<Stamp>,
    /// When it ran.
    pub started_at: Option<Stamp>,
    /// When it stopped.
    pub stopped_at: Option<Stamp>,
    /// AWS's stop code: `EssentialContainerExited`, `TaskFailedToStart`, …
    pub stop_code: String,
    /// AWS's reason.
    pub stopped_reason: String,
    /// Per container: name, last status, exit code, reason, image digest.
    pub containers: Vec<TaskContainer>,
    /// Its private address, by which a target group knows it; `:32768`, a port of its container instance, where it
    /// has no address of its own (bridge and host network).
    pub address: Option<String>,
    /// Availability zone.
    pub zone: String,
    /// CPU units and MiB as AWS gives them, for display.
    pub size: String,
}

impl TaskBrief {
    /// True once it is over.
    pub fn is_stopped(&self) -> bool {
        self.last_status == "STOPPED"
    }
}

/// A container of a task.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TaskContainer {
    /// Name.
    pub name: String,
    /// `RUNNING`, `STOPPED`, …
    pub last_status: String,
    /// Exit code; none when it never ran, which is a failure.
    pub exit_code: Option<i32>,
    /// AWS's reason.
    pub reason: String,
    /// Image reference.
    pub image: String,
    /// Digest it runs.
    pub digest: Option<String>,
    /// Whether the task ends with it, where its task definition is known.
    pub essential: Option<bool>,
    /// The id that the container runtime gave it, once it runs.
    pub runtime_id: Option<String>,
}

/// The id that the container runtime gave a container of a task.
pub fn runtime_of<'a>(task: &'a TaskBrief, container: &str) -> Option<&'a str> {
    task.containers.iter().find(|c| c.name == container)?.runtime_id.as_deref()
}
