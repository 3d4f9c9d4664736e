//! Task definitions: RegisterTaskDefinition, DescribeTaskDefinition, ListTaskDefinitions.

use serde_json::{Map, Value, json};

use super::{definition_arn, invalid, is_here, paging};
use crate::sim::api::{Answer, Call, Fault};
use crate::sim::args::{Args, Out};
use crate::sim::engine::Engine;
use crate::sim::engine::state::{Body, Definition, DefinitionIx};

/// What RegisterTaskDefinition takes besides family, tags and containers, and what is told again.
const MEMBERS: [&str; 14] = [
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "ephemeralStorage",
    "runtimePlatform",
    "enableFaultInjection",
];

/// A network configuration for tasks that have no interface of their own (muya/amazon-ecs-run-task#7).
pub(super) const NO_NETWORK: &str =
    "Network Configuration is not valid for the given networkMode of this task definition.";

/// What a container definition has even when nobody said so.
fn container_defaults() -> [(&'static str, Value); 7] {
    [
        ("cpu", json!(0)),
        ("essential", json!(true)),
        ("environment", json!([])),
        ("mountPoints", json!([])),
        ("volumesFrom", json!([])),
        ("portMappings", json!([])),
        ("systemControls", json!([])),
    ]
}

pub(super) fn register(engine: &mut Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let family = args.text("family").unwrap_or_default().to_owned();
    let named = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if family.is_empty() || family.len() > 255 || !family.chars().all(named) {
        return Err(Fault::client(
            "ClientException",
            "Family should not be empty and has letters, digits, - and _.",
        ));
    }
    let body = checked_body(args)?;
    let tags = args.list("tags").to_vec();
    let revision = engine.next_revision(&call.account, &call.region, &family);
    let ix = engine.add_definition(Definition {
        account: call.account.clone(),
        region: call.region.clone(),
        family,
        revision,
        registered_at: call.now,
        registered_by: format!("arn:aws:iam::{}:user/flightdeck", call.account),
        deregistered_at: None,
        body: Body::Given(body),
        tags: tags.clone(),
    });
    Ok(Out::new().set("taskDefinition", shape(engine, ix)).set("tags", tags).done())
}

fn checked_body(args: Args<'_>) -> Result<Value, Fault> {
    let client = |message: String| Fault::client("ClientException", message);
    let mut containers = args.list("containerDefinitions").to_vec();
    if containers.is_empty() {
        return Err(client("Container definitions should not be empty.".to_owned()));
    }
    let mut names = Vec::new();
    for container in &mut containers {
        let Some(map) = container.as_object_mut() else {
            return Err(client("A container definition is a structure.".to_owned()));
        };
        let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, image) = (text("name"), text("image"));
        if name.is_empty() {
            return Err(client("Container.name should not be null or empty.".to_owned()));
        }
        if image.is_empty() {
            return Err(client(format!("Container.image of {name} should not be null or empty.")));
        }
        if names.contains(&name) {
            return Err(client(format!("Container names must be unique; {name} is not.")));
        }
        names.push(name);
        for (key, value) in container_defaults() {
            map.entry(key).or_insert(value);
        }
    }
    if args.asks("requiresCompatibilities", "FARGATE") {
        if args.text("networkMode") != Some("awsvpc") {
            return Err(client("Fargate only supports network mode awsvpc.".to_owned()));
        }
        if args.text("cpu").is_none() || args.text("memory").is_none() {
            return Err(client(
                "Fargate requires that 'cpu' and 'memory' be defined at the task level.".to_owned(),
            ));
        }
    }
    let mut body = Map::new();
    body.insert("containerDefinitions".to_owned(), Value::Array(containers));
    for member in MEMBERS {
        if let Some(value) = args.get(member) {
            body.insert(member.to_owned(), value.clone());
        }
    }
    Ok(Value::Object(body))
}

pub(super) fn describe(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let name = args.text("taskDefinition").ok_or_else(|| invalid("taskDefinition is required"))?;
    let ix = find(engine, call, name)
        .ok_or_else(|| Fault::client("ClientException", "Unable to describe task definition."))?;
    let tags = engine.definition(ix).map(|d| d.tags.clone()).filter(|_| args.asks("include", "TAGS"));
    Ok(Out::new().set("taskDefinition", shape(engine, ix)).maybe("tags", tags).done())
}

pub(super) fn list(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let wanted = args.text("familyPrefix");
    let active = match args.text("status") {
        None | Some("ACTIVE") => true,
        Some("INACTIVE") => false,
        Some("DELETE_IN_PROGRESS") => return Ok(json!({ "taskDefinitionArns": [] })),
        Some(other) => return Err(invalid(format!("status {other} is none of a task definition"))),
    };
    let mut found: Vec<(&str, DefinitionIx)> = families(engine, call)
        .filter(|(family, _)| wanted.is_none_or(|wanted| wanted == *family))
        .flat_map(|(family, all)| all.iter().map(move |ix| (family, *ix)))
        .filter(|(_, ix)| is_active(engine, *ix) == active)
        .collect();
    if args.text("sort") == Some("DESC") {
        found.reverse();
    }
    let (page, next) = paging(100).page(args, found)?;
    let arns: Vec<String> = page.into_iter().map(|(_, ix)| definition_arn(engine, ix)).collect();
    Ok(Out::new().set("taskDefinitionArns", arns).maybe("nextToken", next).done())
}

/// The families of an account and region, by name.
fn families<'a>(
    engine: &'a Engine,
    call: &'a Call,
) -> impl Iterator<Item = (&'a str, &'a Vec<DefinitionIx>)> {
    engine
        .families
        .iter()
        .filter(|((account, region, _), _)| *account == call.account && *region == call.region)
        .map(|((_, _, family), all)| (family.as_str(), all))
}

fn is_active(engine: &Engine, ix: DefinitionIx) -> bool {
    engine.definition(ix).is_some_and(|d| d.deregistered_at.is_none())
}

pub(super) fn list_families(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let prefix = args.text("familyPrefix").unwrap_or_default();
    let wanted = match args.text("status") {
        None | Some("ALL") => None,
        Some("ACTIVE") => Some(true),
        Some("INACTIVE") => Some(false),
        Some(other) => return Err(invalid(format!("status {other} is not one of ACTIVE, INACTIVE, ALL"))),
    };
    // a family is active as long as one of its revisions is
    let fits = |all: &[DefinitionIx]| {
        wanted.is_none_or(|active| all.iter().any(|ix| is_active(engine, *ix)) == active)
    };
    let found: Vec<&str> = families(engine, call)
        .filter(|(family, all)| family.starts_with(prefix) && fits(all))
        .map(|(family, _)| family)
        .collect();
    let (page, next) = paging(100).page(args, found)?;
    Ok(Out::new().set("families", page).maybe("nextToken", next).done())
}

pub(super) fn deregister(engine: &mut Engine, call: &Call) -> Answer {
    let name =
        Args(&call.input).text("taskDefinition").ok_or_else(|| invalid("taskDefinition is required"))?;
    let tail = name.rsplit_once(":task-definition/").map_or(name, |(_, tail)| tail);
    if !tail.contains(':') {
        return Err(invalid("Invalid revision number. Number: null"));
    }
    let ix = find(engine, call, name)
        .ok_or_else(|| Fault::client("ClientException", "The specified task definition does not exist."))?;
    if let Some(definition) = engine.definitions.get_mut(ix.0) {
        definition.deregistered_at.get_or_insert(call.now);
    }
    Ok(json!({ "taskDefinition": shape(engine, ix) }))
}

/// A task definition to launch tasks with: one that was deregistered can only be looked at.
pub(super) fn launchable(engine: &Engine, call: &Call, name: &str) -> Result<DefinitionIx, Fault> {
    let ix = find(engine, call, name)
        .ok_or_else(|| Fault::client("ClientException", "TaskDefinition not found."))?;
    if !is_active(engine, ix) {
        return Err(Fault::client("ClientException", "TaskDefinition is inactive"));
    }
    Ok(ix)
}

/// A task definition by `family`, `family:revision` or ARN.
pub(super) fn find(engine: &Engine, call: &Call, name: &str) -> Option<DefinitionIx> {
    if name.starts_with("arn:") && !is_here(call, name) {
        return None;
    }
    let name = name.rsplit_once(":task-definition/").map_or(name, |(_, tail)| tail);
    let (family, revision) = match name.rsplit_once(':') {
        Some((family, revision)) => (family, Some(revision.parse::<u32>().ok()?)),
        None => (name, None),
    };
    let all = engine.families.get(&(call.account.clone(), call.region.clone(), family.to_owned()))?;
    match revision {
        None => all.iter().rev().copied().find(|ix| is_active(engine, *ix)),
        Some(revision) => all
            .iter()
            .rev()
            .copied()
            .find(|ix| engine.definition(*ix).is_some_and(|d| d.revision == revision)),
    }
}

/// `TaskDefinition`.
pub(super) fn shape(engine: &Engine, ix: DefinitionIx) -> Value {
    let Some(definition) = engine.definition(ix) else { return Value::Null };
    let body = engine.body(ix);
    let fargate = Args(&body).asks("requiresCompatibilities", "FARGATE");
    let compatibilities = if fargate { json!(["EC2", "FARGATE"]) } else { json!(["EC2"]) };
    let mut out = Out::new()
        .set("taskDefinitionArn", definition_arn(engine, ix))
        .set("family", definition.family.clone())
        .set("revision", definition.revision)
        .set("status", if definition.deregistered_at.is_some() { "INACTIVE" } else { "ACTIVE" })
        .set("volumes", json!([]))
        .set("placementConstraints", json!([]))
        .set("compatibilities", compatibilities)
        .set("requiresAttributes", json!([{ "name": "com.amazonaws.ecs.capability.docker-remote-api.1.18" }]))
        .time("registeredAt", definition.registered_at)
        .maybe_time("deregisteredAt", definition.deregistered_at)
        .set("registeredBy", definition.registered_by.clone());
    if let Value::Object(members) = body {
        for (key, value) in members {
            out = out.set(&key, value);
        }
    }
    out.done()
}
