//! Tasks that are run once, and the logs of untidy services.

use crate::support::*;
use flightdeck::{
    model::{Answer, Ask, Blame, Kind, LogLine, LogSource, ServiceKey, Stamp, TroubleKind, Verdict, Write},
    ops::{Effect, Wish},
};

fn estate(name: &str) -> ServiceKey {
    ServiceKey::new("estate", Kind::Ecs, "estate", name)
}

const MIGRATE: Wish = Wish::Migrate { image: None };

#[tokio::test]
async fn a_container_that_ends_beside_a_service_is_judged_and_its_task_stopped() {
    let mut tower = Tower::of("estate").await;
    let mut context = tower.context(&estate("beside")).await;
    context.migration.container = Some("migrate".to_owned());
    let draft = tower.plan_in(&estate("beside"), MIGRATE, context).await.unwrap();
    let begun = tower.now;
    let mut headless = tower.launch(draft);
    headless.finish(&mut tower).await;
    headless.ended(Verdict::Succeeded, "migrate exited with code 0");
    let told: Vec<&str> = headless.view().writes.iter().map(|(operation, ..)| operation.as_str()).collect();
    assert_eq!(told.last(), Some(&"ecs:StopTask"), "{told:?}");
    assert!(tower.now.since(begun) < 300_000, "it took {} ms", tower.now.since(begun));
    assert!(headless.view().log.iter().any(|l| l.text.contains("goose")), "{:#?}", headless.view().log);
}

#[tokio::test]
async fn a_task_gets_the_volumes_of_its_service() {
    let mut tower = Tower::of("estate").await;
    let headless = tower.run(&estate("volumes"), MIGRATE).await;
    headless.ended(Verdict::Succeeded, "service exited with code 0");
}

#[tokio::test]
async fn capacity_is_waited_for_before_the_clock_runs() {
    let place = "clusters = [\"estate\"]";
    let mut tower = Tower::changed("estate", place, &format!("{place}\nstarved = \"12m\"")).await;
    let headless = tower.run(&estate("beside"), MIGRATE).await;
    headless.ended(Verdict::Succeeded, "service exited with code 0");
    assert!(headless.details().iter().any(|said| said.starts_with("provisioning, waiting for capacity")));

    let mut tower = Tower::changed("estate", place, &format!("{place}\nfull = true")).await;
    let headless = tower.run(&estate("beside"), MIGRATE).await;
    headless.ended(
        Verdict::Failed,
        "never started within 30m, nothing was migrated; no room: Capacity is unavailable",
    );

    let mut tower = Tower::of("estate").await;
    tower.fault(r#"{"kind":"throttle","operation":"RunTask","count":6}"#).await;
    let headless = tower.run(&estate("beside"), MIGRATE).await;
    headless.ended(Verdict::Succeeded, "service exited with code 0");
}

#[tokio::test]
async fn a_tag_policy_is_met_by_the_services_tags_or_told() {
    let place = "clusters = [\"estate\"]";
    let mut tower = Tower::changed("estate", place, &format!("{place}\ntask_tags = [\"team\"]")).await;
    tower.run(&estate("volumes"), MIGRATE).await.ended(Verdict::Succeeded, "");
    let headless = tower.run(&estate("beside"), MIGRATE).await;
    headless.ended(Verdict::Refused, "a service control policy of the organisation forbids it");
    let why = &headless.view().end.as_ref().unwrap().1;
    let none = "or does not propagate its own (propagateTags = SERVICE)";
    let unknown = "is not known to this flightdeck (propagateTags = CLUSTER)";
    assert!(
        why.contains("it may want tags: the task had none") && (why.contains(none) || why.contains(unknown)),
        "{why}"
    );
}

#[tokio::test]
async fn where_lines_go_is_told_where_they_cannot_be_read() {
    for (name, told) in [
        ("firelens", "with FireLens to datadog (http-intake.logs.datadoghq.eu)"),
        ("splunk", "with splunk to https://splunk.example.com:8088"),
        ("no-log", "no log driver"),
    ] {
        let mut tower = Tower::of("estate").await;
        let draft = tower.plan(&estate(name), MIGRATE).await.unwrap();
        assert!(
            draft.plan.warnings.iter().any(|warning| warning.contains(told)),
            "{:?}",
            draft.plan.warnings
        );
        let mut headless = tower.launch(draft);
        headless.finish(&mut tower).await;
        headless.ended(Verdict::Succeeded, "service exited with code 0");
    }
}

async fn lines(tower: &Tower, name: &str) -> Vec<LogLine> {
    let client = tower.client("estate");
    let Ok(Answer::Detail(detail)) = client.ask(Ask::Detail(estate(name)), &|_| {}).await else { panic!() };
    let definition = detail.task_definition.unwrap();
    let source = definition.containers[0].log.source(&definition.containers[0].name, "us-west-2").unwrap();
    let ask = Ask::Logs { source, since: Stamp(1), next: None, limit: 1_000 };
    let Ok(Answer::Logs(chunk)) = client.ask(ask, &|_| {}).await else { panic!() };
    chunk.lines
}

#[tokio::test]
async fn services_that_share_a_group_have_their_own_lines() {
    let mut tower = Tower::of("estate").await;
    tower.wait(120_000).await;
    for (name, prefix) in [("shared-log-api", "api/api/"), ("shared-log-worker", "worker/worker/")] {
        let lines = lines(&tower, name).await;
        assert!(!lines.is_empty() && lines.iter().all(|line| line.stream.starts_with(prefix)), "{lines:?}");
    }
    assert!(!lines(&tower, "foreign-log").await.is_empty(), "a group of another region");
    let source = LogSource { group: "no-such-group".into(), ..LogSource::default() };
    let ask = Ask::Logs { source, since: Stamp(1), next: None, limit: 10 };
    let trouble = tower.client("estate").ask(ask, &|_| {}).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::NotFound, "{trouble}");
}

#[tokio::test]
async fn a_run_is_taken_up_after_its_task_was_let_go() {
    let mut tower = Tower::of("estate").await;
    let mut context = tower.context(&estate("beside")).await;
    context.migration.container = Some("migrate".to_owned());
    let draft = tower.plan_in(&estate("beside"), MIGRATE, context).await.unwrap();
    let mut headless = tower.launch(draft);
    let stops = |effect: &Effect| matches!(effect, Effect::Write(_, armed) if matches!(armed.write(), Write::StopTask { .. }));
    while !headless.queue.iter().any(stops) {
        headless.one(&mut tower).await;
    }
    // it is stopped, and the process dies
    while !headless.queue.front().is_some_and(stops) {
        headless.one(&mut tower).await;
    }
    headless.one(&mut tower).await;
    let mut again = headless.taken_up(&tower);
    again.finish(&mut tower).await;
    again.ended(Verdict::Succeeded, "migrate exited with code 0");
}

#[tokio::test]
async fn stops_by_people_and_by_spot_are_no_failures() {
    for (by, told) in [("spot", "Spot capacity was taken back"), ("person", "stopped by a person")] {
        let about = "about = \"One service of each untidy kind that real fleets are made of\"\n";
        let happens = format!(
            "{about}\n[[happens]]\nat = \"60s\"\ncluster = \"estate\"\nservice = \"beside\"\nstop = \"{by}\"\n"
        );
        let mut tower = Tower::changed("estate", about, &happens).await;
        tower.wait(120_000).await;
        let client = tower.client("estate");
        let Ok(Answer::Detail(detail)) = client.ask(Ask::Detail(estate("beside")), &|_| {}).await else {
            panic!()
        };
        let stopped = detail.tasks.iter().find(|task| task.last_status == "STOPPED").expect("one is stopped");
        let blame = Blame::of(stopped);
        assert_eq!((blame.clause(stopped).as_str(), blame.is_failure()), (told, false), "{stopped:?}");
        let main = stopped.containers.iter().find(|container| container.name != "migrate").unwrap();
        assert_eq!(main.essential, Some(true), "its definition tells");
    }
}
