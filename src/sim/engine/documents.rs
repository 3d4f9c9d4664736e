//! What AWS holds of a service of the world: its task definition and its network configuration.

use serde_json::{Value, json};

use crate::sim::args::Out;
use crate::sim::hash;
use crate::sim::world::{ServiceSpec, SidecarSpec};

/// The network configuration of a service at the start: two private subnets and a security group; null
/// where its tasks have no interface of their own.
pub(in crate::sim) fn network(spec: &ServiceSpec) -> Value {
    if spec.ec2.as_ref().is_some_and(|ec2| ec2.network != "awsvpc") {
        return Value::Null;
    }
    json!({ "awsvpcConfiguration": {
        "subnets": subnets(&spec.cluster),
        "securityGroups": [security_group(&spec.name)],
        "assignPublicIp": "DISABLED",
    } })
}

pub(in crate::sim) fn subnets(cluster: &str) -> Vec<String> {
    (0..2).map(|n| format!("subnet-{:017x}", hash::of(cluster.as_bytes(), 16 + n) >> 4)).collect()
}

fn security_group(name: &str) -> String {
    format!("sg-{:017x}", hash::of(name.as_bytes(), 18) >> 4)
}

/// Service Connect speaks of ports by name.
fn named_port(spec: &ServiceSpec, mut mapping: Value) -> Value {
    if spec.namespace.is_some()
        && let Some(members) = mapping.as_object_mut()
    {
        members.insert("name".to_owned(), json!(spec.container));
        members.insert("appProtocol".to_owned(), json!("http"));
    }
    mapping
}

/// What a service of the world is registered with, for an image.
pub(in crate::sim) fn made(spec: &ServiceSpec, image: &str) -> Value {
    let log = |stream: &str| {
        if spec.log_driver != "awslogs" {
            return json!({ "logDriver": spec.log_driver, "options": spec.log_options });
        }
        let options = if stream.is_empty() {
            json!({ "awslogs-group": spec.log_group, "awslogs-region": spec.log_region })
        } else {
            json!({
                "awslogs-group": spec.log_group,
                "awslogs-region": spec.log_region,
                "awslogs-stream-prefix": stream,
            })
        };
        json!({ "logDriver": "awslogs", "options": options })
    };
    let environment: Vec<Value> =
        spec.variables.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let secrets: Vec<Value> = spec
        .secrets
        .iter()
        .map(|name| {
            let secret = name.to_lowercase().replace('_', "-");
            let from = format!(
                "arn:aws:secretsmanager:{}:{}:secret:{}/{secret}",
                spec.region, spec.account, spec.environment
            );
            json!({ "name": name, "valueFrom": from })
        })
        .chain(spec.parameters.iter().map(|name| {
            let path = format!("{}/{}", spec.environment, name.to_lowercase().replace('_', "-"));
            let from = format!("arn:aws:ssm:{}:{}:parameter/{path}", spec.region, spec.account);
            json!({ "name": name, "valueFrom": from })
        }))
        .collect();
    let size = |text: &str| text.parse::<u32>().unwrap_or(0);
    let mut main = Out::new()
        .set("name", spec.container.clone())
        .set("image", image)
        .set("cpu", if spec.ec2.is_some() { size(&spec.cpu) } else { 0 })
        .maybe("memory", spec.ec2.as_ref().map(|_| size(&spec.memory)))
        .set("essential", true)
        .set("environment", environment)
        .set("secrets", secrets)
        .set("mountPoints", json!([]))
        .set("volumesFrom", json!([]))
        .set("systemControls", json!([]))
        .set("logConfiguration", log(&spec.log_prefix));
    main = match spec.port {
        None => main.set("portMappings", json!([])),
        Some(port) => main
            .set("portMappings", json!([named_port(spec, json!({
                "containerPort": port,
                "hostPort": spec.ec2.as_ref().map_or(port, |ec2| ec2.host_port),
                "protocol": "tcp",
            }))]))
            .set("healthCheck", json!({
                "command": ["CMD-SHELL", format!("wget -q -O /dev/null http://localhost:{port}{} || exit 1", spec.health_path)],
                "interval": 10, "timeout": 5, "retries": 3, "startPeriod": 15,
            })),
    };
    if !spec.command.is_empty() {
        main = main.set("command", spec.command.clone());
    }
    let beside = |one: &SidecarSpec| {
        let firelens = one.firelens.then(|| json!({ "type": "fluentbit" }));
        Out::new()
            .set("name", one.name.clone())
            .set("image", one.image.as_deref().unwrap_or(image))
            .set("cpu", 0)
            .maybe("memory", spec.ec2.as_ref().map(|_| SIDECAR))
            .set("essential", one.essential)
            .set("environment", json!([]))
            .set("mountPoints", json!([]))
            .set("volumesFrom", json!([]))
            .set("portMappings", json!([]))
            .set("systemControls", json!([]))
            .set("logConfiguration", log(&spec.log_prefix))
            .maybe("firelensConfiguration", firelens)
            .done()
    };
    let mut containers: Vec<Value> = spec.containers.iter().filter(|one| one.first).map(beside).collect();
    containers.push(main.done());
    containers.extend(spec.containers.iter().filter(|one| !one.first).map(beside));
    let proxy = spec.containers.iter().find(|one| one.proxy);
    if let Some(ec2) = &spec.ec2 {
        return json!({
            "containerDefinitions": containers,
            "taskRoleArn": format!("arn:aws:iam::{}:role/{}-task", spec.account, spec.name),
            "executionRoleArn": format!("arn:aws:iam::{}:role/{}-execution", spec.account, spec.name),
            "networkMode": ec2.network,
            "requiresCompatibilities": ["EC2"],
        });
    }
    if spec.log_driver == "none" {
        for container in containers.iter_mut().filter_map(Value::as_object_mut) {
            container.remove("logConfiguration");
        }
    }
    let volumes: Vec<Value> =
        spec.volumes.keys().map(|name| json!({ "name": name, "configuredAtLaunch": true })).collect();
    let made = json!({
        "containerDefinitions": containers,
        "volumes": volumes,
        "taskRoleArn": format!("arn:aws:iam::{}:role/{}-task", spec.account, spec.name),
        "executionRoleArn": format!("arn:aws:iam::{}:role/{}-execution", spec.account, spec.name),
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": spec.cpu,
        "memory": spec.memory,
        "runtimePlatform": { "cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX" },
    });
    let Some(proxy) = proxy else { return made };
    let mut made = made;
    if let Some(members) = made.as_object_mut() {
        let proxy = json!({ "type": "APPMESH", "containerName": proxy.name, "properties": [] });
        members.insert("proxyConfiguration".to_owned(), proxy);
    }
    made
}

/// MiB that a sidecar on a container instance reserves.
pub(in crate::sim) const SIDECAR: u32 = 64;
