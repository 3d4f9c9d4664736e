//! Parts of more than one screen.

pub mod flight;
pub mod input;
pub mod lines;
pub mod log_line;
pub mod revisions;
pub mod rollout;
pub mod sides;
pub mod tasks;
mod waiting;
pub mod why;

pub use waiting::waiting;
