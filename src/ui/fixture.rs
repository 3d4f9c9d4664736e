//! A state made by hand, with the look of the `fem` world, for the tests of views.

use crate::ops::{Context, Draft, Effect, Event, Planner, Run, Wish};
use crate::{
    app::{
        State,
        layout::Widths,
        state::{
            ChartsView, Difference, Line, ListView, Loaded, Overlay, PlanDialog, Screen, ServiceView, Tab,
            Wanted,
        },
    },
    config::{
        keymap::Keymap,
        settings::{Environment, Settings},
        theme::Theme,
    },
    model::{
        AlarmBrief, Answer, Ask, Authority, Deployment, DeploymentStatus, HistoricDeployment, Image,
        ImageChoice, Kind, LogLine, Metric, Operation, Plan, PlanLine, Protection, Range, Revision,
        RolloutBrief, RolloutEvent, RunHeader, RunId, RunKind, RunView, Series, Service, ServiceDetail,
        ServiceKey, ServiceState, Stamp, StepState, Target, TaskBrief, Trouble, TroubleKind, Verdict,
        Version,
        armed::Confirmation,
        call::Identity,
        detail::TaskContainer,
        run::{DiffLine, Step},
    },
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use std::{collections::HashSet, sync::Arc};

/// 21 November 2026, 21:00 UTC.
pub const NOW: Stamp = Stamp(1_795_294_800_000);
pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// A moment before now.
pub fn ago(millis: i64) -> Stamp {
    NOW.plus(-millis)
}

/// The buffer's text, blanks at line ends left out.
pub fn text_of(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        for x in 0..buffer.area.width {
            row.push_str(buffer[(x, y)].symbol());
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// The state drawn at a size.
pub fn drawn(state: &State, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| crate::ui::draw(frame, state)).unwrap();
    terminal.backend().buffer().clone()
}

/// The state drawn at a size, as text.
pub fn text(state: &State, width: u16, height: u16) -> String {
    text_of(&drawn(state, width, height))
}

/// Sets a theme that ships with the program.
pub fn themed(state: &mut State, name: &str) {
    state.theme = Arc::new(Theme::shipped(name).unwrap().unwrap());
}

/// A state with four environments of which nothing is known.
pub fn empty() -> State {
    let settings = Settings {
        environments: ["startup", "staging", "prod", "preview"]
            .into_iter()
            .map(|name| {
                let mut environment = Environment::named(name);
                environment.region = Some("us-west-2".into());
                environment.promote_from = (name == "prod").then(|| "staging".into());
                environment
            })
            .collect(),
        ..Settings::default()
    };
    let keymap = Keymap::shipped("default").unwrap().unwrap();
    let theme = Theme::shipped("mono").unwrap().unwrap();
    let mut state = State::new(
        Arc::new(settings),
        Arc::new(keymap),
        Arc::new(theme),
        "ada@laptop".into(),
        NOW,
        (120, 40),
    );
    for environment in &mut state.environments {
        environment.since = ago(2 * HOUR);
        environment.every = 10_000;
    }
    state
}

fn wave(base: f32, swing: f32, seed: u8, points: usize) -> Vec<Option<f32>> {
    let mut noise = u32::from(seed) + 7;
    (0..points)
        .map(|n| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let jitter = f32::from(u16::try_from(noise >> 20).unwrap()) / 4096.0 - 0.5;
            let n = f32::from(u16::try_from(n).unwrap());
            Some((base + swing * (n / 9.0 + f32::from(seed)).sin() + swing * jitter).max(0.0))
        })
        .collect()
}

fn series(metric: Metric, period: i32, points: Vec<Option<f32>>) -> Series {
    let back = i64::try_from(points.len()).unwrap() * i64::from(period) * 1000;
    Series { metric, start: ago(back), period, points, unread: None }
}

fn sparks(cpu: f32, memory: f32, errors: f32, p99: f32, seed: u8) -> Vec<Series> {
    [
        (Metric::Cpu, wave(cpu, cpu / 5.0, seed, 30)),
        (Metric::Memory, wave(memory, 1.0, seed, 30)),
        (Metric::Errors, wave(errors, 0.0, seed, 30)),
        (Metric::Requests, wave(1000.0, 0.0, seed, 30)),
        (Metric::LatencyP99, wave(p99, p99 / 10.0, seed, 30)),
    ]
    .into_iter()
    .map(|(metric, points)| series(metric, 60, points))
    .collect()
}

fn digest(version: &str) -> String {
    format!("sha256:{version}9f2e41c07b3d")
}

fn row(environment: &str, kind: Kind, name: &str, version: &str, deployed: i64) -> Service {
    let cluster = if kind == Kind::AppRunner { "" } else { environment };
    let mut row = Service::named(ServiceKey::new(environment, kind, cluster, name), String::new());
    let (tag, known) = version.split_once('@').unwrap_or((version, version));
    let image = format!("111122223333.dkr.ecr.us-west-2.amazonaws.com/fem-fd-service:{tag}");
    row.version = Version::of(&image, Some(&digest(known)));
    row.revision = if kind == Kind::AppRunner { image } else { format!("{name}:41") };
    row.state = ServiceState::Steady;
    row.running = Some(2);
    row.desired = if kind == Kind::AppRunner { None } else { Some(2) };
    row.deployed_at = Some(ago(deployed));
    row.seen_at = ago(2_000);
    row
}

/// The fleet of the `fem` world: prod rolls, a mailer is short of a task, one service fails.
pub fn fleet() -> State {
    let mut state = empty();
    for environment in &mut state.environments {
        environment.seen_at = Some(ago(2_000));
        environment.meter = (412, 3, 0.05);
        environment.identity = Some(Identity {
            account: "111122223333".into(),
            arn: format!("arn:aws:sts::111122223333:assumed-role/operator-{}/ada", environment.name),
            region: environment.region.clone(),
            expires_at: Some(NOW.plus(47 * MINUTE)),
            source: format!("profile fem-{}", environment.name),
        });
    }
    let mut rows = vec![
        row("startup", Kind::AppRunner, "fem-fd-service", "latest@41ac07f", 9 * DAY),
        row("staging", Kind::Ecs, "staging-service", "8be02d4", HOUR),
        row("staging", Kind::Ecs, "staging-mailer", "5c11e90", 2 * DAY),
        row("staging", Kind::Ecs, "staging-search-indexer-experimental", "v1.14.0", 3 * DAY),
        row("prod", Kind::Ecs, "prod-service", "8be02d4", 3 * MINUTE),
        row("prod", Kind::Ecs, "prod-mailer", "5c11e90", 6 * DAY),
        row("prod", Kind::Ecs, "prod-reports", "77d01ab", 20 * DAY),
        row("prod", Kind::Ecs, "prod-checkout", "c0ffee1", 5 * HOUR),
        row("preview", Kind::Express, "preview-service", "b42c77d", 25 * MINUTE),
    ];
    rows[0].running = Some(3);
    rows[0].application = "service".into();
    rows[3].seen_at = ago(4 * MINUTE);
    let rolling = &mut rows[4];
    rolling.state = ServiceState::Rolling;
    rolling.revision = "prod-service:42".into();
    rolling.running = Some(4);
    rolling.desired = Some(4);
    rolling.rollout = Some(RolloutBrief {
        new_running: 2,
        new_desired: 4,
        failed: 1,
        started_at: Some(ago(3 * MINUTE)),
        stage: "SCALE_UP".into(),
        rolling_back: false,
    });
    rows[5].state = ServiceState::Degraded;
    rows[5].running = Some(1);
    rows[5].note = "1 of 2 tasks run, none pending".into();
    rows[6].state = ServiceState::Paused;
    rows[6].running = Some(0);
    rows[6].desired = Some(0);
    rows[7].state = ServiceState::Failing;
    rows[7].running = Some(0);
    rows[7].note = "no task runs; exit 1 at start".into();
    for (nth, row) in (0u8..).zip(&rows) {
        let (cpu, errors, p99) = match &*row.key.name {
            "prod-service" => (71.0, 21.0, 840.0),
            "prod-checkout" => (2.0, 400.0, 2_400.0),
            "prod-reports" => continue,
            _ => (12.0 + 4.0 * f32::from(nth), 0.0, 31.0 + 29.0 * f32::from(nth)),
        };
        state.sparks.insert(row.key.clone(), sparks(cpu, 40.0 + f32::from(nth), errors, p99, nth));
    }
    put(&mut state, rows);
    state
}

/// Puts rows into the fleet as `update` would.
pub fn put(state: &mut State, rows: Vec<Service>) {
    let width = |text: &str| u16::try_from(text.chars().count()).unwrap();
    let mut widths = Widths::default();
    for row in &rows {
        widths.environment = widths.environment.max(width(row.key.environment.as_str()));
        widths.service = widths.service.max(width(&row.key.name));
        widths.version = widths.version.max(width(&state.images.words_within(&row.version, 12)));
        widths.application = widths.application.max(width(&row.application));
        widths.state = widths.state.max(2 + width(&crate::app::fleet::state_words(row)));
        if !state.fleet.applications.contains(&row.application) {
            state.fleet.applications.push(row.application.clone());
        }
        let line = state.fleet.applications.iter().position(|a| *a == row.application).unwrap();
        let column = state.environments.iter().position(|e| e.name == row.key.environment).unwrap();
        state.fleet.cells.entry((line, column)).or_default().push(row.key.clone());
        state.fleet.shown.push(row.key.clone());
    }
    state.fleet.widths = widths;
    state.fleet.selected = state.fleet.shown.first().cloned();
    state.rows = rows.into_iter().map(|row| (row.key.clone(), row)).collect();
}

/// A trouble as credentials give it.
pub fn expired() -> Trouble {
    Trouble {
        kind: TroubleKind::Expired,
        what: "list ECS services".into(),
        on: "cluster preview, 111122223333 us-west-2".into(),
        why: "the session has expired (ExpiredTokenException)".into(),
        remedy: "run aws sso login --profile fem-preview".into(),
    }
}

pub fn prod_service() -> ServiceKey {
    ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service")
}

fn task(id: &str, revision: u32, status: &str, health: &str, age: i64) -> TaskBrief {
    TaskBrief {
        arn: format!("arn:aws:ecs:us-west-2:111122223333:task/prod/{id}"),
        id: id.into(),
        task_definition: definition(revision),
        last_status: status.into(),
        desired_status: "RUNNING".into(),
        health: health.into(),
        started_by: format!("ecs-svc/{revision}"),
        created_at: Some(ago(age + 20_000)),
        started_at: (status == "RUNNING").then(|| ago(age)),
        address: Some(format!("10.0.1.{}", id.len() + usize::from(id.as_bytes()[0]))),
        zone: "us-west-2a".into(),
        size: "256 CPU, 512 MiB".into(),
        ..TaskBrief::default()
    }
}

fn definition(revision: u32) -> String {
    format!("arn:aws:ecs:us-west-2:111122223333:task-definition/prod-service:{revision}")
}

/// The rollout of prod-service, half way, one task failed.
pub fn detail(row: Service) -> ServiceDetail {
    let mut failed = task("d00d17bb0c11", 42, "STOPPED", "UNKNOWN", 2 * MINUTE);
    failed.stopped_at = Some(ago(100_000));
    failed.stop_code = "EssentialContainerExited".into();
    failed.stopped_reason = "Essential container in task exited".into();
    failed.containers = vec![TaskContainer {
        name: "service".into(),
        last_status: "STOPPED".into(),
        exit_code: Some(1),
        reason: String::new(),
        image: "fem-fd-service:8be02d4".into(),
        digest: None,
        essential: Some(true),
        runtime_id: None,
    }];
    let tasks = vec![
        task("7f21c0aa9e01", 42, "RUNNING", "HEALTHY", 80_000),
        task("90ab3e44c702", 42, "RUNNING", "UNHEALTHY", 40_000),
        task("b0017bfe1103", 42, "PENDING", "UNKNOWN", 4_000),
        task("31c9d0aa1004", 41, "RUNNING", "HEALTHY", 6 * DAY),
        task("5e88aa021105", 41, "RUNNING", "HEALTHY", 6 * DAY),
        failed,
    ];
    let target = Target {
        group: String::new(),
        id: tasks[1].address.clone().unwrap(),
        port: 8080,
        state: "unhealthy".into(),
        reason: "Target.ResponseCodeMismatch".into(),
        description: "Health checks failed with these codes: [502]".into(),
    };
    let deployment = |revision: u32, status: &str, state: &str, running, desired, failed, age| Deployment {
        id: format!("ecs-svc/{revision}"),
        status: status.into(),
        task_definition: definition(revision),
        version: Version::of(if revision == 42 { "r/fem:8be02d4" } else { "r/fem:1f0c9a7" }, None),
        desired,
        pending: u32::from(revision == 42),
        running,
        failed,
        rollout_state: state.into(),
        reason: String::new(),
        created_at: Some(ago(age)),
        ..Deployment::default()
    };
    let history = |revision: u32, status, age: i64, took: Option<i64>| HistoricDeployment {
        arn: format!("arn:aws:ecs:us-west-2:111122223333:service-deployment/prod/prod-service/{revision}"),
        status,
        reason: String::new(),
        stage: if took.is_none() { "SCALE_UP".into() } else { String::new() },
        strategy: "ROLLING".into(),
        created_at: Some(ago(age)),
        started_at: Some(ago(age)),
        finished_at: took.map(|took| ago(age - took)),
        target_revision: None,
        task_definition: Some(definition(revision)),
        version: Version::of(
            &format!("r/fem:{}", ["77d01ab", "1f0c9a7", "8be02d4"][revision as usize - 40]),
            None,
        ),
        target_counts: Some((4, 2, 1)),
        source_running: Some(2),
        breaker: took.is_none().then(|| ("MONITORING".to_owned(), 1, 3)),
        alarms: took.is_none().then(|| (vec!["prod-service-5xx".to_owned()], vec![])),
        hooks: Vec::new(),
        traffic: None,
        back_to: None,
        rollback: (status == DeploymentStatus::RollbackSuccessful)
            .then(|| ("tasks failed to start".to_owned(), None)),
    };
    let event = |age: i64, text: &str| RolloutEvent {
        id: age.to_string(),
        at: ago(age),
        text: format!("(service prod-service) {text}"),
    };
    ServiceDetail {
        status: String::new(),
        service: row,
        pointers: crate::model::Pointers::default(),
        deployments: vec![
            deployment(42, "PRIMARY", "IN_PROGRESS", 2, 4, 1, 3 * MINUTE),
            deployment(41, "ACTIVE", "COMPLETED", 2, 0, 0, 6 * DAY),
        ],
        history: vec![
            history(42, DeploymentStatus::InProgress, 3 * MINUTE, None),
            history(41, DeploymentStatus::Successful, 6 * DAY, Some(4 * MINUTE + 10_000)),
            history(40, DeploymentStatus::RollbackSuccessful, 8 * DAY, Some(11 * MINUTE)),
        ],
        history_known: true,
        tasks,
        events: vec![
            event(40_000, "has started 1 tasks: (task b0017bfe1103)."),
            event(
                100_000,
                "(task 90ab3e44c702) failed container health checks, and is deregistered from its target group.",
            ),
            event(3 * MINUTE, "has begun draining connections on 2 tasks."),
            event(6 * DAY, "has reached a steady state."),
        ],
        targets: vec![
            Target { id: "10.0.1.67".into(), port: 8080, state: "healthy".into(), ..Target::default() },
            target,
        ],
        rules: Vec::new(),
        neighbours: Vec::new(),
        alarms: vec![
            AlarmBrief {
                name: "prod-service-5xx".into(),
                state: "OK".into(),
                reason: "1 datapoint was not greater than the threshold".into(),
                since: Some(ago(6 * DAY)),
                rule: "HTTPCode_Target_5XX_Count > 20 for 3 of 3 × 60 s".into(),
            },
            AlarmBrief {
                name: "prod-service-latency".into(),
                state: "ALARM".into(),
                reason: "Threshold crossed: 3 datapoints were greater than the threshold (0.5)".into(),
                since: Some(ago(4 * MINUTE)),
                rule: "TargetResponseTime p99 > 0.5 for 3 of 3 × 60 s".into(),
            },
        ],
        operations: vec![],
        task_definition: None,
        breaker: Some((true, true)),
        strategy: "ROLLING".into(),
        percents: Some((100, 200)),
        network: None,
        launch_type: "FARGATE".into(),
        capacity_providers: vec![],
        launch: crate::model::Launch::default(),
        grace_s: None,
        auto_deploy: None,
        source: None,
        gaps: vec![],
        config: [
            ("task definition", "family", "prod-service:42"),
            ("task definition", "CPU and memory", "256 CPU units, 512 MiB"),
            (
                "container service",
                "image",
                "111122223333.dkr.ecr.us-west-2.amazonaws.com/fem-fd-service:8be02d4",
            ),
            ("container service", "port", "8080"),
            ("environment of service", "LOG_LEVEL", "info"),
            ("environment of service", "SENTRY_DSN", "•••• (44 characters)"),
            (
                "secrets of service",
                "DATABASE_URL",
                "arn:aws:secretsmanager:us-west-2:111122223333:secret:prod/db",
            ),
            ("network", "subnets", "subnet-0a1, subnet-0b2"),
            ("rollout", "strategy", "rolling, 100 % to 200 %, breaker rolls back"),
        ]
        .into_iter()
        .map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()))
        .collect(),
        seen_at: ago(2_000),
    }
}

fn loaded<T>(value: T) -> Loaded<T> {
    Loaded { value: Some(value), at: Some(ago(2_000)), trouble: None, loading: false }
}

/// The fleet with prod-service open on a tab.
pub fn service(tab: Tab) -> State {
    let mut state = fleet();
    let key = prod_service();
    let row = state.rows[&key].clone();
    let version = |tag: &str| Version::of(&format!("r/fem-fd-service:{tag}"), Some(&digest(tag)));
    let revision = |n: u32, tag: &str, age: i64, outcome: &str| Revision {
        label: format!("prod-service:{n}"),
        task_definition: definition(n),
        version: version(tag),
        at: Some(ago(age)),
        outcome: outcome.into(),
        current: n == 42,
    };
    state.stack.push(Screen::Service);
    state.fleet.selected = Some(key.clone());
    let mut view = ServiceView::new(key.clone());
    view.tab = tab;
    view.lists = [ListView { cursor: 1, offset: 0 }; 7];
    view.detail = loaded(Box::new(detail(row)));
    view.charts = charts(&key);
    view.revisions = loaded(vec![
        revision(42, "8be02d4", 3 * MINUTE, ""),
        revision(41, "1f0c9a7", 6 * DAY, "succeeded"),
        revision(40, "77d01ab", 8 * DAY, "rolled back"),
        revision(39, "5c11e90", 12 * DAY, "succeeded"),
    ]);
    view.difference = Some(Difference {
        from: "prod-service:41".into(),
        to: "prod-service:42".into(),
        definitions: (None, None),
        lines: diff(),
        trouble: None,
        ready: true,
        asked: true,
        arns: (String::new(), String::new()),
    });
    view.log = log();
    view.log_follow = true;
    view.log_from = Some(Ok(crate::model::LogSource {
        group: "prod-service".into(),
        prefix: Some("svc/service/".into()),
        ..crate::model::LogSource::default()
    }));
    view.log_since = ago(HOUR);
    state.service = Some(view);
    state
}

pub fn diff() -> Vec<DiffLine> {
    vec![
        DiffLine::Skipped(4),
        DiffLine::Same("  \"containerDefinitions\": [".into()),
        DiffLine::Same("    {".into()),
        DiffLine::Removed(
            "      \"image\": \"111122223333.dkr.ecr.us-west-2.amazonaws.com/fem-fd-service:1f0c9a7\","
                .into(),
        ),
        DiffLine::Added(
            "      \"image\": \"111122223333.dkr.ecr.us-west-2.amazonaws.com/fem-fd-service:8be02d4\","
                .into(),
        ),
        DiffLine::Same("      \"name\": \"service\",".into()),
        DiffLine::Skipped(31),
    ]
}

pub fn log() -> Vec<LogLine> {
    let line = |age: i64, text: &str| LogLine {
        at: ago(age),
        stream: "svc/service/7f21c0aa9e01".into(),
        text: text.into(),
    };
    vec![
        line(65_000, "level=info msg=\"listening\" port=8080 version=8be02d4"),
        line(61_000, "level=info msg=\"request\" method=GET path=/healthz status=200 duration=1.2ms"),
        line(40_000, "level=warn msg=\"slow query\" duration=1240ms query=\"select * from users where\""),
        line(
            12_000,
            "level=error msg=\"relation \\\"users\\\" does not exist\" method=POST path=/users status=500 duration=3.1ms request_id=4f1c7d0e",
        ),
        line(3_000, "level=info msg=\"request\" method=GET path=/ status=200 duration=22ms"),
    ]
}

fn charts(key: &ServiceKey) -> ChartsView {
    let points = |base: f32, swing: f32, seed: u8| {
        let mut points = wave(base, swing, seed, 60);
        for point in points.iter_mut().skip(22).take(6) {
            *point = None;
        }
        for point in points.iter_mut().skip(48).flatten() {
            *point *= 1.6;
        }
        points
    };
    ChartsView {
        range: Range::H1,
        series: loaded(vec![(
            key.clone(),
            vec![
                series(Metric::Cpu, 60, points(40.0, 10.0, 1)),
                series(Metric::Memory, 60, points(44.0, 2.0, 2)),
                series(Metric::Requests, 60, points(900.0, 200.0, 3)),
                series(Metric::Errors, 60, points(4.0, 4.0, 4)),
                series(Metric::BalancerErrors, 60, points(1.0, 1.0, 7)),
                series(Metric::LatencyP50, 60, points(38.0, 8.0, 5)),
                series(Metric::LatencyP99, 60, points(420.0, 120.0, 6)),
                series(Metric::Tasks, 60, vec![Some(4.0); 60]),
            ],
        )]),
        cursor: None,
        focus: 0,
        zoomed: false,
        markers: vec![
            (ago(45 * MINUTE), "77d01ab".into(), false),
            (ago(12 * MINUTE), "8be02d4".into(), true),
        ],
    }
}

/// An App Runner service open on its rollout.
pub fn apprunner() -> State {
    let mut state = service(Tab::Rollout);
    let key = ServiceKey::new("startup", Kind::AppRunner, "", "fem-fd-service");
    let row = state.rows[&key].clone();
    let operation = |kind: &str, status: &str, age: i64, took: Option<i64>| Operation {
        id: age.to_string(),
        kind: kind.into(),
        status: status.into(),
        started_at: Some(ago(age)),
        ended_at: took.map(|took| ago(age - took)),
    };
    let view = state.service.as_mut().unwrap();
    view.key = key;
    let mut own = detail(row);
    own.deployments.clear();
    own.history.clear();
    own.tasks.clear();
    own.targets.clear();
    own.operations = vec![
        operation("UPDATE_SERVICE", "IN_PROGRESS", 2 * MINUTE, None),
        operation("START_DEPLOYMENT", "SUCCEEDED", 9 * DAY, Some(4 * MINUTE)),
        operation("UPDATE_SERVICE", "ROLLBACK_SUCCEEDED", 11 * DAY, Some(9 * MINUTE)),
    ];
    view.detail = loaded(Box::new(own));
    state
}

/// Images of the repository, newest first.
pub fn images() -> Vec<Image> {
    [
        ("e91b7aa", &["e91b7aa"][..], 20 * MINUTE),
        ("8be02d4", &["8be02d4", "staging", "prod"][..], 3 * HOUR),
        ("1f0c9a7", &["1f0c9a7"][..], 6 * DAY),
        ("41ac07f", &["41ac07f", "latest"][..], 9 * DAY),
        ("5c11e90", &[][..], 12 * DAY),
    ]
    .into_iter()
    .map(|(name, tags, age)| Image {
        digest: digest(name),
        tags: tags.iter().map(|t| (*t).to_owned()).collect(),
        pushed_at: Some(ago(age)),
        bytes: 48_200_000,
        artifact: None,
    })
    .collect()
}

/// A run of the past or under way, as the journal tells it.
pub fn run(id: &str, kind: RunKind, title: &str, age: i64, end: Option<(Verdict, &str, i64)>) -> RunView {
    let mut run = RunView {
        header: RunHeader {
            id: RunId::from(id),
            kind,
            key: prod_service(),
            account: "111122223333".into(),
            region: "us-west-2".into(),
            title: title.into(),
            from: "1f0c9a7".into(),
            to: "8be02d4".into(),
            who: "ada@laptop".into(),
            identity: String::new(),
            note: String::new(),
            at: ago(age),
        },
        steps: Vec::new(),
        log: Vec::new(),
        end: end.map(|(verdict, why, took)| (verdict, why.to_owned(), ago(age - took))),
        unwatched: false,
        waits: String::new(),
        writes: vec![(
            "ecs:RunTask".into(),
            "prod prod-service:42 goose -dir migrations up".into(),
            Some("task 4be0c9".into()),
        )],
        changed_at: None,
        before: None,
    };
    let step = |name: &str, state, detail: &str, from: Option<i64>, until: Option<i64>| Step {
        name: name.into(),
        state,
        detail: detail.into(),
        started_at: from.map(ago),
        ended_at: until.map(ago),
    };
    run.steps = vec![
        step("start the migration task", StepState::Done, "task 4be0c9d2", Some(age), Some(age - 3_000)),
        step("wait until it runs", StepState::Done, "", Some(age - 3_000), Some(age - 24_000)),
        step(
            "read its exit code",
            if end.is_some() { StepState::Failed } else { StepState::Active },
            if end.is_some() { "service exited with 1" } else { "container service, running" },
            Some(age - 24_000),
            end.map(|_| age - 44_000),
        ),
        step("check what goose says", StepState::Waiting, "", None, None),
    ];
    run
}

/// Lines that goose prints.
pub fn goose() -> Vec<LogLine> {
    ["00007_users.sql (12.3ms)", "00008_orders.sql (20.1ms)", "00009_index.sql"]
        .into_iter()
        .zip([30_000, 28_000, 20_000])
        .map(|(name, age)| LogLine {
            at: ago(age),
            stream: "svc/service/4be0c9".into(),
            text: if age == 20_000 {
                "ERROR 00009_index.sql: failed to run SQL migration: relation \"users\" does not exist".into()
            } else {
                format!("OK   {name}")
            },
        })
        .collect()
}

/// The fleet with runs of the past.
pub fn runs() -> State {
    let mut state = fleet();
    state.stack.push(Screen::Runs);
    let mut failed = run(
        "r3",
        RunKind::Migrate,
        "Migrate prod-service with 8be02d4",
        2 * HOUR,
        Some((
            Verdict::Failed,
            "the migration's container service exited with 1; the schema is as far as 00008",
            44_000,
        )),
    );
    failed.log = goose();
    let one = |id, kind, title: &str, age, verdict, why, took| {
        run(id, kind, title, age, Some((verdict, why, took)))
    };
    state.runs.past = vec![
        failed,
        one(
            "r2",
            RunKind::Deploy,
            "Deploy 8be02d4 to prod-service",
            DAY,
            Verdict::RolledBack,
            "the circuit breaker put prod-service:41 back after 3 failed tasks",
            9 * MINUTE,
        ),
        one(
            "r1",
            RunKind::Rollback,
            "Roll prod-service back to 1f0c9a7",
            2 * DAY,
            Verdict::Succeeded,
            "4 of 4 tasks run 1f0c9a7 and are healthy",
            4 * MINUTE + 12_000,
        ),
        one(
            "r0",
            RunKind::Scale,
            "Scale prod-service to 4",
            9 * DAY,
            Verdict::Stuck,
            "no progress for 15 minutes; AWS may go on",
            15 * MINUTE,
        ),
    ];
    state.marked = HashSet::new();
    state
}

/// A draft whose plan is then replaced by one of our own.
fn draft(plan: Plan) -> Draft {
    let state = fleet();
    let mut row = state.rows[&prod_service()].clone();
    row.state = ServiceState::Steady;
    row.rollout = None;
    let mut own = detail(row.clone());
    own.deployments.truncate(1);
    own.history.clear();
    own.deployments[0].rollout_state = "COMPLETED".into();
    own.deployments[0].running = 4;
    own.deployments[0].pending = 0;
    let context = Context::new(row, "", "us-west-2", "ada@laptop");
    let (mut planner, effects) = Planner::begin(Wish::Scale(6), context, plan.run.clone(), NOW);
    let mut queue = effects;
    while let Some(effect) = queue.pop() {
        let Effect::Ask(id, ask) = effect else { continue };
        let answer = match ask {
            Ask::Identity => {
                Answer::Identity(Identity { account: "111122223333".into(), ..Identity::default() })
            }
            Ask::Detail(_) => Answer::Detail(Box::new(own.clone())),
            other => panic!("the fixture does not answer {other:?}"),
        };
        queue.extend(planner.step(Event::Answer(id, Ok(answer)), NOW));
    }
    let mut draft = planner.into_outcome().expect("a plan").expect("no refusal");
    draft.plan = plan;
    draft
}

/// The plan of a deploy into prod.
pub fn plan() -> Plan {
    let line =
        |label: &str, value: &str, strong| PlanLine { label: label.into(), value: value.into(), strong };
    let mut plan = Plan::empty(RunId::from("r9"), prod_service());
    plan.kind = RunKind::Deploy;
    plan.account = "111122223333".into();
    plan.region = "us-west-2".into();
    plan.title = "Deploy e91b7aa to prod-service".into();
    plan.from = "8be02d4".into();
    plan.to = "e91b7aa".into();
    plan.lines = vec![
        line(
            "image",
            "111122223333.dkr.ecr.us-west-2.amazonaws.com/fem-fd-service:e91b7aa@sha256:e91b7aa9f2e41c07b3d",
            true,
        ),
        line("pushed", "20m ago, 48 MB", false),
        line("revision", "prod-service:42 → a new one", false),
        line("tasks", "4, between 100 % and 200 % at any time", false),
    ];
    plan.warnings = vec!["Migrations were last run with 8be02d4; this image is newer.".into()];
    plan.steps = vec![
        "register a copy of prod-service:42 with the image".into(),
        "update the service".into(),
        "watch until all 4 tasks are replaced and healthy".into(),
    ];
    plan.on_failure = "the circuit breaker stops after 3 failed tasks and puts prod-service:42 back".into();
    plan.writes = vec!["ecs:RegisterTaskDefinition", "ecs:UpdateService"];
    plan.diff = diff();
    plan
}

/// A plan dialog over the fleet.
pub fn plan_dialog(protection: Protection, typed: &str, seen: usize) -> State {
    let mut state = fleet();
    state.fleet.selected = Some(prod_service());
    state.overlay = Some(Overlay::Plan(Box::new(PlanDialog {
        draft: draft(plan()),
        protection,
        line: line(typed),
        note: line(""),
        noting: false,
        scroll: 0,
        seen,
        since_frame: 0,
        seen_frame: 0,
        complaint: String::new(),
        wanted: Wanted {
            wish: Wish::Deploy(ImageChoice::Tag("e91b7aa".into())),
            key: prod_service(),
            title: "Deploy e91b7aa to prod-service".into(),
            at: NOW,
            was: (String::new(), String::new()),
            again: String::new(),
            source: Version::default(),
            note: String::new(),
            steal: None,
            watched: None,
        },
        made_at: NOW,
        quiet_since: None,
    })));
    state
}

/// A run under way, open.
pub fn live() -> State {
    let mut state = runs();
    let plan = plan();
    let authority = Authority::grant(&plan, Protection::Open, &Confirmation::Key).unwrap();
    let (run, _) = Run::fly(draft(plan.clone()), authority, ago(70_000));
    state.runs.open = Some(plan.run.clone());
    state.runs.live.insert(plan.run, run);
    state
}

/// A line with the cursor at its end.
pub fn line(text: &str) -> Line {
    Line { text: text.into(), cursor: text.chars().count() }
}
