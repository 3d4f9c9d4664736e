//! The App Runner services of an account, by name.

use crate::{
    aws::{caches::Listed, calls, clients::Clients, convert, ecs::rows},
    model::{Kind, ServiceKey, Trouble, TroubleKind},
};
use futures_util::{StreamExt, stream};
use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

/// Services or operations in one page.
pub(in crate::aws) const PAGE: i32 = 20;
/// How long one listing serves all environments of the account.
const LISTING: Duration = Duration::from_secs(2);
/// The most pages that are asked for operations.
pub(super) const PAGES_MOST: usize = 20;

/// Lists the account's services, with their environment tags where they are wanted. One listing serves all
/// environments that ask within two seconds.
pub(in crate::aws) async fn listed(clients: &Clients, tags: bool) -> Result<Arc<Vec<Listed>>, Trouble> {
    let caches = &clients.account.caches;
    let known = caches.no_apprunner.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(trouble) = known {
        return Err(trouble);
    }
    let mut slot = caches.apprunner.lock().await;
    let fresh = slot.as_ref().filter(|(at, _)| at.elapsed() < LISTING).map(|(_, list)| list.clone());
    let list = match fresh {
        Some(list) => list,
        None => match list(clients).await {
            Ok(list) => Arc::new(list),
            Err(trouble) => {
                if trouble.kind == TroubleKind::Unsupported {
                    *caches.no_apprunner.lock().unwrap_or_else(PoisonError::into_inner) =
                        Some(trouble.clone());
                }
                return Err(trouble);
            }
        },
    };
    let list = if tags { Arc::new(tagged(clients, &list).await?) } else { list };
    *slot = Some((Instant::now(), list.clone()));
    Ok(list)
}

pub(in crate::aws) async fn list(clients: &Clients) -> Result<Vec<Listed>, Trouble> {
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let request =
            || clients.apprunner().list_services().max_results(PAGE).set_next_token(next.take()).send();
        let page = clients.call(&calls::AR_LIST_SERVICES, "", request).await?;
        found.extend(page.service_summary_list().iter().filter_map(|s| {
            Some(Listed {
                arn: s.service_arn()?.to_owned(),
                name: convert::name(s.service_name().unwrap_or_default()),
                updated: s.updated_at().map_or(0, aws_smithy_types::DateTime::secs),
                status: s.status().map(|s| convert::name(s.as_str())).unwrap_or_default(),
                environment: None,
            })
        }));
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(found);
        }
    }
}

pub(in crate::aws) async fn tagged(clients: &Clients, list: &[Listed]) -> Result<Vec<Listed>, Trouble> {
    let read = list.iter().map(|listed| async move {
        let environment = environment_of(clients, &listed.arn).await?;
        Ok::<_, Trouble>(Listed { environment, ..listed.clone() })
    });
    let mut results = stream::iter(read.collect::<Vec<_>>()).buffered(10);
    let mut out = Vec::new();
    while let Some(result) = results.next().await {
        out.push(result?);
    }
    Ok(out)
}

async fn environment_of(clients: &Clients, arn: &str) -> Result<Option<String>, Trouble> {
    if let Some(known) = clients.account.caches.tags.get(arn) {
        return Ok(known);
    }
    let request = || clients.apprunner().list_tags_for_resource().resource_arn(arn).send();
    let answer = match clients.call(&calls::AR_LIST_TAGS, convert::tail(arn), request).await {
        Ok(answer) => answer,
        // whoever may not read tags still sees the services, as untagged ones
        Err(trouble) if matches!(trouble.kind, TroubleKind::Denied | TroubleKind::NotFound) => {
            clients.account.caches.tags.put(arn, None);
            return Ok(None);
        }
        Err(trouble) => return Err(trouble),
    };
    let tag = answer
        .tags()
        .iter()
        .find(|t| t.key().is_some_and(|k| k.eq_ignore_ascii_case("environment")))
        .and_then(|t| t.value())
        .filter(|v| !v.is_empty())
        .map(convert::name);
    clients.account.caches.tags.put(arn, tag.clone());
    Ok(tag)
}

pub(in crate::aws) fn key(clients: &Clients, name: &str) -> ServiceKey {
    rows::key(&clients.settings, Kind::AppRunner, "", name)
}

/// The ARN of a service in this environment by its name.
pub(in crate::aws) async fn arn_of(clients: &Clients, key: &ServiceKey) -> Result<String, Trouble> {
    let list = listed(clients, false).await?;
    list.iter().find(|l| *l.name == *key.name).map(|l| l.arn.clone()).ok_or_else(|| {
        clients.trouble(
            &calls::AR_LIST_SERVICES,
            &key.name,
            TroubleKind::NotFound,
            format!("App Runner has no service {}", key.name),
        )
    })
}
