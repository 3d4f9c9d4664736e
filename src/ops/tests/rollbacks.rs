//! Rollbacks, flown.

use super::flights::{ours, told};
use super::harness::{Flight, plan};
use super::world::*;
use crate::model::{
    Answer, Ask, DeploymentStatus, Kind, RunId, ServiceDetail, Stamp, TroubleKind, Verdict, Write, Written,
};
use crate::ops::{Context, Draft, Effect, Event, Planner, Wish};
use std::collections::VecDeque;

fn back() -> Wish {
    Wish::RollBack { to: None }
}

#[test]
fn a_finished_rollout_is_rolled_back_by_setting_the_earlier_revision() {
    let world = World::new(Kind::Ecs);
    let mut flight = Flight::of(&world, back());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    assert!(
        matches!(flight.writing(), Write::UpdateService { task_definition: Some(arn), .. } if *arn == definition_arn(40))
    );
    flight.written(Ok(Written::Service {
        deployment: None,
        service_deployment: Some(deployment_arn("d42")),
        task_definition: definition_arn(40),
    }));
    flight.answer(told(&ours(DeploymentStatus::Successful, 2)));
    flight.ends(Verdict::Succeeded, "prod-service:40 is deployed");
}

#[test]
fn a_pinned_copy_is_registered_first() {
    let mut world = World::new(Kind::Ecs);
    world.detail.history[1] = historic("d39", 39, "0aa1111", DeploymentStatus::Successful);
    let mut flight = Flight::of(&world, back());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    let Write::RegisterTaskDefinition { document, .. } = flight.writing() else { panic!() };
    let image = document.open()["containerDefinitions"][0]["image"].as_str().unwrap().to_owned();
    assert_eq!(image, format!("{REPOSITORY}@{}", digest("0aa1111")));
    flight.written(Ok(Written::TaskDefinition { arn: definition_arn(44) }));
    assert!(
        matches!(flight.writing(), Write::UpdateService { task_definition: Some(arn), .. } if *arn == definition_arn(44))
    );
}

#[test]
fn a_rollout_in_flight_is_stopped_with_rollback() {
    let mut world = World::new(Kind::Ecs);
    world.roll();
    for (status, verdict, why) in [
        (DeploymentStatus::RollbackSuccessful, Verdict::Succeeded, "the earlier revision is back"),
        (DeploymentStatus::RollbackFailed, Verdict::Failed, "the rollback failed"),
        (DeploymentStatus::Successful, Verdict::Failed, "complete before it could be stopped"),
        (DeploymentStatus::Stopped, Verdict::Failed, "stopped before it was complete"),
    ] {
        let mut flight = Flight::of(&world, back());
        assert_eq!(
            flight.writing(),
            &Write::StopServiceDeployment { arn: deployment_arn("d42"), rollback: true }
        );
        flight.written(Ok(Written::Done));
        flight.answer(told(&ours(DeploymentStatus::RollbackInProgress, 1)));
        assert!(flight.says().starts_with("rolling back"));
        flight.answer(told(&ours(status, 0)));
        if flight.verdict().is_none() {
            let mut detail = world.detail.clone();
            detail.history[0].status = status;
            flight.answer(Answer::Detail(Box::new(detail.clone())));
            if status == DeploymentStatus::Stopped {
                flight.later(20_000).answer(told(&ours(status, 0)));
                flight.answer(Answer::Detail(Box::new(detail)));
            }
        }
        flight.ends(verdict, why);
    }
}

#[test]
fn a_stop_without_an_answer_is_looked_for() {
    let mut world = World::new(Kind::Ecs);
    world.roll();
    let mut flight = Flight::of(&world, back());
    flight.written(Err(trouble(TroubleKind::Server)));
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    world.detail.history[0].status = DeploymentStatus::RollbackRequested;
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    flight.answer(told(&ours(DeploymentStatus::RollbackInProgress, 0)));
    assert_eq!(flight.sent.len(), 1);
    assert!(flight.says().starts_with("rolling back"));
}

#[test]
fn app_runner_is_given_the_earlier_image() {
    let world = World::new(Kind::AppRunner);
    let mut flight = Flight::of(&world, back());
    flight.answer(Answer::Detail(Box::new(world.detail.clone())));
    let Write::UpdateAppRunner { source, image, .. } = flight.writing() else { panic!() };
    assert!(image.ends_with(":0aa1111"));
    assert_eq!(source.open()["ImageRepository"]["ImageIdentifier"], image.as_str());
    flight.written(Ok(Written::Operation { id: "op-1".into() }));
    flight.answer(Answer::Operation(Some(operation("op-1", "UPDATE_SERVICE", "SUCCEEDED"))));
    flight.ends(Verdict::Succeeded, "0aa1111 is deployed");
}

/// Asks, answers and pauses of a planner, in their order.
fn planned_over(world: &World, answers: Vec<ServiceDetail>, changed_at: Option<Stamp>) -> (Draft, u32) {
    let context = Context { changed_at, ..world.context() };
    let (mut planner, effects) = Planner::begin(back(), context, RunId::from("run-1"), NOW);
    let (mut queue, mut answers, mut now, mut reads) = (VecDeque::from(effects), answers.into_iter(), NOW, 0);
    while let Some(effect) = queue.pop_front() {
        let event = match effect {
            Effect::Ask(id, ask @ Ask::Detail(_)) => {
                reads += 1;
                let told = answers.next().map(|detail| Answer::Detail(Box::new(detail)));
                Event::Answer(id, told.map_or_else(|| world.answer(&ask), Ok))
            }
            Effect::Ask(id, ask) => Event::Answer(id, world.answer(&ask)),
            Effect::Timer(id, millis) => {
                now = now.plus(i64::try_from(millis).unwrap());
                Event::Timer(id)
            }
            other => panic!("a planner only reads: {other:?}"),
        };
        queue.extend(planner.step(event, now));
    }
    (planner.into_outcome().unwrap().unwrap(), reads)
}

#[test]
fn a_rollout_that_has_just_begun_is_seen_although_reads_are_late() {
    let mut world = World::new(Kind::Ecs);
    world.detail.history.iter_mut().for_each(|h| h.created_at = Some(NOW.plus(-3_600_000)));
    let before = world.detail.clone();
    world.roll();
    let just = Some(NOW.plus(-2_000));
    world.detail.history[0].created_at = just;
    for deployment in world.detail.deployments.iter_mut().filter(|d| d.status == "PRIMARY") {
        deployment.created_at = just;
    }
    let stops = |draft: &Draft| draft.plan.writes == ["ecs:StopServiceDeployment"];
    // the list of deployments is behind the service
    let mut behind = world.detail.clone();
    behind.history.remove(0);
    let (draft, reads) = planned_over(&world, vec![behind.clone(), behind.clone()], None);
    assert!(stops(&draft) && reads == 3, "{reads}: {:?}", draft.plan.writes);
    // the whole answer is older than what this machine did
    let (draft, reads) = planned_over(&world, vec![before.clone()], just);
    assert!(stops(&draft) && reads == 2, "{reads}: {:?}", draft.plan.writes);
    let (draft, reads) = planned_over(&world, vec![before.clone()], None);
    assert!(!stops(&draft) && reads == 1, "{reads}: {:?}", draft.plan.writes);
    // not for ever: what AWS goes on to say is what counts
    let (draft, reads) = planned_over(&world, vec![before; 60], just);
    assert!(!stops(&draft) && reads > 10, "{reads}: {:?}", draft.plan.writes);
}

#[test]
fn what_a_rollback_passes_over_is_said_with_the_reason() {
    let warned = |world: &World| plan(world, back()).unwrap().plan.warnings;
    let mut world = World::new(Kind::Ecs);
    world.detail.history[1] = historic("d39", 39, "0aa1111", DeploymentStatus::Successful);
    let told = warned(&world);
    assert!(
        told.contains(&"prod-service:40 is skipped: it is not known to have been deployed".to_owned()),
        "{told:?}"
    );
    for (status, why) in [
        (DeploymentStatus::RollbackSuccessful, "its rollout ended as “rolled back”"),
        (DeploymentStatus::Stopped, "its rollout ended as “stopped”"),
    ] {
        let mut world = World::new(Kind::Ecs);
        let good = historic("d39", 39, "0aa1111", DeploymentStatus::Successful);
        world.detail.history[1] = good;
        world.detail.history.insert(1, historic("d40", 40, "77d01ab", status));
        let told = warned(&world);
        assert!(told.contains(&format!("prod-service:40 is skipped: {why}")), "{told:?}");
    }
    // nothing is passed over
    let told = warned(&World::new(Kind::Ecs));
    assert!(!told.iter().any(|text| text.contains("skipped")), "{told:?}");
}
