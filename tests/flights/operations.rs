//! Deploy, roll back, migrate, redeploy, scale, stop.

use crate::support::*;
use flightdeck::{
    model::{Answer, Ask, Entry, ImageChoice, Kind, ServiceKey, Verdict, Version},
    ops::{Effect, Event, Run, Wish},
};

#[tokio::test]
async fn a_good_image_is_deployed_and_rolled_back() {
    let mut tower = Tower::new().await;
    let before = tower.context(&service("staging")).await.service.version.digest;
    let headless = tower.run(&service("staging"), deploy("e7b41d2")).await;
    headless.ended(Verdict::Succeeded, "deployed and steady");
    assert!(headless.details().iter().any(|d| d.contains("of 2 new")), "{:?}", headless.details());
    let context = tower.context(&service("staging")).await;
    assert_eq!(context.service.version.short(), "e7b41d2");

    let draft = tower.plan(&service("staging"), back()).await.unwrap();
    assert_eq!(draft.plan.to, "8be02d4", "{:#?}", draft.plan);
    let headless = tower.run(&service("staging"), back()).await;
    headless.ended(Verdict::Succeeded, "deployed and steady");
    // what the moving tag meant then, by its digest
    let context = tower.context(&service("staging")).await;
    assert!(before.is_some());
    assert_eq!(context.service.version.digest, before);
}

#[tokio::test]
async fn a_bad_image_is_rolled_back_by_the_breaker_and_then_by_hand() {
    let mut tower = Tower::new().await;
    let headless = tower.run(&service("prod"), deploy("c90f3ad")).await;
    headless.ended(Verdict::RolledBack, "breaker tripped");
    assert!(headless.details().iter().any(|d| d.contains("failed")), "{:#?}", headless.details());

    let draft = tower.plan(&service("prod"), back()).await.unwrap();
    assert!(draft.plan.from.starts_with("prod"), "{}", draft.plan.from);
    assert_eq!(draft.plan.to, "7d33b05");
    let headless = tower.run(&service("prod"), back()).await;
    headless.ended(Verdict::Succeeded, "");
}

#[tokio::test]
async fn a_rollout_in_flight_is_rolled_back() {
    let mut tower = Tower::new().await;
    let draft = tower.plan(&service("prod"), deploy("e7b41d2")).await.unwrap();
    let mut first = tower.launch(draft);
    first.until(&mut tower, after("ecs:UpdateService")).await;
    tower.wait(20_000).await;

    let refusal = tower.plan(&service("prod"), deploy("8be02d4")).await.unwrap_err();
    assert!(refusal.why.contains("a rollout is in flight"), "{refusal}");

    let draft = tower.plan(&service("prod"), back()).await.unwrap();
    assert_eq!(draft.plan.writes, ["ecs:StopServiceDeployment"], "{:#?}", draft.plan);
    let mut second = tower.launch(draft);
    second.finish(&mut tower).await;
    second.ended(Verdict::Succeeded, "is back");
    first.finish(&mut tower).await;
    first.ended(Verdict::RolledBack, "is back");
}

#[tokio::test]
async fn a_rollout_in_flight_is_stopped_where_it_is() {
    let mut tower = Tower::new().await;
    let draft = tower.plan(&service("prod"), deploy("e7b41d2")).await.unwrap();
    let mut first = tower.launch(draft);
    first.until(&mut tower, after("ecs:UpdateService")).await;
    tower.wait(20_000).await;
    let second = tower.run(&service("prod"), Wish::StopRollout).await;
    second.ended(Verdict::Succeeded, "stopped where it was");
    first.finish(&mut tower).await;
    first.ended(Verdict::Failed, "stopped before it was complete");
}

#[tokio::test]
async fn two_at_once_one_is_superseded() {
    let mut tower = Tower::new().await;
    let one = tower.plan(&service("prod"), deploy("e7b41d2")).await.unwrap();
    let other = tower.plan(&service("prod"), deploy("8be02d4")).await.unwrap();
    let third = tower.plan(&service("prod"), deploy("7d33b05")).await.unwrap();
    let mut one = tower.launch(one);
    let mut other = tower.launch(other);
    one.until(&mut tower, after("ecs:RegisterTaskDefinition")).await;
    other.until(&mut tower, after("ecs:RegisterTaskDefinition")).await;
    one.until(&mut tower, after("ecs:UpdateService")).await;
    tower.wait(15_000).await;
    other.until(&mut tower, after("ecs:UpdateService")).await;
    one.finish(&mut tower).await;
    one.ended(Verdict::Superseded, "another deployment took over");
    // a plan that is older than what happened since is not flown
    let mut third = tower.launch(third);
    third.finish(&mut tower).await;
    third.ended(Verdict::Refused, "since the plan was made");
    other.finish(&mut tower).await;
    other.ended(Verdict::Succeeded, "");
}

#[tokio::test]
async fn app_runner_is_deployed_and_rolled_back() {
    let mut tower = Tower::new().await;
    let headless = tower.run(&startup(), deploy("e7b41d2")).await;
    headless.ended(Verdict::Succeeded, "e7b41d2 is deployed");
    let before = headless.view().before.clone().expect("what was there before is kept");
    assert!(before.image.ends_with(":latest") && before.digest.is_some());

    let mut context = tower.context(&startup()).await;
    context.previous = vec![(before, flightdeck::ops::Ran::Until(headless.view().header.at))];
    let draft = tower.plan_in(&startup(), back(), context).await.unwrap();
    assert_eq!(draft.plan.to, "41ac9d0", "{:#?}", draft.plan);
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Succeeded, "");

    let headless = tower.run(&startup(), deploy("c90f3ad")).await;
    headless.ended(Verdict::RolledBack, "went back to");
    let headless = tower.run(&startup(), Wish::Redeploy).await;
    headless.ended(Verdict::Succeeded, "");
}

#[tokio::test]
async fn express_is_deployed_and_rolled_back() {
    let mut tower = Tower::new().await;
    let key = ServiceKey::new("preview", Kind::Express, "preview", "preview-service");
    let headless = tower.run(&key, deploy("e7b41d2")).await;
    headless.ended(Verdict::Succeeded, "deployed");
    let headless = tower.run(&key, back()).await;
    headless.ended(Verdict::Succeeded, "");
    let headless = tower.run(&key, Wish::Migrate { image: None }).await;
    headless.ended(Verdict::Succeeded, "exited with code 0");
}

#[tokio::test]
async fn migrations_end_by_their_exit_code() {
    let mut tower = Tower::new().await;
    let headless = tower.run(&service("staging"), Wish::Migrate { image: None }).await;
    headless.ended(Verdict::Succeeded, "service exited with code 0");
    assert!(headless.view().log.iter().any(|l| l.text.contains("goose")), "{:#?}", headless.view().log);

    let mut context = tower.context(&service("staging")).await;
    context.migration.image = Some(ImageChoice::Tag("5d2ae18".to_owned()));
    let draft = tower.plan_in(&service("staging"), Wish::Migrate { image: None }, context).await.unwrap();
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Failed, "exited with code 1");
    headless.ended(Verdict::Failed, "order_items");
}

#[tokio::test]
async fn a_migration_is_taken_up_and_not_run_twice() {
    let mut tower = Tower::new().await;
    let draft = tower.plan(&service("staging"), Wish::Migrate { image: None }).await.unwrap();
    let mut headless = tower.launch(draft);
    headless.until(&mut tower, before("ecs:RunTask")).await;
    // the change is made, and the process dies before it is told
    let Some(Effect::Write(_, armed)) = headless.queue.pop_front() else { panic!() };
    let started = headless.client.write(armed).await.unwrap();
    tower.wait(30_000).await;
    let (run, effects) = Run::take_up(&headless.journal, &[], confirmed(), tower.now).unwrap();
    let mut again = HeadlessDriver {
        client: headless.client.clone(),
        run,
        queue: effects.into(),
        journal: headless.journal.clone(),
    };
    again.finish(&mut tower).await;
    again.ended(Verdict::Succeeded, "code 0");
    let asked = |journal: &[Entry]| journal.iter().filter(|entry| before("ecs:RunTask")(entry)).count();
    assert_eq!(asked(&again.journal), 1, "it was looked for, not asked for once more");
    let found =
        again.details().into_iter().find_map(|said| said.split_whitespace().find(|word| word.len() == 32));
    assert!(found.is_some_and(|id| format!("{started:?}").contains(id)), "{:#?}", again.details());
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_found() {
    let mut tower = Tower::new().await;
    let draft = tower.plan(&service("staging"), deploy("e7b41d2")).await.unwrap();
    let mut headless = tower.launch(draft);
    headless.until(&mut tower, after("ecs:RegisterTaskDefinition")).await;
    tower.fault(r#"{"kind": "5xx", "operation": "ecs.UpdateService", "count": 1}"#).await;
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Succeeded, "");
    let tries = headless.view().writes.iter().filter(|w| w.0 == "ecs:UpdateService").count();
    assert_eq!(tries, 2, "it had no effect, so it was repeated once");
}

#[tokio::test]
async fn expired_credentials_lose_a_run_that_goes_on_later() {
    let mut tower = Tower::new().await;
    let draft = tower.plan(&service("staging"), deploy("e7b41d2")).await.unwrap();
    let mut headless = tower.launch(draft);
    headless.until(&mut tower, after("ecs:UpdateService")).await;
    tower.fault(r#"{"kind": "expired"}"#).await;
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Lost, "contact lost");
    tower.control("DELETE", "/_sim/fault", String::new()).await;
    headless.client.reset();
    let effects = headless.run.step(Event::Resume, tower.now);
    headless.queue.extend(effects);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Succeeded, "");
}

#[tokio::test]
async fn scaling_redeploying_and_stopping_a_task() {
    let mut tower = Tower::new().await;
    let headless = tower.run(&service("staging"), Wish::Scale(3)).await;
    headless.ended(Verdict::Succeeded, "3 running");
    let headless = tower.run(&service("staging"), Wish::Redeploy).await;
    headless.ended(Verdict::Succeeded, "");
    let client = tower.client("staging");
    let Answer::Detail(detail) = client.ask(Ask::Detail(service("staging")), &|_| {}).await.unwrap() else {
        panic!()
    };
    let task = detail.tasks.iter().find(|t| t.last_status == "RUNNING").unwrap().arn.clone();
    let headless = tower.run(&service("staging"), Wish::StopTask { task }).await;
    headless.ended(Verdict::Succeeded, "the task is");
}

#[tokio::test]
async fn a_moving_tag_is_pinned_and_a_foreign_controller_refused() {
    let mut tower = Tower::new().await;
    let admin = ServiceKey::new("prod", Kind::Ecs, "prod", "prod-admin");
    let mut context = tower.context(&admin).await;
    context.migration.container = None;
    let draft = tower.plan_in(&admin, Wish::Migrate { image: None }, context).await.unwrap();
    assert!(draft.plan.writes.contains(&"ecs:RegisterTaskDefinition"), "{:#?}", draft.plan);
    let draft = tower.plan(&admin, deploy("latest")).await.unwrap();
    let reference = draft.plan.lines.iter().find(|l| l.label == "reference").unwrap();
    assert!(reference.value.contains("@sha256:"), "{}", reference.value);
    assert_eq!(Version::of(reference.value.split(' ').next().unwrap(), None).tag, None);

    let search = ServiceKey::new("prod", Kind::Ecs, "prod", "prod-search");
    let refusal = tower.plan(&search, deploy("v2.13.2")).await.unwrap_err();
    assert!(refusal.why.contains("CODE_DEPLOY"), "{refusal}");
}
