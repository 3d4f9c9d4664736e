//! Windows over services whose traffic comes in by more ways than one.

use crate::support::*;
use flightdeck::{
    model::{
        Answer, Ask, ImageChoice, Kind, Metric, MetricTarget, Range, ServiceDetail, ServiceKey, Verdict,
        traffic::{Role, short},
    },
    ops::{Context, VerifySettings, Wish},
};

const WORLD: &str = include_str!("traffic.toml");

async fn tower() -> Tower {
    Tower::from_toml(WORLD).await
}

fn key(name: &str) -> ServiceKey {
    ServiceKey::new("traffic", Kind::Ecs, "traffic", name)
}

fn release(tag: &str) -> Wish {
    Wish::Release(ImageChoice::Tag(tag.to_owned()))
}

async fn guarded(tower: &Tower, key: &ServiceKey) -> Context {
    let mut context = tower.context(key).await;
    context.migration.command.clear();
    context.verify =
        Some(VerifySettings { window_ms: 180_000, max_5xx_ratio: Some(0.01), ..VerifySettings::default() });
    context
}

async fn detail(tower: &Tower, key: &ServiceKey) -> ServiceDetail {
    match tower.client("traffic").ask(Ask::Detail(key.clone()), &|_| {}).await.unwrap() {
        Answer::Detail(detail) => *detail,
        other => panic!("{other:?}"),
    }
}

async fn released(tower: &mut Tower, name: &str, tag: &str) -> HeadlessDriver {
    let context = guarded(tower, &key(name)).await;
    let draft = tower.plan_in(&key(name), release(tag), context).await.unwrap();
    let mut headless = tower.launch(draft);
    headless.finish(tower).await;
    headless
}

#[tokio::test]
async fn errors_behind_a_second_group_take_a_release_back() {
    let mut tower = tower().await;
    let before = detail(&tower, &key("wide")).await;
    let groups: Vec<&str> = before.service.traffic.groups().into_iter().map(short).collect();
    assert_eq!(groups, ["wide", "wide-internal"]);
    assert_eq!(before.targets.len(), 4, "the targets of both groups");
    let headless = released(&mut tower, "wide", "b3f6071").await;
    headless.ended(Verdict::RolledBack, "% of responses were 5xx, above the limit of 1.0%");
    let headless = released(&mut tower, "wide", "8be02d4").await;
    headless.ended(Verdict::Succeeded, "quiet for 3m: 5xx 0.");
    assert!(
        headless.details().iter().any(|detail| detail.contains("waiting for CloudWatch, which is ")),
        "late metrics are waited for: {:#?}",
        headless.details()
    );
}

#[tokio::test]
async fn errors_behind_an_alternate_group_take_a_release_back() {
    let mut tower = tower().await;
    let before = detail(&tower, &key("pair")).await;
    let weights = |detail: &ServiceDetail| -> Vec<(String, u32)> {
        let rule = detail.rules.iter().find(|rule| rule.role == Role::Production).unwrap();
        let mut forwards: Vec<_> =
            rule.forwards.iter().map(|(group, weight)| (short(group).to_owned(), *weight)).collect();
        // nobody promises an order
        forwards.sort();
        forwards
    };
    assert_eq!(weights(&before), [("pair".to_owned(), 100), ("pair-green".to_owned(), 0)]);
    let context = guarded(&tower, &key("pair")).await;
    let draft = tower.plan_in(&key("pair"), release("b3f6071"), context).await.unwrap();
    let told = |label: &str| draft.plan.lines.iter().find(|line| line.label == label).unwrap().value.clone();
    assert_eq!(told("production"), "pair 100 (2 healthy), pair-green 0 (0 healthy)");
    assert_eq!(told("measured"), "target groups pair, pair-green, all added up");
    let mut headless = tower.launch(draft);
    headless.until(&mut tower, |entry| format!("{entry:?}").contains(" of 3m")).await;
    let moved = detail(&tower, &key("pair")).await;
    assert_eq!(weights(&moved), [("pair".to_owned(), 0), ("pair-green".to_owned(), 100)]);
    let green = |t: &&flightdeck::model::Target| short(&t.group) == "pair-green" && t.state == "healthy";
    assert_eq!(moved.targets.iter().filter(green).count(), 2);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::RolledBack, "% of responses were 5xx");
    let back = detail(&tower, &key("pair")).await;
    assert_eq!(weights(&back), [("pair".to_owned(), 100), ("pair-green".to_owned(), 0)], "swung once more");
}

#[tokio::test]
async fn a_balancer_that_answers_in_the_place_of_targets_takes_a_release_back() {
    let mut tower = tower().await;
    let context = guarded(&tower, &key("gate")).await;
    let draft = tower.plan_in(&key("gate"), release("502bad0"), context).await.unwrap();
    let measured = "5xx of the balancer traffic-gate, which serves it alone";
    assert!(draft.plan.lines.iter().any(|line| line.value == measured), "{:#?}", draft.plan.lines);
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::RolledBack, "% of responses were 5xx, above the limit of 1.0%");
    headless.ended(Verdict::RolledBack, "by the load balancer itself");
}

#[tokio::test]
async fn a_balancer_that_counts_no_requests_says_so_beforehand() {
    let mut tower = tower().await;
    for (name, ways) in [("edge", "NLB traffic-edge"), ("old", "classic load balancer traffic-classic")] {
        let context = guarded(&tower, &key(name)).await;
        let draft = tower.plan_in(&key(name), release("b3f6071"), context).await.unwrap();
        let told = format!("no evidence possible: {ways}: requests, 5xx and p99 are not counted there");
        assert!(draft.plan.warnings.contains(&told), "{:#?}", draft.plan.warnings);
        let mut headless = tower.launch(draft);
        headless.finish(&mut tower).await;
        headless.ended(Verdict::Unverified, &format!("no data for 5xx and p99 ({ways})"));
        assert_eq!(headless.view().end.as_ref().unwrap().0.exit_code(), 7);
        assert_eq!(tower.context(&key(name)).await.service.version.short(), "b3f6071", "it stays");
    }
}

#[tokio::test]
async fn production_that_points_at_nothing_refuses_the_deploy() {
    let mut tower = tower().await;
    let refusal = tower.plan(&key("stuck"), deploy("8be02d4")).await.unwrap_err();
    assert!(refusal.why.starts_with("production points at stuck, which has no healthy target"), "{refusal}");
    assert!(refusal.why.contains("stuck 100 (0 healthy), stuck-green 0 (2 healthy)"), "{refusal}");
}

#[tokio::test]
async fn a_rollback_proves_that_it_helped() {
    let mut tower = tower().await;
    let draft = tower.plan(&key("gate"), deploy("502bad0")).await.unwrap();
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Succeeded, "deployed");
    tower.wait(600_000).await;
    let mut context = guarded(&tower, &key("gate")).await;
    context.verify_rollback = true;
    let draft = tower.plan_in(&key("gate"), back(), context).await.unwrap();
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Succeeded, "watched for 3m: 5xx ");
    let why = &headless.view().end.as_ref().unwrap().1;
    let before: f32 = why.split("5xx ").nth(1).and_then(|t| t.split('%').next()).unwrap().parse().unwrap();
    assert!(before > 60.0 && why.contains("% → 0.0"), "{why}");
}

#[tokio::test]
async fn one_group_behind_two_balancers_is_counted_by_both_and_its_tasks_once() {
    let tower = tower().await;
    let service = tower.context(&key("double")).await.service;
    let balancers: Vec<&str> = service.traffic.answering();
    assert_eq!(balancers.len(), 2, "{:?}", service.traffic);
    let target = |traffic| MetricTarget { key: key("double"), traffic, service_id: String::new() };
    let read = |traffic| {
        let ask = Ask::Metrics {
            targets: vec![target(traffic)],
            metrics: vec![Metric::Requests, Metric::Tasks],
            range: Range::M15,
            end: tower.now,
        };
        let client = tower.client("traffic");
        async move {
            match client.ask(ask, &|_| {}).await.unwrap() {
                Answer::Metrics(found) => {
                    found[0].1.iter().map(|s| s.last().unwrap_or(0.0)).collect::<Vec<_>>()
                }
                other => panic!("{other:?}"),
            }
        }
    };
    let both = read(service.traffic.clone()).await;
    let mut half = service.traffic.clone();
    half.routes.truncate(1);
    let one = read(half).await;
    assert!((both[0] / one[0] - 2.0).abs() < 0.1, "{both:?} {one:?}");
    assert!((both[1] - one[1]).abs() < 0.01, "{both:?} {one:?}");
}
