//! UpdateService.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    definitions, find_service, hooks, invalid, service_not_found, service_parts, services, the_cluster,
};
use crate::sim::api::{Answer, Call, Fault};
use crate::sim::args::Args;
use crate::sim::engine::Engine;
use crate::sim::engine::state::{DefinitionIx, Policy, Service, ServiceIx, Strategy, Threshold};

pub(super) fn service(engine: &mut Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let cluster = the_cluster(engine, call)?;
    let name = args.text("service").ok_or_else(|| invalid("service is required"))?;
    let ix = find_service(engine, cluster, name).ok_or_else(service_not_found)?;
    let change = Change::read(engine, call, ix)?;
    change.apply(engine, ix);
    engine.react();
    Ok(json!({ "service": services::shape(engine, ix, false) }))
}

/// Everything that is asked for, checked before anything is changed.
struct Change {
    desired: Option<u32>,
    definition: Option<DefinitionIx>,
    deploys: bool,
    policy: Option<Policy>,
    network: Option<Value>,
    grace: Option<u32>,
    execute_command: Option<bool>,
}

impl Change {
    fn read(engine: &Engine, call: &Call, ix: ServiceIx) -> Result<Self, Fault> {
        let args = Args(&call.input);
        let service = engine.service(ix).ok_or_else(service_not_found)?;
        let forced = args.flag("forceNewDeployment") == Some(true);
        let definition = args
            .text("taskDefinition")
            .map(|name| definitions::launchable(engine, call, name))
            .transpose()?;
        let current = current_definition(service);
        let network = args.get("networkConfiguration").cloned();
        let controller = service.spec.controller.as_str();
        if controller != "ECS" && (forced || definition.is_some() || network.is_some()) {
            let what = if definition.is_some() { "update task definition" } else { "force a new deployment" };
            let instead = if controller == "CODE_DEPLOY" {
                " Use AWS CodeDeploy to trigger a new deployment."
            } else {
                " Use task sets to trigger a new deployment."
            };
            return Err(invalid(format!(
                "Unable to {what} on services with a {controller} deployment controller.{instead}"
            )));
        }
        let body = definition.or(current).map(|ix| engine.body(ix)).unwrap_or_default();
        if network.is_some() && Args(&body).text("networkMode") != Some("awsvpc") {
            return Err(invalid(definitions::NO_NETWORK));
        }
        if service.spec.daemon && args.get("desiredCount").is_some() {
            return Err(invalid(
                "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again",
            ));
        }
        let platform = args.text("platformVersion").is_some_and(|v| !matches!(v, "LATEST" | "1.4.0"));
        if platform {
            return Err(Fault::client("PlatformUnknownException", "The platform version does not exist."));
        }
        let balancers =
            args.get("loadBalancers").is_some_and(|l| *l != json!(service_parts::load_balancers(service)));
        let deploys = forced
            || definition.is_some_and(|new| Some(new) != current)
            || network.as_ref().is_some_and(|new| *new != service.network)
            || balancers;
        Ok(Self {
            desired: args.whole("desiredCount").map(desired_count).transpose()?,
            definition: definition.or(current),
            deploys,
            policy: policy(args, &service.policy)?,
            network,
            grace: args.whole("healthCheckGracePeriodSeconds").and_then(|s| u32::try_from(s).ok()),
            execute_command: args.flag("enableExecuteCommand"),
        })
    }

    fn apply(self, engine: &mut Engine, ix: ServiceIx) {
        if let Some(service) = engine.service_mut(ix) {
            if let Some(network) = self.network {
                service.network = network;
            }
            if let Some(grace) = self.grace {
                service.grace = grace;
            }
            if let Some(enabled) = self.execute_command {
                service.execute_command = enabled;
            }
            if let Some(policy) = self.policy {
                service.policy = Arc::new(policy);
            }
        }
        if let Some(desired) = self.desired {
            engine.scale(ix, desired);
        }
        if let Some(definition) = self.definition.filter(|_| self.deploys) {
            engine.begin_rollout(ix, definition, None);
        }
    }
}

fn current_definition(service: &Service) -> Option<DefinitionIx> {
    let primary = service.rollouts.first()?;
    service.revisions.get(primary.revision).map(|revision| revision.definition)
}

fn desired_count(count: i64) -> Result<u32, Fault> {
    u32::try_from(count)
        .ok()
        .filter(|count| *count <= 5000)
        .ok_or_else(|| invalid("desiredCount must be between 0 and 5000."))
}

/// The deployment configuration asked for, over the one there is.
fn policy(args: Args<'_>, old: &Policy) -> Result<Option<Policy>, Fault> {
    let Some(given) = args.get("deploymentConfiguration").map(Args) else { return Ok(None) };
    let mut policy = old.clone();
    let percent = |key: &str, old: u32| match given.whole(key) {
        None => Ok(old),
        Some(value) => u32::try_from(value)
            .ok()
            .filter(|value| *value <= 1000)
            .ok_or_else(|| invalid(format!("{key} must be between 0 and 1000."))),
    };
    policy.maximum = percent("maximumPercent", old.maximum)?;
    policy.minimum = percent("minimumHealthyPercent", old.minimum)?;
    if policy.minimum > 100 || policy.maximum < 100 || policy.maximum <= policy.minimum {
        return Err(invalid("maximumPercent must be at least 100 and above minimumHealthyPercent."));
    }
    if let Some(breaker) = given.get("deploymentCircuitBreaker").map(Args) {
        policy.breaker = breaker.flag("enable").unwrap_or(false);
        policy.breaker_rollback = policy.breaker && breaker.flag("rollback").unwrap_or(false);
        policy.reset = breaker.flag("resetOnHealthyTask");
        policy.threshold =
            breaker.get("thresholdConfiguration").map(|given| threshold(Args(given))).transpose()?;
    }
    if let Some(alarms) = given.get("alarms").map(Args) {
        policy.alarms = alarms.texts("alarmNames").into_iter().map(str::to_owned).collect();
        policy.alarms_enabled = alarms.flag("enable").unwrap_or(false);
        policy.alarms_rollback = alarms.flag("rollback").unwrap_or(false);
    }
    if given.get("lifecycleHooks").is_some() {
        policy.hooks = hooks::read(given.list("lifecycleHooks"))?;
    }
    if let Some(minutes) = given.get("bakeTimeInMinutes").and_then(Value::as_f64) {
        policy.bake = (minutes * 60.0).clamp(0.0, 86_400.0);
    }
    if let Some(strategy) = strategy(given)? {
        policy.strategy = strategy;
    }
    Ok(Some(policy))
}

fn threshold(given: Args<'_>) -> Result<Threshold, Fault> {
    let value = given
        .whole("value")
        .and_then(|value| u32::try_from(value).ok())
        .filter(|value| (1..=100_000).contains(value))
        .ok_or_else(|| invalid("thresholdConfiguration.value must be a positive integer."))?;
    match given.text("type") {
        Some("COUNT") => Ok(Threshold::Count(value)),
        Some("BOUNDED_PERCENT") => Ok(Threshold::Bounded(value)),
        Some("UNBOUNDED_PERCENT") => Ok(Threshold::Unbounded(value)),
        _ => Err(invalid(
            "thresholdConfiguration.type must be one of COUNT, BOUNDED_PERCENT, UNBOUNDED_PERCENT.",
        )),
    }
}

fn strategy(given: Args<'_>) -> Result<Option<Strategy>, Fault> {
    let numbers = |member: &str, percent: &str, bake: &str, usual: (f64, f64)| {
        let config = given.get(member).map(Args);
        let number = |key: &str| config.and_then(|c| c.get(key)).and_then(Value::as_f64);
        (
            number(percent).unwrap_or(usual.0).clamp(0.1, 100.0),
            number(bake).map_or(usual.1, |minutes| minutes * 60.0).clamp(0.0, 86_400.0),
        )
    };
    let shift = |name, steps| Some(Strategy::Shift { name, steps });
    Ok(match given.text("strategy") {
        None => None,
        Some("ROLLING") => Some(Strategy::Rolling),
        Some("BLUE_GREEN") => shift("BLUE_GREEN", vec![(100.0, 0.0)]),
        Some("CANARY") => {
            let first =
                numbers("canaryConfiguration", "canaryPercent", "canaryBakeTimeInMinutes", (5.0, 600.0));
            shift("CANARY", vec![first, (100.0, 0.0)])
        }
        Some("LINEAR") => {
            let (step, bake) =
                numbers("linearConfiguration", "stepPercent", "stepBakeTimeInMinutes", (10.0, 360.0));
            shift("LINEAR", Strategy::linear(step, bake))
        }
        Some(other) => {
            return Err(invalid(format!(
                "strategy {other} is not one of ROLLING, BLUE_GREEN, LINEAR, CANARY"
            )));
        }
    })
}
