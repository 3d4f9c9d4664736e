//! Deploy, roll back, migrate, promote, release, redeploy, scale, stop: pure state machines.
//!
//! A [`Planner`] reads what it needs and ends in a [`Draft`] to be confirmed, or in a refusal. A [`Run`] carries out a
//! confirmed draft to a verdict. Both take an [`Event`] and the present moment and give [`Effect`]s; neither
//! does I/O, waits, or looks at a clock. What happens outside comes back as further events, by id; events with
//! an id that is no longer waited for are ignored.

mod context;
mod event;
mod facts;
mod plan;
pub mod plan_file;
mod planned_order;
mod record;
mod run;
mod source;
mod watch;

#[cfg(test)]
mod tests;

pub use context::{
    Beside, Context, LockSettings, MigrationSettings, Neighbour, NoEvidence, POLL_MS, Promotion, Ran,
    STUCK_AFTER_MS, VerifySettings, Wish,
};
pub use event::{CallId, Effect, Event, StopWatching, TimerId};
pub use facts::completed;
pub use plan::{Draft, Planner, difference};
pub use plan_file::{PlanFile, World};
pub use planned_order::PlannedOrder;
pub use record::{EndRecord, HeldLock, LockRecord, RunRecord, StepRecord};
pub use run::Run;
