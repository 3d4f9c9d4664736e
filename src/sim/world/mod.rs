//! Worlds: a scripted AWS as a file. [`World`] is a file read and checked; an engine is made of it.

mod check;
mod error;
mod file;
mod fleet;
mod span;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use error::WorldError;

use crate::sim::api::Baseline;
use crate::sim::cloudwatch::alarms::AlarmDef;
use crate::sim::worlds;

/// A world, read and checked: every reference in it points at something.
#[derive(Debug, Clone)]
pub struct World {
    /// `fem`, or the file's name.
    pub name: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// Seconds that are played before the start, so that a change can be under way at it.
    pub warmup: f64,
    /// Accounts, the first answering for unknown access keys.
    pub accounts: Vec<Account>,
    /// Environments, in the order of the file.
    pub environments: Vec<Environment>,
    /// What people ship, for the cockpit's configuration.
    pub applications: Vec<Application>,
    /// ECR repositories.
    pub repositories: Vec<RepositorySpec>,
    /// ECS services, Express included.
    pub services: Vec<Arc<ServiceSpec>>,
    /// App Runner services.
    pub apps: Vec<Arc<AppSpec>>,
    /// Databases.
    pub databases: Vec<DatabaseSpec>,
    /// Alarms of all services.
    pub alarms: Vec<Alarm>,
    /// What happens by itself.
    pub happenings: Vec<Happening>,
}

/// An AWS account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Access key ids that belong to it.
    pub keys: Vec<String>,
}

/// An environment, as the cockpit would be configured for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// An access key id of its account; none when the world lists none.
    pub access_key: Option<String>,
    /// Its ECS clusters.
    pub clusters: Vec<String>,
    /// Its App Runner services.
    pub apprunner: Vec<String>,
    /// `open`, `confirm`, `typed` or `read-only`; none leaves it to the cockpit.
    pub protection: Option<String>,
    /// The environment whose versions come here next.
    pub promote_from: Option<String>,
    /// Newest migration applied to its database at the start.
    pub migrated: u32,
    /// There is no room for one-off tasks: RunTask answers with failures.
    pub full: bool,
}

/// One thing people ship, present in several environments.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Its ECR repository.
    pub repository: String,
    /// By environment: `ecs:cluster/service` or `apprunner:name`.
    pub services: BTreeMap<String, String>,
    /// How it migrates.
    pub migration: Option<Migration>,
    /// How a release is judged.
    pub verify: Option<Verify>,
}

/// How an application migrates its database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The container that runs the command.
    pub container: String,
    /// The command.
    pub command: Vec<String>,
    /// Commands that must succeed before it.
    pub checks: Vec<Vec<String>>,
}

/// How a release is judged after its rollout.
#[derive(Debug, Clone, PartialEq)]
pub struct Verify {
    /// Seconds to watch.
    pub window: f64,
    /// Share of 5xx answers that is still good.
    pub max_5xx_ratio: Option<f64>,
    /// Alarms that must stay quiet.
    pub alarms: Vec<String>,
}

/// An ECR repository.
#[derive(Debug, Clone, PartialEq)]
pub struct RepositorySpec {
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Tags cannot be moved.
    pub immutable: bool,
    /// Its migrations by version from 1.
    pub migrations: Vec<String>,
    /// Its images.
    pub images: Vec<ImageSpec>,
}

/// An image in a repository.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageSpec {
    /// Its tags; the first names it in this file.
    pub tags: Vec<String>,
    /// Seconds before the start at which it was pushed.
    pub pushed: f64,
    /// Compressed size in bytes.
    pub size: u64,
    /// How it behaves.
    pub behaviour: Behaviour,
}

/// How an image behaves when it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// What identifies it in its log lines.
    pub version: String,
    /// The newest migration it carries; 0 for none.
    pub migrations: u32,
    /// What its newest migration fails with.
    pub migration_error: Option<String>,
    /// The HTTP status its health check answers with when it fails.
    pub unhealthy: Option<u16>,
    /// It ends by itself.
    pub crash: Option<Crash>,
    /// Share of requests that it answers with 5xx, 0 to 1.
    pub error_ratio: f64,
    /// Factor on latency.
    pub latency: f64,
    /// Factor on CPU.
    pub cpu: f64,
    /// Lines it logs now and then besides the usual ones.
    pub log: Vec<String>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            version: String::new(),
            migrations: 0,
            migration_error: None,
            unhealthy: None,
            crash: None,
            error_ratio: 0.0,
            latency: 1.0,
            cpu: 1.0,
            log: Vec::new(),
        }
    }
}

/// How an image ends by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Crash {
    /// Seconds after its start.
    pub after: f64,
    /// Exit code.
    pub exit: i32,
    /// `containers[].reason`.
    pub reason: Option<String>,
    /// Its last lines.
    pub log: Vec<String>,
}

/// A deployment or operation before the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Seconds before the start at which it began.
    pub ago: f64,
    /// Full image name.
    pub image: String,
    /// How it ended.
    pub ended: Ended,
}

/// How a deployment before the start ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was put in place.
    Succeeded,
    /// The circuit breaker took it back.
    RolledBack,
    /// A newer one took over.
    Stopped,
}

/// What trips when tasks of a deployment keep failing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// Nothing.
    Off,
    /// The deployment fails and stays.
    Stop,
    /// The deployment is taken back.
    Rollback,
}

/// How an ECS service deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum StrategyName {
    Rolling,
    BlueGreen,
    Linear,
    Canary,
}

/// An ECS service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceSpec {
    /// Its environment.
    pub environment: String,
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// ClusterName.
    pub cluster: String,
    /// ServiceName; also the family of its task definitions.
    pub name: String,
    /// Full image name at the start.
    pub image: String,
    /// Seconds before the start at which it was created.
    pub created: f64,
    /// ECS Express Mode.
    pub express: bool,
    /// Name of its main container.
    pub container: String,
    /// Tasks wanted.
    pub desired: u32,
    /// CPU units, as the task definition spells them.
    pub cpu: String,
    /// MiB, as the task definition spells them.
    pub memory: String,
    /// Container port; none for workers.
    pub port: Option<u16>,
    /// Name of its load balancer; none for services without one.
    pub balancer: Option<String>,
    /// Path of its health check.
    pub health_path: String,
    /// awslogs-group.
    pub log_group: String,
    /// awslogs-stream-prefix.
    pub log_prefix: String,
    /// Command of its main container; empty leaves it to the image.
    pub command: Vec<String>,
    /// Plain environment variables.
    pub variables: BTreeMap<String, String>,
    /// Names of variables that come from Secrets Manager.
    pub secrets: Vec<String>,
    /// Further containers: name to image.
    pub sidecars: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// `ECS`, `CODE_DEPLOY` or `EXTERNAL`.
    pub controller: String,
    /// Its circuit breaker.
    pub breaker: Breaker,
    /// `maximumPercent`.
    pub maximum: u32,
    /// `minimumHealthyPercent`.
    pub minimum: u32,
    /// How it deploys.
    pub strategy: StrategyName,
    /// Names of its alarms.
    pub alarms: Vec<String>,
    /// A deployment is rolled back when one of them fires.
    pub rollback_on_alarms: bool,
    /// Its usual day.
    pub baseline: Baseline,
    /// Deployments before the start, oldest first.
    pub past: Vec<Past>,
}

/// An App Runner service.
#[derive(Debug, Clone, PartialEq)]
pub struct AppSpec {
    /// Its environment.
    pub environment: String,
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// ServiceName.
    pub name: String,
    /// Full image name at the start.
    pub image: String,
    /// Seconds before the start at which it was created.
    pub created: f64,
    /// A push to its tag deploys.
    pub auto_deploy: bool,
    /// Paused at the start.
    pub paused: bool,
    /// Instances when it runs.
    pub instances: u32,
    /// Port.
    pub port: u16,
    /// Path of its health check; none checks TCP.
    pub health_path: Option<String>,
    /// Plain environment variables.
    pub variables: BTreeMap<String, String>,
    /// Names of variables that come from Secrets Manager.
    pub secrets: Vec<String>,
    /// Its tag `environment` names the environment.
    pub tagged: bool,
    /// Its usual day.
    pub baseline: Baseline,
    /// Operations before the start, oldest first.
    pub past: Vec<Past>,
}

/// A database in RDS.
#[derive(Debug, Clone, PartialEq)]
pub struct DatabaseSpec {
    /// DBInstanceIdentifier.
    pub id: String,
    /// Its environment.
    pub environment: String,
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// Its usual day.
    pub baseline: Baseline,
}

/// An alarm with the account and region it lives in.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// What it watches.
    pub def: AlarmDef,
}

/// Something that happens by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// Seconds from the start; negative for before it.
    pub at: f64,
    /// Seconds after which it happens again.
    pub every: Option<f64>,
    /// ClusterName.
    pub cluster: String,
    /// ServiceName.
    pub service: String,
    /// Somebody deploys this image (full name).
    pub deploy: Option<String>,
    /// Load becomes this multiple of the usual.
    pub load: Option<f64>,
}

impl World {
    /// One of the worlds that come with the program. `services` is how many services a world made from
    /// a template has; the others ignore it.
    pub fn named(name: &str, services: Option<usize>) -> Result<Self, WorldError> {
        match worlds::text(name) {
            Some(text) => {
                let mut world = check::world(text, &format!("{name}.toml"), services)?;
                name.clone_into(&mut world.name);
                Ok(world)
            }
            None => Err(WorldError::Unknown {
                name: name.to_owned(),
                known: worlds::names().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// A world of one's own; `file` is what errors call it.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, WorldError> {
        check::world(text, file, None)
    }

    /// Its environments, as the cockpit would be configured for them.
    pub fn environments(&self) -> &[Environment] {
        &self.environments
    }
}

/// The id that a load balancer or target group of this name has in its ARN: 16 hexadecimal digits.
/// It hangs on the name alone, so that alarms can name it before an engine exists.
pub fn balancer_id(name: &str) -> String {
    format!("{:016x}", crate::sim::hash::of(name.as_bytes(), 0x0b41_a9ce))
}

/// The metric dimensions of a service behind a load balancer: `app/name/id` and `targetgroup/name/id`.
pub fn balancer_dimensions(balancer: &str, target_group: &str) -> (String, String) {
    (
        format!("app/{balancer}/{}", balancer_id(balancer)),
        format!("targetgroup/{target_group}/{}", balancer_id(target_group)),
    )
}

/// ServiceID of the App Runner service of this name.
pub fn app_id(account: &str, region: &str, name: &str) -> u128 {
    let key = format!("{account}/{region}/{name}");
    let high = crate::sim::hash::of(key.as_bytes(), 1);
    let low = crate::sim::hash::of(key.as_bytes(), 2);
    (u128::from(high) << 64) | u128::from(low)
}
