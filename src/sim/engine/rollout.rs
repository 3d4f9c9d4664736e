//! Rolling deployments: how tasks of the new revision replace those of the old, a few at a time.

use std::sync::Arc;

use super::Engine;
use super::hooks::abandon;
use super::num::{count, percent_ceil, percent_floor};
use super::queue::Event;
use super::state::{
    DefinitionIx, Deployment, DeploymentStatus, Monitor, Owner, Policy, Revision, Rollout, RolloutId,
    RolloutState, ServiceIx, Stage, Stop, Strategy, TaskId, Threshold,
};
use super::tasks::Request;
use serde_json::Value;

impl Policy {
    /// Failed tasks at which the circuit breaker trips; half of those wanted, from 3 to 200, unless it is
    /// configured otherwise.
    pub(super) fn tolerated(&self, desired: u32) -> u32 {
        match self.threshold.unwrap_or(Threshold::Bounded(50)) {
            Threshold::Count(count) => count.max(1),
            Threshold::Bounded(percent) => percent_ceil(desired, percent).clamp(3, 200),
            Threshold::Unbounded(percent) => percent_ceil(desired, percent).max(1),
        }
    }
}

impl Engine {
    /// Begins to put a task definition in place. A deployment under way is stopped by it.
    pub(in crate::sim) fn begin_rollout(
        &mut self,
        ix: ServiceIx,
        definition: DefinitionIx,
        express: Option<Arc<Value>>,
    ) -> Option<RolloutId> {
        let now = self.now;
        let images = self.resolve(definition);
        let alternate = self.service(ix).is_some_and(super::state::Service::next_is_alternate);
        let revision =
            Revision { id: self.fresh_number(), definition, images, created_at: now, alternate, express };
        let (rollout, deployment) = (RolloutId(self.fresh_number()), self.deployment_id());
        self.leave_steady(ix);
        self.supersede(ix);
        let stale = self.alarms_firing(ix);
        let service = self.service_mut(ix)?;
        let sources: Vec<usize> = {
            let mut all: Vec<usize> = service.rollouts.iter().map(|rollout| rollout.revision).collect();
            all.dedup();
            all
        };
        let target = service.revisions.len();
        service.revisions.push(revision);
        let policy = Arc::clone(&service.policy);
        let alarms = policy.alarms_enabled && !policy.alarms.is_empty();
        let early = |stage: &Stage| matches!(stage, Stage::ReconcileService | Stage::PreScaleUp);
        let held = policy.hooks.iter().any(|hook| hook.stages.iter().any(early));
        let stage = if policy.strategy == Strategy::Rolling && !held {
            Stage::ScaleUp
        } else {
            Stage::ReconcileService
        };
        service.history.push(Deployment {
            id: deployment,
            rollout,
            sources,
            target,
            status: DeploymentStatus::Pending,
            status_reason: None,
            stage,
            created_at: now,
            started_at: now,
            finished_at: None,
            stopped_at: None,
            updated_at: now,
            rollback: None,
            breaker: if policy.breaker { Monitor::Monitoring } else { Monitor::Disabled },
            failures: 0,
            threshold: policy.tolerated(service.desired),
            hooks: Vec::new(),
            alarms: if alarms { Monitor::Monitoring } else { Monitor::Disabled },
            triggered: Vec::new(),
            policy,
        });
        let place = service.history.len().saturating_sub(1);
        let desired = service.desired;
        service.rollouts.insert(
            0,
            Rollout {
                id: rollout,
                revision: target,
                deployment: place,
                desired,
                failed: 0,
                state: RolloutState::InProgress,
                reason: format!("ECS deployment ecs-svc/{} in progress.", rollout.0),
                created_at: now,
                updated_at: now,
                hold_until: now + 2.0,
                stage,
                step: 0,
                stage_due: now,
                weight: 0.0,
                rollback: false,
                frozen: false,
                stale_alarms: stale,
            },
        );
        self.after(2.0, Event::Service(ix));
        self.after(60.0, Event::Alarms(ix, rollout));
        if stage == Stage::ReconcileService {
            self.last(ix, 3.0);
            self.call_hooks(ix);
        }
        self.record_points(ix);
        Some(rollout)
    }

    /// Changes how many tasks are wanted.
    pub(in crate::sim) fn scale(&mut self, ix: ServiceIx, desired: u32) {
        let Some(service) = self.service(ix) else { return };
        if service.desired == desired {
            return;
        }
        self.leave_steady(ix);
        if let Some(service) = self.service_mut(ix) {
            service.desired = desired;
            if let Some(primary) = service.rollouts.first_mut() {
                primary.desired = desired;
            }
            for deployment in service.history.iter_mut().filter(|d| d.status.ongoing()) {
                deployment.threshold = deployment.policy.tolerated(desired);
            }
        }
        self.dirty.insert(ix);
    }

    /// The last part of a service deployment's ARN: 21 characters.
    pub(super) fn deployment_id(&mut self) -> String {
        const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-";
        let mut bits = self.fresh_wide();
        (0..21)
            .map(|_| {
                let letter = LETTERS.get(usize::try_from(bits & 63).unwrap_or(0)).copied().unwrap_or(b'0');
                bits >>= 6;
                char::from(letter)
            })
            .collect()
    }

    /// A newer deployment takes over from the one under way.
    fn supersede(&mut self, ix: ServiceIx) {
        let now = self.now;
        let Some(service) = self.service_mut(ix) else { return };
        for deployment in service.history.iter_mut().filter(|d| d.status.ongoing()) {
            deployment.status = DeploymentStatus::Stopped;
            deployment.status_reason = Some(
                "Service deployment was stopped because a newer service deployment was started.".to_owned(),
            );
            deployment.stopped_at = Some(now);
            deployment.finished_at = Some(now);
            deployment.updated_at = now;
            end_monitors(deployment);
            abandon(deployment);
        }
        if service.rollouts.first().is_some_and(|primary| primary.state == RolloutState::InProgress) {
            service.return_traffic();
        }
        for rollout in &mut service.rollouts {
            rollout.frozen = true;
            rollout.desired = 0;
            rollout.updated_at = now;
        }
    }

    /// Looks at a service and does what is to be done next.
    pub(super) fn reconcile(&mut self, ix: ServiceIx) {
        if self.service(ix).is_some_and(|s| s.spec.beside.is_some()) {
            // another controller decides what stands, at the times that its world tells
            self.drop_drained(ix);
            self.record_points(ix);
            return;
        }
        self.drop_drained(ix);
        self.take_up_requests(ix);
        let Some(service) = self.service(ix) else { return };
        if let Some(primary) = service.rollouts.first() {
            let shift = service
                .history
                .get(primary.deployment)
                .is_some_and(|d| matches!(d.policy.strategy, Strategy::Shift { .. }));
            if shift && primary.state == RolloutState::InProgress && !primary.rollback {
                self.shift(ix);
            } else if primary.state == RolloutState::InProgress
                && primary.stage < Stage::ScaleUp
                && !primary.frozen
            {
                // a hook decides first whether anything is to be replaced
            } else {
                self.roll(ix);
            }
        }
        self.record_points(ix);
    }

    /// Old rollouts without tasks leave `deployments[]`.
    /// Another controller moves production traffic to a task set.
    pub(super) fn move_sets(&mut self, ix: ServiceIx, rollout: RolloutId) {
        let now = self.now;
        if let Some(service) = self.service_mut(ix)
            && let Some(place) = service.rollouts.iter().position(|r| r.id == rollout)
        {
            service.rollouts.swap(0, place);
            for (place, set) in service.rollouts.iter_mut().enumerate() {
                set.weight = if place == 0 { 100.0 } else { 0.0 };
                set.updated_at = now;
            }
        }
        self.record_points(ix);
    }

    /// Another controller takes away what does not serve.
    pub(super) fn end_sets(&mut self, ix: ServiceIx) {
        let Some(serves) = self.service(ix).and_then(|s| s.rollouts.first()).map(|r| r.id) else { return };
        let mut old = self.wanted_tasks(ix);
        old.retain(|task| !self.belongs(*task, serves));
        if let Some(service) = self.service_mut(ix) {
            for set in service.rollouts.iter_mut().skip(1) {
                (set.frozen, set.desired) = (true, 0);
            }
        }
        if !old.is_empty() {
            self.stop_tasks(ix, &old, "Task set deleted");
        }
        self.record_points(ix);
    }

    fn drop_drained(&mut self, ix: ServiceIx) {
        let Some(service) = self.service(ix) else { return };
        let keep: Vec<bool> = service
            .rollouts
            .iter()
            .enumerate()
            .map(|(place, rollout)| place == 0 || self.has_tasks(ix, rollout.id))
            .collect();
        if let Some(service) = self.service_mut(ix) {
            let mut keep = keep.into_iter();
            let mut left = 0.0;
            service.rollouts.retain(|rollout| {
                let keep = keep.next().unwrap_or(true);
                left += if keep { 0.0 } else { rollout.weight };
                keep
            });
            // what nobody answers any more goes to the primary; while that has failed, to another that is left
            let failed =
                service.rollouts.first().is_some_and(|primary| primary.state == RolloutState::Failed);
            let heir = service.standing().filter(|_| failed).unwrap_or(0);
            if let Some(heir) = service.rollouts.get_mut(heir) {
                heir.weight += left;
            }
        }
    }

    fn roll(&mut self, ix: ServiceIx) {
        let now = self.now;
        let wanted = self.wanted_tasks(ix);
        let Some(service) = self.service(ix) else { return };
        let Some(primary) = service.rollouts.first() else { return };
        let (id, policy, desired) = (primary.id, Arc::clone(&service.policy), service.desired);
        let (frozen, held) = (primary.frozen, primary.hold_until > now);
        let ready = |task: &TaskId| self.tasks.get(task).is_some_and(|t| t.ready);
        let (new, old): (Vec<TaskId>, Vec<TaskId>) = wanted.iter().partition(|task| self.belongs(**task, id));
        let ready_new = new.iter().filter(|task| ready(task)).count();
        let (ready_old, unready_old): (Vec<TaskId>, Vec<TaskId>) = old.iter().partition(|task| ready(task));

        let upper = percent_floor(desired, policy.maximum).max(desired.min(1));
        let lower = percent_ceil(desired, policy.minimum);
        // Where rounding leaves no room at all, one task gives way.
        let lower = if lower >= upper { upper.saturating_sub(1) } else { lower };

        let reason = format!("Scaling activity initiated by (deployment ecs-svc/{})", id.0);
        let mut stop: Vec<TaskId> = Vec::new();
        let most = usize::try_from(desired).unwrap_or(usize::MAX);
        let mut youngest: Vec<TaskId> = new.iter().rev().copied().collect();
        youngest.sort_by_key(|task| ready(task));
        if frozen {
            // Nothing replaces anything any more: what does not serve goes, and what is too much.
            let (serving, rest): (Vec<TaskId>, Vec<TaskId>) =
                youngest.into_iter().partition(|task| ready(task));
            let surplus = (serving.len() + old.len()).saturating_sub(most);
            stop.extend(rest);
            stop.extend(serving.into_iter().chain(unready_old).chain(ready_old).take(surplus));
        } else {
            stop.extend(youngest.into_iter().take(new.len().saturating_sub(most)));
            stop.extend(unready_old);
            let spare = (count(ready_new) + count(ready_old.len())).saturating_sub(lower);
            stop.extend(ready_old.into_iter().take(usize::try_from(spare).unwrap_or(0)));
        }
        // Scaled down in the middle of a deployment: what is too much goes, whatever it was to become.
        let excess = wanted.len().saturating_sub(stop.len() + usize::try_from(upper).unwrap_or(usize::MAX));
        let mut rest: Vec<TaskId> =
            wanted.iter().rev().filter(|task| !stop.contains(task)).copied().collect();
        rest.sort_by_key(|task| ready(task));
        stop.extend(rest.into_iter().take(excess));
        let stopped = count(stop.len());
        if stopped > 0 {
            self.stop_tasks(ix, &stop, &reason);
        }
        if !frozen && !held {
            let live = count(wanted.len()).saturating_sub(stopped);
            let missing = desired.saturating_sub(count(new.len()));
            self.start_tasks(ix, missing.min(upper.saturating_sub(live)));
        }
        self.settle(ix);
    }

    /// Stops tasks of a service and says so.
    pub(super) fn stop_tasks(&mut self, ix: ServiceIx, tasks: &[TaskId], reason: &str) {
        let list: Vec<String> = tasks.iter().map(|id| format!("(task {:032x})", id.0)).collect();
        self.tell(ix, &format!("has stopped {} running tasks: {}.", tasks.len(), list.join(" ")));
        for id in tasks {
            let stop = Stop { code: "ServiceSchedulerInitiated", reason: reason.to_owned(), failure: false };
            self.stop_task(*id, stop);
        }
    }

    /// Starts tasks of a service's primary rollout and says so.
    pub(super) fn start_tasks(&mut self, ix: ServiceIx, number: u32) {
        let definition = self.service(ix).and_then(|service| {
            service.rollouts.first().and_then(|r| service.revisions.get(r.revision)).map(|r| r.definition)
        });
        let Some(definition) = definition.filter(|_| number > 0) else { return };
        if !self.may_start(ix, definition) {
            return;
        }
        let now = self.now;
        let Some(service) = self.service_mut(ix) else { return };
        let launch = service.launch.clone();
        let (cluster, group) = (service.cluster, format!("service:{}", service.spec.name));
        let Some(primary) = service.rollouts.first_mut() else { return };
        primary.updated_at = now;
        let (rollout, place, history) = (primary.id, primary.revision, primary.deployment);
        if let Some(deployment) = service.history.get_mut(history)
            && deployment.status == DeploymentStatus::Pending
        {
            deployment.status = DeploymentStatus::InProgress;
            deployment.started_at = now;
            deployment.updated_at = now;
        }
        let Some(revision) = service.revisions.get(place).cloned() else { return };
        let mut list: Vec<String> = Vec::new();
        for nth in 0..number {
            if nth > 0 && !self.may_start(ix, definition) {
                break;
            }
            let id = self.start_task(Request {
                cluster,
                owner: Owner::Service(ix, rollout),
                launch: launch.clone(),
                definition: revision.definition,
                images: Arc::clone(&revision.images),
                group: group.clone(),
                started_by: format!("ecs-svc/{}", rollout.0),
                overrides: None,
                tags: Vec::new(),
            });
            list.push(format!("(task {:032x})", id.0));
        }
        self.tell(ix, &format!("has started {} tasks: {}.", list.len(), list.join(" ")));
    }
}

/// The watches over a deployment end with it.
pub(super) fn end_monitors(deployment: &mut Deployment) {
    for monitor in [&mut deployment.breaker, &mut deployment.alarms] {
        if *monitor == Monitor::Monitoring {
            *monitor = Monitor::MonitoringComplete;
        }
    }
}
