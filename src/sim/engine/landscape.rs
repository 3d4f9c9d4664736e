//! What CloudWatch and ELBv2 see of the world.

use super::Engine;
use super::address::{self, unhealthy_reason};
use super::num::count;
use super::points;
use super::state::{Service, TargetState, Task};
use crate::sim::api::{Conditions, Landscape, ListenerRule, Subject, Target, TargetGroup, Way};
use crate::sim::world::{BalancerSort, ServiceSpec, balancer_tail};

impl Landscape for Engine {
    fn subjects(&self, account: &str, region: &str) -> Vec<Subject> {
        let services = self.services.iter().filter(|s| s.spec.account == account && s.spec.region == region);
        let apps = self.apps.iter().filter(|a| a.spec.account == account && a.spec.region == region);
        let databases = self.world.databases.iter().filter(|d| d.account == account && d.region == region);
        services
            .map(|service| Subject::Ecs {
                cluster: service.spec.cluster.clone(),
                service: service.spec.name.clone(),
                ways: measured(&service.spec),
                baseline: service.spec.baseline,
            })
            .chain(apps.map(|app| Subject::AppRunner {
                name: app.spec.name.clone(),
                id: format!("{:032x}", app.id),
                baseline: app.spec.baseline,
            }))
            .chain(databases.map(|d| Subject::Database { id: d.id.clone(), baseline: d.baseline }))
            .collect()
    }

    fn conditions(&self, account: &str, region: &str, subject: &Subject, at: f64) -> Option<Conditions> {
        if at > self.now {
            return None;
        }
        match subject {
            Subject::Ecs { cluster, service, .. } => {
                let found = self.find_service(cluster, service).and_then(|ix| self.service(ix))?;
                let here = found.spec.account == account && found.spec.region == region;
                points::at(&found.points, at).filter(|_| here)
            }
            Subject::AppRunner { name, .. } => {
                let app = self
                    .apps
                    .iter()
                    .find(|a| a.spec.name == *name && a.spec.account == account && a.spec.region == region)?;
                points::at(&app.points, at)
            }
            Subject::Database { .. } => Some(points::steady(1, points::Effect::NORMAL)),
        }
    }

    fn target_groups(&self, account: &str, region: &str) -> Vec<TargetGroup> {
        self.services
            .iter()
            .filter(|s| s.spec.account == account && s.spec.region == region)
            .flat_map(|service| self.groups_of(service))
            .collect()
    }

    fn rules(&self, account: &str, region: &str) -> Vec<ListenerRule> {
        let here = self.services.iter().filter(|s| s.spec.account == account && s.spec.region == region);
        here.flat_map(rules_of).collect()
    }

    fn lag(&self) -> f64 {
        self.world.metrics_lag
    }
}

/// The ways in that CloudWatch counts requests of: a group behind two balancers has half of them by each.
fn measured(spec: &ServiceSpec) -> Vec<Way> {
    let mut found = Vec::new();
    for way in address::ways(spec) {
        let Some((_, group)) = way.group.as_deref().and_then(|arn| arn.split_once(":targetgroup/")) else {
            continue;
        };
        let parts = f64::from(count(way.balancers.len()).max(1));
        for (sort, name) in way.balancers.iter().filter(|(sort, _)| *sort == BalancerSort::Application) {
            found.push(Way {
                group: format!("targetgroup/{group}"),
                balancer: balancer_tail(*sort, name),
                share: way.share / parts,
                alternate: way.alternate,
                faulty: way.faulty,
            });
        }
    }
    found
}

/// The rules before a service. Where deployments shift traffic, production's is a weighted forward over both groups.
fn rules_of(service: &Service) -> Vec<ListenerRule> {
    let spec = &service.spec;
    let Some((listener, production, test)) = address::rule_arns(spec) else { return Vec::new() };
    let Some(balancer) = spec.balancer.as_deref() else { return Vec::new() };
    let ways = address::ways(spec);
    let group = |alternate: bool| {
        ways.iter().find(|way| way.alternate.unwrap_or(false) == alternate).and_then(|way| way.group.clone())
    };
    let (Some(first), other) = (group(false), group(true)) else { return Vec::new() };
    let rule = |arn: String, forwards, test| ListenerRule {
        arn,
        listener_arn: listener.clone(),
        balancer_arn: address::balancer_arn(spec, spec.ways.sort, balancer),
        forwards,
        host: format!("{}.example.com", spec.name),
        test,
    };
    let Some(other) = other else { return vec![rule(production, vec![(first, 1)], false)] };
    let moved = points::moved(service) * 100.0;
    let share = super::num::steps(moved, 1.0, 100);
    let newest = service.rollouts.first().and_then(|r| service.revisions.get(r.revision));
    let tested = if newest.is_some_and(|revision| revision.alternate) { &other } else { &first };
    vec![
        rule(test, vec![(tested.clone(), 1)], true),
        rule(production, vec![(first, 100_u32.saturating_sub(share)), (other, share)], false),
    ]
}

impl Engine {
    fn groups_of(&self, service: &Service) -> Vec<TargetGroup> {
        let spec = &service.spec;
        let port = spec.port.unwrap_or(80);
        let mut found = Vec::new();
        for way in address::ways(spec) {
            let Some(arn) = way.group else { continue };
            let targets = service
                .tasks
                .iter()
                .filter_map(|id| self.tasks.get(id))
                .filter(|task| {
                    way.alternate.is_none_or(|alternate| points::in_alternate(service, task) == alternate)
                })
                .filter_map(|task| {
                    let (id, bound) = self.reached_at(task);
                    target(task, id, bound.unwrap_or(port), self.zone_of(task, &spec.region))
                })
                .collect();
            let network = way.balancers.iter().any(|(sort, _)| *sort == BalancerSort::Network);
            found.push(TargetGroup {
                arn,
                name: way.name,
                balancer_arns: way
                    .balancers
                    .iter()
                    .map(|(sort, name)| address::balancer_arn(spec, *sort, name))
                    .collect(),
                protocol: if network { "TCP" } else { "HTTP" },
                port,
                instances: spec.ec2.as_ref().is_some_and(|ec2| ec2.network != "awsvpc"),
                health_path: spec.health_path.clone(),
                vpc: vpc(&spec.cluster),
                targets,
            });
        }
        found
    }
}

fn target(task: &Task, id: String, port: u16, zone: String) -> Option<Target> {
    let (state, reason, description) = match task.target? {
        TargetState::Initial if task.running() => (
            "initial",
            Some("Elb.InitialHealthChecking"),
            Some("Initial health checks in progress".to_owned()),
        ),
        TargetState::Initial => (
            "initial",
            Some("Elb.RegistrationInProgress"),
            Some("Target registration is in progress".to_owned()),
        ),
        TargetState::Healthy => ("healthy", None, None),
        TargetState::Unhealthy => {
            let (reason, told) = unhealthy_reason(task);
            ("unhealthy", Some(reason), Some(told))
        }
        TargetState::Draining => (
            "draining",
            Some("Target.DeregistrationInProgress"),
            Some("Target deregistration is in progress".to_owned()),
        ),
    };
    Some(Target { id, port, state: state.to_owned(), reason: reason.map(str::to_owned), description, zone })
}

/// The VPC that a cluster's tasks run in.
pub(in crate::sim) fn vpc(cluster: &str) -> String {
    format!("vpc-{:017x}", crate::sim::hash::of(cluster.as_bytes(), 14) >> 4)
}
