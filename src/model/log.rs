//! Log lines.

use super::Stamp;
use serde::{Deserialize, Serialize};

/// Where lines come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LogSource {
    /// CloudWatch Logs group.
    pub group: String,
    /// One stream, or none for the whole group.
    pub stream: Option<String>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written.
    pub at: Stamp,
    /// The stream it came from.
    pub stream: String,
    /// What it says, neutralised.
    pub text: String,
}

/// Lines read in one go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogChunk {
    /// Oldest first.
    pub lines: Vec<LogLine>,
    /// Pass back to read on from here.
    pub next: Option<String>,
}
