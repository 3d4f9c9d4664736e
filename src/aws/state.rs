//! How a service is doing, told from what AWS says of it. Pure, so that every case is a line in a table.

use crate::model::{Deployment, RolloutBrief, ServiceState};

/// A state, why, and the rollout under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub state: ServiceState,
    pub note: String,
    pub rollout: Option<RolloutBrief>,
}

impl Told {
    fn new(state: ServiceState, note: impl Into<String>, rollout: Option<RolloutBrief>) -> Self {
        Self { state, note: note.into(), rollout }
    }
}

/// Counts of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub desired: u32,
    pub running: u32,
    pub pending: u32,
}

/// Consecutive failed tasks from which a rollout counts as failing even while older tasks serve.
const FAILURES: u32 = 2;

/// The state of an ECS service. `status` is ACTIVE, DRAINING or INACTIVE; `moved_elsewhere` is true for
/// controllers (CodeDeploy, external) that tell no rollout state.
pub(super) fn ecs(status: &str, counts: Counts, deployments: &[Deployment], moved_elsewhere: bool) -> Told {
    match status {
        "INACTIVE" => return Told::new(ServiceState::Inactive, "deleted", None),
        "DRAINING" => return Told::new(ServiceState::Inactive, "draining", None),
        _ => {}
    }
    let primary = deployments.iter().find(|d| d.status == "PRIMARY").or_else(|| deployments.first());
    let Some(primary) = primary else { return settled(counts, "") };
    let others = deployments.iter().filter(|d| d.id != primary.id && d.status == "ACTIVE").count();
    let rolling = match primary.rollout_state.as_str() {
        "IN_PROGRESS" => true,
        "COMPLETED" | "FAILED" => false,
        // no rollout state: an older deployment that still runs tells that one is being put in place
        _ => others > 0 && !moved_elsewhere,
    };
    if primary.rollout_state == "FAILED" {
        return Told::new(ServiceState::Failing, reason(&primary.reason, "the rollout failed"), None);
    }
    if !rolling {
        return settled(counts, &primary.reason);
    }
    if counts.desired == 0 && counts.running == 0 && counts.pending == 0 {
        return Told::new(ServiceState::Paused, "scaled to zero", None);
    }
    let failed_before = deployments.iter().find(|d| d.rollout_state == "FAILED" && d.id != primary.id);
    let says_back = primary.reason.to_lowercase().contains("rolling back");
    let rolling_back = says_back || failed_before.is_some();
    let rollout = RolloutBrief {
        new_running: primary.running,
        new_desired: primary.desired,
        failed: primary.failed,
        started_at: primary.created_at,
        stage: String::new(),
        rolling_back,
    };
    let told = |state, note: String| Told::new(state, note, Some(rollout.clone()));
    if rolling_back {
        let why = failed_before.map(|d| d.reason.as_str()).filter(|r| !r.is_empty());
        let note = reason(why.unwrap_or(&primary.reason), "");
        let note = if note.is_empty() { "rolling back".to_owned() } else { format!("rolling back: {note}") };
        return told(ServiceState::Rolling, note);
    }
    match primary.failed {
        0 => told(ServiceState::Rolling, String::new()),
        failed if failed >= FAILURES || counts.running == 0 => {
            told(ServiceState::Failing, format!("{failed} {} of the new revision failed", tasks(failed)))
        }
        failed => told(ServiceState::Rolling, format!("{failed} {} failed", tasks(failed))),
    }
}

fn tasks(count: u32) -> &'static str {
    if count == 1 { "task" } else { "tasks" }
}

/// AWS's reason as a clause, its preamble left out.
fn reason(text: &str, otherwise: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    if text.is_empty() {
        return otherwise.to_owned();
    }
    text.strip_prefix("ECS deployment ").unwrap_or(text).to_owned()
}

/// A service without a rollout.
fn settled(counts: Counts, _reason: &str) -> Told {
    let Counts { desired, running, pending } = counts;
    if desired == 0 {
        return if running == 0 {
            Told::new(ServiceState::Paused, "scaled to zero", None)
        } else {
            Told::new(ServiceState::Steady, format!("{running} {} stopping", tasks(running)), None)
        };
    }
    if running == 0 {
        return if pending > 0 {
            Told::new(ServiceState::Degraded, format!("none of {desired} runs yet"), None)
        } else {
            Told::new(ServiceState::Failing, format!("none of {desired} runs"), None)
        };
    }
    if running < desired {
        return Told::new(ServiceState::Degraded, format!("{running} of {desired} run"), None);
    }
    Told::new(ServiceState::Steady, "", None)
}

/// The state of an App Runner service. `operation` is its newest operation: type and status.
pub(super) fn apprunner(status: &str, operation: Option<(&str, &str)>) -> (ServiceState, String) {
    match status {
        "RUNNING" => match operation {
            Some((kind, "ROLLBACK_SUCCEEDED")) => {
                (ServiceState::Steady, format!("last {} was rolled back", verb(kind)))
            }
            Some((kind, "ROLLBACK_FAILED")) => {
                (ServiceState::Failing, format!("rollback of the last {} failed", verb(kind)))
            }
            Some((kind, "FAILED")) => (ServiceState::Steady, format!("last {} failed", verb(kind))),
            _ => (ServiceState::Steady, String::new()),
        },
        "OPERATION_IN_PROGRESS" => match operation {
            Some((kind, "ROLLBACK_IN_PROGRESS")) => {
                (ServiceState::Rolling, format!("rolling back the {}", verb(kind)))
            }
            Some((kind, _)) => (ServiceState::Rolling, format!("{} in progress", verb(kind))),
            None => (ServiceState::Rolling, String::new()),
        },
        "PAUSED" => (ServiceState::Paused, String::new()),
        "DELETED" => (ServiceState::Inactive, "deleted".to_owned()),
        "CREATE_FAILED" => (ServiceState::Failing, "its creation failed".to_owned()),
        "DELETE_FAILED" => (ServiceState::Failing, "its deletion failed".to_owned()),
        other => (ServiceState::Unknown, crate::model::text::clean(other, 60)),
    }
}

/// `START_DEPLOYMENT` as people say it.
fn verb(kind: &str) -> &'static str {
    match kind {
        "START_DEPLOYMENT" => "deployment",
        "UPDATE_SERVICE" => "update",
        "CREATE_SERVICE" => "creation",
        "DELETE_SERVICE" => "deletion",
        "PAUSE_SERVICE" => "pause",
        "RESUME_SERVICE" => "resumption",
        _ => "operation",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ServiceState::{Degraded, Failing, Inactive, Paused, Rolling, Steady};

    fn deployment(
        id: &str,
        status: &str,
        rollout: &str,
        reason: &str,
        counts: (u32, u32, u32),
    ) -> Deployment {
        Deployment {
            id: id.into(),
            status: status.into(),
            rollout_state: rollout.into(),
            reason: reason.into(),
            desired: counts.0,
            running: counts.1,
            failed: counts.2,
            ..Deployment::default()
        }
    }

    #[test]
    fn ecs_states() {
        let done = |d, r| vec![deployment("a", "PRIMARY", "COMPLETED", "", (d, r, 0))];
        let going = |d, r, f| {
            vec![
                deployment("b", "PRIMARY", "IN_PROGRESS", "", (d, r, f)),
                deployment("a", "ACTIVE", "COMPLETED", "", (d, d, 0)),
            ]
        };
        let back = vec![
            deployment(
                "c",
                "PRIMARY",
                "IN_PROGRESS",
                "ECS deployment circuit breaker: rolling back to deploymentId a.",
                (2, 1, 0),
            ),
            deployment(
                "b",
                "ACTIVE",
                "FAILED",
                "ECS deployment circuit breaker: tasks failed to start.",
                (0, 0, 3),
            ),
        ];
        let failed = vec![deployment(
            "b",
            "PRIMARY",
            "FAILED",
            "ECS deployment circuit breaker: tasks failed to start.",
            (2, 0, 3),
        )];
        let silent =
            vec![deployment("b", "PRIMARY", "", "", (2, 1, 0)), deployment("a", "ACTIVE", "", "", (2, 2, 0))];
        let counts = |desired, running, pending| Counts { desired, running, pending };
        for (name, status, counts, deployments, elsewhere, state, note) in [
            ("steady", "ACTIVE", counts(2, 2, 0), done(2, 2), false, Steady, ""),
            ("more than wanted", "ACTIVE", counts(2, 3, 0), done(2, 3), false, Steady, ""),
            ("too few", "ACTIVE", counts(4, 3, 1), done(4, 3), false, Degraded, "3 of 4 run"),
            ("none", "ACTIVE", counts(2, 0, 0), done(2, 0), false, Failing, "none of 2 runs"),
            ("none yet", "ACTIVE", counts(2, 0, 2), done(2, 0), false, Degraded, "none of 2 runs yet"),
            ("zero", "ACTIVE", counts(0, 0, 0), done(0, 0), false, Paused, "scaled to zero"),
            ("to zero", "ACTIVE", counts(0, 1, 0), done(0, 1), false, Steady, "1 task stopping"),
            ("rolling", "ACTIVE", counts(4, 4, 0), going(4, 2, 0), false, Rolling, ""),
            ("one failure", "ACTIVE", counts(4, 4, 0), going(4, 2, 1), false, Rolling, "1 task failed"),
            (
                "failures",
                "ACTIVE",
                counts(4, 4, 0),
                going(4, 0, 3),
                false,
                Failing,
                "3 tasks of the new revision failed",
            ),
            (
                "first failure of a first rollout",
                "ACTIVE",
                counts(1, 0, 0),
                going(1, 0, 1),
                false,
                Failing,
                "1 task of the new revision failed",
            ),
            (
                "rolling back",
                "ACTIVE",
                counts(2, 2, 0),
                back,
                false,
                Rolling,
                "rolling back: circuit breaker: tasks failed to start",
            ),
            (
                "failed",
                "ACTIVE",
                counts(2, 0, 0),
                failed,
                false,
                Failing,
                "circuit breaker: tasks failed to start",
            ),
            ("no rollout state", "ACTIVE", counts(2, 3, 0), silent.clone(), false, Rolling, ""),
            ("CodeDeploy", "ACTIVE", counts(2, 2, 0), silent, true, Steady, ""),
            ("draining", "DRAINING", counts(0, 1, 0), vec![], false, Inactive, "draining"),
            ("gone", "INACTIVE", counts(0, 0, 0), vec![], false, Inactive, "deleted"),
            ("no deployments", "ACTIVE", counts(1, 1, 0), vec![], false, Steady, ""),
            (
                "started at zero",
                "ACTIVE",
                counts(0, 0, 0),
                vec![deployment("a", "PRIMARY", "IN_PROGRESS", "", (0, 0, 0))],
                false,
                Paused,
                "scaled to zero",
            ),
        ] {
            let told = ecs(status, counts, &deployments, elsewhere);
            assert_eq!((told.state, told.note.as_str()), (state, note), "{name}");
            assert_eq!(told.rollout.is_some(), state == Rolling || name.contains("failure"), "{name}");
        }
    }

    #[test]
    fn a_rollback_is_marked_as_one() {
        let deployments = vec![deployment(
            "b",
            "PRIMARY",
            "IN_PROGRESS",
            "ECS deployment circuit breaker: rolling back to deploymentId x.",
            (2, 1, 0),
        )];
        let told = ecs("ACTIVE", Counts { desired: 2, running: 2, pending: 0 }, &deployments, false);
        assert!(told.rollout.unwrap().rolling_back);
    }

    #[test]
    fn apprunner_states() {
        for (status, operation, state, note) in [
            ("RUNNING", None, Steady, ""),
            ("RUNNING", Some(("UPDATE_SERVICE", "SUCCEEDED")), Steady, ""),
            (
                "RUNNING",
                Some(("UPDATE_SERVICE", "ROLLBACK_SUCCEEDED")),
                Steady,
                "last update was rolled back",
            ),
            (
                "RUNNING",
                Some(("START_DEPLOYMENT", "ROLLBACK_FAILED")),
                Failing,
                "rollback of the last deployment failed",
            ),
            (
                "OPERATION_IN_PROGRESS",
                Some(("START_DEPLOYMENT", "IN_PROGRESS")),
                Rolling,
                "deployment in progress",
            ),
            ("OPERATION_IN_PROGRESS", None, Rolling, ""),
            ("PAUSED", None, Paused, ""),
            ("DELETED", None, Inactive, "deleted"),
            ("CREATE_FAILED", None, Failing, "its creation failed"),
            ("NEW_WORD", None, ServiceState::Unknown, "NEW_WORD"),
        ] {
            assert_eq!(apprunner(status, operation), (state, note.to_owned()), "{status}");
        }
    }
}
