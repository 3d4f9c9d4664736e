//! What a world says of its services, images and alarms.

use std::collections::BTreeMap;

use crate::sim::api::Baseline;
use crate::sim::cloudwatch::alarms::AlarmDef;

/// Lines that a task logs in a second, everyday, where a world says nothing.
pub const LOG_RATE: f64 = 1.0 / 12.0;

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

/// Repositories of ECR that are pulled through from another registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamSpec {
    /// Twelve digits.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// What their names begin with.
    pub prefix: String,
    /// The other registry.
    pub url: String,
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

/// An image in a repository.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageSpec {
    /// Its tags; the first names it in this file.
    pub tags: Vec<String>,
    /// Seconds before the start at which it was pushed.
    pub pushed: f64,
    /// Compressed size in bytes.
    pub size: u64,
    /// It is an index of two platforms, each with its attestation, as buildx pushes it.
    pub index: bool,
    /// It was signed and attested by cosign.
    pub signed: bool,
    /// What it is configured by where it is no image (`application/vnd.cncf.helm.config.v1+json`).
    pub artifact: Option<String>,
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
    /// The port on which it listens, where that is not the one that its target group asks.
    pub listens: Option<u16>,
    /// Seconds that it takes until it listens.
    pub slow: Option<f64>,
    /// What AWS says of its tasks, which cannot be started.
    pub start_error: Option<String>,
    /// It ends by itself.
    pub crash: Option<Crash>,
    /// Share of requests that it answers with 5xx, 0 to 1.
    pub error_ratio: f64,
    /// Share of requests to which the load balancer answers 502 in its place, 0 to 1.
    pub bad_gateway: f64,
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
            listens: None,
            slow: None,
            start_error: None,
            crash: None,
            error_ratio: 0.0,
            bad_gateway: 0.0,
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

/// A deployment or operation before the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Seconds before the start at which it began.
    pub ago: f64,
    /// Full image name.
    pub image: String,
    /// Full name of the image that it meant then, where its tag has moved since.
    pub meant: Option<String>,
    /// Its task definition was deregistered since.
    pub inactive: bool,
    /// It was forced, with the task definition of the one before.
    pub forced: bool,
    /// How it ended.
    pub ended: Ended,
}

/// A second task set, younger than the one in place.
#[derive(Debug, Clone, PartialEq)]
pub struct Beside {
    /// Full image name.
    pub image: String,
    /// Seconds before the start at which it was made.
    pub ago: f64,
    /// It has the production traffic already.
    pub serves: bool,
    /// Seconds from the start after which it gets the production traffic; none where nothing moves.
    pub moves: Option<f64>,
    /// Seconds from the start after which the set before it is taken away.
    pub ends: Option<f64>,
}

/// How DescribeServiceRevisions takes a service's revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revisions {
    /// It describes them.
    Described,
    /// It does not, and tells that in `failures`.
    Missing,
    /// It refuses the whole call because of them.
    Refused,
}

/// The source of an App Runner service that is built from code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSpec {
    /// URL of its repository.
    pub repository: String,
    /// Its branch.
    pub branch: String,
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

/// Failed tasks at which a circuit breaker trips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThresholdSpec {
    /// So many.
    Count(u32),
    /// Percent of the tasks wanted, from 3 to 200.
    Bounded(u32),
    /// Percent of the tasks wanted.
    Unbounded(u32),
}

/// A lifecycle hook.
#[derive(Debug, Clone, PartialEq)]
pub struct HookSpec {
    /// Name of the function it calls; none for one that pauses.
    pub function: Option<String>,
    /// Where it runs, as AWS spells stages.
    pub stages: Vec<String>,
    /// Seconds until it is decided by itself; none leaves it to AWS.
    pub timeout: Option<f64>,
    /// The deployment goes on then, instead of being taken back.
    pub proceeds: bool,
}

/// What sort a load balancer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BalancerSort {
    /// `app/…`.
    #[default]
    Application,
    /// `net/…`.
    Network,
    /// Known by its name, without target groups.
    Classic,
}

/// Ways in of a service besides its first target group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WaysSpec {
    /// What sort its first load balancer is.
    pub sort: BalancerSort,
    /// A second load balancer before the first target group.
    pub also_behind: Option<String>,
    /// Name of the alternate target group: deployments that shift traffic go from one to the other.
    pub alternate: Option<String>,
    /// Where the production rule points whatever deployments did: to the alternate group or to the first.
    pub rule: Option<bool>,
    /// Further target groups.
    pub groups: Vec<GroupSpec>,
}

/// A further target group of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSpec {
    /// Its name.
    pub name: String,
    /// Its load balancer.
    pub balancer: String,
    /// What sort that is.
    pub sort: BalancerSort,
    /// The share of the service's requests that come in here, 0 to 1; the rest comes in by the first group.
    pub share: f64,
    /// Images that answer with errors do so here, and not where this is not said.
    pub faulty: bool,
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
