//! Service deployments: how rollouts went and go.

use crate::{
    aws::{calls, ecs::versions, link::Link, text},
    model::{DeploymentStatus, HistoricDeployment, Hook, Trouble, TroubleKind, Version},
};
use aws_sdk_ecs::types;
use std::sync::{Arc, atomic::Ordering};

/// Service deployments in one call of DescribeServiceDeployments, and as many as are read back.
const BATCH: usize = 20;

/// The newest service deployments of a service, newest first; none where the endpoint has no such operation.
pub(in crate::aws) async fn of_service(
    link: &Arc<Link>,
    cluster: &str,
    service: &str,
    wanted: Option<&str>,
) -> Result<Option<Vec<HistoricDeployment>>, Trouble> {
    let unknown = &link.account.caches.no_deployments;
    if unknown.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let arns = match list(link, cluster, service).await {
        Ok(arns) => arns,
        Err(trouble) if trouble.kind == TroubleKind::Unsupported => {
            unknown.store(true, Ordering::Relaxed);
            return Ok(None);
        }
        Err(trouble) => return Err(trouble),
    };
    describe(link, arns, &format!("{cluster}/{service}"), wanted).await.map(Some)
}

async fn list(link: &Link, cluster: &str, service: &str) -> Result<Vec<String>, Trouble> {
    let on = format!("{cluster}/{service}");
    let mut found: Vec<(Option<aws_smithy_types::DateTime>, String)> = Vec::new();
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
        found.extend(
            page.service_deployments()
                .iter()
                .filter_map(|d| Some((d.created_at().copied(), d.service_deployment_arn()?.to_owned()))),
        );
        next = page.next_token().map(str::to_owned);
        // pages come newest first; the rest of the 90 days is not looked at
        if next.is_none() || found.len() >= 100 {
            break;
        }
    }
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok(found.into_iter().take(BATCH).map(|(_, arn)| arn).collect())
}

async fn describe(
    link: &Link,
    arns: Vec<String>,
    on: &str,
    wanted: Option<&str>,
) -> Result<Vec<HistoricDeployment>, Trouble> {
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let request = || link.ecs().describe_service_deployments().set_service_deployment_arns(Some(arns)).send();
    let answer = link.call(&calls::DESCRIBE_DEPLOYMENTS, on, request).await?;
    let targets: Vec<String> = answer
        .service_deployments()
        .iter()
        .filter_map(|d| d.target_service_revision()?.arn().map(str::to_owned))
        .collect();
    // without them the history lacks its versions, which is less than lacking the history
    let _ = versions::load_revisions(link, &targets).await;
    let mut all: Vec<HistoricDeployment> =
        answer.service_deployments().iter().map(|d| historic(link, d, wanted)).collect();
    all.sort_by_key(|d| std::cmp::Reverse(d.created_at.or(d.started_at)));
    Ok(all)
}

/// One service deployment; none where it is unknown.
pub(in crate::aws) async fn one(link: &Link, arn: &str) -> Result<Option<HistoricDeployment>, Trouble> {
    match describe(link, vec![arn.to_owned()], text::tail(arn), None).await {
        Ok(found) => Ok(found.into_iter().next()),
        Err(trouble) if trouble.kind == TroubleKind::NotFound => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn historic(link: &Link, deployment: &types::ServiceDeployment, wanted: Option<&str>) -> HistoricDeployment {
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
        version: facts.map_or_else(Version::default, |f| versions::main_image(&f.images, wanted)),
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
        breaker: deployment.deployment_circuit_breaker().map(|b| {
            let word = b.status().map(|s| text::name(s.as_str())).unwrap_or_default();
            (word, text::count(b.failure_count()), text::count(b.threshold()))
        }),
        alarms: deployment.alarms().map(|a| {
            let names = |list: &[String]| list.iter().map(|n| text::name(n)).collect();
            (names(a.alarm_names()), names(a.triggered_alarm_names()))
        }),
        hooks: hooks(deployment),
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
