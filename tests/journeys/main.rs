//! Journeys: what somebody wants to get done, done by keys in the real binary against the real simulator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod between;
mod fleet;
mod harm;
mod headless;
mod logs;
mod release;
mod runs;
mod terminal;
mod timeline;
mod trouble;
mod ways;
mod why;

#[path = "../support/mod.rs"]
mod support;
use support::{cockpit, desk};
