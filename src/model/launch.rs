//! How a task is launched.

use serde::{Deserialize, Serialize};

/// The awsvpc configuration of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Network {
    /// Subnet ids.
    pub subnets: Vec<String>,
    /// Security group ids.
    pub security_groups: Vec<String>,
    /// assignPublicIp.
    pub public_ip: bool,
}

/// What a service gives its tasks besides definition, network and capacity, as far as RunTask takes it (members of
/// RunTaskRequest in AWS's model of ECS). Load balancers, service discovery and Service Connect are a service's alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Launch {
    /// Fargate platform version; empty for AWS's choice.
    pub platform_version: String,
    /// Placement constraints: type, expression.
    pub constraints: Vec<(String, String)>,
    /// Placement strategy: type, field.
    pub strategy: Vec<(String, String)>,
    /// Tags of each task: a service's own where it propagates them, since RunTask refuses `SERVICE`.
    pub tags: Vec<(String, String)>,
    /// Tags of the service that a task of its own does not get: they hold what looks like a secret, and stand in no file.
    pub tags_left: usize,
    /// Tags come from the task definition.
    pub definition_tags: bool,
    /// A way to propagate tags that this program does not know, in AWS's word; empty otherwise.
    pub unknown_tags: String,
    /// Tags that ECS makes: cluster, service.
    pub managed_tags: bool,
    /// `ecs execute-command` works in the task.
    pub execute_command: bool,
    /// Volumes that are configured when a task is launched.
    pub volumes: Vec<EbsVolume>,
}

/// An EBS volume that AWS makes for each task.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EbsVolume {
    /// Its name in the task definition.
    pub name: String,
    /// The role that makes it.
    pub role: String,
    /// `gp3`, …; empty for AWS's choice, as is whatever is none here.
    pub kind: String,
    /// GiB.
    pub size: Option<i32>,
    /// What it is made from.
    pub snapshot: String,
    /// IOPS.
    pub iops: Option<i32>,
    /// MiB a second.
    pub throughput: Option<i32>,
    /// MiB a second at which it is filled from its snapshot.
    pub initialization_rate: Option<i32>,
    /// Whether it is encrypted.
    pub encrypted: Option<bool>,
    /// With which key.
    pub kms_key: String,
    /// `ext4`, `xfs`, `ntfs`.
    pub filesystem: String,
    /// Tags: key and value, and whether they come from the task definition or the service, as `propagateTags` says.
    pub tags: Vec<(String, String)>,
    /// Tags that it does not get, as with [`Launch::tags_left`].
    pub tags_left: usize,
    /// `TASK_DEFINITION`, `SERVICE`, `NONE`; empty where nothing is said.
    pub propagate: String,
}
