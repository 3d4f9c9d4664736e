//! Where a task is found: its address and zone, its target group and load balancer.

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

/// The availability zone that a task runs in.
pub(in crate::sim) fn zone(region: &str, id: TaskId) -> String {
    let letter = match hash::of(&id.0.to_be_bytes(), 8) % 3 {
        0 => 'a',
        1 => 'b',
        _ => 'c',
    };
    format!("{region}{letter}")
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
