//! What a service's metrics follow: its counts and the mix of images that answer, from change to change.

use super::num::count;
use super::state::{Owner, Points, Policy, Resolved, RolloutState, Service, ServiceIx, Strategy, Task};
use super::{AppIx, Engine};
use crate::sim::api::Conditions;

/// How long changes are kept: the longest range that charts show, and a bit.
const KEPT: f64 = 15.0 * 86_400.0;
/// Changes kept at most for one service; one that fails for days would otherwise grow without end.
const MOST: usize = 4000;

/// What images do to metrics: share of errors, factor on latency, factor on CPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Effect {
    pub errors: f64,
    pub bad_gateway: f64,
    pub latency: f64,
    pub cpu: f64,
}

impl Effect {
    pub const NORMAL: Self = Self { errors: 0.0, bad_gateway: 0.0, latency: 1.0, cpu: 1.0 };

    /// The effect of a task's images, whichever container is the application's: the strongest there is.
    pub fn of(images: &[Resolved]) -> Self {
        let all = images.iter().filter_map(|image| image.behaviour.as_deref());
        all.fold(Self::NORMAL, |found, behaviour| {
            let further =
                |known: f64, new: f64| if (new - 1.0).abs() > (known - 1.0).abs() { new } else { known };
            Self {
                errors: found.errors.max(behaviour.error_ratio),
                bad_gateway: found.bad_gateway.max(behaviour.bad_gateway),
                latency: further(found.latency, behaviour.latency),
                cpu: further(found.cpu, behaviour.cpu),
            }
        })
    }

    /// The mix of effects by their weights; normal when nothing weighs.
    pub fn mix(parts: &[(f64, Self)]) -> Self {
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        if total <= 0.0 {
            return Self::NORMAL;
        }
        let mean = |get: fn(&Self) -> f64| parts.iter().map(|(w, e)| w * get(e)).sum::<f64>() / total;
        Self {
            errors: mean(|e| e.errors),
            bad_gateway: mean(|e| e.bad_gateway),
            latency: mean(|e| e.latency),
            cpu: mean(|e| e.cpu),
        }
    }
}

/// Adds a change; one that changes nothing is left out.
pub(super) fn push(points: &mut Points, at: f64, conditions: Option<Conditions>) {
    if points.last().is_some_and(|(_, last)| *last == conditions) {
        return;
    }
    match points.last_mut() {
        Some((last, value)) if *last >= at => *value = conditions,
        _ => points.push((at, conditions)),
    }
    if points.len() > MOST || points.get(1).is_some_and(|(second, _)| *second < at - KEPT) {
        let old = points.iter().skip(1).take_while(|(time, _)| *time < at - KEPT).count();
        points.drain(..old.max(points.len().saturating_sub(MOST)));
    }
}

/// How it was at a moment; `None` before the first point and while there was nothing to measure.
pub(super) fn at(points: &Points, moment: f64) -> Option<Conditions> {
    let after = points.partition_point(|(at, _)| *at <= moment);
    points.get(after.checked_sub(1)?).and_then(|(_, conditions)| *conditions)
}

impl Engine {
    /// Writes down how a service is now, if that is new.
    pub(super) fn record_points(&mut self, ix: ServiceIx) {
        let now = self.now;
        let Some(conditions) = self.service(ix).map(|service| self.conditions_of(service)) else { return };
        if let Some(service) = self.service_mut(ix) {
            push(&mut service.points, now, Some(conditions));
        }
    }

    fn conditions_of(&self, service: &Service) -> Conditions {
        let tasks: Vec<&Task> = service.tasks.iter().filter_map(|id| self.tasks.get(id)).collect();
        let running = tasks.iter().filter(|task| task.running()).count();
        let pending = tasks.iter().filter(|task| task.wanted() && task.pending()).count();
        let ready: Vec<&&Task> =
            tasks.iter().filter(|task| task.running() && task.ready && task.wanted()).collect();
        let effect = match shifting(service) {
            Some(weights) => Effect::mix(&weights),
            None => {
                Effect::mix(&ready.iter().map(|task| (1.0, Effect::of(&task.images))).collect::<Vec<_>>())
            }
        };
        let unreachable = service.spec.balancer.is_some() && service.desired > 0 && ready.is_empty();
        let outage = service.outage.as_ref().map_or(0.0, |(_, outage)| outage.errors);
        Conditions {
            running: f64::from(count(running)),
            desired: f64::from(service.desired),
            pending: f64::from(count(pending)),
            load: service.load,
            error_ratio: if unreachable { 1.0 } else { effect.errors.max(outage) },
            latency: effect.latency,
            cpu: effect.cpu,
            healthy: f64::from(count(ready.len())),
            healthy_alternate: f64::from(count(
                ready.iter().filter(|task| in_alternate(service, task)).count(),
            )),
            bad_gateway: effect.bad_gateway,
            alternate: moved(service),
        }
    }

    /// Writes down how an App Runner service is now, if that is new.
    pub(super) fn record_app(&mut self, ix: AppIx) {
        let now = self.now;
        let Some(app) = self.app_mut(ix) else { return };
        let conditions = (app.status != "PAUSED").then(|| {
            let effect = Effect::of(std::slice::from_ref(&app.serving.image));
            steady(app.instances, effect)
        });
        push(&mut app.points, now, conditions);
    }
}

/// The conditions of something at rest.
pub(super) fn steady(running: u32, effect: Effect) -> Conditions {
    let running = f64::from(running);
    Conditions {
        running,
        desired: running,
        pending: 0.0,
        load: 1.0,
        error_ratio: effect.errors,
        latency: effect.latency,
        cpu: effect.cpu,
        healthy: running,
        healthy_alternate: 0.0,
        bad_gateway: effect.bad_gateway,
        alternate: 0.0,
    }
}

/// Whether a task is in the alternate target group of its service.
pub(super) fn in_alternate(service: &Service, task: &Task) -> bool {
    let Owner::Service(_, own) = task.owner else { return false };
    let rollout = service.rollouts.iter().find(|rollout| rollout.id == own);
    let revision = rollout.and_then(|rollout| service.revisions.get(rollout.revision));
    service.spec.ways.alternate.is_some() && revision.is_some_and(|revision| revision.alternate)
}

/// The share of production traffic that the rule sends to the alternate target group, 0 to 1.
pub(super) fn moved(service: &Service) -> f64 {
    if service.spec.ways.alternate.is_none() {
        return 0.0;
    }
    if let Some(fixed) = service.spec.ways.rule {
        return if fixed { 1.0 } else { 0.0 };
    }
    let alternate =
        |revision: usize| service.revisions.get(revision).is_some_and(|revision| revision.alternate);
    let weights = service.rollouts.iter().filter(|rollout| alternate(rollout.revision)).map(|r| r.weight);
    (weights.sum::<f64>() / 100.0).clamp(0.0, 1.0)
}

/// The shares of traffic while a deployment shifts it.
fn shifting(service: &Service) -> Option<Vec<(f64, Effect)>> {
    let primary = service.rollouts.first()?;
    let shifts = |policy: &Policy| matches!(policy.strategy, Strategy::Shift { .. });
    let deployment = service.history.get(primary.deployment)?;
    if primary.state != RolloutState::InProgress || primary.rollback || !shifts(&deployment.policy) {
        return None;
    }
    let effect =
        |revision: usize| service.revisions.get(revision).map_or(Effect::NORMAL, |r| Effect::of(&r.images));
    Some(service.rollouts.iter().map(|rollout| (rollout.weight, effect(rollout.revision))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_by_their_moment() {
        let mut points = Points::new();
        push(&mut points, 10.0, None);
        push(&mut points, 20.0, Some(steady(2, Effect::NORMAL)));
        push(&mut points, 30.0, Some(steady(2, Effect::NORMAL)));
        push(&mut points, 40.0, Some(steady(3, Effect::NORMAL)));
        assert_eq!(points.len(), 3);
        assert_eq!(at(&points, 5.0), None);
        assert_eq!(at(&points, 15.0), None);
        assert_eq!(at(&points, 20.0).map(|c| c.running), Some(2.0));
        assert_eq!(at(&points, 99.0).map(|c| c.running), Some(3.0));
    }

    #[test]
    fn mixes_by_weight() {
        let bad = Effect { errors: 0.4, bad_gateway: 0.0, latency: 3.0, cpu: 2.0 };
        let mixed = Effect::mix(&[(3.0, Effect::NORMAL), (1.0, bad)]);
        assert!((mixed.errors - 0.1).abs() < 1e-9 && (mixed.latency - 1.5).abs() < 1e-9);
        assert_eq!(Effect::mix(&[]), Effect::NORMAL);
    }
}
