//! What is sent beside the steps, and what is waited for at the end.

use crate::ops::CallId;
use crate::ops::watch::Stop;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    /// The lock is read: what somebody else holds by now is not removed.
    Read(CallId),
    /// It is removed.
    Delete(CallId),
    /// The record of the beginning has to be written before that of the end.
    Earlier,
    /// What was sent beside the steps has to be answered: nothing is told after the end.
    Sides,
    /// The record is written.
    Record(CallId),
}

/// A change beside the steps.
#[derive(Debug, Clone)]
pub(super) struct Side {
    pub(super) call: CallId,
    pub(super) job: Job,
    pub(super) attempt: u32,
}

/// What it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Job {
    /// The task of this step is stopped.
    Stop(usize, Stop),
    /// The lock is refreshed.
    Refresh,
    /// The record is written.
    Record,
    /// The lock is let go of, since nobody watches any more.
    GiveBack,
}

/// How far the record of a run's beginning is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Recorded {
    /// It was not asked for.
    #[default]
    No,
    /// Nor by this process, and another one may have written it.
    Again,
    /// It is on its way.
    Asked,
    /// It is there, or nothing waits for it.
    Written,
    /// Another machine's is there: the plan was applied already.
    Elsewhere,
    /// It is not there, and why.
    Failed(String),
}
