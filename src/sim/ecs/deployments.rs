//! Service deployments and revisions: list, describe, stop.

use serde_json::{Value, json};

use super::capacity::launched;
use super::service_parts::{connect, counts, load_balancers, policy_shape, registries, requested};
use super::{
    at_most, cluster_arn, definition_arn, deployment_arn, find_cluster, find_service, hooks, invalid,
    is_here, missing, paging, revision_arn, service_not_found, spec_arn, the_cluster,
};
use crate::sim::api::{Answer, Call, Fault};
use crate::sim::args::{Args, Out, Paging};
use crate::sim::engine::hooks::Undecidable;
use crate::sim::engine::state::{
    Deployment, DeploymentStatus, HookAction, Monitor, RolloutState, Service, ServiceIx, Stage, Strategy,
};
use crate::sim::engine::{Engine, address};
use crate::sim::world::Revisions;

/// How long deployments can be listed.
const KEPT: f64 = 90.0 * 86_400.0;

pub(super) fn list(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let cluster = the_cluster(engine, call)?;
    let name = args.text("service").ok_or_else(|| invalid("service is required"))?;
    let ix = find_service(engine, cluster, name).ok_or_else(service_not_found)?;
    let Some(service) = engine.service(ix) else { return Err(service_not_found()) };
    if service.spec.no_history {
        return Err(Fault::client(
            "UnsupportedFeatureException",
            "The service does not support this feature.",
        ));
    }
    let statuses = args.texts("status");
    let created = Args(args.get("createdAt").unwrap_or(&Value::Null));
    let bound = |key: &str| created.get(key).and_then(Value::as_f64);
    let (after, before) = (bound("after"), bound("before"));
    // a service deployment is one that ECS makes; CodeDeploy's and others' are task sets
    let by_ecs = service.spec.controller == "ECS";
    let briefs: Vec<Value> = service
        .history
        .iter()
        .rev()
        .filter(|_| by_ecs)
        .filter(|d| d.created_at >= call.now - KEPT)
        .filter(|d| statuses.is_empty() || statuses.contains(&status(d.status)))
        .filter(|d| after.is_none_or(|at| d.created_at > at) && before.is_none_or(|at| d.created_at < at))
        .map(|d| brief(engine, service, d))
        .collect();
    let page = Paging { usual: 20, ..paging(20) };
    let (page, next) = page.page(args, briefs)?;
    Ok(Out::new().set("serviceDeployments", page).maybe("nextToken", next).done())
}

fn brief(engine: &Engine, service: &Service, deployment: &Deployment) -> Value {
    Out::new()
        .set("serviceDeploymentArn", deployment_arn(&service.spec, &deployment.id))
        .set("serviceArn", spec_arn(&service.spec, "service"))
        .set("clusterArn", cluster_arn(engine, service.cluster))
        .time("startedAt", deployment.started_at)
        .time("createdAt", deployment.created_at)
        .maybe_time("finishedAt", deployment.finished_at)
        .set("targetServiceRevisionArn", revision_arn(service, deployment.target))
        .set("status", status(deployment.status))
        .maybe("statusReason", deployment.status_reason.clone())
        .done()
}

pub(super) fn describe(engine: &Engine, call: &Call) -> Answer {
    let arns = Args(&call.input).texts("serviceDeploymentArns");
    if arns.is_empty() {
        return Err(invalid("serviceDeploymentArns cannot be empty."));
    }
    at_most("serviceDeploymentArns", arns.len(), 20)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in arns {
        match find_deployment(engine, call, arn) {
            Some((ix, place)) => found.push(shape(engine, ix, place)),
            None => failures.push(missing(arn)),
        }
    }
    Ok(json!({ "serviceDeployments": found, "failures": failures }))
}

/// The service in `…:kind/cluster/service/tail`, and the tail.
fn owner_of<'a>(engine: &Engine, call: &Call, arn: &'a str, kind: &str) -> Option<(ServiceIx, &'a str)> {
    let (_, path) = arn.split_once(&format!(":{kind}/")).filter(|_| is_here(call, arn))?;
    let mut parts = path.splitn(3, '/');
    let (cluster, name, tail) = (parts.next()?, parts.next()?, parts.next()?);
    let cluster = find_cluster(engine, call, cluster)?;
    Some((find_service(engine, cluster, name)?, tail))
}

pub(super) fn find_deployment(engine: &Engine, call: &Call, arn: &str) -> Option<(ServiceIx, usize)> {
    let (ix, id) = owner_of(engine, call, arn, "service-deployment")?;
    let service = engine.service(ix).filter(|service| service.spec.controller == "ECS")?;
    let place = service.history.iter().position(|d| d.id == id)?;
    Some((ix, place))
}

fn shape(engine: &Engine, ix: ServiceIx, place: usize) -> Value {
    let Some(service) = engine.service(ix) else { return Value::Null };
    let Some(deployment) = service.history.get(place) else { return Value::Null };
    let shifts = deployment.policy.strategy != Strategy::Rolling;
    let sources: Vec<Value> =
        deployment.sources.iter().map(|revision| summary(engine, service, *revision, shifts)).collect();
    let rollback = deployment.rollback.as_ref().map(|rollback| {
        Out::new()
            .set("reason", rollback.reason.clone())
            .time("startedAt", rollback.started_at)
            .set("serviceRevisionArn", revision_arn(service, rollback.revision))
            .done()
    });
    // told always, with DISABLED where nothing is watched
    let mut names = deployment.policy.alarms.clone();
    names
        .extend(deployment.triggered.iter().filter(|name| !deployment.policy.alarms.contains(name)).cloned());
    let alarms = json!({
        "status": monitor(deployment.alarms),
        "alarmNames": names,
        "triggeredAlarmNames": deployment.triggered,
    });
    let hooks: Vec<Value> = deployment.hooks.iter().map(hooks::detail).collect();
    let hooks = (!hooks.is_empty()).then_some(hooks);
    Out::new()
        .set("serviceDeploymentArn", deployment_arn(&service.spec, &deployment.id))
        .set("serviceArn", spec_arn(&service.spec, "service"))
        .set("clusterArn", cluster_arn(engine, service.cluster))
        .time("createdAt", deployment.created_at)
        .time("startedAt", deployment.started_at)
        .maybe_time("finishedAt", deployment.finished_at)
        .maybe_time("stoppedAt", deployment.stopped_at)
        .time("updatedAt", deployment.updated_at)
        .set("sourceServiceRevisions", sources)
        .set("targetServiceRevision", summary(engine, service, deployment.target, shifts))
        .set("status", status(deployment.status))
        .maybe("statusReason", deployment.status_reason.clone())
        .set("lifecycleStage", deployment.stage.name())
        .maybe("lifecycleHookDetails", hooks)
        .set("deploymentConfiguration", policy_shape(&deployment.policy))
        .maybe("rollback", rollback)
        .set(
            "deploymentCircuitBreaker",
            json!({
                "status": monitor(deployment.breaker),
                "failureCount": deployment.failures,
                "threshold": deployment.threshold,
            }),
        )
        .set("alarms", alarms)
        .done()
}

/// A revision with its tasks now.
fn summary(engine: &Engine, service: &Service, revision: usize, shifts: bool) -> Value {
    let (mut wanted, mut running, mut pending, mut weight, mut test) = (0, 0, 0, 0.0, 0.0);
    for rollout in service.rollouts.iter().filter(|rollout| rollout.revision == revision) {
        if rollout.state == RolloutState::InProgress && !rollout.rollback && !rollout.frozen {
            test = if rollout.stage >= Stage::TestTrafficShift { 100.0 } else { 0.0 };
        }
        let (runs, waits) = counts(engine, service, Some(rollout));
        let given_up = rollout.state == RolloutState::Failed;
        wanted += if given_up { 0 } else { requested(engine, service, rollout) };
        running += runs;
        pending += waits;
        weight += rollout.weight;
    }
    let out = Out::new()
        .set("arn", revision_arn(service, revision))
        .set("requestedTaskCount", wanted)
        .set("runningTaskCount", running)
        .set("pendingTaskCount", pending);
    if shifts {
        out.set("requestedTestTrafficWeight", test).set("requestedProductionTrafficWeight", weight).done()
    } else {
        out.done()
    }
}

pub(super) fn revisions(engine: &Engine, call: &Call) -> Answer {
    let arns = Args(&call.input).texts("serviceRevisionArns");
    if arns.is_empty() {
        return Err(invalid("serviceRevisionArns cannot be empty."));
    }
    at_most("serviceRevisionArns", arns.len(), 20)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in arns {
        let owner = owner_of(engine, call, arn, "service-revision");
        let place = owner.and_then(|(ix, id)| {
            let service = engine.service(ix)?;
            let place = service.revisions.iter().position(|r| r.id.to_string() == id)?;
            Some((service, place))
        });
        match place {
            Some((service, _)) if service.spec.revisions == Revisions::Refused => {
                return Err(invalid("The service revision was created before service revisions were kept."));
            }
            Some((service, _)) if service.spec.revisions == Revisions::Missing => failures.push(missing(arn)),
            Some((service, place)) => found.push(revision_shape(engine, service, place)),
            None => failures.push(missing(arn)),
        }
    }
    Ok(json!({ "serviceRevisions": found, "failures": failures }))
}

fn revision_shape(engine: &Engine, service: &Service, place: usize) -> Value {
    let Some(revision) = service.revisions.get(place) else { return Value::Null };
    let images: Vec<Value> = revision
        .images
        .iter()
        .map(|image| {
            Out::new()
                .set("containerName", image.container.clone())
                .maybe("imageDigest", image.digest.clone())
                .set("image", image.image.clone())
                .done()
        })
        .collect();
    let out = Out::new()
        .set("serviceRevisionArn", revision_arn(service, place))
        .set("serviceArn", spec_arn(&service.spec, "service"))
        .set("clusterArn", cluster_arn(engine, service.cluster))
        .set("taskDefinition", definition_arn(engine, revision.definition));
    launched(out, service, "1.4.0")
        .set("loadBalancers", load_balancers(service))
        .set("serviceRegistries", registries(service))
        .maybe("serviceConnectConfiguration", connect(service))
        .set("containerImages", images)
        .set("guardDutyEnabled", false)
        .time("createdAt", revision.created_at)
        .maybe("resolvedConfiguration", resolved(service, revision.alternate))
        .maybe(
            "ecsManagedResources",
            service.spec.express.then(|| managed(service, revision.created_at)).flatten(),
        )
        .done()
}

/// Which target groups the tasks of a revision are in, and the rules before them.
fn resolved(service: &Service, alternate: bool) -> Option<Value> {
    let spec = &service.spec;
    if spec.express {
        return None;
    }
    let rule = address::rule_arns(spec).map(|(_, production, _)| production);
    let ways = address::ways(spec);
    let own = ways.iter().filter(|way| way.alternate.is_none_or(|pair| pair == alternate));
    let list: Vec<Value> = own
        .filter_map(|way| {
            let rule = rule.clone().filter(|_| way.alternate.is_some());
            let group = way.group.clone()?;
            Some(Out::new().set("targetGroupArn", group).maybe("productionListenerRule", rule).done())
        })
        .collect();
    (!list.is_empty()).then(|| json!({ "loadBalancers": list }))
}

/// What Express made for a service.
fn managed(service: &Service, at: f64) -> Option<Value> {
    let spec = &service.spec;
    let way = address::ways(spec).into_iter().next()?;
    let (sort, name) = way.balancers.first()?;
    let (listener, rule, _) = address::rule_arns(spec)?;
    let one = |arn: String| Out::new().set("arn", arn).set("status", "ACTIVE").time("updatedAt", at);
    let balancer = one(address::balancer_arn(spec, *sort, name)).set("scheme", "internet-facing").done();
    let group = one(way.group?)
        .set("healthCheckPath", spec.health_path.clone())
        .set("healthCheckPort", spec.port.unwrap_or(80))
        .set("port", spec.port.unwrap_or(80))
        .done();
    let path = json!({
        "accessType": "PUBLIC",
        "endpoint": format!("{}.ecs.{}.on.aws", spec.name, spec.region),
        "loadBalancer": balancer,
        "listener": one(listener).done(),
        "rule": one(rule).done(),
        "targetGroups": [group],
    });
    Some(json!({ "ingressPaths": [path] }))
}

pub(super) fn stop(engine: &mut Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let arn = args.text("serviceDeploymentArn").ok_or_else(|| invalid("serviceDeploymentArn is required"))?;
    let rollback = match args.text("stopType") {
        None | Some("ROLLBACK") => true,
        Some("ABORT") => false,
        Some(other) => return Err(invalid(format!("stopType is ROLLBACK or ABORT, not {other}"))),
    };
    let not_found = || Fault::client("ServiceDeploymentNotFoundException", "Service deployment not found.");
    let (ix, place) = find_deployment(engine, call, arn).ok_or_else(not_found)?;
    let found =
        engine.service(ix).and_then(|s| s.history.get(place)).map(|d| d.status).ok_or_else(not_found)?;
    if found.ongoing() && !matches!(found, DeploymentStatus::Pending | DeploymentStatus::InProgress) {
        // it is on its way to its end already, and goes on
        return Ok(json!({ "serviceDeploymentArn": arn }));
    }
    if !found.ongoing() {
        return Err(Fault::client(
            "ConflictException",
            format!("The service deployment cannot be stopped because its status is {}.", status(found)),
        ));
    }
    if !engine.stop_deployment(ix, rollback) {
        return Err(Fault::client(
            "ConflictException",
            "The service deployment cannot be rolled back because there is no successful deployment before it.",
        ));
    }
    Ok(json!({ "serviceDeploymentArn": arn }))
}

fn status(status: DeploymentStatus) -> &'static str {
    match status {
        DeploymentStatus::Pending => "PENDING",
        DeploymentStatus::InProgress => "IN_PROGRESS",
        DeploymentStatus::StopRequested => "STOP_REQUESTED",
        DeploymentStatus::RollbackRequested => "ROLLBACK_REQUESTED",
        DeploymentStatus::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
        DeploymentStatus::Successful => "SUCCESSFUL",
        DeploymentStatus::Stopped => "STOPPED",
        DeploymentStatus::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
        DeploymentStatus::RollbackFailed => "ROLLBACK_FAILED",
    }
}

fn monitor(monitor: Monitor) -> &'static str {
    match monitor {
        Monitor::Triggered => "TRIGGERED",
        Monitor::Monitoring => "MONITORING",
        Monitor::MonitoringComplete => "MONITORING_COMPLETE",
        Monitor::Disabled => "DISABLED",
    }
}

/// ContinueServiceDeployment.
pub(super) fn decide(engine: &mut Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let arn = args.text("serviceDeploymentArn").ok_or_else(|| invalid("serviceDeploymentArn is required"))?;
    let id = args.text("hookId").ok_or_else(|| invalid("hookId is required"))?;
    let action = args.text("action").map_or(Ok(HookAction::Continue), hooks::action)?;
    let (ix, place) = find_deployment(engine, call, arn).ok_or_else(|| {
        Fault::client("ServiceDeploymentNotFoundException", "Service deployment not found.")
    })?;
    engine.decide_hook(ix, place, id, action).map_err(|why| match why {
        Undecidable::Unknown => invalid("The service deployment has no lifecycle hook with this hookId."),
        Undecidable::Over => {
            invalid("The service deployment cannot be continued because it is not in progress.")
        }
        Undecidable::NotAwaiting => invalid("The lifecycle hook is not awaiting an action."),
    })?;
    Ok(json!({ "serviceDeploymentArn": arn }))
}
