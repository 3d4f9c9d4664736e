//! Every change that the cockpit makes to AWS. Nothing else in the crate calls a mutating operation.
//!
//! Each takes an [`Armed`] by value, compares its account with the caller's once more, and is sent exactly
//! once: the SDK's retries are off, because most of these operations have no idempotency token. RunTask has
//! one and is retried with it. What AWS refused for going too fast was not done and is tried again here.

use super::{calls, calls::Op, express, identity, link::Link, raw, text};
use crate::model::{
    Armed, Kind, Sealed, Trouble, TroubleKind, Write, Written, call::Identity, detail::Network,
};
use aws_sdk_ecs::types;
use aws_smithy_async::rt::sleep::{AsyncSleep, TokioSleep};
use aws_smithy_types::retry::RetryConfig;
use serde_json::json;
use std::{future::Future, time::Duration};

/// Waits before what was throttled is tried again.
const AGAIN: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// Carries out one change.
pub(super) async fn carry_out(link: &Link, armed: Armed) -> Result<Written, Trouble> {
    let identity = identity::checked(link).await?;
    check(link, &armed, &identity)?;
    let other = refused(link, &armed, TroubleKind::Unsupported, "this endpoint cannot do that".to_owned());
    match armed.into_write() {
        Write::RegisterTaskDefinition { family, document } => register(link, &family, document).await,
        Write::UpdateService { cluster, service, task_definition, desired, force } => {
            let change = Change { cluster, service, task_definition, desired, force };
            update_service(link, change).await
        }
        Write::StopServiceDeployment { arn, rollback } => stop_deployment(link, &arn, rollback).await,
        Write::RunTask {
            cluster,
            task_definition,
            container,
            command,
            environment,
            network,
            launch_type,
            capacity_providers,
            client_token,
            started_by,
        } => {
            let task = OneOff {
                cluster,
                task_definition,
                container,
                command,
                environment,
                network,
                launch_type,
                capacity_providers,
                client_token,
                started_by,
            };
            run_task(link, task).await
        }
        Write::StopTask { cluster, task, reason } => stop_task(link, &cluster, &task, &reason).await,
        Write::UpdateExpress { service, image } => update_express(link, &service, &image).await,
        Write::UpdateAppRunner { service, source, .. } => update_apprunner(link, &service, source).await,
        Write::StartDeployment { service } => start_deployment(link, &service).await,
        Write::ContinueDeployment { .. }
        | Write::TagImage { .. }
        | Write::PutObject { .. }
        | Write::DeleteObject { .. }
        | Write::RunLocal { .. } => Err(other),
    }
}

/// The last check before a change: environment and account are those of the plan.
fn check(link: &Link, armed: &Armed, identity: &Identity) -> Result<(), Trouble> {
    let key = armed.key();
    if key.environment != link.settings.name {
        return Err(refused(
            link,
            armed,
            TroubleKind::Refused,
            format!("the plan is for environment {}, not {}", key.environment, link.settings.name),
        ));
    }
    if armed.account() != identity.account {
        return Err(refused(
            link,
            armed,
            TroubleKind::WrongAccount,
            format!(
                "the plan was made in account {}, but {} signs in to account {}",
                text::name(armed.account()),
                link.session.caller.source,
                identity.account
            ),
        ));
    }
    if key.kind != Kind::AppRunner
        && matches!(armed.write(), Write::UpdateAppRunner { .. } | Write::StartDeployment { .. })
    {
        return Err(refused(
            link,
            armed,
            TroubleKind::Refused,
            format!("{key} is not an App Runner service"),
        ));
    }
    Ok(())
}

fn refused(link: &Link, armed: &Armed, kind: TroubleKind, why: String) -> Trouble {
    Trouble {
        kind,
        what: format!("call {}", armed.write().operation()),
        on: format!("{}, {}", armed.key(), link.session.caller.region),
        why,
        remedy: "plan the change again".to_owned(),
    }
}

/// Sends a change; where AWS refused it for going too fast, which means that it was not done, again.
async fn send<T, F, Fut>(attempt: F) -> Result<T, Trouble>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, Trouble>>,
{
    let mut waits = AGAIN.into_iter();
    loop {
        match attempt().await {
            Err(trouble) if trouble.kind == TroubleKind::Throttled => match waits.next() {
                Some(wait) => TokioSleep::new().sleep(wait).await,
                None => return Err(trouble),
            },
            answer => return answer,
        }
    }
}

fn ecs_once() -> aws_sdk_ecs::config::Builder {
    aws_sdk_ecs::config::Builder::new().retry_config(RetryConfig::disabled())
}

fn apprunner_once() -> aws_sdk_apprunner::config::Builder {
    aws_sdk_apprunner::config::Builder::new().retry_config(RetryConfig::disabled())
}

async fn register(link: &Link, family: &str, document: Sealed) -> Result<Written, Trouble> {
    let on = format!("family {family}");
    let answer = send(|| {
        let document = document.clone();
        let request = || {
            link.ecs()
                .register_task_definition()
                .family(family)
                .container_definitions(types::ContainerDefinition::builder().build())
                .customize()
                .config_override(ecs_once())
                // the document as AWS gave it, members this SDK does not know included
                .mutate_request(move |request| raw::replace_body(request, document.open()))
                .send()
        };
        link.change(&calls::REGISTER_DEFINITION, &on, request)
    })
    .await?;
    let arn = answer.task_definition().and_then(|d| d.task_definition_arn());
    match arn {
        Some(arn) => Ok(Written::TaskDefinition { arn: text::name(arn) }),
        None => Err(lost(link, &calls::REGISTER_DEFINITION, &on)),
    }
}

/// AWS said yes but not what became of it.
fn lost(link: &Link, op: &'static Op, on: &str) -> Trouble {
    let mut trouble = link.trouble(
        op,
        on,
        TroubleKind::Unreadable,
        "AWS accepted it, but the answer does not name the result",
    );
    "look at the service before trying again".clone_into(&mut trouble.remedy);
    trouble
}

struct Change {
    cluster: String,
    service: String,
    task_definition: Option<String>,
    desired: Option<u32>,
    force: bool,
}

async fn update_service(link: &Link, change: Change) -> Result<Written, Trouble> {
    let on = format!("{}/{}", change.cluster, change.service);
    let answer = send(|| {
        let request = || {
            link.ecs()
                .update_service()
                .cluster(&change.cluster)
                .service(&change.service)
                .set_task_definition(change.task_definition.clone())
                .set_desired_count(change.desired.and_then(|d| i32::try_from(d).ok()))
                .set_force_new_deployment(change.force.then_some(true))
                .customize()
                .config_override(ecs_once())
                .send()
        };
        link.change(&calls::UPDATE_SERVICE, &on, request)
    })
    .await?;
    let Some(service) = answer.service() else { return Err(lost(link, &calls::UPDATE_SERVICE, &on)) };
    let primary = service.deployments().iter().find(|d| d.status() == Some("PRIMARY"));
    let definition = service.task_definition().or_else(|| primary.and_then(|d| d.task_definition()));
    Ok(Written::Service {
        deployment: primary.and_then(|d| d.id()).map(text::name),
        service_deployment: service.current_service_deployment().map(text::name),
        task_definition: text::name(definition.unwrap_or_default()),
    })
}

async fn stop_deployment(link: &Link, arn: &str, rollback: bool) -> Result<Written, Trouble> {
    let on = text::tail(arn).to_owned();
    let kind = if rollback {
        types::StopServiceDeploymentStopType::Rollback
    } else {
        types::StopServiceDeploymentStopType::Abort
    };
    send(|| {
        let request = || {
            link.ecs()
                .stop_service_deployment()
                .service_deployment_arn(arn)
                .stop_type(kind.clone())
                .customize()
                .config_override(ecs_once())
                .send()
        };
        link.change(&calls::STOP_DEPLOYMENT, &on, request)
    })
    .await?;
    Ok(Written::Done)
}

struct OneOff {
    cluster: String,
    task_definition: String,
    container: String,
    command: Vec<String>,
    environment: Vec<(String, String)>,
    network: Option<Network>,
    launch_type: String,
    capacity_providers: Vec<(String, i32, i32)>,
    client_token: String,
    started_by: String,
}

impl OneOff {
    fn overrides(&self) -> types::TaskOverride {
        let pair =
            |(name, value): &(String, String)| types::KeyValuePair::builder().name(name).value(value).build();
        let environment: Vec<_> = self.environment.iter().map(pair).collect();
        let container = types::ContainerOverride::builder()
            .name(&self.container)
            .set_command(Some(self.command.clone()))
            .set_environment((!environment.is_empty()).then_some(environment))
            .build();
        types::TaskOverride::builder().container_overrides(container).build()
    }

    fn network(&self) -> Result<Option<types::NetworkConfiguration>, String> {
        let Some(network) = &self.network else { return Ok(None) };
        let public =
            if network.public_ip { types::AssignPublicIp::Enabled } else { types::AssignPublicIp::Disabled };
        let vpc = types::AwsVpcConfiguration::builder()
            .set_subnets(Some(network.subnets.clone()))
            .set_security_groups(Some(network.security_groups.clone()))
            .assign_public_ip(public)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Some(types::NetworkConfiguration::builder().awsvpc_configuration(vpc).build()))
    }

    /// Capacity providers, unless a launch type is given: AWS takes one of the two.
    fn strategy(&self) -> Result<Option<Vec<types::CapacityProviderStrategyItem>>, String> {
        if !self.launch_type.is_empty() || self.capacity_providers.is_empty() {
            return Ok(None);
        }
        let items: Result<Vec<_>, _> = self
            .capacity_providers
            .iter()
            .map(|(name, weight, base)| {
                types::CapacityProviderStrategyItem::builder()
                    .capacity_provider(name)
                    .weight(*weight)
                    .base(*base)
                    .build()
                    .map_err(|error| error.to_string())
            })
            .collect();
        items.map(Some)
    }
}

async fn run_task(link: &Link, task: OneOff) -> Result<Written, Trouble> {
    let on = format!("{} {}", task.cluster, text::tail(&task.task_definition));
    let bad = |why: String| link.trouble(&calls::RUN_TASK, &on, TroubleKind::Refused, why);
    if task.client_token.is_empty() || task.client_token.len() > 64 || !task.client_token.is_ascii() {
        return Err(bad("its idempotency token must be 1 to 64 ASCII characters".to_owned()));
    }
    let network = task.network().map_err(bad)?;
    let strategy = task.strategy().map_err(bad)?;
    let launch = (!task.launch_type.is_empty()).then(|| types::LaunchType::from(task.launch_type.as_str()));
    let answer = send(|| {
        // retried by the SDK as well: the token makes every try the same task
        let request = || {
            link.ecs()
                .run_task()
                .cluster(&task.cluster)
                .task_definition(&task.task_definition)
                .count(1)
                .overrides(task.overrides())
                .set_network_configuration(network.clone())
                .set_launch_type(launch.clone())
                .set_capacity_provider_strategy(strategy.clone())
                .client_token(&task.client_token)
                .set_started_by((!task.started_by.is_empty()).then(|| started_by(&task.started_by)))
                .send()
        };
        link.change(&calls::RUN_TASK, &on, request)
    })
    .await?;
    // AWS answers 200 and no task where there is no room for one
    if let Some(arn) = answer.tasks().first().and_then(|t| t.task_arn()) {
        return Ok(Written::Task { arn: text::name(arn) });
    }
    let failures: Vec<String> = answer
        .failures()
        .iter()
        .map(|f| {
            let reason = f.reason().unwrap_or("no reason told");
            match f.detail() {
                Some(detail) => format!("{reason} ({detail})"),
                None => reason.to_owned(),
            }
        })
        .collect();
    let why = if failures.is_empty() {
        "AWS started no task and told no reason".to_owned()
    } else {
        failures.join("; ")
    };
    Err(bad(why))
}

/// At most 128 of the characters that AWS takes.
fn started_by(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_') { c } else { '-' })
        .take(128)
        .collect()
}

async fn stop_task(link: &Link, cluster: &str, task: &str, reason: &str) -> Result<Written, Trouble> {
    let on = format!("{cluster}/{}", text::tail(task));
    send(|| {
        let request = || {
            link.ecs()
                .stop_task()
                .cluster(cluster)
                .task(task)
                .reason(reason)
                .customize()
                .config_override(ecs_once())
                .send()
        };
        link.change(&calls::STOP_TASK, &on, request)
    })
    .await?;
    Ok(Written::Done)
}

async fn update_express(link: &Link, service: &str, image: &str) -> Result<Written, Trouble> {
    let on = text::tail(service).to_owned();
    let container = express::container_with_image(link, service, image).await?;
    let body = json!({ "serviceArn": service, "primaryContainer": container });
    send(|| {
        let body = Sealed::new(body.clone());
        let request = || {
            link.ecs()
                .update_express_gateway_service()
                .service_arn(service)
                .customize()
                .config_override(ecs_once())
                .mutate_request(move |request| raw::replace_body(request, body.open()))
                .send()
        };
        link.change(&calls::UPDATE_EXPRESS, &on, request)
    })
    .await?;
    Ok(Written::Done)
}

async fn update_apprunner(link: &Link, service: &str, source: Sealed) -> Result<Written, Trouble> {
    let on = service_name(service);
    let answer = send(|| {
        let body =
            Sealed::new(json!({ "ServiceArn": service, "SourceConfiguration": source.open().clone() }));
        let request = || {
            link.apprunner()
                .update_service()
                .service_arn(service)
                .customize()
                .config_override(apprunner_once())
                .mutate_request(move |request| raw::replace_body(request, body.open()))
                .send()
        };
        link.change(&calls::AR_UPDATE, &on, request)
    })
    .await?;
    let id = answer.operation_id();
    if id.is_empty() {
        Err(lost(link, &calls::AR_UPDATE, &on))
    } else {
        Ok(Written::Operation { id: text::name(id) })
    }
}

async fn start_deployment(link: &Link, service: &str) -> Result<Written, Trouble> {
    let on = service_name(service);
    let answer = send(|| {
        let request = || {
            link.apprunner()
                .start_deployment()
                .service_arn(service)
                .customize()
                .config_override(apprunner_once())
                .send()
        };
        link.change(&calls::AR_START, &on, request)
    })
    .await?;
    let id = answer.operation_id();
    if id.is_empty() {
        Err(lost(link, &calls::AR_START, &on))
    } else {
        Ok(Written::Operation { id: text::name(id) })
    }
}

/// `name` of `arn:aws:apprunner:region:account:service/name/id`.
fn service_name(arn: &str) -> String {
    text::name(arn.split('/').nth(1).unwrap_or(arn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn started_by_is_made_of_what_aws_takes() {
        assert_eq!(started_by("flightdeck/run:1 é"), "flightdeck/run-1--");
        assert_eq!(started_by(&"x".repeat(200)).len(), 128);
    }

    #[test]
    fn a_launch_type_beats_capacity_providers() {
        let mut task = OneOff {
            cluster: "c".into(),
            task_definition: "d".into(),
            container: "service".into(),
            command: vec!["goose".into()],
            network: None,
            launch_type: "FARGATE".into(),
            capacity_providers: vec![("SPOT".into(), 1, 0)],
            client_token: "t".into(),
            started_by: "me".into(),
        };
        assert_eq!(task.strategy().unwrap(), None);
        task.launch_type.clear();
        assert_eq!(task.strategy().unwrap().unwrap().len(), 1);
    }
}
