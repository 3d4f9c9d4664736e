//! One check and how it went.

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    Ok,
    /// Neither good nor bad.
    Note,
    Warn,
    Bad,
}

/// One check.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) grade: Grade,
    pub(super) what: String,
    pub(super) found: String,
    pub(super) remedy: String,
}

impl Line {
    pub(super) fn new(
        grade: Grade,
        what: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { grade, what: what.into(), found: found.into(), remedy: remedy.into() }
    }
}
