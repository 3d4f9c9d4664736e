//! The only tokio of the cockpit: the event loop, the executor of effects, the terminal, signals, and what is
//! kept on disk.
//!
//! Threads: the cockpit's own, which takes keys, updates and draws, and never waits for anything else; the
//! courier's, which talks to AWS; the journal's; short-lived ones for the cache.

mod aside;
pub mod cache;
mod carry;
pub mod clock;
mod cockpit;
mod courier;
mod disk;
mod export;
mod hangup;
pub mod helper;
mod input;
pub mod journal;
mod local;
pub mod mishap;
pub mod pilot;
pub mod portrait;
pub mod routes;
mod screen;
mod scribe;
pub mod signals;
pub mod terminal;
mod timers;

pub use cockpit::Ended;

use crate::config::{Keymap, Settings, Theme};
use std::{io, path::PathBuf, sync::Arc};

/// Everything a flight needs.
pub struct Launch {
    /// Settings as loaded.
    pub settings: Arc<Settings>,
    /// The live keymap.
    pub keymap: Arc<Keymap>,
    /// The theme, reduced to what the terminal can show.
    pub theme: Arc<Theme>,
    /// `user@host`, for the journal.
    pub who: String,
    /// The clock to go by.
    pub clock: clock::Clock,
    /// How the environments are reached.
    pub routes: routes::Routes,
    /// Where the last known fleet is kept, if it is.
    pub cache: Option<cache::Cache>,
    /// Where the journal and exports are kept.
    pub state_dir: PathBuf,
}

/// Flies the cockpit on this thread until it ends.
///
/// # Errors
/// When the terminal cannot be used.
pub fn fly(launch: Launch) -> io::Result<Ended> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(cockpit::fly(launch));
    runtime.shutdown_background();
    ended
}
