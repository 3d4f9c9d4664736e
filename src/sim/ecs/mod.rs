//! ECS: what is told and what can be changed, in the shapes of its model.

mod capacity;
#[cfg(test)]
mod capacity_tests;
mod clusters;
pub(in crate::sim) mod definitions;
mod deployments;
pub(in crate::sim) mod express;
mod hooks;
#[cfg(test)]
mod rollout_tests;
mod run;
mod services;
mod task_shape;
mod tasks;
#[cfg(test)]
mod tests;
mod update;

use serde_json::{Value, json};

use super::api::{Answer, Call, Fault};
use super::args::{Args, Out, Paging};
use super::engine::Engine;
use super::engine::state::{ClusterIx, DefinitionIx, Launch, Service, ServiceIx};
use super::hash;
use super::world::ServiceSpec;

/// Answers one ECS call.
pub(super) fn handle(engine: &mut Engine, call: &Call) -> Answer {
    match call.op.as_str() {
        "ListClusters" => clusters::list(engine, call),
        "DescribeClusters" => clusters::describe(engine, call),
        "DescribeCapacityProviders" => capacity::providers(engine, call),
        "ListContainerInstances" => capacity::list(engine, call),
        "DescribeContainerInstances" => capacity::describe(engine, call),
        "ListTagsForResource" => clusters::tags(engine, call),
        "ListServices" => services::list(engine, call),
        "DescribeServices" => services::describe(engine, call),
        "DescribeTaskSets" => services::describe_task_sets(engine, call),
        "UpdateService" => update::service(engine, call),
        "ListTasks" => tasks::list(engine, call),
        "DescribeTasks" => tasks::describe(engine, call),
        "RunTask" => run::run(engine, call),
        "StopTask" => run::stop(engine, call),
        "RegisterTaskDefinition" => definitions::register(engine, call),
        "DescribeTaskDefinition" => definitions::describe(engine, call),
        "DeregisterTaskDefinition" => definitions::deregister(engine, call),
        "ListTaskDefinitionFamilies" => definitions::list_families(engine, call),
        "ListServicesByNamespace" => services::by_namespace(engine, call),
        "ListTaskDefinitions" => definitions::list(engine, call),
        "ListServiceDeployments" => deployments::list(engine, call),
        "DescribeServiceDeployments" => deployments::describe(engine, call),
        "DescribeServiceRevisions" => deployments::revisions(engine, call),
        "ContinueServiceDeployment" => hooks::decide(engine, call),
        "StopServiceDeployment" => deployments::stop(engine, call),
        "DescribeExpressGatewayService" => express::describe(engine, call),
        "UpdateExpressGatewayService" => express::update(engine, call),
        other => Err(Fault::unknown_operation(other)),
    }
}

/// ECS pages of a usual and a largest size.
fn paging(usual: usize) -> Paging<'static> {
    Paging { token: "nextToken", size: "maxResults", usual, most: 100, error: "InvalidParameterException" }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::client("InvalidParameterException", message)
}

/// More members than a call takes.
fn at_most(what: &str, found: usize, most: usize) -> Result<(), Fault> {
    if found > most {
        return Err(invalid(format!("{what} cannot have more than {most} members, found {found}")));
    }
    Ok(())
}

/// The ARN of something of ECS.
fn arn(account: &str, region: &str, tail: &str) -> String {
    format!("arn:aws:ecs:{region}:{account}:{tail}")
}

fn cluster_arn(engine: &Engine, ix: ClusterIx) -> String {
    engine
        .cluster(ix)
        .map_or_else(String::new, |c| arn(&c.account, &c.region, &format!("cluster/{}", c.name)))
}

fn spec_arn(spec: &ServiceSpec, kind: &str) -> String {
    arn(&spec.account, &spec.region, &format!("{kind}/{}/{}", spec.cluster, spec.name))
}

fn definition_arn(engine: &Engine, ix: DefinitionIx) -> String {
    engine.definition(ix).map_or_else(String::new, |d| {
        arn(&d.account, &d.region, &format!("task-definition/{}:{}", d.family, d.revision))
    })
}

/// The cluster that a call names, `default` when it names none.
fn the_cluster(engine: &Engine, call: &Call) -> Result<ClusterIx, Fault> {
    let name = Args(&call.input).text("cluster").unwrap_or("default");
    find_cluster(engine, call, name)
        .ok_or_else(|| Fault::client("ClusterNotFoundException", "Cluster not found."))
}

fn find_cluster(engine: &Engine, call: &Call, name: &str) -> Option<ClusterIx> {
    if name.starts_with("arn:") && !is_here(call, name) {
        return None;
    }
    let name = name.rsplit_once(":cluster/").map_or(name, |(_, name)| name);
    let here = |c: &super::engine::state::Cluster| c.account == call.account && c.region == call.region;
    engine.clusters.iter().position(|c| here(c) && c.name == name).map(ClusterIx)
}

/// Whether an ARN is of the account and region of the call.
fn is_here(call: &Call, arn: &str) -> bool {
    arn.starts_with(&format!("arn:aws:ecs:{}:{}:", call.region, call.account))
}

/// A service by name or ARN.
fn find_service(engine: &Engine, cluster: ClusterIx, name: &str) -> Option<ServiceIx> {
    let name = name.rsplit('/').next().unwrap_or(name);
    engine.find_service(&engine.cluster(cluster)?.name, name)
}

/// A service by its ARN alone.
fn find_service_arn(engine: &Engine, call: &Call, arn: &str) -> Option<ServiceIx> {
    let (_, tail) = arn.split_once(":service/")?;
    let (cluster, name) = tail.split_once('/')?;
    let cluster = find_cluster(engine, call, cluster).filter(|_| is_here(call, arn))?;
    find_service(engine, cluster, name)
}

fn service_not_found() -> Fault {
    Fault::client("ServiceNotFoundException", "Service not found.")
}

/// `[{key, value}]` of a map.
fn tag_list<'a>(tags: impl IntoIterator<Item = (&'a String, &'a String)>) -> Vec<Value> {
    tags.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

fn missing(arn: &str) -> Value {
    json!({ "arn": arn, "reason": "MISSING" })
}

/// Adds what says on what something of a service is launched, and with which network.
fn launched(out: Out, service: &Service, platform: &str) -> Out {
    let network = (!service.network.is_null()).then(|| service.network.clone());
    let out = match &service.launch {
        Launch::Fargate => {
            out.set("launchType", "FARGATE").set("platformVersion", platform).set("platformFamily", "Linux")
        }
        Launch::Ec2 => out.set("launchType", "EC2"),
        Launch::Provider(name) => out.set("capacityProviderStrategy", capacity::strategy(name)),
    };
    out.maybe("networkConfiguration", network)
}

/// The network configuration of a service at the start: two private subnets and a security group; null
/// where its tasks have no interface of their own.
pub(super) fn network(spec: &ServiceSpec) -> Value {
    if spec.ec2.as_ref().is_some_and(|ec2| ec2.network != "awsvpc") {
        return Value::Null;
    }
    json!({ "awsvpcConfiguration": {
        "subnets": subnets(&spec.cluster),
        "securityGroups": [security_group(&spec.name)],
        "assignPublicIp": "DISABLED",
    } })
}

fn subnets(cluster: &str) -> Vec<String> {
    (0..2).map(|n| format!("subnet-{:017x}", hash::of(cluster.as_bytes(), 16 + n) >> 4)).collect()
}

fn security_group(name: &str) -> String {
    format!("sg-{:017x}", hash::of(name.as_bytes(), 18) >> 4)
}
