//! How a service is doing, told from what AWS says of it. Pure, so that every case is a line in a table.

use crate::model::{Controller, Deployment, RolloutBrief, ServiceState, running};

/// A state, why, and the rollout under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub state: ServiceState,
    pub note: String,
    pub rollout: Option<RolloutBrief>,
}

impl Condition {
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

/// What ECS says of a service besides its numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'a> {
    /// ACTIVE, DRAINING or INACTIVE.
    pub status: &'a str,
    /// Who moves its deployments.
    pub controller: Controller,
    /// One task on each container instance, instead of a number of them.
    pub daemon: bool,
    /// Deployments or task sets, PRIMARY first; none where its task sets could not be read.
    pub deployments: Option<&'a [Deployment]>,
}

/// The state of an ECS service.
pub(super) fn ecs(said: Said<'_>, counts: Counts) -> Condition {
    match said.status {
        "INACTIVE" => return Condition::new(ServiceState::Inactive, "deleted", None),
        "DRAINING" => return Condition::new(ServiceState::Inactive, "draining", None),
        _ => {}
    }
    let Some(deployments) = said.deployments else {
        return Condition::new(ServiceState::Unknown, "its task sets could not be read", None);
    };
    if said.controller.has_task_sets() {
        return by_task_sets(said.controller, counts, deployments);
    }
    let primary = running::primary(deployments).or_else(|| deployments.first());
    let Some(primary) = primary else { return settled(counts, said.daemon) };
    let others = deployments.iter().filter(|d| d.id != primary.id && d.status == "ACTIVE").count();
    let rolling = match primary.rollout_state.as_str() {
        "IN_PROGRESS" => true,
        "COMPLETED" | "FAILED" => false,
        // no rollout state: an older deployment that still runs tells that one is being put in place
        _ => others > 0,
    };
    if primary.rollout_state == "FAILED" {
        return Condition::new(ServiceState::Failing, reason(&primary.reason, "the rollout failed"), None);
    }
    if !rolling {
        return settled(counts, said.daemon);
    }
    if counts.desired == 0 && counts.running == 0 && counts.pending == 0 {
        return Condition::new(ServiceState::Paused, nothing(said.daemon), None);
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
        waits: None,
    };
    let told = |state, note: String| Condition::new(state, note, Some(rollout.clone()));
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

/// Why nothing is wanted. ECS sets the number of a DAEMON service's tasks by the container instances there are.
fn nothing(daemon: bool) -> &'static str {
    if daemon { "no container instance to run on" } else { "scaled to zero" }
}

/// A service whose tasks are in task sets: only PRIMARY serves production traffic, and a second one that is not
/// DRAINING means that traffic is being moved (model of ECS: `TaskSet.status`, `TaskSet.stabilityStatus`).
fn by_task_sets(controller: Controller, counts: Counts, sets: &[Deployment]) -> Condition {
    if let Some(shift) = running::shift(sets) {
        let name = |set: &Deployment| crate::aws::convert::tail(&set.task_definition).to_owned();
        let (new, old) = (name(shift.new), name(shift.old));
        let note = if shift.moved() {
            format!("{}: {new} has the traffic, {old} still stands by", controller.words())
        } else {
            format!("{}: {new} beside {old}, which has the traffic", controller.words())
        };
        let rollout = RolloutBrief {
            new_running: shift.new.running,
            new_desired: shift.new.desired,
            failed: shift.new.failed,
            started_at: shift.new.created_at,
            stage: String::new(),
            rolling_back: false,
            waits: None,
        };
        return Condition::new(ServiceState::Rolling, note, Some(rollout));
    }
    let Some(primary) = running::primary(sets) else {
        let state = if counts.desired == 0 { ServiceState::Paused } else { ServiceState::Failing };
        return Condition::new(state, "it has no task set that serves", None);
    };
    let own = Counts { desired: primary.desired, running: primary.running, pending: primary.pending };
    let told = settled(own, false);
    if told.state == ServiceState::Steady && primary.stability == "STABILIZING" && told.note.is_empty() {
        return Condition::new(ServiceState::Degraded, "its task set is not stable", None);
    }
    told
}

/// A service without a rollout.
fn settled(counts: Counts, daemon: bool) -> Condition {
    let Counts { desired, running, pending } = counts;
    if desired == 0 {
        return if running == 0 {
            Condition::new(ServiceState::Paused, nothing(daemon), None)
        } else {
            Condition::new(ServiceState::Steady, format!("{running} {} stopping", tasks(running)), None)
        };
    }
    if running == 0 {
        return if pending > 0 {
            Condition::new(ServiceState::Degraded, format!("none of {desired} runs yet"), None)
        } else {
            Condition::new(ServiceState::Failing, format!("none of {desired} runs"), None)
        };
    }
    if running < desired {
        return Condition::new(ServiceState::Degraded, format!("{running} of {desired} run"), None);
    }
    Condition::new(ServiceState::Steady, "", None)
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
            // the list of operations is behind: which one is in progress nobody told yet
            Some((kind, ended)) if is_over(ended) => (
                ServiceState::Rolling,
                format!(
                    "an operation is in progress; the last one reported: {}, {}",
                    verb(kind),
                    outcome(ended)
                ),
            ),
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

/// Whether an operation of App Runner has ended.
pub(super) fn is_over(status: &str) -> bool {
    matches!(status, "SUCCEEDED" | "FAILED" | "ROLLBACK_SUCCEEDED" | "ROLLBACK_FAILED")
}

/// How it ended, in words.
fn outcome(status: &str) -> &'static str {
    match status {
        "SUCCEEDED" => "succeeded",
        "ROLLBACK_SUCCEEDED" => "was rolled back",
        _ => "failed",
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
        for (name, status, counts, deployments, daemon, state, note) in [
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
            ("no rollout state", "ACTIVE", counts(2, 3, 0), silent, false, Rolling, ""),
            ("daemon", "ACTIVE", counts(3, 3, 0), done(3, 3), true, Steady, ""),
            (
                "daemon without instances",
                "ACTIVE",
                counts(0, 0, 0),
                done(0, 0),
                true,
                Paused,
                "no container instance to run on",
            ),
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
            let said = Said { status, controller: Controller::Ecs, daemon, deployments: Some(&deployments) };
            let told = ecs(said, counts);
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
        let said = Said {
            status: "ACTIVE",
            controller: Controller::Ecs,
            daemon: false,
            deployments: Some(&deployments),
        };
        let told = ecs(said, Counts { desired: 2, running: 2, pending: 0 });
        assert!(told.rollout.unwrap().rolling_back);
    }

    #[test]
    fn task_sets_tell_what_serves_and_what_comes() {
        let set = |id: i64, status: &str, running: u32, stability: &str| Deployment {
            id: format!("ecs-svc/{id}"),
            status: status.into(),
            task_definition: format!("arn:aws:ecs:r:a:task-definition/shop:{id}"),
            desired: 2,
            running,
            created_at: Some(crate::model::Stamp(id)),
            task_set: true,
            stability: stability.into(),
            ..Deployment::default()
        };
        let counts = |desired, running| Counts { desired, running, pending: 0 };
        let steady = "STEADY_STATE";
        for (name, counts, sets, state, note) in [
            ("one", counts(2, 2), Some(vec![set(2, "PRIMARY", 2, steady)]), Steady, ""),
            (
                "coming up",
                counts(2, 3),
                Some(vec![set(2, "PRIMARY", 2, steady), set(3, "ACTIVE", 1, "STABILIZING")]),
                Rolling,
                "AWS CodeDeploy: shop:3 beside shop:2, which has the traffic",
            ),
            (
                "moved",
                counts(2, 4),
                Some(vec![set(3, "PRIMARY", 2, steady), set(2, "ACTIVE", 2, steady)]),
                Rolling,
                "AWS CodeDeploy: shop:3 has the traffic, shop:2 still stands by",
            ),
            (
                "the old one drains",
                counts(2, 3),
                Some(vec![set(3, "PRIMARY", 2, steady), set(2, "DRAINING", 1, steady)]),
                Steady,
                "",
            ),
            ("short", counts(2, 1), Some(vec![set(3, "PRIMARY", 1, steady)]), Degraded, "1 of 2 run"),
            (
                "unstable",
                counts(2, 2),
                Some(vec![set(3, "PRIMARY", 2, "STABILIZING")]),
                Degraded,
                "its task set is not stable",
            ),
            ("none", counts(2, 0), Some(vec![]), Failing, "it has no task set that serves"),
            ("none wanted", counts(0, 0), Some(vec![]), Paused, "it has no task set that serves"),
            ("not read", counts(2, 0), None, ServiceState::Unknown, "its task sets could not be read"),
        ] {
            let said = Said {
                status: "ACTIVE",
                controller: Controller::CodeDeploy,
                daemon: false,
                deployments: sets.as_deref(),
            };
            let told = ecs(said, counts);
            assert_eq!((told.state, told.note.as_str()), (state, note), "{name}");
            assert_eq!(told.rollout.is_some(), state == Rolling, "{name}");
        }
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
            (
                "OPERATION_IN_PROGRESS",
                Some(("CREATE_SERVICE", "SUCCEEDED")),
                Rolling,
                "an operation is in progress; the last one reported: creation, succeeded",
            ),
            ("PAUSED", None, Paused, ""),
            ("DELETED", None, Inactive, "deleted"),
            ("CREATE_FAILED", None, Failing, "its creation failed"),
            ("NEW_WORD", None, ServiceState::Unknown, "NEW_WORD"),
        ] {
            assert_eq!(apprunner(status, operation), (state, note.to_owned()), "{status}");
        }
    }
}
