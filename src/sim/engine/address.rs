//! Where a task is found: its address and zone, its target group and load balancer.

use super::Engine;
use super::state::{Task, TaskId};
use crate::sim::hash;
use crate::sim::world::{ServiceSpec, balancer_dimensions};

/// The status that a task's health check answers with, 0 when it passes.
pub(in crate::sim) fn unhealthy_status(task: &Task) -> u16 {
    task.images.iter().find_map(|image| image.behaviour.as_ref()?.unhealthy).unwrap_or(0)
}

/// A task's address in its subnet.
pub(in crate::sim) fn address(id: TaskId) -> String {
    let bits = hash::of(&id.0.to_be_bytes(), 7);
    format!("10.0.{}.{}", 16 + bits % 48, 4 + (bits >> 8) % 248)
}

/// The availability zone of a task on Fargate.
fn zone(region: &str, id: TaskId) -> String {
    let letter = match hash::of(&id.0.to_be_bytes(), 8) % 3 {
        0 => 'a',
        1 => 'b',
        _ => 'c',
    };
    format!("{region}{letter}")
}

impl Engine {
    /// Where a load balancer reaches a task: the address of its own interface, or its container instance
    /// and the host port there.
    pub(in crate::sim) fn reached_at(&self, task: &Task) -> (String, Option<u16>) {
        let own = || (address(task.id), None);
        let Some(seat) = &task.seat else { return own() };
        let Some(binding) = seat.bindings.first() else { return own() };
        let Some(instance) = self.instance(seat.instance) else { return own() };
        (instance.ec2.clone(), Some(binding.host))
    }

    /// The availability zone that a task runs in.
    pub(in crate::sim) fn zone_of(&self, task: &Task, region: &str) -> String {
        let seated = task.seat.as_ref().and_then(|seat| self.instance(seat.instance));
        seated.map_or_else(|| zone(region, task.id), |instance| instance.zone.clone())
    }
}

/// ARN of a service's target group, when it stands behind a load balancer.
pub(in crate::sim) fn target_group_arn(spec: &ServiceSpec) -> Option<String> {
    let balancer = spec.balancer.as_deref()?;
    let (_, group) = balancer_dimensions(balancer, &spec.name);
    Some(format!("arn:aws:elasticloadbalancing:{}:{}:{group}", spec.region, spec.account))
}

/// ARN of a service's load balancer.
pub(in crate::sim) fn balancer_arn(spec: &ServiceSpec) -> Option<String> {
    let (balancer, _) = balancer_dimensions(spec.balancer.as_deref()?, &spec.name);
    Some(format!("arn:aws:elasticloadbalancing:{}:{}:loadbalancer/{balancer}", spec.region, spec.account))
}
