//! Lines of the journal.

use super::{LogLine, Stamp, Version, process::Process, run::RunHeader, verdict::Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The state of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Waiting,
    /// Under way.
    Active,
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Not needed.
    Skipped,
}

/// A line of the journal. A journal file is one run: a `Begin`, then what happened, then an `End`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// The run begins.
    Begin {
        /// Version of this format; 1.
        format: u32,
        /// What is known of it.
        run: RunHeader,
        /// Its steps, in order.
        steps: Vec<String>,
        /// What was confirmed, in JSON, by what it concerns: what memos say is held against it. Written and read by `ops`
        /// alone; journals of versions before this one do not tell it.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        confirmed: BTreeMap<String, String>,
    },
    /// A step changed.
    Step {
        /// When.
        at: Stamp,
        /// Index into the steps.
        step: usize,
        /// To what.
        state: StepState,
        /// A clause about it.
        detail: String,
    },
    /// A change is about to be made. On disk before it is.
    Before {
        /// When.
        at: Stamp,
        /// The operation.
        write: String,
        /// On what.
        target: String,
        /// The idempotency token, where there is one.
        token: Option<String>,
        /// Index into the steps of the one it is made for; none where it belongs to no step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<usize>,
    },
    /// The change was answered.
    After {
        /// When.
        at: Stamp,
        /// The operation.
        write: String,
        /// The resulting id or ARN, or the trouble in words.
        result: String,
        /// False for trouble.
        ok: bool,
        /// Index into the steps, as in the [`Entry::Before`] it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<usize>,
    },
    /// The run goes on with other steps than it began with: those from `from` on are these now. What was done
    /// before stays.
    Steps {
        /// When.
        at: Stamp,
        /// Index of the first of them.
        from: usize,
        /// Their names, in order.
        steps: Vec<String>,
    },
    /// A log line of what runs (a migration's output).
    Log {
        /// The line.
        line: LogLine,
    },
    /// The run was not watched any further; AWS goes on by itself.
    Unwatched {
        /// When.
        at: Stamp,
        /// What is still to come and was not done, and why; empty where nothing is.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// What a later process needs to go on watching, the last one counts; screens do not read it. Holds no
    /// secrets.
    Memo {
        /// When.
        at: Stamp,
        /// The image that was set before the run, as far as known.
        #[serde(default)]
        before: Option<Version>,
        /// The command that runs on this machine now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        process: Option<Process>,
        /// Whether a command of it is still to come, or may still run; journals of versions before do not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commands: Option<bool>,
        /// Written and read by `ops` alone.
        memo: serde_json::Value,
    },
    /// A run that was lost or not watched is watched again.
    Resumed {
        /// When.
        at: Stamp,
        /// By whom: `user@host`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        who: String,
    },
    /// The run ended.
    End {
        /// When.
        at: Stamp,
        /// How.
        verdict: Verdict,
        /// Why, in a sentence.
        why: String,
        /// Whether a `lost` is the last word: nothing can be taken up any more. Journals of versions before this one do
        /// not tell it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        for_good: bool,
    },
}
