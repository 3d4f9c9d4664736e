//! Images and containers as real fleets have them: which container is the application, which image is meant, what a
//! registry holds besides images.

use crate::support::*;
use flightdeck::{
    model::{Answer, Ask, ImageChoice, Kind, Service, ServiceKey, Verdict},
    ops::{Draft, Wish},
};
use std::collections::BTreeMap;

const NEW: &str = "9d44b7c2a0e1f3856d7c9b8a4f2e1d0c3b5a6978";
const WEB: &str = "222233334444.dkr.ecr.us-west-2.amazonaws.com/web";

fn estate(name: &str) -> ServiceKey {
    ServiceKey::new("estate", Kind::Ecs, "estate", name)
}

async fn rows(tower: &Tower) -> BTreeMap<String, Service> {
    let rows = std::sync::Mutex::new(BTreeMap::new());
    let keep = |answer: Answer| {
        if let Answer::Rows(services) = answer {
            rows.lock().unwrap().extend(services.into_iter().map(|row| (row.key.name.to_string(), row)));
        }
    };
    tower.client("estate").ask(Ask::Fleet, &keep).await.unwrap();
    rows.into_inner().unwrap()
}

fn line<'a>(draft: &'a Draft, label: &str) -> &'a str {
    let found = draft.plan.lines.iter().find(|line| line.label == label);
    found.map_or("", |line| line.value.as_str())
}

/// The images of the tasks that a service is set to run, by container.
async fn images(tower: &Tower, key: &ServiceKey) -> BTreeMap<String, String> {
    let answer = tower.client("estate").ask(Ask::Detail(key.clone()), &|_| {}).await.unwrap();
    let Answer::Detail(detail) = answer else { panic!("{answer:?}") };
    let definition = detail.task_definition.unwrap();
    definition.containers.into_iter().map(|c| (c.name, c.image)).collect()
}

#[tokio::test]
async fn a_row_tells_the_application_and_never_what_stands_beside_it() {
    let tower = Tower::of("estate").await;
    let rows = rows(&tower).await;
    for (name, container, reason, version) in [
        ("router-first", "web", "named by the load balancer", "6c0a9d1"),
        ("registry-named", "web", "named by the service registry", "6c0a9d1"),
        ("connect-named", "web", "named by Service Connect", "6c0a9d1"),
        ("sidecars", "web", "named by the load balancer", "6c0a9d1"),
        ("plain", "service", "the only one", "6c0a9d1"),
        ("express", "Main", "the only one", "6c0a9d1"),
        ("joined-tag", "service", "the only one", "842ad6f-9d44c0b"),
    ] {
        let row = &rows[name];
        let told = row.container.as_ref().map(|c| (c.name.as_str(), c.reason.words()));
        assert_eq!((told, row.version.short().as_str()), (Some((container, reason)), version), "{name}");
    }
    let router = &rows["router-first"];
    let beside: Vec<_> = router.sidecars.iter().map(|s| (s.name.as_str(), s.version.short())).collect();
    assert!(
        beside.iter().any(|(name, version)| *name == "log_router" && version.starts_with("3@")),
        "{beside:?}"
    );
    let open = &rows["undecided"];
    assert_eq!((open.container.as_ref(), open.version.short().as_str()), (None, "-"));
    assert_eq!(open.sidecars.len(), 2);
}

#[tokio::test]
async fn a_release_changes_the_application_and_not_the_router_before_it() {
    let mut tower = Tower::of("estate").await;
    let key = estate("router-first");
    let mut context = tower.context(&key).await;
    context.migration.container = Some("migrate".to_owned());
    let wish = Wish::Release(ImageChoice::Tag(NEW.to_owned()));
    let draft = tower.plan_in(&key, wish, context).await.unwrap();
    assert_eq!(line(&draft, "container"), "web: named by the load balancer");
    assert_eq!(line(&draft, "migrates in"), "container migrate");
    assert!(line(&draft, "changes too").starts_with("migrate: 6c0a9d1 → 9d44b7c"), "{:?}", draft.plan.lines);
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Succeeded, "");
    let found = images(&tower, &key).await;
    assert_eq!(found["web"], format!("{WEB}:{NEW}"));
    assert_eq!(found["migrate"], found["web"]);
    assert!(found["log_router"].ends_with("/log-router:3"));
}

#[tokio::test]
async fn a_service_whose_application_nobody_names_is_refused_with_its_containers() {
    let mut tower = Tower::of("estate").await;
    let key = estate("undecided");
    let refusal = tower.plan(&key, deploy(NEW)).await.unwrap_err();
    assert!(refusal.why.contains("tools or worker"), "{refusal}");
    let whole = Wish::Deploy(ImageChoice::Reference(format!("{WEB}:{NEW}")));
    let draft = tower.plan(&key, whole).await.unwrap();
    assert_eq!(line(&draft, "container"), "worker: the only one of this image's repository");
    // the same tools again: what runs is told of each, since none of them is the application's for sure
    let again = Wish::Deploy(ImageChoice::Reference(WEB.replace("/web", "/tools:2.0.1")));
    let draft = tower.plan(&key, again).await.unwrap();
    let images: Vec<&str> =
        draft.plan.lines.iter().filter(|l| l.label == "image").map(|l| l.value.as_str()).collect();
    assert!(images.iter().any(|i| i.starts_with("tools: ") && i.ends_with("/tools:2.0.1")), "{images:?}");
    assert!(images.iter().all(|image| !image.is_empty()), "{images:?}");
}

#[tokio::test]
async fn a_container_for_migrations_follows_the_applications_image() {
    let mut tower = Tower::of("estate").await;
    let draft = tower.plan(&estate("beside"), deploy(NEW)).await.unwrap();
    let too = line(&draft, "changes too");
    assert!(too.starts_with("migrate: 6c0a9d1 → 9d44b7c"), "{too}");
}

#[tokio::test]
async fn one_image_is_called_one_way_in_a_migration_too() {
    let mut tower = Tower::of("estate").await;
    let draft = tower.plan(&estate("moving-tag"), Wish::Migrate { image: None }).await.unwrap();
    assert_eq!(draft.plan.from, "live=6c0a9d1");
}

#[tokio::test]
async fn a_repository_elsewhere_is_named_with_its_registry() {
    let mut tower = Tower::of("estate").await;
    let named = |text: String| Wish::Deploy(ImageChoice::Reference(text));
    for (from, to, told) in [
        ("us-west-2", "eu-west-1", "repository web in the registry 222233334444 eu-west-1"),
        ("222233334444", "999933334444", "repository web in the registry 999933334444 us-west-2"),
    ] {
        let reference = format!("{}:{NEW}", WEB.replace(from, to));
        let refusal = tower.plan(&estate("plain"), named(reference)).await.unwrap_err();
        assert!(refusal.why.contains(told), "{refusal}");
    }
}

#[tokio::test]
async fn every_host_of_the_registry_is_looked_up_and_a_tag_that_moves_is_pinned() {
    let mut tower = Tower::of("estate").await;
    let draft = tower.plan(&estate("dual-stack"), deploy("live")).await.unwrap();
    let reference = line(&draft, "reference");
    assert!(reference.starts_with("222233334444.dkr-ecr.us-west-2.on.aws/web@sha256:"), "{reference}");
    assert!(reference.ends_with("(pinned: the tag moves)"), "{reference}");
    assert!(!draft.plan.warnings.iter().any(|w| w.contains("not in ECR")), "{:?}", draft.plan.warnings);
    // a name without a registry is no image of Docker Hub here, and no tag either
    let named = |text: &str| Wish::Deploy(ImageChoice::Reference(text.to_owned()));
    let own = tower.plan(&estate("plain"), named(&format!("web:{NEW}"))).await.unwrap();
    assert_eq!(line(&own, "reference"), format!("{WEB}:{NEW}"));
    let unclear = tower.plan(&estate("plain"), named("nginx:1.27.0")).await.unwrap_err();
    assert!(unclear.why.contains("names no registry"), "{unclear}");
}

#[tokio::test]
async fn a_registry_holds_more_than_images() {
    let mut tower = Tower::of("estate").await;
    let repository = "222233334444.dkr.ecr.us-west-2.amazonaws.com/signed".to_owned();
    let answer = tower.client("estate").ask(Ask::Images { repository: repository.clone() }, &|_| {}).await;
    let Ok(Answer::Images(images)) = answer else { panic!("{answer:?}") };
    let labels: Vec<String> = images.iter().map(flightdeck::model::Image::label).collect();
    assert_eq!(labels, ["1.5.0", "1.4.1", "1.4.0"]);

    let signature = format!("sha256-{}.sig", images[0].digest.trim_start_matches("sha256:"));
    let refusal = tower.plan(&estate("joined-tag"), deploy(&signature)).await.unwrap_err();
    assert!(refusal.why.contains("is a signature"), "{refusal}");
    let chart = tower.plan(&estate("joined-tag"), deploy("chart-1.5.0")).await.unwrap_err();
    assert!(chart.why.contains("is a Helm chart"), "{chart}");

    // App Runner tells no history: the next older image is guessed, and it is one
    let app = ServiceKey::new("apps", Kind::AppRunner, "", "app-signed");
    let draft = tower.plan(&app, back()).await.unwrap();
    assert_eq!(line(&draft, "reference"), format!("{repository}:1.4.0"));
}

#[tokio::test]
async fn what_is_pulled_through_is_not_missing() {
    let mut tower = Tower::of("estate").await;
    let key = estate("pull-through");
    let draft = tower.plan(&key, deploy("1.27.3")).await.unwrap();
    let told = |text: &str| draft.plan.warnings.iter().any(|w| w.contains(text));
    assert!(told("pulled through from registry-1.docker.io"), "{:?}", draft.plan.warnings);
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Succeeded, "");
    let missing = tower.plan(&estate("plain"), deploy("1.27.3")).await.unwrap_err();
    assert!(missing.why.contains("has no image 1.27.3"), "{missing}");
}
