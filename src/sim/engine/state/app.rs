//! An App Runner service.

use std::sync::Arc;

use serde_json::Value;

use super::{Points, Resolved};
use crate::sim::world::AppSpec;

/// An App Runner operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// 32 hexadecimal digits.
    pub id: u128,
    /// `START_DEPLOYMENT` and the like.
    pub kind: &'static str,
    /// `SUCCEEDED` and the like.
    pub status: &'static str,
    /// When it was asked for.
    pub started_at: f64,
    /// When it ended.
    pub ended_at: Option<f64>,
    /// When it last changed.
    pub updated_at: f64,
}

/// What an App Runner service is set to run.
#[derive(Debug, Clone)]
pub struct AppSource {
    /// `SourceConfiguration`.
    pub source: Value,
    /// `InstanceConfiguration`.
    pub instance: Value,
    /// `HealthCheckConfiguration`.
    pub health: Value,
    /// The image, resolved when it was deployed.
    pub image: Resolved,
}

/// An App Runner service.
#[derive(Debug)]
pub struct App {
    /// What the world says of it.
    pub spec: Arc<AppSpec>,
    /// 32 hexadecimal digits.
    pub id: u128,
    /// `RUNNING` and the like.
    pub status: &'static str,
    /// What DescribeService tells.
    pub shown: AppSource,
    /// What runs; the way back when an operation fails.
    pub serving: AppSource,
    /// Oldest first.
    pub operations: Vec<Operation>,
    /// How far the operation under way is.
    pub step: u32,
    /// Instances that run.
    pub instances: u32,
    /// When it was created.
    pub created_at: f64,
    /// When it was last changed.
    pub updated_at: f64,
    /// Until when its everyday log lines have been written.
    pub logged_until: f64,
    /// What its metrics follow.
    pub points: Points,
}
