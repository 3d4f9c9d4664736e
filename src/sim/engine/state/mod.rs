//! What the simulated AWS holds at one moment: clusters, services and their rollouts, tasks, task
//! definitions, App Runner services, images.
//!
//! Plain data. How it moves is in the files beside this one; how it is told over the wire is in
//! `sim::ecs`, `sim::apprunner`, `sim::ecr` and `sim::s3`. Times are epoch seconds of the simulated clock.

mod app;
mod bucket;
mod capacity;
mod cluster;
mod definition;
mod hook;
mod ids;
mod image;
mod points;
mod recorded;
mod service;
mod stage;
mod task;

pub use app::{App, AppSource, Operation};
pub use bucket::{Bucket, Object};
pub use capacity::{Binding, Instance, Launch, Provider, Seat};
pub use cluster::Cluster;
pub use definition::{Body, Definition};
pub use hook::{Hook, HookAction, HookRun, HookStatus};
pub use ids::{AppIx, ClusterIx, DefinitionIx, RolloutId, ServiceIx, TaskId};
pub use image::{Database, Image, Repository, Resolved};
pub use points::Points;
pub use recorded::Recorded;
pub use service::{
    Deployment, DeploymentStatus, Monitor, Policy, Revision, Rollback, Rollout, RolloutState, Service,
    ServiceEvent, Strategy, Threshold,
};
pub use stage::Stage;
pub use task::{Exit, Health, Owner, Phase, Stop, TargetState, Task};
