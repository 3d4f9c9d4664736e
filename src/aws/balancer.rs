//! Load balancers: where a service's traffic comes in, how its targets are, and where rules send requests.

mod neighbours;
mod rules;

use super::ecs::arns;
use super::{caches::RevisionWay, calls, clients::Clients, convert};
use crate::model::{
    Balancer, Route, Target, Traffic, Trouble, TroubleKind,
    detail::RuleWeights,
    traffic::{Role, points_nowhere},
};
use aws_sdk_ecs::types as ecs;
use aws_sdk_elasticloadbalancingv2::types::TargetDescription;
use futures_util::{StreamExt, future, stream};
use neighbours::neighbours;
use rules::weights;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Target groups in one call.
const BATCH: usize = 20;

/// The ways in that a service revision tells: what its configuration resolved to, and what Express made.
pub(super) fn ways(revision: &ecs::ServiceRevision) -> Vec<RevisionWay> {
    let resolved = revision.resolved_configuration().map(ecs::ResolvedConfiguration::load_balancers);
    let mut found: Vec<RevisionWay> = (0..)
        .zip(resolved.unwrap_or_default())
        .filter_map(|(way, one)| {
            let rule = one.production_listener_rule().map(convert::name);
            Some(RevisionWay { group: convert::name(one.target_group_arn()?), balancer: None, rule, way })
        })
        .collect();
    let paths = revision.ecs_managed_resources().map(ecs::EcsManagedResources::ingress_paths);
    for (way, path) in (0..).zip(paths.unwrap_or_default()) {
        let balancer = path.load_balancer().and_then(|b| b.arn()).and_then(Balancer::of_arn).map(neutral);
        let rule = path.rule().and_then(|rule| rule.arn()).map(convert::name);
        found.extend(path.target_groups().iter().filter_map(|group| {
            let group = convert::name(group.arn()?);
            Some(RevisionWay { group, balancer: balancer.clone(), rule: rule.clone(), way })
        }));
    }
    found
}

/// Where a service's traffic comes in: what it is configured with, what its task sets and its revisions have; load
/// balancers as far as known.
pub(super) fn traffic(clients: &Clients, service: &ecs::Service) -> Traffic {
    let mut traffic = Traffic::default();
    for (way, entry) in (0..).zip(service.load_balancers()) {
        add(&mut traffic, entry, Role::Production, way);
    }
    // with CODE_DEPLOY and EXTERNAL each task set has its own; ACTIVE ones do not serve yet
    for set in service.task_sets() {
        let role = if set.status() == Some("PRIMARY") { Role::Production } else { Role::Alternate };
        for (way, entry) in (0..).zip(set.load_balancers()) {
            add(&mut traffic, entry, role, way);
        }
    }
    for facts in
        arns::revision_arns(service).iter().filter_map(|arn| clients.account.caches.revisions.get(arn))
    {
        for own in &facts.ways {
            if traffic.role_of(&own.group).is_none() {
                let pair = traffic.routes.iter().any(|route| route.way == own.way);
                let role = if pair { Role::Alternate } else { Role::Production };
                let group = Some(own.group.clone());
                traffic.add(Route { balancer: own.balancer.clone(), group, role, way: own.way });
            }
            if let Some(rule) = &own.rule {
                traffic.add_rule(rule.clone(), Role::Production);
            }
        }
    }
    fill(clients, &mut traffic);
    traffic
}

fn add(traffic: &mut Traffic, entry: &ecs::LoadBalancer, role: Role, way: u8) {
    let classic = entry.load_balancer_name().map(|name| Balancer::of_id(&convert::name(name)));
    if entry.target_group_arn().is_some() || classic.is_some() {
        traffic.add(Route {
            balancer: classic.filter(|_| entry.target_group_arn().is_none()),
            group: entry.target_group_arn().map(convert::name),
            role,
            way,
        });
    }
    let Some(advanced) = entry.advanced_configuration() else { return };
    if let Some(group) = advanced.alternate_target_group_arn() {
        let group = Some(convert::name(group));
        traffic.add(Route { balancer: None, group, role: Role::Alternate, way });
    }
    for (rule, role) in
        [(advanced.production_listener_rule(), Role::Production), (advanced.test_listener_rule(), Role::Test)]
    {
        if let Some(rule) = rule.filter(|rule| !rule.is_empty()) {
            traffic.add_rule(convert::name(rule), role);
        }
    }
}

/// Fills in load balancers that are known by now.
pub(super) fn fill(clients: &Clients, traffic: &mut Traffic) {
    traffic.fill(|group| Some(clients.account.caches.balancers.get(group)?.to_vec()));
}

fn neutral(balancer: Balancer) -> Balancer {
    Balancer { id: convert::name(&balancer.id), ..balancer }
}

/// Reads the load balancers of target groups that are not known yet.
pub(super) async fn load(clients: &Clients, groups: &[String]) -> Result<(), Trouble> {
    let cache = &clients.account.caches.balancers;
    let unknown: Vec<String> = groups.iter().filter(|arn| cache.get(arn).is_none()).cloned().collect();
    let batches: Vec<Vec<String>> = unknown.chunks(BATCH).map(<[String]>::to_vec).collect();
    let mut answers =
        stream::iter(batches.into_iter().map(|batch| load_batch(clients, batch))).buffer_unordered(10);
    let mut outcome = Ok(());
    while let Some(answer) = answers.next().await {
        if answer.is_err() {
            outcome = answer;
        }
    }
    outcome
}

async fn load_batch(clients: &Clients, batch: Vec<String>) -> Result<(), Trouble> {
    let gone = |arn: &String| clients.account.caches.balancers.put(arn, Arc::from([]));
    match read_groups(clients, &batch).await {
        // one group that is gone fails the whole batch: read them one by one
        Err(trouble) if trouble.kind == TroubleKind::NotFound && batch.len() > 1 => {
            for arn in &batch {
                match read_groups(clients, std::slice::from_ref(arn)).await {
                    Err(trouble) if trouble.kind == TroubleKind::NotFound => gone(arn),
                    other => other?,
                }
            }
            Ok(())
        }
        Err(trouble) if trouble.kind == TroubleKind::NotFound => {
            batch.iter().for_each(gone);
            Ok(())
        }
        other => other,
    }
}

async fn read_groups(clients: &Clients, arns: &[String]) -> Result<(), Trouble> {
    let request = || clients.elb().describe_target_groups().set_target_group_arns(Some(arns.to_vec())).send();
    let answer = clients.call(&calls::DESCRIBE_GROUPS, "", request).await?;
    for group in answer.target_groups() {
        let Some(arn) = group.target_group_arn() else { continue };
        // one group may be behind two balancers
        let balancers: Arc<[Balancer]> =
            group.load_balancer_arns().iter().filter_map(|arn| Balancer::of_arn(arn)).map(neutral).collect();
        // a group that has no balancer yet may get one
        if !balancers.is_empty() {
            clients.account.caches.balancers.put(arn, balancers);
        }
    }
    Ok(())
}

/// What the load balancers tell of a service.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// The groups that were looked at.
    pub groups: Vec<String>,
    pub targets: Vec<Target>,
    pub rules: Vec<RuleWeights>,
    pub neighbours: Vec<(Balancer, Vec<String>)>,
    pub troubles: Vec<Trouble>,
}

/// Reads the targets of all groups of a service, where its rules send traffic, and who else is behind its balancers.
pub(super) async fn health(clients: &Clients, service: &ecs::Service) -> Health {
    let traffic = traffic(clients, service);
    let groups: Vec<String> = traffic.groups().into_iter().map(str::to_owned).collect();
    let (targets, loaded, rules) = future::join3(
        future::join_all(groups.iter().map(|group| targets(clients, group))),
        load(clients, &groups),
        weights(clients, &traffic),
    )
    .await;
    let mut health = Health { groups, ..Health::default() };
    health.troubles.extend(loaded.err());
    for found in targets {
        match found {
            Ok(found) => health.targets.extend(found),
            Err(trouble) => health.troubles.push(trouble),
        }
    }
    match rules {
        Ok(rules) => health.rules = rules,
        Err(trouble) => health.troubles.push(trouble),
    }
    let mut known = traffic;
    fill(clients, &mut known);
    let balancers: Vec<Balancer> = known.answering().into_iter().map(Balancer::of_id).collect();
    for balancer in balancers {
        match neighbours(clients, &known, &balancer).await {
            Ok(others) => health.neighbours.push((balancer, others)),
            Err(trouble) => health.troubles.push(trouble),
        }
    }
    health
}

/// For how long it is believed where production's rules point.
const LOOKED: Duration = Duration::from_secs(30);

/// Whether ECS shifts this service between two groups by a rule, and is not about it now.
fn stands_by_rule(service: &ecs::Service) -> bool {
    let by_rule = |one: &ecs::LoadBalancer| {
        one.advanced_configuration().and_then(|a| a.production_listener_rule()).is_some()
    };
    service.load_balancers().iter().any(by_rule)
        && service.desired_count() > 0
        && service.deployments().len() == 1
        && service
            .deployments()
            .iter()
            .all(|d| d.rollout_state() != Some(&ecs::DeploymentRolloutState::InProgress))
}

/// Looks where production's rules point, of services that stand by one; what may not be read is not known, and is told
/// where the service is opened.
pub(super) async fn look(clients: &Clients, services: &[ecs::Service]) {
    let fresh = |arn: &str| {
        let known = clients.account.caches.nowhere.get(arn);
        known.is_some_and(|(at, _)| at.elapsed() < LOOKED)
    };
    let due: Vec<(&str, Traffic)> = services
        .iter()
        .filter(|service| stands_by_rule(service))
        .filter_map(|service| {
            Some((service.service_arn().filter(|arn| !fresh(arn))?, traffic(clients, service)))
        })
        .collect();
    for due in due.chunks(BATCH) {
        let mut all = Traffic::default();
        for rule in due.iter().flat_map(|(_, traffic)| &traffic.rules).filter(|r| r.role == Role::Production)
        {
            all.add_rule(rule.arn.clone(), Role::Production);
        }
        let Ok(rules) = weights(clients, &all).await else { continue };
        let looks = due.iter().map(|(arn, traffic)| async {
            if let Ok(told) = nowhere(clients, traffic, &rules).await {
                clients.account.caches.nowhere.put(&convert::name(arn), (Instant::now(), told));
            }
        });
        future::join_all(looks).await;
    }
}

/// Takes in what the particulars of a service say of it.
pub(super) fn looked(clients: &Clients, service: &ecs::Service, health: &Health) {
    let Some(arn) = service.service_arn().filter(|_| stands_by_rule(service) && health.troubles.is_empty())
    else {
        return;
    };
    let healthy = |group: &str| health.targets.iter().any(|t| t.group == group && t.state == "healthy");
    let production = health.rules.iter().filter(|rule| rule.role == Role::Production);
    let pointed = production.flat_map(|rule| &rule.forwards).filter(|(_, weight)| *weight > 0);
    let dead: Vec<&str> = pointed.map(|(group, _)| group.as_str()).filter(|group| !healthy(group)).collect();
    let told = (!dead.is_empty() && health.targets.iter().any(|t| t.state == "healthy"))
        .then(|| points_nowhere(&dead));
    clients.account.caches.nowhere.put(&convert::name(arn), (Instant::now(), told));
}

/// The groups that production points at although none of their targets is healthy, while another has some.
async fn nowhere(
    clients: &Clients,
    traffic: &Traffic,
    rules: &[RuleWeights],
) -> Result<Option<String>, Trouble> {
    let own = |rule: &&RuleWeights| traffic.rules.iter().any(|known| known.arn == rule.arn);
    let forwards = rules.iter().filter(own).flat_map(|rule| &rule.forwards);
    let pointed: Vec<&str> =
        forwards.filter(|(_, weight)| *weight > 0).map(|(group, _)| group.as_str()).collect();
    let mut dead = Vec::new();
    for group in pointed.iter().copied() {
        if !healthy(clients, group).await? {
            dead.push(group);
        }
    }
    if dead.is_empty() {
        return Ok(None);
    }
    for group in traffic.groups().into_iter().filter(|group| !dead.contains(group)) {
        if healthy(clients, group).await? {
            return Ok(Some(points_nowhere(&dead)));
        }
    }
    Ok(None)
}

async fn healthy(clients: &Clients, group: &str) -> Result<bool, Trouble> {
    Ok(targets(clients, group).await?.iter().any(|target| target.state == "healthy"))
}

/// The targets of a target group and how they are.
async fn targets(clients: &Clients, group: &str) -> Result<Vec<Target>, Trouble> {
    let on = format!("target group {}", convert::tail_of_group(group));
    let request = || clients.elb().describe_target_health().target_group_arn(group).send();
    let answer = clients.call(&calls::DESCRIBE_HEALTH, &on, request).await?;
    Ok(answer
        .target_health_descriptions()
        .iter()
        .map(|d| {
            let health = d.target_health();
            let target = d.target();
            Target {
                group: group.to_owned(),
                id: convert::name(target.and_then(|t| t.id()).unwrap_or_default()),
                port: port(target),
                state: health.and_then(|h| h.state()).map(|s| convert::name(s.as_str())).unwrap_or_default(),
                reason: health
                    .and_then(|h| h.reason())
                    .map(|r| convert::name(r.as_str()))
                    .unwrap_or_default(),
                description: convert::line(health.and_then(|h| h.description())),
            }
        })
        .collect())
}

fn port(target: Option<&TargetDescription>) -> u16 {
    target.and_then(TargetDescription::port).and_then(|port| u16::try_from(port).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::traffic::short;

    #[test]
    fn a_revision_tells_its_ways() {
        let one = ecs::ServiceRevisionLoadBalancer::builder()
            .target_group_arn("arn:aws:elasticloadbalancing:r:1:targetgroup/green/2")
            .production_listener_rule("arn:aws:elasticloadbalancing:r:1:listener-rule/app/a/1/2/3")
            .build();
        let resolved = ecs::ResolvedConfiguration::builder().load_balancers(one).build();
        let path = ecs::ManagedIngressPath::builder()
            .access_type(ecs::AccessType::Public)
            .endpoint("x")
            .load_balancer(
                ecs::ManagedLoadBalancer::builder()
                    .arn("arn:aws:elasticloadbalancing:r:1:loadbalancer/app/ecs-express/1")
                    .status(ecs::ManagedResourceStatus::Active)
                    .updated_at(aws_smithy_types::DateTime::from_secs(0))
                    .scheme("internet-facing")
                    .build()
                    .unwrap(),
            )
            .target_groups(
                ecs::ManagedTargetGroup::builder()
                    .arn("arn:aws:elasticloadbalancing:r:1:targetgroup/express/9")
                    .status(ecs::ManagedResourceStatus::Active)
                    .updated_at(aws_smithy_types::DateTime::from_secs(0))
                    .health_check_path("/")
                    .health_check_port(80)
                    .port(80)
                    .build()
                    .unwrap(),
            )
            .build()
            .unwrap();
        let managed = ecs::EcsManagedResources::builder().ingress_paths(path).build();
        let revision = ecs::ServiceRevision::builder()
            .resolved_configuration(resolved)
            .ecs_managed_resources(managed)
            .build();
        let found = ways(&revision);
        let told: Vec<_> = found
            .iter()
            .map(|way| (short(&way.group), way.balancer.as_ref().map(Balancer::name), way.rule.is_some()))
            .collect();
        assert_eq!(told, [("green", None, true), ("express", Some("ecs-express"), false)]);
    }
}
