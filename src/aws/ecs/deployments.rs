//! Service deployments: how rollouts went and go.

use crate::{
    aws::{
        account::RevisionFacts,
        calls,
        ecs::{rows, versions},
        link::Link,
        text,
    },
    model::{
        DeploymentStatus, HistoricDeployment, Hook, Kind, Pointers, ServiceKey, Trouble, TroubleKind, Version,
    },
};
use aws_sdk_ecs::types;
use std::sync::{Arc, atomic::Ordering};

/// Service deployments in one call of DescribeServiceDeployments, and as many as are read back.
const BATCH: usize = 20;

/// Service deployments, newest first, and why some of them are known by what their list says alone.
pub(in crate::aws) type History = (Vec<HistoricDeployment>, Vec<Trouble>);

/// The newest service deployments of a service; none where the endpoint has no such operation.
pub(in crate::aws) async fn of_service(
    link: &Arc<Link>,
    cluster: &str,
    service: &str,
    configured: &Pointers,
) -> Result<Option<History>, Trouble> {
    let unknown = &link.account.caches.no_deployments;
    if unknown.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let briefs = match list(link, cluster, service).await {
        Ok(briefs) => briefs,
        Err(trouble) if trouble.kind == TroubleKind::Unsupported => {
            unknown.store(true, Ordering::Relaxed);
            return Ok(None);
        }
        Err(trouble) => return Err(trouble),
    };
    let arns: Vec<String> =
        briefs.iter().filter_map(|b| b.service_deployment_arn().map(str::to_owned)).collect();
    let on = format!("{cluster}/{service}");
    let (mut found, unread) = described(link, &arns, &on).await?;
    let targets = found.iter().flat_map(revisions_of);
    let targets =
        targets.chain(briefs.iter().filter_map(|b| b.target_service_revision_arn().map(str::to_owned)));
    let targets: Vec<String> = targets.collect();
    // without them the history lacks its versions, which is less than lacking the history
    let _ = versions::load_revisions(link, &targets).await;
    load_unread(link, &targets, configured).await;
    let mut all: Vec<HistoricDeployment> = Vec::new();
    for brief in &briefs {
        let own = |d: &types::ServiceDeployment| d.service_deployment_arn() == brief.service_deployment_arn();
        match found.iter().position(own) {
            Some(place) => all.push(historic(link, &found.swap_remove(place), configured)),
            None => all.push(listed(link, brief, configured)),
        }
    }
    all.sort_by_key(|d| std::cmp::Reverse(d.created_at.or(d.started_at)));
    Ok(Some((all, unread)))
}

async fn list(
    link: &Link,
    cluster: &str,
    service: &str,
) -> Result<Vec<types::ServiceDeploymentBrief>, Trouble> {
    let on = format!("{cluster}/{service}");
    let mut found: Vec<types::ServiceDeploymentBrief> = Vec::new();
    let mut next = None;
    loop {
        let request = || {
            link.ecs()
                .list_service_deployments()
                .cluster(cluster)
                .service(service)
                .max_results(100)
                .set_next_token(next.take())
                .send()
        };
        let page = link.call(&calls::LIST_DEPLOYMENTS, &on, request).await?;
        next = page.next_token().map(str::to_owned);
        found.extend(page.service_deployments.unwrap_or_default());
        // pages come newest first; the rest of the 90 days is not looked at
        if next.is_none() || found.len() >= 100 {
            break;
        }
    }
    found.sort_by_key(|brief| std::cmp::Reverse(brief.created_at().copied()));
    found.truncate(BATCH);
    Ok(found)
}

/// Describes service deployments. One whose service revision AWS does not describe any more fails the call, or is
/// left out of it (model of ECS: DescribeServiceDeployments, `failures`): it costs itself alone.
async fn described(
    link: &Link,
    arns: &[String],
    on: &str,
) -> Result<(Vec<types::ServiceDeployment>, Vec<Trouble>), Trouble> {
    if arns.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let trouble = match ask(link, arns, on).await {
        Ok(found) => return Ok(found),
        Err(trouble) if arns.len() > 1 && trouble.is_of_one() => trouble,
        Err(trouble) => return Err(trouble),
    };
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for arn in arns {
        match ask(link, std::slice::from_ref(arn), on).await {
            Ok((some, missing)) => {
                found.extend(some);
                unread.extend(missing);
            }
            Err(other) => {
                unread.push(other);
                // the second that fails alike: it is about all of them
                if found.is_empty() && unread.len() > 1 {
                    return Err(trouble);
                }
            }
        }
    }
    Ok((found, unread))
}

async fn ask(
    link: &Link,
    arns: &[String],
    on: &str,
) -> Result<(Vec<types::ServiceDeployment>, Vec<Trouble>), Trouble> {
    let request =
        || link.ecs().describe_service_deployments().set_service_deployment_arns(Some(arns.to_vec())).send();
    let answer = link.call(&calls::DESCRIBE_DEPLOYMENTS, on, request).await?;
    let missing = answer.failures().iter().map(|failure| {
        let reason = text::name(failure.detail().or(failure.reason()).unwrap_or("it gives no reason"));
        let why = format!("ECS does not describe one of them: {reason}");
        link.trouble(&calls::DESCRIBE_DEPLOYMENTS, on, TroubleKind::NotFound, why)
    });
    let missing: Vec<Trouble> = missing.collect();
    Ok((answer.service_deployments.unwrap_or_default(), missing))
}

/// What the list alone says of a service deployment.
fn listed(link: &Link, brief: &types::ServiceDeploymentBrief, configured: &Pointers) -> HistoricDeployment {
    let target = brief.target_service_revision_arn().map(text::name);
    let facts = target.as_deref().and_then(|arn| link.account.caches.revisions.get(arn));
    HistoricDeployment {
        arn: text::name(brief.service_deployment_arn().unwrap_or_default()),
        status: brief.status().map_or(DeploymentStatus::Unknown, |s| DeploymentStatus::parse(s.as_str())),
        reason: text::line(brief.status_reason()),
        stage: String::new(),
        strategy: String::new(),
        created_at: text::stamp(brief.created_at()),
        started_at: text::stamp(brief.started_at()),
        finished_at: text::stamp(brief.finished_at()),
        task_definition: facts.as_ref().map(|f| f.task_definition.clone()),
        version: facts.and_then(|f| version(link, &f, configured)).unwrap_or_default(),
        target_revision: target,
        target_counts: None,
        source_running: None,
        breaker: None,
        alarms: None,
        hooks: Vec::new(),
        traffic: None,
        rollback: None,
        back_to: None,
    }
}

/// One service deployment; none where it is unknown.
pub(in crate::aws) async fn one(link: &Link, arn: &str) -> Result<Option<HistoricDeployment>, Trouble> {
    let arn = arn.to_owned();
    match described(link, std::slice::from_ref(&arn), text::tail(&arn)).await {
        Ok((found, _)) => {
            let Some(found) = found.into_iter().next() else { return Ok(None) };
            let targets: Vec<String> = revisions_of(&found).collect();
            let configured = key_of(link, &arn).map(|key| link.settings.pointers(&key)).unwrap_or_default();
            let _ = versions::load_revisions(link, &targets).await;
            load_unread(link, &targets, &configured).await;
            Ok(Some(historic(link, &found, &configured)))
        }
        Err(trouble) if trouble.kind == TroubleKind::NotFound => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// The revision that a service deployment puts in place, and the one that its rollback does.
fn revisions_of(deployment: &types::ServiceDeployment) -> impl Iterator<Item = String> {
    let target = deployment.target_service_revision().and_then(|t| t.arn());
    let back = deployment.rollback().and_then(|r| r.service_revision_arn());
    target.into_iter().chain(back).map(str::to_owned)
}

/// The service in `…:service-deployment/CLUSTER/SERVICE/ID`.
fn key_of(link: &Link, arn: &str) -> Option<ServiceKey> {
    let mut parts = arn.split_once(":service-deployment/")?.1.split('/');
    let (cluster, service) = (parts.next()?, parts.next()?);
    Some(rows::key(&link.settings, Kind::Ecs, cluster, service))
}

/// Reads the task definitions of service revisions that do not tell by themselves which container is the application.
async fn load_unread(link: &Link, revisions: &[String], configured: &Pointers) {
    let unread = revisions
        .iter()
        .filter_map(|arn| link.account.caches.revisions.get(arn))
        .filter(|facts| version(link, facts, configured).is_none())
        .map(|facts| facts.task_definition.clone())
        .collect();
    let _ = versions::load_definitions(link, unread).await;
}

/// The application's image in a revision, by what pointed at its container then; none where its task definition has
/// to be read for that.
fn version(link: &Link, facts: &RevisionFacts, configured: &Pointers) -> Option<Version> {
    let own = &facts.pointers;
    let pointers = Pointers {
        balancers: own.balancers.clone(),
        registries: own.registries.clone(),
        ports: own.ports.clone(),
        ..configured.clone()
    };
    let read = link.account.caches.images.get(&facts.task_definition);
    versions::shipped(&facts.images, read.as_ref().map(|images| images.as_slice()), &pointers)
        .map(|shipped| shipped.version)
}

fn historic(link: &Link, deployment: &types::ServiceDeployment, configured: &Pointers) -> HistoricDeployment {
    let target = deployment.target_service_revision();
    let target_revision = target.and_then(|t| t.arn()).map(text::name);
    let facts = target_revision.as_deref().and_then(|arn| link.account.caches.revisions.get(arn));
    let sources = deployment.source_service_revisions();
    HistoricDeployment {
        arn: text::name(deployment.service_deployment_arn().unwrap_or_default()),
        status: deployment
            .status()
            .map_or(DeploymentStatus::Unknown, |s| DeploymentStatus::parse(s.as_str())),
        reason: text::line(deployment.status_reason()),
        stage: deployment.lifecycle_stage().map(|s| text::name(s.as_str())).unwrap_or_default(),
        strategy: deployment
            .deployment_configuration()
            .and_then(|c| c.strategy())
            .map(|s| text::name(s.as_str()))
            .unwrap_or_default(),
        created_at: text::stamp(deployment.created_at()),
        started_at: text::stamp(deployment.started_at()),
        finished_at: text::stamp(deployment.finished_at().or(deployment.stopped_at())),
        task_definition: facts.as_ref().map(|f| f.task_definition.clone()),
        version: facts.and_then(|f| version(link, &f, configured)).unwrap_or_default(),
        target_revision,
        target_counts: target.map(|t| {
            (
                text::count(t.requested_task_count()),
                text::count(t.running_task_count()),
                text::count(t.pending_task_count()),
            )
        }),
        source_running: (!sources.is_empty())
            .then(|| sources.iter().map(|s| text::count(s.running_task_count())).sum()),
        // a breaker that is off counts nothing: its numbers are none
        breaker: deployment
            .deployment_circuit_breaker()
            .filter(|b| b.status() != Some(&types::ServiceDeploymentRollbackMonitorsStatus::Disabled))
            .map(|b| {
                let word = b.status().map(|s| text::name(s.as_str())).unwrap_or_default();
                (word, text::count(b.failure_count()), text::count(b.threshold()))
            }),
        alarms: deployment.alarms().map(|a| {
            let names = |list: &[String]| list.iter().map(|n| text::name(n)).collect();
            (names(a.alarm_names()), names(a.triggered_alarm_names()))
        }),
        hooks: hooks(deployment),
        traffic: target
            .and_then(types::ServiceRevisionSummary::requested_production_traffic_weight)
            .map(rows::whole),
        back_to: deployment
            .rollback()
            .and_then(|r| r.service_revision_arn())
            .and_then(|arn| link.account.caches.revisions.get(&text::name(arn)))
            .map(|facts| facts.task_definition.clone()),
        rollback: deployment.rollback().map(|r| (text::line(r.reason()), text::stamp(r.started_at()))),
    }
}

fn hooks(deployment: &types::ServiceDeployment) -> Vec<Hook> {
    let word = |text: Option<&str>| text.map(text::name).unwrap_or_default();
    deployment
        .lifecycle_hook_details()
        .iter()
        .map(|hook| Hook {
            id: word(hook.hook_id()),
            kind: word(hook.target_type().map(types::DeploymentLifecycleHookTargetType::as_str)),
            target: word(hook.target_arn()),
            status: word(hook.status().map(types::DeploymentLifecycleHookStatus::as_str)),
            expires_at: text::stamp(hook.expires_at()),
            timeout_action: word(hook.timeout_action().map(types::DeploymentLifecycleHookAction::as_str)),
        })
        .collect()
}
