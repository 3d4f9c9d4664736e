//! DescribeTaskSets, and the shape of a task set.

use serde_json::{Value, json};

use super::capacity::launched;
use super::service_parts::{counts, load_balancers, registries};
use super::{
    cluster_arn, definition_arn, find_service, invalid, missing, service_not_found, spec_arn, the_cluster,
};
use crate::sim::api::{Answer, Call};
use crate::sim::args::{Args, Out};
use crate::sim::engine::Engine;
use crate::sim::engine::state::Service;

/// DescribeTaskSets.
pub(super) fn describe(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let cluster = the_cluster(engine, call)?;
    let name = args.text("service").ok_or_else(|| invalid("service is required"))?;
    let ix = find_service(engine, cluster, name).ok_or_else(service_not_found)?;
    let Some(service) = engine.service(ix) else { return Err(service_not_found()) };
    if service.spec.controller == "ECS" {
        return Err(invalid(
            "Amazon ECS only supports task set management on services configured to use external deployment controllers.",
        ));
    }
    let wanted = args.texts("taskSets");
    let named = |set: &Value, name: &str| set["id"] == name || set["taskSetArn"] == name;
    let all = task_sets(engine, service);
    let failures: Vec<Value> = wanted
        .iter()
        .filter(|name| !all.iter().any(|set| named(set, name)))
        .map(|name| missing(name))
        .collect();
    let found: Vec<Value> = all
        .into_iter()
        .filter(|set| wanted.is_empty() || wanted.iter().any(|name| named(set, name)))
        .collect();
    Ok(json!({ "taskSets": found, "failures": failures }))
}

/// What CodeDeploy, or a controller of one's own, manages.
pub(super) fn task_sets(engine: &Engine, service: &Service) -> Vec<Value> {
    (0..service.rollouts.len()).map(|place| task_set(engine, service, place)).collect()
}

/// A task set. Of two the first serves production traffic.
fn task_set(engine: &Engine, service: &Service, place: usize) -> Value {
    let spec = &service.spec;
    let rollout = service.rollouts.get(place);
    let (running, pending) = counts(engine, service, rollout);
    let number = rollout.map_or(1, |r| r.id.0);
    let definition = rollout
        .and_then(|r| service.revisions.get(r.revision))
        .map(|revision| definition_arn(engine, revision.definition));
    let since = rollout.map_or(service.created_at, |r| r.updated_at);
    let ends = rollout.is_some_and(|r| r.frozen);
    let out = Out::new()
        .set("id", format!("ecs-svc/{number}"))
        .set("taskSetArn", format!("{}/ecs-svc/{number}", spec_arn(spec, "task-set")))
        .set("serviceArn", spec_arn(spec, "service"))
        .set("clusterArn", cluster_arn(engine, service.cluster))
        .set("startedBy", if spec.controller == "CODE_DEPLOY" { "CODE_DEPLOY" } else { "deployer" })
        .set(
            "externalId",
            if spec.controller == "EXTERNAL" {
                format!("release-{}", number % 1000)
            } else {
                format!("d-{:09X}", number % 0xF_FFFF_FFFF)
            },
        )
        .set(
            "status",
            match place {
                0 => "PRIMARY",
                _ if ends => "DRAINING",
                _ => "ACTIVE",
            },
        )
        .maybe("taskDefinition", definition)
        .set("computedDesiredCount", if ends { 0 } else { service.desired })
        .set("pendingCount", pending)
        .set("runningCount", running)
        .time("createdAt", rollout.map_or(service.created_at, |r| r.created_at))
        .time("updatedAt", since);
    launched(out, service, "1.4.0")
        .set("loadBalancers", load_balancers(service))
        .set("serviceRegistries", registries(service))
        .set("scale", json!({ "value": 100.0, "unit": "PERCENT" }))
        .set("stabilityStatus", if running == service.desired { "STEADY_STATE" } else { "STABILIZING" })
        .time("stabilityStatusAt", since)
        .done()
}
