//! A world file as it is written; `check` makes a [`super::World`] of it. Every table refuses fields it
//! does not know. The schema is told, field by field, at the top of `worlds/fem.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// A reference to something named elsewhere in the file, with its place for the error.
pub(super) type Name = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub about: String,
    pub warmup: Option<Name>,
    pub metrics_lag: Option<Name>,
    pub account: Vec<Account>,
    #[serde(default)]
    pub environment: Vec<Environment>,
    #[serde(default)]
    pub capacity: Vec<Capacity>,
    #[serde(default)]
    pub repository: Vec<Repository>,
    #[serde(default)]
    pub pull_through: Vec<PullThrough>,
    #[serde(default)]
    pub bucket: Vec<Bucket>,
    #[serde(default)]
    pub service: Vec<Service>,
    #[serde(default)]
    pub job: Vec<Job>,
    #[serde(default)]
    pub apprunner: Vec<App>,
    #[serde(default)]
    pub database: Vec<Database>,
    #[serde(default)]
    pub application: Vec<Application>,
    #[serde(default)]
    pub happens: Vec<Happening>,
    pub fleet: Option<Fleet>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub id: Name,
    #[serde(default)]
    pub keys: Vec<Name>,
    #[serde(default)]
    pub users: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PullThrough {
    pub prefix: String,
    pub upstream: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bucket {
    pub name: Name,
    pub account: Option<Name>,
    pub region: Option<Name>,
    #[serde(default)]
    pub denied: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Environment {
    pub name: Name,
    pub account: Name,
    pub region: Name,
    #[serde(default)]
    pub clusters: Vec<Name>,
    pub protection: Option<Name>,
    pub promote_from: Option<Name>,
    #[serde(default)]
    pub migrated: u32,
    #[serde(default)]
    pub full: bool,
    pub starved: Option<Name>,
    #[serde(default)]
    pub task_tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Capacity {
    pub name: Name,
    pub cluster: Name,
    pub instances: u32,
    pub most: Option<u32>,
    pub managed: Option<bool>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub cpu: Option<u32>,
    pub memory: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repository {
    pub name: Name,
    pub account: Option<Name>,
    pub region: Option<Name>,
    #[serde(default)]
    pub immutable: bool,
    #[serde(default)]
    pub migrations: Vec<String>,
    #[serde(default)]
    pub image: Vec<Image>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Image {
    pub tags: Vec<Name>,
    pub pushed: Name,
    pub size_mb: Option<u32>,
    #[serde(default)]
    pub index: bool,
    #[serde(default)]
    pub signed: bool,
    pub artifact: Option<String>,
    #[serde(default)]
    pub migrations: u32,
    pub migration_error: Option<String>,
    pub unhealthy: Option<u16>,
    pub listens: Option<u16>,
    pub slow: Option<Name>,
    pub start_error: Option<String>,
    pub crash: Option<Crash>,
    pub error_ratio: Option<f64>,
    pub bad_gateway: Option<f64>,
    pub latency: Option<f64>,
    pub cpu: Option<f64>,
    #[serde(default)]
    pub log: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Crash {
    pub after: Name,
    pub exit: i32,
    pub reason: Option<String>,
    #[serde(default)]
    pub log: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Baseline {
    pub cpu: f64,
    pub memory: f64,
    #[serde(default)]
    pub requests: f64,
    #[serde(default)]
    pub latency_ms: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sidecar {
    pub name: Name,
    pub image: Option<Name>,
    #[serde(default)]
    pub first: bool,
    #[serde(default)]
    pub essential: bool,
    #[serde(default)]
    pub firelens: bool,
    #[serde(default)]
    pub proxy: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub cluster: Name,
    pub name: Name,
    pub image: Name,
    pub created: Option<Name>,
    #[serde(default)]
    pub express: bool,
    pub container: Option<String>,
    pub desired: u32,
    pub cpu: Option<String>,
    pub memory: Option<String>,
    pub port: Option<u16>,
    pub balancer: Option<String>,
    pub balancer_kind: Option<Name>,
    pub also_behind: Option<String>,
    pub alternate: Option<String>,
    pub rule: Option<Name>,
    #[serde(default)]
    pub group: Vec<Group>,
    pub health_path: Option<String>,
    pub log_group: Option<String>,
    pub log_prefix: Option<String>,
    pub log_region: Option<String>,
    pub log_rate: Option<f64>,
    pub log_driver: Option<String>,
    #[serde(default)]
    pub log_options: BTreeMap<String, String>,
    #[serde(default)]
    pub volumes: BTreeMap<String, u32>,
    #[serde(default)]
    pub command: Vec<String>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    pub secrets: Vec<String>,
    #[serde(default)]
    pub parameters: Vec<String>,
    pub capacity: Option<Name>,
    pub launch: Option<Name>,
    pub network: Option<Name>,
    pub host_port: Option<u16>,
    pub namespace: Option<String>,
    pub scaling: Option<Scaling>,
    #[serde(default)]
    pub sidecars: BTreeMap<String, Name>,
    #[serde(default)]
    pub containers: Vec<Sidecar>,
    pub registry: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    pub controller: Option<Name>,
    pub beside: Option<Beside>,
    #[serde(default)]
    pub daemon: bool,
    pub revisions: Option<Name>,
    #[serde(default)]
    pub no_history: bool,
    pub breaker: Option<Name>,
    pub breaker_threshold: Option<Threshold>,
    pub breaker_reset: Option<bool>,
    pub maximum_percent: Option<u32>,
    pub minimum_healthy_percent: Option<u32>,
    pub strategy: Option<Name>,
    pub step: Option<Step>,
    pub bake: Option<Name>,
    #[serde(default)]
    pub hook: Vec<Hook>,
    #[serde(default)]
    pub alarm: Vec<Alarm>,
    #[serde(default)]
    pub rollback_on_alarms: bool,
    pub usual: Baseline,
    #[serde(default)]
    pub past: Vec<Past>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scaling {
    pub minimum: u32,
    pub maximum: u32,
    pub cpu: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Beside {
    pub image: Name,
    pub ago: Name,
    #[serde(default)]
    pub serves: bool,
    pub moves: Option<Name>,
    pub ends: Option<Name>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    pub name: Name,
    pub balancer: String,
    pub balancer_kind: Option<Name>,
    pub share: f64,
    #[serde(default)]
    pub faulty: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Job {
    pub name: Name,
    pub environment: Name,
    pub image: Name,
    pub container: Option<String>,
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    #[serde(default)]
    pub secrets: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Threshold {
    #[serde(rename = "type")]
    pub kind: Name,
    pub value: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub percent: f64,
    pub wait: Name,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hook {
    pub function: Option<String>,
    pub stages: Vec<Name>,
    pub timeout: Option<Name>,
    pub then: Option<Name>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Past {
    pub ago: Name,
    pub image: Name,
    pub meant: Option<Name>,
    #[serde(default)]
    pub inactive: bool,
    #[serde(default)]
    pub forced: bool,
    pub ended: Option<Name>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    pub repository: String,
    pub branch: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alarm {
    pub name: Name,
    pub watch: Name,
    pub above: f64,
    pub periods: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct App {
    pub environment: Name,
    pub name: Name,
    pub image: Name,
    pub created: Option<Name>,
    #[serde(default)]
    pub auto_deploy: bool,
    #[serde(default)]
    pub paused: bool,
    pub status: Option<Name>,
    pub code: Option<Code>,
    pub instances: u32,
    pub port: Option<u16>,
    pub health_path: Option<String>,
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    #[serde(default)]
    pub secrets: Vec<String>,
    #[serde(default)]
    pub tagged: bool,
    #[serde(default)]
    pub alarm: Vec<Alarm>,
    pub usual: Baseline,
    #[serde(default)]
    pub past: Vec<Past>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Database {
    pub id: Name,
    pub environment: Name,
    pub usual: Baseline,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Application {
    pub name: String,
    pub repository: Name,
    pub services: BTreeMap<String, Name>,
    pub migration: Option<Migration>,
    pub verify: Option<Verify>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Migration {
    pub container: String,
    pub command: Vec<String>,
    #[serde(default)]
    pub checks: Vec<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verify {
    pub window: Name,
    pub max_5xx_ratio: Option<f64>,
    #[serde(default)]
    pub alarms: Vec<Name>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Happening {
    pub at: Name,
    pub every: Option<Name>,
    pub cluster: Name,
    pub service: Name,
    pub deploy: Option<Name>,
    pub load: Option<f64>,
    pub stop: Option<Name>,
    pub outage: Option<Outage>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outage {
    pub errors: f64,
    #[serde(default)]
    pub log: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fleet {
    pub services: usize,
    pub environments: usize,
    pub account: Name,
    pub region: Name,
    pub names: Vec<String>,
    pub repository: Name,
    pub good: Vec<Name>,
    pub bad: Vec<Name>,
    pub apprunner: usize,
}
