//! Reads of App Runner.
//!
//! Its list tells neither image nor environment: every service is described, and its tags read, once; a row
//! whose status and moment of change are as before is not described again for a while.

mod detail;

pub(super) use detail::{detail, revisions};

use super::{
    account::Listed,
    calls,
    client::{Memory, Parts},
    ecs::rows,
    link::Link,
    raw::Capture,
    settings::AppRunnerScope,
    state, text,
};
use crate::model::{
    Answer, Kind, Operation, RolloutBrief, Sealed, Service, ServiceKey, ServiceState, Trouble, TroubleKind,
    Version,
};
use aws_sdk_apprunner::types;
use futures_util::{StreamExt, stream};
use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

/// Services or operations in one page.
const PAGE: i32 = 20;
/// How long one listing serves all environments of the account.
const LISTING: Duration = Duration::from_secs(2);
/// How long an unchanged row stands without being described again, milliseconds.
const ROW: i64 = 60_000;
/// Where App Runner's services are remembered under; no cluster has this name.
const SOURCE: &str = "\u{0}apprunner";
/// Operations looked through for one.
const OPERATIONS: usize = 100;
/// How many of them screens show.
const NEWEST: usize = 20;
/// The most pages that are asked for operations.
const PAGES_MOST: usize = 20;

/// What `Ask::Fleet` found of App Runner.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub keys: Vec<ServiceKey>,
    pub gaps: Vec<Trouble>,
    pub beside: Vec<Trouble>,
}

/// Whether a list that failed says that App Runner is nothing to this caller: none in the region, or no leave, where
/// nobody named a service of it.
fn is_elsewhere(scope: &AppRunnerScope, trouble: &Trouble) -> bool {
    let unresolved = trouble.kind == TroubleKind::Unreachable && trouble.why.contains("does not resolve");
    *scope == AppRunnerScope::All
        && (unresolved || matches!(trouble.kind, TroubleKind::Denied | TroubleKind::Unsupported))
}

/// Lists the account's services, with their environment tags where they are wanted. One listing serves all
/// environments that ask within two seconds.
pub(super) async fn listed(link: &Link, tags: bool) -> Result<Arc<Vec<Listed>>, Trouble> {
    let caches = &link.account.caches;
    let known = caches.no_apprunner.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(trouble) = known {
        return Err(trouble);
    }
    let mut slot = caches.apprunner.lock().await;
    let fresh = slot.as_ref().filter(|(at, _)| at.elapsed() < LISTING).map(|(_, list)| list.clone());
    let list = match fresh {
        Some(list) => list,
        None => match list(link).await {
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
    let list = if tags { Arc::new(tagged(link, &list).await?) } else { list };
    *slot = Some((Instant::now(), list.clone()));
    Ok(list)
}

async fn list(link: &Link) -> Result<Vec<Listed>, Trouble> {
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let request =
            || link.apprunner().list_services().max_results(PAGE).set_next_token(next.take()).send();
        let page = link.call(&calls::AR_LIST_SERVICES, "", request).await?;
        found.extend(page.service_summary_list().iter().filter_map(|s| {
            Some(Listed {
                arn: s.service_arn()?.to_owned(),
                name: text::name(s.service_name().unwrap_or_default()),
                updated: s.updated_at().map_or(0, aws_smithy_types::DateTime::secs),
                status: s.status().map(|s| text::name(s.as_str())).unwrap_or_default(),
                environment: None,
            })
        }));
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(found);
        }
    }
}

async fn tagged(link: &Link, list: &[Listed]) -> Result<Vec<Listed>, Trouble> {
    let read = list.iter().map(|listed| async move {
        let environment = environment_of(link, &listed.arn).await?;
        Ok::<_, Trouble>(Listed { environment, ..listed.clone() })
    });
    let mut results = stream::iter(read.collect::<Vec<_>>()).buffered(10);
    let mut out = Vec::new();
    while let Some(result) = results.next().await {
        out.push(result?);
    }
    Ok(out)
}

async fn environment_of(link: &Link, arn: &str) -> Result<Option<String>, Trouble> {
    if let Some(known) = link.account.caches.tags.get(arn) {
        return Ok(known);
    }
    let request = || link.apprunner().list_tags_for_resource().resource_arn(arn).send();
    let answer = match link.call(&calls::AR_LIST_TAGS, text::tail(arn), request).await {
        Ok(answer) => answer,
        // whoever may not read tags still sees the services, as untagged ones
        Err(trouble) if matches!(trouble.kind, TroubleKind::Denied | TroubleKind::NotFound) => {
            link.account.caches.tags.put(arn, None);
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
        .map(text::name);
    link.account.caches.tags.put(arn, tag.clone());
    Ok(tag)
}

fn in_scope(scope: &AppRunnerScope, listed: &Listed) -> bool {
    match scope {
        AppRunnerScope::None => false,
        AppRunnerScope::All => true,
        AppRunnerScope::Named(names) => names.contains(&listed.name),
        AppRunnerScope::Tagged(tag) => listed.environment.as_ref() == Some(tag),
        AppRunnerScope::Untagged => listed.environment.is_none(),
    }
}

/// The App Runner part of `Ask::Fleet`. Its failures are gaps: whatever ECS tells stands.
pub(super) async fn fleet(link: &Arc<Link>, memory: &Memory, parts: Parts<'_>) -> Found {
    let scope = &link.settings.apprunner;
    if *scope == AppRunnerScope::None {
        return Found::default();
    }
    let tags = matches!(scope, AppRunnerScope::Tagged(_) | AppRunnerScope::Untagged);
    let list = match listed(link, tags).await {
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
    let keys: Vec<ServiceKey> = mine.iter().map(|l| key(link, &l.name)).collect();
    memory.put(SOURCE, keys.clone());
    let mut gaps = Vec::new();
    let (known, unknown): (Vec<Listed>, Vec<Listed>) =
        mine.into_iter().partition(|l| reusable(link, l).is_some());
    let seen_at = text::now();
    let rows: Vec<Service> = known
        .iter()
        .filter_map(|l| reusable(link, l))
        .map(|mut row| {
            row.seen_at = seen_at;
            row
        })
        .chain(unknown.iter().filter(|l| link.account.caches.rows.get(&l.arn).is_none()).map(|l| {
            let mut row = Service::named(key(link, &l.name), text::name(&l.arn));
            rows::name_application(link, &mut row);
            row
        }))
        .collect();
    if !rows.is_empty() {
        parts(Answer::Rows(rows));
    }
    let describe = unknown.into_iter().map(|listed| describe_listed(link.clone(), listed));
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
    explain(link, unexplained, parts).await;
    Found { keys, gaps, ..Found::default() }
}

/// Describes a listed service; false where its operations were not read and may tell more.
async fn describe_listed(link: Arc<Link>, listed: Listed) -> Result<(Service, bool), Trouble> {
    let busy = listed.status == "OPERATION_IN_PROGRESS";
    // its list of operations may lag behind its status: what is in progress is looked at anew each time
    let known =
        link.account.caches.operations.get(&listed.arn).filter(|(at, _)| *at == listed.updated && !busy);
    match known {
        Some((_, operations)) => {
            let (service, _) = read_service(&link, &listed.arn).await?;
            Ok((row(&link, &service, &operations), true))
        }
        None if busy => Ok((describe(&link, &listed.arn).await?, true)),
        None => {
            let (service, _) = read_service(&link, &listed.arn).await?;
            Ok((row(&link, &service, &[]), false))
        }
    }
}

/// Reads the operations of services that stand still, which tell how the last deployment went and when, and
/// sends the rows again. It comes last: nobody waits for it.
async fn explain(link: &Arc<Link>, rows: Vec<Service>, parts: Parts<'_>) {
    let read = rows.into_iter().map(|mut row| {
        let link = link.clone();
        async move {
            let found = operations(&link, &row.arn, 1).await.ok()?;
            let status = match row.state {
                ServiceState::Steady => "RUNNING",
                ServiceState::Paused => "PAUSED",
                _ => return None,
            };
            let before = row.clone();
            apply(&mut row, status, &found);
            let (updated, _) = link.account.caches.rows.get(&row.arn)?;
            link.account.caches.operations.put(&row.arn, (updated, Arc::new(telling(found))));
            link.account.caches.rows.put(&row.arn, (updated, row.clone()));
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

/// The operations a row is made from: the newest, and the newest deployment that worked.
fn telling(operations: Vec<Operation>) -> Vec<Operation> {
    let deployed = operations.iter().skip(1).find(|o| deployed(o)).cloned();
    operations.into_iter().take(1).chain(deployed).collect()
}

fn key(link: &Link, name: &str) -> ServiceKey {
    rows::key(&link.settings, Kind::AppRunner, "", name)
}

/// The row of a service that has not changed since it was described a short while ago.
fn reusable(link: &Link, listed: &Listed) -> Option<Service> {
    let (updated, mut row) = link.account.caches.rows.get(&listed.arn)?;
    let age = text::now().since(row.seen_at);
    let same = updated == listed.updated && matches!(listed.status.as_str(), "RUNNING" | "PAUSED");
    if !same || row.rollout.is_some() || !(0..ROW).contains(&age) {
        return None;
    }
    if (listed.status == "PAUSED") != (row.state == ServiceState::Paused) {
        return None;
    }
    row.key = key(link, &listed.name);
    rows::name_application(link, &mut row);
    Some(row)
}

/// A described service, and the wire's own JSON of its source where that is asked for.
async fn read_service(link: &Link, arn: &str) -> Result<(types::Service, Option<Sealed>), Trouble> {
    let capture = Capture::default();
    let on = arn.split('/').nth(1).unwrap_or(arn).to_owned();
    let request = || {
        link.apprunner().describe_service().service_arn(arn).customize().interceptor(capture.clone()).send()
    };
    let answer = link.call(&calls::AR_DESCRIBE_SERVICE, &on, request).await?;
    let source = capture
        .json()
        .and_then(|mut json| json.pointer_mut("/Service/SourceConfiguration").map(serde_json::Value::take))
        .map(Sealed::new);
    match answer.service {
        Some(service) => Ok((service, source)),
        None => Err(link.trouble(
            &calls::AR_DESCRIBE_SERVICE,
            &on,
            TroubleKind::Unreadable,
            "the answer holds no service",
        )),
    }
}

async fn describe(link: &Link, arn: &str) -> Result<Service, Trouble> {
    let (service, operations) = futures_util::join!(read_service(link, arn), operations(link, arn, NEWEST));
    let (service, _) = service?;
    // without its operations a row lacks why and since when, no more
    let operations = telling(operations.unwrap_or_default());
    let updated = service.updated_at().secs();
    link.account.caches.operations.put(arn, (updated, Arc::new(operations.clone())));
    Ok(row(link, &service, &operations))
}

fn row(link: &Link, service: &types::Service, operations: &[Operation]) -> Service {
    let mut row = Service::named(key(link, service.service_name()), text::name(service.service_arn()));
    rows::name_application(link, &mut row);
    row.service_id = text::name(service.service_id());
    let image = image_of(service);
    row.version = version_of(service, &image);
    row.revision = image;
    row.deployed_at = text::stamp(Some(service.updated_at()));
    apply(&mut row, service.status().as_str(), operations);
    row.seen_at = text::now();
    link.account.caches.rows.put(service.service_arn(), (service.updated_at().secs(), row.clone()));
    row
}

/// What status and operations, newest first, say of a service.
fn apply(row: &mut Service, status: &str, operations: &[Operation]) {
    let newest = operations.first();
    let (state, note) = state::apprunner(status, newest.map(|o| (o.kind.as_str(), o.status.as_str())));
    row.state = state;
    row.note = note;
    row.rollout = (state == ServiceState::Rolling).then(|| {
        let running = newest.filter(|o| o.ended_at.is_none());
        RolloutBrief {
            started_at: running.and_then(|o| o.started_at).or(row.deployed_at),
            stage: running.map(|o| o.kind.clone()).unwrap_or_default(),
            rolling_back: running.is_some_and(|o| o.status.starts_with("ROLLBACK")),
            ..RolloutBrief::default()
        }
    });
    let since = operations.iter().find(|o| deployed(o)).and_then(|o| o.ended_at.or(o.started_at));
    row.deployed_at = since.or(row.deployed_at);
}

/// An operation that put an image in place.
fn deployed(operation: &Operation) -> bool {
    operation.status == "SUCCEEDED"
        && matches!(operation.kind.as_str(), "START_DEPLOYMENT" | "UPDATE_SERVICE" | "CREATE_SERVICE")
}

/// The image reference, or the repository and branch of a service that is built from code.
fn image_of(service: &types::Service) -> String {
    let Some(source) = service.source_configuration() else { return String::new() };
    match (source.image_repository(), source.code_repository()) {
        (Some(image), _) => text::name(image.image_identifier()),
        (None, Some(code)) => {
            let branch = code.source_code_version().map(|v| text::name(v.value())).unwrap_or_default();
            format!("{}#{branch}", text::name(code.repository_url()))
        }
        (None, None) => String::new(),
    }
}

/// The version of an image; of a service that is built from code its branch, since App Runner tells no commit
/// (SourceCodeVersion has the type BRANCH alone).
fn version_of(service: &types::Service, image: &str) -> Version {
    let code = service.source_configuration().filter(|s| s.image_repository().is_none());
    let Some(code) = code.and_then(types::SourceConfiguration::code_repository) else {
        return Version::of(image, None);
    };
    let branch = code.source_code_version().map(|v| text::name(v.value())).filter(|b| !b.is_empty());
    let image = if branch.is_some() { image.to_owned() } else { String::new() };
    Version { image, tag: branch, digest: None }
}

/// The newest operations of a service.
async fn operations(link: &Link, arn: &str, least: usize) -> Result<Vec<Operation>, Trouble> {
    let on = arn.split('/').nth(1).unwrap_or(arn).to_owned();
    let mut found = Vec::new();
    let mut next = None;
    // a page may hold less than was asked for, or nothing, and not be the last
    for _ in 0..PAGES_MOST {
        let request = || {
            link.apprunner()
                .list_operations()
                .service_arn(arn)
                .max_results(PAGE)
                .set_next_token(next.take())
                .send()
        };
        let page = link.call(&calls::AR_LIST_OPERATIONS, &on, request).await?;
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
        id: text::name(operation.id().unwrap_or_default()),
        kind: operation.r#type().map(|t| text::name(t.as_str())).unwrap_or_default(),
        status: operation.status().map(|s| text::name(s.as_str())).unwrap_or_default(),
        started_at: text::stamp(operation.started_at()),
        ended_at: text::stamp(operation.ended_at()),
    }
}

/// Carries out `Ask::Operation`.
pub(super) async fn operation(link: &Link, arn: &str, id: &str) -> Result<Option<Operation>, Trouble> {
    match operations(link, arn, OPERATIONS).await {
        Ok(found) => Ok(found.into_iter().find(|o| o.id == id)),
        Err(trouble) if trouble.kind == TroubleKind::NotFound => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// The ARN of a service in this environment by its name.
async fn arn_of(link: &Link, key: &ServiceKey) -> Result<String, Trouble> {
    let list = listed(link, false).await?;
    list.iter().find(|l| *l.name == *key.name).map(|l| l.arn.clone()).ok_or_else(|| {
        link.trouble(
            &calls::AR_LIST_SERVICES,
            &key.name,
            TroubleKind::NotFound,
            format!("App Runner has no service {}", key.name),
        )
    })
}

/// Carries out `Ask::Rows` for App Runner.
pub(super) async fn some(link: &Arc<Link>, keys: &[ServiceKey]) -> Result<Vec<Service>, Trouble> {
    let read = keys.iter().map(|key| {
        let link = link.clone();
        let key = key.clone();
        async move {
            let arn = arn_of(&link, &key).await?;
            describe(&link, &arn).await
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
