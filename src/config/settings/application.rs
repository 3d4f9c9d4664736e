//! An application as configured.

use crate::model::{EnvironmentName, ServiceKey};
use std::time::Duration;

/// How migrations are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The container whose command is replaced and whose exit code counts; none: the only one there is.
    pub container: Option<String>,
    /// The command, never empty.
    pub command: Vec<String>,
    /// Commands to run before it, each with its own exit code.
    pub checks: Vec<Vec<String>>,
    /// How long one command may take; 1 s to 24 h.
    pub timeout: Duration,
    /// The task definition to run, family or ARN; none: that of the service.
    pub task_definition: Option<String>,
}

impl Migration {
    /// The timeout where none is configured.
    pub const TIMEOUT: Duration = Duration::from_mins(15);
}

/// What is watched after a deploy before it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Verify {
    /// How long; up to 24 h.
    pub window: Duration,
    /// The largest share of answers that may be 5xx, 0 to 1.
    pub max_5xx_ratio: Option<f64>,
    /// The longest p99.
    pub max_p99: Option<Duration>,
    /// Alarms that have to stay quiet.
    pub alarms: Vec<String>,
}

impl Verify {
    /// The window where none is configured.
    pub const WINDOW: Duration = Duration::from_mins(5);
}

/// One thing people ship.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Its ECR repository.
    pub repository: Option<String>,
    /// What it is in each environment.
    pub services: Vec<ServiceKey>,
    /// How its migrations are run.
    pub migration: Option<Migration>,
    /// What is watched after a deploy.
    pub verify: Option<Verify>,
}

impl Application {
    /// Its service in an environment.
    pub fn service_in(&self, environment: &EnvironmentName) -> Option<&ServiceKey> {
        self.services.iter().find(|key| key.environment == *environment)
    }
}
