//! Promotions and releases: checks, migration, deploy, window, lock and record.

use crate::support::*;
use flightdeck::{
    model::{
        Answer, Ask, ImageChoice, ServiceKey, StepState, Verdict,
        object::{Object, Place},
    },
    ops::{Context, LockSettings, RunRecord, VerifySettings, Wish},
};

fn bucket(name: &str) -> LockSettings {
    LockSettings { place: Place { bucket: name.to_owned(), key: "team".to_owned() }, ttl_ms: 900_000 }
}

/// Everything that guards a release.
async fn guarded(tower: &Tower, key: &ServiceKey) -> Context {
    let mut context = tower.context(key).await;
    "fem-fd-service".clone_into(&mut context.service.application);
    context.migration.checks = vec![["goose", "-dir", "migrations", "status"].map(str::to_owned).to_vec()];
    context.verify = Some(VerifySettings {
        window_ms: 300_000,
        max_5xx_ratio: Some(0.01),
        alarms: vec![format!("{}-service-5xx", key.environment)],
        ..VerifySettings::default()
    });
    context.lock = Some(bucket("fem-flightdeck"));
    context
}

async fn object(tower: &Tower, key: &str) -> Option<Object> {
    let place = Place { bucket: "fem-flightdeck".to_owned(), key: key.to_owned() };
    match tower.client("prod").ask(Ask::Object { place }, &|_| {}).await.unwrap() {
        Answer::Object(object) => object,
        other => panic!("{other:?}"),
    }
}

fn release(tag: &str) -> Wish {
    Wish::Release(ImageChoice::Tag(tag.to_owned()))
}

#[tokio::test]
async fn what_runs_in_staging_is_promoted_through_every_gate() {
    let mut tower = Tower::new().await;
    let context = guarded(&tower, &service("prod")).await;
    let wish = Wish::Promote { from: service("staging") };
    let draft = tower.plan_in(&service("prod"), wish, context).await.unwrap();
    assert_eq!(draft.plan.title, "Promote 8be02d4 from staging to prod-service");
    let between = draft.plan.lines.iter().find(|line| line.label == "between");
    assert!(between.is_some(), "{:#?}", draft.plan.lines);
    let run = draft.plan.run.clone();
    let mut headless = tower.launch(draft);
    headless.until(&mut tower, after("ecs:RegisterTaskDefinition")).await;
    let lock = object(&tower, "team/locks/111122223333/us-west-2/prod/fem-fd-service.json")
        .await
        .expect("it is locked");
    assert!(lock.body.contains("\"holder\":\"test\""), "{}", lock.body);

    // somebody else may plan meanwhile, is told the holder's name, and changes nothing
    let context = guarded(&tower, &service("prod")).await;
    let draft = tower.plan_in(&service("prod"), release("e7b41d2"), context).await.unwrap();
    let told = |warning: &String| warning.contains("the application is locked: test on here holds it");
    assert!(draft.plan.warnings.iter().any(told), "{:?}", draft.plan.warnings);
    let mut other = tower.launch(draft);
    other.finish(&mut tower).await;
    other.ended(Verdict::Refused, "the application is locked: test on here holds it");
    assert!(
        other.view().writes.iter().all(|(operation, ..)| operation.starts_with("s3:")),
        "{:?}",
        other.view().writes
    );

    headless.finish(&mut tower).await;
    headless.ended(Verdict::Succeeded, "deployed and steady; quiet for 5m: 5xx 0.0");
    headless.ended(Verdict::Succeeded, "alarms quiet");
    let told = headless.view().migrations().expect("goose is understood");
    assert!(told.failed.is_none() && told.current.is_some(), "{told:?}");
    assert!(
        object(&tower, "team/locks/111122223333/us-west-2/prod/fem-fd-service.json").await.is_none(),
        "released"
    );
    let record = object(&tower, &format!("team/runs/{run}.json")).await.expect("it is recorded");
    let record = RunRecord::read(&record).unwrap();
    assert_eq!(record.end.unwrap().verdict, Verdict::Succeeded);
    assert_eq!(tower.context(&service("prod")).await.service.version.short().len(), 8, "by its digest");
}

#[tokio::test]
async fn an_image_that_answers_with_errors_is_put_back() {
    let mut tower = Tower::new().await;
    let before = tower.context(&service("prod")).await.service.version.digest;
    let mut context = guarded(&tower, &service("prod")).await;
    if let Some(verify) = &mut context.verify {
        verify.alarms.clear();
    }
    let draft = tower.plan_in(&service("prod"), release("b3f6071"), context).await.unwrap();
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::RolledBack, "of responses were 5xx, above the limit of 1.0%");
    headless.ended(Verdict::RolledBack, "is back; what the migration did stays");
    assert!(before.is_some());
    assert_eq!(tower.context(&service("prod")).await.service.version.digest, before);
    assert_eq!(headless.view().steps.last().unwrap().state, StepState::Done, "{:#?}", headless.view().steps);
}

#[tokio::test]
async fn a_migration_that_fails_deploys_nothing() {
    let mut tower = Tower::new().await;
    let before = tower.context(&service("staging")).await.service.task_definition;
    let context = guarded(&tower, &service("staging")).await;
    let draft = tower.plan_in(&service("staging"), release("5d2ae18"), context).await.unwrap();
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Failed, "exited with code 1");
    headless.ended(Verdict::Failed, "nothing was deployed");
    let told = headless.view().migrations().unwrap();
    assert!(told.failed.is_some(), "{told:?}");
    assert_eq!(tower.context(&service("staging")).await.service.task_definition, before);
}

#[tokio::test]
async fn a_bucket_that_denies_refuses_the_plan() {
    let mut tower = Tower::new().await;
    let mut context = guarded(&tower, &service("prod")).await;
    context.lock = Some(bucket("fem-denied"));
    let refusal = tower.plan_in(&service("prod"), release("e7b41d2"), context).await.unwrap_err();
    assert!(
        refusal.why.starts_with("the lock s3://fem-denied/team/locks/111122223333/us-west-2/prod/"),
        "{refusal}"
    );
}

#[tokio::test]
async fn app_runner_and_express_are_released() {
    let mut tower = Tower::new().await;
    let mut context = guarded(&tower, &startup()).await;
    context.migration.command.clear();
    context.migration.checks.clear();
    context.lock = None;
    let draft = tower.plan_in(&startup(), release("e7b41d2"), context).await.unwrap();
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Succeeded, "e7b41d2 is deployed; quiet for 5m");

    let key = ServiceKey::new("preview", flightdeck::model::Kind::Express, "preview", "preview-service");
    let mut context = guarded(&tower, &key).await;
    context.lock = None;
    let draft = tower.plan_in(&key, release("e7b41d2"), context).await.unwrap();
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Succeeded, "deployed");
}

#[tokio::test]
async fn a_release_goes_on_wherever_its_process_dies() {
    for (operation, answered) in [
        ("ecs:RegisterTaskDefinition", true),
        ("ecs:RunTask", false),
        ("ecs:RunTask", true),
        ("ecs:UpdateService", false),
        ("ecs:UpdateService", true),
    ] {
        let mut tower = Tower::new().await;
        let context = guarded(&tower, &service("staging")).await;
        let draft = tower.plan_in(&service("staging"), release("e7b41d2"), context).await.unwrap();
        let mut headless = tower.launch(draft);
        if answered {
            headless.until(&mut tower, after(operation)).await;
        } else {
            headless.until(&mut tower, before(operation)).await;
            // the change is made, and the process dies before it is told
            let Some(flightdeck::ops::Effect::Write(_, armed)) = headless.queue.pop_front() else { panic!() };
            headless.client.write(armed).await.unwrap();
        }
        tower.wait(30_000).await;
        let mut again = headless.taken_up(&tower);
        again.finish(&mut tower).await;
        again.ended(Verdict::Succeeded, "deployed and steady");
        let calls = tower.control("GET", "/_sim/calls", String::new()).await;
        let count = calls.split("ecs.UpdateService").nth(1).expect("counted");
        let count: String =
            count.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        assert_eq!(count, "1", "{operation} {answered}: {calls}");
    }
}

/// The *scale* stage as it is: container instances, bridge network, one moving tag, and nothing configured but the
/// migration's command. What the script does with four commands is one run.
#[tokio::test]
async fn the_scale_stage_is_released_with_nothing_but_its_migration() {
    let mut tower = Tower::new().await;
    let key = service("staging");
    let mut context = tower.context(&key).await;
    context.migration.container = None;
    let before = context.service.task_definition.clone();
    let draft = tower.plan_in(&key, Wish::Release(ImageChoice::Current), context).await.unwrap();
    let subnets = draft.plan.lines.iter().find(|line| format!("{line:?}").contains("subnet"));
    assert!(subnets.is_none(), "a bridge has none to tell of: {subnets:?}");
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Succeeded, "");
    let ran = headless.journal.iter().filter(|entry| after("ecs:RunTask")(entry)).count();
    assert_eq!(ran, 1, "exactly one migration");
    let told = headless.view().migrations().expect("goose is understood");
    assert!(told.failed.is_none() && told.current.is_some(), "{told:?}");
    assert_eq!(
        tower.context(&key).await.service.task_definition,
        before,
        "the same definition, its tag resolved again"
    );
}
