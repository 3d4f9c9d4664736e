//! A service as one row of the fleet.

use super::{Kind, ServiceKey, Stamp, Traffic};
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

/// The image a revision resolves to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Version {
    /// The image reference as configured: `…/fem-fd-service:8be02d4` or `…@sha256:…`.
    pub image: String,
    /// The tag, where the reference names one.
    pub tag: Option<String>,
    /// `sha256:…`, where AWS told which digest runs.
    pub digest: Option<String>,
}

impl Version {
    /// From an image reference and, if known, the digest it resolved to.
    pub fn of(image: &str, digest: Option<&str>) -> Self {
        let (name, pinned) = match image.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (image, None),
        };
        let last = name.rsplit('/').next().unwrap_or(name);
        let tag = last.split_once(':').map(|(_, tag)| tag.to_owned());
        Self { image: image.to_owned(), tag, digest: digest.or(pinned).map(str::to_owned) }
    }

    /// `8be02d4`, `latest@41ac07`, `@41ac07f`, or `-`: short enough for a column, precise enough to tell
    /// two images behind one moving tag apart.
    pub fn short(&self) -> String {
        let hex = self.digest.as_deref().map(|d| d.strip_prefix("sha256:").unwrap_or(d));
        match (&self.tag, hex) {
            (Some(tag), Some(hex)) if is_moving(tag) => {
                format!("{tag}@{}", hex.chars().take(4).collect::<String>())
            }
            (Some(tag), _) => {
                if tag.len() > 12 && tag.chars().all(|c| c.is_ascii_hexdigit()) {
                    tag.chars().take(7).collect()
                } else {
                    tag.clone()
                }
            }
            (None, Some(hex)) => format!("@{}", hex.chars().take(7).collect::<String>()),
            (None, None) if self.image.is_empty() => "-".to_owned(),
            (None, None) => "latest".to_owned(),
        }
    }

    /// True when both are known to be the same image: by digest where both have one, else by reference.
    pub fn same_image(&self, other: &Self) -> bool {
        match (&self.digest, &other.digest) {
            (Some(a), Some(b)) => a == b,
            _ => !self.image.is_empty() && self.image == other.image,
        }
    }

    /// `account.dkr.ecr.region.amazonaws.com/name` without tag and digest.
    pub fn repository(&self) -> &str {
        let name = self.image.split('@').next().unwrap_or_default();
        match name.rsplit_once(':') {
            Some((head, tail)) if !tail.contains('/') => head,
            _ => name,
        }
    }

    /// The repository that a configured name means beside this image: with a registry as it is written, without
    /// one in the registry of this image. This image's own where nothing is configured.
    pub fn repository_named(&self, configured: Option<&str>) -> String {
        let own = self.repository();
        let Some(name) = configured.filter(|name| !name.is_empty()) else { return own.to_owned() };
        let registry = |text: &str| text.contains(['.', ':']) || text == "localhost";
        let has_registry = name.split_once('/').is_some_and(|(head, _)| registry(head));
        match own.split_once('/') {
            Some((head, _)) if !has_registry && registry(head) => format!("{head}/{name}"),
            _ => name.to_owned(),
        }
    }
}

/// True for tags that people move (`latest`, `staging`, `prod`), false for those that name a commit or release.
pub fn is_moving(tag: &str) -> bool {
    let commit = tag.len() >= 6 && tag.chars().all(|c| c.is_ascii_hexdigit());
    let release = tag.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    !commit && !release
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
    /// The image it resolves to.
    pub version: Version,
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
    fn versions_are_short_and_tell_moving_tags_apart() {
        let digest = "sha256:41ac07f9e2";
        for (image, digest, short) in [
            ("1.dkr.ecr.us-west-2.amazonaws.com/a:8be02d4", Some(digest), "8be02d4"),
            ("1.dkr.ecr.us-west-2.amazonaws.com/a:latest", Some(digest), "latest@41ac"),
            ("1.dkr.ecr.us-west-2.amazonaws.com/a:latest", None, "latest"),
            ("1.dkr.ecr.us-west-2.amazonaws.com/a@sha256:41ac07f9e2", None, "@41ac07f"),
            ("localhost:5000/a", None, "latest"),
            ("", None, "-"),
            ("a:v1.2.3", Some(digest), "v1.2.3"),
        ] {
            assert_eq!(Version::of(image, digest).short(), short, "{image}");
        }
        assert_eq!(Version::of("localhost:5000/a", None).repository(), "localhost:5000/a");
        assert_eq!(Version::of("r/a:1@sha256:0", None).repository(), "r/a");
    }

    #[test]
    fn a_configured_repository_is_in_the_registry_in_use() {
        let registry = "1.dkr.ecr.us-west-2.amazonaws.com";
        let used = Version::of(&format!("{registry}/a:1"), None);
        for (image, configured, repository) in [
            (&used, None, format!("{registry}/a")),
            (&used, Some(""), format!("{registry}/a")),
            (&used, Some("b"), format!("{registry}/b")),
            (&used, Some("team/b"), format!("{registry}/team/b")),
            (
                &used,
                Some("2.dkr.ecr.eu-west-1.amazonaws.com/b"),
                "2.dkr.ecr.eu-west-1.amazonaws.com/b".into(),
            ),
            (&Version::of("localhost:5000/a", None), Some("b"), "localhost:5000/b".into()),
            (&Version::of("nginx:1", None), Some("b"), "b".into()),
            (&Version::of("team/nginx:1", None), Some("b"), "b".into()),
            (&Version::default(), Some("b"), "b".into()),
        ] {
            assert_eq!(image.repository_named(configured), repository, "{} {configured:?}", image.image);
        }
    }

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
