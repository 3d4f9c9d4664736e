//! What CloudWatch and ELBv2 see of the world.

use super::Engine;
use super::address::{balancer_arn, target_group_arn, unhealthy_status};
use super::points;
use super::state::{Service, TargetState, Task};
use crate::sim::api::{Conditions, Landscape, Subject, Target, TargetGroup};
use crate::sim::world::balancer_dimensions;

impl Landscape for Engine {
    fn subjects(&self, account: &str, region: &str) -> Vec<Subject> {
        let services = self.services.iter().filter(|s| s.spec.account == account && s.spec.region == region);
        let apps = self.apps.iter().filter(|a| a.spec.account == account && a.spec.region == region);
        let databases = self.world.databases.iter().filter(|d| d.account == account && d.region == region);
        services
            .map(|service| Subject::Ecs {
                cluster: service.spec.cluster.clone(),
                service: service.spec.name.clone(),
                balancer: service.spec.balancer.as_deref().map(|balancer| {
                    let (balancer, group) = balancer_dimensions(balancer, &service.spec.name);
                    (group, balancer)
                }),
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
            .filter_map(|service| self.target_group(service))
            .collect()
    }
}

impl Engine {
    fn target_group(&self, service: &Service) -> Option<TargetGroup> {
        let spec = &service.spec;
        let port = spec.port.unwrap_or(80);
        let targets = service
            .tasks
            .iter()
            .filter_map(|id| self.tasks.get(id))
            .filter_map(|task| {
                let (id, bound) = self.reached_at(task);
                target(task, id, bound.unwrap_or(port), self.zone_of(task, &spec.region))
            })
            .collect();
        Some(TargetGroup {
            arn: target_group_arn(spec)?,
            name: spec.name.clone(),
            balancer_arn: balancer_arn(spec)?,
            port,
            instances: spec.ec2.as_ref().is_some_and(|ec2| ec2.network != "awsvpc"),
            health_path: spec.health_path.clone(),
            vpc: vpc(&spec.cluster),
            targets,
        })
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
        TargetState::Unhealthy => (
            "unhealthy",
            Some("Target.ResponseCodeMismatch"),
            Some(format!("Health checks failed with these codes: [{}]", unhealthy_status(task))),
        ),
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
