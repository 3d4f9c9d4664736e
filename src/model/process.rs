//! Commands on this machine: their process, and what they tell while they run.

use super::LogLine;
use serde::{Deserialize, Serialize};

/// A process of this machine, told apart from later ones of the same number by when it was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// When it was started, in the system's own measure; none where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<u64>,
}

/// Whether a process is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It runs.
    Runs,
    /// It has ended.
    Gone,
    /// The system does not tell: one of its number runs, and may be another.
    Unknown,
}

/// What is heard of a command while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It was begun, as this process.
    Began(Process),
    /// It printed a line.
    Line(LogLine),
}
