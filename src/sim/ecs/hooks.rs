//! Lifecycle hooks on the wire: in a deployment configuration, in a deployment, and decided.

use serde_json::Value;

use super::invalid;
use crate::sim::api::{Fault, timestamp};
use crate::sim::args::{Args, Out};
use crate::sim::engine::state::{Hook, HookAction, HookRun, Stage};

/// Longest timeout: two weeks.
const LONGEST: i64 = 20_160;

/// Reads `lifecycleHooks` of a deployment configuration.
pub(super) fn read(given: &[Value]) -> Result<Vec<Hook>, Fault> {
    given.iter().map(|hook| one(Args(hook))).collect()
}

fn one(given: Args<'_>) -> Result<Hook, Fault> {
    let pause = match given.text("targetType") {
        Some("PAUSE") => true,
        None | Some("AWS_LAMBDA") => false,
        Some(other) => return Err(invalid(format!("targetType {other} is not one of AWS_LAMBDA, PAUSE"))),
    };
    let (function, role) = (given.text("hookTargetArn"), given.text("roleArn"));
    if pause && (function.is_some() || role.is_some()) {
        return Err(invalid("hookTargetArn and roleArn cannot be specified for PAUSE lifecycle hooks."));
    }
    if !pause && (function.is_none() || role.is_none()) {
        return Err(invalid("hookTargetArn and roleArn are required for AWS_LAMBDA lifecycle hooks."));
    }
    let names = given.texts("lifecycleStages");
    if names.is_empty() {
        return Err(invalid("lifecycleStages cannot be empty."));
    }
    let mut stages = Vec::new();
    for name in names {
        let stage = Stage::of_hook(name)
            .ok_or_else(|| invalid(format!("A lifecycle hook cannot run at the stage {name}.")))?;
        if pause && matches!(stage, Stage::TestTrafficShift | Stage::ProductionTrafficShift) {
            return Err(invalid(format!("PAUSE lifecycle hooks cannot be configured at {name}.")));
        }
        stages.push(stage);
    }
    let timeout = Args(given.get("timeoutConfiguration").unwrap_or(&Value::Null));
    let minutes = match timeout.whole("timeoutInMinutes") {
        None => None,
        Some(minutes) if (1..=LONGEST).contains(&minutes) => u32::try_from(minutes).ok(),
        Some(_) => return Err(invalid(format!("timeoutInMinutes must be between 1 and {LONGEST}."))),
    };
    Ok(Hook {
        function: function.map(str::to_owned),
        role: role.map(str::to_owned),
        details: given.get("hookDetails").cloned(),
        stages,
        minutes,
        action: timeout.text("action").map(action).transpose()?,
    })
}

pub(super) fn action(name: &str) -> Result<HookAction, Fault> {
    HookAction::read(name).ok_or_else(|| invalid(format!("action is CONTINUE or ROLLBACK, not {name}")))
}

fn target(function: Option<&String>) -> &'static str {
    if function.is_some() { "AWS_LAMBDA" } else { "PAUSE" }
}

/// `DeploymentLifecycleHook`.
pub(super) fn shape(hook: &Hook) -> Value {
    let stages: Vec<&str> = hook.stages.iter().map(|stage| stage.name()).collect();
    let timeout = (hook.minutes.is_some() || hook.action.is_some()).then(|| {
        Out::new()
            .maybe("timeoutInMinutes", hook.minutes)
            .maybe("action", hook.action.map(HookAction::name))
            .done()
    });
    Out::new()
        .set("targetType", target(hook.function.as_ref()))
        .maybe("hookTargetArn", hook.function.clone())
        .maybe("roleArn", hook.role.clone())
        .set("lifecycleStages", stages)
        .maybe("hookDetails", hook.details.clone())
        .maybe("timeoutConfiguration", timeout)
        .done()
}

/// `DeploymentLifecycleHookDetail`.
pub(super) fn detail(run: &HookRun) -> Value {
    Out::new()
        .set("hookId", run.id.clone())
        .set("targetType", target(run.function.as_ref()))
        .maybe("targetArn", run.function.clone())
        .set("status", run.status.name())
        .set("expiresAt", timestamp(run.expires_at))
        .set("timeoutAction", run.action.name())
        .done()
}
