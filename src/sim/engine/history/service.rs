//! Services at the start: their deployments of the last months, and the tasks that run.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::sim::engine::documents::network;
use crate::sim::engine::num::millis;
use crate::sim::engine::points::Effect;
use crate::sim::engine::queue::{Event, Step};
use crate::sim::engine::state::{
    ClusterIx, Deployment, DeploymentStatus, Health, Launch, Monitor, Owner, Phase, Points, Policy, Revision,
    Rollback, Rollout, RolloutId, RolloutState, Service, ServiceIx, Stage, TargetState, TaskId,
};
use crate::sim::engine::tasks::Request;
use crate::sim::engine::{Engine, LogSource, points};
use crate::sim::world::{Beside, Ended, Past, ServiceSpec};

impl Engine {
    pub(super) fn build_service(&mut self, spec: &Arc<ServiceSpec>) {
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
            launch: launch_of(spec),
            unplaced_until: 0.0,
            outage: None,
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
        if spec.log_driver == "awslogs" {
            let key = (spec.account.clone(), spec.log_region.clone(), spec.log_group.clone());
            self.logs.create_group(&spec.account, &spec.log_region, &spec.log_group, millis(created));
            self.groups.entry(key).or_default().push(LogSource::Service(ix));
        }
        for number in 0..spec.desired {
            self.build_task(ix, since, number);
        }
        if let Some(beside) = &spec.beside {
            self.build_beside(ix, beside);
        }
        self.record_points(ix);
    }

    /// A deployment that ended before the start, with what it leaves behind.
    fn build_deployment(&mut self, ix: ServiceIx, past: &Past) {
        let at = self.start - past.ago;
        let Some(spec) = self.service(ix).map(|s| Arc::clone(&s.spec)) else { return };
        // a forced deployment is one of the same task definition: its tag is resolved again
        let same = past.forced.then(|| self.newest_made(&spec, &past.image)).flatten();
        let definition = match same {
            Some(definition) => definition,
            None => self.made_definition(&spec, &past.image, at - 20.0),
        };
        if past.inactive
            && let Some(definition) = self.definitions.get_mut(definition.0)
        {
            definition.deregistered_at = Some(at + 3600.0);
        }
        let mut images = self.resolve(definition).to_vec();
        if let Some(meant) = &past.meant
            && let Some(main) = images.iter_mut().find(|image| image.container == spec.container)
        {
            let then = self.resolve_image(&spec.container, meant);
            main.digest = then.digest;
            main.behaviour = then.behaviour;
        }
        let revision = Revision {
            id: self.fresh_number(),
            definition,
            images: images.into(),
            created_at: at,
            alternate: self.service(ix).is_some_and(Service::next_is_alternate),
            express: spec
                .express
                .then(|| Arc::new(crate::sim::ecs::express::configuration(&spec, &past.image))),
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
        let policy = Arc::clone(&service.policy);
        let limit = policy.tolerated(service.desired);
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
            hooks: Vec::new(),
            alarms: if policy.alarms_enabled { Monitor::MonitoringComplete } else { Monitor::Disabled },
            triggered: Vec::new(),
            policy,
        });
        let place = service.history.len().saturating_sub(1);
        let standing =
            if ended == Ended::Succeeded { Some((rollout, target)) } else { previous.map(|p| (back, p)) };
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
                stage_due: end,
                weight: 100.0,
                rollback: failed,
                frozen: false,
                stale_alarms: Vec::new(),
            }];
            service.steady_since = Some(end + 5.0);
        }
        let wanted = f64::from(service.desired);
        let moved = points::moved(service);
        let in_alternate = service.spec.ways.alternate.is_some()
            && service
                .rollouts
                .first()
                .and_then(|r| service.revisions.get(r.revision))
                .is_some_and(|r| r.alternate);
        let there = if in_alternate { wanted } else { 0.0 };
        let mut shape = |at: f64, extra: f64, share: f64| {
            let effect = old.map_or(new, |old| Effect::mix(&[(1.0 - share, old), (share, new)]));
            let mut conditions = points::steady(count_of(wanted), effect);
            (conditions.alternate, conditions.healthy_alternate) = (moved, there);
            conditions.running += extra;
            conditions.pending = if extra > 0.0 { 0.0 } else { wanted * share.min(1.0) };
            points::push(&mut service.points, at, Some(conditions));
        };
        if old.is_some() {
            shape(at + 2.0, 0.0, 0.0);
            shape(at + 35.0, wanted, if failed { 0.0 } else { 0.5 });
        }
        let mut after = points::steady(
            count_of(wanted),
            if ended == Ended::Succeeded { new } else { old.unwrap_or(new) },
        );
        after.pending = 0.0;
        (after.alternate, after.healthy_alternate) = (moved, there);
        points::push(&mut service.points, end, Some(after));
        self.build_events(ix, at, end, (rollout, back), ended);
    }

    /// A second task set with tasks of its own; first comes the one that serves.
    fn build_beside(&mut self, ix: ServiceIx, beside: &Beside) {
        let at = self.start - beside.ago;
        let Some(spec) = self.service(ix).map(|s| Arc::clone(&s.spec)) else { return };
        let definition = self.made_definition(&spec, &beside.image, at - 20.0);
        let revision = Revision {
            id: self.fresh_number(),
            definition,
            images: self.resolve(definition),
            created_at: at,
            express: None,
            alternate: self.service(ix).is_some_and(Service::next_is_alternate),
        };
        let id = RolloutId(self.fresh_number());
        let Some(service) = self.service_mut(ix) else { return };
        let place = service.revisions.len();
        service.revisions.push(revision);
        let Some(old) = service.rollouts.first().cloned() else { return };
        let young =
            Rollout { id, revision: place, created_at: at, updated_at: at + 90.0, weight: 0.0, ..old };
        // tasks are built for the first
        service.rollouts.insert(0, young);
        for number in 0..spec.desired {
            self.build_task(ix, at + 90.0, number);
        }
        if let Some(service) = self.service_mut(ix)
            && !beside.serves
        {
            service.rollouts.swap(0, 1);
        }
        let steps = [(beside.moves, Event::Moves(ix, id)), (beside.ends, Event::Ends(ix))];
        for (at, event) in steps {
            if let Some(at) = at {
                self.queue.push(self.start + at, event);
            }
        }
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
                let failed =
                    format!("(deployment ecs-svc/{rollout}) deployment failed: tasks failed to start.");
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
        let (cluster, launch, definition) = (service.cluster, service.launch.clone(), revision.definition);
        if launch != Launch::Fargate && self.room(cluster, &launch, &self.needs(definition)).is_err() {
            // it looks for room from the start on
            self.after(1.0, Event::Service(ix));
            return;
        }
        let request = Request {
            cluster,
            owner: Owner::Service(ix, id),
            launch,
            definition,
            images: Arc::clone(&revision.images),
            group: format!("service:{}", service.spec.name),
            started_by: format!("ecs-svc/{}", id.0),
            overrides: None,
            tags: Vec::new(),
        };
        let created = since - 70.0 + 7.0 * f64::from(number.min(9));
        let task = self.place_task(request, Phase::Running);
        let _ = self.seat_if_ec2(task);
        let crash = self.set_started(task, created, balanced);
        if let Some(crash) = crash {
            let wait = self.between(0.1, 1.0) * crash;
            self.after(wait, Event::Task(task, 0, Step::Exit));
        }
    }

    /// Gives a task the past of one that started well. Seconds after which its image ends by itself.
    pub(super) fn set_started(&mut self, id: TaskId, created: f64, balanced: bool) -> Option<f64> {
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
}

/// What the world launches the tasks of a service on.
pub(in crate::sim::engine) fn launch_of(spec: &ServiceSpec) -> Launch {
    match &spec.ec2 {
        None => Launch::Fargate,
        Some(ec2) => ec2.provider.clone().map_or(Launch::Ec2, Launch::Provider),
    }
}

/// The deployments of a service before the start, ending with one that put its image in place.
fn past_of(spec: &ServiceSpec) -> Vec<Past> {
    let mut past = spec.past.clone();
    let standing = past.iter().rev().find(|p| p.ended == Ended::Succeeded).map(|p| p.image.as_str());
    if standing != Some(spec.image.as_str()) {
        let ago = past.last().map_or(spec.created, |last| last.ago / 2.0);
        past.push(Past {
            ago,
            image: spec.image.clone(),
            meant: None,
            inactive: false,
            forced: false,
            ended: Ended::Succeeded,
        });
    }
    past
}

fn count_of(wanted: f64) -> u32 {
    super::super::num::steps(wanted, 1.0, 100_000)
}
