//! Metrics: what can be asked, and series with honest gaps.

use super::{ServiceKey, Stamp};

/// A quantity the cockpit charts, independent of the kind of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// CPU utilisation, percent.
    Cpu,
    /// Memory utilisation, percent.
    Memory,
    /// Requests per period.
    Requests,
    /// 5xx answers per period; absent from AWS when zero, so a gap where requests exist reads as 0.
    Errors,
    /// Median latency, milliseconds.
    LatencyP50,
    /// 99th percentile of latency, milliseconds.
    LatencyP99,
    /// Tasks or instances that run.
    Tasks,
}

impl Metric {
    /// All of them, in the order in which screens show them.
    pub const ALL: [Self; 7] = [
        Self::Cpu,
        Self::Memory,
        Self::Requests,
        Self::Errors,
        Self::LatencyP50,
        Self::LatencyP99,
        Self::Tasks,
    ];

    /// Its title on charts.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Memory => "Memory",
            Self::Requests => "Requests",
            Self::Errors => "5xx",
            Self::LatencyP50 => "Latency p50",
            Self::LatencyP99 => "Latency p99",
            Self::Tasks => "Tasks",
        }
    }

    /// Its unit on axes.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Cpu | Self::Memory => "%",
            Self::Requests | Self::Errors => "/min",
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
    /// `app/name/id`, `targetgroup/name/id`, where it stands behind a load balancer.
    pub balancer: Option<(String, String)>,
    /// App Runner's ServiceID; empty otherwise.
    pub service_id: String,
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
