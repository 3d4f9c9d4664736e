//! Service deployments: how rollouts went and go.

use crate::{
    aws::{
        asked,
        caches::RevisionFacts,
        calls,
        clients::Clients,
        convert,
        ecs::{rows, versions},
    },
    model::{
        DeploymentStatus, HistoricDeployment, Hook, Kind, Pointers, ServiceKey, Stamp, Trouble, TroubleKind,
        Version,
    },
};
use aws_sdk_ecs::types;
use aws_smithy_types::DateTime;
use std::sync::{Arc, atomic::Ordering};

/// Service deployments in one call of DescribeServiceDeployments, and as many as are read back.
pub(super) const BATCH: usize = 20;

/// Service deployments, newest first, and why some of them are known by what their list says alone.
pub(in crate::aws) type History = (Vec<HistoricDeployment>, Vec<Trouble>);

/// The newest service deployments of a service; none where the endpoint has no such operation.
pub(in crate::aws) async fn of_service(
    clients: &Arc<Clients>,
    cluster: &str,
    service: &str,
    configured: &Pointers,
) -> Result<Option<History>, Trouble> {
    let unknown = &clients.account.caches.no_deployments;
    if unknown.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let briefs = match list(clients, cluster, service).await {
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
    let (mut found, unread) = described(clients, &arns, &on).await?;
    let targets = found.iter().flat_map(revisions_of);
    let targets =
        targets.chain(briefs.iter().filter_map(|b| b.target_service_revision_arn().map(str::to_owned)));
    let targets: Vec<String> = targets.collect();
    // without them the history lacks its versions, which is less than lacking the history
    let _ = versions::load_revisions(clients, &targets).await;
    load_unread(clients, &targets, configured).await;
    let mut all: Vec<HistoricDeployment> = Vec::new();
    for brief in &briefs {
        let own = |d: &types::ServiceDeployment| d.service_deployment_arn() == brief.service_deployment_arn();
        match found.iter().position(own) {
            Some(place) => all.push(historic(clients, &found.swap_remove(place), configured)),
            None => all.push(listed(clients, brief, configured)),
        }
    }
    all.sort_by_key(|d| std::cmp::Reverse(d.created_at.or(d.started_at)));
    Ok(Some((all, unread)))
}

/// The longest that a deployment takes: a lifecycle hook that pauses waits for up to 14 days (API reference of ECS,
/// `DeploymentLifecycleHookTimeoutConfiguration`: "Maximum value of 20160" minutes); a day for the rest of it.
const LONGEST_MS: i64 = 15 * 86_400_000;

/// Pages of 100 looked through at most for what began or ended since.
const SINCE_PAGES: usize = 5;

/// The service deployments of a service that began or ended since, as their list tells them, and whether there are more than
/// were looked through; none where the endpoint has no such operation. `createdAt` takes what was made after a moment (model
/// of ECS: `CreatedAt$after`), and there is no filter for when one ended: those made before are looked through, too.
pub(in crate::aws) async fn since(
    clients: &Arc<Clients>,
    cluster: &str,
    service: &str,
    configured: &Pointers,
    since: Stamp,
) -> Result<(Vec<HistoricDeployment>, bool), Trouble> {
    let unknown = &clients.account.caches.no_deployments;
    if unknown.load(Ordering::Relaxed) {
        return Ok((Vec::new(), false));
    }
    let on = format!("{cluster}/{service}");
    let after = DateTime::from_millis(since.0.saturating_sub(LONGEST_MS));
    let after = types::CreatedAt::builder().after(after).build();
    let mut briefs: Vec<types::ServiceDeploymentBrief> = Vec::new();
    let mut next = None;
    for _ in 0..SINCE_PAGES {
        let request = || {
            let all = clients.ecs().list_service_deployments().cluster(cluster).service(service);
            let all = all.created_at(after.clone()).max_results(100);
            all.set_next_token(next.take()).send()
        };
        let page = match clients.call(&calls::LIST_DEPLOYMENTS, &on, request).await {
            Ok(page) => page,
            Err(trouble) if trouble.kind == TroubleKind::Unsupported => {
                unknown.store(true, Ordering::Relaxed);
                return Ok((Vec::new(), false));
            }
            Err(trouble) => return Err(trouble),
        };
        next = page.next_token().map(str::to_owned);
        let within = |at: Option<&DateTime>| convert::stamp(at).is_some_and(|at| at >= since);
        briefs.extend(page.service_deployments.unwrap_or_default().into_iter().filter(|brief| {
            within(brief.created_at()) || within(brief.started_at()) || within(brief.finished_at())
        }));
        if next.is_none() {
            break;
        }
    }
    let targets: Vec<String> =
        briefs.iter().filter_map(|b| b.target_service_revision_arn().map(str::to_owned)).collect();
    // without them a deployment lacks its version, which is less than lacking it
    let _ = versions::load_revisions(clients, &targets).await;
    load_unread(clients, &targets, configured).await;
    Ok((briefs.iter().map(|brief| listed(clients, brief, configured)).collect(), next.is_some()))
}

async fn list(
    clients: &Clients,
    cluster: &str,
    service: &str,
) -> Result<Vec<types::ServiceDeploymentBrief>, Trouble> {
    let on = format!("{cluster}/{service}");
    let mut found: Vec<types::ServiceDeploymentBrief> = Vec::new();
    let mut next = None;
    loop {
        let request = || {
            clients
                .ecs()
                .list_service_deployments()
                .cluster(cluster)
                .service(service)
                .max_results(100)
                .set_next_token(next.take())
                .send()
        };
        let page = clients.call(&calls::LIST_DEPLOYMENTS, &on, request).await?;
        let briefs = page.service_deployments();
        let told = briefs.iter().filter_map(|b| b.service_arn()).map(Some);
        asked::about(clients, &calls::LIST_DEPLOYMENTS, &on, &[service], told)?;
        let told = briefs.iter().flat_map(|b| [b.cluster_arn(), b.service_deployment_arn()]);
        asked::within(clients, &calls::LIST_DEPLOYMENTS, &on, cluster, told)?;
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
pub(super) async fn described(
    clients: &Clients,
    arns: &[String],
    on: &str,
) -> Result<(Vec<types::ServiceDeployment>, Vec<Trouble>), Trouble> {
    if arns.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let trouble = match ask(clients, arns, on).await {
        Ok(found) => return Ok(found),
        Err(trouble) if arns.len() > 1 && trouble.is_of_one() => trouble,
        Err(trouble) => return Err(trouble),
    };
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for arn in arns {
        match ask(clients, std::slice::from_ref(arn), on).await {
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
    clients: &Clients,
    arns: &[String],
    on: &str,
) -> Result<(Vec<types::ServiceDeployment>, Vec<Trouble>), Trouble> {
    let request = || {
        clients.ecs().describe_service_deployments().set_service_deployment_arns(Some(arns.to_vec())).send()
    };
    let answer = clients.call(&calls::DESCRIBE_DEPLOYMENTS, on, request).await?;
    let told = answer.service_deployments().iter().map(types::ServiceDeployment::service_deployment_arn);
    asked::about(clients, &calls::DESCRIBE_DEPLOYMENTS, on, arns, told)?;
    let missing = answer.failures().iter().map(|failure| {
        let reason = convert::name(failure.detail().or(failure.reason()).unwrap_or("it gives no reason"));
        let why = format!("ECS does not describe one of them: {reason}");
        clients.trouble(&calls::DESCRIBE_DEPLOYMENTS, on, TroubleKind::NotFound, why)
    });
    let missing: Vec<Trouble> = missing.collect();
    Ok((answer.service_deployments.unwrap_or_default(), missing))
}

/// What the list alone says of a service deployment.
fn listed(
    clients: &Clients,
    brief: &types::ServiceDeploymentBrief,
    configured: &Pointers,
) -> HistoricDeployment {
    let target = brief.target_service_revision_arn().map(convert::name);
    let facts = target.as_deref().and_then(|arn| clients.account.caches.revisions.get(arn));
    HistoricDeployment {
        arn: convert::name(brief.service_deployment_arn().unwrap_or_default()),
        status: brief.status().map_or(DeploymentStatus::Unknown, |s| DeploymentStatus::parse(s.as_str())),
        reason: convert::line(brief.status_reason()),
        stage: String::new(),
        strategy: String::new(),
        created_at: convert::stamp(brief.created_at()),
        started_at: convert::stamp(brief.started_at()),
        finished_at: convert::stamp(brief.finished_at()),
        task_definition: facts.as_ref().map(|f| f.task_definition.clone()),
        version: facts.and_then(|f| version(clients, &f, configured)).unwrap_or_default(),
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
pub(in crate::aws) async fn one(clients: &Clients, arn: &str) -> Result<Option<HistoricDeployment>, Trouble> {
    let arn = arn.to_owned();
    match described(clients, std::slice::from_ref(&arn), convert::tail(&arn)).await {
        Ok((found, _)) => {
            let Some(found) = found.into_iter().next() else { return Ok(None) };
            let targets: Vec<String> = revisions_of(&found).collect();
            let configured =
                key_of(clients, &arn).map(|key| clients.settings.pointers(&key)).unwrap_or_default();
            let _ = versions::load_revisions(clients, &targets).await;
            load_unread(clients, &targets, &configured).await;
            Ok(Some(historic(clients, &found, &configured)))
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
fn key_of(clients: &Clients, arn: &str) -> Option<ServiceKey> {
    let mut parts = arn.split_once(":service-deployment/")?.1.split('/');
    let (cluster, service) = (parts.next()?, parts.next()?);
    Some(rows::key(&clients.settings, Kind::Ecs, cluster, service))
}

/// Reads the task definitions of service revisions that do not tell by themselves which container is the application.
async fn load_unread(clients: &Clients, revisions: &[String], configured: &Pointers) {
    let unread = revisions
        .iter()
        .filter_map(|arn| clients.account.caches.revisions.get(arn))
        .filter(|facts| version(clients, facts, configured).is_none())
        .map(|facts| facts.task_definition.clone())
        .collect();
    let _ = versions::load_definitions(clients, unread).await;
}

/// The application's image in a revision, by what pointed at its container then; none where its task definition has
/// to be read for that.
fn version(clients: &Clients, facts: &RevisionFacts, configured: &Pointers) -> Option<Version> {
    let own = &facts.pointers;
    let pointers = Pointers {
        balancers: own.balancers.clone(),
        registries: own.registries.clone(),
        ports: own.ports.clone(),
        ..configured.clone()
    };
    let read = clients.account.caches.images.get(&facts.task_definition);
    versions::shipped(&facts.images, read.as_ref().map(|images| images.as_slice()), &pointers)
        .map(|shipped| shipped.version)
}

fn historic(
    clients: &Clients,
    deployment: &types::ServiceDeployment,
    configured: &Pointers,
) -> HistoricDeployment {
    let target = deployment.target_service_revision();
    let target_revision = target.and_then(|t| t.arn()).map(convert::name);
    let facts = target_revision.as_deref().and_then(|arn| clients.account.caches.revisions.get(arn));
    let sources = deployment.source_service_revisions();
    HistoricDeployment {
        arn: convert::name(deployment.service_deployment_arn().unwrap_or_default()),
        status: deployment
            .status()
            .map_or(DeploymentStatus::Unknown, |s| DeploymentStatus::parse(s.as_str())),
        reason: convert::line(deployment.status_reason()),
        stage: deployment.lifecycle_stage().map(|s| convert::name(s.as_str())).unwrap_or_default(),
        strategy: deployment
            .deployment_configuration()
            .and_then(|c| c.strategy())
            .map(|s| convert::name(s.as_str()))
            .unwrap_or_default(),
        created_at: convert::stamp(deployment.created_at()),
        started_at: convert::stamp(deployment.started_at()),
        finished_at: convert::stamp(deployment.finished_at().or(deployment.stopped_at())),
        task_definition: facts.as_ref().map(|f| f.task_definition.clone()),
        version: facts.and_then(|f| version(clients, &f, configured)).unwrap_or_default(),
        target_revision,
        target_counts: target.map(|t| {
            (
                convert::count(t.requested_task_count()),
                convert::count(t.running_task_count()),
                convert::count(t.pending_task_count()),
            )
        }),
        source_running: (!sources.is_empty())
            .then(|| sources.iter().map(|s| convert::count(s.running_task_count())).sum()),
        // a breaker that is off counts nothing: its numbers are none
        breaker: deployment
            .deployment_circuit_breaker()
            .filter(|b| b.status() != Some(&types::ServiceDeploymentRollbackMonitorsStatus::Disabled))
            .map(|b| {
                let word = b.status().map(|s| convert::name(s.as_str())).unwrap_or_default();
                (word, convert::count(b.failure_count()), convert::count(b.threshold()))
            }),
        alarms: deployment.alarms().map(|a| {
            let names = |list: &[String]| list.iter().map(|n| convert::said(n)).collect();
            (names(a.alarm_names()), names(a.triggered_alarm_names()))
        }),
        hooks: hooks(deployment),
        traffic: target
            .and_then(types::ServiceRevisionSummary::requested_production_traffic_weight)
            .map(rows::whole),
        back_to: deployment
            .rollback()
            .and_then(|r| r.service_revision_arn())
            .and_then(|arn| clients.account.caches.revisions.get(&convert::name(arn)))
            .map(|facts| facts.task_definition.clone()),
        rollback: deployment.rollback().map(|r| (convert::line(r.reason()), convert::stamp(r.started_at()))),
    }
}

/// Its lifecycle hooks so far.
pub(super) fn hooks(deployment: &types::ServiceDeployment) -> Vec<Hook> {
    let word = |text: Option<&str>| text.map(convert::name).unwrap_or_default();
    deployment
        .lifecycle_hook_details()
        .iter()
        .map(|hook| Hook {
            id: word(hook.hook_id()),
            kind: word(hook.target_type().map(types::DeploymentLifecycleHookTargetType::as_str)),
            target: word(hook.target_arn()),
            status: word(hook.status().map(types::DeploymentLifecycleHookStatus::as_str)),
            expires_at: convert::stamp(hook.expires_at()),
            timeout_action: word(hook.timeout_action().map(types::DeploymentLifecycleHookAction::as_str)),
        })
        .collect()
}
