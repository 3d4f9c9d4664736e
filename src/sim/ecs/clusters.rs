//! ListClusters, DescribeClusters, ListTagsForResource.

use serde_json::{Value, json};

use super::capacity::strategy;
use super::{at_most, cluster_arn, find_cluster, find_service_arn, invalid, missing, paging, tag_list};
use crate::sim::api::{Answer, Call, Fault};
use crate::sim::args::{Args, Out};
use crate::sim::engine::Engine;
use crate::sim::engine::num::count;
use crate::sim::engine::state::{ClusterIx, Launch, Task};

pub(super) fn list(engine: &Engine, call: &Call) -> Answer {
    let arns: Vec<String> = engine
        .clusters
        .iter()
        .enumerate()
        .filter(|(_, c)| c.account == call.account && c.region == call.region)
        .map(|(place, _)| cluster_arn(engine, ClusterIx(place)))
        .collect();
    let (page, next) = paging(100).page(Args(&call.input), arns)?;
    Ok(Out::new().set("clusterArns", page).maybe("nextToken", next).done())
}

pub(super) fn describe(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let mut names = args.texts("clusters");
    if names.is_empty() {
        names.push("default");
    }
    at_most("Clusters", names.len(), 100)?;
    let (mut clusters, mut failures) = (Vec::new(), Vec::new());
    for name in names {
        match find_cluster(engine, call, name) {
            Some(ix) => clusters.push(shape(engine, args, ix)),
            None if name.starts_with("arn:") => failures.push(missing(name)),
            None => {
                let arn = super::arn(&call.account, &call.region, &format!("cluster/{name}"));
                failures.push(missing(&arn));
            }
        }
    }
    Ok(json!({ "clusters": clusters, "failures": failures }))
}

fn shape(engine: &Engine, args: Args<'_>, ix: ClusterIx) -> Value {
    let Some(cluster) = engine.cluster(ix) else { return Value::Null };
    let tasks = || cluster.tasks.iter().filter_map(|id| engine.tasks.get(id));
    let running = count(tasks().filter(|task| task.running()).count());
    let pending = count(tasks().filter(|task| task.pending()).count());
    let services = || cluster.services.iter().filter_map(|ix| engine.service(*ix));
    let of = |fargate: bool| count(services().filter(|s| (s.launch == Launch::Fargate) == fargate).count());
    let on = |fargate: bool, fits: fn(&Task) -> bool| {
        count(tasks().filter(|task| (task.launch == Launch::Fargate) == fargate && fits(task)).count())
    };
    let instances = count(engine.instances.iter().filter(|instance| instance.cluster == ix).count());
    let own: Vec<&str> =
        engine.providers.iter().filter(|p| p.cluster == ix).map(|p| p.spec.name.as_str()).collect();
    let statistics = args.asks("include", "STATISTICS").then(|| {
        [
            ("runningEC2TasksCount", on(false, Task::running)),
            ("runningFargateTasksCount", on(true, Task::running)),
            ("pendingEC2TasksCount", on(false, Task::pending)),
            ("pendingFargateTasksCount", on(true, Task::pending)),
            ("activeEC2ServiceCount", of(false)),
            ("drainingEC2ServiceCount", 0),
            ("activeFargateServiceCount", of(true)),
            ("drainingFargateServiceCount", 0),
        ]
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value.to_string() }))
        .collect::<Vec<_>>()
    });
    let settings = args
        .asks("include", "SETTINGS")
        .then(|| json!([{ "name": "containerInsights", "value": "enabled" }]));
    let tags = args
        .asks("include", "TAGS")
        .then(|| vec![json!({ "key": "environment", "value": cluster.environment })]);
    let configuration = args
        .asks("include", "CONFIGURATIONS")
        .then(|| json!({ "executeCommandConfiguration": { "logging": "DEFAULT" } }));
    Out::new()
        .set("clusterArn", cluster_arn(engine, ix))
        .set("clusterName", cluster.name.clone())
        .set("status", "ACTIVE")
        .set("registeredContainerInstancesCount", instances)
        .set("runningTasksCount", running)
        .set("pendingTasksCount", pending)
        .set("activeServicesCount", count(cluster.services.len()))
        .set("statistics", statistics.unwrap_or_default())
        .set("tags", tags.unwrap_or_default())
        .set("settings", settings.unwrap_or_else(|| json!([])))
        .maybe("configuration", configuration)
        .set(
            "capacityProviders",
            if own.is_empty() { json!(["FARGATE", "FARGATE_SPOT"]) } else { json!(own) },
        )
        .set("defaultCapacityProviderStrategy", strategy(own.first().unwrap_or(&"FARGATE")))
        .done()
}

pub(super) fn tags(engine: &Engine, call: &Call) -> Answer {
    let arn = Args(&call.input).text("resourceArn").ok_or_else(|| invalid("resourceArn is required"))?;
    let tags = if let Some(ix) = find_service_arn(engine, call, arn) {
        engine.service(ix).map(|service| tag_list(&service.spec.tags))
    } else if arn.contains(":cluster/") {
        let cluster = find_cluster(engine, call, arn).and_then(|ix| engine.cluster(ix));
        cluster.map(|cluster| vec![json!({ "key": "environment", "value": cluster.environment })])
    } else if arn.contains(":task-definition/") {
        let found = super::definitions::find(engine, call, arn).and_then(|ix| engine.definition(ix));
        found.map(|definition| definition.tags.clone())
    } else {
        let found = super::tasks::find(engine, arn.rsplit('/').next().unwrap_or(arn));
        found.and_then(|id| engine.tasks.get(&id)).map(|task| task.tags.clone())
    };
    match tags {
        Some(tags) => Ok(json!({ "tags": tags })),
        None => Err(Fault::client("InvalidParameterException", "The specified resource was not found.")),
    }
}
