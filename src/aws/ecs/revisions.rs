//! The revisions a service ran or could run, newest first.

use super::arns;
use super::services;
use crate::{
    aws::{
        calls,
        clients::Clients,
        convert,
        ecs::{deployments, rows, versions},
    },
    model::{HistoricDeployment, Revision, ServiceKey, Trouble, TroubleKind},
};
use aws_sdk_ecs::types;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Revisions of the family that are listed beside those that were deployed.
const LISTED: usize = 20;
/// The most pages that are asked for them.
const PAGES: usize = 20;

/// Carries out `Ask::Revisions`.
pub(in crate::aws) async fn read(clients: &Arc<Clients>, key: &ServiceKey) -> Result<Vec<Revision>, Trouble> {
    let configured = clients.settings.pointers(key);
    let (described, history) = futures_util::join!(
        services::one(clients, key),
        deployments::of_service(clients, &key.cluster, &key.name, &configured)
    );
    let (service, _) = described?;
    let pointers = rows::pointers(clients, key, &service);
    let current = convert::name(rows::definition(&service).unwrap_or_default());
    let (family, _) = convert::family(&current);
    let listed = list(clients, &family).await?;
    // a history that cannot be read leaves the family's list, which is enough to go back by
    let history = history.unwrap_or(None).map(|(found, _)| found).unwrap_or_default();
    let mut found = deployed(&history, &current);
    for arn in listed.into_iter().chain([current.clone()]) {
        found.entry(arn.clone()).or_insert_with(|| Revision {
            label: label(&arn),
            current: arn == current,
            task_definition: arn,
            ..Revision::default()
        });
    }
    let unversioned: BTreeSet<String> =
        found.values().filter(|r| r.version.image.is_empty()).map(|r| r.task_definition.clone()).collect();
    let revisions = arns::revision_arns(&service);
    let _ = versions::load_revisions(clients, &revisions).await;
    let loaded = versions::load_definitions(clients, unversioned).await;
    let mut all: Vec<Revision> = found
        .into_values()
        .map(|mut revision| {
            if revision.version.image.is_empty() {
                revision.version = versions::known(clients, &revision.task_definition, &revisions, &pointers)
                    .map(|shipped| shipped.version)
                    .unwrap_or_default();
            }
            revision
        })
        .collect();
    all.sort_by_key(|r| std::cmp::Reverse(convert::family(&r.task_definition).1));
    match loaded {
        Err(trouble) if all.iter().all(|r| r.version.image.is_empty()) => Err(trouble),
        _ => Ok(all),
    }
}

fn label(arn: &str) -> String {
    let (family, revision) = convert::family(arn);
    format!("{family}:{revision}")
}

/// What the history says of each task definition; its newest deployment counts.
fn deployed(history: &[HistoricDeployment], current: &str) -> BTreeMap<String, Revision> {
    let mut found: BTreeMap<String, Revision> = BTreeMap::new();
    for deployment in history {
        let Some(arn) = &deployment.task_definition else { continue };
        found.entry(arn.clone()).or_insert_with(|| Revision {
            label: label(arn),
            task_definition: arn.clone(),
            version: deployment.version.clone(),
            at: deployment.started_at.or(deployment.created_at),
            outcome: deployment.status.word().to_owned(),
            current: arn == current,
        });
    }
    found
}

async fn list(clients: &Clients, family: &str) -> Result<Vec<String>, Trouble> {
    let on = format!("family {family}");
    let mut arns: Vec<String> = Vec::new();
    let mut next: Option<String> = None;
    // a page may hold less than was asked for, or nothing, and not be the last
    for _ in 0..PAGES {
        let request = || {
            clients
                .ecs()
                .list_task_definitions()
                .family_prefix(family)
                .sort(types::SortOrder::Desc)
                .max_results(i32::try_from(LISTED).unwrap_or(20))
                .set_next_token(next.take())
                .send()
        };
        let page = match clients.call(&calls::LIST_DEFINITIONS, &on, request).await {
            Ok(page) => page,
            Err(trouble) if trouble.kind == TroubleKind::Denied => return Ok(Vec::new()),
            Err(trouble) => return Err(trouble),
        };
        let own = page.task_definition_arns().iter().filter(|arn| convert::family(arn).0 == family);
        arns.extend(own.map(|arn| convert::name(arn)));
        next = page.next_token().map(str::to_owned);
        if next.is_none() || arns.len() >= LISTED {
            break;
        }
    }
    // a server that ignores the order gives all of them, oldest first
    arns.sort_by_key(|arn| std::cmp::Reverse(convert::family(arn).1));
    arns.truncate(LISTED);
    Ok(arns)
}
