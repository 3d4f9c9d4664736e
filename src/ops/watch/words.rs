//! What AWS's answers mean, in words.

use crate::model::{
    Deployment, DeploymentStatus, HistoricDeployment, Hook, ServiceDetail, ServiceState, Stamp, TaskBrief,
    stamp,
};

/// The last part of an ARN: `prod-service:42`; the whole text where it has no `/`.
pub(in crate::ops) fn label(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// A rollout or operation that is under way on a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ops) struct InFlight {
    /// Service deployment ARN, deployment id or operation id.
    pub(in crate::ops) id: String,
    /// Whether `id` is a service deployment, which can be stopped.
    pub(in crate::ops) stoppable: bool,
    /// What it puts in place, as far as known.
    pub(in crate::ops) what: String,
    /// The revision it replaces, where `deployments[]` tells.
    pub(in crate::ops) before: Option<String>,
    /// How far it is.
    pub(in crate::ops) state: String,
}

/// The rollout that is under way, if any.
///
/// Without service deployments a lone deployment that is IN_PROGRESS does not count: a service that never
/// became steady (or an endpoint whose deployments never advance) must still take the deploy that mends it.
pub(in crate::ops) fn in_flight(detail: &ServiceDetail) -> Option<InFlight> {
    if let Some(operation) = detail.operations.iter().find(|o| is_running(&o.status)) {
        return Some(InFlight {
            id: operation.id.clone(),
            stoppable: false,
            what: operation.kind.to_lowercase().replace('_', " "),
            before: None,
            state: operation.status.to_lowercase().replace('_', " "),
        });
    }
    let mut live = detail.deployments.iter().filter(|d| d.status == "ACTIVE" && d.running + d.pending > 0);
    let before = live.next().map(|d| d.task_definition.clone());
    // one at a time is under way; a status that this version does not know counts for the newest alone
    let mut newest = detail.history.iter().take(3).enumerate();
    let ongoing = newest
        .find(|(place, h)| !h.status.is_over() && (*place == 0 || h.status != DeploymentStatus::Unknown));
    if let Some((_, found)) = ongoing {
        let what = found
            .task_definition
            .as_deref()
            .or_else(|| primary(detail).map(|d| d.task_definition.as_str()))
            .unwrap_or_default();
        return Some(InFlight {
            id: found.arn.clone(),
            stoppable: true,
            what: label(what).to_owned(),
            before,
            state: found.status.word().to_owned(),
        });
    }
    if detail.history_known && !detail.history.is_empty() {
        return None;
    }
    let primary = primary(detail)?;
    if primary.rollout_state == "IN_PROGRESS" && before.is_some() {
        return Some(InFlight {
            id: primary.id.clone(),
            stoppable: false,
            what: label(&primary.task_definition).to_owned(),
            before,
            state: format!("{} of {} running", primary.running, primary.desired),
        });
    }
    None
}

/// Whether this App Runner operation is under way.
fn is_running(status: &str) -> bool {
    matches!(status, "PENDING" | "IN_PROGRESS" | "ROLLBACK_IN_PROGRESS")
}

/// The PRIMARY deployment.
pub(super) fn primary(detail: &ServiceDetail) -> Option<&Deployment> {
    detail.deployments.iter().find(|d| d.status == "PRIMARY")
}

/// Where a service deployment stands: `2 of 4 new, 1 on its way, 2 old left, scale up, breaker 1/3`.
pub(super) fn progress(found: &HistoricDeployment, failure: Option<&str>, now: Stamp) -> String {
    let mut parts = Vec::new();
    let back =
        matches!(found.status, DeploymentStatus::RollbackInProgress | DeploymentStatus::RollbackRequested);
    match found.status {
        DeploymentStatus::RollbackInProgress | DeploymentStatus::RollbackRequested => {
            parts.push(match cause(found) {
                Some(cause) => format!("rolling back: {cause}"),
                None => "rolling back".to_owned(),
            });
        }
        DeploymentStatus::StopRequested => parts.push("stopping".to_owned()),
        DeploymentStatus::Pending => parts.push("not begun".to_owned()),
        // what it came to is told by the verdict, once it is known why
        status if status.is_over() => parts.push(status.word().to_owned()),
        _ => {}
    }
    let (wanted, running, pending) = found.target_counts.unwrap_or_default();
    let old = found.source_running.unwrap_or_default();
    if back || found.status.is_over() {
        if running > 0 {
            parts.push(format!("{running} new left"));
        }
        if old > 0 {
            parts.push(format!("{old} old"));
        }
    } else if found.target_counts.is_some() {
        parts.push(format!("{running} of {wanted} new"));
        if pending > 0 {
            parts.push(format!("{pending} on the way"));
        }
        if old > 0 {
            parts.push(format!("{old} old left"));
        }
    }
    if !found.stage.is_empty() {
        parts.push(found.stage.to_lowercase().replace('_', " "));
    }
    if let Some(hook) = found.awaiting() {
        parts.push(awaited(hook, now));
    }
    if let Some((_, failures, threshold)) = found.breaker.as_ref().filter(|b| b.1 > 0 && !back) {
        parts.push(format!("breaker {failures}/{threshold}"));
    }
    if let Some(failure) = failure {
        parts.push(failure.to_owned());
    }
    parts.join(", ")
}

/// `waiting for a decision at hook pause-1, AWS continues by itself in 12m`.
fn awaited(hook: &Hook, now: Stamp) -> String {
    let name = hook_name(hook);
    let Some(at) = hook.expires_at else { return format!("waiting for a decision at hook {name}") };
    let then = if hook.timeout_action == "ROLLBACK" { "rolls back" } else { "continues" };
    format!("waiting for a decision at hook {name}, AWS {then} by itself in {}", stamp::brief(at.since(now)))
}

/// What to call a hook: the function it calls, else its id.
pub(in crate::ops) fn hook_name(hook: &Hook) -> &str {
    let called = hook.target.rsplit([':', '/']).next().unwrap_or_default();
    if called.is_empty() { &hook.id } else { called }
}

/// Where `deployments[]` stand.
pub(super) fn progress_of(ours: &Deployment, old_running: u32, failure: Option<&str>) -> String {
    let mut parts = vec![format!("{} of {} new", ours.running, ours.desired)];
    if ours.pending > 0 {
        parts.push(format!("{} on the way", ours.pending));
    }
    if old_running > 0 {
        parts.push(format!("{old_running} old left"));
    }
    match failure {
        Some(failure) => parts.push(failure.to_owned()),
        None if ours.failed > 0 => parts.push(format!("{} failed", ours.failed)),
        None => {}
    }
    parts.join(", ")
}

/// Why a service deployment is rolled back.
pub(super) fn cause(found: &HistoricDeployment) -> Option<String> {
    let told = found.rollback.as_ref().map_or(found.reason.as_str(), |(reason, _)| reason.as_str());
    if let Some((_, fired)) = found.alarms.as_ref().filter(|(_, fired)| !fired.is_empty()) {
        return Some(format!("alarm {} fired", fired.join(", ")));
    }
    if let Some(failures) = tripped(found) {
        return Some(format!("breaker tripped after {failures} failed tasks"));
    }
    (!told.is_empty()).then(|| told.trim_end_matches('.').to_owned())
}

/// After how many failed tasks the circuit breaker tripped, where it did.
pub(super) fn tripped(found: &HistoricDeployment) -> Option<u32> {
    let (status, failures, _) = found.breaker.as_ref()?;
    status.eq_ignore_ascii_case("TRIGGERED").then_some(*failures)
}

/// How many tasks of a revision failed of late, and why the last one did: `1 failed: exit 1`.
pub(super) fn failure(detail: &ServiceDetail, definition: Option<&str>) -> Option<String> {
    let failed: Vec<&TaskBrief> = detail
        .tasks
        .iter()
        .filter(|t| definition.is_none_or(|d| t.task_definition == d))
        .filter(|t| t.last_status == "STOPPED" && has_failed(t))
        .collect();
    let last = failed.iter().max_by_key(|t| t.stopped_at)?;
    Some(format!("{} failed: {}", failed.len(), why_stopped(last)))
}

fn has_failed(task: &TaskBrief) -> bool {
    // a task that the deployment itself took away is no failure
    let taken_away = task.stop_code == "ServiceSchedulerInitiated"
        && (task.stopped_reason.contains("deployment") || task.stopped_reason.contains("Scaling"));
    let exited = task.containers.iter().any(|c| c.exit_code.is_some_and(|code| code != 0));
    let stop = matches!(task.stop_code.as_str(), "TaskFailedToStart" | "EssentialContainerExited");
    let unhealthy = task.stopped_reason.contains("health check");
    unhealthy || (!taken_away && (exited || stop))
}

/// Why a task stopped, in a clause: `exit 1`, or AWS's reason with its ARNs cut to what they name.
pub(super) fn why_stopped(task: &TaskBrief) -> String {
    let mut text = String::new();
    for word in told_stopped(task).split_inclusive([' ', '(', ',']) {
        match word.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4)) {
            Some(name) => text.push_str(name),
            None => text.push_str(word),
        }
    }
    text
}

fn told_stopped(task: &TaskBrief) -> String {
    let exit = task.containers.iter().find_map(|c| match c.exit_code {
        Some(code) if code != 0 => Some((code, c.reason.as_str())),
        _ => None,
    });
    if task.stopped_reason.contains("health check") {
        // which target group it was, the Targets tab tells; the verdict has to fit a line
        let reason = task.stopped_reason.split_once(" in (").map_or(task.stopped_reason.as_str(), |(r, _)| r);
        return reason.strip_prefix("Task ").unwrap_or(reason).to_owned();
    }
    if let Some((code, reason)) = exit {
        let meaning = match code {
            137 => " (killed)",
            139 => " (segmentation fault)",
            143 => " (terminated)",
            _ => "",
        };
        return if reason.is_empty() {
            format!("exit {code}{meaning}")
        } else {
            format!("exit {code}{meaning}, {reason}")
        };
    }
    let reason = task.containers.iter().map(|c| c.reason.as_str()).find(|r| !r.is_empty());
    match (task.stopped_reason.as_str(), reason, task.stop_code.as_str()) {
        ("", Some(reason), _) => reason.to_owned(),
        ("", None, "") => "no reason given".to_owned(),
        ("", None, code) => code.to_owned(),
        (told, Some(reason), _) if !told.contains(reason) => format!("{told}: {reason}"),
        (told, ..) => told.to_owned(),
    }
}

/// Whether a service cannot take changes, and why.
pub(in crate::ops) fn gone(detail: &ServiceDetail) -> bool {
    detail.service.state == ServiceState::Inactive
}

/// [`progress`] of what was seen last, or `otherwise`.
pub(super) fn progress_or(last: Option<&HistoricDeployment>, now: Stamp, otherwise: &str) -> String {
    last.map(|found| progress(found, None, now))
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| otherwise.to_owned())
}

/// `10m`, `90s` as `1m 30s`: a configured duration, exactly.
pub(in crate::ops) fn duration(millis: u64) -> String {
    let millis = i64::try_from(millis).unwrap_or(i64::MAX);
    let (short, long) = (stamp::brief(millis), stamp::precise(millis));
    if long.contains(" 0") || !long.contains(' ') { short } else { long }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::detail::TaskContainer;

    #[test]
    fn reasons_are_short_and_name_what_they_are_about() {
        let task = |exit: Option<i32>, container: &str, stopped: &str, code: &str| TaskBrief {
            stop_code: code.to_owned(),
            stopped_reason: stopped.to_owned(),
            containers: vec![TaskContainer {
                exit_code: exit,
                reason: container.to_owned(),
                ..TaskContainer::default()
            }],
            ..TaskBrief::default()
        };
        let health = "Task failed ELB health checks in (target-group \
                      arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/prod/27cc)";
        for (task, told) in [
            (task(Some(1), "", "Essential container in task exited", ""), "exit 1"),
            (task(Some(137), "OutOfMemoryError", "", ""), "exit 137 (killed), OutOfMemoryError"),
            (task(Some(143), "", health, ""), "failed ELB health checks"),
            (task(None, "CannotPull", "", "TaskFailedToStart"), "CannotPull"),
            (task(None, "", "", "TaskFailedToStart"), "TaskFailedToStart"),
            (task(None, "", "", ""), "no reason given"),
            (task(None, "no disk", "it stopped", ""), "it stopped: no disk"),
            (
                task(Some(0), "", "Scaling activity initiated by (deployment ecs-svc/1)", ""),
                "Scaling activity initiated by (deployment ecs-svc/1)",
            ),
        ] {
            assert_eq!(why_stopped(&task), told);
        }
    }

    #[test]
    fn durations_are_told_exactly() {
        for (millis, told) in
            [(90_000, "1m 30s"), (600_000, "10m"), (45_000, "45s"), (3_600_000, "1h"), (5_400_000, "1h 30m")]
        {
            assert_eq!(duration(millis), told);
        }
    }
}
