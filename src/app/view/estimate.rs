//! How long a rollout is going to take yet.

use crate::{
    app::rows::under_way,
    model::{Blame, DeploymentStatus, HistoricDeployment, RolloutBrief, ServiceDetail, Stamp, running},
};

/// Milliseconds that are left of the rollout under way, from the pace at which it has replaced tasks and from how
/// long rollouts of this service took before; none where neither tells, where it waits or goes back, and once
/// tasks fail: then it may never end.
pub fn left(detail: &ServiceDetail, now: Stamp) -> Option<i64> {
    let rollout = under_way(detail).filter(|r| r.status == DeploymentStatus::InProgress)?;
    if fails(detail, rollout) || rollout.awaiting().is_some() {
        return None;
    }
    let passed = now.since(rollout.started_at.or(rollout.created_at)?);
    let counts = match (rollout.target_counts, detail.deployments.first()) {
        (Some((wanted, running, _)), _) => (running, wanted),
        (None, Some(new)) => (new.running, new.desired),
        (None, None) => (0, 0),
    };
    // both hold: tasks come at a pace, and a bake at the end takes its time whatever that pace
    pace(counts, passed).max(usual(detail).map(|usual| usual - passed)).filter(|left| *left > 0)
}

/// Whether new tasks fail: the breaker counts them, or ECS does (consecutive ones: a success sets it back) and one that
/// died was ended by nobody else. Where no task that stopped is known, ECS's number alone decides.
fn fails(detail: &ServiceDetail, rollout: &HistoricDeployment) -> bool {
    if rollout.breaker.as_ref().is_some_and(|(_, failures, _)| *failures > 0) {
        return true;
    }
    let Some(new) = running::primary(&detail.deployments).or_else(|| detail.deployments.first()) else {
        return false;
    };
    let since = rollout.started_at.or(rollout.created_at);
    let mut stopped = detail
        .tasks
        .iter()
        .filter(|task| task.stopped_at.is_some() && running::is_of(new, task))
        .filter(|task| task.stopped_at >= since)
        .peekable();
    new.failed > 0 && (stopped.peek().is_none() || stopped.any(|task| Blame::of(task).is_failure()))
}

/// The same from a row alone: from the pace, where that can be told.
pub fn of_row(rollout: &RolloutBrief, now: Stamp) -> Option<i64> {
    if rollout.failed > 0 || rollout.rolling_back || rollout.new_running == 0 {
        return None;
    }
    pace((rollout.new_running, rollout.new_desired), now.since(rollout.started_at?)).filter(|left| *left > 0)
}

/// Milliseconds for the tasks that are missing, when they come as those did that are there.
fn pace((running, wanted): (u32, u32), passed: i64) -> Option<i64> {
    let missing = wanted.checked_sub(running).filter(|missing| *missing > 0)?;
    passed.checked_mul(i64::from(missing))?.checked_div(i64::from(running))
}

/// The median of how long successful rollouts of the past took, milliseconds.
fn usual(detail: &ServiceDetail) -> Option<i64> {
    let mut took: Vec<i64> = detail
        .history
        .iter()
        .filter(|past| past.status == DeploymentStatus::Successful)
        .filter_map(|past| Some(past.finished_at?.since(past.started_at.or(past.created_at)?)))
        .filter(|took| *took > 0)
        .collect();
    took.sort_unstable();
    took.get(took.len() / 2).copied()
}

/// `about 3m left`, to the minute from one minute on.
pub fn words(left: i64) -> String {
    match left {
        ..20_000 => "a few seconds left".to_owned(),
        20_000..90_000 => "about a minute left".to_owned(),
        90_000..5_400_000 => format!("about {}m left", (left + 30_000) / 60_000),
        _ => format!("about {}h left", (left + 1_800_000) / 3_600_000),
    }
}

/// Milliseconds that a service's rollouts bake at their end, as its configuration tells.
pub fn bake(detail: &ServiceDetail) -> Option<i64> {
    let (_, _, told) = detail.config.iter().find(|(_, name, _)| name == "bake time")?;
    let minutes: i64 = told.strip_suffix(" min")?.parse().ok()?;
    minutes.checked_mul(60_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::tests::kit,
        model::{TaskBrief, task::TaskContainer},
    };

    const NOW: Stamp = kit::NOW;

    fn rollout(history: Vec<HistoricDeployment>) -> ServiceDetail {
        ServiceDetail { history, ..kit::detail(&kit::row("prod", "prod-service")) }
    }

    fn under_way(running: u32, wanted: u32, passed: i64) -> HistoricDeployment {
        let mut newest = kit::historic(&kit::key("prod", "prod-service"), DeploymentStatus::InProgress);
        newest.started_at = Some(NOW.plus(-passed));
        newest.target_counts = Some((wanted, running, 0));
        newest
    }

    fn past(took: i64) -> HistoricDeployment {
        let mut past = kit::historic(&kit::key("prod", "prod-service"), DeploymentStatus::Successful);
        past.started_at = Some(NOW.plus(-86_400_000));
        past.finished_at = Some(NOW.plus(took - 86_400_000));
        past
    }

    #[test]
    fn what_is_left_follows_from_the_pace_and_from_the_past() {
        for (newest, before, wanted) in [
            (under_way(2, 4, 60_000), vec![], Some(60_000)),
            (under_way(0, 4, 60_000), vec![], None),
            (under_way(0, 4, 60_000), vec![200_000, 180_000, 900_000], Some(140_000)),
            // slower than usual, and all tasks there: the bake is left
            (under_way(1, 4, 60_000), vec![100_000], Some(180_000)),
            (under_way(4, 4, 60_000), vec![200_000], Some(140_000)),
            // longer than ever: nothing is known
            (under_way(4, 4, 600_000), vec![200_000], None),
        ] {
            let history: Vec<_> = std::iter::once(newest).chain(before.into_iter().map(past)).collect();
            assert_eq!(left(&rollout(history), NOW), wanted);
        }
        let mut failing = under_way(2, 4, 60_000);
        failing.breaker = Some(("MONITORING".into(), 1, 3));
        assert_eq!(left(&rollout(vec![failing]), NOW), None);
        // a person's stop and Spot's are no failures of the revision, whatever ECS counts
        for (code, expected) in [("SpotInterruption", Some(60_000)), ("EssentialContainerExited", None)] {
            let mut detail = rollout(vec![under_way(2, 4, 60_000)]);
            let new = &mut detail.deployments[0];
            new.failed = 1;
            let died = TaskBrief {
                started_by: new.id.clone(),
                task_definition: new.task_definition.clone(),
                last_status: "STOPPED".into(),
                stop_code: code.into(),
                stopped_at: Some(NOW.plus(-1_000)),
                containers: vec![TaskContainer { exit_code: Some(1), ..TaskContainer::default() }],
                ..TaskBrief::default()
            };
            detail.tasks = vec![died];
            assert_eq!(left(&detail, NOW), expected, "{code}");
            detail.tasks.clear();
            assert_eq!(left(&detail, NOW), None, "no task that stopped is known");
        }
        let mut back = under_way(2, 4, 60_000);
        back.status = DeploymentStatus::RollbackInProgress;
        assert_eq!(left(&rollout(vec![back]), NOW), None);
        assert_eq!(left(&rollout(vec![past(1)]), NOW), None);
    }

    #[test]
    fn words_do_not_pretend() {
        for (left, told) in [
            (5_000, "a few seconds left"),
            (70_000, "about a minute left"),
            (170_000, "about 3m left"),
            (9_000_000, "about 3h left"),
        ] {
            assert_eq!(words(left), told);
        }
    }
}
