//! How deployments end: in place, given up, taken back. Circuit breaker, alarms and StopServiceDeployment.

use std::sync::Arc;

use super::Engine;
use super::cause::Cause;
use super::hooks::abandon;
use super::points::Effect;
use super::queue::Event;
use super::rollout::end_monitors;
use super::state::Owner;
use super::state::{
    DeploymentStatus, Monitor, Rollback, Rollout, RolloutId, RolloutState, ServiceIx, Stage, Strategy,
};
use crate::sim::cloudwatch::{AlarmState, alarm_state};

/// Share of failed requests at which the alarm of an Express service fires.
const EXPRESS_ERRORS: f64 = 0.05;

impl Engine {
    /// A task of a rollout runs and passes its checks.
    pub(super) fn count_success(&mut self, ix: ServiceIx, id: RolloutId) {
        let Some(service) = self.service_mut(ix) else { return };
        let Some(rollout) = service.rollouts.iter_mut().find(|r| r.id == id) else { return };
        rollout.failed = 0;
        if rollout.state == RolloutState::InProgress
            && let Some(deployment) = service.history.get_mut(rollout.deployment)
            && deployment.policy.reset != Some(false)
        {
            deployment.failures = 0;
        }
    }

    /// A task of a rollout failed.
    pub(super) fn count_failure(&mut self, ix: ServiceIx, id: RolloutId) {
        let now = self.now;
        let what = self.failure_words(ix, id);
        let Some(service) = self.service_mut(ix) else { return };
        let primary = service.rollouts.first().is_some_and(|r| r.id == id);
        let Some(rollout) = service.rollouts.iter_mut().find(|r| r.id == id) else { return };
        rollout.failed += 1;
        rollout.updated_at = now;
        // AWS waits longer and longer between attempts.
        let pause = f64::from(rollout.failed.saturating_sub(1).min(15)) * 8.0;
        rollout.hold_until = rollout.hold_until.max(now + pause);
        let (failed, undergoing) =
            (rollout.failed, rollout.state == RolloutState::InProgress && !rollout.frozen);
        let (place, rollback) = (rollout.deployment, rollout.rollback);
        self.after(pause, Event::Service(ix));
        if failed.is_multiple_of(4) && primary {
            self.tell(ix, "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.");
        }
        if !(primary && undergoing) {
            return;
        }
        let Some(deployment) = self.service_mut(ix).and_then(|s| s.history.get_mut(place)) else { return };
        deployment.failures += 1;
        deployment.updated_at = now;
        let (guarded, back) = (deployment.policy.breaker, deployment.policy.breaker_rollback);
        if guarded && deployment.failures >= deployment.threshold {
            if rollback {
                self.fail_rollback(ix);
            } else {
                self.give_up(ix, &Cause::Breaker(what), back);
            }
        }
    }

    fn failure_words(&self, ix: ServiceIx, id: RolloutId) -> &'static str {
        let sick = self.service(ix).is_some_and(|service| {
            service.tasks.iter().filter_map(|task| self.tasks.get(task)).any(|task| {
                matches!(task.owner, Owner::Service(_, own) if own == id)
                    && task.stop.as_ref().is_some_and(|stop| stop.reason.contains("health checks"))
            })
        });
        if sick { "tasks failed health checks." } else { "tasks failed to start." }
    }

    /// A deployment is in place.
    pub(super) fn complete(&mut self, ix: ServiceIx) {
        let now = self.now;
        let Some(service) = self.service_mut(ix) else { return };
        let Some(primary) = service.rollouts.first_mut() else { return };
        primary.state = RolloutState::Completed;
        primary.reason = format!("ECS deployment ecs-svc/{} completed.", primary.id.0);
        primary.updated_at = now;
        primary.weight = 100.0;
        primary.failed = 0;
        let (id, back) = (primary.id, primary.rollback);
        if let Some(deployment) = service.history.get_mut(primary.deployment) {
            deployment.status =
                if back { DeploymentStatus::RollbackSuccessful } else { DeploymentStatus::Successful };
            deployment.stage = Stage::CleanUp;
            deployment.finished_at = Some(now);
            deployment.updated_at = now;
            end_monitors(deployment);
        }
        self.tell(ix, &format!("(deployment ecs-svc/{}) deployment completed.", id.0));
        self.dirty.insert(ix);
    }

    /// A deployment is given up; the one before comes back when `back` says so and there is one.
    pub(super) fn give_up(&mut self, ix: ServiceIx, cause: &Cause, back: bool) {
        let now = self.now;
        let previous = self.last_good(ix);
        let Some(service) = self.service_mut(ix) else { return };
        let Some(primary) = service.rollouts.first_mut() else { return };
        let id = primary.id;
        primary.state = RolloutState::Failed;
        primary.reason = format!("{}: {}", cause.who(), cause.failure());
        primary.frozen = true;
        primary.updated_at = now;
        let place = primary.deployment;
        let target = previous.filter(|_| back);
        let Some(deployment) = service.history.get_mut(place) else { return };
        deployment.updated_at = now;
        abandon(deployment);
        match cause {
            Cause::Breaker(_) => deployment.breaker = Monitor::Triggered,
            Cause::Alarms(names) => {
                deployment.alarms = Monitor::Triggered;
                deployment.triggered.clone_from(names);
            }
            Cause::Request | Cause::Decision | Cause::Expired => {}
        }
        if target.is_none() {
            deployment.status = DeploymentStatus::Stopped;
            deployment.status_reason = Some(cause.stopped());
            deployment.stopped_at = Some(now);
            deployment.finished_at = Some(now);
            end_monitors(deployment);
            service.return_traffic();
        }
        self.tell(ix, &format!("(deployment ecs-svc/{}) deployment failed: {}", id.0, cause.failure()));
        if let Some(revision) = target {
            self.roll_back(ix, place, revision, cause);
        }
        self.dirty.insert(ix);
    }

    /// The revision that was last put in place before the deployment under way; its place.
    pub(in crate::sim) fn last_good(&self, ix: ServiceIx) -> Option<usize> {
        let service = self.service(ix)?;
        service.history.iter().rev().find_map(|deployment| match deployment.status {
            DeploymentStatus::Successful => Some(deployment.target),
            DeploymentStatus::RollbackSuccessful => deployment.rollback.as_ref().map(|r| r.revision),
            _ => None,
        })
    }

    /// Puts a revision of before in place again; tasks of it that still run are kept.
    fn roll_back(&mut self, ix: ServiceIx, place: usize, revision: usize, cause: &Cause) {
        let now = self.now;
        let id = RolloutId(self.fresh_number());
        let asked = matches!(cause, Cause::Request | Cause::Decision);
        let hold = now + 8.0;
        let Some(service) = self.service_mut(ix) else { return };
        let desired = service.desired;
        let adopted: Vec<RolloutId> =
            service.rollouts.iter().filter(|r| r.revision == revision).map(|r| r.id).collect();
        service.rollouts.retain(|r| r.revision != revision);
        for rollout in &mut service.rollouts {
            rollout.weight = 0.0;
            rollout.desired = 0;
        }
        service.rollouts.insert(
            0,
            Rollout {
                id,
                revision,
                deployment: place,
                desired,
                failed: 0,
                state: RolloutState::InProgress,
                reason: format!("{}: rolling back to deploymentId ecs-svc/{}.", cause.who(), id.0),
                created_at: now,
                updated_at: now,
                hold_until: hold,
                stage: Stage::ScaleUp,
                step: 0,
                stage_due: now,
                weight: 100.0,
                rollback: true,
                frozen: false,
                stale_alarms: Vec::new(),
            },
        );
        let tasks = service.tasks.clone();
        if let Some(deployment) = service.history.get_mut(place) {
            deployment.status = if asked {
                DeploymentStatus::RollbackRequested
            } else {
                DeploymentStatus::RollbackInProgress
            };
            deployment.status_reason = Some(cause.rolled_back());
            deployment.failures = if asked { 0 } else { deployment.failures };
            deployment.rollback = Some(Rollback { reason: cause.rolled_back(), started_at: now, revision });
        }
        for task in tasks {
            if let Some(task) = self.tasks.get_mut(&task)
                && let Owner::Service(_, own) = task.owner
                && adopted.contains(&own)
            {
                task.owner = Owner::Service(ix, id);
                task.started_by = format!("ecs-svc/{}", id.0);
            }
        }
        self.tell(ix, &format!("rolling back to deployment ecs-svc/{}.", id.0));
        self.after(8.0, Event::Service(ix));
    }

    fn fail_rollback(&mut self, ix: ServiceIx) {
        let now = self.now;
        let Some(service) = self.service_mut(ix) else { return };
        let Some(primary) = service.rollouts.first_mut() else { return };
        primary.state = RolloutState::Failed;
        "ECS deployment circuit breaker: rollback failed: tasks failed to start."
            .clone_into(&mut primary.reason);
        primary.frozen = true;
        let id = primary.id;
        if let Some(deployment) = service.history.get_mut(primary.deployment) {
            deployment.status = DeploymentStatus::RollbackFailed;
            deployment.status_reason =
                Some("Rollback failed because the circuit breaker threshold was exceeded.".to_owned());
            deployment.finished_at = Some(now);
            deployment.updated_at = now;
            end_monitors(deployment);
        }
        self.tell(ix, &format!("(deployment ecs-svc/{}) deployment failed: tasks failed to start.", id.0));
    }

    /// StopServiceDeployment. `false` when there is nothing to go back to.
    pub(in crate::sim) fn stop_deployment(&mut self, ix: ServiceIx, rollback: bool) -> bool {
        if rollback {
            if self.last_good(ix).is_none() {
                return false;
            }
            self.leave_steady(ix);
            self.give_up(ix, &Cause::Request, true);
            return true;
        }
        let hold = self.now + 3.0;
        if let Some(service) = self.service_mut(ix)
            && let Some(primary) = service.rollouts.first_mut()
        {
            primary.frozen = true;
            primary.hold_until = hold;
            if let Some(deployment) = service.history.get_mut(primary.deployment) {
                deployment.status = DeploymentStatus::StopRequested;
                deployment.status_reason = Some(Cause::Request.stopped());
            }
        }
        self.after(3.0, Event::Service(ix));
        true
    }

    /// What was asked for a moment ago begins.
    pub(super) fn take_up_requests(&mut self, ix: ServiceIx) {
        let now = self.now;
        let Some(service) = self.service_mut(ix) else { return };
        let Some(primary) = service.rollouts.first_mut() else { return };
        let Some(deployment) = service.history.get_mut(primary.deployment) else { return };
        if primary.hold_until > now {
            return;
        }
        match deployment.status {
            DeploymentStatus::Pending => {
                deployment.status = DeploymentStatus::InProgress;
                deployment.started_at = now;
                deployment.updated_at = now;
            }
            DeploymentStatus::RollbackRequested => {
                deployment.status = DeploymentStatus::RollbackInProgress;
                deployment.updated_at = now;
            }
            DeploymentStatus::StopRequested => {
                deployment.status = DeploymentStatus::Stopped;
                deployment.stopped_at = Some(now);
                deployment.finished_at = Some(now);
                deployment.updated_at = now;
                end_monitors(deployment);
                abandon(deployment);
                primary.state = RolloutState::Failed;
                primary.reason = format!("{}: {}", Cause::Request.who(), Cause::Request.failure());
                primary.updated_at = now;
                service.return_traffic();
            }
            _ => {}
        }
    }

    /// The watched alarms of a service that fire now.
    pub(super) fn alarms_firing(&self, ix: ServiceIx) -> Vec<String> {
        let Some(service) = self.service(ix) else { return Vec::new() };
        if !service.policy.alarms_enabled {
            return Vec::new();
        }
        let (account, region) = (&service.spec.account, &service.spec.region);
        let watched = |name: &String| service.policy.alarms.contains(name);
        self.world
            .alarms
            .iter()
            .filter(|alarm| alarm.account == *account && alarm.region == *region && watched(&alarm.def.name))
            .filter(|alarm| alarm_state(self, &alarm.def, account, region, self.now) == AlarmState::Alarm)
            .map(|alarm| alarm.def.name.clone())
            .collect()
    }

    /// Looks at the alarms of a deployment under way, and plans the next look.
    pub(super) fn watch_alarms(&mut self, ix: ServiceIx, id: RolloutId) {
        let Some(service) = self.service(ix) else { return };
        let Some(primary) = service.rollouts.first() else { return };
        if self.primary(ix) != Some(id) || primary.state != RolloutState::InProgress || primary.rollback {
            return;
        }
        let mut fired: Vec<String> =
            self.alarms_firing(ix).into_iter().filter(|name| !primary.stale_alarms.contains(name)).collect();
        let exposed = primary.weight > 0.0 && primary.stage >= Stage::ProductionTrafficShift;
        let errors = service.revisions.get(primary.revision).map_or(0.0, |r| Effect::of(&r.images).errors);
        if service.spec.express && exposed && errors > EXPRESS_ERRORS {
            fired.push(express_alarm(&service.spec.name));
        }
        let back = service.policy.alarms_rollback;
        let policy = Arc::clone(&service.policy);
        if fired.is_empty() {
            let wait = if policy.strategy == Strategy::Rolling { 60.0 } else { 30.0 };
            self.after(wait, Event::Alarms(ix, id));
        } else {
            self.give_up(ix, &Cause::Alarms(fired), back);
        }
    }
}

/// The alarm that Express Mode makes for a service.
pub(in crate::sim) fn express_alarm(service: &str) -> String {
    format!("ECS-Express-{service}-rollback")
}
