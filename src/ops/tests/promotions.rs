//! Promotions: what runs there, put in place here.

use super::aws::{Aws, Driver, guarded};
use super::harness::plan_in;
use super::world::*;
use crate::model::{
    Image, Kind, RunKind, ServiceDetail, ServiceKey, ServiceState, Stamp, StepState, Verdict, Version, Write,
};
use crate::ops::{Context, Draft, NoEvidence, PlanFile, Promotion, Wish};

fn from() -> ServiceKey {
    ServiceKey::new("staging", Kind::Ecs, "staging", "staging-service")
}

pub(super) fn promote() -> Wish {
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
    let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "prod-service:42 is deployed and steady; quiet for 5m");
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
        let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
        driver.finish(&mut aws);
        driver.ends(Verdict::Succeeded, "deployed");
        assert!(aws.set().ends_with(&digest("8be02d4")) || kind == Kind::Express, "{kind}: {}", aws.set());
    }
}

pub(super) fn tagged(kind: Kind) -> (World, Context) {
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
    let (mut aws, mut driver) = (Aws::new(world), Driver::start(draft));
    driver.finish(&mut aws);
    driver.ends(Verdict::Succeeded, "deployed and steady; quiet for 5m");
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
        let (mut aws, mut driver) = (Aws::new(world.clone()), Driver::start(plan(&world, context)));
        driver.reach(&mut aws, "watch for 5m");
        aws.traffic.1 = 80.0;
        driver.finish(&mut aws);
        driver.ends(Verdict::RolledBack, "is back");
        let moves: Vec<&str> = aws.tags.iter().map(|(_, digest)| digest.as_str()).collect();
        assert_eq!(moves, [digest("8be02d4"), digest("1f0c9a7")], "{kind}");
        assert!(driver.run.view().steps.last().unwrap().state == StepState::Done);
    }
}

#[test]
fn a_tag_that_stays_moved_is_told() {
    let (world, context) = tagged(Kind::Ecs);
    let (mut aws, mut driver) = (Aws::new(world.clone()), Driver::start(plan(&world, context)));
    aws.denied = vec!["ecs:UpdateService"];
    driver.finish(&mut aws);
    driver.ends(Verdict::Refused, "what the migration did stays; the tag prod stays moved");
}

#[test]
fn a_tag_that_names_a_commit_cannot_be_moved() {
    let world = world(Kind::Ecs);
    let mut context = guarded(&world);
    context.promotion = Promotion::Tag;
    let refusal = plan_in(&world, context, promote()).unwrap_err();
    assert!(refusal.why.contains("that is not a tag of") && refusal.remedy.contains("pinned"), "{refusal}");
}

#[test]
fn a_plan_in_a_file_holds_its_whole_order() {
    type Bend = fn(&mut World, &mut Context);
    let migrating = |bend: Bend| {
        let (mut world, mut context) = (world(Kind::Ecs), guarded(&world(Kind::Ecs)));
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        context.migration.command = words("goose -dir migrations up");
        context.migration.checks = vec![words("goose status")];
        context.migration.environment = vec![("DB".to_owned(), "hunter2".to_owned())];
        bend(&mut world, &mut context);
        plan_in(&world, context, Wish::Migrate { image: None }).unwrap()
    };
    let file = PlanFile::of(&migrating(|_, _| ()), &Wish::Migrate { image: None }, NOW);
    assert!(!file.text().contains("hunter2"), "{}", file.text());
    let file = PlanFile::read(&file.text()).unwrap();
    assert_eq!(file.run, "run-1".into());
    let table: [(Bend, &str); 12] = [
        (|_, _| (), ""),
        (|_, c| c.migration.command[2] = "other".into(), "and is take the lock"),
        (
            |_, c| {
                let words: Vec<String> = ["goose", "-dir", "migrations up"].map(str::to_owned).into();
                c.migration.command = words;
            },
            r#"the command was ["goose","-dir","migrations","up"], and is ["goose","-dir","migrations up"]"#,
        ),
        (
            |_, c| c.migration.environment[0].1 = "hunter3".into(),
            "the variable DB of the command had another value",
        ),
        (
            |_, c| c.migration.environment.push(("LD_PRELOAD".into(), "/tmp/x.so".into())),
            "the variables that the command is run with were DB, and are DB, LD_PRELOAD",
        ),
        (|_, c| c.migration.environment.clear(), "were DB, and are none"),
        (|_, c| c.migration.timeout_s = 1, "timeout ms of the command was 600000, and is 1000"),
        (|_, c| c.migration.launch_type = "EXTERNAL".into(), "launch type of the command was"),
        (
            |w, _| {
                if let Some(network) = &mut w.detail.network {
                    network.security_groups = vec!["sg-other".into()];
                }
            },
            "network of the command was",
        ),
        (
            |w, _| {
                if let Some(network) = &mut w.detail.network {
                    network.subnets.reverse();
                }
            },
            "",
        ),
        (|_, c| c.lock = None, "was"),
        (
            |_, c| {
                if let Some(lock) = &mut c.lock {
                    lock.ttl_ms = 60_000;
                }
            },
            "time without refresh of the plan was",
        ),
    ];
    for (bend, why) in table {
        match file.matches(&migrating(bend)) {
            Ok(()) => assert_eq!(why, ""),
            Err(refusal) => assert!(!why.is_empty() && refusal.why.contains(why), "{why}: {refusal}"),
        }
    }
    // what becomes of a change without evidence
    let before = world(Kind::Ecs);
    let file = PlanFile::of(&plan(&before, guarded(&before)), &promote(), NOW);
    let mut context = guarded(&before);
    context.verify.as_mut().unwrap().no_evidence = NoEvidence::Pass;
    let refusal = file.matches(&plan(&before, context)).unwrap_err();
    assert!(refusal.why.contains("window of the plan was"), "{refusal}");
}

#[test]
fn a_plan_in_a_file_that_contradicts_itself_is_refused() {
    let before = world(Kind::Ecs);
    let mut file = PlanFile::of(&plan(&before, guarded(&before)), &promote(), Stamp(17));
    assert!(file.check().unwrap_err().why.contains("was changed since"), "a run of no flightdeck");
    file.run = "00000000011-1c2d3e4f-00".into();
    assert_eq!(file.check(), Ok(()));
    for (bend, why) in [
        ((|f: &mut PlanFile| f.made_at = Stamp(0)) as fn(&mut PlanFile), "was changed since"),
        (|f| f.run = "../00000011-1c2d3e4f-00".into(), "was changed since"),
        (|f| f.format = 1, "an earlier flightdeck"),
        (|f| f.format = 3, "a newer flightdeck"),
    ] {
        let mut bent = file.clone();
        bend(&mut bent);
        assert!(bent.check().unwrap_err().why.contains(why), "{why}");
    }
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
        ("", "not a saved plan: EOF"),
        ("{}", "not a saved plan: missing field"),
        ("{\"format\": 9}", "a newer flightdeck"),
    ] {
        assert!(PlanFile::read(text).unwrap_err().why.contains(why), "{text}");
    }
}
