//! What the simulated AWS holds at one moment: clusters, services and their rollouts, tasks, task
//! definitions, App Runner services, images.
//!
//! Plain data. How it moves is in the files beside this one; how it is told over the wire is in
//! `sim::ecs`, `sim::apprunner`, `sim::ecr` and `sim::s3`. Times are epoch seconds of the simulated clock.

mod app;
mod bucket;
mod capacity;
mod hook;
mod image;
mod service;
mod task;

use std::sync::Arc;

pub use app::{App, AppSource, Operation};
pub use bucket::{Bucket, Object};
pub use capacity::{Binding, Instance, Launch, Provider, Seat};
pub use hook::{Hook, HookAction, HookRun, HookStatus};
pub use image::{Database, Image, Repository, Resolved};
use serde_json::Value;
pub use service::{
    Deployment, DeploymentStatus, Monitor, Policy, Revision, Rollback, Rollout, RolloutState, Service,
    ServiceEvent, Stage, Strategy, Threshold,
};
pub use task::{Exit, Health, Owner, Phase, Stop, TargetState, Task};

use crate::sim::api::Conditions;
use crate::sim::world::ServiceSpec;

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
    /// When it was deregistered: INACTIVE since.
    pub deregistered_at: Option<f64>,
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

/// What a service's metrics follow: how it was from a moment on, oldest first.
pub type Points = Vec<(f64, Option<Conditions>)>;
