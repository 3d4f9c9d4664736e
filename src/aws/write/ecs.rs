//! Changes of ECS services: revisions, rollouts, Express services.

use super::attempt::{is_of_this, lost, send};
use crate::{
    aws::{asked, calls, clients::Clients, convert, ecs::late, express, raw_json},
    model::{Sealed, Trouble, Written},
};
use aws_sdk_ecs::types;
use aws_smithy_types::retry::RetryConfig;
use serde_json::{Value, json};

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
    let told = answer.task_definition().and_then(|d| Some((d, d.task_definition_arn()?)));
    let Some((told, arn)) = told else { return Err(lost(clients, &calls::REGISTER_DEFINITION, &on)) };
    let holds = asked::is(family, arn) && has_images(document.open(), told);
    is_of_this(clients, &calls::REGISTER_DEFINITION, &on, holds, arn)?;
    Ok(Written::TaskDefinition { arn: convert::name(arn) })
}

/// Whether what was registered has the images that were asked for: another revision of the family is another one. An answer
/// that tells no containers contradicts nothing.
fn has_images(document: &Value, told: &types::TaskDefinition) -> bool {
    let containers = told.container_definitions();
    let asked = document.get("containerDefinitions").and_then(Value::as_array);
    let member =
        |container: &Value, name: &str| container.get(name).and_then(Value::as_str).map(str::to_owned);
    asked.into_iter().flatten().all(|asked| {
        let (name, image) = (member(asked, "name"), member(asked, "image"));
        let same = |c: &types::ContainerDefinition| {
            c.name() == name.as_deref() && (image.is_none() || c.image() == image.as_deref())
        };
        containers.is_empty() || containers.iter().any(same)
    })
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
    let told = service.service_arn().unwrap_or_default();
    let named = told.is_empty() || asked::is(&change.service, told);
    let there = [service.cluster_arn().unwrap_or_default(), told]
        .into_iter()
        .all(|arn| arn.is_empty() || asked::is_in(&change.cluster, arn));
    is_of_this(clients, &calls::UPDATE_SERVICE, &on, named && there, told)?;
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
    let answer = send(|| {
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
    let told = answer.service_deployment_arn().unwrap_or_default();
    is_of_this(clients, &calls::STOP_DEPLOYMENT, &on, told.is_empty() || asked::is(arn, told), told)?;
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
    let answer = send(|| {
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
    let told = answer.service_deployment_arn().unwrap_or_default();
    is_of_this(clients, &calls::CONTINUE_DEPLOYMENT, &on, told.is_empty() || asked::is(arn, told), told)?;
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
    let answer = send(|| {
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
    let told = answer.service().and_then(|s| s.service_arn()).unwrap_or_default();
    is_of_this(clients, &calls::UPDATE_EXPRESS, &on, told.is_empty() || asked::is(service, told), told)?;
    Ok(Written::Done)
}
