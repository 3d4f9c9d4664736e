//! The App Runner services of an environment.

use super::{
    list::{arn_of, key, listed},
    operations::{operations, telling},
    row::{apply, describe, read_service, row},
};
use crate::{
    aws::{
        caches::Listed,
        clients::Clients,
        convert,
        ecs::rows,
        memory::{Memory, Parts},
        settings::AppRunnerScope,
    },
    model::{Answer, Service, ServiceKey, ServiceState, Trouble, TroubleKind},
};
use futures_util::{StreamExt, stream};
use std::sync::Arc;

/// How long an unchanged row stands without being described again, milliseconds.
const ROW: i64 = 60_000;
/// Where App Runner's services are remembered under; no cluster has this name.
const SOURCE: &str = "\u{0}apprunner";

/// What `Ask::Fleet` found of App Runner.
#[derive(Debug, Default)]
pub(in crate::aws) struct Found {
    pub keys: Vec<ServiceKey>,
    pub gaps: Vec<Trouble>,
    pub beside: Vec<Trouble>,
}

/// Whether a list that failed says that App Runner is nothing to this caller: none in the region, or no leave, where
/// nobody named a service of it.
pub(super) fn is_elsewhere(scope: &AppRunnerScope, trouble: &Trouble) -> bool {
    let unresolved = trouble.kind == TroubleKind::Unreachable && trouble.why.contains("does not resolve");
    *scope == AppRunnerScope::All
        && (unresolved || matches!(trouble.kind, TroubleKind::Denied | TroubleKind::Unsupported))
}

pub(super) fn in_scope(scope: &AppRunnerScope, listed: &Listed) -> bool {
    match scope {
        AppRunnerScope::None => false,
        AppRunnerScope::All => true,
        AppRunnerScope::Named(names) => names.contains(&listed.name),
        AppRunnerScope::Tagged(tag) => listed.environment.as_ref() == Some(tag),
        AppRunnerScope::Untagged => listed.environment.is_none(),
    }
}

/// The App Runner part of `Ask::Fleet`. Its failures are gaps: whatever ECS tells stands.
pub(in crate::aws) async fn fleet(clients: &Arc<Clients>, memory: &Memory, parts: Parts<'_>) -> Found {
    let scope = &clients.settings.apprunner;
    if *scope == AppRunnerScope::None {
        return Found::default();
    }
    let tags = matches!(scope, AppRunnerScope::Tagged(_) | AppRunnerScope::Untagged);
    let list = match listed(clients, tags).await {
        Ok(list) => list,
        Err(trouble) => {
            let keys = memory.get(SOURCE);
            return if keys.is_empty() && is_elsewhere(scope, &trouble) {
                Found { beside: vec![trouble], ..Found::default() }
            } else {
                Found { keys, gaps: vec![trouble], ..Found::default() }
            };
        }
    };
    let mine: Vec<Listed> = list.iter().filter(|l| in_scope(scope, l)).cloned().collect();
    let keys: Vec<ServiceKey> = mine.iter().map(|l| key(clients, &l.name)).collect();
    memory.put(SOURCE, keys.clone());
    let mut gaps = Vec::new();
    let (known, unknown): (Vec<Listed>, Vec<Listed>) =
        mine.into_iter().partition(|l| reusable(clients, l).is_some());
    let seen_at = convert::now();
    let rows: Vec<Service> = known
        .iter()
        .filter_map(|l| reusable(clients, l))
        .map(|mut row| {
            row.seen_at = seen_at;
            row
        })
        .chain(unknown.iter().filter(|l| clients.account.caches.rows.get(&l.arn).is_none()).map(|l| {
            let mut row = Service::named(key(clients, &l.name), convert::name(&l.arn));
            rows::name_application(clients, &mut row);
            row
        }))
        .collect();
    if !rows.is_empty() {
        parts(Answer::Rows(rows));
    }
    let describe = unknown.into_iter().map(|listed| describe_listed(clients.clone(), listed));
    let mut described = stream::iter(describe).buffer_unordered(10).ready_chunks(20);
    let mut unexplained = Vec::new();
    while let Some(batch) = described.next().await {
        let mut rows = Vec::new();
        for result in batch {
            match result {
                Ok((row, explained)) => {
                    if !explained {
                        unexplained.push(row.clone());
                    }
                    rows.push(row);
                }
                Err(trouble) => gaps.push(trouble),
            }
        }
        if !rows.is_empty() {
            parts(Answer::Rows(rows));
        }
    }
    explain(clients, unexplained, parts).await;
    Found { keys, gaps, ..Found::default() }
}

/// Describes a listed service; false where its operations were not read and may tell more.
async fn describe_listed(clients: Arc<Clients>, listed: Listed) -> Result<(Service, bool), Trouble> {
    let busy = listed.status == "OPERATION_IN_PROGRESS";
    // its list of operations may lag behind its status: what is in progress is looked at anew each time
    let known =
        clients.account.caches.operations.get(&listed.arn).filter(|(at, _)| *at == listed.updated && !busy);
    match known {
        Some((_, operations)) => {
            let (service, _) = read_service(&clients, &listed.arn).await?;
            Ok((row(&clients, &service, &operations), true))
        }
        None if busy => Ok((describe(&clients, &listed.arn).await?, true)),
        None => {
            let (service, _) = read_service(&clients, &listed.arn).await?;
            Ok((row(&clients, &service, &[]), false))
        }
    }
}

/// Reads the operations of services that stand still, which tell how the last deployment went and when, and
/// sends the rows again. It comes last: nobody waits for it.
async fn explain(clients: &Arc<Clients>, rows: Vec<Service>, parts: Parts<'_>) {
    let read = rows.into_iter().map(|mut row| {
        let clients = clients.clone();
        async move {
            let found = operations(&clients, &row.arn, 1).await.ok()?;
            let status = match row.state {
                ServiceState::Steady => "RUNNING",
                ServiceState::Paused => "PAUSED",
                _ => return None,
            };
            let before = row.clone();
            apply(&mut row, status, &found);
            let (updated, _) = clients.account.caches.rows.get(&row.arn)?;
            clients.account.caches.operations.put(&row.arn, (updated, Arc::new(telling(found))));
            clients.account.caches.rows.put(&row.arn, (updated, row.clone()));
            (row != before).then_some(row)
        }
    });
    let mut explained = stream::iter(read).buffer_unordered(10).ready_chunks(20);
    while let Some(batch) = explained.next().await {
        let rows: Vec<Service> = batch.into_iter().flatten().collect();
        if !rows.is_empty() {
            parts(Answer::Rows(rows));
        }
    }
}

/// The row of a service that has not changed since it was described a short while ago.
fn reusable(clients: &Clients, listed: &Listed) -> Option<Service> {
    let (updated, mut row) = clients.account.caches.rows.get(&listed.arn)?;
    let age = convert::now().since(row.seen_at);
    let same = updated == listed.updated && matches!(listed.status.as_str(), "RUNNING" | "PAUSED");
    if !same || row.rollout.is_some() || !(0..ROW).contains(&age) {
        return None;
    }
    if (listed.status == "PAUSED") != (row.state == ServiceState::Paused) {
        return None;
    }
    row.key = key(clients, &listed.name);
    rows::name_application(clients, &mut row);
    Some(row)
}

/// Carries out `Ask::Rows` for App Runner.
pub(in crate::aws) async fn some(
    clients: &Arc<Clients>,
    keys: &[ServiceKey],
) -> Result<Vec<Service>, Trouble> {
    let read = keys.iter().map(|key| {
        let clients = clients.clone();
        let key = key.clone();
        async move {
            let arn = arn_of(&clients, &key).await?;
            describe(&clients, &arn).await
        }
    });
    let mut results = stream::iter(read.collect::<Vec<_>>()).buffer_unordered(10);
    let mut found = Vec::new();
    let mut failure = None;
    while let Some(result) = results.next().await {
        match result {
            Ok(row) => found.push(row),
            Err(trouble) => failure = Some(trouble),
        }
    }
    match failure {
        Some(trouble) if found.is_empty() => Err(trouble),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_choose_services() {
        let listed = |name: &str, environment: Option<&str>| Listed {
            arn: "a".into(),
            name: name.into(),
            updated: 0,
            status: "RUNNING".into(),
            environment: environment.map(str::to_owned),
        };
        let tagged = listed("api", Some("startup"));
        let plain = listed("old", None);
        for (scope, has_tagged, has_plain) in [
            (AppRunnerScope::None, false, false),
            (AppRunnerScope::All, true, true),
            (AppRunnerScope::Named(vec!["old".into()]), false, true),
            (AppRunnerScope::Tagged("startup".into()), true, false),
            (AppRunnerScope::Tagged("prod".into()), false, false),
            (AppRunnerScope::Untagged, false, true),
        ] {
            assert_eq!(
                (in_scope(&scope, &tagged), in_scope(&scope, &plain)),
                (has_tagged, has_plain),
                "{scope:?}"
            );
        }
    }
}
