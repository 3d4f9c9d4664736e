//! Runs: those this machine carries out, those in its journal, and the team's.

mod cursor;
pub mod filter;
pub mod flight;
mod list;
pub mod page;

pub(in crate::app) use cursor::{keep, log_extent, narrow, to_log_start};
pub(in crate::app) use list::key_of;
pub use list::{all, find, holder, listed, selected, standing, undo_words, why_ended};
