//! ListServices, DescribeServices, and the shape of a service.

use serde_json::{Value, json};

use super::capacity::launched;
use super::service_parts::{
    connect, counts, load_balancers, namespace_arn, policy_shape, registries, requested, volumes,
};
use super::task_sets::task_sets;
use super::{
    arn, at_most, cluster_arn, definition_arn, deployment_arn, find_service, invalid, is_here, missing,
    paging, revision_arn, spec_arn, tag_list, the_cluster,
};
use crate::sim::api::{Answer, Call, Fault, timestamp};
use crate::sim::args::{Args, Out};
use crate::sim::engine::Engine;
use crate::sim::engine::settle::steady_repeats;
use crate::sim::engine::state::{Launch, Rollout, RolloutState, Service, ServiceIx, Strategy};
use crate::sim::hash;

/// Events that DescribeServices gives.
const EVENTS: usize = 100;

pub(super) fn list(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let cluster = the_cluster(engine, call)?;
    let management = args.text("resourceManagementType");
    if management.is_some_and(|kind| !matches!(kind, "ECS" | "CUSTOMER")) {
        return Err(invalid("resourceManagementType is ECS or CUSTOMER"));
    }
    let launch = args.text("launchType");
    let scheduling = args.text("schedulingStrategy");
    let all = engine.cluster(cluster).map(|c| c.services.as_slice()).unwrap_or_default();
    let arns: Vec<String> = all
        .iter()
        .filter_map(|ix| engine.service(*ix))
        .filter(|s| {
            management.is_none_or(|kind| kind == managed_by(s))
                && launch.is_none_or(|kind| launched_on(s) == kind)
                && scheduling.is_none_or(|kind| kind == scheduled(s))
        })
        .map(|s| spec_arn(&s.spec, "service"))
        .collect();
    let (page, next) = paging(10).page(args, arns)?;
    Ok(Out::new().set("serviceArns", page).maybe("nextToken", next).done())
}

/// Services by the Service Connect namespace that they are in.
pub(super) fn by_namespace(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let name = args.text("namespace").ok_or_else(|| invalid("namespace is required"))?;
    let here = |s: &&Service| s.spec.account == call.account && s.spec.region == call.region;
    let named = |s: &&Service| {
        let own = s.spec.namespace.as_deref();
        own.is_some_and(|own| own == name || namespace_arn(s, own) == name)
    };
    let arns: Vec<String> =
        engine.services.iter().filter(here).filter(named).map(|s| spec_arn(&s.spec, "service")).collect();
    if arns.is_empty() {
        return Err(Fault::client("NamespaceNotFoundException", "The specified namespace was not found."));
    }
    let (page, next) = paging(10).page(args, arns)?;
    Ok(Out::new().set("serviceArns", page).maybe("nextToken", next).done())
}

/// `launchType`; those with a capacity provider have the one of its instances.
fn launched_on(service: &Service) -> &'static str {
    if service.launch == Launch::Fargate { "FARGATE" } else { "EC2" }
}

/// `schedulingStrategy`.
fn scheduled(service: &Service) -> &'static str {
    if service.spec.daemon { "DAEMON" } else { "REPLICA" }
}

fn managed_by(service: &Service) -> &'static str {
    if service.spec.express { "ECS" } else { "CUSTOMER" }
}

pub(super) fn describe(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let cluster = the_cluster(engine, call)?;
    let names = args.texts("services");
    if names.is_empty() {
        return Err(invalid("Services cannot be empty."));
    }
    at_most("Services", names.len(), 10)?;
    let (mut services, mut failures) = (Vec::new(), Vec::new());
    for name in names {
        let here = !name.starts_with("arn:") || is_here(call, name);
        match find_service(engine, cluster, name).filter(|_| here) {
            Some(ix) => services.push(shape(engine, ix, args.asks("include", "TAGS"))),
            None if name.starts_with("arn:") => failures.push(missing(name)),
            None => {
                let cluster = engine.cluster(cluster).map(|c| c.name.as_str()).unwrap_or_default();
                failures.push(missing(&arn(
                    &call.account,
                    &call.region,
                    &format!("service/{cluster}/{name}"),
                )));
            }
        }
    }
    Ok(json!({ "services": services, "failures": failures }))
}

/// `Service`.
pub(super) fn shape(engine: &Engine, ix: ServiceIx, tags: bool) -> Value {
    let Some(service) = engine.service(ix) else { return Value::Null };
    let spec = &service.spec;
    let external = spec.controller != "ECS";
    // with a controller of one's own, task sets say what the service otherwise says
    let by_sets = spec.controller == "EXTERNAL";
    let rollouts = &service.rollouts;
    let definition = rollouts
        .first()
        .and_then(|rollout| service.revisions.get(rollout.revision))
        .map(|revision| definition_arn(engine, revision.definition));
    let current = service.history.last().map(|deployment| deployment_arn(spec, &deployment.id));
    let revisions: Vec<Value> = rollouts
        .iter()
        .map(|rollout| {
            let (running, pending) = counts(engine, service, Some(rollout));
            json!({
                "arn": revision_arn(service, rollout.revision),
                "requestedTaskCount": requested(engine, service, rollout),
                "runningTaskCount": running,
                "pendingTaskCount": pending,
            })
        })
        .collect();
    let (running, pending) = counts(engine, service, None);
    let deployments: Vec<Value> = if external {
        Vec::new()
    } else {
        rollouts.iter().enumerate().map(|(place, r)| rollout_shape(engine, service, place, r)).collect()
    };
    let mut out = Out::new()
        .set("serviceArn", spec_arn(spec, "service"))
        .set("serviceName", spec.name.clone())
        .set("clusterArn", cluster_arn(engine, service.cluster))
        .set("loadBalancers", if by_sets { Vec::new() } else { load_balancers(service) })
        .set("serviceRegistries", if by_sets { Vec::new() } else { registries(service) })
        .set("status", "ACTIVE")
        .set("desiredCount", service.desired)
        .set("runningCount", running)
        .set("pendingCount", pending)
        .set("deploymentConfiguration", policy_shape(&service.policy))
        .set("deployments", deployments)
        .set(
            "roleArn",
            format!(
                "arn:aws:iam::{}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
                spec.account
            ),
        )
        .set("events", events(engine, service))
        .time("createdAt", service.created_at)
        .set("placementConstraints", json!([]))
        .set("placementStrategy", placement_strategy(service))
        .set("healthCheckGracePeriodSeconds", service.grace)
        .set("schedulingStrategy", scheduled(service))
        .set("deploymentController", json!({ "type": spec.controller }))
        .set("createdBy", format!("arn:aws:iam::{}:role/terraform", spec.account))
        .set("enableECSManagedTags", true)
        .set("propagateTags", "SERVICE")
        .set("enableExecuteCommand", service.execute_command)
        .set("availabilityZoneRebalancing", "ENABLED")
        .set("resourceManagementType", managed_by(service));
    if !by_sets {
        out = launched(out.maybe("taskDefinition", definition), service, "LATEST");
    }
    if external {
        // those of a controller of one's own are told by DescribeTaskSets alone
        out = out.set("taskSets", if by_sets { Vec::new() } else { task_sets(engine, service) });
    } else {
        out = out.maybe("currentServiceDeployment", current).set("currentServiceRevisions", revisions);
    }
    if tags {
        out = out.set("tags", tag_list(&spec.tags));
    }
    out.done()
}

/// Spread over zones, then over instances, as the console proposes.
fn placement_strategy(service: &Service) -> Value {
    if service.launch == Launch::Fargate {
        return json!([]);
    }
    json!([
        { "type": "spread", "field": "attribute:ecs.availability-zone" },
        { "type": "spread", "field": "instanceId" },
    ])
}

fn rollout_shape(engine: &Engine, service: &Service, place: usize, rollout: &Rollout) -> Value {
    let (running, pending) = counts(engine, service, Some(rollout));
    let definition =
        service.revisions.get(rollout.revision).map(|revision| definition_arn(engine, revision.definition));
    let out = Out::new()
        .set("id", format!("ecs-svc/{}", rollout.id.0))
        .set("status", if place == 0 { "PRIMARY" } else { "ACTIVE" })
        .maybe("taskDefinition", definition)
        .set("desiredCount", requested(engine, service, rollout))
        .set("pendingCount", pending)
        .set("runningCount", running)
        .set("failedTasks", rollout.failed)
        .time("createdAt", rollout.created_at)
        .time("updatedAt", rollout.updated_at);
    let mut out = launched(out, service, "1.4.0").maybe("serviceConnectConfiguration", connect(service));
    if !service.spec.volumes.is_empty() {
        out = out.set("volumeConfigurations", volumes(&service.spec));
    }
    if service.policy.strategy != Strategy::Rolling {
        return out.done();
    }
    let state = match rollout.state {
        RolloutState::InProgress => "IN_PROGRESS",
        RolloutState::Completed => "COMPLETED",
        RolloutState::Failed => "FAILED",
    };
    out.set("rolloutState", state).set("rolloutStateReason", rollout.reason.clone()).done()
}

/// The newest events: what happened, and that nothing did every six hours since.
fn events(engine: &Engine, service: &Service) -> Vec<Value> {
    let name = &service.spec.name;
    let repeats = service.steady_since.map(|since| steady_repeats(since, engine.now)).into_iter().flatten();
    let steady = repeats.map(|at| {
        let seed = hash::of(name.as_bytes(), at.to_bits());
        let id = (u128::from(seed) << 64) | u128::from(hash::mix(seed));
        event(id, at, &format!("(service {name}) has reached a steady state."))
    });
    steady.chain(service.events.iter().map(|e| event(e.id, e.at, &e.message))).take(EVENTS).collect()
}

fn event(id: u128, at: f64, message: &str) -> Value {
    let hex = format!("{id:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    let id = format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32));
    json!({ "id": id, "createdAt": timestamp(at), "message": message })
}
