//! Where a task is found: its address and zone, its target group and load balancer.

use super::Engine;
use super::state::{Task, TaskId};
use crate::sim::hash;
use crate::sim::world::{BalancerSort, ServiceSpec, balancer_id, balancer_tail};

/// The status that a task's health check answers with, 0 when it passes.
pub(in crate::sim) fn unhealthy_status(task: &Task) -> u16 {
    task.images.iter().find_map(|image| image.behaviour.as_ref()?.unhealthy).unwrap_or(0)
}

/// Why the load balancer finds a task unhealthy: the reason's code and AWS's sentence (elasticloadbalancingv2 2015-12-01,
/// `TargetHealthReasonEnum`; user guide, "health check reason codes").
pub(in crate::sim) fn unhealthy_reason(task: &Task) -> (&'static str, String) {
    match unhealthy_status(task) {
        0 if task.images.iter().any(|image| image.behaviour.as_ref().is_some_and(|b| b.slow.is_some())) => {
            ("Target.Timeout", "Request timed out".to_owned())
        }
        0 => ("Target.FailedHealthChecks", "Health checks failed".to_owned()),
        status => {
            ("Target.ResponseCodeMismatch", format!("Health checks failed with these codes: [{status}]"))
        }
    }
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

/// A way in of a service.
#[derive(Debug, Clone)]
pub(in crate::sim) struct WayIn {
    /// ARN of its target group; none behind a classic load balancer.
    pub group: Option<String>,
    /// Name of that group.
    pub name: String,
    /// Its load balancers: sort and name.
    pub balancers: Vec<(BalancerSort, String)>,
    /// Whether it is the alternate group of a pair; none where it is no pair.
    pub alternate: Option<bool>,
    /// Share of the requests; of a pair, both together.
    pub share: f64,
    /// Whether errors of images show here.
    pub faulty: bool,
}

/// Every way in of a service, the first one first, its alternate group next.
pub(in crate::sim) fn ways(spec: &ServiceSpec) -> Vec<WayIn> {
    let Some(balancer) = &spec.balancer else { return Vec::new() };
    let more = &spec.ways;
    let rest: f64 = more.groups.iter().map(|group| group.share).sum();
    let only_some = more.groups.iter().any(|group| group.faulty);
    let classic = more.sort == BalancerSort::Classic;
    let mut balancers = vec![(more.sort, balancer.clone())];
    balancers.extend(more.also_behind.iter().map(|name| (BalancerSort::Application, name.clone())));
    let first = |name: &str, alternate| WayIn {
        group: (!classic).then(|| group_arn(spec, name)),
        name: name.to_owned(),
        balancers: balancers.clone(),
        alternate,
        share: 1.0 - rest,
        faulty: !only_some,
    };
    let mut found = vec![first(&spec.name, more.alternate.as_ref().map(|_| false))];
    found.extend(more.alternate.iter().map(|name| first(name, Some(true))));
    found.extend(more.groups.iter().map(|group| WayIn {
        group: Some(group_arn(spec, &group.name)),
        name: group.name.clone(),
        balancers: vec![(group.sort, group.balancer.clone())],
        alternate: None,
        share: group.share,
        faulty: !only_some || group.faulty,
    }));
    found
}

fn group_arn(spec: &ServiceSpec, name: &str) -> String {
    let (region, account) = (&spec.region, &spec.account);
    format!("arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{}", balancer_id(name))
}

/// ARN of a service's first target group, when it stands behind a load balancer that has any.
pub(in crate::sim) fn target_group_arn(spec: &ServiceSpec) -> Option<String> {
    ways(spec).into_iter().next()?.group
}

/// ARN of a load balancer.
pub(in crate::sim) fn balancer_arn(spec: &ServiceSpec, sort: BalancerSort, name: &str) -> String {
    let (region, account) = (&spec.region, &spec.account);
    format!("arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/{}", balancer_tail(sort, name))
}

/// ARNs of the listener before a service, and of its rules for production and for tests. A network load balancer has
/// listeners alone.
pub(in crate::sim) fn rule_arns(spec: &ServiceSpec) -> Option<(String, String, String)> {
    let balancer = spec.balancer.as_deref()?;
    let sort = spec.ways.sort;
    let place = format!("arn:aws:elasticloadbalancing:{}:{}", spec.region, spec.account);
    let tail = balancer_tail(sort, balancer);
    let listener = format!("{place}:listener/{tail}/{}", balancer_id(&format!("{balancer}:443")));
    match sort {
        BalancerSort::Classic => None,
        BalancerSort::Network => {
            let test = format!("{place}:listener/{tail}/{}", balancer_id(&format!("{balancer}:8443")));
            Some((listener.clone(), listener, test))
        }
        BalancerSort::Application => {
            let within = listener.replace(":listener/", ":listener-rule/");
            let rule = |what: &str| format!("{within}/{}", balancer_id(&format!("{}:{what}", spec.name)));
            Some((listener, rule("production"), rule("test")))
        }
    }
}
