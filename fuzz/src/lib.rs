//! What is held of every input of a fuzz target, and nothing of how inputs are made: libFuzzer makes them here,
//! `tests/fuzz` on a stable toolchain. A target panics where a property does not hold.
//!
//! What a target returns marks what it came upon (two refusals for one reason have one mark), so that who makes
//! inputs may keep those that led somewhere new.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod common;
mod configuration;
mod files;
mod text;
mod wire;

/// A target.
pub type Target = fn(&[u8]) -> u64;

pub use configuration::{keymap, settings, theme};
pub use files::{FLEET_KEY, cache, journal, plan_file, record};
pub use text::{goose, image_reference, neutraliser};
pub use wire::{cbor, form, json, rest, xml};

/// All of them, by the names of their files in `fuzz_targets`.
pub const TARGETS: [(&str, Target); 15] = [
    ("keymap", keymap),
    ("theme", theme),
    ("settings", settings),
    ("cache", cache),
    ("journal", journal),
    ("plan_file", plan_file),
    ("record", record),
    ("image_reference", image_reference),
    ("goose", goose),
    ("neutraliser", neutraliser),
    ("cbor", cbor),
    ("json", json),
    ("form", form),
    ("rest", rest),
    ("xml", xml),
];
