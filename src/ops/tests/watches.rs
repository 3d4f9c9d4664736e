//! Verdicts of rollouts, trouble while watching, and standstill.

use super::flights::{deploy, deployed, ours, registered, told};
use super::harness::Flight;
use super::world::*;
use crate::model::{
    Answer, Ask, DeploymentStatus, Kind, ServiceDetail, Stamp, TroubleKind, Verdict, Written,
};
use crate::ops::Wish;

fn detail(detail: &ServiceDetail) -> Answer {
    Answer::Detail(Box::new(detail.clone()))
}

#[test]
fn every_end_of_a_service_deployment_has_its_verdict() {
    type Change = fn(&mut crate::model::HistoricDeployment);
    let table: [(DeploymentStatus, Change, Verdict, &str); 9] = [
        (DeploymentStatus::Successful, |_| {}, Verdict::Succeeded, "deployed and steady"),
        (
            DeploymentStatus::RollbackSuccessful,
            |d| d.breaker = Some(("TRIGGERED".into(), 3, 3)),
            Verdict::RolledBack,
            "exit 1; breaker tripped after 3 failed tasks; prod-service:41 is back",
        ),
        (
            DeploymentStatus::RollbackSuccessful,
            |d| d.alarms = Some((vec!["a".into()], vec!["prod-5xx".into()])),
            Verdict::RolledBack,
            "alarm prod-5xx fired",
        ),
        (
            DeploymentStatus::RollbackSuccessful,
            |d| d.rollback = Some(("Rollback initiated by user.".into(), Some(Stamp(1)))),
            Verdict::RolledBack,
            "Rollback initiated by user",
        ),
        (DeploymentStatus::RollbackSuccessful, |_| {}, Verdict::RolledBack, "gives no reason"),
        (
            // AWS goes back to the last revision that was completed, which it names
            DeploymentStatus::RollbackSuccessful,
            |d| d.back_to = Some(definition_arn(40)),
            Verdict::RolledBack,
            "; prod-service:40 is back",
        ),
        (
            DeploymentStatus::RollbackFailed,
            |d| d.reason = "no capacity".into(),
            Verdict::Failed,
            "no capacity",
        ),
        (DeploymentStatus::Stopped, |d| d.reason = "by ana".into(), Verdict::Failed, "by ana"),
        (DeploymentStatus::Stopped, |_| {}, Verdict::Failed, "no reason given"),
    ];
    for (status, change, verdict, why) in table {
        let world = World::new(Kind::Ecs);
        let mut flight = deployed(&world);
        let mut found = ours(status, 0);
        change(&mut found);
        flight.answer(told(&found));
        if verdict != Verdict::Succeeded {
            assert!(matches!(flight.asking(), Ask::Detail(_)), "the reason is looked up");
            let mut whole = world.detail.clone();
            let mut failed = task("STOPPED", Some(1), "EssentialContainerExited", "");
            failed.task_definition = definition_arn(42);
            whole.tasks = vec![failed];
            whole.history.insert(0, found.clone());
            flight.answer(detail(&whole));
            if status == DeploymentStatus::Stopped {
                assert!(flight.verdict().is_none(), "whoever took over may not be listed yet");
                flight.later(20_000).answer(told(&found));
                flight.answer(detail(&whole));
            }
        }
        flight.ends(verdict, why);
    }
}

#[test]
fn traffic_that_is_shared_out_is_told() {
    let mut flight = deployed(&World::new(Kind::Ecs));
    let mut found = ours(DeploymentStatus::InProgress, 1);
    for (share, expected) in [(Some(5), true), (Some(0), false), (Some(100), false), (None, false)] {
        found.traffic = share;
        flight.answer(told(&found)).later(20_000);
        assert_eq!(flight.says().contains("5 % of the traffic"), expected, "{}", flight.says());
    }
}

#[test]
fn a_newer_deployment_supersedes() {
    let world = World::new(Kind::Ecs);
    let mut flight = deployed(&world);
    let stopped = ours(DeploymentStatus::Stopped, 1);
    flight.answer(told(&stopped));
    let mut whole = world.detail.clone();
    whole.history.insert(0, stopped.clone());
    flight.answer(detail(&whole));
    // lists are later than descriptions
    assert!(flight.verdict().is_none());
    flight.later(5_000).answer(told(&stopped));
    whole.history.insert(0, historic("d43", 43, "0aa1111", DeploymentStatus::InProgress));
    flight.answer(detail(&whole));
    flight.ends(Verdict::Superseded, "prod-service:43");
}

#[test]
fn failures_are_explained_while_it_goes_on() {
    let world = World::new(Kind::Ecs);
    let mut flight = deployed(&world);
    let mut found = ours(DeploymentStatus::InProgress, 0);
    found.breaker = Some(("MONITORING".into(), 1, 3));
    flight.answer(told(&found));
    assert!(matches!(flight.asking(), Ask::Detail(_)));
    let mut whole = world.detail.clone();
    let mut failed = task("STOPPED", None, "TaskFailedToStart", "CannotPullContainerError: not found");
    failed.task_definition = definition_arn(42);
    whole.tasks = vec![failed];
    whole.history.insert(0, found.clone());
    flight.answer(detail(&whole));
    assert_eq!(
        flight.says(),
        "0 of 2 new, 2 on the way, 2 old left, breaker 1/3, 1 failed: CannotPullContainerError: not found"
    );
    assert!(matches!(flight.asking(), Ask::Deployment { .. }));
    flight.answer(told(&found));
    assert!(matches!(flight.asking(), Ask::Deployment { .. }), "looked up once");
}

/// Answers one poll, whichever way it asks, with so many new tasks running.
fn poll(flight: &mut Flight, world: &World, running: u32) {
    let found = ours(DeploymentStatus::InProgress, running);
    if matches!(flight.asking(), Ask::Deployment { .. }) {
        flight.answer(told(&found));
    } else {
        let mut whole = world.detail.clone();
        whole.history.insert(0, found);
        flight.answer(detail(&whole));
    }
}

#[test]
fn a_history_that_cannot_be_read_once_changes_nothing() {
    let mut world = World::new(Kind::Ecs);
    let mut flight = deployed(&world);
    flight.answer(told(&ours(DeploymentStatus::Stopped, 1)));
    world.detail.history.clear();
    world.detail.history_known = false;
    world.detail.service.task_definition = definition_arn(43);
    world.detail.deployments = vec![deployment("ecs-svc/43", "PRIMARY", 43, "COMPLETED")];
    flight.answer(detail(&world.detail));
    assert!(flight.verdict().is_none(), "whoever took over may not be listed yet");
    flight.later(20_000).answer(told(&ours(DeploymentStatus::Stopped, 1)));
    flight.answer(detail(&world.detail));
    flight.ends(Verdict::Failed, "stopped before it was complete");

    let mut flight = deployed(&World::new(Kind::Ecs));
    for _ in 0..8 {
        poll(&mut flight, &world, 1);
    }
    assert!(flight.verdict().is_none());
}

#[test]
fn a_standstill_is_stuck_and_flapping_tasks_are_one() {
    let world = World::new(Kind::Ecs);
    let mut flight = deployed(&world);
    flight.answer(told(&ours(DeploymentStatus::InProgress, 1)));
    for minute in 0..14 {
        // a task starts and dies, again and again
        flight.later(57_000);
        poll(&mut flight, &world, minute % 2);
        assert!(flight.verdict().is_none(), "{minute}");
    }
    flight.later(120_000).answer(told(&ours(DeploymentStatus::InProgress, 1)));
    flight.ends(Verdict::Stuck, "no progress for");
    let (_, why) = flight.verdict().unwrap();
    assert!(why.contains("1 of 2 new") && why.contains("AWS may continue"), "{why}");
}

#[test]
fn progress_and_bake_times_are_given_their_time() {
    let world = World::new(Kind::Ecs);
    let mut flight = deployed(&world);
    for running in 0..=2 {
        flight.later(14 * 60_000).answer(told(&ours(DeploymentStatus::InProgress, running)));
        assert!(flight.verdict().is_none());
    }
    let mut baking = ours(DeploymentStatus::InProgress, 2);
    baking.stage = "BAKE_TIME".into();
    flight.answer(told(&baking));
    flight.later(23 * 3_600_000).answer(told(&baking));
    assert!(flight.verdict().is_none(), "a bake time is AWS waiting on purpose, up to a day");
    flight.later(3 * 3_600_000).answer(told(&baking));
    flight.ends(Verdict::Stuck, "bake time");
}

#[test]
fn passing_trouble_is_told_and_waited_out() {
    let world = World::new(Kind::Ecs);
    let mut flight = deployed(&world);
    flight.fail(trouble(TroubleKind::Throttled));
    assert!(flight.says().starts_with("throttled, trying again"), "{}", flight.says());
    let first = flight.timers[0].1;
    flight.fail(trouble(TroubleKind::Server));
    assert!(flight.timers[0].1 > first, "slower by and by");
    flight.answer(told(&ours(DeploymentStatus::InProgress, 1)));
    assert!(flight.says().starts_with("1 of 2"));
}

#[test]
fn two_minutes_of_trouble_lose_contact() {
    let world = World::new(Kind::Ecs);
    let mut flight = deployed(&world);
    let mut failures = 0;
    while flight.verdict().is_none() {
        flight.fail(trouble(TroubleKind::Unreachable));
        failures += 1;
    }
    flight.ends(Verdict::Lost, "contact lost: could not describe service");
    assert!((4..20).contains(&failures), "{failures}");
    let lost_at = flight.now.since(NOW);
    assert!((120_000..200_000).contains(&lost_at), "{lost_at}");
    flight.resume();
    flight.answer(told(&ours(DeploymentStatus::Successful, 2)));
    flight.ends(Verdict::Succeeded, "");
}

#[test]
fn gone_credentials_lose_contact_at_once() {
    for kind in [TroubleKind::Expired, TroubleKind::NoCredentials, TroubleKind::WrongAccount] {
        let mut flight = deployed(&World::new(Kind::Ecs));
        flight.fail(trouble(kind));
        flight.ends(Verdict::Lost, "contact lost");
    }
}

#[test]
fn a_caller_who_may_not_read_service_deployments_watches_the_service() {
    let mut flight = deployed(&World::new(Kind::Ecs));
    flight.fail(trouble(TroubleKind::Denied));
    assert!(matches!(flight.asking(), Ask::Detail(_)));
    flight.fail(trouble(TroubleKind::Denied));
    flight.ends(Verdict::Lost, "contact lost");
}

#[test]
fn deployments_from_before_the_plan_are_not_taken_for_ours() {
    let mut world = World::new(Kind::Ecs);
    for n in 0..60 {
        world.detail.history.push(historic(&format!("old{n}"), 40, "0aa1111", DeploymentStatus::Successful));
    }
    let mut flight = Flight::of(&world, Wish::RollBack { to: None });
    flight.answer(detail(&world.detail));
    flight.written(Ok(Written::Service {
        deployment: None,
        service_deployment: None,
        task_definition: definition_arn(40),
    }));
    world.detail.service.task_definition = definition_arn(40);
    flight.answer(detail(&world.detail));
    assert!(flight.verdict().is_none(), "{:?}", flight.verdict());
    world.detail.history.insert(0, historic("new", 40, "0aa1111", DeploymentStatus::Successful));
    flight.answer(detail(&world.detail));
    flight.ends(Verdict::Succeeded, "prod-service:40");
}

#[test]
fn time_spent_lost_is_no_standstill() {
    let mut flight = deployed(&World::new(Kind::Ecs));
    flight.fail(trouble(TroubleKind::Expired));
    flight.later(3_600_000).resume();
    flight.answer(told(&ours(DeploymentStatus::InProgress, 0)));
    assert!(flight.verdict().is_none());
}

#[test]
fn resume_shortens_a_wait() {
    let mut flight = deployed(&World::new(Kind::Ecs));
    let (id, _) = flight.asks.remove(0);
    flight.step(crate::ops::Event::Answer(id, Err(trouble(TroubleKind::Unreachable))));
    assert!(flight.asks.is_empty());
    flight.resume();
    assert_eq!(flight.asks.len(), 1);
    let answers = flight.asks.len();
    let (timer, _) = flight.timers.remove(0);
    flight.step(crate::ops::Event::Timer(timer));
    assert_eq!(flight.asks.len(), answers, "the timer is stale");
}

#[test]
fn an_answer_to_another_question_is_trouble() {
    let mut flight = deployed(&World::new(Kind::Ecs));
    flight.answer(Answer::Rows(vec![]));
    assert!(flight.says().starts_with("unreadable"), "{}", flight.says());
}

/// A deploy where the endpoint has no service deployments.
fn plain() -> (World, Flight) {
    plain_from(|_| {})
}

fn plain_from(change: impl FnOnce(&mut World)) -> (World, Flight) {
    let mut world = World::new(Kind::Ecs);
    world.detail.history.clear();
    world.detail.history_known = false;
    change(&mut world);
    let mut flight = Flight::of(&world, deploy());
    flight.answer(detail(&world.detail));
    flight.written(Ok(registered())).written(Ok(Written::Service {
        deployment: Some("ecs-svc/42".into()),
        service_deployment: None,
        task_definition: definition_arn(42),
    }));
    world.detail.service.task_definition = definition_arn(42);
    let mut ours = deployment("ecs-svc/42", "PRIMARY", 42, "IN_PROGRESS");
    (ours.running, ours.pending) = (1, 1);
    world.detail.deployments = vec![ours, deployment("ecs-svc/41", "ACTIVE", 41, "COMPLETED")];
    (world, flight)
}

#[test]
fn plain_deployments_succeed_when_ours_alone_is_complete() {
    let (mut world, mut flight) = plain();
    flight.answer(detail(&world.detail));
    assert_eq!(flight.says(), "1 of 2 new, 1 on the way, 2 old left");
    world.detail.deployments[0].rollout_state = "COMPLETED".into();
    flight.answer(detail(&world.detail));
    assert!(flight.verdict().is_none(), "the old one still drains");
    world.detail.deployments.truncate(1);
    flight.answer(detail(&world.detail));
    flight.ends(Verdict::Succeeded, "prod-service:42");
}

#[test]
fn plain_deployments_rolled_back_by_the_breaker() {
    let (mut world, mut flight) = plain();
    world.detail.deployments[0].rollout_state = "FAILED".into();
    world.detail.deployments[0].reason = "tasks failed to start.".into();
    flight.answer(detail(&world.detail));
    assert!(flight.verdict().is_none(), "the breaker is going to roll back");
    world.detail.deployments[0].status = "ACTIVE".into();
    world.detail.service.task_definition = definition_arn(41);
    let mut back = deployment("ecs-svc/back", "PRIMARY", 41, "IN_PROGRESS");
    back.running = 1;
    world.detail.deployments[1] = back;
    flight.answer(detail(&world.detail));
    assert_eq!(flight.says(), "rolling back: 1 of 2 of prod-service:41");
    world.detail.deployments[1].rollout_state = "COMPLETED".into();
    world.detail.deployments.remove(0);
    flight.answer(detail(&world.detail));
    flight.ends(Verdict::RolledBack, "tasks failed to start; prod-service:41 is back");
}

#[test]
fn going_back_beyond_a_revision_that_was_never_completed_is_no_other_deployment() {
    let (mut world, mut flight) = plain_from(|world| {
        world.detail.deployments[0].rollout_state = "IN_PROGRESS".into();
        world.detail.service.running = Some(1);
        let mut completed = deployment("ecs-svc/40", "ACTIVE", 40, "COMPLETED");
        (completed.running, completed.desired) = (0, 0);
        world.detail.deployments.push(completed);
    });
    world.detail.deployments[0].rollout_state = "FAILED".into();
    world.detail.deployments[0].reason = "tasks failed to start.".into();
    world.detail.deployments[0].status = "ACTIVE".into();
    world.detail.service.task_definition = definition_arn(40);
    world.detail.deployments[1] = deployment("ecs-svc/back", "PRIMARY", 40, "COMPLETED");
    world.detail.deployments[1].reason = "rolling back to deploymentId 40".into();
    flight.answer(detail(&world.detail));
    flight.ends(Verdict::RolledBack, "prod-service:40 is back");
}

#[test]
fn plain_deployments_that_fail_without_rollback_have_failed() {
    let (mut world, mut flight) = plain();
    world.detail.breaker = Some((true, false));
    world.detail.deployments[0].rollout_state = "FAILED".into();
    flight.answer(detail(&world.detail));
    flight.ends(Verdict::Failed, "the rollout failed");
}

#[test]
fn plain_deployments_are_superseded() {
    let (mut world, mut flight) = plain();
    flight.answer(detail(&world.detail));
    world.detail.service.task_definition = definition_arn(43);
    world.detail.deployments = vec![
        deployment("ecs-svc/43", "PRIMARY", 43, "IN_PROGRESS"),
        deployment("ecs-svc/42", "ACTIVE", 42, "IN_PROGRESS"),
    ];
    flight.answer(detail(&world.detail));
    flight.ends(Verdict::Superseded, "took over: prod-service:43");
}

#[test]
fn an_endpoint_whose_deployments_never_advance_is_stuck() {
    // set to our revision, while deployments[] keep telling of the one before
    let (mut world, mut flight) = plain();
    world.detail.deployments = vec![deployment("ecs-svc/41", "PRIMARY", 41, "IN_PROGRESS")];
    flight.answer(detail(&world.detail));
    assert!(flight.says().contains("waiting for AWS to start"));
    flight.later(16 * 60_000).answer(detail(&world.detail));
    assert!(flight.verdict().is_none(), "one look after a long pause is not enough");
    flight.answer(detail(&world.detail));
    flight.ends(Verdict::Stuck, "waiting for AWS to start");
}

#[test]
fn service_deployments_that_the_endpoint_lacks_are_done_without() {
    let mut world = World::new(Kind::Ecs);
    let mut flight = deployed(&world);
    flight.fail(trouble(TroubleKind::Unsupported));
    assert!(matches!(flight.asking(), Ask::Detail(_)));
    world.detail.history.clear();
    world.detail.history_known = false;
    world.detail.service.task_definition = definition_arn(42);
    world.detail.deployments = vec![deployment("ecs-svc/42", "PRIMARY", 42, "COMPLETED")];
    flight.answer(detail(&world.detail));
    flight.ends(Verdict::Succeeded, "");
}

#[test]
fn polls_slow_down_while_nothing_moves() {
    let world = World::new(Kind::Ecs);
    let mut flight = deployed(&world);
    let mut pauses = Vec::new();
    for _ in 0..60 {
        poll(&mut flight, &world, 1);
        pauses.push(flight.timers.last().unwrap().1);
    }
    assert_eq!(pauses[0], 2_500);
    assert!(pauses.is_sorted());
    assert!((8_000..=10_000).contains(pauses.last().unwrap()), "{pauses:?}");
}

#[test]
fn awss_own_waits_are_no_standstill() {
    let mut world = World::new(Kind::Ecs);
    world.detail.grace_s = Some(1_800);
    world.detail.config.push(("service".into(), "target group".into(), "prod → service:80".into()));
    let mut flight = deployed(&world);
    flight.answer(told(&ours(DeploymentStatus::InProgress, 0)));
    assert!(flight.says().contains("health checks count after 30m"), "{}", flight.says());
    for _ in 0..3 {
        flight.later(12 * 60_000).answer(told(&ours(DeploymentStatus::InProgress, 0)));
        assert!(flight.verdict().is_none(), "{:?}", flight.verdict());
    }
    // all new ones are there, and an old one has an hour for what it has to finish
    let mut draining = ours(DeploymentStatus::InProgress, 2);
    draining.source_running = Some(1);
    for _ in 0..5 {
        flight.later(12 * 60_000).answer(told(&draining));
        flight.answer(told(&draining));
        assert!(flight.verdict().is_none(), "{:?}", flight.verdict());
    }
    assert!(flight.says().contains("old tasks drain"), "{}", flight.says());
    flight.later(40 * 60_000).answer(told(&draining));
    if flight.verdict().is_none() {
        flight.later(60_000).answer(told(&draining));
    }
    flight.ends(Verdict::Stuck, "no progress for");
}

#[test]
fn a_revision_of_which_nothing_runs_is_in_place_and_unverified() {
    // tasks wanted when it was planned, and when the rollout had ended; new ones that run then
    for (planned, wanted, running, verdict, why) in [
        (0, 0, 0, Verdict::Unverified, "prod-service:42 is deployed and steady; the desired count is 0"),
        (2, 0, 0, Verdict::Unverified, "the desired count is 0, so none of it runs"),
        (0, 2, 2, Verdict::Succeeded, "deployed and steady"),
        (2, 2, 2, Verdict::Succeeded, "deployed and steady"),
    ] {
        let mut world = World::new(Kind::Ecs);
        world.detail.service.desired = Some(planned);
        for counts_are_told in [true, false] {
            let mut flight = deployed(&world);
            let mut found = ours(DeploymentStatus::Successful, running);
            found.target_counts = counts_are_told.then_some((wanted, running, 0));
            flight.answer(told(&found));
            if counts_are_told {
                flight.ends(verdict, why);
            } else {
                let planned = if planned == 0 { Verdict::Unverified } else { Verdict::Succeeded };
                flight.ends(planned, "deployed and steady");
            }
        }
    }
    // the same from deployments[], where there is nothing else
    let (mut world, mut flight) = plain();
    let mut own = deployment("ecs-svc/42", "PRIMARY", 42, "COMPLETED");
    (own.desired, own.running) = (0, 0);
    world.detail.deployments = vec![own];
    flight.answer(detail(&world.detail));
    flight.ends(Verdict::Unverified, "the desired count is 0");
}

#[test]
fn scaling_to_nothing_is_no_deploy() {
    let world = World::new(Kind::Ecs);
    let mut flight = Flight::of(&world, Wish::Scale(0));
    flight.written(Ok(Written::Service {
        deployment: Some("ecs-svc/41".into()),
        service_deployment: None,
        task_definition: definition_arn(41),
    }));
    let mut row = world.detail.service.clone();
    (row.desired, row.running, row.pending) = (Some(0), Some(0), 0);
    flight.answer(Answer::Rows(vec![row]));
    flight.ends(Verdict::Succeeded, "0 running");
}
