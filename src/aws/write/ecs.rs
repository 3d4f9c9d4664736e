//! Changes of ECS services: revisions, rollouts, Express services.

use super::attempt::{lost, send};
use crate::{
    aws::{calls, clients::Clients, convert, ecs::late, express, raw_json},
    model::{Sealed, Trouble, Written},
};
use aws_sdk_ecs::types;
use aws_smithy_types::retry::RetryConfig;
use serde_json::json;

/// Sent once: what is not answered may have been done.
pub(super) fn once() -> aws_sdk_ecs::config::Builder {
    aws_sdk_ecs::config::Builder::new().retry_config(RetryConfig::disabled())
}

/// Registers a document as a revision of a family.
pub(super) async fn register(clients: &Clients, family: &str, document: Sealed) -> Result<Written, Trouble> {
    let on = format!("family {family}");
    let answer = send(|| {
        let document = document.clone();
        let request = || {
            clients
                .ecs()
                .register_task_definition()
                .family(family)
                .container_definitions(types::ContainerDefinition::builder().build())
                .customize()
                .config_override(once())
                // the document as AWS gave it, members this SDK does not know included
                .mutate_request(move |request| raw_json::replace_body(request, document.open()))
                .send()
        };
        clients.change(&calls::REGISTER_DEFINITION, &on, request)
    })
    .await?;
    let arn = answer.task_definition().and_then(|d| d.task_definition_arn());
    match arn {
        Some(arn) => Ok(Written::TaskDefinition { arn: convert::name(arn) }),
        None => Err(lost(clients, &calls::REGISTER_DEFINITION, &on)),
    }
}

/// What is changed of a service.
pub(super) struct Change {
    pub cluster: String,
    pub service: String,
    pub task_definition: Option<String>,
    pub desired: Option<u32>,
    pub force: bool,
}

pub(super) async fn update_service(clients: &Clients, change: Change) -> Result<Written, Trouble> {
    let on = format!("{}/{}", change.cluster, change.service);
    let answer = send(|| {
        let request = || {
            clients
                .ecs()
                .update_service()
                .cluster(&change.cluster)
                .service(&change.service)
                .set_task_definition(change.task_definition.clone())
                .set_desired_count(change.desired.and_then(|d| i32::try_from(d).ok()))
                .set_force_new_deployment(change.force.then_some(true))
                .customize()
                .config_override(once())
                .send()
        };
        clients.change(&calls::UPDATE_SERVICE, &on, request)
    })
    .await?;
    let Some(service) = answer.service() else { return Err(lost(clients, &calls::UPDATE_SERVICE, &on)) };
    let primary = service.deployments().iter().find(|d| d.status() == Some("PRIMARY"));
    late::note(clients, &on, primary);
    let definition = service.task_definition().or_else(|| primary.and_then(|d| d.task_definition()));
    Ok(Written::Service {
        deployment: primary.and_then(|d| d.id()).map(convert::name),
        service_deployment: service.current_service_deployment().map(convert::name),
        task_definition: convert::name(definition.unwrap_or_default()),
    })
}

pub(super) async fn stop_deployment(
    clients: &Clients,
    arn: &str,
    rollback: bool,
) -> Result<Written, Trouble> {
    let on = convert::tail(arn).to_owned();
    let kind = if rollback {
        types::StopServiceDeploymentStopType::Rollback
    } else {
        types::StopServiceDeploymentStopType::Abort
    };
    send(|| {
        let request = || {
            clients
                .ecs()
                .stop_service_deployment()
                .service_deployment_arn(arn)
                .stop_type(kind.clone())
                .customize()
                .config_override(once())
                .send()
        };
        clients.change(&calls::STOP_DEPLOYMENT, &on, request)
    })
    .await?;
    Ok(Written::Done)
}

/// Decides a lifecycle hook that waits. Repeated it would decide the next one, so it is sent once.
pub(super) async fn continue_deployment(
    clients: &Clients,
    arn: &str,
    hook: &str,
    rollback: bool,
) -> Result<Written, Trouble> {
    let on = format!("{} at {}", convert::tail(arn), convert::name(hook));
    let action = if rollback {
        types::DeploymentLifecycleHookAction::Rollback
    } else {
        types::DeploymentLifecycleHookAction::Continue
    };
    send(|| {
        let request = || {
            clients
                .ecs()
                .continue_service_deployment()
                .service_deployment_arn(arn)
                .hook_id(hook)
                .action(action.clone())
                .customize()
                .config_override(once())
                .send()
        };
        clients.change(&calls::CONTINUE_DEPLOYMENT, &on, request)
    })
    .await?;
    Ok(Written::Done)
}

pub(super) async fn update_express(
    clients: &Clients,
    service: &str,
    image: &str,
) -> Result<Written, Trouble> {
    let on = convert::tail(service).to_owned();
    let container = express::container_with_image(clients, service, image).await?;
    let body = json!({ "serviceArn": service, "primaryContainer": container });
    send(|| {
        let body = Sealed::new(body.clone());
        let request = || {
            clients
                .ecs()
                .update_express_gateway_service()
                .service_arn(service)
                .customize()
                .config_override(once())
                .mutate_request(move |request| raw_json::replace_body(request, body.open()))
                .send()
        };
        clients.change(&calls::UPDATE_EXPRESS, &on, request)
    })
    .await?;
    Ok(Written::Done)
}
