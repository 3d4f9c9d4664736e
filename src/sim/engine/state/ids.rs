//! Ids, and places in the lists of the engine.

/// Where a cluster stands in [`Engine`](crate::sim::engine::Engine)'s list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterIx(pub usize);

/// Where an ECS service stands in [`Engine`](crate::sim::engine::Engine)'s list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceIx(pub usize);

/// Where an App Runner service stands in [`Engine`](crate::sim::engine::Engine)'s list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppIx(pub usize);

/// Where a task definition stands in [`Engine`](crate::sim::engine::Engine)'s list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionIx(pub usize);

/// A task's id; 32 hexadecimal digits on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u128);

/// The number in `ecs-svc/…`; 19 digits on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RolloutId(pub u64);
