//! What an operation is going to do, shown before it is done.

use super::{
    ServiceKey,
    run::{RunId, RunKind},
};

/// A line of a plan: a label and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// `image`, `revision`, `command`, …
    pub label: String,
    /// What it is going to be.
    pub value: String,
    /// True for the change itself, which is drawn strongest.
    pub strong: bool,
}

/// A line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// In both.
    Same(String),
    /// Only in the old one.
    Removed(String),
    /// Only in the new one.
    Added(String),
    /// So many equal lines are left out here.
    Skipped(usize),
}

/// Everything an operation is going to do, resolved, before it is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The run it would be.
    pub run: RunId,
    /// What it does.
    pub kind: RunKind,
    /// On which service.
    pub key: ServiceKey,
    /// Twelve digits.
    pub account: String,
    /// Region.
    pub region: String,
    /// `Deploy 8be02d4 to prod-service`.
    pub title: String,
    /// What runs now, and what is going to: `1f0c9a7 → 8be02d4`. Both sides as short versions or revisions.
    pub from: String,
    /// The other side.
    pub to: String,
    /// The particulars, in order.
    pub lines: Vec<PlanLine>,
    /// Diff of the task definition; empty where there is none.
    pub diff: Vec<DiffLine>,
    /// What one should know before confirming.
    pub warnings: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<String>,
    /// What happens when it fails.
    pub on_failure: String,
    /// The AWS operations it may call, as policies name them. Nothing else can be armed.
    pub writes: Vec<&'static str>,
}

impl Plan {
    /// A plan that does nothing yet.
    pub fn empty(run: RunId, key: ServiceKey) -> Self {
        Self {
            run,
            kind: RunKind::Deploy,
            key,
            account: String::new(),
            region: String::new(),
            title: String::new(),
            from: String::new(),
            to: String::new(),
            lines: Vec::new(),
            diff: Vec::new(),
            warnings: Vec::new(),
            steps: Vec::new(),
            on_failure: String::new(),
            writes: Vec::new(),
        }
    }
}
