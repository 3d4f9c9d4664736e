//! What the cockpit knows: plain values, no I/O, no async, no AWS types.
//!
//! Text in these values has been neutralised where it entered ([`text::clean`]); secrets are held in
//! [`Sealed`] and shown through masked copies only.

pub mod armed;
pub mod blame;
pub mod call;
pub mod container;
pub mod detail;
pub mod image;
pub mod log;
pub mod metric;
pub mod migrations;
pub mod name;
pub mod one_off;
pub mod reference;
pub mod report;
pub mod run;
pub mod running;
pub mod sealed;
pub mod secret;
pub mod service;
pub mod stamp;
pub mod task_definition;
pub mod text;
pub mod traffic;
pub mod trouble;
pub mod version;

pub use armed::{Armed, Authority, Gate, Protection, Refusal};
pub use blame::Blame;
pub use call::{Answer, Ask, Write, Written};
pub use container::{MainContainer, Pointers};
pub use detail::{
    AlarmBrief, Deployment, DeploymentStatus, HistoricDeployment, Hook, Operation, Revision, RolloutEvent,
    ServiceDetail, Target, TaskBrief,
};
pub use image::{Image, ImageChoice};
pub use log::{LogChunk, LogLine, LogRoute, LogSource};
pub use metric::{Metric, MetricTarget, Range, Series, Unread};
pub use migrations::Migrations;
pub use name::{EnvironmentName, Kind, ServiceKey};
pub use one_off::{Launch, OneOff};
pub use reference::{Reference, Registry, Repository};
pub use run::{
    DiffLine, Entry, Plan, PlanLine, RunHeader, RunId, RunKind, RunView, Step, StepState, Verdict,
};
pub use sealed::Sealed;
pub use service::{Controller, RolloutBrief, Service, ServiceState, Sidecar, Version};
pub use stamp::Stamp;
pub use task_definition::{ContainerBrief, TaskDefinition};
pub use traffic::{Balancer, BalancerKind, Route, Traffic};
pub use trouble::{Trouble, TroubleKind};
