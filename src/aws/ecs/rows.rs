//! From ECS's description of a service to a row.

use crate::{
    aws::{
        balancer,
        ecs::versions,
        link::Link,
        settings::Settings,
        state::{self, Counts},
        text,
    },
    model::{Controller, Deployment, Kind, Service, ServiceKey, Stamp},
};
use aws_sdk_ecs::types;

/// The key of a service in this environment.
pub(in crate::aws) fn key(settings: &Settings, kind: Kind, cluster: &str, name: &str) -> ServiceKey {
    ServiceKey {
        environment: settings.name.clone(),
        kind,
        cluster: text::name(cluster).into(),
        name: text::name(name).into(),
    }
}

/// A row of which only the name is known.
pub(in crate::aws) fn named(link: &Link, kind: Kind, cluster: &str, arn: &str) -> Service {
    let key = key(&link.settings, kind, cluster, text::tail(arn));
    let mut service = Service::named(key, text::name(arn));
    name_application(link, &mut service);
    service
}

/// Applies the configuration's names of applications.
pub(in crate::aws) fn name_application(link: &Link, service: &mut Service) {
    if let Some(rule) = link.settings.rule(&service.key) {
        service.application.clone_from(&rule.application);
    }
}

/// Express services are those whose resources ECS manages.
pub(in crate::aws) fn kind(service: &types::Service) -> Kind {
    match service.resource_management_type() {
        Some(types::ResourceManagementType::Ecs) => Kind::Express,
        _ => Kind::Ecs,
    }
}

fn controller(service: &types::Service) -> Controller {
    match service.deployment_controller().map(types::DeploymentController::r#type) {
        Some(types::DeploymentControllerType::CodeDeploy) => Controller::CodeDeploy,
        Some(types::DeploymentControllerType::External) => Controller::External,
        _ => Controller::Ecs,
    }
}

/// ARNs of the service revisions that run.
pub(in crate::aws) fn revision_arns(service: &types::Service) -> Vec<String> {
    service.current_service_revisions().iter().filter_map(|r| r.arn().map(str::to_owned)).collect()
}

/// `deployments[]` as the model has them, PRIMARY first, then newest first; versions as far as known.
pub(in crate::aws) fn deployments(
    link: &Link,
    service: &types::Service,
    wanted: Option<&str>,
) -> Vec<Deployment> {
    let revisions = revision_arns(service);
    let mut all: Vec<Deployment> = service
        .deployments()
        .iter()
        .map(|d| {
            let definition = text::name(d.task_definition().unwrap_or_default());
            Deployment {
                id: text::name(d.id().unwrap_or_default()),
                status: text::name(d.status().unwrap_or_default()),
                version: versions::known(link, &definition, &revisions, wanted).unwrap_or_default(),
                task_definition: definition,
                desired: text::count(d.desired_count()),
                pending: text::count(d.pending_count()),
                running: text::count(d.running_count()),
                failed: text::count(d.failed_tasks()),
                rollout_state: d.rollout_state().map(|s| text::name(s.as_str())).unwrap_or_default(),
                reason: text::line(d.rollout_state_reason()),
                created_at: text::stamp(d.created_at()),
                updated_at: text::stamp(d.updated_at()),
            }
        })
        .collect();
    all.sort_by_key(|d| (d.status != "PRIMARY", std::cmp::Reverse(d.created_at)));
    all
}

/// The row of a service; its version and balancer as far as known.
pub(in crate::aws) fn row(link: &Link, service: &types::Service, seen_at: Stamp) -> Service {
    let cluster = text::tail(service.cluster_arn().unwrap_or_default());
    let name = service.service_name().unwrap_or_default();
    let key = key(&link.settings, kind(service), cluster, name);
    let arn = text::name(service.service_arn().unwrap_or_default());
    link.account.caches.express.put(&arn, key.kind == Kind::Express);
    let mut row = Service::named(key, arn);
    name_application(link, &mut row);
    let wanted = link.settings.rule(&row.key).and_then(|r| r.container.clone());
    let deployments = deployments(link, service, wanted.as_deref());
    row.controller = controller(service);
    let counts = Counts {
        desired: text::count(service.desired_count()),
        running: text::count(service.running_count()),
        pending: text::count(service.pending_count()),
    };
    let told = state::ecs(
        service.status().unwrap_or_default(),
        counts,
        &deployments,
        matches!(row.controller, Controller::CodeDeploy | Controller::External),
    );
    row.state = told.state;
    row.note = told.note;
    row.rollout = told.rollout;
    row.running = counts.running;
    row.desired = Some(counts.desired);
    row.pending = counts.pending;
    let primary = deployments.first();
    row.task_definition = match service.task_definition() {
        Some(arn) => text::name(arn),
        None => primary.map(|d| d.task_definition.clone()).unwrap_or_default(),
    };
    let (family, revision) = text::family(&row.task_definition);
    row.revision = if family.is_empty() { String::new() } else { format!("{family}:{revision}") };
    row.version = versions::known(link, &row.task_definition, &revision_arns(service), wanted.as_deref())
        .unwrap_or_default();
    row.deployed_at = primary.and_then(|d| d.created_at).or_else(|| text::stamp(service.created_at()));
    row.traffic = balancer::traffic(link, service);
    row.seen_at = seen_at;
    row
}
