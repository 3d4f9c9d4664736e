//! EC2 capacity: capacity providers over auto scaling groups, their container instances, and where on
//! them a task has its place.

use super::ClusterIx;
use crate::sim::world::CapacitySpec;

/// What a task is launched on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Launch {
    /// Fargate.
    #[default]
    Fargate,
    /// Any container instance of the cluster: `launchType` EC2.
    Ec2,
    /// The container instances of this capacity provider.
    Provider(String),
}

/// A capacity provider over an auto scaling group.
#[derive(Debug)]
pub struct Provider {
    /// What the world says of it.
    pub spec: CapacitySpec,
    /// Its cluster.
    pub cluster: ClusterIx,
    /// An instance was asked for and is on its way.
    pub coming: bool,
}

/// A container instance.
#[derive(Debug)]
pub struct Instance {
    /// 32 hexadecimal digits.
    pub id: u128,
    /// `ec2InstanceId`.
    pub ec2: String,
    /// Its cluster.
    pub cluster: ClusterIx,
    /// Its capacity provider, by its place.
    pub provider: usize,
    /// Its availability zone.
    pub zone: String,
    /// When its agent registered it.
    pub registered_at: f64,
    /// The host port that the next dynamic mapping gets.
    pub next_port: u16,
}

/// A port of a container that is reached through one of its instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The container, by its place.
    pub container: usize,
    /// `containerPort`.
    pub port: u16,
    /// `hostPort`.
    pub host: u16,
    /// It was asked for by its number, and is nobody else's.
    pub fixed: bool,
}

/// What a task takes of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The container instance.
    pub instance: u128,
    /// CPU units.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
    /// Its ports, in bridge and host mode.
    pub bindings: Vec<Binding>,
}
