//! What passes between the simulator's wire and its services: one call in, one answer or fault out.
//!
//! Every protocol is decoded to, and encoded from, [`serde_json::Value`] with the member names of the
//! AWS model. Timestamps are the one thing JSON cannot tell from numbers and CBOR must (tag 1), so a
//! service writes them with [`timestamp`] and the wire turns them into what its protocol wants.

use serde_json::{Value, json};

/// An AWS service that the simulator answers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Aws {
    /// `AmazonEC2ContainerServiceV20141113`, awsJson1_1.
    Ecs,
    /// `AppRunner`, awsJson1_0.
    AppRunner,
    /// `GraniteServiceVersion20100801`, rpcv2Cbor and awsJson1_0.
    CloudWatch,
    /// `Logs_20140328`, awsJson1_1.
    Logs,
    /// `AmazonEC2ContainerRegistry_V20150921`, awsJson1_1.
    Ecr,
    /// Application Auto Scaling, `AnyScaleFrontendService`, awsJson1_1.
    Scaling,
    /// CloudTrail, `CloudTrail_20131101`, awsJson1_1.
    CloudTrail,
    /// Elastic Load Balancing v2, awsQuery 2015-12-01.
    Elb,
    /// Security Token Service, awsQuery 2011-06-15.
    Sts,
    /// Simple Storage Service, REST with XML.
    S3,
}

impl Aws {
    /// The short name used in `/_sim/calls` and `/_sim/fault` (`ecs.DescribeServices`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Ecs => "ecs",
            Self::AppRunner => "apprunner",
            Self::CloudWatch => "cloudwatch",
            Self::Logs => "logs",
            Self::Ecr => "ecr",
            Self::Scaling => "application-autoscaling",
            Self::CloudTrail => "cloudtrail",
            Self::Elb => "elbv2",
            Self::Sts => "sts",
            Self::S3 => "s3",
        }
    }
}

/// One request, decoded.
#[derive(Debug, Clone)]
pub struct Call {
    /// Twelve digits; chosen by the access key id.
    pub account: String,
    /// Access key id of the signature; empty when there is none.
    pub caller: String,
    /// From the signature's credential scope.
    pub region: String,
    /// The service asked.
    pub service: Aws,
    /// The operation, as AWS spells it.
    pub op: String,
    /// The input structure; an empty object when the request had no body.
    pub input: Value,
    /// Simulated time, epoch seconds.
    pub now: f64,
}

/// A refusal or failure in AWS's shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// HTTP status.
    pub status: u16,
    /// Error code without namespace (`ClusterNotFoundException`).
    pub code: String,
    /// The sentence that comes with it.
    pub message: String,
    /// What it concerns; only ECS's ConflictException names any.
    pub resource_ids: Vec<String>,
}

impl Fault {
    /// A client fault, HTTP 400.
    pub fn client(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into(), resource_ids: Vec::new() }
    }

    /// An operation that the simulator does not have.
    pub fn unknown_operation(op: &str) -> Self {
        Self::client("UnknownOperationException", format!("the simulator does not have the operation {op}"))
    }
}

/// What a service answers: the output structure, or a fault.
pub type Answer = Result<Value, Fault>;

/// The member that marks a timestamp until the wire encodes it.
pub const TIMESTAMP: &str = "$timestamp";

/// A timestamp (epoch seconds) as a value that every wire protocol can encode.
pub fn timestamp(epoch_seconds: f64) -> Value {
    json!({ TIMESTAMP: epoch_seconds })
}

/// The world behind the wire. The server owns one, and holds its lock for one call at a time.
pub trait Backend: Send + 'static {
    /// Moves the world on to `now` (simulated epoch seconds); never backwards.
    fn advance(&mut self, now: f64);
    /// Answers one call. The world has been advanced to `call.now` before.
    fn handle(&mut self, call: &Call) -> Answer;
    /// The account that an access key id belongs to; the world's first account for unknown keys.
    fn account_of(&self, access_key_id: &str) -> String;
    /// The environment a call concerns, as far as account, region and named cluster or service tell;
    /// used to aim faults at one environment.
    fn environment_of(&self, call: &Call) -> Option<String>;
}

/// What happens to one service at one moment, as far as its metrics show it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// Tasks or instances that run.
    pub running: f64,
    /// Tasks or instances wanted.
    pub desired: f64,
    /// Tasks that do not run yet.
    pub pending: f64,
    /// Load as a multiple of the usual for that hour; 1.0 is normal.
    pub load: f64,
    /// Share of requests answered with 5xx because of the images that run, 0 to 1.
    pub error_ratio: f64,
    /// Factor on latency because of the images that run; 1.0 is normal.
    pub latency: f64,
    /// Factor on CPU because of the images that run; 1.0 is normal.
    pub cpu: f64,
    /// Targets that pass their health check.
    pub healthy: f64,
    /// Those of them that are in the alternate target group.
    pub healthy_alternate: f64,
    /// Share of requests to which the load balancer answers 502 in the place of targets, 0 to 1.
    pub bad_gateway: f64,
    /// Share of production traffic that the rule sends to the alternate target group, 0 to 1.
    pub alternate: f64,
}

/// What a service looks like on a usual day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    /// CPU utilisation in percent at mid-day.
    pub cpu: f64,
    /// Memory utilisation in percent.
    pub memory: f64,
    /// Requests per second at mid-day over all tasks; 0 for workers.
    pub requests: f64,
    /// Median latency in milliseconds.
    pub latency_ms: f64,
    /// Seed of its noise.
    pub seed: u64,
}

/// A target group behind an application load balancer.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// `targetgroup/name/id`.
    pub group: String,
    /// `app/name/id`.
    pub balancer: String,
    /// Share of the service's requests that come in here, 0 to 1; of a pair, both together.
    pub share: f64,
    /// Whether it is the alternate group of a pair; none where it is no pair.
    pub alternate: Option<bool>,
    /// Whether errors of images show here.
    pub faulty: bool,
}

impl Way {
    /// The one way in of a service.
    pub fn only(group: &str, balancer: &str) -> Self {
        Self {
            group: group.to_owned(),
            balancer: balancer.to_owned(),
            share: 1.0,
            alternate: None,
            faulty: true,
        }
    }
}

/// Something that has metrics.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// An ECS service, Express included.
    Ecs {
        /// ClusterName.
        cluster: String,
        /// ServiceName.
        service: String,
        /// Its ways in that are measured: target groups behind application load balancers.
        ways: Vec<Way>,
        /// Its usual day.
        baseline: Baseline,
    },
    /// An App Runner service.
    AppRunner {
        /// ServiceName.
        name: String,
        /// ServiceID.
        id: String,
        /// Its usual day.
        baseline: Baseline,
    },
    /// A database in RDS.
    Database {
        /// DBInstanceIdentifier.
        id: String,
        /// Its usual day; `requests` are connections.
        baseline: Baseline,
    },
}

/// A target of a target group, as DescribeTargetHealth tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// IP address.
    pub id: String,
    /// Port.
    pub port: u16,
    /// `initial`, `healthy`, `unhealthy`, `unused`, `draining`.
    pub state: String,
    /// `Target.ResponseCodeMismatch` and the like; none when healthy.
    pub reason: Option<String>,
    /// AWS's sentence for the reason.
    pub description: Option<String>,
    /// Availability zone.
    pub zone: String,
}

/// A target group with its targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroup {
    /// Full ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// ARNs of its load balancers.
    pub balancer_arns: Vec<String>,
    /// `HTTP` or `TCP`.
    pub protocol: &'static str,
    /// Port of the targets.
    pub port: u16,
    /// Its targets are instances, not addresses.
    pub instances: bool,
    /// `/healthz`.
    pub health_path: String,
    /// VPC id.
    pub vpc: String,
    /// Its targets now.
    pub targets: Vec<Target>,
}

/// A rule of a listener.
#[derive(Debug, Clone, PartialEq)]
pub struct ListenerRule {
    /// Full ARN; of a network load balancer the listener's.
    pub arn: String,
    /// ARN of its listener.
    pub listener_arn: String,
    /// ARN of its load balancer.
    pub balancer_arn: String,
    /// ARNs of target groups and their weights.
    pub forwards: Vec<(String, u32)>,
    /// The host it is for.
    pub host: String,
    /// A rule for test traffic.
    pub test: bool,
}

/// What CloudWatch and ELBv2 see of the world.
pub trait Landscape {
    /// Everything with metrics in an account and region.
    fn subjects(&self, account: &str, region: &str) -> Vec<Subject>;
    /// The conditions of a subject at a moment (epoch seconds, past 24 h to now); `None` where there
    /// is no data, because it did not exist, was paused, or the world says that there is a gap.
    fn conditions(&self, account: &str, region: &str, subject: &Subject, at: f64) -> Option<Conditions>;
    /// The target groups of an account and region.
    fn target_groups(&self, account: &str, region: &str) -> Vec<TargetGroup>;
    /// The rules of listeners of an account and region.
    fn rules(&self, _account: &str, _region: &str) -> Vec<ListenerRule> {
        Vec::new()
    }
    /// Seconds by which CloudWatch tells of a minute later than it is over.
    fn lag(&self) -> f64 {
        0.0
    }
}
