//! The shape of a task.

use serde_json::{Value, json};

use super::capacity::instance_arn;
use super::{arn, cluster_arn, definition_arn};
use crate::sim::args::{Args, Out};
use crate::sim::engine::Engine;
use crate::sim::engine::address::address;
use crate::sim::engine::state::{Health, Launch, Phase, Seat, Task};
use crate::sim::engine::tasks::runtime_id;
use crate::sim::hash;

/// ARN of a task.
pub(super) fn task_arn(engine: &Engine, task: &Task) -> String {
    engine.cluster(task.cluster).map_or_else(String::new, |cluster| {
        arn(&cluster.account, &cluster.region, &format!("task/{}/{:032x}", cluster.name, task.id.0))
    })
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Provisioning => "PROVISIONING",
        Phase::Pending => "PENDING",
        Phase::Activating => "ACTIVATING",
        Phase::Running => "RUNNING",
        Phase::Deactivating => "DEACTIVATING",
        Phase::Stopping => "STOPPING",
        Phase::Deprovisioning => "DEPROVISIONING",
        Phase::Stopped => "STOPPED",
    }
}

fn health(health: Health) -> &'static str {
    match health {
        Health::Unknown => "UNKNOWN",
        Health::Healthy => "HEALTHY",
        Health::Unhealthy => "UNHEALTHY",
    }
}

/// `launchType`.
pub(super) fn launched_on(task: &Task) -> &'static str {
    if task.launch == Launch::Fargate { "FARGATE" } else { "EC2" }
}

/// `Task`.
pub(super) fn shape(engine: &Engine, task: &Task, tags: bool) -> Value {
    let Some(cluster) = engine.cluster(task.cluster) else { return Value::Null };
    let body = engine.body(task.definition);
    let body = Args(&body);
    let placed = task.phase > Phase::Provisioning;
    let attachment = hash::of(&task.id.0.to_be_bytes(), 31);
    let fargate = task.launch == Launch::Fargate;
    let own = fargate || body.text("networkMode") == Some("awsvpc");
    let interfaces = if own { vec![interface(task, &cluster.name, attachment)] } else { Vec::new() };
    let sum = |of: fn(&Seat) -> u32| task.seat.as_deref().map(|seat| of(seat).to_string());
    let mut out = Out::new()
        .set("attachments", interfaces)
        .set("attributes", json!([{ "name": "ecs.cpu-architecture", "value": "x86_64" }]))
        .maybe(
            "availabilityZone",
            (fargate || task.seat.is_some()).then(|| engine.zone_of(task, &cluster.region)),
        )
        .maybe(
            "capacityProviderName",
            match &task.launch {
                Launch::Fargate => Some("FARGATE".to_owned()),
                Launch::Ec2 => None,
                Launch::Provider(name) => Some(name.clone()),
            },
        )
        .maybe(
            "containerInstanceArn",
            task.seat.as_ref().map(|seat| instance_arn(engine, task.cluster, seat.instance)),
        )
        .set("clusterArn", cluster_arn(engine, task.cluster))
        .set("containers", containers(engine, task, own.then_some(attachment)))
        .time("createdAt", task.created_at)
        .set("desiredStatus", if task.wanted() { "RUNNING" } else { "STOPPED" })
        .set("enableExecuteCommand", false)
        .set("group", task.group.clone())
        .set("healthStatus", health(task.health))
        .set("lastStatus", phase(task.phase))
        .set("launchType", launched_on(task))
        .maybe("cpu", body.text("cpu").map(str::to_owned).or_else(|| sum(|seat| seat.cpu)))
        .maybe("memory", body.text("memory").map(str::to_owned).or_else(|| sum(|seat| seat.memory)))
        .set("overrides", overrides(task))
        .maybe("platformVersion", fargate.then_some("1.4.0"))
        .maybe("platformFamily", fargate.then_some("Linux"))
        .maybe_time("pullStartedAt", task.pull_started_at)
        .maybe_time("pullStoppedAt", task.pull_stopped_at)
        .maybe_time("startedAt", task.started_at)
        .maybe_time("stoppingAt", task.stopping_at)
        .maybe_time("executionStoppedAt", task.execution_stopped_at)
        .maybe_time("stoppedAt", task.stopped_at)
        .set("startedBy", task.started_by.clone())
        .set("taskArn", task_arn(engine, task))
        .set("taskDefinitionArn", definition_arn(engine, task.definition))
        .set("version", version(task))
        .maybe("ephemeralStorage", fargate.then(|| json!({ "sizeInGiB": 20 })));
    if placed && task.phase < Phase::Stopped {
        out = out.set("connectivity", "CONNECTED").maybe_time("connectivityAt", task.pull_started_at);
    }
    if let Some(stop) = &task.stop {
        out = out.set("stopCode", stop.code).set("stoppedReason", stop.reason.clone());
    }
    out.set("tags", if tags { task.tags.clone() } else { Vec::new() }).done()
}

/// Counts the changes that anybody could have seen.
fn version(task: &Task) -> u32 {
    match task.phase {
        Phase::Provisioning => 1,
        Phase::Pending => 2,
        Phase::Activating => 3,
        Phase::Running => 4,
        Phase::Deactivating => 5,
        Phase::Stopping => 6,
        Phase::Deprovisioning => 7,
        Phase::Stopped => 8,
    }
}

fn interface(task: &Task, cluster: &str, attachment: u64) -> Value {
    let status = match task.phase {
        Phase::Provisioning => "PRECREATED",
        Phase::Stopped => "DELETED",
        _ => "ATTACHED",
    };
    let subnets = super::super::engine::documents::subnets(cluster);
    let subnet = subnets.get(usize::from(attachment.is_multiple_of(2))).cloned().unwrap_or_default();
    let mut details = vec![json!({ "name": "subnetId", "value": subnet })];
    if task.phase > Phase::Provisioning {
        let mac = attachment.to_be_bytes();
        let pairs: Vec<String> = mac.iter().skip(3).map(|byte| format!("{byte:02x}")).collect();
        details.extend([
            json!({ "name": "networkInterfaceId", "value": format!("eni-{:017x}", attachment >> 4) }),
            json!({ "name": "macAddress", "value": format!("0a:{}", pairs.join(":")) }),
            json!({ "name": "privateIPv4Address", "value": address(task.id) }),
        ]);
    }
    json!({
        "id": attachment_id(attachment),
        "type": "ElasticNetworkInterface",
        "status": status,
        "details": details,
    })
}

fn attachment_id(bits: u64) -> String {
    let more = hash::mix(bits);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 32,
        (bits >> 16) & 0xffff,
        bits & 0xffff,
        more >> 48,
        more & 0xffff_ffff_ffff
    )
}

fn containers(engine: &Engine, task: &Task, attachment: Option<u64>) -> Vec<Value> {
    let cluster =
        engine.cluster(task.cluster).map(|c| (c.account.as_str(), c.region.as_str(), c.name.as_str()));
    let (account, region, name) = cluster.unwrap_or_default();
    let status = match task.phase {
        Phase::Provisioning | Phase::Pending | Phase::Activating => "PENDING",
        Phase::Running | Phase::Deactivating | Phase::Stopping => "RUNNING",
        Phase::Deprovisioning | Phase::Stopped => "STOPPED",
    };
    let started = task.started_at.is_some();
    let over = task.execution_stopped_at.is_some();
    task.images
        .iter()
        .enumerate()
        .map(|(place, image)| {
            let bits = hash::of(&task.id.0.to_be_bytes(), 40 + u64::try_from(place).unwrap_or(0));
            let exit = task.exits.get(place);
            // A container health check tells of the main container alone.
            let state = if place == 0 { task.health } else { Health::Unknown };
            let id = attachment_id(bits);
            let ended = task.ended == Some(place);
            Out::new()
                .set(
                    "containerArn",
                    arn(account, region, &format!("container/{name}/{:032x}/{id}", task.id.0)),
                )
                .set("taskArn", task_arn(engine, task))
                .set("name", image.container.clone())
                .set("image", image.image.clone())
                .maybe("imageDigest", image.digest.clone().filter(|_| task.pull_stopped_at.is_some()))
                .maybe("runtimeId", started.then(|| runtime_id(task.id, place)))
                .set("lastStatus", if ended { "STOPPED" } else { status })
                .maybe("exitCode", exit.and_then(|exit| exit.code).filter(|_| over || ended))
                .maybe("reason", exit.and_then(|exit| exit.reason.clone()))
                .set("networkBindings", bindings(task, place))
                .set(
                    "networkInterfaces",
                    match attachment.filter(|_| task.phase > Phase::Provisioning) {
                        Some(attachment) => json!([{
                            "attachmentId": attachment_id(attachment), "privateIpv4Address": address(task.id),
                        }]),
                        None => json!([]),
                    },
                )
                .set("healthStatus", health(state))
                .set("cpu", "0")
                .done()
        })
        .collect()
}

/// The ports of a container that are reached through its instance, once it runs.
fn bindings(task: &Task, container: usize) -> Vec<Value> {
    let seat = task.seat.iter().filter(|_| task.started_at.is_some());
    seat.flat_map(|seat| &seat.bindings)
        .filter(|binding| binding.container == container)
        .map(|binding| {
            json!({
                "bindIP": "0.0.0.0", "containerPort": binding.port, "hostPort": binding.host, "protocol": "tcp",
            })
        })
        .collect()
}

fn overrides(task: &Task) -> Value {
    let given = task.overrides.as_deref().cloned().unwrap_or_else(|| json!({}));
    let mut out = Out::new();
    for key in ["cpu", "memory", "executionRoleArn", "taskRoleArn", "ephemeralStorage"] {
        out = out.maybe(key, given.get(key).cloned());
    }
    let of = |name: &str| {
        let list = given.get("containerOverrides").and_then(Value::as_array);
        list.and_then(|l| l.iter().find(|o| o.get("name").and_then(Value::as_str) == Some(name)).cloned())
    };
    let containers: Vec<Value> = task
        .images
        .iter()
        .map(|image| of(&image.container).unwrap_or_else(|| json!({ "name": image.container })))
        .collect();
    out.set("containerOverrides", containers).set("inferenceAcceleratorOverrides", json!([])).done()
}
