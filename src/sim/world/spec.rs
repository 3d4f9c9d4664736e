//! What a world says of its services, images and alarms.

mod deployment;
mod image;
mod traffic;

pub use deployment::{Beside, Breaker, Ended, HookSpec, Past, Revisions, StrategyName, ThresholdSpec};
pub use image::{Behaviour, Crash, ImageSpec, RepositorySpec, UpstreamSpec};
pub use traffic::{BalancerSort, GroupSpec, WaysSpec};

use std::collections::BTreeMap;

use crate::sim::api::Baseline;
use crate::sim::cloudwatch::alarms::AlarmDef;

/// Lines that a task logs in a second, everyday, where a world says nothing.
pub const LOG_RATE: f64 = 1.0 / 12.0;

/// A capacity provider over an auto scaling group of container instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapacitySpec {
    /// Its name.
    pub name: String,
    /// ClusterName.
    pub cluster: String,
    /// Instances at the start.
    pub instances: u32,
    /// Instances at most.
    pub most: u32,
    /// Managed scaling: what finds no room waits for another instance.
    pub managed: bool,
    /// Instance type.
    pub kind: String,
    /// CPU units of an instance.
    pub cpu: u32,
    /// MiB of an instance.
    pub memory: u32,
}

/// A service whose tasks run on container instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ec2Spec {
    /// Its capacity provider; none for `launchType` EC2.
    pub provider: Option<String>,
    /// `networkMode`: `bridge`, `host` or `awsvpc`.
    pub network: &'static str,
    /// `hostPort`; 0 leaves it to the agent.
    pub host_port: u16,
}

/// An S3 bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketSpec {
    /// Its name.
    pub name: String,
    /// Twelve digits: whose it is.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// Nobody may do anything with it.
    pub denied: bool,
}

/// A container beside the main one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SidecarSpec {
    /// Its name.
    pub name: String,
    /// Its image; none for the main container's.
    pub image: Option<String>,
    /// It stands before the main container.
    pub first: bool,
    /// The task stops with it.
    pub essential: bool,
    /// It routes the logs of the others.
    pub firelens: bool,
    /// It is the proxy of `proxyConfiguration`.
    pub proxy: bool,
}

/// The source of an App Runner service that is built from code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSpec {
    /// URL of its repository.
    pub repository: String,
    /// Its branch.
    pub branch: String,
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
    /// What there is to say of its ways in besides.
    pub ways: WaysSpec,
    /// Path of its health check.
    pub health_path: String,
    /// awslogs-group.
    pub log_group: String,
    /// awslogs-stream-prefix.
    pub log_prefix: String,
    /// awslogs-region.
    pub log_region: String,
    /// Lines that a task logs in a second, everyday.
    pub log_rate: f64,
    /// Its log driver; `none` for no log configuration.
    pub log_driver: String,
    /// The options of a driver other than awslogs.
    pub log_options: BTreeMap<String, String>,
    /// Volumes configured at launch: name to GiB.
    pub volumes: BTreeMap<String, u32>,
    /// Command of its main container; empty leaves it to the image.
    pub command: Vec<String>,
    /// Plain environment variables.
    pub variables: BTreeMap<String, String>,
    /// Names of variables that come from Secrets Manager.
    pub secrets: Vec<String>,
    /// Names of variables that come from Systems Manager's Parameter Store.
    pub parameters: Vec<String>,
    /// Its tasks run on container instances; none for Fargate.
    pub ec2: Option<Ec2Spec>,
    /// Its Service Connect namespace.
    pub namespace: Option<String>,
    /// How many tasks Application Auto Scaling keeps: least, most, and the CPU utilisation it aims at.
    pub scaling: Option<(u32, u32, f64)>,
    /// Further containers, those before the main one first.
    pub containers: Vec<SidecarSpec>,
    /// A registry in Cloud Map names this container.
    pub registry: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// `ECS`, `CODE_DEPLOY` or `EXTERNAL`.
    pub controller: String,
    /// The second of two task sets, in the middle of a shift; nothing moves then.
    pub beside: Option<Beside>,
    /// One task on each container instance: scheduling strategy DAEMON.
    pub daemon: bool,
    /// How its service revisions are described.
    pub revisions: Revisions,
    /// Its service deployments cannot be listed: UnsupportedFeatureException.
    pub no_history: bool,
    /// Its circuit breaker.
    pub breaker: Breaker,
    /// When it trips; none leaves it to AWS.
    pub threshold: Option<ThresholdSpec>,
    /// A healthy task sets its count back; none leaves it to AWS.
    pub reset: Option<bool>,
    /// `maximumPercent`.
    pub maximum: u32,
    /// `minimumHealthyPercent`.
    pub minimum: u32,
    /// How it deploys.
    pub strategy: StrategyName,
    /// Percent of the traffic that a canary begins with or a linear shift moves at a time, and the seconds
    /// after it; none for the usual.
    pub step: Option<(f64, f64)>,
    /// Seconds for which a deployment is watched after all traffic moved; none for the usual.
    pub bake: Option<f64>,
    /// Its lifecycle hooks.
    pub hooks: Vec<HookSpec>,
    /// Names of its alarms.
    pub alarms: Vec<String>,
    /// A deployment is rolled back when one of them fires.
    pub rollback_on_alarms: bool,
    /// Its usual day.
    pub baseline: Baseline,
    /// Deployments before the start, oldest first.
    pub past: Vec<Past>,
}

impl Default for ServiceSpec {
    /// One of nothing in particular: what a world leaves out.
    fn default() -> Self {
        Self {
            environment: String::new(),
            account: String::new(),
            region: String::new(),
            cluster: String::new(),
            name: String::new(),
            image: String::new(),
            created: 0.0,
            express: false,
            container: "service".to_owned(),
            desired: 0,
            cpu: "256".to_owned(),
            memory: "512".to_owned(),
            port: None,
            balancer: None,
            ways: WaysSpec::default(),
            health_path: String::new(),
            log_group: String::new(),
            log_prefix: "svc".to_owned(),
            log_region: String::new(),
            log_rate: LOG_RATE,
            log_driver: "awslogs".to_owned(),
            log_options: BTreeMap::new(),
            volumes: BTreeMap::new(),
            command: Vec::new(),
            variables: BTreeMap::new(),
            secrets: Vec::new(),
            parameters: Vec::new(),
            ec2: None,
            namespace: None,
            scaling: None,
            containers: Vec::new(),
            registry: None,
            tags: BTreeMap::new(),
            controller: "ECS".to_owned(),
            beside: None,
            daemon: false,
            revisions: Revisions::Described,
            no_history: false,
            breaker: Breaker::Off,
            threshold: None,
            reset: None,
            maximum: 200,
            minimum: 100,
            strategy: StrategyName::Rolling,
            step: None,
            bake: None,
            hooks: Vec::new(),
            alarms: Vec::new(),
            rollback_on_alarms: false,
            baseline: Baseline { cpu: 1.0, memory: 1.0, requests: 0.0, latency_ms: 0.0, seed: 0 },
            past: Vec::new(),
        }
    }
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
    /// Its status at the start, where that is neither RUNNING nor PAUSED.
    pub status: Option<&'static str>,
    /// It is built from code; its image is what comes out.
    pub code: Option<CodeSpec>,
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

/// Who stops a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoppedBy {
    /// Its capacity is taken back.
    Spot,
    /// Somebody at a console.
    Person,
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
    /// A task of it is stopped: by Spot, else by a person.
    pub stop: Option<StoppedBy>,
    /// Something that it needs does not answer from here on.
    pub outage: Option<Outage>,
}

/// Something that a service needs does not answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Outage {
    /// Share of requests that it answers with 5xx for it, 0 to 1.
    pub errors: f64,
    /// Lines that it logs for it.
    pub log: Vec<String>,
}
