//! A cockpit to be tested: a state, what it wanted so far, and an AWS that answers when asked to.

use crate::{
    app::{Effect, Msg, Purpose, State, TimerKey, state::Overlay, update},
    config::{
        key::Key,
        keymap::Keymap,
        settings::{Environment, Settings},
        theme::Theme,
    },
    model::{
        Answer, Ask, ContainerBrief, Deployment, DeploymentStatus, EnvironmentName, EventKind,
        HistoricDeployment, Image, Kind, LogChunk, LogLine, Metric, Protection, Revision, RolloutEvent,
        Sealed, Series, Service, ServiceDetail, ServiceKey, ServiceState, Stamp, Target, TaskBrief,
        TaskDefinition, TimelineEvent, Tone, Trouble, TroubleKind, Version, Written, identity::Identity,
        launch::Network,
    },
};
use serde_json::json;
use std::sync::{Arc, LazyLock};

pub const ACCOUNT: &str = "111122223333";
pub const REPOSITORY: &str = "111122223333.dkr.ecr.us-west-2.amazonaws.com/fem-fd-service";
pub const NOW: Stamp = Stamp(1_795_294_800_000);

/// A cockpit under test.
pub struct Kit {
    pub state: State,
    /// Everything wanted so far.
    pub effects: Vec<Effect>,
}

pub fn keymap() -> Arc<Keymap> {
    static KEYMAP: LazyLock<Arc<Keymap>> =
        LazyLock::new(|| Arc::new(Keymap::shipped("default").unwrap().unwrap()));
    Arc::clone(&KEYMAP)
}

fn theme() -> Arc<Theme> {
    static THEME: LazyLock<Arc<Theme>> = LazyLock::new(|| Arc::new(Theme::shipped("mono").unwrap().unwrap()));
    Arc::clone(&THEME)
}

pub fn empty(environments: &[(&str, Protection)]) -> State {
    let settings = Settings {
        environments: environments
            .iter()
            .map(|(name, protection)| Environment {
                region: Some("us-west-2".into()),
                protection: *protection,
                ..Environment::named(name)
            })
            .collect(),
        ..Settings::default()
    };
    State::new(Arc::new(settings), keymap(), theme(), "ada@laptop".into(), NOW, (120, 40))
}

pub fn name(environment: &str) -> EnvironmentName {
    environment.into()
}

pub fn key(environment: &str, name: &str) -> ServiceKey {
    match environment {
        "startup" => ServiceKey::new(environment, Kind::AppRunner, "", name),
        "preview" => ServiceKey::new(environment, Kind::Express, environment, name),
        _ => ServiceKey::new(environment, Kind::Ecs, environment, name),
    }
}

pub fn definition_arn(key: &ServiceKey, revision: u32) -> String {
    format!("arn:aws:ecs:us-west-2:{ACCOUNT}:task-definition/{}:{revision}", key.name)
}

pub fn row(environment: &str, name: &str) -> Service {
    let key = key(environment, name);
    let arn = format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service/{}/{}", key.cluster, key.name);
    let mut row = Service::named(key.clone(), arn);
    row.state = ServiceState::Steady;
    row.running = Some(2);
    row.version = Version::of(&format!("{REPOSITORY}:8be02d4"), Some("sha256:8be02d4000"));
    row.deployed_at = Some(NOW.plus(-3_600_000));
    row.seen_at = NOW;
    if key.kind == Kind::AppRunner {
        row.revision = row.version.image.clone();
        row.service_id = "0123".into();
    } else {
        row.desired = Some(2);
        row.revision = format!("{name}:41");
        row.task_definition = definition_arn(&key, 41);
    }
    row
}

pub fn definition(key: &ServiceKey, revision: u32) -> TaskDefinition {
    let image = format!("{REPOSITORY}:8be02d4");
    let document = json!({"family": &*key.name, "revision": revision, "cpu": revision.to_string(),
        "containerDefinitions": [{"name": "service", "image": image, "essential": true}]});
    TaskDefinition {
        arn: definition_arn(key, revision),
        family: key.name.to_string(),
        revision,
        status: "ACTIVE".into(),
        registered_at: None,
        registered_by: None,
        containers: vec![ContainerBrief {
            name: "service".into(),
            image,
            essential: true,
            log: crate::model::LogRoute::Awslogs {
                group: key.name.to_string(),
                region: "us-west-2".into(),
                prefix: "svc".into(),
            },
            ..ContainerBrief::default()
        }],
        network_mode: "awsvpc".into(),
        document: Sealed::new(document.clone()),
        shown: document,
    }
}

/// A deployment that failed a minute after a moment.
fn begun(key: &ServiceKey, since: Stamp) -> TimelineEvent {
    TimelineEvent {
        id: format!("deployment of {key}"),
        at: since.plus(60_000),
        environment: key.environment.clone(),
        key: Some(key.clone()),
        kind: EventKind::Deployment,
        name: "8be02d4".into(),
        text: "deployment of 8be02d4 rolled back".into(),
        begins: false,
        who: String::new(),
        tone: Tone::Bad,
    }
}

pub fn detail(row: &Service) -> ServiceDetail {
    let ecs = row.key.kind != Kind::AppRunner;
    let definition = definition(&row.key, 41);
    let task = |id: &str, status: &str| TaskBrief {
        arn: format!("arn:aws:ecs:us-west-2:{ACCOUNT}:task/{}/{id}", row.key.cluster),
        id: id.into(),
        task_definition: row.task_definition.clone(),
        last_status: status.into(),
        started_by: "ecs-svc/41".into(),
        created_at: Some(NOW.plus(-60_000)),
        ..TaskBrief::default()
    };
    ServiceDetail {
            status: String::new(),
        service: row.clone(),
        pointers: crate::model::Pointers::default(),
        deployments: if ecs {
            vec![Deployment {
                id: "ecs-svc/41".into(),
                status: "PRIMARY".into(),
                task_definition: row.task_definition.clone(),
                desired: 2,
                running: 2,
                rollout_state: "COMPLETED".into(),
                ..Deployment::default()
            }]
        } else {
            Vec::new()
        },
        history: if ecs { vec![historic(&row.key, DeploymentStatus::Successful)] } else { Vec::new() },
        history_known: ecs,
        tasks: if ecs { vec![task("aaa", "RUNNING"), task("bbb", "RUNNING"), task("ccc", "STOPPED")] } else { vec![] },
        events: (0..60)
            .map(|n| RolloutEvent { id: n.to_string(), at: NOW.plus(-n * 60_000), text: format!("event {n}") })
            .collect(),
        rules: Vec::new(),
        neighbours: Vec::new(),
        targets: vec![Target { id: "10.0.0.1".into(), port: 80, state: "healthy".into(), ..Target::default() }],
        alarms: Vec::new(),
        operations: Vec::new(),
        task_definition: ecs.then_some(definition),
        breaker: ecs.then_some((true, true)),
        strategy: "ROLLING".into(),
        percents: Some((100, 200)),
        network: Some(Network::default()),
        launch_type: "FARGATE".into(),
        capacity_providers: Vec::new(),
        launch: crate::model::Launch::default(),
        grace_s: None,
        auto_deploy: (!ecs).then_some(false),
        source: (!ecs).then(|| {
            Sealed::new(json!({"ImageRepository": {"ImageIdentifier": row.version.image, "ImageRepositoryType": "ECR"}}))
        }),
        gaps: Vec::new(),
        config: vec![("general".into(), "cpu".into(), "256".into()), ("network".into(), "vpc".into(), "v".into())],
        seen_at: NOW,
    }
}

pub fn historic(key: &ServiceKey, status: DeploymentStatus) -> HistoricDeployment {
    HistoricDeployment {
        arn: format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service-deployment/x/{}/d41", key.name),
        status,
        reason: String::new(),
        stage: String::new(),
        strategy: "ROLLING".into(),
        created_at: Some(NOW.plus(-600_000)),
        started_at: None,
        finished_at: None,
        target_revision: None,
        task_definition: Some(definition_arn(key, 41)),
        version: Version::of(&format!("{REPOSITORY}:8be02d4"), None),
        target_counts: None,
        source_running: None,
        breaker: None,
        alarms: None,
        rollback: None,
        traffic: None,
        back_to: None,
        hooks: Vec::new(),
    }
}

pub fn trouble(kind: TroubleKind) -> Trouble {
    Trouble {
        kind,
        what: "list ECS services".into(),
        on: "cluster prod".into(),
        why: "it went wrong".into(),
        remedy: String::new(),
    }
}

pub fn images() -> Vec<Image> {
    [("aaaaaa1", 1), ("8be02d4", 2), ("77d01ab", 3)]
        .into_iter()
        .map(|(tag, days)| Image {
            digest: format!("sha256:{tag}000"),
            tags: vec![tag.into()],
            pushed_at: Some(NOW.plus(-days * 86_400_000)),
            bytes: 1,
            artifact: None,
        })
        .collect()
}

pub const FLEET: [(&str, &str); 6] = [
    ("startup", "fem-fd-service"),
    ("staging", "staging-service"),
    ("staging", "staging-mailer"),
    ("prod", "prod-service"),
    ("prod", "prod-mailer"),
    ("preview", "preview-service"),
];

impl Kit {
    /// A cockpit that knows its fleet.
    pub fn new() -> Self {
        Self::with(&[
            ("startup", Protection::Open),
            ("staging", Protection::Confirm),
            ("prod", Protection::Typed),
            ("preview", Protection::ReadOnly),
        ])
    }

    pub fn with(environments: &[(&str, Protection)]) -> Self {
        let mut kit = Self { state: empty(environments), effects: Vec::new() };
        kit.send(Msg::Start);
        for (environment, _) in environments {
            let rows: Vec<Service> =
                FLEET.iter().filter(|f| f.0 == *environment).map(|f| row(f.0, f.1)).collect();
            kit.rows(environment, rows);
            kit.answer(environment, Purpose::Identity, Ok(identity()));
        }
        kit.draw();
        kit.effects.clear();
        kit
    }

    /// One message; what it led to is kept, and returned as a count.
    pub fn send(&mut self, msg: Msg) -> usize {
        let effects = update(&mut self.state, msg);
        let count = effects.len();
        self.effects.extend(effects);
        count
    }

    pub fn answer(&mut self, environment: &str, purpose: Purpose, result: Result<Answer, Trouble>) {
        self.send(Msg::Answered { environment: name(environment), purpose, result });
    }

    /// All rows of an environment, as AWS tells them.
    pub fn rows(&mut self, environment: &str, rows: Vec<Service>) {
        let keys = rows.iter().map(|r| r.key.clone()).collect();
        self.send(Msg::Part {
            environment: name(environment),
            purpose: Purpose::Fleet,
            answer: Answer::Rows(rows),
        });
        self.answer(
            environment,
            Purpose::Fleet,
            Ok(Answer::FleetDone { keys, gaps: Vec::new(), beside: Vec::new() }),
        );
    }

    /// The screen is drawn.
    pub fn draw(&mut self) {
        let frame = self.state.drawn + 1;
        crate::app::dialog::drawn(&mut self.state, frame);
    }

    /// Time to read what is on the screen.
    pub fn read(&mut self) {
        self.draw();
        self.state.now = self.state.now.plus(self.state.clocked(crate::app::dialog::QUIET_MS));
    }

    /// A key, pressed with everything drawn.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for text in keys.split(' ') {
            if matches!(self.state.overlay, Some(Overlay::Plan(_))) {
                self.read();
            }
            self.draw();
            let drawn = self.state.drawn;
            self.press_at(text, drawn);
        }
        self
    }

    /// A key, read when `drawn` was the last frame.
    pub fn press_at(&mut self, text: &str, drawn: u64) {
        let key: Key = text.parse().unwrap();
        self.send(Msg::Key { key, drawn });
    }

    /// Text, typed.
    pub fn type_in(&mut self, text: &str) -> &mut Self {
        for ch in text.chars() {
            self.draw();
            let drawn = self.state.drawn;
            let key = Key::plain(crate::config::key::KeyCode::Char(ch));
            self.send(Msg::Key { key, drawn });
        }
        self
    }

    pub fn later(&mut self, millis: i64) -> &mut Self {
        let now = self.state.now.plus(millis);
        self.send(Msg::Now(now));
        self
    }

    pub fn select(&mut self, environment: &str, service: &str) -> &mut Self {
        let wanted = key(environment, service);
        let place = self.state.fleet.shown.iter().position(|k| *k == wanted).unwrap();
        crate::app::fleet::select(&mut self.state, place);
        self
    }

    /// Answers every ask that waits, as an AWS in good order would; again for what that leads to.
    pub fn settle(&mut self) -> &mut Self {
        for _ in 0..20 {
            let asks: Vec<(EnvironmentName, Purpose, Ask)> = self
                .effects
                .extract_if(.., |e| matches!(e, Effect::Ask { .. }))
                .map(|e| match e {
                    Effect::Ask { environment, purpose, ask } => (environment, purpose, ask),
                    _ => unreachable!(),
                })
                .collect();
            if asks.is_empty() {
                break;
            }
            for (environment, purpose, ask) in asks {
                let result = self.aws(&environment, &ask);
                self.send(Msg::Answered { environment, purpose, result });
            }
        }
        self
    }

    /// What AWS answers.
    pub fn aws(&self, environment: &EnvironmentName, ask: &Ask) -> Result<Answer, Trouble> {
        Ok(match ask {
            Ask::Identity => identity(),
            Ask::Fleet => {
                let keys =
                    self.state.rows.keys().filter(|k| k.environment == *environment).cloned().collect();
                Answer::FleetDone { keys, gaps: Vec::new(), beside: Vec::new() }
            }
            Ask::Rows(keys) => {
                Answer::Rows(keys.iter().filter_map(|k| self.state.rows.get(k).cloned()).collect())
            }
            Ask::Detail(key) => match self.state.rows.get(key) {
                Some(row) => Answer::Detail(Box::new(detail(row))),
                None => return Err(trouble(TroubleKind::NotFound)),
            },
            Ask::Definition(arn) => {
                let (head, revision) = arn.rsplit_once(':').unwrap();
                let family = head.rsplit('/').next().unwrap();
                Answer::Definition(Box::new(definition(
                    &key(environment.as_str(), family),
                    revision.parse().unwrap(),
                )))
            }
            Ask::Revisions(key) => Answer::Revisions(revisions(key)),
            Ask::Images { .. } => Answer::Images(images()),
            Ask::Image { choice, .. } => Answer::Image(images().into_iter().find(|image| match choice {
                crate::model::ImageChoice::Tag(tag) => image.tags.contains(tag),
                crate::model::ImageChoice::Digest(digest) => image.digest == *digest,
                _ => false,
            })),
            Ask::Metrics { targets, metrics, end, range, .. } => Answer::Metrics(
                targets
                    .iter()
                    .map(|t| (t.key.clone(), metrics.iter().map(|m| series(*m, *end, *range)).collect()))
                    .collect(),
            ),
            Ask::Logs { since, .. } => Answer::Logs(LogChunk {
                lines: vec![LogLine {
                    at: since.plus(1),
                    stream: "s".into(),
                    text: format!("line at {}", since.0),
                }],
                next: None,
            }),
            Ask::Deployment { .. } => Answer::Deployment(None),
            Ask::Operation { .. } => Answer::Operation(None),
            Ask::Task { .. } => Answer::Task(None),
            Ask::Started { .. } | Ask::Begun { .. } => Answer::Tasks(Vec::new()),
            Ask::Process(_) => Answer::Process(crate::model::process::Life::Gone),
            Ask::Users { .. } => Answer::Users(Vec::new()),
            Ask::Alarms { .. } => Answer::Alarms(Vec::new()),
            Ask::AllAlarms => Answer::AllAlarms {
                alarms: vec![crate::model::AlarmBrief {
                    name: "staging-service-5xx".into(),
                    state: "ALARM".into(),
                    ..Default::default()
                }],
                more: false,
            },
            Ask::Watched { .. } => return Err(trouble(TroubleKind::NotFound)),
            Ask::Timeline { keys, since, .. } => Answer::Timeline {
                events: keys
                    .iter()
                    .filter(|key| &*key.name == "staging-service")
                    .map(|key| begun(key, *since))
                    .collect(),
                gaps: Vec::new(),
                bounds: Vec::new(),
            },
            Ask::Object { .. } => Answer::Object(None),
            Ask::Objects { .. } => Answer::Objects(Vec::new()),
            Ask::Permissions => Answer::Permissions(Vec::new()),
        })
    }

    /// Answers every write that waits with `Done`-like success.
    pub fn write_through(&mut self) -> usize {
        let writes: Vec<_> = self.effects.extract_if(.., |e| matches!(e, Effect::Write { .. })).collect();
        let count = writes.len();
        for effect in writes {
            let Effect::Write { run, call, armed } = effect else { unreachable!() };
            let result = Ok(match armed.write().operation() {
                "ecs:RegisterTaskDefinition" => {
                    Written::TaskDefinition { arn: definition_arn(armed.key(), 42) }
                }
                "ecs:UpdateService" => Written::Service {
                    deployment: Some("ecs-svc/42".into()),
                    service_deployment: None,
                    task_definition: definition_arn(armed.key(), 42),
                },
                "apprunner:UpdateService" | "apprunner:StartDeployment" => {
                    Written::Operation { id: "op".into() }
                }
                "ecs:RunTask" => Written::Task { arn: "arn:task".into() },
                _ => Written::Done,
            });
            self.send(Msg::Written { run, call, result });
        }
        count
    }

    pub fn has_timer(&self, key: &TimerKey) -> Option<u64> {
        self.effects.iter().rev().find_map(|e| match e {
            Effect::Timer { key: own, after } if own == key => Some(*after),
            _ => None,
        })
    }

    pub fn asked(&self, purpose: &Purpose) -> usize {
        self.effects
            .iter()
            .filter(|e| matches!(e, Effect::Ask { purpose: own, .. } if own == purpose))
            .count()
    }

    pub fn notice(&self) -> &str {
        self.state.notice.as_ref().map_or("", |n| &n.text)
    }

    pub fn writes(&self) -> usize {
        self.effects.iter().filter(|e| matches!(e, Effect::Write { .. })).count()
    }

    /// The name of the overlay that is open.
    pub fn overlay(&self) -> &'static str {
        match &self.state.overlay {
            None => "",
            Some(Overlay::Filter(_)) => "filter",
            Some(Overlay::Palette { .. }) => "palette",
            Some(Overlay::Images { .. }) => "images",
            Some(Overlay::Revisions { .. }) => "revisions",
            Some(Overlay::Scale { .. }) => "scale",
            Some(Overlay::Planning { .. }) => "planning",
            Some(Overlay::Plan(_)) => "plan",
            Some(Overlay::Refused { .. }) => "refused",
            Some(Overlay::TakeOver(_)) => "take over",
            Some(Overlay::GoOn(_)) => "go on",
            Some(Overlay::Why { .. }) => "why",
            Some(Overlay::Text { .. }) => "text",
        }
    }
}

pub fn identity() -> Answer {
    Answer::Identity(Identity {
        account: ACCOUNT.into(),
        arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/operator/ada"),
        region: "us-west-2".into(),
        expires_at: None,
        source: "profile fem".into(),
    })
}

pub fn revisions(key: &ServiceKey) -> Vec<Revision> {
    let ecs = key.kind != Kind::AppRunner;
    (38..=41)
        .rev()
        .map(|n| Revision {
            label: format!("{}:{n}", key.name),
            task_definition: if ecs { definition_arn(key, n) } else { String::new() },
            version: Version::of(&format!("{REPOSITORY}:8be02d{n}"), None),
            at: Some(NOW.plus(-i64::from(60 - n) * 3_600_000)),
            outcome: String::new(),
            current: n == 41,
        })
        .collect()
}

pub fn series(metric: Metric, end: Stamp, range: crate::model::Range) -> Series {
    let points: Vec<Option<f32>> = (0..15).map(|n| (n != 7).then_some(1.0)).collect();
    Series { metric, start: end.plus(-range.seconds() * 1000), period: range.period(), points, unread: None }
}
