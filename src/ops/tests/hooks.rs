//! Rollouts that wait for a decision.

use super::flights::{deployed, ours, told};
use super::harness::{Flight, plan};
use super::world::*;
use crate::model::{Answer, DeploymentStatus, Hook, Kind, RunKind, TroubleKind, Verdict, Write, Written};
use crate::ops::Wish;

fn pause(expires_in_ms: Option<i64>) -> Hook {
    Hook {
        id: "pause-1".into(),
        kind: "PAUSE".into(),
        status: "AWAITING_ACTION".into(),
        expires_at: expires_in_ms.map(|ms| NOW.plus(ms)),
        timeout_action: "CONTINUE".into(),
        ..Hook::default()
    }
}

/// A canary rollout that waits.
fn waiting() -> World {
    let mut world = World::new(Kind::Ecs);
    world.roll();
    let found = &mut world.detail.history[0];
    found.strategy = "CANARY".into();
    found.stage = "POST_TEST_TRAFFIC_SHIFT".into();
    found.hooks = vec![pause(Some(720_000))];
    world
}

#[test]
fn a_watch_tells_the_hook_and_is_patient_until_it_expires() {
    let mut flight = deployed(&World::new(Kind::Ecs));
    let mut found = ours(DeploymentStatus::InProgress, 2);
    found.stage = "PRE_SCALE_UP".into();
    found.hooks = vec![pause(Some(5 * 3_600_000))];
    flight.answer(told(&found));
    assert_eq!(
        flight.says(),
        "2 of 2 new, pre scale up, waiting for approval at hook pause-1, AWS continues by itself in 5h"
    );
    flight.later(4 * 3_600_000).answer(told(&found)).later(60_000).answer(told(&found));
    assert!(flight.verdict().is_none(), "somebody is asked");
    flight.later(2 * 3_600_000).answer(told(&found));
    flight.ends(Verdict::Stuck, "waiting for approval");
}

#[test]
fn a_hook_that_calls_a_function_is_told_by_its_name() {
    let mut flight = deployed(&World::new(Kind::Ecs));
    let mut found = ours(DeploymentStatus::InProgress, 2);
    let target = "arn:aws:lambda:us-west-2:1:function:smoke-test".to_owned();
    found.hooks = vec![Hook { target, kind: "AWS_LAMBDA".into(), ..pause(None) }];
    flight.answer(told(&found));
    assert!(flight.says().ends_with("waiting for approval at hook smoke-test"), "{}", flight.says());
}

#[test]
fn a_decision_is_planned_and_flown() {
    for (rollback, action, kind, ends) in [
        (false, "CONTINUE", RunKind::Continue, DeploymentStatus::Successful),
        (true, "ROLLBACK", RunKind::Rollback, DeploymentStatus::RollbackSuccessful),
    ] {
        let world = waiting();
        let draft = plan(&world, Wish::Continue { rollback }).unwrap();
        assert_eq!(draft.plan.kind, kind);
        assert_eq!(draft.plan.writes, ["ecs:ContinueServiceDeployment"]);
        let line = |label: &str| draft.plan.lines.iter().find(|l| l.label == label).unwrap().value.clone();
        assert_eq!(line("otherwise"), "AWS continues by itself in 12m");
        assert_eq!(line("stage"), "post test traffic shift");
        let mut flight = Flight::new(draft);
        assert_eq!(
            flight.writing(),
            &Write::ContinueDeployment { arn: deployment_arn("d42"), hook: "pause-1".into(), rollback },
            "{action}"
        );
        flight.written(Ok(Written::Done));
        let mut found = world.detail.history[0].clone();
        found.status = ends;
        found.hooks[0].status = "SUCCEEDED".into();
        flight.answer(told(&found));
        if rollback {
            let mut detail = world.detail.clone();
            detail.history[0] = found;
            flight.answer(Answer::Detail(Box::new(detail)));
        }
        flight.ends(
            Verdict::Succeeded,
            if rollback { "the earlier revision is back" } else { "prod-service:42 is deployed" },
        );
    }
}

#[test]
fn rolling_back_a_rollout_that_waits_decides_its_hook() {
    let draft = plan(&waiting(), Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.plan.title, "Reject the rollout of prod-service:42 on prod-service");
    assert_eq!(draft.plan.to, "prod-service:41");
    assert_eq!(draft.plan.writes, ["ecs:ContinueServiceDeployment"]);
}

#[test]
fn without_a_hook_that_waits_there_is_nothing_to_decide() {
    for bend in [
        |world: &mut World| world.detail.history[0].hooks[0].status = "SUCCEEDED".into(),
        |world: &mut World| world.detail.history[0].status = DeploymentStatus::Successful,
        |world: &mut World| world.detail.history.clear(),
    ] {
        let mut world = waiting();
        bend(&mut world);
        let refusal = plan(&world, Wish::Continue { rollback: false }).unwrap_err();
        assert!(refusal.why.contains("is waiting for approval"), "{refusal}");
    }
}

#[test]
fn a_decision_without_an_answer_is_read() {
    let world = waiting();
    let mut flight = Flight::of(&world, Wish::Continue { rollback: false });
    flight.written(Err(trouble(TroubleKind::TimedOut)));
    let still = Answer::Detail(Box::new(world.detail.clone()));
    flight.answer(still.clone()).answer(still.clone()).answer(still);
    assert!(matches!(flight.writing(), Write::ContinueDeployment { .. }), "it had no effect: once more");
    flight.written(Err(trouble(TroubleKind::TimedOut)));
    let mut detail = world.detail.clone();
    detail.history[0].hooks[0].status = "SUCCEEDED".into();
    flight.answer(Answer::Detail(Box::new(detail)));
    assert!(matches!(flight.asking(), crate::model::Ask::Deployment { .. }));
    assert_eq!(flight.sent.len(), 2);
}
