//! What the Config tab shows of an ECS service: how it is set, and what its task definition says.

use crate::{
    aws::{convert, ecs::rows, variables::Config},
    model::{ContainerBrief, Deployment, Pointers, TaskDefinition, launch::Network, running},
};
use aws_sdk_ecs::types;
use serde_json::Value;

/// Where its tasks run: what the PRIMARY task set says where it has such, else what the service says.
pub(super) struct Place {
    pub network: Option<Network>,
    pub launch_type: String,
    pub capacity_providers: Vec<(String, i32, i32)>,
}

impl Place {
    pub fn of(service: &types::Service, deployments: &[Deployment]) -> Self {
        let strategy = service.capacity_provider_strategy();
        let own = Self {
            network: rows::network(service.network_configuration()),
            launch_type: rows::launch_type(service.launch_type(), strategy),
            capacity_providers: rows::capacity_providers(strategy),
        };
        match running::primary(deployments).filter(|d| d.task_set) {
            Some(set) => Self {
                network: set.network.clone().or(own.network),
                launch_type: if set.launch_type.is_empty() && set.capacity_providers.is_empty() {
                    own.launch_type
                } else {
                    set.launch_type.clone()
                },
                capacity_providers: set.capacity_providers.clone(),
            },
            None => own,
        }
    }
}

pub(super) fn service_config(service: &types::Service, deployments: &[Deployment], place: &Place) -> Config {
    let mut out = Config::new();
    let mut put = |name: &str, value: String| {
        if !value.is_empty() {
            out.push(("service".to_owned(), name.to_owned(), value));
        }
    };
    put("status", convert::name(service.status().unwrap_or_default()));
    let controller = rows::controller(service);
    if controller.has_task_sets() {
        put("deployed by", controller.words().to_owned());
        for set in deployments {
            put(&format!("task set {}", set.status.to_lowercase()), task_set(set));
        }
    }
    put("launch type", place.launch_type.clone());
    put(
        "capacity providers",
        place
            .capacity_providers
            .iter()
            .map(|(name, weight, base)| format!("{name} weight {weight} base {base}"))
            .collect::<Vec<_>>()
            .join(", "),
    );
    put("platform", convert::name(service.platform_version().unwrap_or_default()));
    put("scheduling", service.scheduling_strategy().map(|s| convert::name(s.as_str())).unwrap_or_default());
    if let Some(network) = &place.network {
        put("subnets", network.subnets.join(", "));
        put("security groups", network.security_groups.join(", "));
        put("public address", if network.public_ip { "assigned" } else { "none" }.to_owned());
    }
    if let Some(configuration) = service.deployment_configuration() {
        if let (Some(min), Some(max)) =
            (configuration.minimum_healthy_percent(), configuration.maximum_percent())
        {
            put("healthy, most", format!("{min} %, {max} %"));
        }
        if let Some(breaker) = configuration.deployment_circuit_breaker() {
            let word = match (breaker.enable(), breaker.rollback()) {
                (true, true) => "on, rolls back",
                (true, false) => "on, no rollback",
                (false, _) => "none",
            };
            put("circuit breaker", word.to_owned());
        }
        if let Some(alarms) = configuration.alarms() {
            let names: Vec<String> = alarms.alarm_names().iter().map(|n| convert::said(n)).collect();
            let word = if alarms.enable() { names.join(", ") } else { String::new() };
            put("deployment alarms", word);
        }
        let bake = configuration.bake_time_in_minutes().filter(|m| *m > 0);
        put("bake time", bake.map(|m| format!("{m} min")).unwrap_or_default());
    }
    if let Some(seconds) = service.health_check_grace_period_seconds() {
        put("health check grace", format!("{seconds} s"));
    }
    for balancer in service.load_balancers() {
        let group = convert::name(convert::tail_of_group(balancer.target_group_arn().unwrap_or_default()));
        let container = convert::name(balancer.container_name().unwrap_or_default());
        let port = balancer.container_port().unwrap_or_default();
        put("target group", format!("{group} → {container}:{port}"));
    }
    out
}

/// `shop-api:3, 1 of 1, 100 %, steady state, d-ABCDEF123`: a task set in a line.
fn task_set(set: &Deployment) -> String {
    let mut parts = vec![
        convert::tail(&set.task_definition).to_owned(),
        format!("{} of {} run", set.running, set.desired),
    ];
    parts.extend(set.scale.map(|scale| format!("{scale} % of the tasks")));
    parts.push(set.stability.to_lowercase().replace('_', " "));
    parts.extend(set.target_groups.iter().map(|group| convert::tail_of_group(group).to_owned()));
    parts.push(set.external_id.clone());
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// Which container is the application, and why.
pub(super) fn container_config(definition: &TaskDefinition, pointers: &Pointers) -> (String, String, String) {
    let value = match pointers.resolve_in(definition, None) {
        Ok((place, reason)) => {
            let name = definition.containers.get(place).map(|c| c.name.as_str()).unwrap_or_default();
            format!("{name}: {}", reason.words())
        }
        Err(doubt) => doubt.words(),
    };
    ("service".to_owned(), "application container".to_owned(), value)
}

/// What a task definition says, from its masked copy.
pub(super) fn definition_config(definition: &TaskDefinition) -> Config {
    let mut out = Config::new();
    let section = definition.label();
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    for (name, member) in [
        ("cpu", "cpu"),
        ("memory", "memory"),
        ("network mode", "networkMode"),
        ("task role", "taskRoleArn"),
        ("execution role", "executionRoleArn"),
        ("architecture", "runtimePlatform"),
    ] {
        if let Some(value) = definition.shown.get(member) {
            out.push((section.clone(), name.to_owned(), plain(value)));
        }
    }
    let containers = definition.shown.get("containerDefinitions").and_then(Value::as_array);
    for container in containers.into_iter().flatten() {
        let name = container.get("name").and_then(Value::as_str).unwrap_or("container");
        let section = format!("container {name}");
        let mut put = |name: &str, value: String| {
            if !value.is_empty() {
                out.push((section.clone(), name.to_owned(), value));
            }
        };
        for (label, member) in
            [("image", "image"), ("essential", "essential"), ("cpu", "cpu"), ("memory", "memory")]
        {
            put(label, container.get(member).map(&plain).unwrap_or_default());
        }
        for (label, member) in [("command", "command"), ("entry point", "entryPoint")] {
            let words = container.get(member).and_then(Value::as_array);
            let words: Vec<String> = words.into_iter().flatten().map(&plain).collect();
            put(label, words.join(" "));
        }
        let ports = container.get("portMappings").and_then(Value::as_array);
        let ports: Vec<String> =
            ports.into_iter().flatten().filter_map(|p| p.get("containerPort")).map(&plain).collect();
        put("ports", ports.join(", "));
        let group = container.pointer("/logConfiguration/options/awslogs-group");
        put("log group", group.map(&plain).unwrap_or_default());
        let brief = definition.containers.iter().find(|c| c.name == name).filter(|_| group.is_none());
        put("log", brief.map(routed).unwrap_or_default());
        for (list, member, kind) in [("environment", "value", ""), ("secrets", "valueFrom", "secret ")] {
            for pair in container.get(list).and_then(Value::as_array).into_iter().flatten() {
                let name = pair.get("name").map(&plain).unwrap_or_default();
                put(&format!("{kind}{name}"), pair.get(member).map(&plain).unwrap_or_default());
            }
        }
    }
    out
}

/// Where a container's lines go that the driver awslogs does not take.
fn routed(container: &ContainerBrief) -> String {
    match container.log.source(&container.name, "") {
        Ok(source) => format!("{source}, through FireLens"),
        Err(why) => why,
    }
}
