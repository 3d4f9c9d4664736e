//! What comes in and what goes out: messages; effects, and what a handler leaves to `update`.

pub mod effect;
mod intent;
mod msg;
mod notice;
mod out;

pub use effect::{Effect, Purpose, TimerKey};
pub use msg::{Mouse, MouseKind, Msg};
pub(in crate::app) use {
    intent::Intent,
    notice::{attend, notice},
    out::Out,
};
