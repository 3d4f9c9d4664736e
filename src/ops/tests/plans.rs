//! What plans say.

use super::harness::{plan, plan_in};
use super::world::*;
use crate::model::{
    AlarmBrief, DeploymentStatus, ImageChoice, Kind, Plan, Revision, RunKind, TroubleKind, Version,
    plan::DiffLine,
};
use crate::ops::{Ran, Wish};

fn tag(tag: &str) -> Wish {
    Wish::Deploy(ImageChoice::Tag(tag.to_owned()))
}

fn line<'a>(plan: &'a Plan, label: &str) -> &'a str {
    plan.lines.iter().find(|l| l.label == label).map_or("", |l| l.value.as_str())
}

fn warns(plan: &Plan, text: &str) -> bool {
    plan.warnings.iter().any(|w| w.contains(text))
}

#[test]
fn a_deploy_is_told_wholly() {
    let draft = plan(&World::new(Kind::Ecs), tag("8be02d4")).unwrap();
    let plan = &draft.plan;
    assert_eq!(plan.kind, RunKind::Deploy);
    assert_eq!(plan.title, "Deploy 8be02d4 to prod-service");
    assert_eq!((plan.from.as_str(), plan.to.as_str()), ("1f0c9a7", "8be02d4"));
    assert_eq!((plan.account.as_str(), plan.region.as_str()), (ACCOUNT, "us-west-2"));
    for (label, value) in [
        ("environment", "prod"),
        ("account", ACCOUNT),
        ("region", "us-west-2"),
        ("cluster", "prod"),
        ("service", "prod-service"),
        ("kind", "ecs"),
        ("image", "fem-fd-service:8be02d4, sha256:8be02d400000, also latest, pushed 10m ago"),
        ("reference", &format!("{REPOSITORY}:8be02d4")),
        ("revision", "prod-service:41 → a new revision of prod-service"),
        ("container", "service: the only essential one"),
        ("strategy", "rolling, 100 % to 200 % of the tasks"),
        ("breaker", "on, rolls back"),
    ] {
        assert_eq!(line(plan, label), value, "{label}");
    }
    assert!(plan.lines.iter().find(|l| l.label == "image").unwrap().strong);
    assert_eq!(plan.on_failure, "the circuit breaker goes back to prod-service:41 by itself");
    assert_eq!(plan.writes, ["ecs:RegisterTaskDefinition", "ecs:UpdateService"]);
    assert_eq!(plan.steps.len(), 4);
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
    assert!(plan.diff.contains(&DiffLine::Added(format!("      \"image\": \"{REPOSITORY}:8be02d4\","))));
    assert!(plan.diff.contains(&DiffLine::Removed(format!("      \"image\": \"{REPOSITORY}:1f0c9a7\","))));
    assert!(!format!("{draft:?}").contains("hunter2"), "secrets stay sealed");
}

#[test]
fn moving_tags_are_pinned_and_fixed_ones_kept() {
    let world = World::new(Kind::Ecs);
    let pinned = format!("{REPOSITORY}@{}", digest("8be02d4"));
    for (choice, reference, to) in [
        (ImageChoice::Tag("8be02d4".into()), format!("{REPOSITORY}:8be02d4"), "8be02d4"),
        (ImageChoice::Tag("latest".into()), pinned.clone(), "8be02d4"),
        (ImageChoice::Digest(digest("8be02d4")), pinned.clone(), "8be02d4"),
        (ImageChoice::Reference(format!("{REPOSITORY}:latest")), pinned.clone(), "8be02d4"),
        (ImageChoice::Reference(REPOSITORY.to_owned()), pinned, "8be02d4"),
    ] {
        let draft = plan(&world, Wish::Deploy(choice.clone())).unwrap();
        assert_eq!(draft.facts.image, reference, "{choice:?}");
        assert_eq!(draft.plan.to, to, "{choice:?}");
        let document = draft.documents[0].as_ref().unwrap();
        assert_eq!(document.open()["containerDefinitions"][0]["image"], reference.as_str());
        assert_eq!(document.open()["containerDefinitions"][0]["environment"][0]["value"], "hunter2");
        assert!(document.open().get("revision").is_none());
    }
}

#[test]
fn what_one_should_know_is_warned_of() {
    let mut world = World::new(Kind::Ecs);
    world.identity.expires_at = Some(NOW.plus(300_000));
    world.detail.deployments[0].failed = 3;
    world.detail.alarms = vec![
        AlarmBrief { name: "prod-5xx".into(), state: "ALARM".into(), ..AlarmBrief::default() },
        AlarmBrief { name: "prod-cpu".into(), state: "OK".into(), ..AlarmBrief::default() },
    ];
    world.detail.service.desired = Some(0);
    world.detail.gaps = vec![trouble(TroubleKind::Denied)];
    let draft = plan(&world, tag("0aa1111")).unwrap();
    for text in [
        "credentials expire in 5m",
        "3 tasks of the current revision failed",
        "in alarm now: prod-5xx",
        "desired count is 0: nothing will run, so nothing can be verified",
        "not read: could not describe service",
        "0aa1111 is 4d older than 1f0c9a7",
    ] {
        assert!(warns(&draft.plan, text), "{text}: {:?}", draft.plan.warnings);
    }
    assert!(!warns(&draft.plan, "prod-cpu"));
    world.detail.service.daemon = true;
    let draft = plan(&world, tag("0aa1111")).unwrap();
    assert!(warns(&draft.plan, "desired count is 0, since there is no container instance for its tasks"));
    // what starts no new revision says nothing of it
    for wish in [Wish::Scale(2), Wish::Migrate { image: None }] {
        world.detail.service.daemon = false;
        assert!(!warns(&plan(&world, wish.clone()).unwrap().plan, "desired count is 0"), "{wish:?}");
    }
}

#[test]
fn on_failure_follows_the_breaker() {
    let mut world = World::new(Kind::Ecs);
    for (breaker, text) in [
        (Some((true, true)), "goes back to prod-service:41 by itself"),
        (Some((true, false)), "leaves it failed"),
        (Some((false, false)), "after 15m without progress the run is stuck"),
        (None, "no circuit breaker"),
    ] {
        world.detail.breaker = breaker;
        let draft = plan(&world, tag("8be02d4")).unwrap();
        assert!(draft.plan.on_failure.contains(text), "{breaker:?}: {}", draft.plan.on_failure);
    }
    world.detail.history[0].alarms = Some((vec!["prod-5xx".into()], vec![]));
    assert!(plan(&world, tag("8be02d4")).unwrap().plan.on_failure.contains("alarms prod-5xx"));
}

#[test]
fn the_breaker_goes_back_to_what_was_completed_last() {
    // PRIMARY :41 never became steady, and ran into a time in which nobody kept a history
    let mut world = World::new(Kind::Ecs);
    world.detail.history.clear();
    world.detail.history_known = false;
    world.detail.service.running = Some(1);
    world.detail.deployments = vec![deployment("ecs-svc/41", "PRIMARY", 41, "IN_PROGRESS")];
    let draft = plan(&world, tag("8be02d4")).unwrap();
    assert!(
        draft.plan.on_failure.contains("no completed revision to go back to"),
        "{}",
        draft.plan.on_failure
    );
    assert_eq!(draft.facts.goes_back_to(), definition_arn(41), "as far as anybody knows");
    // an older one that was completed is still there, without tasks
    let mut older = deployment("ecs-svc/40", "ACTIVE", 40, "COMPLETED");
    (older.running, older.desired) = (0, 0);
    world.detail.deployments.push(older);
    let draft = plan(&world, tag("8be02d4")).unwrap();
    assert_eq!(draft.plan.on_failure, "the circuit breaker goes back to prod-service:40 by itself");
    assert_eq!(draft.facts.goes_back_to(), definition_arn(40));
    // the history tells it where deployments do not
    world.detail.deployments.pop();
    world.detail.deployments[0].rollout_state = "FAILED".into();
    world.detail.history = vec![
        historic("d41", 41, "1f0c9a7", DeploymentStatus::Stopped),
        historic("d40", 40, "0aa1111", DeploymentStatus::Successful),
    ];
    let draft = plan(&world, tag("8be02d4")).unwrap();
    assert_eq!(draft.plan.on_failure, "the circuit breaker goes back to prod-service:40 by itself");
    let mut express = World::new(Kind::Express);
    express.detail.deployments.clear();
    express.detail.history.remove(0);
    let draft = plan(&express, tag("8be02d4")).unwrap();
    assert!(draft.plan.on_failure.contains("goes back to 0aa1111"), "{}", draft.plan.on_failure);
}

#[test]
fn a_breaker_that_is_off_is_none() {
    let mut world = World::new(Kind::Ecs);
    for off in [None, Some((false, false))] {
        world.detail.breaker = off;
        assert_eq!(line(&plan(&world, tag("8be02d4")).unwrap().plan, "breaker"), "off");
    }
}

#[test]
fn an_image_whose_digest_cannot_be_read_is_deployed_with_a_warning() {
    let mut world = World::new(Kind::Ecs);
    world.troubles.push(("Image {", trouble(TroubleKind::Denied)));
    let draft = plan(&world, tag("8be02d4")).unwrap();
    assert!(warns(&draft.plan, "digest of 8be02d4 unknown"));
    let draft = plan(&world, tag("latest")).unwrap();
    assert!(warns(&draft.plan, "it is not pinned"));
    assert_eq!(draft.facts.image, format!("{REPOSITORY}:latest"));
    let draft =
        plan(&world, Wish::Deploy(ImageChoice::Reference("docker.io/library/nginx:1.27".into()))).unwrap();
    assert!(warns(&draft.plan, "is not in ECR"));
}

#[test]
fn deploying_what_is_set_replaces_the_tasks_without_a_new_revision() {
    let draft = plan(&World::new(Kind::Ecs), tag("1f0c9a7")).unwrap();
    assert_eq!(draft.plan.kind, RunKind::Redeploy);
    assert_eq!(draft.plan.writes, ["ecs:UpdateService"]);
    assert!(warns(&draft.plan, "is set already"));
    let draft = plan(&World::new(Kind::Ecs), Wish::Deploy(ImageChoice::Current)).unwrap();
    assert_eq!(draft.plan.kind, RunKind::Redeploy);
}

#[test]
fn the_container_is_found() {
    let mut world = World::new(Kind::Ecs);
    let mut context = world.context();
    context.container = Some("envoy".into());
    let draft = plan_in(&world, context, Wish::Deploy(ImageChoice::Reference("envoy:v1.3".into()))).unwrap();
    assert_eq!(line(&draft.plan, "container"), "envoy: configured");

    // the only one with an image of the application's repository, whatever it is called
    let definition = world.detail.task_definition.as_mut().unwrap();
    definition.containers[0].name = "web".into();
    definition.containers[1].name = "app".into();
    let mut shown = definition.document.open().clone();
    shown["containerDefinitions"][0]["name"] = "web".into();
    definition.document = crate::model::Sealed::new(shown);
    let mut context = world.context();
    context.repository = Some(REPOSITORY.to_owned());
    let draft = plan_in(&world, context, tag("8be02d4")).unwrap();
    assert_eq!(line(&draft.plan, "container"), "web: the only one of the configured repository");
}

#[test]
fn a_service_that_never_became_steady_takes_the_deploy_that_mends_it() {
    let mut world = World::new(Kind::Ecs);
    world.detail.history.clear();
    world.detail.history_known = false;
    world.detail.deployments = vec![deployment("ecs-svc/1", "PRIMARY", 41, "IN_PROGRESS")];
    world.detail.service.running = Some(0);
    let draft = plan(&world, tag("8be02d4")).unwrap();
    assert!(warns(&draft.plan, "never became steady"));
}

#[test]
fn app_runner_updates_or_starts() {
    let mut world = World::new(Kind::AppRunner);
    let draft = plan(&world, tag("8be02d4")).unwrap();
    assert_eq!(draft.plan.writes, ["apprunner:UpdateService"]);
    let source = draft.source.unwrap();
    assert_eq!(source.open()["ImageRepository"]["ImageIdentifier"], format!("{REPOSITORY}:8be02d4").as_str());
    assert_eq!(source.open()["ImageRepository"]["ImageConfiguration"]["Port"], "8080");
    assert_eq!(source.open()["AuthenticationConfiguration"]["AccessRoleArn"], "arn:role");
    assert!(draft.plan.on_failure.contains("goes back to 1f0c9a7"));

    world.set_image(&format!("{REPOSITORY}:latest"), Some(&digest("1f0c9a7")));
    world.detail.auto_deploy = Some(true);
    let draft = plan(&world, tag("latest")).unwrap();
    assert_eq!(draft.plan.writes, ["apprunner:StartDeployment"]);
    assert_eq!(draft.facts.image, format!("{REPOSITORY}:latest"));
    assert!(warns(&draft.plan, "automatic deployments are on"));
    let draft = plan(&world, Wish::Redeploy).unwrap();
    assert_eq!(draft.plan.writes, ["apprunner:StartDeployment"]);
    let draft = plan(&world, Wish::Deploy(ImageChoice::Current)).unwrap();
    assert_eq!(draft.plan.writes, ["apprunner:StartDeployment"]);
}

#[test]
fn express_takes_an_image() {
    let world = World::new(Kind::Express);
    let draft = plan(&world, tag("8be02d4")).unwrap();
    assert_eq!(draft.plan.writes, ["ecs:UpdateExpressGatewayService"]);
    assert_eq!(draft.facts.image, format!("{REPOSITORY}:8be02d4"));
    assert!(draft.plan.on_failure.contains("4xx and 5xx"));
    assert!(!draft.plan.diff.is_empty());
    let draft = plan(&world, Wish::Redeploy).unwrap();
    assert_eq!(draft.facts.image, format!("{REPOSITORY}:1f0c9a7"));
}

#[test]
fn a_rollback_goes_to_the_last_revision_that_succeeded() {
    let mut world = World::new(Kind::Ecs);
    // 42 was tried and rolled back: not a target
    world.detail.history.insert(0, historic("d42", 42, "8be02d4", DeploymentStatus::RollbackSuccessful));
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.plan.kind, RunKind::Rollback);
    assert_eq!(draft.plan.title, "Roll prod-service back to prod-service:40");
    assert_eq!(line(&draft.plan, "revision"), "prod-service:41 → prod-service:40");
    assert!(line(&draft.plan, "mechanism").contains("updated to the earlier revision"));
    assert_eq!(draft.plan.writes, ["ecs:UpdateService"]);
    assert_eq!(draft.facts.definition, Some(definition_arn(40)));
    assert_eq!((draft.plan.from.as_str(), draft.plan.to.as_str()), ("1f0c9a7", "0aa1111"));
}

#[test]
fn a_revision_with_a_moving_tag_is_pinned_to_what_ran() {
    let mut world = World::new(Kind::Ecs);
    world.detail.history[1] = historic("d39", 39, "0aa1111", DeploymentStatus::Successful);
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.plan.writes, ["ecs:RegisterTaskDefinition", "ecs:UpdateService"]);
    assert_eq!(draft.facts.image, format!("{REPOSITORY}@{}", digest("0aa1111")));
    assert_eq!(draft.plan.to, "0aa1111");
    assert!(line(&draft.plan, "revision").contains("a copy of prod-service:39"));

    // without a digest there is nothing to pin to, and that is said
    world.detail.history[1].version.digest = None;
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.plan.writes, ["ecs:UpdateService"]);
    assert!(warns(&draft.plan, "which image it named then is not known"));
}

#[test]
fn a_tag_that_was_moved_since_is_pinned_too() {
    let mut world = World::new(Kind::Ecs);
    world.detail.history[1].version.digest = Some(digest("8be02d4"));
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert!(warns(&draft.plan, "names another image now"));
    assert_eq!(draft.facts.image, format!("{REPOSITORY}@{}", digest("8be02d4")));
}

#[test]
fn a_revision_that_is_not_active_is_copied() {
    let mut world = World::new(Kind::Ecs);
    world.definitions[1].status = "INACTIVE".into();
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.plan.writes, ["ecs:RegisterTaskDefinition", "ecs:UpdateService"]);
    assert!(warns(&draft.plan, "no longer active"));
}

#[test]
fn going_forward_again_is_said() {
    let mut world = World::new(Kind::Ecs);
    world.definitions.push(definition(43, &format!("{REPOSITORY}:8be02d4")));
    let to = Some(revision(43, "8be02d4", "", false));
    let draft = plan(&world, Wish::RollBack { to }).unwrap();
    assert!(warns(&draft.plan, "undoes an earlier rollback"));
}

/// What `R` proposes after each history, newest first: revision and image of successful deployments.
#[test]
fn going_back_twice_never_goes_forward() {
    for (history, proposed) in [
        // 43 was left for 41: what ran before 41 is proposed
        (&[(41, "1f0c9a7"), (43, "8be02d4"), (41, "1f0c9a7"), (40, "0aa1111")][..], Some(40)),
        (&[(41, "1f0c9a7"), (43, "8be02d4"), (41, "1f0c9a7"), (43, "8be02d4"), (40, "0aa1111")], Some(40)),
        // nothing is known of the time before 41
        (&[(41, "1f0c9a7"), (43, "8be02d4"), (41, "1f0c9a7")], None),
        (&[(41, "1f0c9a7"), (43, "8be02d4")], None),
        (&[(41, "1f0c9a7")], None),
        // 38 is what 41 is a pinned copy of
        (&[(41, "1f0c9a7"), (40, "0aa1111"), (38, "1f0c9a7"), (37, "8be02d4")], Some(37)),
        (&[(41, "1f0c9a7"), (40, "0aa1111"), (38, "1f0c9a7")], None),
    ] {
        let mut world = World::new(Kind::Ecs);
        for (number, tag) in [(43, "8be02d4"), (38, "1f0c9a7"), (37, "8be02d4")] {
            world.definitions.push(definition(number, &format!("{REPOSITORY}:{tag}")));
        }
        world.detail.history = history
            .iter()
            .zip(0_i64..)
            .map(|((number, tag), age)| {
                let mut past = historic(&format!("d{age}"), *number, tag, DeploymentStatus::Successful);
                past.created_at = Some(NOW.plus(-age * 3_600_000));
                past
            })
            .collect();
        match (plan(&world, Wish::RollBack { to: None }), proposed) {
            (Ok(draft), Some(number)) => {
                assert_eq!(draft.facts.definition, Some(definition_arn(number)), "{history:?}");
            }
            (Err(refusal), None) => {
                assert!(refusal.why.contains("have run before prod-service:41"), "{refusal:?}");
                assert!(refusal.remedy.contains("Revisions tab"), "{refusal:?}");
            }
            (other, _) => panic!("{history:?}: {other:?}"),
        }
    }
}

#[test]
fn a_change_of_configuration_alone_is_gone_back_from() {
    let mut world = World::new(Kind::Ecs);
    // 41 is 38 with less memory
    let mut bigger = definition(38, &format!("{REPOSITORY}:1f0c9a7"));
    bigger.shown["memory"] = serde_json::json!("1024");
    world.definitions.push(bigger);
    world.detail.history.insert(1, historic("d38", 38, "1f0c9a7", DeploymentStatus::Successful));
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.facts.definition, Some(definition_arn(38)));
}

#[test]
fn a_tag_moved_under_one_definition_is_gone_back_from_by_digest() {
    let mut world = World::new(Kind::Ecs);
    world.set_image(&format!("{REPOSITORY}:latest"), Some(&digest("8be02d4")));
    world.definitions[0] = definition(41, &format!("{REPOSITORY}:latest"));
    world.detail.history = vec![
        historic("d41b", 41, "8be02d4", DeploymentStatus::Successful),
        historic("d41a", 41, "1f0c9a7", DeploymentStatus::Successful),
    ];
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.plan.writes, ["ecs:RegisterTaskDefinition", "ecs:UpdateService"]);
    assert_eq!(draft.facts.image, format!("{REPOSITORY}@{}", digest("1f0c9a7")));
}

fn revision(number: u32, tag: &str, outcome: &str, current: bool) -> Revision {
    Revision {
        label: format!("prod-service:{number}"),
        task_definition: definition_arn(number),
        version: Version::of(&format!("{REPOSITORY}:{tag}"), None),
        outcome: outcome.to_owned(),
        current,
        ..Revision::default()
    }
}

#[test]
fn revisions_are_asked_where_the_history_does_not_tell() {
    let mut world = World::new(Kind::Ecs);
    world.detail.history.truncate(1);
    world.revisions =
        vec![revision(41, "1f0c9a7", "succeeded", true), revision(40, "0aa1111", "succeeded", false)];
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.facts.definition, Some(definition_arn(40)));
    assert!(draft.plan.warnings.is_empty());

    // where AWS has no history at all, the revision before is a guess and called one
    world.detail.history_known = false;
    world.detail.history.clear();
    world.revisions = vec![
        revision(42, "8be02d4", "", false),
        revision(41, "1f0c9a7", "", true),
        revision(40, "0aa1111", "", false),
    ];
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.facts.definition, Some(definition_arn(40)));
    assert!(warns(&draft.plan, "whether this revision ever ran is not known"));
}

#[test]
fn a_chosen_revision_is_taken() {
    let world = World::new(Kind::Ecs);
    let to = Some(revision(40, "0aa1111", "", false));
    let draft = plan(&world, Wish::RollBack { to }).unwrap();
    assert_eq!(line(&draft.plan, "target"), "the revision you chose");
}

#[test]
fn a_rollout_in_flight_is_stopped_with_rollback() {
    let mut world = World::new(Kind::Ecs);
    world.roll();
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.plan.writes, ["ecs:StopServiceDeployment"]);
    assert!(line(&draft.plan, "mechanism").contains("ROLLBACK"));
    assert_eq!((draft.plan.from.as_str(), draft.plan.to.as_str()), ("prod-service:42", "prod-service:41"));
}

#[test]
fn without_service_deployments_a_rollout_in_flight_is_set_back() {
    let mut world = World::new(Kind::Ecs);
    world.roll();
    world.detail.history.clear();
    world.detail.history_known = false;
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.plan.writes, ["ecs:UpdateService"]);
    assert_eq!(draft.facts.definition, Some(definition_arn(41)));
}

#[test]
fn app_runner_goes_back_by_journal_or_by_guess() {
    let mut world = World::new(Kind::AppRunner);
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.facts.image, format!("{REPOSITORY}:0aa1111"));
    assert!(warns(&draft.plan, "a guess"));
    assert_eq!(draft.plan.writes, ["apprunner:UpdateService"]);

    let mut context = world.context();
    let version = |tag: &str| Version::of(&format!("{REPOSITORY}:{tag}"), Some(&digest(tag)));
    context.previous = vec![
        (version("0aa1111"), Ran::PutInPlace(NOW.plus(-90_000_000))),
        (version("8be02d4"), Ran::PutInPlace(NOW.plus(-7_200_000))),
        (version("8be02d4"), Ran::Until(NOW.plus(-3_600_000))),
        (version("1f0c9a7"), Ran::PutInPlace(NOW.plus(-3_000_000))),
    ];
    let draft = plan_in(&world, context, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.facts.image, format!("{REPOSITORY}@{}", digest("8be02d4")));
    assert!(line(&draft.plan, "target").contains("deployed 2h ago"));
    assert!(!warns(&draft.plan, "a guess"));

    world.detail.auto_deploy = Some(true);
    let to = Some(Revision { version: version("0aa1111"), ..Revision::default() });
    let draft = plan(&world, Wish::RollBack { to }).unwrap();
    assert!(!warns(&draft.plan, "automatic deployments"));
    assert_eq!(draft.plan.to, "0aa1111");
}

#[test]
fn app_runner_never_goes_forward_either() {
    let world = World::new(Kind::AppRunner);
    let version = |tag: &str| Version::of(&format!("{REPOSITORY}:{tag}"), Some(&digest(tag)));
    let at = |hours: i64| NOW.plus(-hours * 3_600_000);
    for (previous, image, found) in [
        // 1f0c9a7 ran, 8be02d4 was put in place and rolled back
        (
            vec![
                (version("1f0c9a7"), Ran::Until(at(5))),
                (version("8be02d4"), Ran::PutInPlace(at(4))),
                (version("8be02d4"), Ran::RolledBackFrom(at(3))),
                (version("1f0c9a7"), Ran::PutInPlace(at(2))),
            ],
            ":0aa1111".to_owned(),
            "the next older image in ECR",
        ),
        // the journal does not know that 1f0c9a7 ran before, and does that 8be02d4 was left for it
        (
            vec![
                (version("8be02d4"), Ran::RolledBackFrom(at(3))),
                (version("1f0c9a7"), Ran::PutInPlace(at(2))),
            ],
            ":0aa1111".to_owned(),
            "the next older image in ECR",
        ),
        // it was left once, and put in place again
        (
            vec![
                (version("8be02d4"), Ran::RolledBackFrom(at(9))),
                (version("8be02d4"), Ran::PutInPlace(at(5))),
                (version("8be02d4"), Ran::Until(at(3))),
                (version("1f0c9a7"), Ran::PutInPlace(at(2))),
            ],
            format!("@{}", digest("8be02d4")),
            "deployed 5h ago",
        ),
        (
            vec![(version("0aa1111"), Ran::Until(at(3))), (version("1f0c9a7"), Ran::PutInPlace(at(2)))],
            format!("@{}", digest("0aa1111")),
            "ran until 3h ago",
        ),
    ] {
        let mut context = world.context();
        context.previous = previous;
        let draft = plan_in(&world, context, Wish::RollBack { to: None }).unwrap();
        assert_eq!(draft.facts.image, format!("{REPOSITORY}{image}"));
        assert!(line(&draft.plan, "target").starts_with(found), "{}", line(&draft.plan, "target"));
    }
    let mut oldest = World::new(Kind::AppRunner);
    oldest.set_image(&format!("{REPOSITORY}:0aa1111"), Some(&digest("0aa1111")));
    let refusal = plan(&oldest, Wish::RollBack { to: None }).unwrap_err();
    assert!(refusal.remedy.contains("Revisions tab"), "{refusal:?}");
}

#[test]
fn leaving_a_followed_tag_is_warned_of() {
    let mut world = World::new(Kind::AppRunner);
    world.detail.auto_deploy = Some(true);
    world.set_image(&format!("{REPOSITORY}:latest"), Some(&digest("8be02d4")));
    let leaves = "leaves the tag latest: pushes to it no longer deploy";
    for (wish, left, stays) in [
        (tag("1f0c9a7"), true, false),
        (Wish::Deploy(ImageChoice::Digest(digest("1f0c9a7"))), true, false),
        (Wish::RollBack { to: None }, true, false),
        (tag("latest"), false, true),
        (Wish::Redeploy, false, true),
    ] {
        let draft = plan(&world, wish.clone()).unwrap();
        assert_eq!(warns(&draft.plan, leaves), left, "{wish:?}");
        assert_eq!(warns(&draft.plan, "automatic deployments are on"), stays, "{wish:?}");
    }
}

#[test]
fn the_same_image_has_one_name_on_both_sides() {
    let mut world = World::new(Kind::AppRunner);
    world.set_image(&format!("{REPOSITORY}@{}", digest("1f0c9a7")), None);
    let draft = plan(&world, Wish::Redeploy).unwrap();
    assert_eq!((draft.plan.from.as_str(), draft.plan.to.as_str()), ("1f0c9a7", "1f0c9a7"));
}

#[test]
fn express_goes_back_by_image() {
    let mut world = World::new(Kind::Express);
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.facts.image, format!("{REPOSITORY}:0aa1111"));
    world.roll();
    let draft = plan(&world, Wish::RollBack { to: None }).unwrap();
    assert_eq!(draft.plan.writes, ["ecs:StopServiceDeployment"]);
}

#[test]
fn a_migration_runs_what_is_set() {
    let draft = plan(&World::new(Kind::Ecs), Wish::Migrate { image: None }).unwrap();
    let plan = &draft.plan;
    assert_eq!(plan.title, "Run migrations of 1f0c9a7 for prod-service");
    assert_eq!(plan.writes, ["ecs:RunTask", "ecs:StopTask"]);
    for (label, value) in [
        ("command", "goose -dir migrations up"),
        ("container", "service: the only essential one"),
        ("definition", "prod-service:41"),
        ("launched on", "FARGATE, subnet-1"),
        ("timeout", "10m from its start, which may take 30m"),
        ("log", "prod-service, svc/service"),
    ] {
        assert_eq!(line(plan, label), value, "{label}");
    }
    let order = &draft.facts.orders[0];
    assert_eq!(order.asked.client_token, "flightdeck-run-1");
    assert_eq!(order.asked.started_by, "flightdeck/run-1");
    assert_eq!(order.asked.task_definition, definition_arn(41));
}

#[test]
fn a_migration_of_a_moving_tag_is_pinned_to_what_the_tag_names_now() {
    let mut world = World::new(Kind::Ecs);
    world.set_image(&format!("{REPOSITORY}:latest"), Some(&digest("1f0c9a7")));
    let draft = plan(&world, Wish::Migrate { image: None }).unwrap();
    assert_eq!(draft.plan.writes, ["ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:StopTask"]);
    assert!(warns(&draft.plan, "8be02d4 is not the image that runs"));
    assert_eq!(draft.facts.orders[0].asked.task_definition, "");
    let document = draft.documents[0].as_ref().unwrap();
    let pinned = format!("{REPOSITORY}@{}", digest("8be02d4"));
    assert_eq!(document.open()["containerDefinitions"][0]["image"], pinned.as_str());
}

#[test]
fn a_migration_may_run_another_image_elsewhere() {
    let world = World::new(Kind::Ecs);
    let mut context = world.context();
    context.migration.image = Some(ImageChoice::Tag("8be02d4".into()));
    context.migration.launch_type = "EC2".into();
    context.migration.timeout_s = 90;
    let draft = plan_in(&world, context, Wish::Migrate { image: None }).unwrap();
    assert_eq!(draft.plan.to, "8be02d4");
    assert!(line(&draft.plan, "timeout").starts_with("1m 30s"));
    assert_eq!(draft.facts.orders[0].asked.launch_type, "EC2");
}

#[test]
fn a_migration_of_a_picked_image_runs_a_pinned_copy() {
    let world = World::new(Kind::Ecs);
    let pick = |image| plan(&world, Wish::Migrate { image: Some(image) });
    let pinned = format!("{REPOSITORY}@{}", digest("8be02d4"));
    for choice in [
        ImageChoice::Tag("8be02d4".into()),
        ImageChoice::Tag("latest".into()),
        ImageChoice::Digest(digest("8be02d4")),
        ImageChoice::Reference(format!("{REPOSITORY}:8be02d4")),
    ] {
        let draft = pick(choice.clone()).unwrap();
        assert_eq!(draft.plan.title, "Run migrations of 8be02d4 for prod-service", "{choice:?}");
        assert_eq!(draft.plan.writes, ["ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:StopTask"]);
        assert_eq!(line(&draft.plan, "definition"), "a copy of prod-service:41");
        assert_eq!(draft.facts.orders[0].asked.task_definition, "");
        let document = draft.documents[0].as_ref().unwrap();
        assert_eq!(document.open()["containerDefinitions"][0]["image"], pinned.as_str());
        assert_eq!(document.open()["containerDefinitions"][1]["image"], "envoy:v1.2");
        assert!(
            draft.plan.diff.iter().any(|l| matches!(l, DiffLine::Added(text) if text.contains(&pinned))),
            "{:?}",
            draft.plan.diff
        );
    }
    // the image in use needs no copy
    for choice in [ImageChoice::Current, ImageChoice::Tag("1f0c9a7".into())] {
        assert_eq!(pick(choice).unwrap().plan.writes, ["ecs:RunTask", "ecs:StopTask"]);
    }
    assert!(pick(ImageChoice::Tag("gone".into())).unwrap_err().why.contains("has no image gone"));
}

#[test]
fn launch_type_and_capacity_providers_exclude_each_other() {
    let mut world = World::new(Kind::Ecs);
    world.detail.capacity_providers = vec![("FARGATE_SPOT".into(), 1, 0)];
    let order = plan(&world, Wish::Migrate { image: None }).unwrap().facts.orders.remove(0);
    assert!(order.asked.launch_type.is_empty());
    assert_eq!(order.asked.capacity_providers.len(), 1);
    let mut context = world.context();
    context.migration.launch_type = "FARGATE".into();
    let order = plan_in(&world, context, Wish::Migrate { image: None }).unwrap().facts.orders.remove(0);
    assert!(order.asked.capacity_providers.is_empty());
}

#[test]
fn app_runner_migrates_in_the_named_cluster() {
    let world = World::new(Kind::AppRunner);
    let mut context = world.context();
    context.migration.cluster = Some("jobs".into());
    context.migration.task_definition = Some("prod-service".into());
    context.migration.network = Some(crate::model::launch::Network::default());
    let draft = plan_in(&world, context, Wish::Migrate { image: None }).unwrap();
    assert_eq!(line(&draft.plan, "runs in"), "jobs");
    assert_eq!(draft.facts.orders[0].asked.cluster, "jobs");
}

#[test]
fn scaling_says_from_what_to_what() {
    let mut world = World::new(Kind::Ecs);
    let draft = plan(&world, Wish::Scale(20)).unwrap();
    assert_eq!(line(&draft.plan, "tasks"), "2 → 20");
    assert!(warns(&draft.plan, "more than 5 times"));
    assert!(warns(&plan(&world, Wish::Scale(0)).unwrap().plan, "nothing answers"));
    world.roll();
    assert!(warns(&plan(&world, Wish::Scale(3)).unwrap().plan, "a rollout is in flight"));
}

#[test]
fn stops_are_spelled_out() {
    let mut world = World::new(Kind::Ecs);
    world.roll();
    let draft = plan(&world, Wish::StopRollout).unwrap();
    assert_eq!(draft.plan.title, "Stop the rollout of prod-service:42 on prod-service where it is");
    assert!(warns(&draft.plan, "keep running"));
    let mut running = task("RUNNING", None, "", "");
    running.started_by = "ecs-svc/42".into();
    world.detail.tasks = vec![running];
    world.detail.service.running = Some(1);
    let draft = plan(&world, Wish::StopTask { task: "7f21c0".into() }).unwrap();
    assert_eq!(draft.plan.writes, ["ecs:StopTask"]);
    assert!(warns(&draft.plan, "starts another one"));
    assert!(warns(&draft.plan, "the only one"));
}

#[test]
fn a_redeploy_says_what_the_tag_names_now() {
    let mut world = World::new(Kind::Ecs);
    world.set_image(&format!("{REPOSITORY}:latest"), Some(&digest("1f0c9a7")));
    let draft = plan(&world, Wish::Redeploy).unwrap();
    assert!(warns(&draft.plan, "names another image now"));
    assert_eq!(draft.plan.to, "8be02d4");
}
