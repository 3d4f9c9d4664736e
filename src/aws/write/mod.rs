//! Every change that the cockpit makes to AWS, by service. Nothing else in the crate calls a mutating operation.
//!
//! Each takes an [`Armed`] by value, compares its account with the caller's once more, and is sent exactly
//! once: the SDK's retries are off, because most of these operations have no idempotency token. RunTask has
//! one and is retried with it. What AWS refused for going too fast was not done and is tried again here.

mod apprunner;
mod attempt;
mod ecr;
mod ecs;
mod s3;
mod task;

use super::{clients::Clients, convert, identity};
use crate::model::{Armed, Kind, Trouble, TroubleKind, Write, Written, identity::Identity};

/// Carries out one change.
pub(super) async fn carry_out(clients: &Clients, armed: Armed) -> Result<Written, Trouble> {
    let identity = identity::checked(clients).await?;
    check(clients, &armed, &identity)?;
    let local =
        refused(clients, &armed, TroubleKind::Unsupported, "a local command is not run by AWS".to_owned());
    match armed.into_write() {
        Write::RegisterTaskDefinition { family, document } => ecs::register(clients, &family, document).await,
        Write::UpdateService { cluster, service, task_definition, desired, force } => {
            let change = ecs::Change { cluster, service, task_definition, desired, force };
            ecs::update_service(clients, change).await
        }
        Write::StopServiceDeployment { arn, rollback } => ecs::stop_deployment(clients, &arn, rollback).await,
        Write::ContinueDeployment { arn, hook, rollback } => {
            ecs::continue_deployment(clients, &arn, &hook, rollback).await
        }
        Write::RunTask(task) => task::run(clients, &task).await,
        Write::StopTask { cluster, task, reason } => task::stop(clients, &cluster, &task, &reason).await,
        Write::UpdateExpress { service, image } => ecs::update_express(clients, &service, &image).await,
        Write::UpdateAppRunner { service, source, .. } => apprunner::update(clients, &service, source).await,
        Write::StartDeployment { service } => apprunner::start(clients, &service).await,
        Write::TagImage { repository, digest, tag } => ecr::tag(clients, &repository, &digest, &tag).await,
        Write::PutObject { place, body, when } => s3::put(clients, &place, &body, &when).await,
        Write::DeleteObject { place, etag } => s3::delete(clients, &place, &etag).await,
        Write::RunLocal { .. } => Err(local),
    }
}

/// The last check before a change: environment and account are those of the plan.
fn check(clients: &Clients, armed: &Armed, identity: &Identity) -> Result<(), Trouble> {
    let key = armed.key();
    if key.environment != clients.settings.name {
        return Err(refused(
            clients,
            armed,
            TroubleKind::Refused,
            format!("the plan is for environment {}, not {}", key.environment, clients.settings.name),
        ));
    }
    if armed.account() != identity.account {
        return Err(refused(
            clients,
            armed,
            TroubleKind::WrongAccount,
            format!(
                "the plan was made in account {}, but {} signs in to account {}",
                convert::name(armed.account()),
                clients.session.caller.source,
                identity.account
            ),
        ));
    }
    if key.kind != Kind::AppRunner
        && matches!(armed.write(), Write::UpdateAppRunner { .. } | Write::StartDeployment { .. })
    {
        return Err(refused(
            clients,
            armed,
            TroubleKind::Refused,
            format!("{key} is not an App Runner service"),
        ));
    }
    Ok(())
}

fn refused(clients: &Clients, armed: &Armed, kind: TroubleKind, why: String) -> Trouble {
    Trouble {
        kind,
        what: format!("call {}", armed.write().operation()),
        on: format!("{}, {}", armed.key(), clients.session.caller.region),
        why,
        remedy: "plan the change again".to_owned(),
    }
}
