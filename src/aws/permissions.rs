//! Every read the cockpit depends on, tried once each, for `doctor`.
//!
//! Where a read needs a subject it is given one that exists, and else a name that surely does not: a caller
//! who lacks the permission is told so before AWS looks for the subject.

use super::{
    calls::{self, Op},
    clients::Clients,
    convert, identity,
    settings::AppRunnerScope,
};
use crate::model::{Trouble, TroubleKind};
use aws_sdk_cloudwatch::types as cw;
use aws_smithy_types::DateTime;
use std::sync::Arc;

/// A name that nothing has.
const NOBODY: &str = "flightdeck-doctor-tries-permissions";

type Tried = (String, Option<Trouble>);

/// What a read told: nothing wrong where AWS looked for the subject and did not find it.
fn tried<T>(op: &Op, result: Result<T, Trouble>) -> Tried {
    let trouble = result.err().filter(|t| {
        !matches!(t.kind, TroubleKind::NotFound | TroubleKind::Refused) || t.why.contains("not authorized")
    });
    (op.action.to_owned(), trouble)
}

/// Carries out `Ask::Permissions`.
pub(super) async fn all(clients: &Arc<Clients>) -> Vec<Tried> {
    let caller = identity::checked(clients).await;
    let failed = caller.is_err();
    let mut out = vec![(calls::CALLER_IDENTITY.action.to_owned(), caller.err())];
    if failed {
        return out;
    }
    let clusters = super::ecs::list::clusters(clients).await;
    let wanted = clients
        .settings
        .clusters
        .as_ref()
        .and_then(|names| names.first())
        .map(|n| convert::tail(n).to_owned());
    let cluster = wanted
        .or_else(|| clusters.as_ref().ok().and_then(|names| names.first().cloned()))
        .unwrap_or_else(|| NOBODY.to_owned());
    out.push(tried(&calls::LIST_CLUSTERS, clusters));
    let (ecs, rest) = futures_util::join!(ecs(clients, &cluster), rest(clients));
    out.extend(ecs);
    out.extend(rest);
    if clients.settings.apprunner != AppRunnerScope::None {
        out.extend(apprunner(clients).await);
    }
    out
}

async fn ecs(clients: &Clients, cluster: &str) -> Vec<Tried> {
    let services = clients
        .call(&calls::LIST_SERVICES, cluster, || {
            clients.ecs().list_services().cluster(cluster).max_results(10).send()
        })
        .await;
    let arn = services.as_ref().ok().and_then(|s| s.service_arns().first().cloned());
    let service = arn.as_deref().map_or(NOBODY, convert::tail).to_owned();
    let mut out = vec![tried(&calls::LIST_SERVICES, services)];
    let (described, tasks, described_task, definitions, deployments) = futures_util::join!(
        clients.call(&calls::DESCRIBE_SERVICES, cluster, || clients
            .ecs()
            .describe_services()
            .cluster(cluster)
            .services(&service)
            .send()),
        clients.call(&calls::LIST_TASKS, cluster, || clients
            .ecs()
            .list_tasks()
            .cluster(cluster)
            .max_results(1)
            .send()),
        clients.call(&calls::DESCRIBE_TASKS, cluster, || clients
            .ecs()
            .describe_tasks()
            .cluster(cluster)
            .tasks(NOBODY)
            .send()),
        clients.call(&calls::LIST_DEFINITIONS, "", || clients
            .ecs()
            .list_task_definitions()
            .max_results(1)
            .send()),
        clients.call(&calls::LIST_DEPLOYMENTS, &service, || clients
            .ecs()
            .list_service_deployments()
            .cluster(cluster)
            .service(&service)
            .max_results(1)
            .send()),
    );
    let first = described.as_ref().ok().and_then(|d| d.services().first().cloned());
    out.push(tried(&calls::DESCRIBE_SERVICES, described));
    out.push(tried(&calls::LIST_TASKS, tasks));
    out.push(tried(&calls::DESCRIBE_TASKS, described_task));
    out.push(tried(&calls::LIST_DEFINITIONS, definitions));
    let deployment = deployments
        .as_ref()
        .ok()
        .and_then(|d| d.service_deployments().first()?.service_deployment_arn().map(str::to_owned));
    out.push(tried(&calls::LIST_DEPLOYMENTS, deployments));
    if let Some(definition) = first.as_ref().and_then(|s| s.task_definition()) {
        let request = || clients.ecs().describe_task_definition().task_definition(definition).send();
        let read = clients.call(&calls::DESCRIBE_DEFINITION, convert::tail(definition), request).await;
        out.push(tried(&calls::DESCRIBE_DEFINITION, read));
    }
    if let Some(arn) = deployment {
        let request = || clients.ecs().describe_service_deployments().service_deployment_arns(&arn).send();
        out.push(tried(
            &calls::DESCRIBE_DEPLOYMENTS,
            clients.call(&calls::DESCRIBE_DEPLOYMENTS, "", request).await,
        ));
    }
    let revision =
        first.as_ref().and_then(|s| s.current_service_revisions().first()?.arn().map(str::to_owned));
    if let Some(arn) = revision {
        let request = || clients.ecs().describe_service_revisions().service_revision_arns(&arn).send();
        out.push(tried(
            &calls::DESCRIBE_REVISIONS,
            clients.call(&calls::DESCRIBE_REVISIONS, "", request).await,
        ));
    }
    out
}

async fn rest(clients: &Clients) -> Vec<Tried> {
    let now = convert::now().secs();
    let dimension = cw::Dimension::builder().name("ServiceName").value(NOBODY).build();
    let metric = cw::Metric::builder()
        .namespace("AWS/ECS")
        .metric_name("CPUUtilization")
        .dimensions(dimension)
        .build();
    let stat = cw::MetricStat::builder().metric(metric).period(60).stat("Average").build();
    let query = cw::MetricDataQuery::builder().id("m0").metric_stat(stat).build();
    let account = clients.session.known_account().await;
    let (metrics, alarms, filtered, read, images, groups) = futures_util::join!(
        clients.call(&calls::GET_METRIC_DATA, "", || clients
            .cloudwatch()
            .get_metric_data()
            .metric_data_queries(query)
            .start_time(DateTime::from_secs(now - 300))
            .end_time(DateTime::from_secs(now))
            .send()),
        clients.call(&calls::DESCRIBE_ALARMS, "", || clients
            .cloudwatch()
            .describe_alarms()
            .max_records(1)
            .send()),
        clients.call(&calls::FILTER_LOGS, NOBODY, || clients
            .logs(None)
            .filter_log_events()
            .log_group_name(NOBODY)
            .limit(1)
            .send()),
        clients.call(&calls::GET_LOGS, NOBODY, || clients
            .logs(None)
            .get_log_events()
            .log_group_name(NOBODY)
            .log_stream_name(NOBODY)
            .limit(1)
            .send()),
        clients.call(&calls::DESCRIBE_IMAGES, NOBODY, || clients
            .ecr(&clients.session.caller.region)
            .describe_images()
            .set_registry_id(account)
            .repository_name(NOBODY)
            .send()),
        clients.call(&calls::DESCRIBE_GROUPS, "", || clients
            .elb()
            .describe_target_groups()
            .page_size(1)
            .send()),
    );
    let group =
        groups.as_ref().ok().and_then(|g| g.target_groups().first()?.target_group_arn().map(str::to_owned));
    let mut out = vec![
        tried(&calls::GET_METRIC_DATA, metrics),
        tried(&calls::DESCRIBE_ALARMS, alarms),
        tried(&calls::FILTER_LOGS, filtered),
        tried(&calls::GET_LOGS, read),
        tried(&calls::DESCRIBE_IMAGES, images),
        tried(&calls::DESCRIBE_GROUPS, groups),
    ];
    if let Some(group) = group {
        let request = || clients.elb().describe_target_health().target_group_arn(&group).send();
        out.push(tried(&calls::DESCRIBE_HEALTH, clients.call(&calls::DESCRIBE_HEALTH, "", request).await));
    }
    let rules = || clients.elb().describe_rules().rule_arns(NOBODY).send();
    out.push(tried(&calls::DESCRIBE_RULES, clients.call(&calls::DESCRIBE_RULES, "", rules).await));
    let listeners = || clients.elb().describe_listeners().listener_arns(NOBODY).send();
    out.push(tried(
        &calls::DESCRIBE_LISTENERS,
        clients.call(&calls::DESCRIBE_LISTENERS, "", listeners).await,
    ));
    out
}

async fn apprunner(clients: &Clients) -> Vec<Tried> {
    let list = clients
        .call(&calls::AR_LIST_SERVICES, "", || clients.apprunner().list_services().max_results(1).send())
        .await;
    let arn =
        list.as_ref().ok().and_then(|l| l.service_summary_list().first()?.service_arn().map(str::to_owned));
    let mut out = vec![tried(&calls::AR_LIST_SERVICES, list)];
    let Some(arn) = arn else { return out };
    let (service, tags, operations) = futures_util::join!(
        clients.call(&calls::AR_DESCRIBE_SERVICE, "", || clients
            .apprunner()
            .describe_service()
            .service_arn(&arn)
            .send()),
        clients.call(&calls::AR_LIST_TAGS, "", || clients
            .apprunner()
            .list_tags_for_resource()
            .resource_arn(&arn)
            .send()),
        clients.call(&calls::AR_LIST_OPERATIONS, "", || clients
            .apprunner()
            .list_operations()
            .service_arn(&arn)
            .max_results(1)
            .send()),
    );
    out.push(tried(&calls::AR_DESCRIBE_SERVICE, service));
    out.push(tried(&calls::AR_LIST_TAGS, tags));
    out.push(tried(&calls::AR_LIST_OPERATIONS, operations));
    out
}
