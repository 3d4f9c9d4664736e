//! What a run comes to does not hang on how tidy AWS's answers are: the same wishes end with the same verdict, by the
//! same changes, whatever the seed.

use crate::support::*;
use flightdeck::{
    model::{ImageChoice, Kind, ServiceKey, Verdict},
    ops::{Context, VerifySettings, Wish},
    sim::{untidy::Untidiness, world::World},
};

/// Seeds; `FLIGHTDECK_SEEDS="1 2 3,future"` names others.
const SEEDS: &str = "2 9 5,future";

fn seeds() -> Vec<Untidiness> {
    let told = std::env::var("FLIGHTDECK_SEEDS").unwrap_or_else(|_| SEEDS.to_owned());
    told.split_whitespace().map(|seed| seed.parse().expect("FLIGHTDECK_SEEDS")).collect()
}

/// A world, its text where it is no shipped one, a service, and what is wished for one after the other.
struct Case {
    world: &'static str,
    key: ServiceKey,
    wishes: Vec<Wish>,
    settle: fn(&mut Context),
}

fn as_it_is(_: &mut Context) {}

fn guarded(context: &mut Context) {
    context.migration.command.clear();
    context.verify =
        Some(VerifySettings { window_ms: 180_000, max_5xx_ratio: Some(0.01), ..VerifySettings::default() });
}

fn with_migration(context: &mut Context) {
    context.verify =
        Some(VerifySettings { window_ms: 180_000, max_5xx_ratio: Some(0.01), ..VerifySettings::default() });
}

fn beside(context: &mut Context) {
    context.migration.container = Some("migrate".to_owned());
}

fn release(tag: &str) -> Wish {
    Wish::Release(ImageChoice::Tag(tag.to_owned()))
}

const MIGRATE: Wish = Wish::Migrate { image: None };

/// How a flight went: refusal of the plan, or verdict and changes.
#[derive(Debug, PartialEq, Eq)]
enum Went {
    Refused,
    Ran(Verdict, Vec<String>),
}

async fn run(case: &Case, untidiness: Option<Untidiness>) -> Vec<Went> {
    let world = match case.world {
        "traffic" => World::from_toml(include_str!("traffic.toml"), "traffic.toml").unwrap(),
        name => World::named(name, None).unwrap(),
    };
    let mut tower = Tower::as_untidy_as(world, untidiness).await;
    let mut went = Vec::new();
    for wish in &case.wishes {
        let mut context = tower.context(&case.key).await;
        (case.settle)(&mut context);
        let Ok(draft) = tower.plan_in(&case.key, wish.clone(), context).await else {
            went.push(Went::Refused);
            continue;
        };
        let mut headless = tower.launch(draft);
        headless.finish(&mut tower).await;
        let view = headless.view();
        let mut changes: Vec<String> = view.writes.iter().map(|(operation, ..)| operation.clone()).collect();
        // a change whose answer or effect is in doubt is asked for again, under the same token
        changes.dedup();
        went.push(Went::Ran(view.end.as_ref().expect("it has ended").0, changes));
        tower.wait(30_000).await;
    }
    went
}

async fn hold_to_the_same(cases: Vec<Case>) {
    for case in &cases {
        let tidy = run(case, None).await;
        for seed in seeds() {
            let untidy = run(case, Some(seed)).await;
            assert_eq!(untidy, tidy, "{} of {} under {seed:?}: {:?}", case.key, case.world, case.wishes);
        }
    }
}

fn ecs(world: &'static str, name: &str, wishes: Vec<Wish>, settle: fn(&mut Context)) -> Case {
    Case { world, key: ServiceKey::new(world, Kind::Ecs, world, name), wishes, settle }
}

#[tokio::test]
async fn deploys_and_rollbacks_come_to_the_same() {
    let fem = |environment: &str, wishes| Case {
        world: "fem",
        key: service(environment),
        wishes,
        settle: as_it_is,
    };
    hold_to_the_same(vec![
        fem("staging", vec![deploy("e7b41d2"), back()]),
        fem("prod", vec![deploy("c90f3ad"), back(), Wish::Scale(3), Wish::Redeploy]),
        Case {
            world: "fem",
            key: startup(),
            wishes: vec![deploy("e7b41d2"), deploy("c90f3ad")],
            settle: as_it_is,
        },
    ])
    .await;
}

#[tokio::test]
async fn migrations_and_releases_come_to_the_same() {
    let fem = |wishes, settle| Case { world: "fem", key: service("staging"), wishes, settle };
    hold_to_the_same(vec![
        fem(vec![MIGRATE, release("e7b41d2")], with_migration),
        fem(vec![release("c90f3ad")], guarded),
        ecs("estate", "beside", vec![MIGRATE], beside),
        ecs("estate", "volumes", vec![MIGRATE], as_it_is),
    ])
    .await;
}

#[tokio::test]
async fn windows_come_to_the_same() {
    hold_to_the_same(vec![
        ecs("traffic", "wide", vec![release("b3f6071"), release("8be02d4")], guarded),
        ecs("traffic", "pair", vec![release("b3f6071")], guarded),
        ecs("traffic", "stuck", vec![release("8be02d4")], guarded),
    ])
    .await;
}

#[tokio::test]
async fn shifts_come_to_the_same() {
    hold_to_the_same(vec![
        ecs("rollouts", "linear", vec![deploy("good"), deploy("errors")], as_it_is),
        ecs("rollouts", "canary", vec![deploy("errors")], as_it_is),
    ])
    .await;
}
