//! What AWS would answer: small values that tests bend to their needs.

use crate::model::process::Life;
use crate::model::{
    AlarmBrief, Answer, Ask, Balancer, ContainerBrief, Controller, Deployment, DeploymentStatus,
    HistoricDeployment, Image, ImageChoice, Kind, LogLine, Metric, Operation, Revision, Sealed, Series,
    Service, ServiceDetail, ServiceKey, ServiceState, Stamp, TaskBrief, TaskDefinition, Traffic, Trouble,
    TroubleKind, Version, identity::Identity, object::Object,
};
use crate::model::{launch::Network, task::TaskContainer};
use crate::ops::Context;
use serde_json::json;

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const REPOSITORY: &str = "111122223333.dkr.ecr.us-west-2.amazonaws.com/fem-fd-service";
pub(super) const NOW: Stamp = Stamp(1_800_000_000_000);

pub(super) fn digest(tag: &str) -> String {
    format!("sha256:{tag:0<12}")
}

pub(super) fn definition_arn(revision: u32) -> String {
    format!("arn:aws:ecs:us-west-2:{ACCOUNT}:task-definition/prod-service:{revision}")
}

pub(super) fn deployment_arn(name: &str) -> String {
    format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service-deployment/prod/prod-service/{name}")
}

pub(super) fn key(kind: Kind) -> ServiceKey {
    match kind {
        Kind::AppRunner => ServiceKey::new("startup", kind, "", "fem-fd-service"),
        _ => ServiceKey::new("prod", kind, "prod", "prod-service"),
    }
}

pub(super) fn trouble(kind: TroubleKind) -> Trouble {
    Trouble {
        kind,
        what: "describe service".to_owned(),
        on: "prod".to_owned(),
        why: "it went wrong".to_owned(),
        remedy: String::new(),
    }
}

pub(super) fn definition(revision: u32, image: &str) -> TaskDefinition {
    let document = json!({
        "taskDefinitionArn": definition_arn(revision), "revision": revision, "status": "ACTIVE",
        "family": "prod-service", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
        "containerDefinitions": [
            {"name": "service", "image": image, "essential": true, "cpu": 0, "memory": 400,
             "environment": [{"name": "PASSWORD", "value": "hunter2"}]},
            {"name": "envoy", "image": "envoy:v1.2", "essential": false}
        ]
    });
    let mut shown = document.clone();
    shown["containerDefinitions"][0]["environment"][0]["value"] = json!("••••");
    TaskDefinition {
        arn: definition_arn(revision),
        family: "prod-service".to_owned(),
        revision,
        status: "ACTIVE".to_owned(),
        registered_at: None,
        registered_by: None,
        containers: vec![
            ContainerBrief {
                name: "service".to_owned(),
                image: image.to_owned(),
                essential: true,
                log: crate::model::LogRoute::Awslogs {
                    group: "prod-service".to_owned(),
                    region: "us-west-2".to_owned(),
                    prefix: "svc".to_owned(),
                },
                ..ContainerBrief::default()
            },
            ContainerBrief {
                name: "envoy".to_owned(),
                image: "envoy:v1.2".to_owned(),
                ..ContainerBrief::default()
            },
        ],
        network_mode: "awsvpc".to_owned(),
        document: Sealed::new(document),
        shown,
    }
}

pub(super) fn historic(name: &str, revision: u32, tag: &str, status: DeploymentStatus) -> HistoricDeployment {
    HistoricDeployment {
        arn: deployment_arn(name),
        status,
        reason: String::new(),
        stage: String::new(),
        strategy: "ROLLING".to_owned(),
        created_at: Some(NOW),
        started_at: None,
        finished_at: None,
        target_revision: None,
        task_definition: Some(definition_arn(revision)),
        version: Version::of(&format!("{REPOSITORY}:{tag}"), Some(&digest(tag))),
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

pub(super) fn deployment(id: &str, status: &str, revision: u32, state: &str) -> Deployment {
    Deployment {
        id: id.to_owned(),
        status: status.to_owned(),
        task_definition: definition_arn(revision),
        desired: 2,
        running: 2,
        rollout_state: state.to_owned(),
        ..Deployment::default()
    }
}

pub(super) fn operation(id: &str, kind: &str, status: &str) -> Operation {
    Operation { id: id.to_owned(), kind: kind.to_owned(), status: status.to_owned(), ..Operation::default() }
}

pub(super) fn task(status: &str, exit: Option<i32>, stop_code: &str, reason: &str) -> TaskBrief {
    TaskBrief {
        arn: "arn:aws:ecs:us-west-2:111122223333:task/prod/7f21c0".to_owned(),
        id: "7f21c0".to_owned(),
        task_definition: definition_arn(41),
        last_status: status.to_owned(),
        desired_status: if status == "STOPPED" { "STOPPED" } else { "RUNNING" }.to_owned(),
        stop_code: stop_code.to_owned(),
        stopped_reason: reason.to_owned(),
        stopped_at: (status == "STOPPED").then_some(NOW),
        containers: vec![
            TaskContainer { name: "envoy".to_owned(), exit_code: Some(0), ..TaskContainer::default() },
            TaskContainer { name: "service".to_owned(), exit_code: exit, ..TaskContainer::default() },
        ],
        ..TaskBrief::default()
    }
}

pub(super) fn line(at: i64, text: &str) -> LogLine {
    LogLine { at: Stamp(at), stream: "svc/service/7f21c0".to_owned(), text: text.to_owned() }
}

/// A quarter of an hour that ends with the minute under way; CloudWatch always tells of the processor.
pub(super) fn series(end: Stamp, (requests, errors, p99): (f32, f32, f32)) -> Vec<Series> {
    let start = Stamp(end.0 / 60_000 * 60_000 - 15 * 60_000);
    let of = |metric, value: f32| Series {
        metric,
        start,
        period: 60,
        points: vec![(value > 0.0).then_some(value); 16],
        unread: None,
    };
    vec![
        of(Metric::Requests, requests),
        of(Metric::Errors, errors),
        of(Metric::BalancerErrors, 0.0),
        of(Metric::LatencyP99, p99),
        of(Metric::Cpu, 20.0),
    ]
}

/// The same where CloudWatch could not tell some of them.
pub(super) fn without(mut told: Vec<Series>, unread: &[(Metric, crate::model::Unread)]) -> Vec<Series> {
    for series in &mut told {
        if let Some((_, unread)) = unread.iter().find(|(metric, _)| *metric == series.metric) {
            series.unread = Some(unread.clone());
            series.points.fill(None);
        }
    }
    told
}

/// An AWS account with one service.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) identity: Identity,
    pub(super) detail: ServiceDetail,
    pub(super) definitions: Vec<TaskDefinition>,
    pub(super) revisions: Vec<Revision>,
    /// Metrics that CloudWatch could not, or would not, tell before anything is changed.
    pub(super) unread: Vec<(Metric, crate::model::Unread)>,
    pub(super) images: Vec<Image>,
    /// Services of other environments.
    pub(super) others: Vec<ServiceDetail>,
    pub(super) alarms: Vec<AlarmBrief>,
    /// Objects of S3 by their key.
    pub(super) objects: Vec<(String, Object)>,
    /// Requests, errors and p99 of each minute before anything is changed.
    pub(super) before: (f32, f32, f32),
    /// Services that use the families of task definitions that are asked for, by cluster and name.
    pub(super) users: Vec<(String, String)>,
    /// What is known of processes.
    pub(super) life: Life,
    /// Tasks that other runs of flightdeck started.
    pub(super) begun: Vec<TaskBrief>,
    /// Reads that fail.
    pub(super) troubles: Vec<(&'static str, Trouble)>,
}

fn image(tag: &str, others: &[&str], age_s: i64) -> Image {
    let mut tags = vec![tag.to_owned()];
    tags.extend(others.iter().map(|t| (*t).to_owned()));
    Image { digest: digest(tag), tags, pushed_at: Some(NOW.plus(-age_s * 1000)), bytes: 1, artifact: None }
}

impl World {
    /// Revision 41 (image 1f0c9a7) runs; 40 (0aa1111) ran before; 8be02d4 is the newest image and `latest`.
    pub(super) fn new(kind: Kind) -> Self {
        let mut service = Service::named(key(kind), format!("arn:{}", kind.word()));
        service.state = ServiceState::Steady;
        service.version = Version::of(&format!("{REPOSITORY}:1f0c9a7"), Some(&digest("1f0c9a7")));
        service.desired = Some(2);
        service.running = Some(2);
        let mut detail = ServiceDetail {
            status: String::new(),
            service,
            deployments: Vec::new(),
            history: Vec::new(),
            history_known: false,
            pointers: crate::model::Pointers::default(),
            tasks: Vec::new(),
            events: Vec::new(),
            targets: Vec::new(),
            rules: Vec::new(),
            neighbours: Vec::new(),
            alarms: Vec::new(),
            operations: Vec::new(),
            task_definition: None,
            breaker: None,
            strategy: String::new(),
            percents: None,
            network: None,
            launch_type: String::new(),
            capacity_providers: Vec::new(),
            launch: crate::model::Launch::default(),
            grace_s: None,
            auto_deploy: None,
            source: None,
            gaps: Vec::new(),
            config: Vec::new(),
            seen_at: NOW,
        };
        if kind == Kind::AppRunner {
            "0a1b".clone_into(&mut detail.service.service_id);
            detail.service.revision = detail.service.version.image.clone();
            detail.service.desired = None;
            detail.auto_deploy = Some(false);
            detail.operations = vec![operation("op-0", "CREATE_SERVICE", "SUCCEEDED")];
            detail.source = Some(Sealed::new(json!({
                "ImageRepository": {
                    "ImageIdentifier": detail.service.version.image, "ImageRepositoryType": "ECR",
                    "ImageConfiguration": {"Port": "8080"}
                },
                "AutoDeploymentsEnabled": false,
                "AuthenticationConfiguration": {"AccessRoleArn": "arn:role"}
            })));
        } else {
            let group = "arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/prod/1";
            detail.service.traffic = Traffic::one("app/prod/1", group);
            detail.neighbours = vec![(Balancer::of_id("app/prod/1"), Vec::new())];
            detail.service.revision = "prod-service:41".to_owned();
            detail.service.task_definition = definition_arn(41);
            detail.service.controller = Controller::Ecs;
            detail.history = vec![
                historic("d41", 41, "1f0c9a7", DeploymentStatus::Successful),
                historic("d40", 40, "0aa1111", DeploymentStatus::Successful),
            ];
            detail.history_known = true;
            detail.deployments = vec![deployment("ecs-svc/41", "PRIMARY", 41, "COMPLETED")];
            detail.task_definition = Some(definition(41, &format!("{REPOSITORY}:1f0c9a7")));
            detail.breaker = Some((true, true));
            detail.strategy = "ROLLING".to_owned();
            detail.percents = Some((100, 200));
            detail.launch_type = "FARGATE".to_owned();
            detail.network = Some(Network {
                subnets: vec!["subnet-1".to_owned()],
                security_groups: vec!["sg-1".to_owned()],
                public_ip: false,
            });
        }
        Self {
            identity: Identity { account: ACCOUNT.to_owned(), ..Identity::default() },
            detail,
            definitions: vec![
                definition(41, &format!("{REPOSITORY}:1f0c9a7")),
                definition(40, &format!("{REPOSITORY}:0aa1111")),
                definition(39, &format!("{REPOSITORY}:latest")),
            ],
            revisions: Vec::new(),
            unread: Vec::new(),
            images: vec![
                image("8be02d4", &["latest"], 600),
                image("1f0c9a7", &[], 86_400),
                image("0aa1111", &[], 5 * 86_400),
            ],
            others: Vec::new(),
            alarms: vec![AlarmBrief { name: "prod-5xx".into(), state: "OK".into(), ..AlarmBrief::default() }],
            objects: Vec::new(),
            before: (400.0, 0.0, 118.0),
            users: Vec::new(),
            life: Life::Gone,
            begun: Vec::new(),
            troubles: Vec::new(),
        }
    }

    pub(super) fn context(&self) -> Context {
        let mut context = Context::new(self.detail.service.clone(), ACCOUNT, "us-west-2", "ana@laptop");
        context.migration.command =
            ["goose", "-dir", "migrations", "up"].iter().map(|w| (*w).to_owned()).collect();
        context
    }

    /// The container's image, in the definition and the row.
    pub(super) fn set_image(&mut self, reference: &str, digest: Option<&str>) {
        self.detail.service.version = Version::of(reference, digest);
        if self.detail.task_definition.is_some() {
            self.detail.task_definition = Some(definition(41, reference));
        }
        if let Some(source) = &self.detail.source {
            let mut document = source.open().clone();
            document["ImageRepository"]["ImageIdentifier"] = json!(reference);
            self.detail.source = Some(Sealed::new(document));
        }
    }

    /// A rollout of revision 42 is in flight.
    pub(super) fn roll(&mut self) {
        self.detail.history.insert(0, historic("d42", 42, "8be02d4", DeploymentStatus::InProgress));
        self.detail.service.task_definition = definition_arn(42);
        self.detail.service.revision = "prod-service:42".to_owned();
        self.detail.deployments = vec![
            deployment("ecs-svc/42", "PRIMARY", 42, "IN_PROGRESS"),
            deployment("ecs-svc/41", "ACTIVE", 41, "COMPLETED"),
        ];
    }

    pub(super) fn answer(&self, ask: &Ask) -> Result<Answer, Trouble> {
        let name = format!("{ask:?}");
        if let Some((_, trouble)) = self.troubles.iter().find(|(prefix, _)| name.starts_with(prefix)) {
            return Err(trouble.clone());
        }
        Ok(match ask {
            Ask::Identity => Answer::Identity(self.identity.clone()),
            Ask::Detail(key) => {
                let other = self.others.iter().find(|detail| detail.service.key == *key);
                Answer::Detail(Box::new(other.unwrap_or(&self.detail).clone()))
            }
            Ask::Alarms { names } => {
                Answer::Alarms(self.alarms.iter().filter(|a| names.contains(&a.name)).cloned().collect())
            }
            Ask::Metrics { targets, end, .. } => {
                let target = targets.first().expect("a target");
                let told = without(series(*end, self.before), &self.unread);
                Answer::Metrics(vec![(target.key.clone(), told)])
            }
            Ask::Object { place } => Answer::Object(
                self.objects.iter().find(|(key, _)| *key == place.key).map(|(_, object)| object.clone()),
            ),
            Ask::Definition(arn) => Answer::Definition(Box::new(
                self.definitions
                    .iter()
                    .find(|d| &d.arn == arn || &d.family == arn)
                    .cloned()
                    .ok_or_else(|| trouble(TroubleKind::NotFound))?,
            )),
            Ask::Process(_) => Answer::Process(self.life),
            Ask::Users { clusters, apprunner, .. } => {
                let has = |all: &Option<Vec<String>>, name: &String| {
                    all.as_ref().is_none_or(|all| all.contains(name))
                };
                let asked = |(cluster, name): &&(String, String)| {
                    if cluster.is_empty() { has(apprunner, name) } else { has(clusters, cluster) }
                };
                Answer::Users(self.users.iter().filter(asked).cloned().collect())
            }
            Ask::Revisions(_) => Answer::Revisions(self.revisions.clone()),
            Ask::Images { .. } => Answer::Images(self.images.clone()),
            Ask::Image { choice, .. } => Answer::Image(
                self.images
                    .iter()
                    .find(|image| match choice {
                        ImageChoice::Tag(tag) => image.tags.contains(tag),
                        ImageChoice::Digest(digest) => &image.digest == digest,
                        _ => false,
                    })
                    .cloned(),
            ),
            Ask::Begun { .. } => Answer::Tasks(self.begun.clone()),
            Ask::Task { task, .. } => {
                Answer::Task(self.detail.tasks.iter().find(|t| &t.arn == task || &t.id == task).cloned())
            }
            other => panic!("plans do not ask {other:?}"),
        })
    }
}
