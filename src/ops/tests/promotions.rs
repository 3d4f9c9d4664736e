//! Promotions: what runs there, put in place here.

use super::aws::{Aws, Pilot, guarded};
use super::harness::plan_in;
use super::world::*;
use crate::model::{
    Image, Kind, RunKind, ServiceDetail, ServiceKey, ServiceState, StepState, Verdict, Version, Write,
};
use crate::ops::{Context, Draft, PlanFile, Promotion, Wish};

fn from() -> ServiceKey {
    ServiceKey::new("staging", Kind::Ecs, "staging", "staging-service")
}

fn promote() -> Wish {
    Wish::Promote { from: from() }
}

/// Staging runs 8be02d4, prod 1f0c9a7; three images lie between.
fn world(kind: Kind) -> World {
    let mut world = World::new(kind);
    let mut staging: ServiceDetail = World::new(Kind::Ecs).detail;
    staging.service.key = from();
    staging.service.version = Version::of(&format!("{REPOSITORY}:8be02d4"), Some(&digest("8be02d4")));
    let definition = staging.task_definition.as_mut().unwrap();
    definition.containers[0].image = format!("{REPOSITORY}:8be02d4");
    definition.containers[0].environment = vec!["PORT".into(), "FLAG".into(), "KEY".into()];
    definition.containers[0].secrets = vec!["DATABASE_URL".into()];
    if let Some(own) = world.detail.task_definition.as_mut() {
        own.containers[0].environment = vec!["PORT".into()];
        own.containers[0].secrets = vec!["DATABASE_URL".into(), "KEY".into(), "OLD".into()];
    }
    world.others = vec![staging];
    for (tag, age_s) in [("aaaaaa1", 7_200), ("aaaaaa2", 5_400), ("aaaaaa3", 3_600)] {
        let pushed_at = Some(NOW.plus(-age_s * 1_000));
        world.images.push(Image {
            digest: digest(tag),
            tags: vec![tag.into()],
            pushed_at,
            bytes: 1,
            artifact: None,
        });
    }
    world
}

fn plan(world: &World, context: Context) -> Draft {
    plan_in(world, context, promote()).unwrap()
}

fn line<'a>(draft: &'a Draft, label: &str) -> &'a str {
    draft.plan.lines.iter().find(|l| l.label == label).map_or("", |l| l.value.as_str())
}

#[test]
fn a_promotion_carries_the_digest_and_says_what_lies_between() {
    let world = world(Kind::Ecs);
    let draft = plan(&world, guarded(&world));
    assert_eq!(draft.plan.kind, RunKind::Promote);
    assert_eq!(draft.plan.title, "Promote 8be02d4 from staging to prod-service");
    assert_eq!((draft.plan.from.as_str(), draft.plan.to.as_str()), ("1f0c9a7", "8be02d4"));
    assert_eq!(line(&draft, "promoted from"), "staging/staging-service, 8be02d4, sha256:8be02d400000");
    assert_eq!(line(&draft, "between"), "3 images: aaaaaa3, aaaaaa2, aaaaaa1");
    let warned = |text: &str| draft.plan.warnings.iter().any(|w| w == text);
    assert!(warned("only staging sets FLAG"), "{:?}", draft.plan.warnings);
    assert!(warned("only prod sets OLD"));
    assert!(warned("KEY is a secret in prod and a plain variable in staging"));
    assert!(!draft.plan.diff.is_empty());
    let pinned = format!("{REPOSITORY}@{}", digest("8be02d4"));
    assert_eq!(draft.facts.image, pinned);
    let (mut aws, mut pilot) = (Aws::new(world), Pilot::fly(draft));
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Succeeded, "prod-service:42 is in place and steady; quiet for 5m");
    assert_eq!(aws.set(), pinned);
    assert_eq!(aws.tasks.len(), 3);
}

#[test]
fn what_cannot_be_promoted_is_refused() {
    type Bend = fn(&mut World);
    let table: [(Bend, &str); 6] = [
        (
            |w| w.others[0].service.version = w.detail.service.version.clone(),
            "prod-service runs what staging/staging-service runs",
        ),
        (|w| w.images.retain(|i| i.tags[0] != "8be02d4"), "has no image sha256:8be02d400000, which staging"),
        (
            |w| {
                w.others[0].service.version.digest = None;
                w.others[0].tasks = Vec::new();
            },
            "is not known by its digest (8be02d4)",
        ),
        (|w| w.others[0].service.state = ServiceState::Inactive, "is inactive"),
        (
            |w| {
                let mut rolling = World::new(Kind::Ecs);
                rolling.roll();
                w.others[0].history = rolling.detail.history;
            },
            "a rollout is in flight on staging/staging-service",
        ),
        (World::roll, "a rollout is in flight on prod-service"),
    ];
    for (bend, why) in table {
        let mut world = world(Kind::Ecs);
        bend(&mut world);
        let refusal = plan_in(&world, guarded(&world), promote()).unwrap_err();
        assert!(refusal.why.contains(why), "{refusal}");
    }
    let world = world(Kind::Ecs);
    let own = Wish::Promote { from: key(Kind::Ecs) };
    assert!(plan_in(&world, guarded(&world), own).unwrap_err().why.contains("to itself"));
}

#[test]
fn a_promotion_without_gates_is_a_deploy() {
    for kind in [Kind::Ecs, Kind::Express, Kind::AppRunner] {
        let world = world(kind);
        let mut context = world.context();
        context.migration.command = Vec::new();
        let draft = plan(&world, context);
        assert!(draft.plan.steps.len() <= 4, "{:?}", draft.plan.steps);
        let (mut aws, mut pilot) = (Aws::new(world), Pilot::fly(draft));
        pilot.finish(&mut aws);
        pilot.ends(Verdict::Succeeded, "in place");
        assert!(aws.set().ends_with(&digest("8be02d4")) || kind == Kind::Express, "{kind}: {}", aws.set());
    }
}

fn tagged(kind: Kind) -> (World, Context) {
    let mut world = world(kind);
    world.images.iter_mut().find(|i| i.tags[0] == "1f0c9a7").unwrap().tags.push("prod".into());
    world.set_image(&format!("{REPOSITORY}:prod"), Some(&digest("1f0c9a7")));
    world.definitions[0] = definition(41, &format!("{REPOSITORY}:prod"));
    let mut context = guarded(&world);
    if kind == Kind::AppRunner {
        context.migration.command = Vec::new();
        context.migration.checks = Vec::new();
    }
    context.promotion = Promotion::Tag;
    (world, context)
}

#[test]
fn a_tag_is_moved_and_its_tasks_are_replaced() {
    let (world, context) = tagged(Kind::Ecs);
    let draft = plan(&world, context);
    assert_eq!(line(&draft, "tag"), "fem-fd-service:prod → sha256:8be02d400000, was sha256:1f0c9a700000");
    let (mut aws, mut pilot) = (Aws::new(world), Pilot::fly(draft));
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Succeeded, "in place and steady; quiet for 5m");
    assert_eq!(aws.tags, [("prod".to_owned(), digest("8be02d4"))]);
    assert!(
        aws.done.iter().any(|w| matches!(w, Write::UpdateService { force: true, task_definition: None, .. }))
    );
    assert_eq!(aws.registered.len(), 1, "a pinned copy for the migration alone");
}

#[test]
fn a_moved_tag_is_moved_back_when_the_window_fails() {
    for kind in [Kind::Ecs, Kind::AppRunner] {
        let (world, context) = tagged(kind);
        let (mut aws, mut pilot) = (Aws::new(world.clone()), Pilot::fly(plan(&world, context)));
        pilot.reach(&mut aws, "watch for 5m");
        aws.traffic.1 = 80.0;
        pilot.finish(&mut aws);
        pilot.ends(Verdict::RolledBack, "is back");
        let moves: Vec<&str> = aws.tags.iter().map(|(_, digest)| digest.as_str()).collect();
        assert_eq!(moves, [digest("8be02d4"), digest("1f0c9a7")], "{kind}");
        assert!(pilot.run.view().steps.last().unwrap().state == StepState::Done);
    }
}

#[test]
fn a_tag_that_stays_moved_is_told() {
    let (world, context) = tagged(Kind::Ecs);
    let (mut aws, mut pilot) = (Aws::new(world.clone()), Pilot::fly(plan(&world, context)));
    aws.denied = vec!["ecs:UpdateService"];
    pilot.finish(&mut aws);
    pilot.ends(Verdict::Refused, "what the migration did stays; the tag prod stays moved");
}

#[test]
fn a_tag_that_names_a_commit_cannot_be_moved() {
    let world = world(Kind::Ecs);
    let mut context = guarded(&world);
    context.promotion = Promotion::Tag;
    let refusal = plan_in(&world, context, promote()).unwrap_err();
    assert!(refusal.why.contains("that is no tag of") && refusal.remedy.contains("pinned"), "{refusal}");
}

#[test]
fn a_plan_in_a_file_is_refused_when_the_world_moved() {
    type Bend = fn(&mut World, &mut Context);
    let before = world(Kind::Ecs);
    let file = PlanFile::of(&plan(&before, guarded(&before)), &promote(), NOW);
    let file = PlanFile::read(&file.text()).unwrap();
    assert_eq!(file.wish, promote());
    let table: [(Bend, &str); 5] = [
        (|_, _| (), ""),
        (
            |w, c| {
                w.identity.account = "999999999999".into();
                c.account = "999999999999".into();
            },
            "the account was 111122223333, and is 999999999999",
        ),
        (|_, c| c.region = "eu-west-1".into(), "the region was us-west-2"),
        (|w, _| w.detail.service.task_definition = definition_arn(40), "the task definition that is set was"),
        (|_, c| c.verify = None, "the list of its steps was"),
    ];
    for (bend, why) in table {
        let mut now = world(Kind::Ecs);
        let mut context = guarded(&now);
        bend(&mut now, &mut context);
        match file.matches(&plan(&now, context)) {
            Ok(()) => assert_eq!(why, ""),
            Err(refusal) => assert!(!why.is_empty() && refusal.why.contains(why), "{refusal}"),
        }
    }
    for (text, why) in [
        ("", "cannot be read"),
        ("{}", "is not a plan"),
        ("{\"format\": 9}", "a later version of flightdeck"),
    ] {
        assert!(PlanFile::read(text).unwrap_err().why.contains(why), "{text}");
    }
}
