//! ECS clusters.

use super::ids::{ServiceIx, TaskId};

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
