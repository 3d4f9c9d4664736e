//! RunTask and StopTask.

use serde_json::{Value, json};

use super::capacity::instance_arn;
use super::task_shape::{shape, task_arn};
use super::{definitions, invalid, the_cluster};
use crate::sim::api::{Answer, Call, Fault};
use crate::sim::args::Args;
use crate::sim::engine::capacity::NoRoom;
use crate::sim::engine::state::{ClusterIx, DefinitionIx, Launch, Owner, Stop, TaskId};
use crate::sim::engine::tasks::Request;
use crate::sim::engine::{Engine, Token};

/// How long a client token is remembered at most: "The maximum TTL for client tokens is the lesser of … 24 hours [and] the
/// lifetime of the resource plus one hour" (ECS API reference, "Ensuring idempotency"). A task is forgotten an hour
/// after its end, and its token with it: the same token starts another one then.
const TOKEN_LIFE: f64 = 86_400.0;

pub(super) fn run(engine: &mut Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let cluster = the_cluster(engine, call)?;
    let name = args.text("taskDefinition").ok_or_else(|| invalid("taskDefinition is required"))?;
    let definition = definitions::launchable(engine, call, name)?;
    let launch = launch(engine, args, cluster)?;
    check(engine, args, definition, &launch)?;
    check_tags(engine, call, cluster, &super::definition_arn(engine, definition))?;
    let token = args.text("clientToken");
    if token.is_some_and(|token| token.len() > 64 || !token.is_ascii()) {
        return Err(invalid("clientToken must be at most 64 ASCII characters."));
    }
    let (tasks, oldest) = (&engine.tasks, call.now - TOKEN_LIFE);
    engine.tokens.retain(|_, token| {
        token.at > oldest && (token.tasks.is_empty() || token.tasks.iter().any(|id| tasks.contains_key(id)))
    });
    let key = token.map(|token| (cluster, token.to_owned()));
    if let Some(used) = key.as_ref().and_then(|key| engine.tokens.get(key)) {
        if used.input != call.input {
            let fault = Fault::client(
                "ConflictException",
                "The clientToken was used before with other request parameters.",
            );
            let tasks = used.tasks.iter().filter_map(|id| engine.tasks.get(id));
            let resource_ids = tasks.map(|task| task_arn(engine, task)).collect();
            return Err(Fault { resource_ids, ..fault });
        }
        let tasks = used.tasks.clone();
        return Ok(answer(engine, &tasks));
    }
    let count = args.whole("count").unwrap_or(1);
    if launch != Launch::Fargate && !engine.waits(cluster, &launch) {
        let needs = engine.needs(definition);
        if let Err(lacks) = engine.room(cluster, &launch, &needs) {
            if lacks.lacking.is_empty() {
                return Err(invalid(lacks.nobody()));
            }
            return Ok(json!({ "tasks": [], "failures": no_room(engine, cluster, &lacks) }));
        }
    }
    if is_full(engine, cluster) && launch != Launch::Fargate {
        let all = engine.instances.iter().filter(|instance| instance.cluster == cluster);
        let lacks = NoRoom::of(all.map(|instance| (instance.id, "MEMORY")).collect());
        return Ok(json!({ "tasks": [], "failures": no_room(engine, cluster, &lacks) }));
    }
    if is_full(engine, cluster) {
        let reason = "Capacity is unavailable at this time. Please try again later or in a different availability zone";
        let failures: Vec<Value> = (0..count).map(|_| json!({ "reason": reason })).collect();
        return Ok(json!({ "tasks": [], "failures": failures }));
    }
    let images = engine.resolve(definition);
    let family = engine.definition(definition).map(|d| d.family.clone()).unwrap_or_default();
    let tasks: Vec<TaskId> = (0..count)
        .map(|_| {
            engine.start_task(Request {
                cluster,
                owner: Owner::Run,
                launch: launch.clone(),
                definition,
                images: images.clone(),
                group: args.text("group").map_or_else(|| format!("family:{family}"), str::to_owned),
                started_by: args.text("startedBy").unwrap_or_default().to_owned(),
                overrides: args.get("overrides").cloned(),
                tags: args.list("tags").to_vec(),
            })
        })
        .collect();
    if let Some(key) = key {
        let used = Token { at: call.now, input: call.input.clone(), tasks: tasks.clone() };
        engine.tokens.insert(key, used);
    }
    Ok(answer(engine, &tasks))
}

/// What tasks are launched on: what the call says, else what the cluster usually does.
fn launch(engine: &Engine, args: Args<'_>, cluster: ClusterIx) -> Result<Launch, Fault> {
    let asked = args.list("capacityProviderStrategy");
    if args.get("launchType").is_some() && !asked.is_empty() {
        return Err(invalid(
            "When specifying a capacity provider strategy, you cannot also specify a launch type.",
        ));
    }
    if let Some(entry) = asked.first() {
        let name = Args(entry).text("capacityProvider").unwrap_or_default();
        if matches!(name, "FARGATE" | "FARGATE_SPOT") {
            return Ok(Launch::Fargate);
        }
        return match engine.provider(cluster, name) {
            Some(_) => Ok(Launch::Provider(name.to_owned())),
            None => Err(invalid(
                "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster.",
            )),
        };
    }
    match args.text("launchType") {
        Some("FARGATE") => Ok(Launch::Fargate),
        Some("EC2") if !engine.instances.iter().any(|instance| instance.cluster == cluster) => {
            Err(invalid("No Container Instances were found in your cluster."))
        }
        Some("EC2") => Ok(Launch::Ec2),
        Some(other) => Err(invalid(format!("The launch type {other} is not one of EC2, FARGATE."))),
        None => {
            let usual = engine.providers.iter().find(|provider| provider.cluster == cluster);
            Ok(usual.map_or(Launch::Fargate, |provider| Launch::Provider(provider.spec.name.clone())))
        }
    }
}

/// Each instance with what it lacks.
fn no_room(engine: &Engine, cluster: ClusterIx, lacks: &NoRoom) -> Vec<Value> {
    let failure = |(instance, what): &(u128, &'static str)| json!({ "arn": instance_arn(engine, cluster, *instance), "reason": format!("RESOURCE:{what}") });
    lacks.lacking.iter().map(failure).collect()
}

fn is_full(engine: &Engine, cluster: ClusterIx) -> bool {
    let environment = engine.cluster(cluster).map(|c| c.environment.as_str());
    engine.world().environments.iter().any(|e| e.full && Some(e.name.as_str()) == environment)
}

fn answer(engine: &Engine, tasks: &[TaskId]) -> Value {
    let tasks: Vec<Value> =
        tasks.iter().filter_map(|id| engine.tasks.get(id)).map(|task| shape(engine, task, true)).collect();
    json!({ "tasks": tasks, "failures": [] })
}

fn check(engine: &Engine, args: Args<'_>, definition: DefinitionIx, launch: &Launch) -> Result<(), Fault> {
    if !(1..=10).contains(&args.whole("count").unwrap_or(1)) {
        return Err(invalid("Count must be between 1 and 10."));
    }
    let body = engine.body(definition);
    check_launch(args, &body)?;
    let own = Args(&body).text("networkMode") == Some("awsvpc");
    if *launch == Launch::Fargate && !own {
        return Err(invalid("Task definition does not support launch_type FARGATE."));
    }
    if !own && args.get("networkConfiguration").is_some() {
        return Err(invalid(definitions::NO_NETWORK));
    }
    if own {
        let subnets = args.get("networkConfiguration").and_then(|n| n.get("awsvpcConfiguration")).map(Args);
        if subnets.is_none_or(|vpc| vpc.list("subnets").is_empty()) {
            return Err(invalid(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            ));
        }
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_');
    if args.text("startedBy").is_some_and(|by| by.len() > 128 || !by.chars().all(allowed)) {
        return Err(invalid(
            "startedBy takes at most 128 letters, digits, hyphens, slashes and underscores.",
        ));
    }
    let Some(overrides) = args.get("overrides") else { return Ok(()) };
    if overrides.to_string().chars().count() > 8192 {
        return Err(invalid("Container Overrides length must be at most 8192"));
    }
    let names: Vec<&str> = Args(&body)
        .list("containerDefinitions")
        .iter()
        .filter_map(|container| container.get("name").and_then(Value::as_str))
        .collect();
    for entry in Args(overrides).list("containerOverrides") {
        let name = entry.get("name").and_then(Value::as_str).unwrap_or_default();
        if !names.contains(&name) {
            return Err(invalid(format!(
                "Override for container named {name} is not a container in the TaskDefinition."
            )));
        }
    }
    Ok(())
}

/// What RunTask has to be given besides, and what it does not take.
fn check_launch(args: Args<'_>, body: &Value) -> Result<(), Fault> {
    let given: Vec<&str> =
        args.list("volumeConfigurations").iter().filter_map(|v| Args(v).text("name")).collect();
    let at_launch = |volume: &&Value| volume.get("configuredAtLaunch").and_then(Value::as_bool) == Some(true);
    let volumes = Args(body).list("volumes");
    let wanted: Vec<&str> =
        volumes.iter().filter(at_launch).filter_map(|v| v.get("name").and_then(Value::as_str)).collect();
    if let Some(name) = wanted.iter().find(|name| !given.contains(name)) {
        return Err(invalid(format!(
            "Volume configuration must be provided for the configuredAtLaunch volume {name}."
        )));
    }
    if given.iter().any(|name| !wanted.contains(name)) {
        return Err(invalid(
            "Volume configuration provided but no matching configuredAtLaunch volume found in task definition.",
        ));
    }
    if args.text("propagateTags") == Some("SERVICE") {
        return Err(invalid("propagateTags SERVICE is not supported when running a task."));
    }
    if args.text("launchType") == Some("EC2") && args.text("platformVersion").is_some() {
        return Err(invalid("The platform version must be null when specifying an EC2 launch type."));
    }
    Ok(())
}

/// A tag policy: the organisation denies what is not tagged.
fn check_tags(engine: &Engine, call: &Call, cluster: ClusterIx, definition: &str) -> Result<(), Fault> {
    let environment = engine.cluster(cluster).map(|c| c.environment.as_str());
    let found = engine.world().environments.iter().find(|e| Some(e.name.as_str()) == environment);
    let args = Args(&call.input);
    let given: Vec<&str> = args.list("tags").iter().filter_map(|tag| Args(tag).text("key")).collect();
    let missing = found.is_some_and(|e| e.task_tags.iter().any(|name| !given.contains(&name.as_str())));
    if !missing {
        return Ok(());
    }
    Err(Fault::client(
        "AccessDeniedException",
        format!(
            "User: arn:aws:sts::{}:assumed-role/deploy/ci is not authorized to perform: ecs:RunTask on resource: {definition} with an explicit deny in a service control policy",
            call.account
        ),
    ))
}

pub(super) fn stop(engine: &mut Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let cluster = the_cluster(engine, call)?;
    let name = args.text("task").ok_or_else(|| invalid("task is required"))?;
    let id = super::tasks::find(engine, name)
        .filter(|id| engine.tasks.get(id).is_some_and(|task| task.cluster == cluster))
        .ok_or_else(|| invalid("The referenced task was not found."))?;
    let reason = args.text("reason").unwrap_or("Task stopped by user").to_owned();
    engine.stop_task(id, Stop { code: "UserInitiated", reason, failure: false });
    let task = engine.tasks.get(&id).map(|task| shape(engine, task, false));
    Ok(json!({ "task": task.unwrap_or_else(|| json!({})) }))
}
