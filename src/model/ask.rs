//! Everything the cockpit reads from AWS, as data.
//!
//! `app` and `ops` return these; `aws` alone carries them out. Each is answered with one or more
//! [`Answer`](super::Answer)s.

use super::{
    EnvironmentName, ImageChoice, LogSource, Metric, MetricTarget, Range, ServiceKey, Stamp, Watched,
    object::Place, process::Process,
};

/// A read. All of it concerns one environment, which travels beside it.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Who is calling: STS GetCallerIdentity, checked against the configured account.
    Identity,
    /// Every service of the environment. Answered by [`Answer::Rows`](super::Answer::Rows) as they become known
    /// (names first), then one [`Answer::FleetDone`](super::Answer::FleetDone).
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
        /// From [`LogChunk::next`](super::LogChunk::next) to read on.
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
    /// The tasks that any flightdeck started of a family and that are not stopped.
    Begun {
        /// Cluster name.
        cluster: String,
        /// The family of their task definitions.
        family: String,
    },
    /// The services that are set to something, or are leaving it: of ECS, and for an image those of App Runner that deploy it
    /// by themselves.
    Users {
        /// The environment that is asked; none: the one that a plan is for.
        environment: Option<EnvironmentName>,
        /// What.
        of: Used,
        /// Clusters by name or ARN; none for all of the account.
        clusters: Option<Vec<String>>,
        /// Services of App Runner by name or ARN; none for all of the account.
        apprunner: Option<Vec<String>>,
    },
    /// Whether a process of this machine is still there; AWS is not asked.
    Process(Process),
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
    /// Alarms in any state, those that fire first; no more than a thousand. Answered by
    /// [`Answer::AllAlarms`](super::Answer::AllAlarms).
    AllAlarms,
    /// The metric that an alarm watches.
    Watched {
        /// Which.
        metric: Box<Watched>,
        /// From when.
        since: Stamp,
        /// Until when, exclusive.
        end: Stamp,
    },
    /// What happened since a moment. Answered by [`Answer::Timeline`](super::Answer::Timeline), source by source, the last one
    /// empty.
    Timeline {
        /// Every service of the environment: whose happenings are told.
        keys: Vec<ServiceKey>,
        /// Those of them whose deployments are looked at.
        recent: Vec<ServiceKey>,
        /// From when.
        since: Stamp,
        /// Who asked for changes is looked up, too.
        trail: bool,
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

/// What several services may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Used {
    /// A family of task definitions.
    Family(String),
    /// An image by its tag, `repository:tag`, in the container that ships.
    Image(String),
}

impl Ask {
    /// The environment it concerns, where its own words tell: a plan may ask about a service of another
    /// environment than the one it is for, and is answered by that one.
    pub fn environment(&self) -> Option<&EnvironmentName> {
        match self {
            Self::Detail(key) | Self::Revisions(key) => Some(&key.environment),
            Self::Users { environment, .. } => environment.as_ref(),
            Self::Timeline { keys, .. } => keys.first().map(|key| &key.environment),
            Self::Rows(keys) => keys.first().map(|key| &key.environment),
            Self::Metrics { targets, .. } => targets.first().map(|target| &target.key.environment),
            _ => None,
        }
    }
}
