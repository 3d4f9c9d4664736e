//! Names of environments, kinds and services.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};

/// The name of an environment; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EnvironmentName(pub Arc<str>);

impl EnvironmentName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for EnvironmentName {
    fn from(name: &str) -> Self {
        Self(Arc::from(name))
    }
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What runs a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An Amazon ECS service.
    Ecs,
    /// An ECS Express Mode service (`resourceManagementType` ECS).
    Express,
    /// An AWS App Runner service.
    AppRunner,
}

impl Kind {
    /// The word for it in tables, configuration and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ecs => "ecs",
            Self::Express => "express",
            Self::AppRunner => "apprunner",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Kind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "ecs" => Ok(Self::Ecs),
            "express" => Ok(Self::Express),
            "apprunner" => Ok(Self::AppRunner),
            _ => Err(()),
        }
    }
}

/// Identifies one service: two rows are the same service exactly when their keys are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ServiceKey {
    /// The environment it is shown in.
    pub environment: EnvironmentName,
    /// What runs it.
    pub kind: Kind,
    /// The cluster's name for ECS and Express; empty for App Runner.
    pub cluster: Arc<str>,
    /// The service's name.
    pub name: Arc<str>,
}

impl ServiceKey {
    /// A key from its parts.
    pub fn new(environment: &str, kind: Kind, cluster: &str, name: &str) -> Self {
        Self { environment: environment.into(), kind, cluster: Arc::from(cluster), name: Arc::from(name) }
    }
}

impl fmt::Display for ServiceKey {
    /// `staging/staging-service`, as the command line names it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.environment, self.name)
    }
}
