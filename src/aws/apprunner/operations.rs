//! What was done to an App Runner service.

use super::list::{PAGE, PAGES_MOST};
use crate::{
    aws::{calls, clients::Clients, convert},
    model::{Operation, Trouble, TroubleKind},
};
use aws_sdk_apprunner::types;

/// Operations looked through for one.
const OPERATIONS: usize = 100;
/// How many of them screens show.
pub(in crate::aws) const NEWEST: usize = 20;

/// The newest operations of a service.
pub(in crate::aws) async fn operations(
    clients: &Clients,
    arn: &str,
    least: usize,
) -> Result<Vec<Operation>, Trouble> {
    let on = arn.split('/').nth(1).unwrap_or(arn).to_owned();
    let mut found = Vec::new();
    let mut next = None;
    // a page may hold less than was asked for, or nothing, and not be the last
    for _ in 0..PAGES_MOST {
        let request = || {
            clients
                .apprunner()
                .list_operations()
                .service_arn(arn)
                .max_results(PAGE)
                .set_next_token(next.take())
                .send()
        };
        let page = clients.call(&calls::AR_LIST_OPERATIONS, &on, request).await?;
        found.extend(page.operation_summary_list().iter().map(brief));
        next = page.next_token().map(str::to_owned);
        if next.is_none() || found.len() >= least {
            break;
        }
    }
    found.sort_by_key(|o: &Operation| std::cmp::Reverse(o.started_at));
    Ok(found)
}

fn brief(operation: &types::OperationSummary) -> Operation {
    Operation {
        id: convert::name(operation.id().unwrap_or_default()),
        kind: operation.r#type().map(|t| convert::name(t.as_str())).unwrap_or_default(),
        status: operation.status().map(|s| convert::name(s.as_str())).unwrap_or_default(),
        started_at: convert::stamp(operation.started_at()),
        ended_at: convert::stamp(operation.ended_at()),
    }
}

/// Carries out `Ask::Operation`.
pub(in crate::aws) async fn operation(
    clients: &Clients,
    arn: &str,
    id: &str,
) -> Result<Option<Operation>, Trouble> {
    match operations(clients, arn, OPERATIONS).await {
        Ok(found) => Ok(found.into_iter().find(|o| o.id == id)),
        Err(trouble) if trouble.kind == TroubleKind::NotFound => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// The operations a row is made from: the newest, and the newest deployment that worked.
pub(in crate::aws) fn telling(operations: Vec<Operation>) -> Vec<Operation> {
    let deployed = operations.iter().skip(1).find(|o| deployed(o)).cloned();
    operations.into_iter().take(1).chain(deployed).collect()
}

/// An operation that put an image in place.
pub(in crate::aws) fn deployed(operation: &Operation) -> bool {
    operation.status == "SUCCEEDED"
        && matches!(operation.kind.as_str(), "START_DEPLOYMENT" | "UPDATE_SERVICE" | "CREATE_SERVICE")
}
