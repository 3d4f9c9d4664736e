//! Metrics: what can be asked, and series with honest gaps.

use super::{Kind, ServiceKey, Stamp, Traffic};
use std::collections::BTreeSet;

/// A quantity the cockpit charts, independent of the kind of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// CPU utilisation, percent.
    Cpu,
    /// Memory utilisation, percent.
    Memory,
    /// Requests per period.
    Requests,
    /// 5xx answers of its targets per period; absent from AWS when zero, so a gap where requests exist and the
    /// balancer is quiet reads as 0.
    Errors,
    /// 5xx answers that its load balancers gave themselves, where no target did; they may serve others too.
    BalancerErrors,
    /// Median latency, milliseconds.
    LatencyP50,
    /// 99th percentile of latency, milliseconds.
    LatencyP99,
    /// Tasks or instances that run.
    Tasks,
}

impl Metric {
    /// All of them, in the order in which screens show them.
    pub const ALL: [Self; 8] = [
        Self::Cpu,
        Self::Memory,
        Self::Requests,
        Self::Errors,
        Self::LatencyP50,
        Self::LatencyP99,
        Self::Tasks,
        Self::BalancerErrors,
    ];

    /// Its title on charts.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Memory => "Memory",
            Self::Requests => "Requests",
            Self::Errors => "5xx",
            Self::BalancerErrors => "5xx by balancer",
            Self::LatencyP50 => "Latency p50",
            Self::LatencyP99 => "Latency p99",
            Self::Tasks => "Tasks",
        }
    }

    /// Its unit on axes.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Cpu | Self::Memory => "%",
            Self::Requests | Self::Errors | Self::BalancerErrors => "/min",
            Self::LatencyP50 | Self::LatencyP99 => "ms",
            Self::Tasks => "",
        }
    }
}

/// How far back a chart looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Range {
    /// 15 minutes.
    M15,
    /// An hour.
    #[default]
    H1,
    /// Three hours.
    H3,
    /// Twelve hours.
    H12,
    /// A day.
    D1,
    /// A week.
    D7,
}

impl Range {
    /// All of them, shortest first.
    pub const ALL: [Self; 6] = [Self::M15, Self::H1, Self::H3, Self::H12, Self::D1, Self::D7];

    /// Its label: `15m`, `1h`, …
    pub fn label(self) -> &'static str {
        match self {
            Self::M15 => "15m",
            Self::H1 => "1h",
            Self::H3 => "3h",
            Self::H12 => "12h",
            Self::D1 => "1d",
            Self::D7 => "7d",
        }
    }

    /// Its length in seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::M15 => 900,
            Self::H1 => 3_600,
            Self::H3 => 10_800,
            Self::H12 => 43_200,
            Self::D1 => 86_400,
            Self::D7 => 604_800,
        }
    }

    /// The period to ask for, seconds: 60 to 180 points a chart, and only periods that CloudWatch still
    /// keeps at that age (60 s for 15 days, 300 s for 63 days).
    pub fn period(self) -> i32 {
        match self {
            Self::M15 | Self::H1 | Self::H3 => 60,
            Self::H12 => 300,
            Self::D1 => 600,
            Self::D7 => 3_600,
        }
    }
}

/// What a service's metrics are asked by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MetricTarget {
    /// The service.
    pub key: ServiceKey,
    /// Where its traffic comes in.
    pub traffic: Traffic,
    /// App Runner's ServiceID; empty otherwise.
    pub service_id: String,
}

/// The metrics that have to be asked for besides those that are wanted: what says whether errors that AWS does not
/// tell of are none.
pub fn with_witnesses(metrics: &[Metric]) -> BTreeSet<Metric> {
    let mut wanted: BTreeSet<Metric> = metrics.iter().copied().collect();
    if wanted.contains(&Metric::Errors) || wanted.contains(&Metric::BalancerErrors) {
        wanted.extend([Metric::Requests, Metric::BalancerErrors]);
    }
    wanted
}

/// How many metrics of CloudWatch answer this, which is what is paid for: one for each way in, and one for each
/// load balancer however many services it serves.
pub fn count(targets: &[MetricTarget], metrics: &[Metric]) -> usize {
    let wanted = with_witnesses(metrics);
    let mut balancers: BTreeSet<&str> = BTreeSet::new();
    let mut count = 0;
    for target in targets {
        let runner = target.key.kind == Kind::AppRunner;
        let ways = target.traffic.measured().count();
        for metric in &wanted {
            count += match metric {
                Metric::BalancerErrors => {
                    balancers.extend(target.traffic.answering());
                    0
                }
                Metric::Cpu | Metric::Memory => 1,
                _ if runner => 1,
                // one where the cluster has Container Insights, which is learnt from the first answer
                Metric::Tasks => ways.max(1),
                _ => ways,
            };
        }
    }
    count + balancers.len()
}

/// A metric over time. A point without a value is a gap and is drawn as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What is measured.
    pub metric: Metric,
    /// The first point's moment.
    pub start: Stamp,
    /// Seconds between points.
    pub period: i32,
    /// One value per period from `start`; `None` where AWS has no data.
    pub points: Vec<Option<f32>>,
    /// That AWS could not tell it, or did not want to: then the gaps say nothing, and no point is told.
    pub unread: Option<Unread>,
}

/// Why a metric could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Whether asking again is no use: it may not be read.
    pub denied: bool,
    /// AWS's words, in a clause.
    pub why: String,
}

impl Series {
    /// The newest value there is.
    pub fn last(&self) -> Option<f32> {
        self.points.iter().rev().find_map(|p| *p)
    }

    /// The largest value there is.
    pub fn max(&self) -> Option<f32> {
        self.points.iter().flatten().copied().reduce(f32::max)
    }

    /// The moment of point `index`.
    pub fn at(&self, index: usize) -> Stamp {
        let steps = i64::try_from(index).unwrap_or(i64::MAX);
        self.start.plus(steps.saturating_mul(i64::from(self.period)).saturating_mul(1000))
    }
}
