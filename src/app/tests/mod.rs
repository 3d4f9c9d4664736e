//! The cockpit's tests: messages in, state and effects out.

mod bench;
mod changes;
pub(crate) mod every;
mod fleet;
mod honest;
mod intents;
pub mod kit;
mod properties;
mod releases;
mod runs;
mod schedule;
mod service;
pub(crate) mod watching;
mod ways;
