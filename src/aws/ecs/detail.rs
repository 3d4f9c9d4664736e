//! One ECS service in depth. Everything is read at once; only the service itself failing is a failure.

use super::{arns, services};
use crate::{
    aws::{
        alarms, balancer,
        clients::Clients,
        convert,
        ecs::{
            definition, deployments, launch,
            rows::{self, WAITING},
            tasks, versions,
        },
        express,
        variables::Config,
    },
    model::{
        ContainerBrief, Deployment, HistoricDeployment, Hook, Kind, Pointers, RolloutEvent, ServiceDetail,
        ServiceKey, TaskDefinition, Trouble, TroubleKind, launch::Network, running,
    },
};
use aws_sdk_ecs::types;
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc};

/// Carries out `Ask::Detail` for ECS and Express.
pub(in crate::aws) async fn read(clients: &Arc<Clients>, key: &ServiceKey) -> Result<ServiceDetail, Trouble> {
    let configured = clients.settings.pointers(key);
    let (service, history, tasks, prefixed) = futures_util::join!(
        services::one(clients, key),
        deployments::of_service(clients, &key.cluster, &key.name, &configured),
        tasks::of_service(clients, &key.cluster, &key.name),
        alarms::by_prefix(clients, &key.name),
    );
    let (service, unread) = service?;
    let pointers = rows::pointers(clients, key, &service);
    let configuration = service.deployment_configuration();
    let named: Vec<String> =
        configuration.and_then(|c| c.alarms()).map(|a| a.alarm_names().to_vec()).unwrap_or_default();
    let definition_arn = rows::definition(&service).map(str::to_owned);
    let mut revisions = arns::revision_arns(&service);
    revisions.sort();
    let (definition, versions, ways, alarms, express) = futures_util::join!(
        async {
            match &definition_arn {
                Some(arn) => definition::read(clients, arn).await.map(Some),
                None => Ok(None),
            }
        },
        load_versions(clients, &service, &revisions, &pointers),
        balancer::health(clients, &service),
        async { if named.is_empty() { Ok(Vec::new()) } else { alarms::read(clients, &named).await } },
        async {
            if rows::kind(&service) == Kind::Express {
                express::config(clients, service.service_arn().unwrap_or_default()).await
            } else {
                Ok(Vec::new())
            }
        },
    );
    let mut gaps = Gaps(unread);
    let history = match history {
        // services that others deploy have no service deployments, which is no gap
        Err(trouble)
            if trouble.kind == TroubleKind::Inapplicable && rows::controller(&service).has_task_sets() =>
        {
            None
        }
        history => gaps.or_default(history),
    };
    let mut alarms = gaps.or_default(alarms);
    for alarm in gaps.or_default(prefixed) {
        if !alarms.iter().any(|a| a.name == alarm.name) {
            alarms.push(alarm);
        }
    }
    let definition = gaps.or_default(definition).map(|d| (*d).clone());
    gaps.or_default(versions);
    let mut ways = ways;
    let in_revisions: Vec<String> =
        balancer::traffic(clients, &service).groups().into_iter().map(str::to_owned).collect();
    if in_revisions.len() > ways.groups.len() {
        // Express tells its target groups with its revision alone
        ways = balancer::health(clients, &service).await;
    }
    balancer::looked(clients, &service, &ways);
    for trouble in std::mem::take(&mut ways.troubles) {
        gaps.or_default::<()>(Err(trouble));
    }
    let express = gaps.or_default(express);
    let mut tasks = gaps.or_default(tasks);
    tasks::tell_essential(clients, &mut tasks).await;
    let history_known = history.is_some();
    let (history, unlisted) = history.unwrap_or_default();
    gaps.add(unlisted);
    let seen_at = convert::now();
    let mut row = rows::row(clients, &service, seen_at);
    complete_rollout(clients, &mut row, &history);
    let deployments = rows::deployments(clients, &service, &pointers);
    let place = Place::of(&service, &deployments);
    let mut config = express;
    config.extend(service_config(&service, &deployments, &place));
    config.extend(definition.as_ref().map(|definition| container_config(definition, &pointers)));
    config.extend(definition.as_ref().map(definition_config).unwrap_or_default());
    Ok(ServiceDetail {
        status: convert::name(service.status().unwrap_or_default()),
        history,
        history_known,
        tasks,
        events: events(&service),
        targets: ways.targets,
        rules: ways.rules,
        neighbours: ways.neighbours,
        alarms,
        operations: Vec::new(),
        task_definition: definition,
        breaker: configuration
            .and_then(|c| c.deployment_circuit_breaker())
            .map(|b| (b.enable(), b.rollback())),
        strategy: configuration
            .and_then(|c| c.strategy())
            .map_or_else(|| "ROLLING".to_owned(), |s| convert::name(s.as_str())),
        percents: configuration.and_then(|c| {
            Some((convert::count(c.minimum_healthy_percent()?), convert::count(c.maximum_percent()?)))
        }),
        network: place.network,
        launch_type: place.launch_type,
        capacity_providers: place.capacity_providers,
        deployments,
        launch: launch::of_service(&service),
        grace_s: service.health_check_grace_period_seconds().map(convert::count),
        auto_deploy: None,
        source: None,
        pointers,
        gaps: gaps.0,
        config,
        seen_at,
        service: row,
    })
}

/// Failures beside which the rest still stands.
struct Gaps(Vec<Trouble>);

impl Gaps {
    fn add(&mut self, troubles: Vec<Trouble>) {
        for trouble in troubles {
            if !self.0.contains(&trouble) {
                self.0.push(trouble);
            }
        }
    }

    fn or_default<T: Default>(&mut self, part: Result<T, Trouble>) -> T {
        part.unwrap_or_else(|trouble| {
            if !self.0.contains(&trouble) {
                self.0.push(trouble);
            }
            T::default()
        })
    }
}

async fn load_versions(
    clients: &Clients,
    service: &types::Service,
    revisions: &[String],
    pointers: &Pointers,
) -> Result<(), Trouble> {
    let first = versions::load_revisions(clients, revisions).await;
    let missing: BTreeSet<String> = rows::definitions(service)
        .into_iter()
        .filter(|arn| versions::known(clients, arn, revisions, pointers).is_none())
        .map(str::to_owned)
        .collect();
    let second = versions::load_definitions(clients, missing).await;
    match first.into_iter().next() {
        Some(unread) => Err(unread.trouble),
        None => second,
    }
}

/// The newest service deployment tells the stage of the rollout, whether it goes back, and whether it waits.
fn complete_rollout(clients: &Clients, row: &mut crate::model::Service, history: &[HistoricDeployment]) {
    use crate::model::DeploymentStatus as Status;
    let (Some(rollout), Some(newest)) = (&mut row.rollout, history.first()) else { return };
    if newest.status.is_over() {
        return;
    }
    rollout.stage.clone_from(&newest.stage);
    rollout.rolling_back |= matches!(newest.status, Status::RollbackRequested | Status::RollbackInProgress);
    rollout.waits = newest.awaiting().filter(|_| !rollout.rolling_back).map(Hook::awaited);
    clients.account.caches.waiting.put(&row.arn, rollout.waits);
    match (rollout.waits.is_some(), row.note.as_str()) {
        (true, "") => WAITING.clone_into(&mut row.note),
        (false, WAITING) => row.note.clear(),
        _ => {}
    }
}

fn events(service: &types::Service) -> Vec<RolloutEvent> {
    let mut events: Vec<RolloutEvent> = service
        .events()
        .iter()
        .map(|e| RolloutEvent {
            id: convert::name(e.id().unwrap_or_default()),
            at: convert::stamp(e.created_at()).unwrap_or_default(),
            text: convert::line(e.message()),
        })
        .collect();
    events.sort_by_key(|e| std::cmp::Reverse(e.at));
    events
}

/// Where its tasks run: what the PRIMARY task set says where it has such, else what the service says.
struct Place {
    network: Option<Network>,
    launch_type: String,
    capacity_providers: Vec<(String, i32, i32)>,
}

impl Place {
    fn of(service: &types::Service, deployments: &[Deployment]) -> Self {
        let strategy = service.capacity_provider_strategy();
        let own = Self {
            network: rows::network(service.network_configuration()),
            launch_type: rows::launch_type(service.launch_type(), strategy),
            capacity_providers: rows::capacity_providers(strategy),
        };
        match running::primary(deployments).filter(|d| d.task_set) {
            Some(set) => Self {
                network: set.network.clone().or(own.network),
                launch_type: if set.launch_type.is_empty() && set.capacity_providers.is_empty() {
                    own.launch_type
                } else {
                    set.launch_type.clone()
                },
                capacity_providers: set.capacity_providers.clone(),
            },
            None => own,
        }
    }
}

fn service_config(service: &types::Service, deployments: &[Deployment], place: &Place) -> Config {
    let mut out = Config::new();
    let mut put = |name: &str, value: String| {
        if !value.is_empty() {
            out.push(("service".to_owned(), name.to_owned(), value));
        }
    };
    put("status", convert::name(service.status().unwrap_or_default()));
    let controller = rows::controller(service);
    if controller.has_task_sets() {
        put("deployed by", controller.words().to_owned());
        for set in deployments {
            put(&format!("task set {}", set.status.to_lowercase()), told_set(set));
        }
    }
    put("launch type", place.launch_type.clone());
    put(
        "capacity providers",
        place
            .capacity_providers
            .iter()
            .map(|(name, weight, base)| format!("{name} weight {weight} base {base}"))
            .collect::<Vec<_>>()
            .join(", "),
    );
    put("platform", convert::name(service.platform_version().unwrap_or_default()));
    put("scheduling", service.scheduling_strategy().map(|s| convert::name(s.as_str())).unwrap_or_default());
    if let Some(network) = &place.network {
        put("subnets", network.subnets.join(", "));
        put("security groups", network.security_groups.join(", "));
        put("public address", if network.public_ip { "assigned" } else { "none" }.to_owned());
    }
    if let Some(configuration) = service.deployment_configuration() {
        if let (Some(min), Some(max)) =
            (configuration.minimum_healthy_percent(), configuration.maximum_percent())
        {
            put("healthy, most", format!("{min} %, {max} %"));
        }
        if let Some(breaker) = configuration.deployment_circuit_breaker() {
            let word = match (breaker.enable(), breaker.rollback()) {
                (true, true) => "on, rolls back",
                (true, false) => "on, no rollback",
                (false, _) => "none",
            };
            put("circuit breaker", word.to_owned());
        }
        if let Some(alarms) = configuration.alarms() {
            let names: Vec<String> = alarms.alarm_names().iter().map(|n| convert::name(n)).collect();
            let word = if alarms.enable() { names.join(", ") } else { String::new() };
            put("deployment alarms", word);
        }
        let bake = configuration.bake_time_in_minutes().filter(|m| *m > 0);
        put("bake time", bake.map(|m| format!("{m} min")).unwrap_or_default());
    }
    if let Some(seconds) = service.health_check_grace_period_seconds() {
        put("health check grace", format!("{seconds} s"));
    }
    for balancer in service.load_balancers() {
        let group = convert::name(convert::tail_of_group(balancer.target_group_arn().unwrap_or_default()));
        let container = convert::name(balancer.container_name().unwrap_or_default());
        let port = balancer.container_port().unwrap_or_default();
        put("target group", format!("{group} → {container}:{port}"));
    }
    out
}

/// `shop-api:3, 1 of 1, 100 %, steady state, d-ABCDEF123`: a task set in a line.
fn told_set(set: &Deployment) -> String {
    let mut parts = vec![
        convert::tail(&set.task_definition).to_owned(),
        format!("{} of {} run", set.running, set.desired),
    ];
    parts.extend(set.scale.map(|scale| format!("{scale} % of the tasks")));
    parts.push(set.stability.to_lowercase().replace('_', " "));
    parts.extend(set.target_groups.iter().map(|group| convert::tail_of_group(group).to_owned()));
    parts.push(set.external_id.clone());
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// Which container is the application, and why.
fn container_config(definition: &TaskDefinition, pointers: &Pointers) -> (String, String, String) {
    let value = match pointers.resolve_in(definition, None) {
        Ok((place, reason)) => {
            let name = definition.containers.get(place).map(|c| c.name.as_str()).unwrap_or_default();
            format!("{name}: {}", reason.words())
        }
        Err(doubt) => doubt.words(),
    };
    ("service".to_owned(), "application container".to_owned(), value)
}

/// What a task definition says, from its masked copy.
fn definition_config(definition: &TaskDefinition) -> Config {
    let mut out = Config::new();
    let section = definition.label();
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    for (name, member) in [
        ("cpu", "cpu"),
        ("memory", "memory"),
        ("network mode", "networkMode"),
        ("task role", "taskRoleArn"),
        ("execution role", "executionRoleArn"),
        ("architecture", "runtimePlatform"),
    ] {
        if let Some(value) = definition.shown.get(member) {
            out.push((section.clone(), name.to_owned(), plain(value)));
        }
    }
    let containers = definition.shown.get("containerDefinitions").and_then(Value::as_array);
    for container in containers.into_iter().flatten() {
        let name = container.get("name").and_then(Value::as_str).unwrap_or("container");
        let section = format!("container {name}");
        let mut put = |name: &str, value: String| {
            if !value.is_empty() {
                out.push((section.clone(), name.to_owned(), value));
            }
        };
        for (label, member) in
            [("image", "image"), ("essential", "essential"), ("cpu", "cpu"), ("memory", "memory")]
        {
            put(label, container.get(member).map(&plain).unwrap_or_default());
        }
        for (label, member) in [("command", "command"), ("entry point", "entryPoint")] {
            let words = container.get(member).and_then(Value::as_array);
            let words: Vec<String> = words.into_iter().flatten().map(&plain).collect();
            put(label, words.join(" "));
        }
        let ports = container.get("portMappings").and_then(Value::as_array);
        let ports: Vec<String> =
            ports.into_iter().flatten().filter_map(|p| p.get("containerPort")).map(&plain).collect();
        put("ports", ports.join(", "));
        let group = container.pointer("/logConfiguration/options/awslogs-group");
        put("log group", group.map(&plain).unwrap_or_default());
        let brief = definition.containers.iter().find(|c| c.name == name).filter(|_| group.is_none());
        put("log", brief.map(routed).unwrap_or_default());
        for (list, member, kind) in [("environment", "value", ""), ("secrets", "valueFrom", "secret ")] {
            for pair in container.get(list).and_then(Value::as_array).into_iter().flatten() {
                let name = pair.get("name").map(&plain).unwrap_or_default();
                put(&format!("{kind}{name}"), pair.get(member).map(&plain).unwrap_or_default());
            }
        }
    }
    out
}

/// Where a container's lines go that the driver awslogs does not take.
fn routed(container: &ContainerBrief) -> String {
    match container.log.source(&container.name, "") {
        Ok(source) => format!("{source}, through FireLens"),
        Err(why) => why,
    }
}
