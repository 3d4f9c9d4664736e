//! What is told of services that are not well, from what is known of them.

use super::*;
use crate::model::{
    AlarmBrief, Answer, Balancer, Deployment, DeploymentStatus, HistoricDeployment, Kind, LogChunk, LogLine,
    Metric, RolloutEvent, Series, Service, ServiceDetail, ServiceKey, Stamp, Target, TaskBrief, Traffic,
    Trouble, TroubleKind, Unread, Version, task::TaskContainer,
};

const HOUR: i64 = 3_600_000;
const NOW: Stamp = Stamp(100 * 24 * HOUR);

fn definition(revision: u32) -> String {
    format!("arn:aws:ecs:us-west-2:1:task-definition/web:{revision}")
}

/// A service of two tasks of :41 that is well: it was put in place ten days ago.
fn detail() -> ServiceDetail {
    let mut service = Service::named(ServiceKey::new("prod", Kind::Ecs, "prod", "web"), "arn:web".to_owned());
    service.state = ServiceState::Steady;
    (service.running, service.desired) = (Some(2), Some(2));
    service.task_definition = definition(41);
    service.traffic =
        Traffic::one("app/prod/1", "arn:aws:elasticloadbalancing:us-west-2:1:targetgroup/web/1");
    let running = |id: &str| TaskBrief {
        id: id.to_owned(),
        last_status: "RUNNING".to_owned(),
        task_definition: definition(41),
        started_by: "ecs-svc/41".to_owned(),
        created_at: Some(NOW.plus(-240 * HOUR)),
        ..TaskBrief::default()
    };
    ServiceDetail {
        service,
        status: "ACTIVE".to_owned(),
        deployments: vec![Deployment {
            id: "ecs-svc/41".to_owned(),
            status: "PRIMARY".to_owned(),
            task_definition: definition(41),
            desired: 2,
            running: 2,
            rollout_state: "COMPLETED".to_owned(),
            created_at: Some(NOW.plus(-240 * HOUR)),
            ..Deployment::default()
        }],
        history: Vec::new(),
        history_known: true,
        tasks: vec![running("one"), running("two")],
        events: Vec::new(),
        targets: Vec::new(),
        rules: Vec::new(),
        neighbours: vec![(Balancer::of_id("app/prod/1"), Vec::new())],
        alarms: Vec::new(),
        operations: Vec::new(),
        task_definition: None,
        pointers: crate::model::Pointers::default(),
        breaker: None,
        strategy: "ROLLING".to_owned(),
        percents: None,
        network: None,
        launch_type: "FARGATE".to_owned(),
        capacity_providers: Vec::new(),
        launch: crate::model::Launch::default(),
        grace_s: None,
        auto_deploy: None,
        source: None,
        gaps: Vec::new(),
        config: Vec::new(),
        seen_at: NOW,
    }
}

fn told(detail: &ServiceDetail, evidence: &Evidence) -> Diagnosis {
    diagnose(&Known {
        detail,
        row: &detail.service,
        firing: &[],
        evidence,
        now: NOW,
        clock: &|at| format!("{:02}:{:02}", at.0 / HOUR % 24, at.0 / 60_000 % 60),
        call: &|_: &Version| String::new(),
    })
}

/// An hour of it, of which the last minutes are bad.
fn series(metric: Metric, good: f32, bad: f32, minutes: usize) -> Series {
    let points = (0..60).map(|n| Some(if n + minutes < 60 { good } else { bad })).collect();
    Series { metric, start: NOW.plus(-HOUR), period: 60, points, unread: None }
}

fn errors(minutes: usize) -> Evidence {
    let series = vec![
        series(Metric::Requests, 600.0, 600.0, 60),
        series(Metric::Errors, 0.0, 150.0, minutes),
        series(Metric::BalancerErrors, 0.0, 0.0, 60),
    ];
    Evidence { series, ..Evidence::default() }
}

fn dead(id: &str, revision: u32, at: Stamp) -> TaskBrief {
    TaskBrief {
        id: id.to_owned(),
        last_status: "STOPPED".to_owned(),
        task_definition: definition(revision),
        started_by: format!("ecs-svc/{revision}"),
        stop_code: "EssentialContainerExited".to_owned(),
        started_at: Some(at.plus(-60_000)),
        stopped_at: Some(at),
        containers: vec![TaskContainer {
            name: "app".to_owned(),
            exit_code: Some(3),
            ..TaskContainer::default()
        }],
        ..TaskBrief::default()
    }
}

fn rolled_back(at: Stamp) -> HistoricDeployment {
    HistoricDeployment {
        arn: "arn:d42".to_owned(),
        status: DeploymentStatus::RollbackSuccessful,
        reason: "Service deployment rolled back because the circuit breaker threshold was exceeded."
            .to_owned(),
        stage: String::new(),
        strategy: "ROLLING".to_owned(),
        created_at: Some(at.plus(-600_000)),
        started_at: None,
        finished_at: Some(at),
        target_revision: None,
        task_definition: Some(definition(42)),
        version: Version::default(),
        target_counts: None,
        source_running: None,
        breaker: None,
        alarms: None,
        traffic: None,
        rollback: None,
        back_to: None,
        hooks: Vec::new(),
    }
}

fn text<'a>(told: &'a Diagnosis, label: &str) -> Vec<&'a str> {
    told.facts.iter().filter(|fact| fact.label == label).map(|fact| fact.text.as_str()).collect()
}

fn trouble(kind: TroubleKind) -> Trouble {
    let text = String::new;
    Trouble {
        kind,
        what: "read metrics".to_owned(),
        on: text(),
        why: "InternalError".to_owned(),
        remedy: text(),
    }
}

#[test]
fn what_was_rolled_back_long_ago_and_why_is_no_cause_of_what_is_wrong_now() {
    for (ago, sick, first, said) in [
        (300_000, true, CauseKind::Breaker, ":42 was rolled back by the circuit breaker at 23:55"),
        // it is back, and no better
        (600_000, true, CauseKind::Errors, "5xx 25 % since 23:40, without a deploy just before"),
        (600_000, false, CauseKind::Breaker, ":42 was rolled back by the circuit breaker at 23:50"),
        (50 * HOUR, true, CauseKind::Errors, "5xx 25 % since 23:40, without a deploy just before"),
        (50 * HOUR, false, CauseKind::Breaker, "steady: :42 was rolled back by the circuit breaker 2d ago"),
    ] {
        let at = NOW.plus(-ago);
        let mut detail = detail();
        detail.history = vec![rolled_back(at)];
        let mut evidence = if sick { errors(20) } else { Evidence::default() };
        evidence.kept.tasks = (0..3).map(|n| (at, dead(&format!("d{n}"), 42, at))).collect();
        let told = told(&detail, &evidence);
        assert_eq!(told.causes[0].kind, first, "{ago} {sick} {}", told.sentence);
        assert!(told.sentence.starts_with(said), "{ago} {sick} {}", told.sentence);
        let old = told.causes.iter().position(|cause| cause.kind == CauseKind::Crash).unwrap();
        // why it went back stands behind that it did, and last where that is history
        let days = ago > 24 * HOUR;
        let history = days || first == CauseKind::Errors;
        assert_eq!(old, if history { told.causes.len() - 1 } else { 1 }, "{ago} {sick}");
        assert_eq!(text(&told, "before")[0].contains("3 tasks of web:42 2d ago"), days, "{:?}", told.facts);
    }
}

#[test]
fn what_died_yesterday_is_not_why_tasks_are_missing_today() {
    for (ago, blamed) in [(1_800_000, true), (20 * HOUR, false)] {
        let mut detail = detail();
        detail.service.running = Some(1);
        let at = NOW.plus(-ago);
        let mut evidence = Evidence::default();
        evidence.kept.tasks = vec![(at, dead("d", 41, at))];
        let told = told(&detail, &evidence);
        assert_eq!(told.causes.iter().any(|cause| cause.kind == CauseKind::Crash), blamed, "{ago}");
    }
}

#[test]
fn since_when_is_not_the_beginning_of_what_was_read() {
    let own = detail();
    let long = told(&own, &errors(60));
    assert!(long.sentence.starts_with("5xx 25 % for more than 1h"), "{}", long.sentence);
    assert_eq!(long.since, Some(Since::Before(NOW.plus(-HOUR))));
    assert!(!long.sentence.contains("deploy"), "nobody knows what came before it: {}", long.sentence);
    // what was put in place shortly before may have brought it, and is told for what it is
    let mut fresh = detail();
    fresh.deployments[0].created_at = Some(NOW.plus(-HOUR - 600_000));
    let told_fresh = told(&fresh, &errors(60));
    assert!(
        told_fresh.sentence.contains("for more than 1h, :41 was put in place at 22:50"),
        "{}",
        told_fresh.sentence
    );
    // where an alarm told when, that is when
    let mut alarmed = detail();
    let since = Some(NOW.plus(-3 * HOUR));
    alarmed.alarms =
        vec![AlarmBrief { name: "5xx".into(), state: "ALARM".into(), since, ..AlarmBrief::default() }];
    assert!(told(&alarmed, &errors(60)).sentence.starts_with("5xx 25 % since 21:00"));
}

#[test]
fn what_could_not_be_read_and_what_is_not_paid_for_is_told() {
    let own = detail();
    let mut evidence = errors(20);
    take(&mut evidence, Want::Metrics, Err(trouble(TroubleKind::Server)));
    evidence.series[1].unread = Some(Unread { denied: true, why: "Forbidden".to_owned() });
    let unread = told(&own, &evidence);
    assert_eq!(text(&unread, "not readable"), ["could not read metrics: InternalError", "5xx: Forbidden"]);
    take(&mut evidence, Want::Metrics, Ok(Answer::Metrics(Vec::new())));
    assert!(evidence.unread.is_empty());
    // what is gone is no trouble, and is not asked for again
    take(&mut evidence, Want::Lines("d".into()), Err(trouble(TroubleKind::NotFound)));
    assert!(evidence.unread.is_empty() && evidence.lines.iter().any(|last| last.task == "d"));
    let unpaid = told(&own, &Evidence { unpaid: true, ..Evidence::default() });
    assert_eq!(text(&unpaid, "metrics"), ["not read: cost_limit is 0"]);
}

#[test]
fn a_crash_loop_fills_no_memory() {
    let mut evidence = Evidence::default();
    for n in 0..100 {
        let line = LogLine { at: NOW, stream: String::new(), text: "x".to_owned() };
        let chunk = LogChunk { lines: vec![line; 400], next: None };
        take(&mut evidence, Want::Lines(format!("t{n}")), Ok(Answer::Logs(chunk)));
    }
    assert_eq!(evidence.lines.len(), 12);
    assert!(evidence.lines.iter().all(|last| last.lines.len() == 40));
    assert_eq!(evidence.lines.last().unwrap().task, "t99");
}

#[test]
fn what_the_load_balancer_answers_itself_is_told_with_its_reason_and_numbers() {
    let evidence = |minutes| Evidence {
        series: vec![
            series(Metric::Requests, 600.0, 600.0, 60),
            series(Metric::Errors, 0.0, 0.0, 60),
            series(Metric::BalancerErrors, 0.0, 90.0, minutes),
        ],
        ..Evidence::default()
    };
    let target = |state: &str| Target { id: "10.0.0.1".into(), state: state.into(), ..Target::default() };
    let mut own = detail();
    own.targets = vec![target("healthy"), target("healthy")];
    let closes = told(&own, &evidence(20));
    assert_eq!((closes.causes[0].kind, closes.sick), (CauseKind::BalancerErrors, true));
    assert!(closes.causes[0].inferred && closes.sentence.contains("targets close connections (502)"));
    assert!(
        closes.sentence.starts_with("90 × 5xx a minute by the load balancer since 23:40"),
        "{}",
        closes.sentence
    );
    assert_eq!(text(&closes, "5xx"), ["90 a minute by the load balancer itself, 0 before"]);
    own.targets = vec![target("draining"), target("draining")];
    let nobody = told(&own, &evidence(20));
    assert!(!nobody.causes[0].inferred && nobody.causes[0].words.starts_with("no target is healthy"));
    own.targets.clear();
    let none = told(&own, &evidence(20));
    assert!(none.causes[0].words.starts_with("no target is registered"), "{}", none.sentence);
    // what it answers for others, too, is no sign of this one
    own.targets = vec![target("healthy")];
    own.neighbours = vec![(Balancer::of_id("app/prod/1"), vec!["other".to_owned()])];
    let shared = told(&own, &evidence(20));
    assert!(!shared.sick && shared.causes.is_empty(), "{:?}", shared.causes);
    assert!(text(&shared, "5xx")[0].ends_with("it serves others, too"));
    own.neighbours.clear();
    let unknown = told(&own, &evidence(20));
    assert!(!unknown.sick && text(&unknown, "5xx")[0].ends_with("whom else it serves is not known"));
}

#[test]
fn an_autoscaler_that_asks_in_vain_is_at_its_end_however_busy_it_is() {
    let name = "TargetTracking-service/prod/web-AlarmHigh-0a1b";
    for (fired, came, limit) in [
        (20 * 60_000, 240 * HOUR, true),
        // it may carry the step out yet
        (2 * 60_000, 240 * HOUR, false),
        // a task came meanwhile: it is answered
        (20 * 60_000, 3 * 60_000, false),
    ] {
        let mut own = detail();
        own.tasks[0].created_at = Some(NOW.plus(-came));
        let since = Some(NOW.plus(-fired));
        own.alarms =
            vec![AlarmBrief { name: name.into(), state: "ALARM".into(), since, ..AlarmBrief::default() }];
        let evidence = Evidence { series: vec![series(Metric::Cpu, 73.0, 73.0, 60)], ..Evidence::default() };
        let told = told(&own, &evidence);
        let found = told.causes.first().map(|cause| cause.kind);
        assert_eq!(found == Some(CauseKind::ScalingLimit), limit, "{fired} {came} {:?}", told.causes);
    }
}

#[test]
fn what_was_said_last_week_tells_nothing_of_today() {
    let old = RolloutEvent {
        id: "e".to_owned(),
        at: NOW.plus(-100 * HOUR),
        text: "(service web) (instance i-1) (port 9999) is unhealthy in (target-group web) due to (reason Request timed out)"
            .to_owned(),
    };
    let mut own = detail();
    let mut evidence = Evidence::default();
    evidence.kept.events = vec![old];
    assert!(text(&told(&own, &evidence), "event").is_empty());
    // nor is its port that of a check which fails now
    own.targets = vec![Target { id: "10.0.0.1".into(), state: "unhealthy".into(), ..Target::default() }];
    let now = told(&own, &evidence);
    assert_eq!(now.causes[0].kind, CauseKind::FailingCheck);
    assert!(!now.causes[0].words.contains("9999"), "{}", now.causes[0].words);
}
