//! What an answer told of what is watched.

use crate::model::identity::Identity;
use crate::model::{LogLine, Sealed, Stamp, Verdict};

/// Why a task is told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ops) enum Stop {
    /// Its time is over.
    Late,
    /// It has not begun in time.
    Unstarted,
    /// Its container ended, and the task goes on beside it.
    Ended,
}

/// What is made again.
#[derive(Debug)]
pub(in crate::ops) enum Made {
    /// The document of the copy at this place.
    Document(usize, Sealed),
    /// The App Runner source.
    Source(Sealed),
    /// Who is calling.
    Identity(Identity),
}

/// For so many milliseconds after a change a read may still tell what was before it: AWS's reads are consistent
/// eventually, and no sooner is promised.
pub(in crate::ops) const LATE_MS: i64 = 20_000;

/// How a step ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ops) enum Finish {
    /// Done; the run goes on with its next step, or has succeeded.
    Done(String),
    /// The run ends here.
    End(Verdict, String),
    /// The change did not take effect and is to be made again.
    Again,
    /// Nothing can be done now: the run rests, and looks again when it is taken up.
    Rest(String),
    /// What the change needs is known now: it is to be made.
    Make,
    /// The new version is not what was asked for: the earlier one is to be put back. Holds why.
    Back(String),
}

/// What an answer told.
#[derive(Debug, Default)]
pub(in crate::ops) struct Seen {
    /// A clause for the step.
    pub(in crate::ops) say: String,
    /// Changes with every progress and only then.
    pub(in crate::ops) mark: String,
    /// How much longer than otherwise AWS may take here by itself, as in a bake time; 0 as 1.
    pub(in crate::ops) patience: u64,
    /// Milliseconds for which AWS waits here on purpose, on top of that.
    pub(in crate::ops) waits_ms: u64,
    /// Until when AWS waits for somebody's decision.
    pub(in crate::ops) until: Option<Stamp>,
    /// How it ended.
    pub(in crate::ops) finish: Option<Finish>,
    /// Ask the next thing at once.
    pub(in crate::ops) more: bool,
    /// New log lines.
    pub(in crate::ops) log: Vec<LogLine>,
    /// The facts changed.
    pub(in crate::ops) learnt: bool,
    /// A task to be stopped besides, and why.
    pub(in crate::ops) stop: Option<Stop>,
    /// What a change needs and no journal keeps.
    pub(in crate::ops) made: Option<Made>,
}

impl Seen {
    /// Nothing but a clause.
    pub(in crate::ops) fn say(text: impl Into<String>) -> Self {
        Self { say: text.into(), ..Self::default() }
    }

    /// The end of the step.
    pub(in crate::ops) fn finish(finish: Finish) -> Self {
        Self { finish: Some(finish), ..Self::default() }
    }

    /// The end of the run.
    pub(in crate::ops) fn end(verdict: Verdict, why: impl Into<String>) -> Self {
        Self::finish(Finish::End(verdict, why.into()))
    }
}
