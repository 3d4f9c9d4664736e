//! What is not planned, and what to do instead.

use super::harness::{plan, plan_in};
use super::world::*;
use crate::model::{
    Controller, DeploymentStatus, Image, ImageChoice, Kind, Revision, RunId, ServiceState, TroubleKind,
};
use crate::ops::{Context, Effect, Event, Planner, StopWatching, Wish};
use serde_json::json;

#[track_caller]
fn refused(world: &World, wish: Wish, why: &str, remedy: &str) {
    refused_in(world, world.context(), wish, why, remedy);
}

#[track_caller]
fn refused_in(world: &World, context: Context, wish: Wish, why: &str, remedy: &str) {
    let refusal = plan_in(world, context, wish).expect_err("is refused");
    assert!(refusal.why.contains(why), "“{}” does not say “{why}”", refusal.why);
    assert!(refusal.remedy.contains(remedy), "“{}” does not say “{remedy}”", refusal.remedy);
}

fn deploy() -> Wish {
    Wish::Deploy(ImageChoice::Tag("8be02d4".into()))
}

fn back() -> Wish {
    Wish::RollBack { to: None }
}

fn ecs(change: impl FnOnce(&mut World)) -> World {
    let mut world = World::new(Kind::Ecs);
    change(&mut world);
    world
}

fn apprunner(change: impl FnOnce(&mut World)) -> World {
    let mut world = World::new(Kind::AppRunner);
    change(&mut world);
    world
}

#[test]
fn read_only_environments_are_not_even_read() {
    let world = World::new(Kind::Ecs);
    let mut context = world.context();
    context.read_only = true;
    let (planner, effects) = Planner::begin(deploy(), context, RunId::from("r"), NOW);
    assert!(effects.is_empty());
    assert!(planner.outcome().unwrap().unwrap_err().why.contains("read-only"));
}

#[test]
fn the_account_must_be_the_configured_one() {
    let world = ecs(|w| w.identity.account = "999988887777".into());
    refused(&world, deploy(), "account 999988887777, and prod is account 111122223333", "credentials");
    let mut context = world.context();
    context.account.clear();
    assert!(plan_in(&world, context, deploy()).is_ok(), "nothing configured, nothing to compare");
}

/// One answer alone says who is calling; a cache that gives back another's would have it written elsewhere.
#[test]
fn account_and_region_are_those_that_the_service_is_in() {
    let there = |change: &dyn Fn(&mut World)| {
        ecs(|w| {
            w.detail.service.arn = "arn:aws:ecs:us-west-2:111122223333:service/prod/prod-service".to_owned();
            change(w);
        })
    };
    for nothing_configured in [false, true] {
        let world = there(&|w| w.identity.account = "999988887777".into());
        let mut context = world.context();
        context.account = if nothing_configured { String::new() } else { "999988887777".to_owned() };
        let refusal = plan_in(&world, context, deploy()).unwrap_err();
        let told = "AWS tells account 999988887777 of these credentials, and 111122223333 of prod/";
        assert!(refusal.why.starts_with(told), "{refusal}");
    }
    // whatever the configuration calls the region, changes go where the session is
    let elsewhere = there(&|w| w.identity.region = "eu-west-1".into());
    refused(
        &elsewhere,
        deploy(),
        "changes go to eu-west-1, and AWS tells region us-west-2 of prod/",
        "see what",
    );
    let world = there(&|w| w.identity.region = "us-west-2".into());
    for region in ["", "eu-west-1", "us-west-2"] {
        let mut context = world.context();
        region.clone_into(&mut context.region);
        let plan = plan_in(&world, context, deploy()).unwrap().plan;
        assert_eq!(plan.region, "us-west-2", "{region}");
        assert!(plan.lines.iter().any(|line| line.label == "region" && line.value == "us-west-2"));
    }
}

#[test]
fn deploys_are_refused() {
    refused(
        &World::new(Kind::Ecs),
        Wish::Deploy(ImageChoice::Tag("nope".into())),
        "has no image nope",
        "push it",
    );
    refused(
        &World::new(Kind::Ecs),
        Wish::Deploy(ImageChoice::Digest("sha256:0".into())),
        "no image sha256:0",
        "",
    );
    refused(&World::new(Kind::Ecs), Wish::Deploy(ImageChoice::Tag(String::new())), "no image was named", "");
    let busy = ecs(World::roll);
    refused(
        &busy,
        deploy(),
        "a rollout is in flight on prod-service: prod-service:42 in progress",
        "roll it back (R)",
    );
    refused(&busy, Wish::Redeploy, "a rollout is in flight", "roll it back (R)");
    let plain = ecs(|w| {
        w.roll();
        w.detail.history.clear();
        w.detail.history_known = false;
    });
    refused(&plain, deploy(), "a rollout is in flight", "");
    for (controller, who) in [(Controller::CodeDeploy, "CODE_DEPLOY"), (Controller::External, "EXTERNAL")] {
        let world = ecs(|w| w.detail.service.controller = controller);
        for wish in [deploy(), back(), Wish::Redeploy] {
            refused(&world, wish, who, "deploy where");
        }
        assert!(plan(&world, Wish::Scale(3)).is_ok());
        assert!(plan(&world, Wish::Migrate { image: None }).is_ok());
    }
    refused(&ecs(|w| w.detail.service.state = ServiceState::Inactive), deploy(), "inactive", "");
    let no_definition = ecs(|w| {
        w.detail.task_definition = None;
        w.definitions.clear();
    });
    refused(&no_definition, deploy(), "could not describe service", "");
    let no_containers = ecs(|w| w.detail.task_definition.as_mut().unwrap().containers.clear());
    refused(&no_containers, deploy(), "has no container", "");
    let gone = ecs(|w| w.troubles.push(("Image {", trouble(TroubleKind::NotFound))));
    refused(&gone, deploy(), "could not", "");
}

#[test]
fn services_that_others_deploy_are_refused_in_words_that_say_where() {
    for (controller, external_id, remedy) in [
        (Controller::CodeDeploy, "d-ABCDEF123", "of deployment d-ABCDEF123"),
        (Controller::CodeDeploy, "", "in its CodeDeploy application"),
        (Controller::External, "release-7", "the last is release-7 there"),
        (Controller::External, "", "the last is ecs-svc/41"),
    ] {
        let world = ecs(|w| {
            w.detail.service.controller = controller;
            w.detail.deployments[0].task_set = true;
            w.detail.deployments[0].rollout_state.clear();
            w.detail.deployments[0].external_id = external_id.into();
        });
        refused(&world, deploy(), "moves the deployments of prod-service", remedy);
    }
    let bare = ecs(|w| {
        w.detail.service.controller = Controller::External;
        w.detail.network = None;
    });
    refused(
        &bare,
        Wish::Migrate { image: None },
        "neither prod-service nor its task sets name one",
        "set subnets",
    );
}

#[test]
fn a_daemon_takes_no_number_of_tasks() {
    for running in [0, 3] {
        let daemon = ecs(|w| {
            w.detail.service.daemon = true;
            (w.detail.service.running, w.detail.service.desired) = (Some(running), Some(running));
        });
        refused(&daemon, Wish::Scale(2), "scheduling strategy DAEMON", "container instances");
        assert!(plan(&daemon, deploy()).is_ok());
    }
}

#[test]
fn app_runner_that_was_never_created_has_nothing_to_go_back_to() {
    let failed = apprunner(|w| {
        w.detail.status = "CREATE_FAILED".into();
        w.detail.service.state = ServiceState::Failing;
        w.detail.operations = vec![operation("op-0", "CREATE_SERVICE", "FAILED")];
    });
    refused(&failed, back(), "nothing to go back to", "deploy an image that works");
    // StartDeployment does nothing for it: UpdateService builds it anew, with the same image as well
    for wish in [deploy(), Wish::Redeploy, Wish::Deploy(ImageChoice::Tag("1f0c9a7".into()))] {
        let draft = plan(&failed, wish).unwrap();
        assert_eq!(draft.plan.writes, ["apprunner:UpdateService"], "{}", draft.plan.title);
        assert!(draft.plan.on_failure.contains("nothing to go back to"), "{}", draft.plan.on_failure);
    }
    let doomed = apprunner(|w| w.detail.status = "DELETE_FAILED".into());
    for wish in [deploy(), back(), Wish::Redeploy] {
        refused(&doomed, wish, "the deletion of fem-fd-service failed", "delete it once more");
    }
}

#[test]
fn an_image_that_named_who_may_read_it_is_not_set_again() {
    let masked = "••••0000@r.example.com/app:1";
    let copied = ecs(|w| {
        w.detail.service.version = crate::model::Version::of(masked, None);
        for container in &mut w.detail.task_definition.as_mut().unwrap().containers {
            container.image = masked.to_owned();
        }
    });
    let mut context = copied.context();
    context.repository = None;
    let other = Wish::Deploy(ImageChoice::Reference("••••0000@r.example.com/app:2".to_owned()));
    refused_in(&copied, context, other, "has a name or a password in it", "without one");
    let source = apprunner(|w| w.detail.service.version = crate::model::Version::of(masked, None));
    refused(&source, deploy(), "has a name or a password in it", "without one");
}

#[test]
fn app_runner_that_is_paused_or_busy_is_refused() {
    let paused = apprunner(|w| w.detail.service.state = ServiceState::Paused);
    let busy =
        apprunner(|w| w.detail.operations.insert(0, operation("op-1", "UPDATE_SERVICE", "IN_PROGRESS")));
    let rolling = apprunner(|w| w.detail.service.state = ServiceState::Rolling);
    for wish in [deploy(), back(), Wish::Redeploy] {
        refused(&paused, wish.clone(), "is paused", "resume it first");
        refused(&busy, wish.clone(), "update service in progress", "wait");
        refused(&rolling, wish, "is busy", "wait");
    }
    let code = apprunner(|w| {
        w.detail.source = Some(crate::model::Sealed::new(json!({"CodeRepository": {}})));
    });
    refused(&code, deploy(), "built from source code", "push");
    let untold = apprunner(|w| w.detail.source = None);
    refused(&untold, deploy(), "did not return the service's configuration", "");
}

#[test]
fn rollbacks_are_refused() {
    let nothing = ecs(|w| w.detail.history.truncate(1));
    refused(&nothing, back(), "no earlier revision", "choose one");
    let same =
        Wish::RollBack { to: Some(Revision { task_definition: definition_arn(41), ..Revision::default() }) };
    refused(&World::new(Kind::Ecs), same, "is what the service is set to", "choose an earlier one");
    let empty = Wish::RollBack { to: Some(Revision::default()) };
    refused(&World::new(Kind::Ecs), empty, "names no task definition", "");
    let gone = ecs(|w| w.images.retain(|i: &Image| i.tags[0] != "0aa1111"));
    refused(&gone, back(), "has no image 0aa1111", "choose another");
    let busy = ecs(World::roll);
    let chosen =
        Wish::RollBack { to: Some(Revision { task_definition: definition_arn(40), ..Revision::default() }) };
    refused(&busy, chosen, "a rollout is in flight", "roll it back first");
    for status in [
        DeploymentStatus::RollbackInProgress,
        DeploymentStatus::RollbackRequested,
        DeploymentStatus::StopRequested,
    ] {
        let world = ecs(|w| {
            w.roll();
            w.detail.history[0].status = status;
        });
        refused(&world, back(), "being stopped already", "wait");
    }
    let oldest = apprunner(|w| w.images.truncate(2));
    refused(&oldest, back(), "no earlier image", "deploy the image you want");
    let same = apprunner(|_| {});
    let to = Some(Revision { version: same.detail.service.version.clone(), ..Revision::default() });
    refused(&same, Wish::RollBack { to }, "is what runs now", "");
}

#[test]
fn migrations_are_refused() {
    let world = World::new(Kind::Ecs);
    let mut context = world.context();
    context.migration.command.clear();
    refused_in(
        &world,
        context,
        Wish::Migrate { image: None },
        "no migration is configured",
        "[application.migration]",
    );
    let mut context = world.context();
    context.migration.container = Some("goose".into());
    refused_in(&world, context, Wish::Migrate { image: None }, "no container goose", "service, envoy");
    let mut context = world.context();
    context.migration.command = vec!["x".repeat(9_000)];
    refused_in(&world, context, Wish::Migrate { image: None }, "longer than RunTask takes", "script");
    refused(
        &ecs(|w| w.detail.network = None),
        Wish::Migrate { image: None },
        "needs a network",
        "network configuration",
    );
    refused(
        &World::new(Kind::AppRunner),
        Wish::Migrate { image: None },
        "no one-off tasks",
        "from an ECS service",
    );
    refused(&ecs(|w| w.images.clear()), Wish::Migrate { image: None }, "has no image 1f0c9a7", "");
}

#[test]
fn scaling_and_stopping_are_refused() {
    refused(&World::new(Kind::AppRunner), Wish::Scale(3), "App Runner scales by itself", "auto scaling");
    refused(&World::new(Kind::Express), Wish::Scale(3), "Express Mode scales by itself", "");
    refused(&World::new(Kind::Ecs), Wish::Scale(2), "set to 2 already", "");
    refused(&World::new(Kind::Ecs), Wish::StopRollout, "no rollout is in flight", "");
    let busy =
        apprunner(|w| w.detail.operations.insert(0, operation("op-1", "UPDATE_SERVICE", "IN_PROGRESS")));
    refused(&busy, Wish::StopRollout, "cannot stop an operation", "wait");
    let plain = ecs(|w| {
        w.roll();
        w.detail.history.clear();
        w.detail.history_known = false;
    });
    refused(&plain, Wish::StopRollout, "no service deployments", "roll back");
    refused(&World::new(Kind::Ecs), Wish::StopTask { task: "none".into() }, "knows no task none", "");
    refused(&World::new(Kind::AppRunner), Wish::StopTask { task: "t".into() }, "no tasks", "");
    let stopped = ecs(|w| w.detail.tasks = vec![task("STOPPED", Some(1), "", "")]);
    refused(&stopped, Wish::StopTask { task: "7f21c0".into() }, "stopped or stopping already", "");
}

#[test]
fn statuses_of_later_versions_block_only_as_the_newest() {
    let mut world = ecs(|w| w.detail.history[1].status = DeploymentStatus::Unknown);
    assert!(plan(&world, deploy()).is_ok());
    world.detail.history[0].status = DeploymentStatus::Unknown;
    refused(&world, deploy(), "a rollout is in flight", "");
}

#[test]
fn passing_trouble_is_tried_again_and_lasting_trouble_refuses() {
    let world = World::new(Kind::Ecs);
    let (mut planner, effects) = Planner::begin(deploy(), world.context(), RunId::from("r"), NOW);
    let Some(Effect::Ask(identity, _)) = effects.first() else { panic!() };
    let Some(Effect::Ask(detail, ask)) = effects.get(1) else { panic!() };
    assert!(
        planner.step(Event::Answer(*identity, world.answer(&crate::model::Ask::Identity)), NOW).is_empty()
    );
    let again = planner.step(Event::Answer(*detail, Err(trouble(TroubleKind::Throttled))), NOW);
    let [Effect::Timer(timer, _)] = again.as_slice() else { panic!("{again:?}") };
    assert!(planner.step(Event::Answer(*detail, world.answer(ask)), NOW).is_empty(), "stale");
    let again = planner.step(Event::Timer(*timer), NOW);
    assert!(matches!(again.as_slice(), [Effect::Ask(..)]));
    assert!(planner.outcome().is_none());

    let mut world = World::new(Kind::Ecs);
    for kind in [TroubleKind::Denied, TroubleKind::Throttled, TroubleKind::Expired] {
        world.troubles = vec![("Detail", trouble(kind))];
        refused(&world, deploy(), "it went wrong", "");
    }
}

#[test]
fn planning_can_be_broken_off() {
    let world = World::new(Kind::Ecs);
    let (mut planner, _) = Planner::begin(deploy(), world.context(), RunId::from("r"), NOW);
    assert!(planner.step(Event::Stop(StopWatching), NOW).is_empty());
    assert!(planner.outcome().unwrap().unwrap_err().why.contains("interrupted"));
}
