//! Runs: what identifies one, and what is known of it from its first moment.

use super::{ServiceKey, Stamp};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// Identifies a run: time-ordered and unique across machines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub Arc<str>);

impl RunId {
    /// The moment its id was given, which it begins with in eleven hexadecimal digits (milliseconds); none where it is of
    /// another form: such an id was given by no flightdeck.
    pub fn begun_at(&self) -> Option<Stamp> {
        let plain = self.0.len() <= 40 && self.0.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        let (moment, _) = self.0.split_once('-').filter(|(moment, _)| plain && moment.len() == 11)?;
        i64::from_str_radix(moment, 16).ok().map(Stamp)
    }
}

impl From<&str> for RunId {
    fn from(id: &str) -> Self {
        Self(Arc::from(id))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunKind {
    /// Another image.
    Deploy,
    /// An earlier revision.
    Rollback,
    /// Migrations.
    Migrate,
    /// The same revision again.
    Redeploy,
    /// Another number of tasks.
    Scale,
    /// Stop a rollout or a task.
    Stop,
    /// The image that runs in another environment.
    Promote,
    /// Checks, migration, deploy and verify window in one.
    Release,
    /// Decide a rollout that waits at a lifecycle hook.
    Continue,
}

impl RunKind {
    /// The word for it, also its verb on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Rollback => "rollback",
            Self::Migrate => "migrate",
            Self::Redeploy => "redeploy",
            Self::Scale => "scale",
            Self::Stop => "stop",
            Self::Promote => "promote",
            Self::Release => "release",
            Self::Continue => "continue",
        }
    }
}

/// What is known of a run from its first moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHeader {
    /// Its id.
    pub id: RunId,
    /// What it does.
    pub kind: RunKind,
    /// On which service.
    pub key: ServiceKey,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// The plan's title.
    pub title: String,
    /// What ran before.
    pub from: String,
    /// What it puts in place.
    pub to: String,
    /// `user@host`.
    pub who: String,
    /// ARN of the AWS identity that it was planned with; empty where none was known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub identity: String,
    /// Why it was done, in the operator's words; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When it began.
    pub at: Stamp,
}

/// Whether two of `user@host` are on the same machine.
pub fn same_machine(one: &str, other: &str) -> bool {
    let host = |who: &str| who.rsplit_once('@').map(|(_, host)| host.to_owned());
    host(one) == host(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_when_it_was_given() {
        for (id, at) in [
            ("0198f3ab012-1c2d3e4f-00", Some(0x0019_8f3a_b012)),
            ("0198f3ab012", None),
            ("0198f3ab-1c2d3e4f-00", None),
            ("0198f3ab012-../x", None),
            ("r1", None),
            ("", None),
        ] {
            assert_eq!(RunId::from(id).begun_at(), at.map(Stamp), "{id}");
        }
    }
}
