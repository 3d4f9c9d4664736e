//! What was before the start: revisions and deployments of the last months, tasks that run, a few that
//! stopped, metrics that show where deployments were.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::json;

use super::apps::app_group;
use super::num::millis;
use super::points::{self, Effect};
use super::state::{
    App, AppIx, AppSource, Cluster, ClusterIx, Database, Deployment, DeploymentStatus, Exit, Health, Image, Monitor,
    Operation, Owner, Phase, Policy, Points, Repository, Revision, Rollback, Rollout, RolloutId, RolloutState,
    Service, ServiceIx, Stage, Stop, TargetState, TaskId,
};
use super::rollout::threshold;
use super::tasks::Request;
use super::{Engine, Event, LogSource};
use crate::sim::ecs::network;
use crate::sim::hash;
use crate::sim::world::{AppSpec, Ended, Past, ServiceSpec, app_id};

const DAY: f64 = 86_400.0;

impl Engine {
    pub(super) fn build_history(&mut self) {
        self.build_repositories();
        self.build_databases();
        for environment in self.world.environments.clone() {
            for name in environment.clusters {
                self.clusters.push(Cluster {
                    account: environment.account.clone(),
                    region: environment.region.clone(),
                    name,
                    environment: environment.name.clone(),
                    services: Vec::new(),
                    tasks: Vec::new(),
                });
            }
        }
        for spec in self.world.services.clone() {
            self.build_service(&spec);
        }
        for place in 0..self.clusters.len() {
            self.build_stopped(ClusterIx(place));
        }
        for spec in self.world.apps.clone() {
            self.build_app(&spec);
        }
    }

    fn build_repositories(&mut self) {
        for spec in self.world.repositories.clone() {
            let mut images: Vec<Image> = spec
                .images
                .into_iter()
                .map(|image| {
                    let key = format!("{}/{}:{}", spec.account, spec.name, image.behaviour.version);
                    let config = digest(&format!("config {key}"));
                    let layer = digest(&format!("layer {key}"));
                    let manifest = json!({
                        "schemaVersion": 2,
                        "mediaType": "application/vnd.oci.image.manifest.v1+json",
                        "config": {
                            "mediaType": "application/vnd.oci.image.config.v1+json", "size": 4211, "digest": config,
                        },
                        "layers": [{
                            "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                            "size": image.size, "digest": layer,
                        }],
                    });
                    Image {
                        digest: digest(&key),
                        tags: image.tags,
                        pushed_at: self.start - image.pushed,
                        size: image.size,
                        manifest: manifest.to_string(),
                        media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
                        behaviour: Arc::new(image.behaviour),
                    }
                })
                .collect();
            images.sort_by(|a, b| a.pushed_at.total_cmp(&b.pushed_at));
            self.repositories.push(Repository {
                created_at: self.start - 420.0 * DAY,
                account: spec.account,
                region: spec.region,
                name: spec.name,
                immutable: spec.immutable,
                images,
                migrations: spec.migrations.into(),
            });
        }
    }

    fn build_databases(&mut self) {
        for environment in self.world.environments.clone() {
            let versions = f64::from(environment.migrated);
            let applied = (0..environment.migrated)
                .map(|version| self.start - 9.0 * DAY - (versions - f64::from(version)) * 8.3 * DAY)
                .collect();
            let database = Database { environment: environment.name.clone(), applied };
            self.databases.insert(environment.name, database);
        }
    }

    fn build_service(&mut self, spec: &Arc<ServiceSpec>) {
        let ix = ServiceIx(self.services.len());
        let Some(place) = self.clusters.iter().position(|c| c.name == spec.cluster) else { return };
        let cluster = ClusterIx(place);
        if let Some(cluster) = self.clusters.get_mut(place) {
            cluster.services.push(ix);
        }
        self.names.entry(spec.cluster.clone()).or_default().insert(spec.name.clone(), ix);
        let created = self.start - spec.created.max(spec.past.first().map_or(0.0, |past| past.ago));
        self.services.push(Service {
            cluster,
            desired: spec.desired,
            created_at: created,
            policy: Arc::new(Policy::of(spec)),
            network: network(spec),
            grace: if spec.balancer.is_some() { 30 } else { 0 },
            execute_command: false,
            revisions: Vec::new(),
            rollouts: Vec::new(),
            history: Vec::new(),
            events: VecDeque::new(),
            steady_since: None,
            tasks: Vec::new(),
            load: 1.0,
            points: Points::new(),
            spec: Arc::clone(spec),
        });
        for past in &past_of(spec) {
            self.build_deployment(ix, past);
        }
        let Some(service) = self.service(ix) else { return };
        let since = service.history.last().and_then(|d| d.finished_at).unwrap_or(created);
        let key = (spec.account.clone(), spec.region.clone(), spec.log_group.clone());
        self.logs.create_group(&spec.account, &spec.region, &spec.log_group, millis(created));
        self.groups.entry(key).or_default().push(LogSource::Service(ix));
        for number in 0..spec.desired {
            self.build_task(ix, since, number);
        }
        self.record_points(ix);
    }

    /// A deployment that ended before the start, with what it leaves behind.
    fn build_deployment(&mut self, ix: ServiceIx, past: &Past) {
        let at = self.start - past.ago;
        let Some(spec) = self.service(ix).map(|s| Arc::clone(&s.spec)) else { return };
        let definition = self.made_definition(&spec, &past.image, at - 20.0);
        let revision = Revision {
            id: self.fresh_number(),
            definition,
            images: self.resolve(definition),
            created_at: at,
            express: spec.express.then(|| Arc::new(crate::sim::ecs::express::configuration(&spec, &past.image))),
        };
        let (rollout, back) = (RolloutId(self.fresh_number()), RolloutId(self.fresh_number()));
        let (deployment, took) = (self.deployment_id(), self.between(85.0, 140.0));
        let new = Effect::of(&revision.images);
        let previous = self.last_good(ix);
        // The very first deployment has nothing to go back to.
        let ended = if previous.is_none() { Ended::Succeeded } else { past.ended };
        let Some(service) = self.service_mut(ix) else { return };
        let old = previous.and_then(|place| service.revisions.get(place)).map(|r| Effect::of(&r.images));
        let target = service.revisions.len();
        service.revisions.push(revision);
        let end = at + took;
        let limit = threshold(service.desired);
        let policy = Arc::clone(&service.policy);
        let failed = ended == Ended::RolledBack;
        let (status, reason) = match ended {
            Ended::Succeeded => (DeploymentStatus::Successful, None),
            Ended::RolledBack => (
                DeploymentStatus::RollbackSuccessful,
                Some("Service deployment rolled back because the circuit breaker threshold was exceeded."),
            ),
            Ended::Stopped => (
                DeploymentStatus::Stopped,
                Some("Service deployment was stopped because a newer service deployment was started."),
            ),
        };
        service.history.push(Deployment {
            id: deployment,
            rollout,
            sources: previous.into_iter().collect(),
            target,
            status,
            status_reason: reason.map(str::to_owned),
            stage: Stage::CleanUp,
            created_at: at,
            started_at: at + 2.0,
            finished_at: Some(end),
            stopped_at: (ended == Ended::Stopped).then_some(end),
            updated_at: end,
            rollback: previous.filter(|_| failed).map(|revision| Rollback {
                reason: reason.unwrap_or_default().to_owned(),
                started_at: end - 30.0,
                revision,
            }),
            breaker: match (failed, policy.breaker) {
                (true, _) => Monitor::Triggered,
                (false, true) => Monitor::MonitoringComplete,
                (false, false) => Monitor::Disabled,
            },
            failures: if failed { limit } else { 0 },
            threshold: limit,
            alarms: if policy.alarms_enabled { Monitor::MonitoringComplete } else { Monitor::Disabled },
            triggered: Vec::new(),
            policy,
        });
        let place = service.history.len().saturating_sub(1);
        let standing = if ended == Ended::Succeeded { Some((rollout, target)) } else { previous.map(|p| (back, p)) };
        if let Some((id, revision)) = standing {
            service.rollouts = vec![Rollout {
                id,
                revision,
                deployment: place,
                desired: service.desired,
                failed: 0,
                state: RolloutState::Completed,
                reason: format!("ECS deployment ecs-svc/{} completed.", id.0),
                created_at: at,
                updated_at: end,
                hold_until: end,
                stage: Stage::CleanUp,
                step: 0,
                weight: 100.0,
                rollback: failed,
                frozen: false,
                stale_alarms: Vec::new(),
            }];
            service.steady_since = Some(end + 5.0);
        }
        let wanted = f64::from(service.desired);
        let mut shape = |at: f64, extra: f64, share: f64| {
            let effect = old.map_or(new, |old| Effect::mix(&[(1.0 - share, old), (share, new)]));
            let mut conditions = points::steady(count_of(wanted), effect);
            conditions.running += extra;
            conditions.pending = if extra > 0.0 { 0.0 } else { wanted * share.min(1.0) };
            points::push(&mut service.points, at, Some(conditions));
        };
        if old.is_some() {
            shape(at + 2.0, 0.0, 0.0);
            shape(at + 35.0, wanted, if failed { 0.0 } else { 0.5 });
        }
        let mut after = points::steady(count_of(wanted), if ended == Ended::Succeeded { new } else { old.unwrap_or(new) });
        after.pending = 0.0;
        points::push(&mut service.points, end, Some(after));
        self.build_events(ix, at, end, (rollout, back), ended);
    }

    fn build_events(&mut self, ix: ServiceIx, at: f64, end: f64, ids: (RolloutId, RolloutId), ended: Ended) {
        let Some(desired) = self.service(ix).map(|s| s.desired.max(1)) else { return };
        let tasks: Vec<String> = (0..desired).map(|_| format!("(task {:032x})", self.fresh_wide())).collect();
        self.tell_at(ix, at + 3.0, &format!("has started {desired} tasks: {}.", tasks.join(" ")));
        let (rollout, back) = (ids.0.0, ids.1.0);
        match ended {
            Ended::Stopped => return,
            Ended::Succeeded => {
                self.tell_at(ix, end, &format!("(deployment ecs-svc/{rollout}) deployment completed."));
            }
            Ended::RolledBack => {
                let failed = format!("(deployment ecs-svc/{rollout}) deployment failed: tasks failed to start.");
                self.tell_at(ix, end - 30.0, &failed);
                self.tell_at(ix, end - 30.0, &format!("rolling back to deployment ecs-svc/{back}."));
                self.tell_at(ix, end, &format!("(deployment ecs-svc/{back}) deployment completed."));
            }
        }
        self.tell_at(ix, end + 5.0, "has reached a steady state.");
    }

    /// A task that has been running since the last deployment.
    fn build_task(&mut self, ix: ServiceIx, since: f64, number: u32) {
        let Some(service) = self.service(ix) else { return };
        let Some(rollout) = service.rollouts.first() else { return };
        let Some(revision) = service.revisions.get(rollout.revision) else { return };
        let (id, balanced) = (rollout.id, service.spec.balancer.is_some());
        let request = Request {
            cluster: service.cluster,
            owner: Owner::Service(ix, id),
            definition: revision.definition,
            images: Arc::clone(&revision.images),
            group: format!("service:{}", service.spec.name),
            started_by: format!("ecs-svc/{}", id.0),
            overrides: None,
            tags: Vec::new(),
        };
        let created = since - 70.0 + 7.0 * f64::from(number.min(9));
        let task = self.place_task(request, Phase::Running);
        let crash = self.set_started(task, created, balanced);
        if let Some(crash) = crash {
            let wait = self.between(0.1, 1.0) * crash;
            self.after(wait, Event::Task(task, 0, super::queue::Step::Exit));
        }
    }

    /// Gives a task the past of one that started well. Seconds after which its image ends by itself.
    fn set_started(&mut self, id: TaskId, created: f64, balanced: bool) -> Option<f64> {
        let task = self.tasks.get_mut(&id)?;
        task.created_at = created;
        task.pull_started_at = Some(created + 7.0);
        task.pull_stopped_at = Some(created + 18.0);
        task.started_at = Some(created + 24.0);
        task.logged_until = created + 24.0;
        task.ready = true;
        task.target = balanced.then_some(TargetState::Healthy);
        task.health = if task.checked { Health::Healthy } else { Health::Unknown };
        task.images.iter().find_map(|image| image.behaviour.as_ref()?.crash.as_ref()).map(|crash| crash.after)
    }

    /// Tasks that stopped within the last hour: a check of the migrations, and a task that was replaced.
    fn build_stopped(&mut self, cluster: ClusterIx) {
        let Some((home, services)) = self.cluster(cluster).map(|c| (c.name.clone(), c.services.clone())) else { return };
        for (order, ix) in services.into_iter().enumerate() {
            let Some(service) = self.service(ix) else { continue };
            let Some(rollout) = service.rollouts.first() else { continue };
            let Some(revision) = service.revisions.get(rollout.revision) else { continue };
            let bits = hash::of(format!("{home}/{}", service.spec.name).as_bytes(), 15);
            let oneoff = order == 0;
            if !oneoff && !bits.is_multiple_of(9) {
                continue;
            }
            let name = &service.spec.name;
            let (owner, started_by, group) = if oneoff {
                (Owner::Run, "ci".to_owned(), format!("family:{name}"))
            } else {
                let owner = Owner::Service(ix, rollout.id);
                (owner, format!("ecs-svc/{}", rollout.id.0), format!("service:{name}"))
            };
            let container = service.spec.container.clone();
            let overrides = oneoff.then(|| {
                json!({ "containerOverrides": [{
                    "name": container, "command": ["goose", "-dir", "migrations", "status"],
                }] })
            });
            let request = Request {
                cluster,
                owner,
                definition: revision.definition,
                images: Arc::clone(&revision.images),
                group,
                started_by,
                overrides,
                tags: Vec::new(),
            };
            self.bury(request, 400.0 + hash::fraction(bits) * 2000.0, oneoff, ix);
        }
    }

    fn bury(&mut self, request: Request, ago: f64, oneoff: bool, ix: ServiceIx) {
        let end = self.now - ago;
        let id = self.place_task(request, Phase::Stopped);
        if let Some(service) = self.service_mut(ix) {
            service.tasks.retain(|task| *task != id);
        }
        self.set_started(id, end - if oneoff { 60.0 } else { 4000.0 }, false);
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.ready = false;
        task.health = Health::Unknown;
        task.stopping_at = Some(end - 10.0);
        task.execution_stopped_at = Some(end - 6.0);
        task.stopped_at = Some(end);
        let (code, reason, exit) = if oneoff {
            ("EssentialContainerExited", "Essential container in task exited", 0)
        } else {
            ("ServiceSchedulerInitiated", "Task stopped by (service scheduler) for availability zone rebalancing", 0)
        };
        task.stop = Some(Stop { code, reason: reason.to_owned(), failure: false });
        for other in &mut task.exits {
            *other = Exit { code: Some(exit), reason: None };
        }
        self.after(3600.0 - ago, Event::Forget(id));
    }

    fn build_app(&mut self, spec: &Arc<AppSpec>) {
        let ix = AppIx(self.apps.len());
        let id = app_id(&spec.account, &spec.region, &spec.name);
        let image = self.resolve_image("app", &spec.image);
        let serving = AppSource::of(spec, image);
        let created = self.start - spec.created.max(spec.past.first().map_or(0.0, |past| past.ago));
        let effect = Effect::of(std::slice::from_ref(&serving.image));
        let mut points = Points::new();
        points::push(&mut points, created + 200.0, Some(points::steady(spec.instances, effect)));
        let mut operations = vec![self.operation("CREATE_SERVICE", created, "SUCCEEDED")];
        for past in &spec.past {
            let status = if past.ended == Ended::Succeeded { "SUCCEEDED" } else { "ROLLBACK_SUCCEEDED" };
            let kind = if past.image == spec.image { "START_DEPLOYMENT" } else { "UPDATE_SERVICE" };
            operations.push(self.operation(kind, self.start - past.ago, status));
        }
        if spec.paused {
            operations.push(self.operation("PAUSE_SERVICE", self.start - 2.0 * DAY, "SUCCEEDED"));
            points::push(&mut points, self.start - 2.0 * DAY, None);
        }
        let updated = operations.last().map_or(created, |operation| operation.updated_at);
        for part in ["service", "application"] {
            let group = app_group(spec, id, part);
            self.logs.create_group(&spec.account, &spec.region, &group, millis(created));
            let key = (spec.account.clone(), spec.region.clone(), group);
            self.groups.entry(key).or_default().push(LogSource::App(ix));
        }
        self.apps.push(App {
            id,
            status: if spec.paused { "PAUSED" } else { "RUNNING" },
            shown: serving.clone(),
            serving,
            operations,
            step: 0,
            instances: if spec.paused { 0 } else { spec.instances },
            created_at: created,
            updated_at: updated,
            logged_until: created,
            points,
            spec: Arc::clone(spec),
        });
    }

    fn operation(&mut self, kind: &'static str, at: f64, status: &'static str) -> Operation {
        let took = self.between(110.0, 190.0);
        Operation {
            id: self.fresh_wide(),
            kind,
            status,
            started_at: at,
            ended_at: Some(at + took),
            updated_at: at + took,
        }
    }
}

/// The deployments of a service before the start, ending with one that put its image in place.
fn past_of(spec: &ServiceSpec) -> Vec<Past> {
    let mut past = spec.past.clone();
    let standing = past.iter().rev().find(|p| p.ended == Ended::Succeeded).map(|p| p.image.as_str());
    if standing != Some(spec.image.as_str()) {
        let ago = past.last().map_or(spec.created, |last| last.ago / 2.0);
        past.push(Past { ago, image: spec.image.clone(), ended: Ended::Succeeded });
    }
    past
}

fn count_of(wanted: f64) -> u32 {
    super::num::steps(wanted, 1.0, 100_000)
}

/// A digest made of a text; not a SHA-256 of anything, but of its shape.
pub(in crate::sim) fn digest(text: &str) -> String {
    let part = |salt: u64| hash::of(text.as_bytes(), salt);
    format!("sha256:{:016x}{:016x}{:016x}{:016x}", part(21), part(22), part(23), part(24))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_have_their_shape() {
        let one = digest("a");
        assert_eq!(one.len(), 71);
        assert_ne!(one, digest("b"));
        assert_eq!(super::super::num::count(3), count_of(3.0));
    }
}
