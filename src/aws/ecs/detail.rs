//! One ECS service in depth. Everything is read at once; only the service itself failing is a failure.

use super::{arns, services};
use crate::{
    aws::{
        alarms, balancer,
        clients::Clients,
        convert,
        ecs::{
            config::{Place, container_config, definition_config, service_config},
            definition, deployments, launch,
            rows::{self, WAITING},
            tasks, versions,
        },
        express,
    },
    model::{
        HistoricDeployment, Hook, Kind, Pointers, RolloutEvent, ServiceDetail, ServiceKey, Trouble,
        TroubleKind,
    },
};
use aws_sdk_ecs::types;
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
        if !alarms.iter().any(|a| a.own_name() == alarm.own_name()) {
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
