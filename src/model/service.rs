//! A service as one row of the fleet.

use super::{Kind, MainContainer, ServiceKey, Stamp, Traffic, version::Version};
use serde::{Deserialize, Serialize};

/// How a service is doing, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum ServiceState {
    /// A rollout fails, or nothing runs that should.
    Failing,
    /// Fewer tasks run than wanted, and no rollout explains it.
    Degraded,
    /// A revision is being put in place.
    Rolling,
    /// Everything wanted runs.
    Steady,
    /// App Runner's PAUSED, or an ECS service scaled to zero.
    Paused,
    /// Draining, deleted, or being deleted.
    Inactive,
    /// Not known yet, or no longer.
    #[default]
    Unknown,
}

impl ServiceState {
    /// The word for it in tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Degraded => "degraded",
            Self::Rolling => "rolling",
            Self::Steady => "steady",
            Self::Paused => "paused",
            Self::Inactive => "inactive",
            Self::Unknown => "unknown",
        }
    }
}

/// Who moves a service's deployments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Controller {
    /// ECS itself; the only one whose task definition UpdateService may change.
    #[default]
    Ecs,
    /// AWS CodeDeploy.
    CodeDeploy,
    /// A third party.
    External,
    /// App Runner.
    AppRunner,
}

/// A rollout that waits at a lifecycle hook for somebody's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Awaited {
    /// When AWS decides by itself.
    pub until: Option<Stamp>,
    /// What AWS does then: whether it rolls back; none where it does not say.
    pub back: Option<bool>,
}

/// A rollout under way, in a few numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RolloutBrief {
    /// Tasks of the new revision that run.
    pub new_running: u32,
    /// Tasks of the new revision that are wanted.
    pub new_desired: u32,
    /// Consecutive failed tasks of the new revision.
    pub failed: u32,
    /// When it began.
    pub started_at: Option<Stamp>,
    /// The lifecycle stage or App Runner operation in AWS's words; empty when there is none.
    pub stage: String,
    /// True when AWS is putting the earlier revision back.
    pub rolling_back: bool,
    /// That it waits for somebody's decision, as far as known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Awaited>,
}

/// A container beside the application's, or one that may be the application's where that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sidecar {
    /// Its name.
    pub name: String,
    /// Its image.
    pub version: Version,
}

/// One service in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Which service this is.
    pub key: ServiceKey,
    /// Its ARN.
    pub arn: String,
    /// The application it belongs to; its name without the environment where none is configured.
    pub application: String,
    /// How it is doing.
    pub state: ServiceState,
    /// Why, when the state is not self-explanatory; a short clause.
    pub note: String,
    /// What it is set to run: `prod-service:42`, or App Runner's image reference.
    pub revision: String,
    /// Full ARN of the task definition; empty for App Runner.
    pub task_definition: String,
    /// The image that its application's container resolves to.
    pub version: Version,
    /// The container that the application ships in, and why; none where it is not known, or there is none.
    #[serde(default)]
    pub container: Option<MainContainer>,
    /// The other containers of its tasks.
    #[serde(default)]
    pub sidecars: Vec<Sidecar>,
    /// Tasks or instances that run; none where AWS does not say (App Runner).
    pub running: Option<u32>,
    /// Tasks or instances wanted; none where AWS does not say (App Runner).
    pub desired: Option<u32>,
    /// Tasks on their way.
    pub pending: u32,
    /// The rollout under way, if any.
    pub rollout: Option<RolloutBrief>,
    /// When the revision that runs was put in place or last touched.
    pub deployed_at: Option<Stamp>,
    /// Who moves its deployments.
    pub controller: Controller,
    /// Whether it runs one task on each container instance (scheduling strategy DAEMON), instead of a number of them.
    pub daemon: bool,
    /// Where its traffic comes in; empty where it stands behind no load balancer.
    pub traffic: Traffic,
    /// App Runner's service id (a metric dimension); empty otherwise.
    pub service_id: String,
    /// When AWS last said all this; `Stamp(0)` when only the name is known.
    pub seen_at: Stamp,
}

impl Service {
    /// A row of which only the name is known yet.
    pub fn named(key: ServiceKey, arn: String) -> Self {
        let controller = if key.kind == Kind::AppRunner { Controller::AppRunner } else { Controller::Ecs };
        Self {
            application: application_of(&key),
            key,
            arn,
            state: ServiceState::Unknown,
            note: String::new(),
            revision: String::new(),
            task_definition: String::new(),
            version: Version::default(),
            container: None,
            sidecars: Vec::new(),
            running: None,
            desired: None,
            pending: 0,
            rollout: None,
            deployed_at: None,
            controller,
            daemon: false,
            traffic: Traffic::default(),
            service_id: String::new(),
            seen_at: Stamp(0),
        }
    }

    /// The word for what it is in tables: its kind, or what makes it another sort of ECS service.
    pub fn sort_word(&self) -> &'static str {
        match (self.key.kind, self.controller) {
            (Kind::Ecs, Controller::CodeDeploy) => "codedeploy",
            (Kind::Ecs, Controller::External) => "external",
            (Kind::Ecs, _) if self.daemon => "daemon",
            (kind, _) => kind.word(),
        }
    }

    /// That its rollout waits for somebody's decision, as far as known.
    pub fn waits(&self) -> Option<Awaited> {
        self.rollout.as_ref().and_then(|rollout| rollout.waits)
    }

    /// Whether fewer tasks run than are wanted.
    pub fn is_short(&self) -> bool {
        matches!((self.running, self.desired), (Some(running), Some(desired)) if running < desired)
    }
}

/// The application of a service that no configuration names: its name without the environment in it.
pub fn application_of(key: &ServiceKey) -> String {
    let name: &str = &key.name;
    let environment = key.environment.as_str();
    let stripped = name
        .strip_prefix(environment)
        .and_then(|rest| rest.strip_prefix(['-', '_']))
        .or_else(|| name.strip_suffix(environment).and_then(|rest| rest.strip_suffix(['-', '_'])));
    match stripped {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applications_lose_the_environment_from_their_name() {
        for (env, name, app) in [
            ("prod", "prod-service", "service"),
            ("prod", "api-prod", "api"),
            ("prod", "prod", "prod"),
            ("prod", "production-api", "production-api"),
        ] {
            assert_eq!(application_of(&ServiceKey::new(env, Kind::Ecs, env, name)), app);
        }
    }
}
