//! How a service deploys at the start, from what the world says of it.

use super::num::steps;
use super::state::{Hook, HookAction, Policy, Stage, Strategy, Threshold};
use super::verdict::express_alarm;
use crate::sim::world::{Breaker, HookSpec, ServiceSpec, StrategyName, ThresholdSpec};

/// Seconds for which old tasks are kept after all traffic moved, unless the world says otherwise.
const BAKE: f64 = 180.0;

impl Policy {
    /// How a service of the world deploys at the start.
    pub(super) fn of(spec: &ServiceSpec) -> Self {
        let shift = |name, steps| Strategy::Shift { name, steps };
        let strategy = match spec.strategy {
            StrategyName::Rolling => Strategy::Rolling,
            StrategyName::BlueGreen => shift("BLUE_GREEN", vec![(100.0, 0.0)]),
            StrategyName::Linear => {
                let (percent, wait) = spec.step.unwrap_or((10.0, 60.0));
                shift("LINEAR", Strategy::linear(percent, wait))
            }
            StrategyName::Canary => shift("CANARY", vec![spec.step.unwrap_or((5.0, 180.0)), (100.0, 0.0)]),
        };
        // Express Mode sets up an alarm of its own, and rolls back by it.
        let alarms = match (spec.express, spec.rollback_on_alarms) {
            (true, _) => vec![express_alarm(&spec.name)],
            (false, true) => spec.alarms.clone(),
            (false, false) => Vec::new(),
        };
        let usual = if strategy == Strategy::Rolling { 0.0 } else { BAKE };
        Self {
            maximum: spec.maximum,
            minimum: spec.minimum,
            breaker: spec.breaker != Breaker::Off,
            breaker_rollback: spec.breaker == Breaker::Rollback,
            threshold: spec.threshold.map(|threshold| match threshold {
                ThresholdSpec::Count(count) => Threshold::Count(count),
                ThresholdSpec::Bounded(percent) => Threshold::Bounded(percent),
                ThresholdSpec::Unbounded(percent) => Threshold::Unbounded(percent),
            }),
            reset: spec.reset,
            hooks: spec.hooks.iter().map(|hook| of_hook(spec, hook)).collect(),
            alarms_enabled: !alarms.is_empty(),
            alarms_rollback: !alarms.is_empty(),
            alarms,
            bake: spec.bake.unwrap_or(usual),
            strategy,
        }
    }
}

fn of_hook(spec: &ServiceSpec, hook: &HookSpec) -> Hook {
    let function = |name: &String| format!("arn:aws:lambda:{}:{}:function:{name}", spec.region, spec.account);
    Hook {
        function: hook.function.as_ref().map(function),
        role: hook
            .function
            .as_ref()
            .map(|_| format!("arn:aws:iam::{}:role/ecsDeploymentHooks", spec.account)),
        details: None,
        stages: hook.stages.iter().filter_map(|stage| Stage::of_hook(stage)).collect(),
        minutes: hook.timeout.map(|seconds| steps(seconds, 60.0, 20_160).max(1)),
        action: hook.timeout.map(|_| if hook.proceeds { HookAction::Continue } else { HookAction::Rollback }),
    }
}

impl Strategy {
    /// The steps of a linear shift: so many percent more each time, with a wait between two.
    pub(in crate::sim) fn linear(percent: f64, wait: f64) -> Vec<(f64, f64)> {
        let percent = percent.clamp(3.0, 100.0);
        let mut steps = Vec::new();
        let mut at = percent;
        while at < 100.0 {
            steps.push((at, wait));
            at += percent;
        }
        steps.push((100.0, 0.0));
        steps
    }
}
