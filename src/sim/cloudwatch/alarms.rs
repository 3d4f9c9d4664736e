//! Metric alarms: a pure function of time over the metrics.

use serde::Deserialize;

use super::super::api::Landscape;

/// A metric alarm as a world file writes it. Missing data does not breach.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
    /// `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount` or `p99` and the like.
    pub statistic: String,
    /// Seconds a data point; a multiple of 60.
    pub period: u32,
    /// Data points in a row that must breach.
    pub evaluation_periods: u32,
    /// What the statistic is compared with, in the metric's unit.
    pub threshold: f64,
    /// `GreaterThanThreshold`, `GreaterThanOrEqualToThreshold`, `LessThanThreshold` or
    /// `LessThanOrEqualToThreshold`.
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
pub fn alarm_state(
    landscape: &dyn Landscape,
    alarm: &AlarmDef,
    account: &str,
    region: &str,
    now: f64,
) -> AlarmState {
    alarm_state_since(landscape, alarm, account, region, now).0
}

/// The state of an alarm at `now`, and since when it has it (epoch seconds).
pub fn alarm_state_since(
    _landscape: &dyn Landscape,
    _alarm: &AlarmDef,
    _account: &str,
    _region: &str,
    now: f64,
) -> (AlarmState, f64) {
    (AlarmState::InsufficientData, now)
}
