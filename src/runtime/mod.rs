//! The only tokio of the cockpit: the event loop, the executor of effects, the terminal, signals, and what is
//! kept on disk.
//!
//! Threads: the cockpit's own, which takes keys, updates and draws, and never waits for anything else; the
//! executor's, which talks to AWS; the journal's; the black box's; short-lived ones for the cache.

pub mod black_box;
mod boards;
pub mod cache;
mod clients;
pub mod clock;
mod cockpit;
pub mod credential_process;
pub mod decoder;
pub mod disk;
mod executor;
mod export;
#[cfg(unix)]
pub mod faults;
#[cfg(unix)]
mod hangup;
pub mod headless;
mod input;
pub mod journal;
mod journal_writer;
mod launch;
mod local_command;
mod notify;
pub mod panic_hook;
mod pipe;
mod process;
mod process_group;
pub mod routes;
mod screen;
pub mod screenshot;
mod sign_in;
#[cfg(unix)]
pub mod signals;
#[cfg(unix)]
pub mod terminal;
mod timers;
mod turn;
pub mod typed;
#[cfg(windows)]
mod windows;

pub use cockpit::{Ended, fly};
pub use launch::{Begin, Launch};
#[cfg(windows)]
pub use windows::{signals, terminal};
