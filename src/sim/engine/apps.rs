//! App Runner: operations go through their states; a failed deployment brings back what served before.

use std::sync::Arc;

use super::Engine;
use super::num::millis;
use super::queue::Event;
use super::state::{AppIx, AppSource, Operation, Resolved};
use crate::sim::world::{AppSpec, CodeSpec};

/// What an operation does to its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Change {
    /// Pull the image and put it in place.
    Deploy,
    /// Stop all instances.
    Pause,
    /// Start them again.
    Resume,
}

impl Change {
    fn of(kind: &str) -> Self {
        match kind {
            "PAUSE_SERVICE" => Self::Pause,
            "RESUME_SERVICE" => Self::Resume,
            _ => Self::Deploy,
        }
    }
}

impl Engine {
    /// Begins an operation; the caller has seen to it that the service is free. Gives its id.
    pub(in crate::sim) fn begin_operation(&mut self, ix: AppIx, kind: &'static str) -> u128 {
        let id = self.fresh_wide();
        let now = self.now;
        self.fill_app(ix);
        let Some(app) = self.app_mut(ix) else { return id };
        app.operations.push(Operation {
            id,
            kind,
            status: "PENDING",
            started_at: now,
            ended_at: None,
            updated_at: now,
        });
        app.status = "OPERATION_IN_PROGRESS";
        app.step = 0;
        app.updated_at = now;
        self.record_app(ix);
        self.after(4.0, Event::App(ix, id, 0));
        id
    }

    /// The image that a service is set to run, resolved again: its tag may have moved.
    pub(in crate::sim) fn resolve_app(&mut self, ix: AppIx) {
        let Some(image) = self.app(ix).map(|app| app.shown.image.image.clone()) else { return };
        let resolved = self.resolve_image("app", &image);
        if let Some(app) = self.app_mut(ix) {
            app.shown.image = resolved;
        }
    }

    /// A push moved a tag: services that watch it deploy, when they are free.
    pub(in crate::sim) fn push_deploys(&mut self, image: &str) {
        let watching = |app: &super::state::App| {
            let auto = app.shown.source.get("AutoDeploymentsEnabled").and_then(serde_json::Value::as_bool);
            app.status == "RUNNING" && auto == Some(true) && app.shown.image.image == image
        };
        let found: Vec<AppIx> = self
            .apps
            .iter()
            .enumerate()
            .filter(|(_, app)| watching(app))
            .map(|(place, _)| AppIx(place))
            .collect();
        for ix in found {
            self.resolve_app(ix);
            self.begin_operation(ix, "START_DEPLOYMENT");
        }
    }

    /// Takes an operation a step on.
    pub(super) fn step_app(&mut self, ix: AppIx, id: u128, step: u32) {
        let Some(app) = self.app(ix) else { return };
        let Some(operation) = app.operations.last() else { return };
        if operation.id != id || app.step != step {
            return;
        }
        let image = app.shown.image.clone();
        let path = app.spec.health_path.clone().unwrap_or_else(|| "TCP".to_owned());
        match (Change::of(operation.kind), step) {
            (_, 0) => {
                self.app_event(ix, &format!("Operation {} started", operation_words(operation.kind)));
                self.move_operation(ix, "IN_PROGRESS", 1, 8.0);
            }
            (Change::Deploy, 1) if image.behaviour.is_none() => {
                self.deployment_line(
                    ix,
                    id,
                    &format!("Failed to pull your application image {}", image.image),
                );
                self.move_operation(ix, "ROLLBACK_IN_PROGRESS", 5, 20.0);
            }
            (Change::Deploy, 1) => {
                self.deployment_line(
                    ix,
                    id,
                    &format!("Successfully pulled your application image {}", image.image),
                );
                self.deployment_line(ix, id, "Provisioning instances and deploying image");
                self.move_operation(ix, "IN_PROGRESS", 2, 35.0);
            }
            (Change::Deploy, 2) => {
                self.deployment_line(ix, id, &format!("Performing health check on path '{path}'"));
                self.say_start(ix, &image);
                self.move_operation(ix, "IN_PROGRESS", 3, 30.0);
            }
            (Change::Deploy, 3) if fails(&image) => {
                self.deployment_line(ix, id, "Health check failed. The deployment is rolled back");
                self.app_event(ix, "Deployment failed. Rolling back to the previous version");
                self.move_operation(ix, "ROLLBACK_IN_PROGRESS", 5, 40.0);
            }
            (Change::Deploy, 3) => {
                self.deployment_line(
                    ix,
                    id,
                    "Health check is successful. Routing traffic to the new application",
                );
                self.serve(ix);
                self.move_operation(ix, "IN_PROGRESS", 4, 20.0);
            }
            (Change::Deploy, 5) if app.operations.iter().all(|o| o.status != "SUCCEEDED") => {
                self.end_operation(ix, "FAILED", "CREATE_FAILED");
            }
            (Change::Deploy, 5) => {
                self.take_back(ix);
                self.end_operation(ix, "ROLLBACK_SUCCEEDED", "RUNNING");
            }
            (Change::Pause, _) => self.end_operation(ix, "SUCCEEDED", "PAUSED"),
            (Change::Resume, 1) => self.move_operation(ix, "IN_PROGRESS", 2, 40.0),
            (Change::Deploy | Change::Resume, _) => self.end_operation(ix, "SUCCEEDED", "RUNNING"),
        }
    }

    fn move_operation(&mut self, ix: AppIx, status: &'static str, step: u32, wait: f64) {
        let now = self.now;
        let spread = self.between(0.9, 1.2);
        let Some(app) = self.app_mut(ix) else { return };
        app.step = step;
        let Some(operation) = app.operations.last_mut() else { return };
        operation.status = status;
        operation.updated_at = now;
        let id = operation.id;
        self.after(wait * spread, Event::App(ix, id, step));
    }

    fn end_operation(&mut self, ix: AppIx, status: &'static str, service: &'static str) {
        let now = self.now;
        let Some(app) = self.app_mut(ix) else { return };
        app.status = service;
        app.updated_at = now;
        app.instances = if service == "PAUSED" { 0 } else { app.spec.instances };
        let mut kind = "";
        if let Some(operation) = app.operations.last_mut() {
            operation.status = status;
            operation.updated_at = now;
            operation.ended_at = Some(now);
            kind = operation.kind;
        }
        self.app_event(ix, &format!("Operation {} ended: {status}", operation_words(kind)));
        self.record_app(ix);
    }

    fn serve(&mut self, ix: AppIx) {
        if let Some(app) = self.app_mut(ix) {
            app.serving = app.shown.clone();
        }
        self.record_app(ix);
    }

    fn take_back(&mut self, ix: AppIx) {
        if let Some(app) = self.app_mut(ix) {
            app.shown = app.serving.clone();
        }
    }

    fn say_start(&mut self, ix: AppIx, image: &Resolved) {
        let Some(app) = self.app(ix) else { return };
        let Some(behaviour) = image.behaviour.clone() else { return };
        let (group, stream) = (app_group(&app.spec, app.id, "application"), instance_stream(app.id, image));
        let mut lines = vec![format!("INFO  starting {} version={}", app.spec.name, behaviour.version)];
        match &behaviour.crash {
            Some(crash) => lines.extend(crash.log.clone()),
            None => lines.push(format!("INFO  listening on :{}", app.spec.port)),
        }
        let spec = Arc::clone(&app.spec);
        for line in lines {
            self.append_log(&spec.account, &spec.region, &group, &stream, &line);
        }
    }

    fn app_event(&mut self, ix: AppIx, line: &str) {
        let Some(app) = self.app(ix) else { return };
        let group = app_group(&app.spec, app.id, "service");
        let spec = Arc::clone(&app.spec);
        self.append_log(&spec.account, &spec.region, &group, "events", &format!("[AppRunner] {line}"));
    }

    fn deployment_line(&mut self, ix: AppIx, id: u128, line: &str) {
        let Some(app) = self.app(ix) else { return };
        let group = app_group(&app.spec, app.id, "service");
        let spec = Arc::clone(&app.spec);
        let line = format!("[AppRunner] {line}");
        self.append_log(&spec.account, &spec.region, &group, &format!("deployment/{id:032x}"), &line);
    }

    pub(super) fn append_log(&mut self, account: &str, region: &str, group: &str, stream: &str, line: &str) {
        self.logs.append(account, region, group, stream, millis(self.now), line);
    }
}

/// Whether an image does not come up on App Runner.
fn fails(image: &Resolved) -> bool {
    image.behaviour.as_ref().is_none_or(|behaviour| {
        behaviour.unhealthy.is_some() || behaviour.crash.as_ref().is_some_and(|crash| crash.after < 60.0)
    })
}

fn operation_words(kind: &str) -> String {
    kind.to_lowercase().replace('_', " ")
}

/// A log group of an App Runner service: `service` or `application`.
pub(super) fn app_group(spec: &AppSpec, id: u128, part: &str) -> String {
    format!("/aws/apprunner/{}/{id:032x}/{part}", spec.name)
}

/// The stream of an instance; another image, another instance.
pub(super) fn instance_stream(id: u128, image: &Resolved) -> String {
    let digest = image.digest.as_deref().unwrap_or(&image.image);
    format!("instance/{:016x}{:016x}", crate::sim::hash::of(digest.as_bytes(), 12), id >> 64)
}

/// `SourceConfiguration` of a service that is built from code.
fn from_code(spec: &AppSpec, code: &CodeSpec) -> serde_json::Value {
    let connection = format!(
        "arn:aws:apprunner:{}:{}:connection/github/0123456789abcdef0123456789abcdef",
        spec.region, spec.account
    );
    serde_json::json!({
        "CodeRepository": {
            "RepositoryUrl": code.repository,
            "SourceCodeVersion": { "Type": "BRANCH", "Value": code.branch },
            "CodeConfiguration": { "ConfigurationSource": "REPOSITORY" },
            "SourceDirectory": "/",
        },
        "AutoDeploymentsEnabled": spec.auto_deploy,
        "AuthenticationConfiguration": { "ConnectionArn": connection },
    })
}

impl AppSource {
    /// What a service of the world is set to run.
    pub(super) fn of(spec: &AppSpec, image: Resolved) -> Self {
        use serde_json::json;
        let ecr = spec.image.contains(".dkr.ecr.");
        let secrets: serde_json::Map<String, serde_json::Value> = spec
            .secrets
            .iter()
            .map(|name| {
                let secret = name.to_lowercase().replace('_', "-");
                let arn = format!(
                    "arn:aws:secretsmanager:{}:{}:secret:{}/{secret}",
                    spec.region, spec.account, spec.name
                );
                (name.clone(), json!(arn))
            })
            .collect();
        if let Some(code) = &spec.code {
            return Self {
                source: from_code(spec, code),
                ..Self::of(&AppSpec { code: None, ..spec.clone() }, image)
            };
        }
        let mut source = json!({
            "ImageRepository": {
                "ImageIdentifier": spec.image,
                "ImageConfiguration": {
                    "Port": spec.port.to_string(),
                    "RuntimeEnvironmentVariables": spec.variables,
                    "RuntimeEnvironmentSecrets": secrets,
                },
                "ImageRepositoryType": if ecr { "ECR" } else { "ECR_PUBLIC" },
            },
            "AutoDeploymentsEnabled": spec.auto_deploy,
        });
        if ecr && let Some(map) = source.as_object_mut() {
            let role = format!("arn:aws:iam::{}:role/service-role/AppRunnerECRAccessRole", spec.account);
            map.insert("AuthenticationConfiguration".to_owned(), json!({ "AccessRoleArn": role }));
        }
        let health = match &spec.health_path {
            Some(path) => json!({
                "Protocol": "HTTP", "Path": path, "Interval": 10, "Timeout": 5,
                "HealthyThreshold": 1, "UnhealthyThreshold": 5,
            }),
            None => json!({
                "Protocol": "TCP", "Interval": 10, "Timeout": 5, "HealthyThreshold": 1, "UnhealthyThreshold": 5,
            }),
        };
        let instance = json!({
            "Cpu": "1024",
            "Memory": "2048",
            "InstanceRoleArn": format!("arn:aws:iam::{}:role/{}-instance", spec.account, spec.name),
        });
        Self { source, instance, health, image }
    }
}
