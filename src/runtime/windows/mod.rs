//! Windows: what its consoles have instead of signals, and of the settings of a terminal.

pub mod events;
pub mod signals;
pub mod terminal;
