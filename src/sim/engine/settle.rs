//! A rolling deployment that has its tasks in place: it is watched for a while, and ends; and when a
//! service counts as steady.

use super::Engine;
use super::num::count;
use super::queue::Event;
use super::state::{RolloutState, ServiceIx, Stage};

impl Engine {
    /// Ends a deployment that is in place, or tells that a service is steady again.
    pub(super) fn settle(&mut self, ix: ServiceIx) {
        let wanted = self.wanted_tasks(ix);
        let Some(service) = self.service(ix) else { return };
        let Some(primary) = service.rollouts.first() else { return };
        let id = primary.id;
        let in_place = count(wanted.len()) == service.desired
            && wanted
                .iter()
                .all(|task| self.belongs(*task, id) && self.tasks.get(task).is_some_and(|t| t.ready));
        let alone = service.rollouts.len() == 1;
        let last = if primary.rollback { 10.0 } else { 3.0 };
        match (primary.state, primary.stage) {
            (RolloutState::InProgress, Stage::ScaleUp) if in_place && alone => {
                if self.has_hooks(ix, Stage::PostScaleUp) {
                    self.enter_stage(ix, Stage::PostScaleUp, 0);
                    self.last(ix, 1.0);
                } else {
                    self.bake(ix, last);
                }
            }
            (RolloutState::InProgress, Stage::BakeTime | Stage::CleanUp) if !in_place => {
                self.enter_stage(ix, Stage::ScaleUp, 0);
            }
            (RolloutState::Completed, _) if in_place && alone && service.steady_since.is_none() => {
                self.become_steady(ix);
            }
            (RolloutState::Completed, _) if !in_place => self.leave_steady(ix),
            _ => {}
        }
    }

    /// All tasks are new: they are watched for a while, or the deployment is wound up.
    pub(super) fn bake(&mut self, ix: ServiceIx, last: f64) {
        let bake = self.bake_of(ix);
        let (stage, wait) = if bake > 0.0 { (Stage::BakeTime, bake) } else { (Stage::CleanUp, last) };
        self.enter_stage(ix, stage, 0);
        self.last(ix, wait);
    }

    /// The stage under way lasts so many seconds.
    pub(super) fn last(&mut self, ix: ServiceIx, seconds: f64) {
        let due = self.now + seconds;
        let Some(primary) = self.service_mut(ix).and_then(|service| service.rollouts.first_mut()) else {
            return;
        };
        primary.stage_due = due;
        let (rollout, stage, step) = (primary.id, primary.stage, primary.step);
        self.after(seconds, Event::Stage(ix, rollout, stage, step));
    }

    /// Seconds that a rolling deployment is watched after its last task.
    fn bake_of(&self, ix: ServiceIx) -> f64 {
        let Some(service) = self.service(ix) else { return 0.0 };
        let Some(primary) = service.rollouts.first() else { return 0.0 };
        if primary.rollback {
            return 0.0;
        }
        let policy = service.history.get(primary.deployment).map_or(&service.policy, |d| &d.policy);
        if !policy.alarms_enabled {
            return policy.bake;
        }
        // As long as its alarms take to fire, and a bit.
        let defs = self.world.alarms.iter().filter(|alarm| policy.alarms.contains(&alarm.def.name));
        let longest =
            defs.map(|alarm| f64::from(alarm.def.period) * f64::from(alarm.def.evaluation_periods + 2));
        longest.fold(policy.bake, f64::max)
    }

    pub(super) fn enter_stage(&mut self, ix: ServiceIx, stage: Stage, step: usize) {
        let now = self.now;
        let Some(service) = self.service_mut(ix) else { return };
        let Some(primary) = service.rollouts.first_mut() else { return };
        primary.stage = stage;
        primary.step = step;
        primary.stage_due = now;
        primary.updated_at = now;
        if let Some(deployment) = service.history.get_mut(primary.deployment) {
            deployment.stage = match stage {
                Stage::PreProductionTrafficShift if step == 0 => Stage::PostTestTrafficShift,
                Stage::PreProductionTrafficShift => Stage::ProductionTrafficShift,
                stage => stage,
            };
            deployment.updated_at = now;
        }
        self.call_hooks(ix);
    }

    pub(super) fn become_steady(&mut self, ix: ServiceIx) {
        self.tell(ix, "has reached a steady state.");
        let now = self.now;
        if let Some(service) = self.service_mut(ix) {
            service.steady_since = Some(now);
        }
    }

    /// Something changes: the steady-state events that would have been repeated until now become real.
    pub(super) fn leave_steady(&mut self, ix: ServiceIx) {
        let now = self.now;
        let Some(service) = self.service_mut(ix) else { return };
        let Some(since) = service.steady_since.take() else { return };
        for at in steady_repeats(since, now).rev() {
            self.tell_at(ix, at, "has reached a steady state.");
        }
    }
}

/// When AWS repeats that a service is steady: every six hours. Newest first, the last 40.
pub(in crate::sim) fn steady_repeats(since: f64, now: f64) -> impl DoubleEndedIterator<Item = f64> {
    const EVERY: f64 = 21_600.0;
    let times = super::num::steps(now - since, EVERY, 100_000);
    (times.saturating_sub(40)..times).rev().map(move |n| since + EVERY * f64::from(n + 1))
}
