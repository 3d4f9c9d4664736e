//! Everything the cockpit asks of AWS, and every change it can make there, as data.
//!
//! `app` and `ops` return these; `aws` alone carries them out. Reads are [`Ask`] and answered with one or
//! more [`Answer`]s; changes are [`Write`], reach AWS inside an [`super::Armed`] only, and are answered with
//! [`Written`].

use serde::{Deserialize, Serialize};

use super::{
    AlarmBrief, EnvironmentName, HistoricDeployment, Image, ImageChoice, LogChunk, LogSource, Metric,
    MetricTarget, OneOff, Operation, Range, Revision, Sealed, Series, Service, ServiceDetail, ServiceKey,
    Stamp, TaskBrief, TaskDefinition, Trouble,
};

/// A read. All of it concerns one environment, which travels beside it.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Who is calling: STS GetCallerIdentity, checked against the configured account.
    Identity,
    /// Every service of the environment. Answered by [`Answer::Rows`] as they become known (names first),
    /// then one [`Answer::FleetDone`].
    Fleet,
    /// These services again, in batches.
    Rows(Vec<ServiceKey>),
    /// One service in depth.
    Detail(ServiceKey),
    /// A task definition by ARN or `family:revision`; never changes, so it is cached.
    Definition(String),
    /// The revisions a service ran or could run, newest first.
    Revisions(ServiceKey),
    /// The images of a repository, newest first. `repository` is the image reference without tag and digest.
    Images {
        /// `111122223333.dkr.ecr.us-west-2.amazonaws.com/name`.
        repository: String,
    },
    /// One image of a repository, resolved to its digest.
    Image {
        /// As in [`Ask::Images`].
        repository: String,
        /// What to look for.
        choice: ImageChoice,
    },
    /// Metrics of several services in as few calls as possible.
    Metrics {
        /// Whose.
        targets: Vec<MetricTarget>,
        /// Which.
        metrics: Vec<Metric>,
        /// How far back from `end`.
        range: Range,
        /// The end, exclusive.
        end: Stamp,
    },
    /// Log lines at or after `since`.
    Logs {
        /// Where.
        source: LogSource,
        /// From when.
        since: Stamp,
        /// From [`LogChunk::next`] to read on.
        next: Option<String>,
        /// At most this many lines.
        limit: u32,
    },
    /// One task.
    Task {
        /// Cluster name.
        cluster: String,
        /// Task ARN or id.
        task: String,
    },
    /// The tasks that were started by this name, and are running or stopped within the hour.
    Started {
        /// Cluster name.
        cluster: String,
        /// What RunTask was told in `startedBy`.
        by: String,
        /// The family of their task definition.
        family: String,
    },
    /// One service deployment of ECS.
    Deployment {
        /// Its ARN.
        arn: String,
    },
    /// One operation of App Runner.
    Operation {
        /// Service ARN.
        service: String,
        /// Operation id.
        id: String,
    },
    /// Alarms in state ALARM, or the named ones in any state.
    Alarms {
        /// Names; empty for all that are in ALARM.
        names: Vec<String>,
    },
    /// One object of S3, whole: a lock, or the record of a run.
    Object {
        /// Bucket and key.
        place: Place,
    },
    /// The keys of S3 that begin with `place.key`.
    Objects {
        /// Bucket and prefix.
        place: Place,
        /// At most so many, the last in order; keys of runs are ordered by time.
        limit: u32,
    },
    /// Every read the cockpit depends on, tried once each (`doctor`).
    Permissions,
}

impl Ask {
    /// The environment it concerns, where its own words tell: a plan may ask about a service of another
    /// environment than the one it is for, and is answered by that one.
    pub fn environment(&self) -> Option<&EnvironmentName> {
        match self {
            Self::Detail(key) | Self::Revisions(key) => Some(&key.environment),
            Self::Rows(keys) => keys.first().map(|key| &key.environment),
            Self::Metrics { targets, .. } => targets.first().map(|target| &target.key.environment),
            _ => None,
        }
    }
}

/// A place in S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Bucket name.
    pub bucket: String,
    /// Key, or prefix of keys, without a leading slash.
    pub key: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// An object of S3 as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its text; at most 1 MiB is read.
    pub body: String,
    /// Its entity tag, by which it is changed only while it is still the same.
    pub etag: String,
    /// When it was last written.
    pub modified_at: Option<Stamp>,
}

/// What a read found.
#[allow(clippy::large_enum_variant)] // answers are moved a few times and kept nowhere
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The caller.
    Identity(Identity),
    /// Rows, new or newer.
    Rows(Vec<Service>),
    /// All rows of the environment were sent; those not among `keys` are gone.
    FleetDone {
        /// Every service there is.
        keys: Vec<ServiceKey>,
        /// What could not be read although the rest could.
        gaps: Vec<Trouble>,
        /// What could not be read of things beside the services: their balancers; App Runner where the caller has no
        /// leave for it, or the region has none.
        beside: Vec<Trouble>,
    },
    /// One service.
    Detail(Box<ServiceDetail>),
    /// A task definition.
    Definition(Box<TaskDefinition>),
    /// Revisions, newest first.
    Revisions(Vec<Revision>),
    /// Images, newest first.
    Images(Vec<Image>),
    /// The image, or none where the repository has none such.
    Image(Option<Image>),
    /// Series by service.
    Metrics(Vec<(ServiceKey, Vec<Series>)>),
    /// Log lines.
    Logs(LogChunk),
    /// The task, or none once AWS forgot it.
    Task(Option<TaskBrief>),
    /// Tasks, newest first.
    Tasks(Vec<TaskBrief>),
    /// The service deployment, or none where it is unknown.
    Deployment(Option<Box<HistoricDeployment>>),
    /// The operation, or none where it is unknown.
    Operation(Option<Operation>),
    /// Alarms.
    Alarms(Vec<AlarmBrief>),
    /// The object, or none where there is none.
    Object(Option<Object>),
    /// Keys, in order.
    Objects(Vec<String>),
    /// Operation name, and what went wrong with it if anything did.
    Permissions(Vec<(String, Option<Trouble>)>),
}

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// ARN of the caller.
    pub arn: String,
    /// The region that is asked.
    pub region: String,
    /// When its credentials expire, where known.
    pub expires_at: Option<Stamp>,
    /// Where the credentials came from, in words: `profile fem-prod`, `environment variables`.
    pub source: String,
}

/// A change. Only `aws::write` carries one out, and only from an [`super::Armed`].
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// ecs:RegisterTaskDefinition with a whole document.
    RegisterTaskDefinition {
        /// Its family, for the journal.
        family: String,
        /// What to register.
        document: Sealed,
    },
    /// ecs:UpdateService.
    UpdateService {
        /// Cluster name.
        cluster: String,
        /// Service name.
        service: String,
        /// Task definition ARN to put in place.
        task_definition: Option<String>,
        /// Tasks wanted.
        desired: Option<u32>,
        /// Pull the same tag again.
        force: bool,
    },
    /// ecs:StopServiceDeployment; ROLLBACK, or ABORT to leave things where they are.
    StopServiceDeployment {
        /// Service deployment ARN.
        arn: String,
        /// ROLLBACK rather than ABORT.
        rollback: bool,
    },
    /// ecs:RunTask for one task with a command.
    RunTask(Box<OneOff>),
    /// ecs:StopTask.
    StopTask {
        /// Cluster name.
        cluster: String,
        /// Task ARN.
        task: String,
        /// Told to whoever reads the task later.
        reason: String,
    },
    /// ecs:UpdateExpressGatewayService with another image; the rest of the container as it is.
    UpdateExpress {
        /// Service ARN.
        service: String,
        /// Image reference.
        image: String,
    },
    /// apprunner:UpdateService with the whole source configuration.
    UpdateAppRunner {
        /// Service ARN.
        service: String,
        /// SourceConfiguration as DescribeService gave it, with the image replaced.
        source: Sealed,
        /// The image in it, for the journal.
        image: String,
    },
    /// apprunner:StartDeployment: the configured tag again.
    StartDeployment {
        /// Service ARN.
        service: String,
    },
    /// ecs:ContinueServiceDeployment: decides a lifecycle hook that waits.
    ContinueDeployment {
        /// Service deployment ARN.
        arn: String,
        /// AWS's hookId.
        hook: String,
        /// ROLLBACK rather than CONTINUE.
        rollback: bool,
    },
    /// ecr:PutImage: gives an image that is in the repository one more tag. Its manifest is read first.
    TagImage {
        /// `111122223333.dkr.ecr.us-west-2.amazonaws.com/name`.
        repository: String,
        /// The image.
        digest: String,
        /// The tag, taken from whatever has it.
        tag: String,
    },
    /// s3:PutObject, on a condition.
    PutObject {
        /// Where.
        place: Place,
        /// The text.
        body: String,
        /// When it may be written.
        when: PutWhen,
    },
    /// s3:DeleteObject, while the object is still the one that was read (`If-Match`).
    DeleteObject {
        /// What.
        place: Place,
        /// Its entity tag.
        etag: String,
    },
    /// A local command, for migrations that AWS does not run. Carried out by `runtime`, not by `aws`.
    RunLocal {
        /// Program and arguments; no shell is asked.
        command: Vec<String>,
        /// Variables set besides those of the cockpit's own environment: name and value.
        environment: Vec<(String, String)>,
        /// Seconds until it is stopped.
        timeout_s: u64,
    },
}

/// On which condition an object is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutWhen {
    /// Whatever is there.
    Always,
    /// Nothing is there (`If-None-Match: *`).
    Absent,
    /// What is there has this entity tag (`If-Match`).
    Same(String),
}

impl Write {
    /// The operation's name as AWS writes it in policies.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::RegisterTaskDefinition { .. } => "ecs:RegisterTaskDefinition",
            Self::UpdateService { .. } => "ecs:UpdateService",
            Self::StopServiceDeployment { .. } => "ecs:StopServiceDeployment",
            Self::RunTask(_) => "ecs:RunTask",
            Self::StopTask { .. } => "ecs:StopTask",
            Self::UpdateExpress { .. } => "ecs:UpdateExpressGatewayService",
            Self::UpdateAppRunner { .. } => "apprunner:UpdateService",
            Self::StartDeployment { .. } => "apprunner:StartDeployment",
            Self::ContinueDeployment { .. } => "ecs:ContinueServiceDeployment",
            Self::TagImage { .. } => "ecr:PutImage",
            Self::PutObject { .. } => "s3:PutObject",
            Self::DeleteObject { .. } => "s3:DeleteObject",
            Self::RunLocal { .. } => "local:command",
        }
    }

    /// What it acts on, for the journal; holds no secrets.
    pub fn target(&self) -> String {
        match self {
            Self::RegisterTaskDefinition { family, .. } => family.clone(),
            Self::UpdateService { cluster, service, task_definition, desired, force } => {
                let mut text = format!("{cluster}/{service}");
                if let Some(arn) = task_definition {
                    text.push_str(" → ");
                    text.push_str(arn.rsplit('/').next().unwrap_or(arn));
                }
                if let Some(count) = desired {
                    text.push_str(" desired ");
                    text.push_str(&count.to_string());
                }
                if *force {
                    text.push_str(" forced");
                }
                text
            }
            Self::StopServiceDeployment { arn, .. } => arn.rsplit('/').next().unwrap_or(arn).to_owned(),
            Self::RunTask(task) => format!(
                "{} {} {}",
                task.cluster,
                task.task_definition.rsplit('/').next().unwrap_or(&task.task_definition),
                super::secret::command(&task.command)
            ),
            Self::StopTask { cluster, task, .. } => {
                format!("{cluster}/{}", task.rsplit('/').next().unwrap_or(task))
            }
            Self::UpdateExpress { service, image } | Self::UpdateAppRunner { service, image, .. } => {
                format!("{service} → {image}")
            }
            Self::StartDeployment { service } => service.clone(),
            Self::ContinueDeployment { arn, hook, rollback } => {
                let action = if *rollback { "ROLLBACK" } else { "CONTINUE" };
                format!("{} {hook} {action}", arn.rsplit('/').next().unwrap_or(arn))
            }
            Self::TagImage { repository, digest, tag } => {
                let name = repository.split_once('/').map_or(repository.as_str(), |(_, name)| name);
                format!("{name}:{tag} → {digest}")
            }
            Self::PutObject { place, .. } | Self::DeleteObject { place, .. } => place.to_string(),
            Self::RunLocal { command, .. } => super::secret::command(command),
        }
    }

    /// The idempotency token, where the operation takes one.
    pub fn token(&self) -> Option<&str> {
        match self {
            Self::RunTask(task) => Some(&task.client_token),
            _ => None,
        }
    }
}

/// What a change answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The new revision.
    TaskDefinition {
        /// Full ARN.
        arn: String,
    },
    /// The service, as UpdateService answered.
    Service {
        /// Id of the PRIMARY deployment now: `ecs-svc/…`.
        deployment: Option<String>,
        /// ARN of the current service deployment, where AWS told one.
        service_deployment: Option<String>,
        /// Task definition ARN it is set to now.
        task_definition: String,
    },
    /// The task that was started, or that the token had started before.
    Task {
        /// Full ARN.
        arn: String,
    },
    /// The App Runner operation that was begun.
    Operation {
        /// Operation id.
        id: String,
    },
    /// The object was written.
    Object {
        /// Its entity tag now.
        etag: String,
    },
    /// The object was not written: the condition does not hold.
    Unmet,
    /// The local command ended.
    Exited {
        /// Its exit code; none when a signal ended it.
        code: Option<i32>,
    },
    /// Accepted; nothing to tell.
    Done,
}
