//! The cockpit without a terminal, a network or a clock: state, messages, effects, and the one function
//! that leads from (state, message) to (state, effects).

pub mod effect;
pub mod msg;
pub mod state;

pub use effect::{Effect, Purpose, TimerKey};
pub use msg::{Mouse, MouseKind, Msg};
pub use state::State;
