//! From ECS's description of a service to a row.

use super::arns::revision_arns;
use crate::{
    aws::{
        balancer,
        clients::Clients,
        convert,
        ecs::versions,
        settings::Settings,
        state::{self, Counts, Said},
    },
    model::{
        Controller, Deployment, Kind, Pointers, Service, ServiceKey, ServiceState, Sidecar, Stamp,
        launch::Network, running as what_runs,
    },
};
use aws_sdk_ecs::types;

/// The key of a service in this environment.
pub(in crate::aws) fn key(settings: &Settings, kind: Kind, cluster: &str, name: &str) -> ServiceKey {
    ServiceKey {
        environment: settings.name.clone(),
        kind,
        cluster: convert::name(cluster).into(),
        name: convert::name(name).into(),
    }
}

/// A row of which only the name is known.
pub(in crate::aws) fn named(clients: &Clients, kind: Kind, cluster: &str, arn: &str) -> Service {
    let key = key(&clients.settings, kind, cluster, convert::tail(arn));
    let mut service = Service::named(key, convert::name(arn));
    name_application(clients, &mut service);
    service
}

/// Applies the configuration's names of applications.
pub(in crate::aws) fn name_application(clients: &Clients, service: &mut Service) {
    if let Some(rule) = clients.settings.rule(&service.key) {
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

/// Who moves its deployments.
pub(in crate::aws) fn controller(service: &types::Service) -> Controller {
    match service.deployment_controller().map(types::DeploymentController::r#type) {
        Some(types::DeploymentControllerType::CodeDeploy) => Controller::CodeDeploy,
        Some(types::DeploymentControllerType::External) => Controller::External,
        _ => Controller::Ecs,
    }
}

/// What points at the application's container: the configuration, and the service itself, or its task sets where
/// another controller moves these.
pub(in crate::aws) fn pointers(clients: &Clients, key: &ServiceKey, service: &types::Service) -> Pointers {
    let sets = service.task_sets().iter();
    let balancers: Vec<types::LoadBalancer> = service
        .load_balancers()
        .iter()
        .chain(sets.clone().flat_map(types::TaskSet::load_balancers))
        .cloned()
        .collect();
    let registries: Vec<types::ServiceRegistry> = service
        .service_registries()
        .iter()
        .chain(sets.flat_map(types::TaskSet::service_registries))
        .cloned()
        .collect();
    let connects = service.deployments().iter().filter_map(|d| d.service_connect_configuration());
    let told = versions::pointers(&balancers, &registries, connects);
    Pointers {
        balancers: told.balancers,
        registries: told.registries,
        ports: told.ports,
        ..clients.settings.pointers(key)
    }
}

/// Deployments or task sets as the model has them, PRIMARY first, then newest first; versions as far as known.
pub(in crate::aws) fn deployments(
    clients: &Clients,
    service: &types::Service,
    pointers: &Pointers,
) -> Vec<Deployment> {
    let revisions = revision_arns(service);
    let mut all: Vec<Deployment> = service.deployments().iter().map(deployment).collect();
    if controller(service).has_task_sets() {
        all.extend(service.task_sets().iter().map(task_set));
    }
    for found in &mut all {
        found.version = versions::known(clients, &found.task_definition, &revisions, pointers)
            .map(|shipped| shipped.version)
            .unwrap_or_default();
    }
    all.sort_by_key(|d| (d.status != "PRIMARY", std::cmp::Reverse(d.created_at)));
    all
}

fn deployment(d: &types::Deployment) -> Deployment {
    Deployment {
        id: convert::name(d.id().unwrap_or_default()),
        status: convert::name(d.status().unwrap_or_default()),
        task_definition: convert::name(d.task_definition().unwrap_or_default()),
        desired: convert::count(d.desired_count()),
        pending: convert::count(d.pending_count()),
        running: convert::count(d.running_count()),
        failed: convert::count(d.failed_tasks()),
        rollout_state: d.rollout_state().map(|s| convert::name(s.as_str())).unwrap_or_default(),
        reason: convert::line(d.rollout_state_reason()),
        created_at: convert::stamp(d.created_at()),
        updated_at: convert::stamp(d.updated_at()),
        network: network(d.network_configuration()),
        launch_type: launch_type(d.launch_type(), d.capacity_provider_strategy()),
        capacity_providers: capacity_providers(d.capacity_provider_strategy()),
        ..Deployment::default()
    }
}

fn task_set(set: &types::TaskSet) -> Deployment {
    let percent = set.scale().filter(|s| s.unit() == Some(&types::ScaleUnit::Percent));
    Deployment {
        id: convert::name(set.id().unwrap_or_default()),
        status: convert::name(set.status().unwrap_or_default()),
        task_definition: convert::name(set.task_definition().unwrap_or_default()),
        desired: convert::count(set.computed_desired_count()),
        pending: convert::count(set.pending_count()),
        running: convert::count(set.running_count()),
        created_at: convert::stamp(set.created_at()),
        updated_at: convert::stamp(set.updated_at()),
        task_set: true,
        external_id: convert::name(set.external_id().unwrap_or_default()),
        scale: percent.map(|s| whole(s.value())),
        stability: set.stability_status().map(|s| convert::name(s.as_str())).unwrap_or_default(),
        network: network(set.network_configuration()),
        launch_type: launch_type(set.launch_type(), set.capacity_provider_strategy()),
        capacity_providers: capacity_providers(set.capacity_provider_strategy()),
        target_groups: set
            .load_balancers()
            .iter()
            .filter_map(|b| b.target_group_arn())
            .map(convert::name)
            .collect(),
        ..Deployment::default()
    }
}

/// A share in whole percent.
pub(in crate::aws) fn whole(percent: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a percentage")]
    let whole = percent.clamp(0.0, 100.0).round() as u32;
    whole
}

/// The awsvpc part of a network configuration.
pub(in crate::aws) fn network(configuration: Option<&types::NetworkConfiguration>) -> Option<Network> {
    let vpc = configuration?.awsvpc_configuration()?;
    let names = |list: &[String]| list.iter().map(|n| convert::name(n)).collect();
    Some(Network {
        subnets: names(vpc.subnets()),
        security_groups: names(vpc.security_groups()),
        public_ip: vpc.assign_public_ip() == Some(&types::AssignPublicIp::Enabled),
    })
}

/// The launch type, unless capacity providers stand in its place.
pub(in crate::aws) fn launch_type(
    launch_type: Option<&types::LaunchType>,
    providers: &[types::CapacityProviderStrategyItem],
) -> String {
    if providers.is_empty() {
        launch_type.map(|t| convert::name(t.as_str())).unwrap_or_default()
    } else {
        String::new()
    }
}

/// Capacity providers: name, weight, base.
pub(in crate::aws) fn capacity_providers(
    strategy: &[types::CapacityProviderStrategyItem],
) -> Vec<(String, i32, i32)> {
    strategy.iter().map(|i| (convert::name(i.capacity_provider()), i.weight(), i.base())).collect()
}

/// The task definitions of what runs, and of what the service is set to.
pub(in crate::aws) fn definitions(service: &types::Service) -> Vec<&str> {
    let deployments = service.deployments().iter().filter_map(|d| d.task_definition());
    let sets = service.task_sets().iter().filter_map(|s| s.task_definition());
    let mut all: Vec<&str> = service.task_definition().into_iter().chain(deployments).chain(sets).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The task definition in use: that of the PRIMARY task set where there are such, else what the service is set to.
pub(in crate::aws) fn definition(service: &types::Service) -> Option<&str> {
    let primary = |sets: &'_ [types::TaskSet]| sets.iter().position(|s| s.status() == Some("PRIMARY"));
    let of_set = || service.task_sets().get(primary(service.task_sets())?)?.task_definition();
    let of_deployment = || {
        let found = service.deployments().iter().find(|d| d.status() == Some("PRIMARY"))?;
        found.task_definition()
    };
    let set = if controller(service).has_task_sets() { of_set() } else { None };
    set.or_else(|| service.task_definition()).or_else(of_deployment)
}

/// The note of a row whose rollout waits for somebody.
pub(in crate::aws) const WAITING: &str = "waiting for approval";

/// That none of its containers is the application's for sure.
fn undecided(all: &[Sidecar]) -> String {
    let names: Vec<&str> = all.iter().take(3).map(|one| one.name.as_str()).collect();
    let more = if all.len() > 3 { " or another" } else { "" };
    format!("which container is the application is not known: {}{more}; set container", names.join(" or "))
}

/// How long back restarts count, milliseconds, and how many are not steady.
const RESTARTS_MS: i64 = 600_000;
const RESTARTS: usize = 3;

/// How often tasks were started anew lately without a deploy; none where that is seldom. The scheduler writes "has started
/// N tasks" whenever it starts some, and "deployment completed" when a deployment is over (ECS developer guide, "service event
/// messages"); a number of tasks that was raised starts them at once, or twice.
fn restarts(service: &types::Service, now: Stamp) -> Option<usize> {
    let mut count = 0;
    for event in service.events() {
        let text = event.message().unwrap_or_default();
        let at = convert::stamp(event.created_at())?;
        if now.since(at) > RESTARTS_MS || text.contains("deployment completed") {
            break;
        }
        count += usize::from(text.contains(") has started "));
    }
    (count >= RESTARTS).then_some(count)
}

/// The row of a service; its version and balancer as far as known.
pub(in crate::aws) fn row(clients: &Clients, service: &types::Service, seen_at: Stamp) -> Service {
    let cluster = convert::tail(service.cluster_arn().unwrap_or_default());
    let name = service.service_name().unwrap_or_default();
    let key = key(&clients.settings, kind(service), cluster, name);
    let arn = convert::name(service.service_arn().unwrap_or_default());
    clients.account.caches.express.put(&arn, key.kind == Kind::Express);
    let mut row = Service::named(key, arn);
    name_application(clients, &mut row);
    let pointers = pointers(clients, &row.key, service);
    let deployments = deployments(clients, service, &pointers);
    row.controller = controller(service);
    row.daemon = service.scheduling_strategy() == Some(&types::SchedulingStrategy::Daemon);
    let by_sets = row.controller.has_task_sets();
    // one that has task sets, and was read without: whether it has any nobody told
    let read = !by_sets || service.task_sets.is_some();
    let sum = |of: fn(&Deployment) -> u32| deployments.iter().map(of).sum();
    let counts = Counts {
        desired: convert::count(service.desired_count()),
        // ECS counts no task of a controller outside of AWS in the service itself
        running: if by_sets { sum(|d| d.running) } else { convert::count(service.running_count()) },
        pending: if by_sets { sum(|d| d.pending) } else { convert::count(service.pending_count()) },
    };
    let said = Said {
        status: service.status().unwrap_or_default(),
        controller: row.controller,
        daemon: row.daemon,
        deployments: read.then_some(deployments.as_slice()),
    };
    let told = state::ecs(said, counts);
    row.state = told.state;
    row.note = told.note;
    row.rollout = told.rollout;
    if let Some(rollout) = row.rollout.as_mut().filter(|rollout| !rollout.rolling_back) {
        rollout.waits = clients.account.caches.waiting.get(&row.arn).flatten();
    }
    if row.waits().is_some() && row.note.is_empty() {
        WAITING.clone_into(&mut row.note);
    }
    row.running = read.then_some(counts.running);
    row.desired = Some(counts.desired);
    row.pending = counts.pending;
    let primary = what_runs::primary(&deployments).or_else(|| deployments.first());
    row.task_definition = definition(service).map(convert::name).unwrap_or_default();
    let (family, revision) = convert::family(&row.task_definition);
    row.revision = if family.is_empty() { String::new() } else { format!("{family}:{revision}") };
    let shipped = versions::known(clients, &row.task_definition, &revision_arns(service), &pointers)
        .unwrap_or_default();
    row.version = shipped.version;
    row.container = shipped.container;
    row.sidecars = shipped.sidecars;
    if row.note.is_empty() && row.container.is_none() && row.sidecars.len() > 1 {
        row.note = undecided(&row.sidecars);
    }
    let nowhere = clients.account.caches.nowhere.get(&row.arn).and_then(|(_, told)| told);
    if let Some(told) = nowhere.filter(|_| matches!(row.state, ServiceState::Steady | ServiceState::Degraded))
    {
        (row.state, row.note) = (ServiceState::Failing, told);
    }
    if row.state == ServiceState::Steady
        && let Some(count) = restarts(service, seen_at)
    {
        (row.state, row.note) =
            (ServiceState::Degraded, format!("tasks were restarted {count} times within 10m"));
    }
    row.deployed_at = primary.and_then(|d| d.created_at).or_else(|| convert::stamp(service.created_at()));
    row.traffic = balancer::traffic(clients, service);
    row.seen_at = seen_at;
    row
}
