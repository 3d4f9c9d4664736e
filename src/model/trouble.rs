//! Failures, told to people.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What sort of failure it was; decides whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// No credentials, or they could not be loaded.
    NoCredentials,
    /// Credentials or session expired.
    Expired,
    /// The caller may not do this.
    Denied,
    /// The caller's account is not the configured one.
    WrongAccount,
    /// Throttled, after all retries.
    Throttled,
    /// AWS failed (5xx), after all retries.
    Server,
    /// No connection, no name, no TLS.
    Unreachable,
    /// Connected, but no answer in time.
    TimedOut,
    /// The answer could not be read as AWS's.
    Unreadable,
    /// The thing asked for does not exist.
    NotFound,
    /// AWS refused the request as it is (validation, state, conflict).
    Refused,
    /// The endpoint does not know the operation or service.
    Unsupported,
    /// AWS has the operation, and not for this one thing (UnsupportedFeatureException).
    Inapplicable,
    /// There is no room for a task now: no instance, no capacity.
    NoRoom,
    /// The change was not sent, since the journal could not be written.
    Unwritten,
}

/// A failure: what was tried, on what, why it failed, what to do now. All text is neutralised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The sort.
    pub kind: TroubleKind,
    /// What was tried, as a verb phrase: `list ECS services`.
    pub what: String,
    /// On what: `cluster prod, 111122223333 us-west-2`.
    pub on: String,
    /// Why it failed, with AWS's code where there is one.
    pub why: String,
    /// What to do now; empty when waiting is all there is.
    pub remedy: String,
}

impl Trouble {
    /// True where the same request may work later without anybody doing anything.
    pub fn passes(&self) -> bool {
        matches!(
            self.kind,
            TroubleKind::Throttled
                | TroubleKind::Server
                | TroubleKind::Unreachable
                | TroubleKind::TimedOut
                | TroubleKind::NoRoom
        )
    }

    /// True where contact is lost rather than the request refused: the change may or may not have happened.
    pub fn loses_contact(&self) -> bool {
        (self.passes() && self.kind != TroubleKind::NoRoom)
            || matches!(
                self.kind,
                TroubleKind::NoCredentials | TroubleKind::Expired | TroubleKind::Unreadable
            )
    }

    /// True where one of several things that were asked about at once may be all that it is about, so that asking
    /// about each of them by itself tells more.
    pub fn is_of_one(&self) -> bool {
        matches!(
            self.kind,
            TroubleKind::Denied | TroubleKind::NotFound | TroubleKind::Refused | TroubleKind::Inapplicable
        )
    }

    /// A word or two for a status line: `expired`, `denied`, `throttled`.
    pub fn word(&self) -> &'static str {
        match self.kind {
            TroubleKind::NoCredentials => "no credentials",
            TroubleKind::Expired => "expired",
            TroubleKind::Denied => "denied",
            TroubleKind::WrongAccount => "wrong account",
            TroubleKind::Throttled => "throttled",
            TroubleKind::Server => "AWS failed",
            TroubleKind::Unreachable => "unreachable",
            TroubleKind::TimedOut => "timed out",
            TroubleKind::Unreadable => "unreadable",
            TroubleKind::NotFound => "not found",
            TroubleKind::Refused => "refused",
            TroubleKind::Unsupported => "unsupported",
            TroubleKind::Inapplicable => "not for this one",
            TroubleKind::NoRoom => "no room",
            TroubleKind::Unwritten => "not started",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}", self.what)?;
        if !self.on.is_empty() {
            write!(f, " on {}", self.on)?;
        }
        write!(f, ": {}", self.why)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}

impl std::error::Error for Trouble {}
