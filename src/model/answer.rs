//! What a read found.

use super::{
    AlarmBrief, HistoricDeployment, Image, LogChunk, Operation, Revision, Series, Service, ServiceDetail,
    ServiceKey, TaskBrief, TaskDefinition, TimelineEvent, Trouble, identity::Identity, object::Object,
    process::Life,
};

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
    /// Services by the names of their clusters and their own; no cluster for those of App Runner.
    Users(Vec<(String, String)>),
    /// Whether the process is still there.
    Process(Life),
    /// The service deployment, or none where it is unknown.
    Deployment(Option<Box<HistoricDeployment>>),
    /// The operation, or none where it is unknown.
    Operation(Option<Operation>),
    /// Alarms.
    Alarms(Vec<AlarmBrief>),
    /// Alarms in any state, and whether there are more than are read.
    AllAlarms {
        /// Those that fire first.
        alarms: Vec<AlarmBrief>,
        /// There are more.
        more: bool,
    },
    /// The metric that an alarm watches.
    Watched(Series),
    /// What happened, in no order, and what could not be read of it.
    Timeline {
        /// What happened.
        events: Vec<TimelineEvent>,
        /// What could not be read.
        gaps: Vec<Trouble>,
        /// What of it is cut, where a bound cut it: `the newest 500 changes of alarms`.
        bounds: Vec<String>,
    },
    /// The object, or none where there is none.
    Object(Option<Object>),
    /// Keys, in order.
    Objects(Vec<String>),
    /// Operation name, and what went wrong with it if anything did.
    Permissions(Vec<(String, Option<Trouble>)>),
}
