//! What the cockpit knows: plain values, no I/O, no async, no AWS types.
//!
//! Text in these values has been neutralised where it entered ([`text::clean`]); secrets are held in
//! [`Sealed`] and shown through masked copies only.

pub mod answer;
pub mod armed;
pub mod ask;
pub mod blame;
pub mod board;
pub mod container;
pub mod detail;
pub mod entry;
pub mod identity;
pub mod image;
pub mod launch;
pub mod log;
pub mod metric;
pub mod migrations;
pub mod name;
pub mod neutral;
pub mod object;
pub mod one_off;
pub mod plan;
pub mod process;
pub mod protection;
pub mod reference;
pub mod refusal;
pub mod report;
pub mod run;
pub mod run_view;
pub mod running;
pub mod sealed;
pub mod secret;
pub mod service;
pub mod stamp;
pub mod task;
pub mod task_definition;
pub mod text;
pub mod timeline;
pub mod traffic;
pub mod trouble;
pub mod verdict;
pub mod version;
pub mod why;
pub mod write;

pub use answer::Answer;
pub use armed::{Armed, Authority, Gate};
pub use ask::Ask;
pub use blame::Blame;
pub use board::{BoardChange, Boards};
pub use container::{MainContainer, Pointers};
pub use detail::{
    AlarmBrief, Deployment, DeploymentStatus, HistoricDeployment, Hook, Operation, Revision, RolloutEvent,
    ServiceDetail, Target, Watched,
};
pub use entry::{Entry, StepState};
pub use image::{Image, ImageChoice};
pub use launch::Launch;
pub use log::{LogChunk, LogLine, LogRoute, LogSource};
pub use metric::{Metric, MetricTarget, Range, Series, Unread};
pub use migrations::Migrations;
pub use name::{EnvironmentName, Kind, ServiceKey};
pub use one_off::OneOffTask;
pub use plan::{DiffLine, Plan, PlanLine};
pub use protection::Protection;
pub use reference::{Reference, Registry, Repository};
pub use refusal::Refusal;
pub use run::{RunHeader, RunId, RunKind};
pub use run_view::{Flown, RunView, Standing, Step};
pub use sealed::Sealed;
pub use service::{Awaited, Controller, RolloutBrief, Service, ServiceState, Sidecar};
pub use stamp::Stamp;
pub use task::TaskBrief;
pub use task_definition::{ContainerBrief, TaskDefinition};
pub use timeline::{EventKind, TimelineEvent, Tone};
pub use traffic::{Balancer, BalancerKind, Route, Traffic};
pub use trouble::{Trouble, TroubleKind};
pub use verdict::Verdict;
pub use version::Version;
pub use write::{Write, Written};
