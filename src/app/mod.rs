//! The cockpit without a terminal, a network or a clock: state, messages, effects, and the one function
//! that leads from (state, message) to (state, effects).

pub mod changes;
pub mod charts;
pub mod clock;
pub mod console;
pub mod context;
pub mod dialog;
pub mod effect;
pub mod environments;
pub mod estimate;
pub mod filter;
pub mod fleet;
pub mod health;
pub mod help;
pub mod images;
pub mod keys;
pub mod layout;
pub mod line;
mod list;
pub mod logs;
pub mod matrix;
mod mouse;
pub mod msg;
mod navigate;
mod out;
pub mod overlay;
pub mod palette;
mod revisions;
pub mod rows;
pub mod runs;
pub mod schedule;
pub mod service;
pub mod sheet;
pub mod state;
pub mod update;
pub mod why;

#[cfg(test)]
pub(crate) mod tests;

pub use effect::{Effect, Purpose, TimerKey};
pub use msg::{Mouse, MouseKind, Msg};
pub use state::State;
pub use update::update;
