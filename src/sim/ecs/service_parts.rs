//! Parts of a service's shape, which its deployments, task sets and revisions have too.

use serde_json::{Value, json};

use super::hooks;
use crate::sim::args::Out;
use crate::sim::engine::num::count;
use crate::sim::engine::state::{Owner, Policy, Rollout, Service, Strategy, Task, Threshold};
use crate::sim::engine::{Engine, address};
use crate::sim::hash;
use crate::sim::world::ServiceSpec;

pub(super) fn namespace_arn(service: &Service, name: &str) -> String {
    let (account, region) = (&service.spec.account, &service.spec.region);
    let id = format!("{:016x}", hash::of(name.as_bytes(), 54));
    format!("arn:aws:servicediscovery:{region}:{account}:namespace/ns-{id}")
}

/// `ServiceConnectConfiguration`, where it is in a namespace.
pub(super) fn connect(service: &Service) -> Option<Value> {
    let namespace = service.spec.namespace.as_deref()?;
    let own = service.spec.port.map(|port| {
        json!({
            "portName": service.spec.container,
            "discoveryName": service.spec.name,
            "clientAliases": [{ "port": port, "dnsName": service.spec.name }],
        })
    });
    Some(json!({
        "enabled": true,
        "namespace": namespace_arn(service, namespace),
        "services": own.into_iter().collect::<Vec<Value>>(),
    }))
}

/// Running and pending tasks of a service, or of one of its rollouts.
pub(super) fn counts(engine: &Engine, service: &Service, rollout: Option<&Rollout>) -> (u32, u32) {
    let of = |task: &&Task| match (task.owner, rollout) {
        (Owner::Service(_, own), Some(rollout)) => own == rollout.id,
        _ => true,
    };
    let tasks = || service.tasks.iter().filter_map(|id| engine.tasks.get(id)).filter(of);
    let running = tasks().filter(|task| task.running()).count();
    let pending = tasks().filter(|task| task.pending() && task.wanted()).count();
    (count(running), count(pending))
}

/// Tasks wanted of a rollout: the service's for the primary, those left for the others.
pub(super) fn requested(engine: &Engine, service: &Service, rollout: &Rollout) -> u32 {
    if service.rollouts.first().is_some_and(|primary| primary.id == rollout.id) {
        return service.desired;
    }
    let wanted =
        |task: &&Task| task.wanted() && matches!(task.owner, Owner::Service(_, own) if own == rollout.id);
    count(service.tasks.iter().filter_map(|id| engine.tasks.get(id)).filter(wanted).count())
}

/// Volumes that are configured at launch.
pub(super) fn volumes(spec: &ServiceSpec) -> Vec<Value> {
    let role = format!("arn:aws:iam::{}:role/ecsInfrastructureRole", spec.account);
    let volume = |(name, size): (&String, &u32)| {
        json!({ "name": name, "managedEBSVolume": {
            "encrypted": true, "volumeType": "gp3", "sizeInGiB": size, "filesystemType": "ext4", "roleArn": role,
        } })
    };
    spec.volumes.iter().map(volume).collect()
}

/// `loadBalancers[]` as the service is configured: each way in with its alternate group. Express has none: its
/// revisions tell what was made for it.
pub(super) fn load_balancers(service: &Service) -> Vec<Value> {
    let spec = &service.spec;
    if spec.express {
        return Vec::new();
    }
    let ways = address::ways(spec);
    let alternate = ways.iter().find(|way| way.alternate == Some(true)).and_then(|way| way.group.clone());
    let rules = address::rule_arns(spec);
    ways.iter()
        .filter(|way| way.alternate != Some(true))
        .map(|way| {
            let advanced = alternate.clone().filter(|_| way.alternate == Some(false)).map(|group| {
                let (production, test) =
                    rules.as_ref().map_or((None, None), |(_, p, t)| (Some(p.clone()), Some(t.clone())));
                json!({
                    "alternateTargetGroupArn": group,
                    "productionListenerRule": production,
                    "testListenerRule": test,
                    "roleArn": format!("arn:aws:iam::{}:role/ecsInfrastructureRoleForLoadBalancers", spec.account),
                })
            });
            let classic = way.balancers.first().filter(|_| way.group.is_none()).map(|(_, name)| name.clone());
            Out::new()
                .maybe("targetGroupArn", way.group.clone())
                .maybe("loadBalancerName", classic)
                .set("containerName", spec.container.clone())
                .set("containerPort", spec.port.unwrap_or(80))
                .maybe("advancedConfiguration", advanced)
                .done()
        })
        .collect()
}

/// `serviceRegistries`: the container and its port in Cloud Map.
pub(super) fn registries(service: &Service) -> Vec<Value> {
    let spec = &service.spec;
    let registry = spec.registry.as_ref().map(|container| {
        json!({
            "registryArn": format!(
                "arn:aws:servicediscovery:{}:{}:service/srv-{:016x}",
                spec.region,
                spec.account,
                hash::of(spec.name.as_bytes(), 31)
            ),
            "containerName": container,
            "containerPort": spec.port.unwrap_or(80),
        })
    });
    registry.into_iter().collect()
}

/// `DeploymentConfiguration`.
pub(super) fn policy_shape(policy: &Policy) -> Value {
    let out = Out::new()
        .set("deploymentCircuitBreaker", breaker_shape(policy))
        .set("maximumPercent", policy.maximum)
        .set("minimumHealthyPercent", policy.minimum)
        .set("bakeTimeInMinutes", minutes(policy.bake));
    let hooks: Vec<Value> = policy.hooks.iter().map(hooks::shape).collect();
    let out = out.maybe("lifecycleHooks", (!hooks.is_empty()).then_some(hooks));
    let out = if policy.alarms.is_empty() {
        out
    } else {
        out.set("alarms", json!({
            "alarmNames": policy.alarms, "enable": policy.alarms_enabled, "rollback": policy.alarms_rollback,
        }))
    };
    match &policy.strategy {
        Strategy::Rolling => out.set("strategy", "ROLLING").done(),
        Strategy::Shift { name, steps } => {
            let (percent, bake) = steps.first().copied().unwrap_or((100.0, 0.0));
            let out = out.set("strategy", *name);
            match *name {
                "CANARY" => out
                    .set(
                        "canaryConfiguration",
                        json!({
                            "canaryPercent": percent, "canaryBakeTimeInMinutes": minutes(bake),
                        }),
                    )
                    .done(),
                "LINEAR" => out
                    .set(
                        "linearConfiguration",
                        json!({
                            "stepPercent": percent, "stepBakeTimeInMinutes": minutes(bake),
                        }),
                    )
                    .done(),
                _ => out.done(),
            }
        }
    }
}

/// `DeploymentCircuitBreaker`.
fn breaker_shape(policy: &Policy) -> Value {
    let threshold = policy.threshold.map(|threshold| match threshold {
        Threshold::Count(value) => json!({ "type": "COUNT", "value": value }),
        Threshold::Bounded(value) => json!({ "type": "BOUNDED_PERCENT", "value": value }),
        Threshold::Unbounded(value) => json!({ "type": "UNBOUNDED_PERCENT", "value": value }),
    });
    Out::new()
        .set("enable", policy.breaker)
        .set("rollback", policy.breaker_rollback)
        .maybe("resetOnHealthyTask", policy.reset)
        .maybe("thresholdConfiguration", threshold)
        .done()
}

fn minutes(seconds: f64) -> u32 {
    crate::sim::engine::num::steps(seconds, 60.0, 1440)
}
