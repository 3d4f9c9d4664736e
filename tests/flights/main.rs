//! Operations carried out through the gateway against the simulator: plan, confirmation, changes, watch, verdict.
//!
//! Time is the simulator's and stands still while anything is asked; a timer moves it on. Nothing waits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod containers;
mod operations;
mod releases;
mod rollouts;
mod support;
mod tasks;
mod traffic;
mod untidy;
