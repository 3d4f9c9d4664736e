//! What to do after trouble.

/// Failures in a row that it takes to give up, besides the time: one slow answer after a pause is no lost contact.
pub(super) const LOST_AFTER: u32 = 5;

/// What to do after trouble.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::ops) enum AfterTrouble {
    /// Try again after so many milliseconds; the clause is for the step.
    Wait(u64, String),
    /// Go on as if nothing had happened.
    GoOn,
    /// Contact is lost.
    Lost(String),
    /// What has to be known before the change is not to be found out: it is not made.
    Refused(String),
    /// The run has failed.
    Failed(String),
    /// It is not to be found out, and the run goes on without.
    Pass,
    /// It cannot be found out: the change is to be made as if it was not begun.
    Make,
}
