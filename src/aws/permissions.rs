//! Every read the cockpit depends on, tried once each, for `doctor`.
//!
//! Where a read needs a subject it is given one that exists, and else a name that surely does not: a caller
//! who lacks the permission is told so before AWS looks for the subject.

use super::{calls, calls::Op, identity, link::Link, settings::AppRunnerScope, text};
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
pub(super) async fn all(link: &Arc<Link>) -> Vec<Tried> {
    let caller = identity::checked(link).await;
    let failed = caller.is_err();
    let mut out = vec![(calls::CALLER_IDENTITY.action.to_owned(), caller.err())];
    if failed {
        return out;
    }
    let clusters = super::ecs::fleet::clusters(link).await;
    let wanted =
        link.settings.clusters.as_ref().and_then(|names| names.first()).map(|n| text::tail(n).to_owned());
    let cluster = wanted
        .or_else(|| clusters.as_ref().ok().and_then(|names| names.first().cloned()))
        .unwrap_or_else(|| NOBODY.to_owned());
    out.push(tried(&calls::LIST_CLUSTERS, clusters));
    let (ecs, rest) = futures_util::join!(ecs(link, &cluster), rest(link));
    out.extend(ecs);
    out.extend(rest);
    if link.settings.apprunner != AppRunnerScope::None {
        out.extend(apprunner(link).await);
    }
    out
}

async fn ecs(link: &Link, cluster: &str) -> Vec<Tried> {
    let services = link
        .call(&calls::LIST_SERVICES, cluster, || {
            link.ecs().list_services().cluster(cluster).max_results(10).send()
        })
        .await;
    let arn = services.as_ref().ok().and_then(|s| s.service_arns().first().cloned());
    let service = arn.as_deref().map_or(NOBODY, text::tail).to_owned();
    let mut out = vec![tried(&calls::LIST_SERVICES, services)];
    let (described, tasks, described_task, definitions, deployments) = futures_util::join!(
        link.call(&calls::DESCRIBE_SERVICES, cluster, || link
            .ecs()
            .describe_services()
            .cluster(cluster)
            .services(&service)
            .send()),
        link.call(&calls::LIST_TASKS, cluster, || link
            .ecs()
            .list_tasks()
            .cluster(cluster)
            .max_results(1)
            .send()),
        link.call(&calls::DESCRIBE_TASKS, cluster, || link
            .ecs()
            .describe_tasks()
            .cluster(cluster)
            .tasks(NOBODY)
            .send()),
        link.call(&calls::LIST_DEFINITIONS, "", || link.ecs().list_task_definitions().max_results(1).send()),
        link.call(&calls::LIST_DEPLOYMENTS, &service, || link
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
        let request = || link.ecs().describe_task_definition().task_definition(definition).send();
        let read = link.call(&calls::DESCRIBE_DEFINITION, text::tail(definition), request).await;
        out.push(tried(&calls::DESCRIBE_DEFINITION, read));
    }
    if let Some(arn) = deployment {
        let request = || link.ecs().describe_service_deployments().service_deployment_arns(&arn).send();
        out.push(tried(
            &calls::DESCRIBE_DEPLOYMENTS,
            link.call(&calls::DESCRIBE_DEPLOYMENTS, "", request).await,
        ));
    }
    let revision =
        first.as_ref().and_then(|s| s.current_service_revisions().first()?.arn().map(str::to_owned));
    if let Some(arn) = revision {
        let request = || link.ecs().describe_service_revisions().service_revision_arns(&arn).send();
        out.push(tried(&calls::DESCRIBE_REVISIONS, link.call(&calls::DESCRIBE_REVISIONS, "", request).await));
    }
    out
}

async fn rest(link: &Link) -> Vec<Tried> {
    let now = text::now().secs();
    let dimension = cw::Dimension::builder().name("ServiceName").value(NOBODY).build();
    let metric = cw::Metric::builder()
        .namespace("AWS/ECS")
        .metric_name("CPUUtilization")
        .dimensions(dimension)
        .build();
    let stat = cw::MetricStat::builder().metric(metric).period(60).stat("Average").build();
    let query = cw::MetricDataQuery::builder().id("m0").metric_stat(stat).build();
    let account = link.session.known_account().await;
    let (metrics, alarms, filtered, read, images, groups) = futures_util::join!(
        link.call(&calls::GET_METRIC_DATA, "", || link
            .cloudwatch()
            .get_metric_data()
            .metric_data_queries(query)
            .start_time(DateTime::from_secs(now - 300))
            .end_time(DateTime::from_secs(now))
            .send()),
        link.call(&calls::DESCRIBE_ALARMS, "", || link.cloudwatch().describe_alarms().max_records(1).send()),
        link.call(&calls::FILTER_LOGS, NOBODY, || link
            .logs(None)
            .filter_log_events()
            .log_group_name(NOBODY)
            .limit(1)
            .send()),
        link.call(&calls::GET_LOGS, NOBODY, || link
            .logs(None)
            .get_log_events()
            .log_group_name(NOBODY)
            .log_stream_name(NOBODY)
            .limit(1)
            .send()),
        link.call(&calls::DESCRIBE_IMAGES, NOBODY, || link
            .ecr(&link.session.caller.region)
            .describe_images()
            .set_registry_id(account)
            .repository_name(NOBODY)
            .send()),
        link.call(&calls::DESCRIBE_GROUPS, "", || link.elb().describe_target_groups().page_size(1).send()),
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
        let request = || link.elb().describe_target_health().target_group_arn(&group).send();
        out.push(tried(&calls::DESCRIBE_HEALTH, link.call(&calls::DESCRIBE_HEALTH, "", request).await));
    }
    let rules = || link.elb().describe_rules().rule_arns(NOBODY).send();
    out.push(tried(&calls::DESCRIBE_RULES, link.call(&calls::DESCRIBE_RULES, "", rules).await));
    let listeners = || link.elb().describe_listeners().listener_arns(NOBODY).send();
    out.push(tried(&calls::DESCRIBE_LISTENERS, link.call(&calls::DESCRIBE_LISTENERS, "", listeners).await));
    out
}

async fn apprunner(link: &Link) -> Vec<Tried> {
    let list = link
        .call(&calls::AR_LIST_SERVICES, "", || link.apprunner().list_services().max_results(1).send())
        .await;
    let arn =
        list.as_ref().ok().and_then(|l| l.service_summary_list().first()?.service_arn().map(str::to_owned));
    let mut out = vec![tried(&calls::AR_LIST_SERVICES, list)];
    let Some(arn) = arn else { return out };
    let (service, tags, operations) = futures_util::join!(
        link.call(&calls::AR_DESCRIBE_SERVICE, "", || link
            .apprunner()
            .describe_service()
            .service_arn(&arn)
            .send()),
        link.call(&calls::AR_LIST_TAGS, "", || link
            .apprunner()
            .list_tags_for_resource()
            .resource_arn(&arn)
            .send()),
        link.call(&calls::AR_LIST_OPERATIONS, "", || link
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
