//! Attacks: what is done to the real binary to make it change AWS against its owner's word, migrate twice, tell a
//! secret, break the terminal or say what is not so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod canaries;
mod dates;
mod fault;
mod faults;
mod hostile;
mod journal;
mod keys;
mod kills;
mod locks;
mod migrations;
mod plans;
mod proxy;
mod release;
mod report;
mod screens;
mod spoilt;
mod swapped;
mod take_up;

#[path = "../support/mod.rs"]
mod support;
use support::{cockpit, desk, headless};
