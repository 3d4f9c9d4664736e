//! Deploys, redeploys, scalings and stops, from confirmation to verdict; and changes that go wrong.

use super::harness::{Flight, plan};
use super::world::*;
use crate::model::{
    Answer, Ask, DeploymentStatus, Entry, ImageChoice, Kind, StepState, TroubleKind, Verdict, Write, Written,
};
use crate::model::{Authority, Protection, armed::Confirmation};
use crate::ops::{Effect, Run, Wish};

pub(super) fn deploy() -> Wish {
    Wish::Deploy(ImageChoice::Tag("8be02d4".into()))
}

pub(super) fn registered() -> Written {
    Written::TaskDefinition { arn: definition_arn(42) }
}

pub(super) fn updated() -> Written {
    Written::Service {
        deployment: Some("ecs-svc/42".into()),
        service_deployment: Some(deployment_arn("d42")),
        task_definition: definition_arn(42),
    }
}

pub(super) fn ours(status: DeploymentStatus, running: u32) -> crate::model::HistoricDeployment {
    let mut found = historic("d42", 42, "8be02d4", status);
    found.target_counts = Some((2, running, 2 - running));
    found.source_running = Some(2 - running);
    found
}

pub(super) fn told(found: &crate::model::HistoricDeployment) -> Answer {
    Answer::Deployment(Some(Box::new(found.clone())))
}

/// A deploy that is past its changes.
pub(super) fn deployed(world: &World) -> Flight {
    let mut flight = Flight::of(world, deploy());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.written(Ok(registered())).written(Ok(updated()));
    flight
}

#[test]
fn a_deploy_registers_updates_and_watches() {
    let world = World::new(Kind::Ecs);
    let mut flight = Flight::of(&world, deploy());
    assert!(matches!(flight.asking(), Ask::Detail(_)));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    assert!(
        matches!(flight.writing(), Write::RegisterTaskDefinition { family, .. } if family == "prod-service")
    );
    flight.written(Ok(registered()));
    assert_eq!(
        flight.writing(),
        &Write::UpdateService {
            cluster: "prod".into(),
            service: "prod-service".into(),
            task_definition: Some(definition_arn(42)),
            desired: None,
            force: false
        }
    );
    flight.written(Ok(updated()));
    assert_eq!(flight.asking(), Ask::Deployment { arn: deployment_arn("d42") });
    let mut found = ours(DeploymentStatus::InProgress, 1);
    found.stage = "SCALE_UP".into();
    flight.answer(told(&found));
    assert_eq!(flight.says(), "1 of 2 new, 1 on the way, 1 old left, scale up");
    assert!(!flight.run.is_over());
    flight.answer(told(&ours(DeploymentStatus::Successful, 2)));
    flight.ends(Verdict::Succeeded, "prod-service:42 is deployed and steady");
    assert!(flight.run.view().steps.iter().all(|s| s.state == StepState::Done));
    assert_eq!(flight.sent.len(), 2);
    let text = serde_json::to_string(&flight.journal).unwrap();
    assert!(!text.contains("hunter2"), "the journal holds no secrets");
}

#[test]
fn a_confirmation_of_another_plan_flies_nothing() {
    let world = World::new(Kind::Ecs);
    let draft = plan(&world, deploy()).unwrap();
    let mut other = draft.plan.clone();
    other.run = "run-2".into();
    let authority = Authority::grant(&other, Protection::Confirm, &Confirmation::Key).unwrap();
    let (run, effects) = Run::start(draft, authority, NOW);
    assert!(run.is_over());
    assert_eq!(run.view().end.as_ref().unwrap().0, Verdict::Refused);
    assert!(effects.iter().all(|e| matches!(e, Effect::Journal(_))));
}

#[test]
fn a_deployment_that_aws_does_not_name_is_found() {
    let world = World::new(Kind::Ecs);
    let mut flight = Flight::of(&world, deploy());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.written(Ok(registered()));
    // right after the change AWS names the one before
    flight.written(Ok(Written::Service {
        deployment: Some("ecs-svc/41".into()),
        service_deployment: Some(deployment_arn("d41")),
        task_definition: definition_arn(42),
    }));
    assert!(matches!(flight.asking(), Ask::Detail(_)));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    assert!(flight.says().contains("waiting for AWS to start"));
    let mut later = world.detail.clone();
    later.history.insert(0, ours(DeploymentStatus::InProgress, 0));
    flight.answer(Answer::Detail(Box::new(later)));
    assert_eq!(flight.asking(), Ask::Deployment { arn: deployment_arn("d42") });
    assert!(matches!(flight.journal.iter().rev().nth(1), Some(Entry::Memo { .. })), "remembered");
}

#[test]
fn nothing_is_changed_when_something_changed_since_the_plan() {
    type Change = fn(&mut World);
    let table: [(Kind, Change, &str); 4] = [
        (Kind::Ecs, World::roll, "another change started (prod-service:42 in progress)"),
        (Kind::Ecs, |w| w.detail.service.task_definition = definition_arn(43), "was set to prod-service:43"),
        (Kind::Ecs, |w| w.detail.service.state = crate::model::ServiceState::Inactive, "deleted"),
        (Kind::AppRunner, |w| w.set_image(&format!("{REPOSITORY}:0aa1111"), None), "was set to 0aa1111"),
    ];
    for (kind, change, why) in table {
        let mut world = World::new(kind);
        let mut flight = Flight::of(&world, deploy());
        change(&mut world);
        flight.answer(Answer::Detail(Box::new(world.detail.clone())));
        flight.ends(Verdict::Refused, why);
        assert!(flight.sent.is_empty());
        assert_eq!(flight.run.view().steps[1].state, StepState::Skipped);
    }
}

#[test]
fn a_change_that_aws_refuses_is_refused() {
    let world = World::new(Kind::Ecs);
    for kind in [TroubleKind::Refused, TroubleKind::Denied, TroubleKind::NotFound, TroubleKind::WrongAccount]
    {
        let mut flight = Flight::of(&world, deploy());
        flight.answer(Answer::Detail(Box::new(world.detail.clone())));
        flight.written(Ok(registered())).written(Err(trouble(kind)));
        flight.ends(Verdict::Refused, "it went wrong");
        assert_eq!(flight.sent.len(), 2, "not tried again");
    }
}

#[test]
fn an_update_without_an_answer_is_looked_for_before_it_is_repeated() {
    let world = World::new(Kind::Ecs);
    let begin = || {
        let mut flight = Flight::of(&world, deploy());
        flight.answer(Answer::Detail(Box::new(world.detail.clone())));
        flight.written(Ok(registered())).written(Err(trouble(TroubleKind::TimedOut)));
        flight
    };
    // it took effect
    let mut flight = begin();
    let mut after = world.detail.clone();
    after.service.task_definition = definition_arn(42);
    after.history.insert(0, ours(DeploymentStatus::InProgress, 0));
    assert!(matches!(flight.asking(), Ask::Detail(_)));
    flight.answer(Answer::Detail(Box::new(after.clone())));
    assert!(matches!(flight.asking(), Ask::Detail(_)));
    flight.answer(Answer::Detail(Box::new(after)));
    flight.answer(told(&ours(DeploymentStatus::Successful, 2)));
    flight.ends(Verdict::Succeeded, "");
    assert_eq!(flight.sent.len(), 2);

    // it did not: once more, and no third time
    let mut flight = begin();
    for _ in 0..3 {
        flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    }
    // and nobody else changed it meanwhile
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    assert!(matches!(flight.writing(), Write::UpdateService { .. }));
    flight.written(Err(trouble(TroubleKind::Server)));
    for _ in 0..3 {
        flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    }
    flight.ends(Verdict::Failed, "had no effect");
    assert_eq!(flight.sent.len(), 3);
}

#[test]
fn a_registration_without_an_answer_is_repeated() {
    let world = World::new(Kind::Ecs);
    let mut flight = Flight::of(&world, deploy());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.written(Err(trouble(TroubleKind::Throttled)));
    assert!(flight.says().contains("throttled"));
    flight.settle();
    flight.written(Ok(registered()));
    assert!(matches!(flight.writing(), Write::UpdateService { .. }));
}

#[test]
fn credentials_that_expire_before_a_change_lose_the_run_and_it_goes_on() {
    let world = World::new(Kind::Ecs);
    let mut flight = Flight::of(&world, deploy());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.written(Ok(registered())).written(Err(trouble(TroubleKind::Expired)));
    flight.ends(Verdict::Lost, "contact lost");
    flight.resume();
    assert!(flight.verdict().is_none(), "open again");
    // it had no effect, and nobody changed the service meanwhile
    for _ in 0..4 {
        flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    }
    flight.written(Ok(updated()));
    flight.answer(told(&ours(DeploymentStatus::Successful, 2)));
    flight.ends(Verdict::Succeeded, "");
}

#[test]
fn stopping_the_watch_leaves_aws_alone() {
    let world = World::new(Kind::Ecs);
    let mut flight = deployed(&world);
    flight.stop();
    assert!(flight.run.is_over());
    assert!(flight.run.view().unwatched && flight.verdict().is_none());
    flight.asks.clear();
    flight.resume();
    assert!(!flight.run.view().unwatched);
    flight.answer(told(&ours(DeploymentStatus::Successful, 2)));
    flight.ends(Verdict::Succeeded, "");
}

#[test]
fn stopping_before_the_changes_ends_the_run() {
    let world = World::new(Kind::Ecs);
    let mut flight = Flight::of(&world, deploy());
    flight.stop();
    flight.asks.clear();
    flight.ends(Verdict::Refused, "before anything was changed");

    // a change on its way is taken down, the next one is not made
    let mut flight = Flight::of(&world, deploy());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.stop();
    assert!(!flight.run.is_over());
    flight.written(Ok(registered()));
    flight.ends(Verdict::Failed, "interrupted before ecs:UpdateService; the service is as it was");

    // the last change on its way: its effect is AWS's
    let mut flight = Flight::of(&world, deploy());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.written(Ok(registered()));
    flight.stop().written(Ok(updated()));
    assert!(flight.run.is_over() && flight.run.view().unwatched);
    flight.resume();
    flight.answer(told(&ours(DeploymentStatus::Successful, 2)));
    flight.ends(Verdict::Succeeded, "");

    // in doubt
    let mut flight = Flight::of(&world, deploy());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.written(Ok(registered()));
    flight.stop().written(Err(trouble(TroubleKind::TimedOut)));
    assert!(flight.run.is_over() && flight.run.view().unwatched);
}

#[test]
fn late_answers_and_timers_are_ignored() {
    let world = World::new(Kind::Ecs);
    let mut flight = deployed(&world);
    let (id, _) = flight.asks[0].clone();
    flight.answer(told(&ours(DeploymentStatus::InProgress, 1)));
    let before = flight.journal.len();
    flight.step(crate::ops::Event::Answer(id, Ok(told(&ours(DeploymentStatus::Successful, 2)))));
    flight.step(crate::ops::Event::Written(id, Ok(updated())));
    flight.step(crate::ops::Event::Timer(crate::ops::TimerId(id.0)));
    assert_eq!(flight.journal.len(), before);
    assert!(flight.verdict().is_none());
}

#[test]
fn express_updates_and_watches_its_rollout() {
    let mut world = World::new(Kind::Express);
    let mut flight = Flight::of(&world, deploy());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    assert!(matches!(flight.writing(), Write::UpdateExpress { image, .. } if image.ends_with(":8be02d4")));
    flight.written(Ok(Written::Done));
    world.detail.history.insert(0, ours(DeploymentStatus::InProgress, 1));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.answer(told(&ours(DeploymentStatus::Successful, 2)));
    flight.ends(Verdict::Succeeded, "8be02d4 is deployed");
}

#[test]
fn app_runner_updates_and_watches_its_operation() {
    let world = World::new(Kind::AppRunner);
    for (status, verdict, why) in [
        ("SUCCEEDED", Verdict::Succeeded, "8be02d4 is deployed"),
        ("ROLLBACK_SUCCEEDED", Verdict::RolledBack, "went back to 1f0c9a7"),
        ("FAILED", Verdict::Failed, "could not deploy 8be02d4"),
        ("ROLLBACK_FAILED", Verdict::Failed, "could not go back"),
    ] {
        let mut flight = Flight::of(&world, deploy());
        flight.answer(Answer::Detail(Box::new(world.detail.clone())));
        assert!(matches!(flight.writing(), Write::UpdateAppRunner { .. }));
        flight.written(Ok(Written::Operation { id: "op-1".into() }));
        assert!(matches!(flight.asking(), Ask::Operation { id, .. } if id == "op-1"));
        for state in ["PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS"] {
            flight.answer(Answer::Operation(Some(operation("op-1", "UPDATE_SERVICE", state))));
            assert!(flight.verdict().is_none(), "{state}");
        }
        flight.answer(Answer::Operation(Some(operation("op-1", "UPDATE_SERVICE", status))));
        flight.ends(verdict, why);
    }
}

#[test]
fn an_app_runner_change_without_an_answer_is_found_by_its_operation() {
    let mut world = World::new(Kind::AppRunner);
    let mut flight = Flight::of(&world, deploy());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.written(Err(trouble(TroubleKind::Unreachable)));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    world.detail.operations.insert(0, operation("op-9", "UPDATE_SERVICE", "IN_PROGRESS"));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.answer(Answer::Operation(Some(operation("op-9", "UPDATE_SERVICE", "SUCCEEDED"))));
    flight.ends(Verdict::Succeeded, "");
    assert_eq!(flight.sent.len(), 1);
}

#[test]
fn an_unknown_operation_with_another_after_it_is_superseded() {
    let mut world = World::new(Kind::AppRunner);
    let mut flight = Flight::of(&world, deploy());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.written(Ok(Written::Operation { id: "op-1".into() }));
    flight.answer(Answer::Operation(None));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    assert!(flight.verdict().is_none());
    flight.answer(Answer::Operation(None));
    world.detail.operations.insert(0, operation("op-2", "PAUSE_SERVICE", "SUCCEEDED"));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    assert!(flight.verdict().is_none(), "ours may not be listed yet");
    flight.later(30_000).answer(Answer::Operation(None));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.ends(Verdict::Superseded, "pause service");
}

#[test]
fn a_redeploy_forces_and_watches_a_new_deployment_of_the_same_revision() {
    let mut world = World::new(Kind::Ecs);
    let mut flight = Flight::of(&world, Wish::Redeploy);
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    assert!(matches!(flight.writing(), Write::UpdateService { force: true, task_definition: None, .. }));
    flight.written(Ok(Written::Service {
        deployment: Some("ecs-svc/41b".into()),
        service_deployment: None,
        task_definition: definition_arn(41),
    }));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    assert!(flight.verdict().is_none(), "the deployment before is not taken for it");
    world.detail.history.insert(0, historic("d41b", 41, "1f0c9a7", DeploymentStatus::Successful));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.ends(Verdict::Succeeded, "prod-service:41");
}

#[test]
fn scaling_is_watched_to_the_number() {
    let world = World::new(Kind::Ecs);
    let row = |desired, running, pending| {
        let mut row = world.detail.service.clone();
        (row.desired, row.running, row.pending) = (Some(desired), Some(running), pending);
        Answer::Rows(vec![row])
    };
    let mut flight = Flight::of(&world, Wish::Scale(4));
    assert!(matches!(flight.writing(), Write::UpdateService { desired: Some(4), force: false, .. }));
    let answer = Written::Service {
        deployment: Some("ecs-svc/41".into()),
        service_deployment: None,
        task_definition: definition_arn(41),
    };
    flight.written(Ok(answer.clone()));
    flight.answer(row(4, 2, 2));
    assert_eq!(flight.says(), "2 of 4 running, 2 on the way");
    flight.answer(row(4, 4, 0));
    flight.ends(Verdict::Succeeded, "4 running");

    let mut flight = Flight::of(&world, Wish::Scale(4));
    flight.written(Ok(answer.clone()));
    flight.answer(row(3, 3, 0));
    flight.ends(Verdict::Superseded, "was set to 3");

    // what was set before is a late read at first, and somebody else's number later
    let mut flight = Flight::of(&world, Wish::Scale(4));
    flight.written(Ok(answer.clone()));
    flight.answer(row(2, 2, 0));
    assert_eq!(flight.says(), "waiting for AWS to report the new number");
    flight.later(5_000).answer(row(4, 3, 1));
    flight.later(20_000).answer(row(2, 2, 0));
    flight.ends(Verdict::Superseded, "was set to 2");

    let mut flight = Flight::of(&world, Wish::Scale(4));
    flight.written(Ok(answer.clone()));
    flight.answer(row(4, 3, 0));
    flight.later(14 * 60_000).answer(row(4, 2, 0));
    assert!(flight.verdict().is_none());
    flight.later(60_000).answer(row(4, 3, 0));
    flight.ends(Verdict::Stuck, "3 of 4 running");

    let mut flight = Flight::of(&world, Wish::Scale(4));
    flight.written(Ok(answer));
    flight.answer(Answer::Rows(vec![]));
    assert!(flight.says().contains("does not list"));
}

#[test]
fn a_rollout_is_stopped_where_it_is() {
    let mut world = World::new(Kind::Ecs);
    world.roll();
    for (status, verdict, why) in [
        (DeploymentStatus::Stopped, Verdict::Succeeded, "stopped where it was"),
        (DeploymentStatus::Successful, Verdict::Failed, "complete before it could be stopped"),
        (DeploymentStatus::RollbackSuccessful, Verdict::RolledBack, "is back"),
    ] {
        let mut flight = Flight::of(&world, Wish::StopRollout);
        assert_eq!(
            flight.writing(),
            &Write::StopServiceDeployment { arn: deployment_arn("d42"), rollback: false }
        );
        flight.written(Ok(Written::Done));
        flight.answer(told(&ours(DeploymentStatus::StopRequested, 1)));
        assert!(flight.says().starts_with("stopping"));
        flight.answer(told(&ours(status, 1)));
        if flight.verdict().is_none() {
            // the whole service is read once for who took over
            let mut detail = world.detail.clone();
            detail.history[0].status = status;
            flight.answer(Answer::Detail(Box::new(detail)));
        }
        flight.ends(verdict, why);
    }
}

#[test]
fn a_task_is_stopped() {
    let mut world = World::new(Kind::Ecs);
    world.detail.tasks = vec![task("RUNNING", None, "", "")];
    let mut flight = Flight::of(&world, Wish::StopTask { task: "7f21c0".into() });
    assert!(matches!(flight.writing(), Write::StopTask { reason, .. } if reason.contains("ana@laptop")));
    flight.written(Err(trouble(TroubleKind::TimedOut)));
    flight.settle();
    flight.written(Ok(Written::Done));
    flight.answer(Answer::Task(Some(task("DEACTIVATING", None, "", ""))));
    assert_eq!(flight.says(), "deactivating");
    flight.answer(Answer::Task(Some(task("STOPPED", None, "", ""))));
    flight.ends(Verdict::Succeeded, "stopped");
}
