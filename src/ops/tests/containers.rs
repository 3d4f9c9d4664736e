//! Which container is changed: the application's, and those that share its repository.

use super::harness::{plan, plan_in};
use super::world::{REPOSITORY, World};
use crate::model::{ContainerBrief, DiffLine, ImageChoice, Kind, Plan, Pointers, Sealed};
use crate::ops::{Draft, Wish};

const TOOLS: &str = "111122223333.dkr.ecr.us-west-2.amazonaws.com/tools";

/// Name, image, essential, whether it routes logs.
type Row<'a> = (&'a str, &'a str, bool, bool);

/// A world whose service has these containers.
fn world(containers: &[Row<'_>]) -> World {
    let mut world = World::new(Kind::Ecs);
    for definition in world.definitions.iter_mut().chain(world.detail.task_definition.as_mut()) {
        let documents: Vec<_> = containers
            .iter()
            .map(|(name, image, essential, _)| {
                serde_json::json!({"name": name, "image": image, "essential": essential, "environment": []})
            })
            .collect();
        let mut document = definition.document.open().clone();
        document["containerDefinitions"] = documents.into();
        definition.shown = document.clone();
        definition.document = Sealed::new(document);
        definition.containers = containers
            .iter()
            .map(|(name, image, essential, router)| ContainerBrief {
                name: (*name).to_owned(),
                image: (*image).to_owned(),
                essential: *essential,
                router: *router,
                ..ContainerBrief::default()
            })
            .collect();
    }
    world
}

fn line<'a>(plan: &'a Plan, label: &str) -> Option<&'a str> {
    plan.lines.iter().find(|line| line.label == label).map(|line| line.value.as_str())
}

/// The images of the copy that is registered, by its place.
fn images(draft: &Draft, place: usize) -> Vec<&str> {
    let document = draft.documents[place].as_ref().unwrap().open();
    document["containerDefinitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["image"].as_str().unwrap())
        .collect()
}

fn deploy() -> Wish {
    Wish::Deploy(ImageChoice::Tag("8be02d4".into()))
}

#[test]
fn a_log_router_in_front_is_left_alone() {
    let (own, new) = (format!("{REPOSITORY}:1f0c9a7"), format!("{REPOSITORY}:8be02d4"));
    let router = ("log_router", "own/router:3", true, true);
    let collector =
        ("aws-otel-collector", "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.1", true, false);
    for beside in [router, collector] {
        let mut world = world(&[beside, ("web", &own, true, false)]);
        let why = "web: the others are agents, proxies or log routers";
        let draft = plan(&world, deploy()).unwrap();
        assert_eq!((images(&draft, 0), line(&draft.plan, "container")), (vec![beside.1, &new], Some(why)));
        world.detail.pointers = Pointers { balancers: vec!["web".into()], ..Pointers::default() };
        let draft = plan(&world, deploy()).unwrap();
        assert_eq!(line(&draft.plan, "container"), Some("web: named by the load balancer"));
        assert_eq!(images(&draft, 0), [beside.1, &new]);
    }
}

#[test]
fn what_could_be_either_is_refused_with_their_names() {
    let own = format!("{REPOSITORY}:1f0c9a7");
    let world = world(&[("web", &own, true, false), ("tools", &format!("{TOOLS}:1.2.3"), true, false)]);
    let refusal = plan(&world, deploy()).unwrap_err();
    assert!(refusal.why.contains("is not known: web or tools"), "{refusal}");
    assert!(refusal.remedy.contains("set container"), "{refusal}");
    // a whole reference names the repository, and by that the container
    let whole = Wish::Deploy(ImageChoice::Reference(format!("{REPOSITORY}:8be02d4")));
    let draft = plan(&world, whole).unwrap();
    assert_eq!(line(&draft.plan, "container"), Some("web: the only one of this image's repository"));
    let mut context = world.context();
    context.container = Some("web".into());
    let draft = plan_in(&world, context, deploy()).unwrap();
    assert_eq!(line(&draft.plan, "container"), Some("web: configured"));
}

#[test]
fn an_image_of_another_container_is_not_put_into_the_applications() {
    let own = format!("{REPOSITORY}:1f0c9a7");
    let mut world = world(&[("proxy", &format!("{TOOLS}:1.2.3"), true, false), ("web", &own, true, false)]);
    world.detail.pointers.balancers = vec!["proxy".into()];
    let whole = Wish::Deploy(ImageChoice::Reference(format!("{REPOSITORY}:8be02d4")));
    let refusal = plan(&world, whole).unwrap_err();
    assert!(
        refusal.why.contains("the repository of web") && refusal.why.contains("container proxy"),
        "{refusal}"
    );
}

#[test]
fn every_container_of_the_repository_gets_the_image_unless_told_otherwise() {
    let (own, new) = (format!("{REPOSITORY}:1f0c9a7"), format!("{REPOSITORY}:8be02d4"));
    let world = world(&[
        ("service", &own, true, false),
        ("migrate", &own, false, false),
        ("cron", "cron:1", false, false),
    ]);
    let draft = plan(&world, deploy()).unwrap();
    assert_eq!(images(&draft, 0), [&new, &new, "cron:1"]);
    assert_eq!(line(&draft.plan, "changes too"), Some("migrate: 1f0c9a7 → 8be02d4, of the same repository"));
    let added = draft.plan.diff.iter().filter(|l| matches!(l, DiffLine::Added(text) if text.contains(&new)));
    assert_eq!(added.count(), 2);
    let mut context = world.context();
    context.others_stay = true;
    let draft = plan_in(&world, context, deploy()).unwrap();
    assert_eq!(images(&draft, 0), [&new, &own, "cron:1"]);
    assert!(draft.plan.warnings.iter().any(|w| w.contains("container migrate") && w.contains("keeps it")));
}

#[test]
fn the_container_of_the_migration_is_not_the_applications() {
    let (own, new) = (format!("{REPOSITORY}:1f0c9a7"), format!("{REPOSITORY}:8be02d4"));
    let world = world(&[("migrate", &own, false, false), ("service", &own, true, false)]);
    let mut context = world.context();
    context.migration.container = Some("migrate".into());
    let release = || Wish::Release(ImageChoice::Tag("8be02d4".into()));
    let draft = plan_in(&world, context.clone(), release()).unwrap();
    assert_eq!(line(&draft.plan, "container"), Some("service: the only essential one"));
    assert_eq!(line(&draft.plan, "migrates in"), Some("container migrate"));
    assert_eq!((images(&draft, 0), draft.documents.len()), (vec![new.as_str(), new.as_str()], 1));
    assert_eq!(
        (draft.facts.orders[0].asked.container.as_str(), draft.facts.image.as_str()),
        ("migrate", new.as_str())
    );
    // and where it keeps its image in the service, it migrates with the new one all the same
    context.others_stay = true;
    let draft = plan_in(&world, context, release()).unwrap();
    assert_eq!(images(&draft, 0), [&own, &new]);
    assert!(images(&draft, 1)[0].starts_with(&format!("{REPOSITORY}@sha256:")));
}

#[test]
fn a_migration_in_another_image_runs_that_and_the_service_still_gets_the_new_one() {
    let (own, new) = (format!("{REPOSITORY}:1f0c9a7"), format!("{REPOSITORY}:8be02d4"));
    let tools = format!("{TOOLS}:1f0c9a7");
    let world = world(&[("service", &own, true, false), ("migrate", &tools, false, false)]);
    let mut context = world.context();
    context.migration.container = Some("migrate".into());
    let draft = plan_in(&world, context, Wish::Release(ImageChoice::Tag("8be02d4".into()))).unwrap();
    assert_eq!(images(&draft, 0), [&new, &tools]);
    assert!(
        draft.plan.warnings.iter().any(|w| w.contains("container migrate") && w.contains("its own is run"))
    );
    assert_eq!(draft.facts.image, new);
}

#[test]
fn a_way_back_pins_all_that_has_the_image() {
    let moving = format!("{REPOSITORY}:latest");
    let mut world = world(&[("service", &moving, true, false), ("worker", &moving, true, false)]);
    world.detail.service.version.image.clone_from(&moving);
    world.detail.service.version.tag = Some("latest".into());
    let mut context = world.context();
    context.verify =
        Some(crate::ops::VerifySettings { window_ms: 60_000, ..crate::ops::VerifySettings::default() });
    let draft = plan_in(&world, context, Wish::Release(ImageChoice::Tag("8be02d4".into()))).unwrap();
    let back = draft.facts.templates.last().unwrap();
    assert_eq!(back.containers(), ["service", "worker"]);
    assert!(back.image.starts_with(&format!("{REPOSITORY}@sha256:")), "{}", back.image);
}
