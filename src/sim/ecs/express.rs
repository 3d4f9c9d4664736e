//! Express Mode: DescribeExpressGatewayService, UpdateExpressGatewayService.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{deployment_arn, find_service_arn, invalid, revision_arn, spec_arn, tag_list};
use crate::sim::api::{Answer, Call, Fault, timestamp};
use crate::sim::args::{Args, Out};
use crate::sim::engine::documents::network;
use crate::sim::engine::state::{Body, Definition, Service, ServiceIx};
use crate::sim::engine::{Engine, documents};
use crate::sim::world::ServiceSpec;

/// Members of a configuration that UpdateExpressGatewayService sets.
const MEMBERS: [&str; 7] = [
    "executionRoleArn",
    "taskRoleArn",
    "cpu",
    "memory",
    "healthCheckPath",
    "networkConfiguration",
    "scalingTarget",
];

/// The configuration of an Express service of the world, for an image.
pub(in crate::sim) fn configuration(spec: &ServiceSpec, image: &str) -> Value {
    let made = documents::made(spec, image);
    let main = made.get("containerDefinitions").and_then(|list| list.get(0)).cloned().unwrap_or_default();
    let member = |key: &str| made.get(key).cloned().unwrap_or_default();
    let network = network(spec).get("awsvpcConfiguration").cloned().unwrap_or_default();
    json!({
        "executionRoleArn": member("executionRoleArn"),
        "taskRoleArn": member("taskRoleArn"),
        "cpu": member("cpu"),
        "memory": member("memory"),
        "networkConfiguration": {
            "securityGroups": network.get("securityGroups"), "subnets": network.get("subnets"),
        },
        "healthCheckPath": spec.health_path,
        "primaryContainer": {
            "image": image,
            "containerPort": spec.port.unwrap_or(80),
            "awsLogsConfiguration": { "logGroup": spec.log_group, "logStreamPrefix": spec.log_prefix },
            "environment": main.get("environment"),
            "secrets": main.get("secrets"),
        },
        "scalingTarget": {
            "minTaskCount": spec.desired, "maxTaskCount": spec.desired.max(1) * 4,
            "autoScalingMetric": "AVERAGE_CPU", "autoScalingTargetValue": 60,
        },
    })
}

pub(super) fn describe(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let arn = args.text("serviceArn").ok_or_else(|| invalid("serviceArn is required"))?;
    let (_, service) = find(engine, call, arn, "ResourceNotFoundException")?;
    let spec = &service.spec;
    let active: Vec<Value> = service
        .rollouts
        .iter()
        .filter(|rollout| rollout.weight > 0.0 || service.rollouts.len() == 1)
        .map(|rollout| shape(service, rollout.revision))
        .collect();
    let updated = service.history.last().map_or(service.created_at, |d| d.updated_at);
    let out = Out::new()
        .set("cluster", spec.cluster.clone())
        .set("serviceName", spec.name.clone())
        .set("serviceArn", spec_arn(spec, "service"))
        .set(
            "infrastructureRoleArn",
            format!("arn:aws:iam::{}:role/ecsInfrastructureRoleForExpress", spec.account),
        )
        .set("status", json!({ "statusCode": "ACTIVE" }))
        .maybe("currentDeployment", service.history.last().map(|d| deployment_arn(spec, &d.id)))
        .set("activeConfigurations", active)
        .time("createdAt", service.created_at)
        .time("updatedAt", updated);
    let out = if args.asks("include", "TAGS") { out.set("tags", tag_list(&spec.tags)) } else { out };
    Ok(json!({ "service": out.done() }))
}

fn find<'a>(
    engine: &'a Engine,
    call: &Call,
    arn: &str,
    code: &str,
) -> Result<(ServiceIx, &'a Service), Fault> {
    let ix = find_service_arn(engine, call, arn).ok_or_else(|| Fault::client(code, "Service not found."))?;
    match engine.service(ix) {
        Some(service) if service.spec.express => Ok((ix, service)),
        _ => Err(invalid("The service is not an Express Gateway service.")),
    }
}

/// `ExpressGatewayServiceConfiguration`.
fn shape(service: &Service, place: usize) -> Value {
    let spec = &service.spec;
    let Some(revision) = service.revisions.get(place) else { return json!({}) };
    let mut map = match revision.express.as_deref() {
        Some(Value::Object(map)) => map.clone(),
        _ => Map::new(),
    };
    map.insert("serviceRevisionArn".to_owned(), json!(revision_arn(service, place)));
    let endpoint = format!("https://{}.ecs.{}.on.aws", short(&spec.name), spec.region);
    map.insert("ingressPaths".to_owned(), json!([{ "accessType": "PUBLIC", "endpoint": endpoint }]));
    map.insert("createdAt".to_owned(), timestamp(revision.created_at));
    Value::Object(map)
}

fn short(name: &str) -> String {
    format!("{}-{:012x}", name, crate::sim::hash::of(name.as_bytes(), 19) >> 16)
}

pub(super) fn update(engine: &mut Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let arn = args.text("serviceArn").ok_or_else(|| invalid("serviceArn is required"))?;
    let (ix, service) = find(engine, call, arn, "ServiceNotFoundException")?;
    let spec = Arc::clone(&service.spec);
    let current = service.rollouts.first().and_then(|r| service.revisions.get(r.revision));
    let Some(current) = current else { return Err(invalid("The service has no revision.")) };
    let old = current.express.as_deref().cloned().unwrap_or_else(|| json!({}));
    let before = current.definition;
    let new = merged(args, &old)?;
    let scaled = Args(new.get("scalingTarget").unwrap_or(&Value::Null))
        .whole("minTaskCount")
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| (1..=5000).contains(n));
    let body = definition_body(&engine.body(before), &new);
    let family = spec.name.clone();
    let revision = engine.next_revision(&call.account, &call.region, &family);
    let definition = engine.add_definition(Definition {
        account: call.account.clone(),
        region: call.region.clone(),
        family,
        revision,
        registered_at: call.now,
        registered_by: format!("arn:aws:iam::{}:role/ecsInfrastructureRoleForExpress", call.account),
        deregistered_at: None,
        body: Body::Given(body),
        tags: Vec::new(),
    });
    if let Some(count) = scaled {
        engine.scale(ix, count);
    }
    engine.begin_rollout(ix, definition, Some(Arc::new(new)));
    engine.react();
    let Some(service) = engine.service(ix) else { return Err(invalid("The service is gone.")) };
    let target = service.revisions.len().saturating_sub(1);
    Ok(json!({ "service": Out::new()
        .set("serviceArn", spec_arn(&spec, "service"))
        .set("cluster", spec.cluster.clone())
        .set("serviceName", spec.name.clone())
        .set("status", json!({ "statusCode": "ACTIVE" }))
        .set("targetConfiguration", shape(service, target))
        .time("createdAt", service.created_at)
        .time("updatedAt", call.now)
        .done() }))
}

/// The configuration asked for over the one there is: what is left out stays.
fn merged(args: Args<'_>, old: &Value) -> Result<Value, Fault> {
    let mut new = old.as_object().cloned().unwrap_or_default();
    for member in MEMBERS {
        if let Some(value) = args.get(member) {
            new.insert(member.to_owned(), value.clone());
        }
    }
    if let Some(given) = args.get("primaryContainer") {
        if Args(given).text("image").is_none_or(str::is_empty) {
            return Err(invalid("primaryContainer.image is required"));
        }
        let mut container =
            old.get("primaryContainer").and_then(Value::as_object).cloned().unwrap_or_default();
        if let Some(given) = given.as_object() {
            container.extend(given.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())));
        }
        new.insert("primaryContainer".to_owned(), Value::Object(container));
    }
    Ok(Value::Object(new))
}

/// The task definition that Express Mode makes of a configuration.
fn definition_body(old: &Value, configuration: &Value) -> Value {
    let mut body = old.clone();
    let container = configuration.get("primaryContainer").cloned().unwrap_or_default();
    if let Some(main) =
        body.get_mut("containerDefinitions").and_then(|list| list.get_mut(0)).and_then(Value::as_object_mut)
    {
        for key in ["image", "command", "environment", "secrets"] {
            if let Some(value) = container.get(key).filter(|value| !value.is_null()) {
                main.insert(key.to_owned(), value.clone());
            }
        }
    }
    if let Some(map) = body.as_object_mut() {
        for key in ["cpu", "memory", "taskRoleArn", "executionRoleArn"] {
            if let Some(value) = configuration.get(key).filter(|value| !value.is_null()) {
                map.insert(key.to_owned(), value.clone());
            }
        }
    }
    body
}
