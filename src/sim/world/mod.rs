//! Worlds: a scripted AWS as a file. [`World`] is a file read and checked; an engine is made of it.

mod check;
mod error;
mod file;
mod fleet;
mod load;
mod span;
mod spec;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use error::WorldError;
pub use spec::{
    Alarm, AppSpec, BalancerSort, Behaviour, Beside, Breaker, BucketSpec, CapacitySpec, CodeSpec, Crash,
    DatabaseSpec, Ec2Spec, Ended, GroupSpec, Happening, HookSpec, ImageSpec, LOG_RATE, Outage, Past,
    RepositorySpec, Revisions, ServiceSpec, SidecarSpec, StoppedBy, StrategyName, ThresholdSpec,
    UpstreamSpec, WaysSpec,
};

/// A world, read and checked: every reference in it points at something.
#[derive(Debug, Clone)]
pub struct World {
    /// `fem`, or the file's name.
    pub name: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// Seconds that are played before the start, so that a change can be under way at it.
    pub warmup: f64,
    /// Seconds by which CloudWatch tells of a minute later than it is over.
    pub metrics_lag: f64,
    /// Accounts, the first answering for unknown access keys.
    pub accounts: Vec<Account>,
    /// Environments, in the order of the file.
    pub environments: Vec<Environment>,
    /// What people ship, for the cockpit's configuration.
    pub applications: Vec<Application>,
    /// EC2 capacity providers.
    pub capacity: Vec<CapacitySpec>,
    /// ECR repositories.
    pub repositories: Vec<RepositorySpec>,
    /// Repositories that are pulled through.
    pub upstreams: Vec<UpstreamSpec>,
    /// S3 buckets.
    pub buckets: Vec<BucketSpec>,
    /// ECS services, Express included.
    pub services: Vec<Arc<ServiceSpec>>,
    /// Task definitions that no service runs, for one-off tasks; services that are in no cluster.
    pub jobs: Vec<Arc<ServiceSpec>>,
    /// App Runner services.
    pub apps: Vec<Arc<AppSpec>>,
    /// Databases.
    pub databases: Vec<DatabaseSpec>,
    /// Alarms of all services.
    pub alarms: Vec<Alarm>,
    /// What happens by itself.
    pub happenings: Vec<Happening>,
    /// A template made services of it, as many as were asked for.
    pub template: bool,
}

/// An AWS account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Access key ids that belong to it.
    pub keys: Vec<String>,
    /// Names of users by their access key ids, which belong to it too.
    pub users: BTreeMap<String, String>,
}

/// An environment, as the cockpit would be configured for it.
#[derive(Debug, Clone, PartialEq)]
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
    /// Seconds for which one-off tasks wait for capacity.
    pub starved: f64,
    /// Tags without which a service control policy denies RunTask.
    pub task_tags: Vec<String>,
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

/// The tail of a load balancer's ARN; a classic one's is its name.
pub fn balancer_tail(sort: BalancerSort, name: &str) -> String {
    match sort {
        BalancerSort::Application => format!("app/{name}/{}", balancer_id(name)),
        BalancerSort::Network => format!("net/{name}/{}", balancer_id(name)),
        BalancerSort::Classic => name.to_owned(),
    }
}

/// ServiceID of the App Runner service of this name.
pub fn app_id(account: &str, region: &str, name: &str) -> u128 {
    let key = format!("{account}/{region}/{name}");
    let high = crate::sim::hash::of(key.as_bytes(), 1);
    let low = crate::sim::hash::of(key.as_bytes(), 2);
    (u128::from(high) << 64) | u128::from(low)
}
