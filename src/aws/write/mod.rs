//! Every change that the cockpit makes to AWS, by service. Nothing else in the crate calls a mutating operation.
//!
//! Each takes an [`Armed`] by value, compares its account with the caller's once more, and is sent exactly
//! once: the SDK's retries are off, because most of these operations have no idempotency token. RunTask has
//! one and is retried with it. What AWS refused for going too fast was not done and is tried again here.

mod apprunner;
mod ecr;
mod ecs;
mod s3;
mod task;

use super::{calls::Op, identity, link::Link, text};
use crate::model::{Armed, Kind, Trouble, TroubleKind, Write, Written, call::Identity};
use aws_smithy_async::rt::sleep::{AsyncSleep, TokioSleep};
use std::{future::Future, time::Duration};

/// Waits before what was throttled is tried again.
const AGAIN: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// Carries out one change.
pub(super) async fn carry_out(link: &Link, armed: Armed) -> Result<Written, Trouble> {
    let identity = identity::checked(link).await?;
    check(link, &armed, &identity)?;
    let local =
        refused(link, &armed, TroubleKind::Unsupported, "a local command is not run by AWS".to_owned());
    match armed.into_write() {
        Write::RegisterTaskDefinition { family, document } => ecs::register(link, &family, document).await,
        Write::UpdateService { cluster, service, task_definition, desired, force } => {
            let change = ecs::Change { cluster, service, task_definition, desired, force };
            ecs::update_service(link, change).await
        }
        Write::StopServiceDeployment { arn, rollback } => ecs::stop_deployment(link, &arn, rollback).await,
        Write::ContinueDeployment { arn, hook, rollback } => {
            ecs::continue_deployment(link, &arn, &hook, rollback).await
        }
        Write::RunTask(task) => task::run(link, &task).await,
        Write::StopTask { cluster, task, reason } => task::stop(link, &cluster, &task, &reason).await,
        Write::UpdateExpress { service, image } => ecs::update_express(link, &service, &image).await,
        Write::UpdateAppRunner { service, source, .. } => apprunner::update(link, &service, source).await,
        Write::StartDeployment { service } => apprunner::start(link, &service).await,
        Write::TagImage { repository, digest, tag } => ecr::tag(link, &repository, &digest, &tag).await,
        Write::PutObject { place, body, when } => s3::put(link, &place, &body, &when).await,
        Write::DeleteObject { place, etag } => s3::delete(link, &place, &etag).await,
        Write::RunLocal { .. } => Err(local),
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
