//! Stand-in, replaced on merge.
use crate::sim::api::Landscape;

/// A CloudWatch metric alarm.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmDef {
    /// AlarmName, unique in its account and region.
    pub name: String,
    /// `AWS/ApplicationELB` and the like.
    pub namespace: String,
    /// MetricName.
    pub metric: String,
    /// Name and value of each dimension.
    pub dimensions: Vec<(String, String)>,
    /// `Average` and the like.
    pub statistic: String,
    /// Seconds a data point; a multiple of 60.
    pub period: u32,
    /// Data points in a row that must breach.
    pub evaluation_periods: u32,
    /// What the statistic is compared with, in the metric's unit.
    pub threshold: f64,
    /// `GreaterThanThreshold` and the like.
    pub comparison: String,
    /// AlarmDescription.
    #[serde(default)]
    pub description: String,
}

/// What an alarm says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlarmState {
    /// Within its threshold.
    Ok,
    /// Beyond its threshold for as long as it asks.
    Alarm,
    /// The metric does not exist.
    InsufficientData,
}

/// The state of an alarm at `now` (epoch seconds).
pub fn alarm_state(_: &dyn Landscape, _: &AlarmDef, _account: &str, _region: &str, _now: f64) -> AlarmState {
    AlarmState::Ok
}
