//! Deploy, roll back, migrate, redeploy, scale, stop: pure state machines.

mod context;
mod event;

pub use context::{Context, MigrationSettings, POLL_MS, STUCK_AFTER_MS, Wish};
pub use event::{CallId, Effect, Event, StopWatching, TimerId};
