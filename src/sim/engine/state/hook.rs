//! Lifecycle hooks of deployments: what a service is configured with, and what became of one.

use serde_json::Value;

use super::Stage;

/// What is done when a hook is decided or its time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum HookAction {
    Continue,
    Rollback,
}

impl HookAction {
    /// As the wire spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Continue => "CONTINUE",
            Self::Rollback => "ROLLBACK",
        }
    }

    /// The reverse of [`Self::name`].
    pub fn read(name: &str) -> Option<Self> {
        [Self::Continue, Self::Rollback].into_iter().find(|action| action.name() == name)
    }
}

/// `DeploymentLifecycleHook`.
#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    /// ARN of the function that is called; none for one that pauses.
    pub function: Option<String>,
    /// `roleArn`.
    pub role: Option<String>,
    /// `hookDetails`: what the function is told.
    pub details: Option<Value>,
    /// Where it runs.
    pub stages: Vec<Stage>,
    /// `timeoutInMinutes`, when it was said.
    pub minutes: Option<u32>,
    /// What is done at the timeout, when it was said.
    pub action: Option<HookAction>,
}

/// `DeploymentLifecycleHookStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum HookStatus {
    AwaitingAction,
    InProgress,
    Succeeded,
    Failed,
    TimedOut,
}

impl HookStatus {
    /// As the wire spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AwaitingAction => "AWAITING_ACTION",
            Self::InProgress => "IN_PROGRESS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
        }
    }

    /// Whether the deployment waits for it.
    pub fn open(self) -> bool {
        matches!(self, Self::AwaitingAction | Self::InProgress)
    }
}

/// `DeploymentLifecycleHookDetail`: a hook at a stage of one deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct HookRun {
    /// `hookId`.
    pub id: String,
    /// ARN of the function that is called; none for one that pauses.
    pub function: Option<String>,
    /// How far it is.
    pub status: HookStatus,
    /// When its time is up.
    pub expires_at: f64,
    /// What is done then.
    pub action: HookAction,
    /// The stage it holds.
    pub stage: Stage,
    /// The step of the traffic shift it holds.
    pub step: usize,
}
