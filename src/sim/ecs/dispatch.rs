//! Which operation of ECS is meant.

use super::{capacity, clusters, definitions, deployments, express, run, services, task_sets, tasks, update};
use crate::sim::api::{Answer, Call, Fault};
use crate::sim::engine::Engine;

/// Answers one ECS call.
pub(in crate::sim) fn handle(engine: &mut Engine, call: &Call) -> Answer {
    match call.op.as_str() {
        "ListClusters" => clusters::list(engine, call),
        "DescribeClusters" => clusters::describe(engine, call),
        "DescribeCapacityProviders" => capacity::providers(engine, call),
        "ListContainerInstances" => capacity::list(engine, call),
        "DescribeContainerInstances" => capacity::describe(engine, call),
        "ListTagsForResource" => clusters::tags(engine, call),
        "ListServices" => services::list(engine, call),
        "DescribeServices" => services::describe(engine, call),
        "DescribeTaskSets" => task_sets::describe(engine, call),
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
        "ContinueServiceDeployment" => deployments::decide(engine, call),
        "StopServiceDeployment" => deployments::stop(engine, call),
        "DescribeExpressGatewayService" => express::describe(engine, call),
        "UpdateExpressGatewayService" => express::update(engine, call),
        other => Err(Fault::unknown_operation(other)),
    }
}
