//! How a run ended.

use serde::{Deserialize, Serialize};

/// How a run ended. Never two for one, never a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is in place and steady.
    Succeeded,
    /// AWS or an operator put the earlier revision back.
    RolledBack,
    /// It did not work.
    Failed,
    /// No progress within its time; AWS may go on.
    Stuck,
    /// Another deployment took over.
    Superseded,
    /// It was not begun, or AWS did not accept it.
    Refused,
    /// Contact or credentials are gone; the run can be taken up again.
    Lost,
    /// It is in place, but nothing tells that it works: what was to be measured was not told, or no task of it is wanted.
    Unverified,
}

impl Verdict {
    /// It as people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::RolledBack => "rolled back",
            other => other.word(),
        }
    }

    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::RolledBack => "rolled_back",
            Self::Failed => "failed",
            Self::Stuck => "stuck",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
            Self::Lost => "lost",
            Self::Unverified => "unverified",
        }
    }

    /// The process's exit code for it.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Succeeded => 0,
            Self::Failed | Self::Superseded => 1,
            Self::RolledBack => 3,
            Self::Stuck => 4,
            Self::Refused => 5,
            Self::Lost => 6,
            Self::Unverified => 7,
        }
    }

    /// Whether what was asked for is in place.
    pub fn in_place(self) -> bool {
        matches!(self, Self::Succeeded | Self::Unverified)
    }
}
