//! What CloudWatch calls each quantity, and the grid that its points lie on.

use crate::model::{Kind, Metric, MetricTarget, Range, Stamp};

/// The grid all series of one ask lie on: whole periods that are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) period: i32,
    pub(super) count: usize,
}

impl Grid {
    pub(super) fn new(range: Range, end: Stamp) -> Self {
        let period = range.period();
        let step = i64::from(period);
        // the period under way is left out: its sums would read as a drop
        let end = end.secs().div_euclid(step) * step;
        let count = usize::try_from(range.seconds() / step).unwrap_or(0);
        Self { start: end - range.seconds(), end, period, count }
    }

    pub(super) fn index(&self, at: i64) -> Option<usize> {
        let offset = at.checked_sub(self.start)?;
        if offset < 0 || at >= self.end {
            return None;
        }
        usize::try_from(offset / i64::from(self.period)).ok()
    }

    pub(super) fn empty(&self) -> Vec<Option<f32>> {
        vec![None; self.count]
    }
}

/// How a value of CloudWatch becomes ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Unit {
    /// As it is.
    Plain,
    /// A sum over a period, told per minute here.
    PerMinute,
    /// Seconds there, milliseconds here.
    Seconds,
}

/// What CloudWatch calls one quantity, and how its values become ours.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Source {
    pub(super) namespace: &'static str,
    pub(super) name: &'static str,
    pub(super) stat: &'static str,
    pub(super) dimensions: Vec<(&'static str, String)>,
    pub(super) unit: Unit,
}

/// What one query is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Role {
    /// A metric's first choice.
    Main(Metric),
    /// What stands in when the first choice has no data.
    Instead(Metric),
}

/// A source of a metric of one service: of all of it, or of one way in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) role: Role,
    /// The way in, and its target group.
    pub(super) way: Option<(u8, String)>,
    pub(super) source: Source,
}

/// The sources of a metric of a service: of each way in, the first choice and what stands in for it. Those of one
/// balancer are the same for all services behind it, and asked once.
pub(super) fn sources(target: &MetricTarget, metric: Metric, insights: Option<bool>) -> Vec<Part> {
    let main = Role::Main(metric);
    let whole = |role, source| Part { role, way: None, source };
    if target.key.kind == Kind::AppRunner {
        return apprunner(target, metric).map(|source| whole(main, source)).into_iter().collect();
    }
    let ecs = |namespace, name| Source {
        namespace,
        name,
        stat: "Average",
        dimensions: vec![
            ("ClusterName", target.key.cluster.to_string()),
            ("ServiceName", target.key.name.to_string()),
        ],
        unit: Unit::Plain,
    };
    let ways = |role, name, stat, unit| -> Vec<Part> {
        let part = |(balancer, group, way): (&str, &str, u8)| Part {
            role,
            way: Some((way, group.to_owned())),
            source: Source {
                namespace: "AWS/ApplicationELB",
                name,
                stat,
                dimensions: vec![("LoadBalancer", balancer.to_owned()), ("TargetGroup", group.to_owned())],
                unit,
            },
        };
        target.traffic.measured().map(part).collect()
    };
    match metric {
        Metric::Cpu => vec![whole(main, ecs("AWS/ECS", "CPUUtilization"))],
        Metric::Memory => vec![whole(main, ecs("AWS/ECS", "MemoryUtilization"))],
        Metric::Requests => ways(main, "RequestCount", "Sum", Unit::PerMinute),
        Metric::Errors => ways(main, "HTTPCode_Target_5XX_Count", "Sum", Unit::PerMinute),
        Metric::BalancerErrors => target
            .traffic
            .answering()
            .into_iter()
            .map(|balancer| {
                // the target's errors are not in it, and it has no dimension TargetGroup
                let source = Source {
                    namespace: "AWS/ApplicationELB",
                    name: "HTTPCode_ELB_5XX_Count",
                    stat: "Sum",
                    dimensions: vec![("LoadBalancer", balancer.to_owned())],
                    unit: Unit::PerMinute,
                };
                whole(main, source)
            })
            .collect(),
        Metric::LatencyP50 => ways(main, "TargetResponseTime", "p50", Unit::Seconds),
        Metric::LatencyP99 => ways(main, "TargetResponseTime", "p99", Unit::Seconds),
        Metric::Tasks => {
            let healthy = ways(Role::Instead(metric), "HealthyHostCount", "Average", Unit::Plain);
            let mut found = Vec::new();
            if insights != Some(false) || healthy.is_empty() {
                found.push(whole(main, ecs("ECS/ContainerInsights", "RunningTaskCount")));
            }
            if insights != Some(true) {
                found.extend(healthy);
            }
            found
        }
    }
}

fn apprunner(target: &MetricTarget, metric: Metric) -> Option<Source> {
    let (name, stat, unit) = match metric {
        Metric::Cpu => ("CPUUtilization", "Average", Unit::Plain),
        Metric::Memory => ("MemoryUtilization", "Average", Unit::Plain),
        Metric::Requests => ("Requests", "Sum", Unit::PerMinute),
        Metric::Errors => ("5xxStatusResponses", "Sum", Unit::PerMinute),
        Metric::LatencyP50 => ("RequestLatency", "p50", Unit::Plain),
        Metric::LatencyP99 => ("RequestLatency", "p99", Unit::Plain),
        Metric::Tasks => ("ActiveInstances", "Average", Unit::Plain),
        // what its own balancer answers is among its answers
        Metric::BalancerErrors => return None,
    };
    Some(Source {
        namespace: "AWS/AppRunner",
        name,
        stat,
        dimensions: vec![
            ("ServiceName", target.key.name.to_string()),
            ("ServiceID", target.service_id.clone()),
        ],
        unit,
    })
}
