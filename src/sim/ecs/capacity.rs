//! EC2 capacity: DescribeCapacityProviders, ListContainerInstances, DescribeContainerInstances.

use serde_json::{Value, json};

use super::{arn, at_most, find_cluster, invalid, missing, paging, the_cluster};
use crate::sim::api::{Answer, Call, Fault};
use crate::sim::args::{Args, Out};
use crate::sim::engine::Engine;
use crate::sim::engine::num::count;
use crate::sim::engine::state::{ClusterIx, Instance, Launch, Provider, Service};
use crate::sim::hash;

/// Ports that the agent keeps to itself.
const RESERVED: [&str; 5] = ["22", "2376", "2375", "51678", "51679"];

/// A strategy of one capacity provider.
pub(super) fn strategy(name: &str) -> Value {
    json!([{ "capacityProvider": name, "weight": 1, "base": 0 }])
}

pub(super) fn providers(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let here = |p: &&Provider| {
        engine.cluster(p.cluster).is_some_and(|c| c.account == call.account && c.region == call.region)
    };
    let cluster = match args.text("cluster") {
        None => None,
        Some(name) => Some(
            find_cluster(engine, call, name)
                .ok_or_else(|| Fault::client("ClusterNotFoundException", "Cluster not found."))?,
        ),
    };
    let fargate = ["FARGATE", "FARGATE_SPOT"].map(|name| fargate(call, name));
    let own = engine
        .providers
        .iter()
        .filter(here)
        .filter(|p| cluster.is_none_or(|ix| ix == p.cluster))
        .map(|p| (p.spec.name.clone(), shape(call, p)));
    let all: Vec<(String, Value)> = fargate.into_iter().chain(own).collect();
    let names = args.texts("capacityProviders");
    at_most("capacityProviders", names.len(), 100)?;
    let mut failures = Vec::new();
    let found: Vec<Value> = if names.is_empty() {
        all.into_iter().map(|(_, shape)| shape).collect()
    } else {
        let named = |name: &&str| {
            let short = name.rsplit_once(":capacity-provider/").map_or(*name, |(_, short)| short);
            let found = all.iter().find(|(known, _)| known == short).map(|(_, shape)| shape.clone());
            if found.is_none() {
                failures.push(missing(&provider_arn(call, short)));
            }
            found
        };
        names.iter().filter_map(named).collect()
    };
    let paging = crate::sim::args::Paging { most: 10, ..paging(10) };
    let (page, next) = paging.page(args, found)?;
    Ok(Out::new().set("capacityProviders", page).set("failures", failures).maybe("nextToken", next).done())
}

fn provider_arn(call: &Call, name: &str) -> String {
    arn(&call.account, &call.region, &format!("capacity-provider/{name}"))
}

fn fargate(call: &Call, name: &str) -> (String, Value) {
    let shape = json!({
        "capacityProviderArn": provider_arn(call, name), "name": name, "status": "ACTIVE", "tags": [], "type": name,
    });
    (name.to_owned(), shape)
}

fn shape(call: &Call, provider: &Provider) -> Value {
    let name = &provider.spec.name;
    let group = format!(
        "arn:aws:autoscaling:{}:{}:autoScalingGroup:{:08x}-0000-4000-8000-000000000000:autoScalingGroupName/{name}",
        call.region,
        call.account,
        hash::of(name.as_bytes(), 52) >> 32,
    );
    json!({
        "capacityProviderArn": provider_arn(call, name),
        "name": name,
        "status": "ACTIVE",
        "autoScalingGroupProvider": {
            "autoScalingGroupArn": group,
            "managedScaling": {
                "status": if provider.spec.managed { "ENABLED" } else { "DISABLED" },
                "targetCapacity": 100,
                "minimumScalingStepSize": 1,
                "maximumScalingStepSize": 10000,
                "instanceWarmupPeriod": 300,
            },
            "managedTerminationProtection": "DISABLED",
            "managedDraining": "ENABLED",
        },
        "tags": [],
        "type": "EC2_AUTOSCALING",
    })
}

/// ARN of a container instance.
pub(super) fn instance_arn(engine: &Engine, cluster: ClusterIx, id: u128) -> String {
    engine.cluster(cluster).map_or_else(String::new, |c| {
        arn(&c.account, &c.region, &format!("container-instance/{}/{id:032x}", c.name))
    })
}

pub(super) fn list(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let cluster = the_cluster(engine, call)?;
    let status = args.text("status").unwrap_or("ACTIVE");
    if !["ACTIVE", "DRAINING", "REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED"].contains(&status) {
        return Err(invalid(format!("status {status} is none of a container instance")));
    }
    let arns: Vec<String> = engine
        .instances
        .iter()
        .filter(|instance| instance.cluster == cluster && status == "ACTIVE")
        .map(|instance| instance_arn(engine, cluster, instance.id))
        .collect();
    let (page, next) = paging(100).page(args, arns)?;
    Ok(Out::new().set("containerInstanceArns", page).maybe("nextToken", next).done())
}

pub(super) fn describe(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let cluster = the_cluster(engine, call)?;
    let names = args.texts("containerInstances");
    if names.is_empty() {
        return Err(invalid("Container instances cannot be empty."));
    }
    at_most("Container instances", names.len(), 100)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in names {
        let id = u128::from_str_radix(name.rsplit('/').next().unwrap_or(name), 16).ok();
        let instance = id.and_then(|id| engine.instance(id)).filter(|instance| instance.cluster == cluster);
        match instance {
            Some(instance) => found.push(instance_shape(engine, instance, args)),
            None if name.starts_with("arn:") => failures.push(missing(name)),
            None => {
                let home = engine.cluster(cluster).map(|c| c.name.as_str()).unwrap_or_default();
                let tail = format!("container-instance/{home}/{name}");
                failures.push(missing(&arn(&call.account, &call.region, &tail)));
            }
        }
    }
    Ok(json!({ "containerInstances": found, "failures": failures }))
}

/// `ContainerInstance`.
fn instance_shape(engine: &Engine, instance: &Instance, args: Args<'_>) -> Value {
    let spec = engine.providers.get(instance.provider).map(|provider| &provider.spec);
    let (cpu, memory) = spec.map_or((0, 0), |spec| (spec.cpu, spec.memory));
    let (free_cpu, free_memory) = engine.remaining(instance);
    let ports = |taken: Vec<String>| {
        RESERVED.iter().map(|port| (*port).to_owned()).chain(taken).collect::<Vec<String>>()
    };
    let taken: Vec<String> = engine
        .seated(instance)
        .flat_map(|task| task.seat.iter().flat_map(|seat| &seat.bindings))
        .filter(|binding| binding.fixed)
        .map(|binding| binding.host.to_string())
        .collect();
    let attribute = |name: &str, value: &str| json!({ "name": name, "value": value });
    let kind = spec.map_or("t3.small", |spec| spec.kind.as_str());
    let health = args.asks("include", "CONTAINER_INSTANCE_HEALTH").then(
        || json!({ "overallStatus": "OK", "details": [{ "type": "CONTAINER_RUNTIME", "status": "OK" }] }),
    );
    Out::new()
        .set("containerInstanceArn", instance_arn(engine, instance.cluster, instance.id))
        .set("ec2InstanceId", instance.ec2.clone())
        .maybe("capacityProviderName", spec.map(|spec| spec.name.clone()))
        .set("version", 14)
        .set(
            "versionInfo",
            json!({ "agentVersion": "1.98.0", "agentHash": "4d0c9c3f", "dockerVersion": "DockerVersion: 25.0.8" }),
        )
        .set("remainingResources", resources(free_cpu, free_memory, &ports(taken)))
        .set("registeredResources", resources(cpu, memory, &ports(Vec::new())))
        .set("status", "ACTIVE")
        .set("agentConnected", true)
        .set("runningTasksCount", count(engine.seated(instance).filter(|task| task.running()).count()))
        .set("pendingTasksCount", count(engine.seated(instance).filter(|task| task.pending()).count()))
        .set(
            "attributes",
            json!([
                attribute("ecs.availability-zone", &instance.zone),
                attribute("ecs.instance-type", kind),
                attribute("ecs.os-type", "linux"),
                attribute("ecs.cpu-architecture", "x86_64"),
                { "name": "com.amazonaws.ecs.capability.docker-remote-api.1.18" },
            ]),
        )
        .time("registeredAt", instance.registered_at)
        .set("attachments", json!([]))
        .set("tags", json!([]))
        .maybe("healthStatus", health)
        .done()
}

fn resources(cpu: u32, memory: u32, ports: &[String]) -> Value {
    let number = |name: &str, value: u32| json!({ "name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value });
    let set = |name: &str, ports: &[String]| json!({ "name": name, "type": "STRINGSET", "doubleValue": 0.0, "longValue": 0, "integerValue": 0, "stringSetValue": ports });
    json!([number("CPU", cpu), number("MEMORY", memory), set("PORTS", ports), set("PORTS_UDP", &[])])
}

/// Adds what says on what something of a service is launched, and with which network.
pub(in crate::sim) fn launched(out: Out, service: &Service, platform: &str) -> Out {
    let network = (!service.network.is_null()).then(|| service.network.clone());
    let out = match &service.launch {
        Launch::Fargate => {
            out.set("launchType", "FARGATE").set("platformVersion", platform).set("platformFamily", "Linux")
        }
        Launch::Ec2 => out.set("launchType", "EC2"),
        Launch::Provider(name) => out.set("capacityProviderStrategy", strategy(name)),
    };
    out.maybe("networkConfiguration", network)
}
