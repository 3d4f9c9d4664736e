//! ECS: what is told and what can be changed, in the shapes of its model.

mod capacity;
#[cfg(test)]
mod capacity_tests;
mod clusters;
pub(in crate::sim) mod definitions;
mod deployments;
pub(super) mod dispatch;
pub(in crate::sim) mod express;
mod hooks;
#[cfg(test)]
mod rollout_tests;
mod run;
mod service_parts;
mod services;
mod task_sets;
mod task_shape;
mod tasks;
#[cfg(test)]
mod tests;
mod update;

use serde_json::{Value, json};

use super::api::{Call, Fault};
use super::args::{Args, Paging};
use super::engine::Engine;
use super::engine::state::{ClusterIx, DefinitionIx, Service, ServiceIx};
use super::world::ServiceSpec;

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

/// ARN of a service deployment.
pub(super) fn deployment_arn(spec: &ServiceSpec, id: &str) -> String {
    format!("{}/{id}", spec_arn(spec, "service-deployment"))
}

/// ARN of a service revision.
pub(super) fn revision_arn(service: &Service, place: usize) -> String {
    let id = service.revisions.get(place).map_or(0, |revision| revision.id);
    format!("{}/{id}", spec_arn(&service.spec, "service-revision"))
}
