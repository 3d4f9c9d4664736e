//! Lifecycle hooks: at a stage that has some, a deployment goes on when each of them has succeeded. A
//! function takes a few seconds; a pause waits for ContinueServiceDeployment or for its timeout.

use super::Engine;
use super::cause::Cause;
use super::queue::Event;
use super::state::{
    Deployment, DeploymentStatus, HookAction, HookRun, HookStatus, RolloutId, RolloutState, ServiceIx, Stage,
};

/// `timeoutInMinutes` of a hook that does not say.
const TIMEOUT: u32 = 1440;

/// Why a hook cannot be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Undecidable {
    /// The deployment is not in progress.
    Over,
    /// It has no hook of that id.
    Unknown,
    /// The hook does not wait for anybody.
    NotAwaiting,
}

impl Engine {
    /// Whether the deployment under way has hooks at a stage.
    pub(super) fn has_hooks(&self, ix: ServiceIx, stage: Stage) -> bool {
        let Some(service) = self.service(ix) else { return false };
        let Some(primary) = service.rollouts.first() else { return false };
        let Some(deployment) = service.history.get(primary.deployment) else { return false };
        // nothing is to be reconciled with a single revision
        let alone = stage == Stage::ReconcileService && deployment.sources.len() < 2;
        !primary.rollback && !alone && deployment.policy.hooks.iter().any(|hook| hook.stages.contains(&stage))
    }

    /// Begins the hooks of the stage that was just entered; those that ran there already do not again.
    pub(super) fn call_hooks(&mut self, ix: ServiceIx) {
        let Some(primary) = self.service(ix).and_then(|service| service.rollouts.first()) else { return };
        let (rollout, stage, step, place) = (primary.id, primary.stage, primary.step, primary.deployment);
        if !self.has_hooks(ix, stage) {
            return;
        }
        let Some(deployment) = self.service(ix).and_then(|service| service.history.get(place)) else {
            return;
        };
        if deployment.hooks.iter().any(|run| run.stage == stage && run.step == step) {
            return;
        }
        let policy = std::sync::Arc::clone(&deployment.policy);
        for hook in policy.hooks.iter().filter(|hook| hook.stages.contains(&stage)) {
            let lasts = 60.0 * f64::from(hook.minutes.unwrap_or(TIMEOUT));
            let answers = self.between(8.0, 20.0).min(lasts);
            let kind = if hook.function.is_some() { "lambda" } else { "pause" };
            let run = HookRun {
                id: format!("ecs-{kind}-{}{}", self.deployment_id(), self.deployment_id()),
                function: hook.function.clone(),
                status: if hook.function.is_some() {
                    HookStatus::InProgress
                } else {
                    HookStatus::AwaitingAction
                },
                expires_at: self.now + lasts,
                action: hook.action.unwrap_or(HookAction::Rollback),
                stage,
                step,
            };
            let wait = if hook.function.is_some() { answers } else { lasts };
            let Some(deployment) = self.deployment_mut(ix, place) else { return };
            let number = deployment.hooks.len();
            deployment.hooks.push(run);
            self.after(wait, Event::Hook(ix, rollout, number));
        }
    }

    /// Whether a hook holds the deployment at the stage it is in.
    pub(super) fn held_by_hook(&self, ix: ServiceIx) -> bool {
        let Some(service) = self.service(ix) else { return false };
        let Some(primary) = service.rollouts.first() else { return false };
        service.history.get(primary.deployment).is_some_and(|deployment| {
            deployment
                .hooks
                .iter()
                .any(|run| run.stage == primary.stage && run.step == primary.step && run.status.open())
        })
    }

    /// The function of a hook has answered, or the time of a pause is up.
    pub(super) fn end_hook(&mut self, ix: ServiceIx, rollout: RolloutId, number: usize) {
        let Some(primary) = self.service(ix).and_then(|service| service.rollouts.first()) else { return };
        if primary.id != rollout || primary.state != RolloutState::InProgress || primary.frozen {
            return;
        }
        let place = primary.deployment;
        let Some(run) = self.deployment_mut(ix, place).and_then(|d| d.hooks.get(number)) else { return };
        match (run.status, run.action) {
            (HookStatus::InProgress, _) => self.close_hook(ix, place, number, HookStatus::Succeeded),
            (HookStatus::AwaitingAction, HookAction::Continue) => {
                self.close_hook(ix, place, number, HookStatus::TimedOut);
            }
            (HookStatus::AwaitingAction, HookAction::Rollback) => {
                self.mark_hook(ix, place, number, HookStatus::TimedOut);
                self.give_up(ix, &Cause::Expired, true);
            }
            _ => {}
        }
    }

    /// ContinueServiceDeployment.
    pub(in crate::sim) fn decide_hook(
        &mut self,
        ix: ServiceIx,
        place: usize,
        id: &str,
        action: HookAction,
    ) -> Result<(), Undecidable> {
        let Some(deployment) = self.service(ix).and_then(|service| service.history.get(place)) else {
            return Err(Undecidable::Unknown);
        };
        let (status, run) = (deployment.status, deployment.hooks.iter().position(|run| run.id == id));
        let number = run.ok_or(Undecidable::Unknown)?;
        if status != DeploymentStatus::InProgress {
            return Err(Undecidable::Over);
        }
        if deployment.hooks.get(number).is_none_or(|run| run.status != HookStatus::AwaitingAction) {
            return Err(Undecidable::NotAwaiting);
        }
        match action {
            HookAction::Continue => self.close_hook(ix, place, number, HookStatus::Succeeded),
            HookAction::Rollback => {
                self.mark_hook(ix, place, number, HookStatus::Failed);
                self.give_up(ix, &Cause::Decision, true);
            }
        }
        Ok(())
    }

    fn mark_hook(&mut self, ix: ServiceIx, place: usize, number: usize, status: HookStatus) {
        let now = self.now;
        if let Some(deployment) = self.deployment_mut(ix, place) {
            deployment.updated_at = now;
            if let Some(run) = deployment.hooks.get_mut(number) {
                run.status = status;
            }
        }
    }

    /// A hook lets its deployment go on, which it does once its stage has lasted and no other holds it.
    fn close_hook(&mut self, ix: ServiceIx, place: usize, number: usize, status: HookStatus) {
        self.mark_hook(ix, place, number, status);
        let Some(primary) = self.service(ix).and_then(|service| service.rollouts.first()) else { return };
        let (rollout, stage, step, due) = (primary.id, primary.stage, primary.step, primary.stage_due);
        if !self.held_by_hook(ix) && due <= self.now {
            self.after(1.0, Event::Stage(ix, rollout, stage, step));
        }
        self.dirty.insert(ix);
    }

    pub(super) fn deployment_mut(&mut self, ix: ServiceIx, place: usize) -> Option<&mut Deployment> {
        self.service_mut(ix)?.history.get_mut(place)
    }
}

/// A deployment that is given up waits for no hook any more.
pub(super) fn abandon(deployment: &mut Deployment) {
    for run in deployment.hooks.iter_mut().filter(|run| run.status.open()) {
        run.status = HookStatus::Failed;
    }
}
