//! Rollouts that wait at a lifecycle hook for somebody's decision: looked for among the rows, up to 20 in a call.
//!
//! DescribeServices tells which hooks a service has and its current deployment; only a hook of the kind PAUSE waits for
//! somebody (model of ECS: `DeploymentLifecycleHook.targetType`, `ServiceDeployment.lifecycleHookDetails[].status`).

use super::deployments::{self, BATCH};
use crate::{
    aws::{clients::Clients, convert},
    model::Hook,
};
use aws_sdk_ecs::types;

/// Reads which of these services' rollouts wait.
pub(in crate::aws) async fn look(clients: &Clients, services: &[types::Service]) {
    // what waited before may be over, or be another rollout by now
    for arn in services.iter().filter(|service| !may_wait(service)).filter_map(types::Service::service_arn) {
        clients.account.caches.waiting.put(&convert::name(arn), None);
    }
    let due: Vec<(&str, &str)> = services
        .iter()
        .filter(|service| may_wait(service))
        .filter_map(|service| Some((service.service_arn()?, service.current_service_deployment()?)))
        .collect();
    for due in due.chunks(BATCH) {
        let arns: Vec<String> = due.iter().map(|(_, deployment)| (*deployment).to_owned()).collect();
        let found = match deployments::described(clients, &arns, "rollouts that may wait").await {
            Ok((found, _)) => found,
            // a bad moment: what was read before holds
            Err(trouble) if trouble.loses_contact() => continue,
            Err(_) => Vec::new(),
        };
        for (service, arn) in due {
            let own = found.iter().find(|deployment| deployment.service_deployment_arn() == Some(arn));
            let waits = own.and_then(|deployment| {
                deployments::hooks(deployment).into_iter().find(Hook::waits).map(|hook| hook.awaited())
            });
            clients.account.caches.waiting.put(&convert::name(service), waits);
        }
    }
}

/// Whether a rollout is under way that pauses somewhere.
fn may_wait(service: &types::Service) -> bool {
    let pauses = |hook: &types::DeploymentLifecycleHook| {
        hook.target_type() == Some(&types::DeploymentLifecycleHookTargetType::Pause)
    };
    let hooks = service.deployment_configuration().map(types::DeploymentConfiguration::lifecycle_hooks);
    // no rollout state is told of a rollout that shifts traffic: old and new side by side tell it
    let state = |deployment: &types::Deployment| {
        deployment.rollout_state() == Some(&types::DeploymentRolloutState::InProgress)
    };
    let rolls = service.deployments().len() > 1 || service.deployments().iter().any(state);
    rolls && hooks.unwrap_or_default().iter().any(pauses)
}
