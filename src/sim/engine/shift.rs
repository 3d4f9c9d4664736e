//! Deployments that shift traffic: all new tasks are started beside the old, then traffic moves in steps
//! (blue/green in one, linear in equal ones, canary in a small and a large one), is watched, and the old
//! tasks go. ECS Express Mode deploys this way.

use super::Engine;
use super::num::count;
use super::state::{RolloutId, RolloutState, ServiceIx, Stage, Strategy, TaskId};

/// How long the stages last that only pass.
const PASS: f64 = 3.0;

impl Engine {
    /// Does what the stage of a shifting deployment asks for.
    pub(super) fn shift(&mut self, ix: ServiceIx) {
        let now = self.now;
        let wanted = self.wanted_tasks(ix);
        let Some(service) = self.service(ix) else { return };
        let Some(primary) = service.rollouts.first() else { return };
        let (id, stage, desired) = (primary.id, primary.stage, service.desired);
        let alone = service.rollouts.len() == 1;
        let able = !primary.frozen && primary.hold_until <= now;
        let (new, old): (Vec<TaskId>, Vec<TaskId>) = wanted.iter().partition(|task| self.belongs(**task, id));
        let ready = new.iter().filter(|task| self.tasks.get(task).is_some_and(|t| t.ready)).count();

        if stage >= Stage::ScaleUp && able {
            self.start_tasks(ix, desired.saturating_sub(count(new.len())));
        }
        if stage == Stage::ScaleUp && count(ready) >= desired {
            self.enter_stage(ix, Stage::PostScaleUp, 0);
            self.last(ix, PASS);
        }
        if stage == Stage::CleanUp {
            let reason = format!("Scaling activity initiated by (deployment ecs-svc/{})", id.0);
            if !old.is_empty() {
                self.stop_tasks(ix, &old, &reason);
            } else if alone {
                self.complete(ix);
            }
        }
    }

    /// The time of a stage is over. Void when the deployment is elsewhere by now.
    pub(super) fn end_stage(&mut self, ix: ServiceIx, rollout: RolloutId, stage: Stage, step: usize) {
        let Some(service) = self.service(ix) else { return };
        let Some(primary) = service.rollouts.first() else { return };
        let here = primary.id == rollout && primary.stage == stage && primary.step == step;
        if !here || primary.state != RolloutState::InProgress || primary.frozen || self.held_by_hook(ix) {
            return;
        }
        let deployment = service.history.get(primary.deployment);
        let (steps, bake) = match deployment.map(|d| (&d.policy.strategy, d.policy.bake)) {
            Some((Strategy::Shift { steps, .. }, bake)) if !primary.rollback => (steps.clone(), bake),
            _ => return self.end_rolling_stage(ix, stage),
        };
        let (next, place, wait) = match stage {
            Stage::ReconcileService => (Stage::PreScaleUp, 0, Some(PASS)),
            Stage::PreScaleUp => (Stage::ScaleUp, 0, None),
            Stage::ScaleUp | Stage::PostScaleUp => (Stage::TestTrafficShift, 0, Some(PASS)),
            Stage::TestTrafficShift => (Stage::PostTestTrafficShift, 0, Some(PASS)),
            Stage::PostTestTrafficShift => self.approach(ix, &steps, 0),
            Stage::PreProductionTrafficShift => self.move_traffic(ix, &steps, step),
            Stage::ProductionTrafficShift => self.approach(ix, &steps, step + 1),
            Stage::PostProductionTrafficShift => (Stage::BakeTime, 0, Some(bake.max(1.0))),
            Stage::BakeTime | Stage::CleanUp => (Stage::CleanUp, 0, None),
        };
        self.enter_stage(ix, next, place);
        if let Some(wait) = wait {
            self.last(ix, wait);
        }
        self.dirty.insert(ix);
    }

    /// What comes before a step of the traffic shift: its hooks, where there are some.
    fn approach(&mut self, ix: ServiceIx, steps: &[(f64, f64)], step: usize) -> (Stage, usize, Option<f64>) {
        if step < steps.len() && self.has_hooks(ix, Stage::PreProductionTrafficShift) {
            return (Stage::PreProductionTrafficShift, step, Some(1.0));
        }
        self.move_traffic(ix, steps, step)
    }

    fn move_traffic(
        &mut self,
        ix: ServiceIx,
        steps: &[(f64, f64)],
        step: usize,
    ) -> (Stage, usize, Option<f64>) {
        let Some((percent, wait)) = steps.get(step).copied() else {
            return (Stage::PostProductionTrafficShift, 0, Some(PASS));
        };
        if let Some(service) = self.service_mut(ix) {
            let stays = service.standing();
            for (place, rollout) in service.rollouts.iter_mut().enumerate() {
                rollout.weight = match place {
                    0 => percent,
                    _ if Some(place) == stays => 100.0 - percent,
                    _ => 0.0,
                };
            }
        }
        (Stage::ProductionTrafficShift, step, Some(wait.max(PASS)))
    }

    fn end_rolling_stage(&mut self, ix: ServiceIx, stage: Stage) {
        match stage {
            Stage::ReconcileService => {
                self.enter_stage(ix, Stage::PreScaleUp, 0);
                self.last(ix, 1.0);
            }
            Stage::PreScaleUp => {
                self.enter_stage(ix, Stage::ScaleUp, 0);
                self.dirty.insert(ix);
            }
            Stage::PostScaleUp => self.bake(ix, PASS),
            Stage::BakeTime => {
                self.enter_stage(ix, Stage::CleanUp, 0);
                self.last(ix, PASS);
            }
            Stage::CleanUp => self.complete(ix),
            _ => {}
        }
    }
}
