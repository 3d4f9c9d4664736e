//! What AWS's answers mean, in words.

use crate::model::{
    Blame, Deployment, DeploymentStatus, HistoricDeployment, Hook, ServiceDetail, ServiceState, Stamp,
    TaskBrief, blame, stamp,
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
        DeploymentStatus::Pending => parts.push("not started".to_owned()),
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
    if let Some(share) = found.traffic.filter(|share| *share > 0 && *share < 100 && !found.status.is_over()) {
        parts.push(format!("{share} % of the traffic"));
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
    let Some(at) = hook.expires_at else { return format!("waiting for approval at hook {name}") };
    let then = if hook.timeout_action == "ROLLBACK" { "rolls back" } else { "continues" };
    format!("waiting for approval at hook {name}, AWS {then} by itself in {}", stamp::brief(at.since(now)))
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
        .filter(|t| t.last_status == "STOPPED" && Blame::of(t).is_failure())
        .collect();
    let last = failed.iter().max_by_key(|t| t.stopped_at)?;
    Some(format!("{} failed: {}", failed.len(), blame::why(last)))
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

    #[test]
    fn durations_are_told_exactly() {
        for (millis, told) in
            [(90_000, "1m 30s"), (600_000, "10m"), (45_000, "45s"), (3_600_000, "1h"), (5_400_000, "1h 30m")]
        {
            assert_eq!(duration(millis), told);
        }
    }
}
