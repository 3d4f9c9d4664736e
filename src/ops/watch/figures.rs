//! Points of series, added up and told.

use crate::model::{Metric, Series, Stamp};

/// The points of a metric in a span of time.
pub(super) fn values(series: &[Series], metric: Metric, from: Stamp, end: Stamp) -> Vec<f32> {
    let Some(found) = series.iter().find(|s| s.metric == metric) else { return Vec::new() };
    let inside = |index: &usize| (from..end).contains(&found.at(*index));
    let points = found.points.iter().enumerate().filter(|(index, _)| inside(index));
    points.filter_map(|(_, point)| *point).collect()
}

/// Until when CloudWatch tells of minutes; none where it tells of none.
pub(super) fn told_until(&self) -> Option<Stamp> {
    self.told_until
}

pub(super) fn mean(values: &[f32]) -> Option<f32> {
    let count = u16::try_from(values.len()).ok().filter(|count| *count > 0)?;
    Some(values.iter().sum::<f32>() / f32::from(count))
}

/// A sum of counts that AWS gives as floating point.
pub(super) fn count(values: &[f32]) -> u64 {
    whole(values.iter().map(|value| f64::from(*value)).sum::<f64>().round())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what is exact")]
pub(super) fn whole(value: f64) -> u64 {
    value.clamp(0.0, 9e15) as u64
}

#[allow(clippy::cast_precision_loss, reason = "a count of requests")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

/// The share of answers that were 5xx; none where nothing came in.
pub(super) fn ratio(&self, balancer: u64) -> Option<f64> {
    ratio(self.errors.saturating_add(balancer), self.requests)
}

/// `0.0%`, `0.05%`, `12.3%`: never so short that something looks like nothing.
pub(super) fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent > 0.0 && percent < 0.1 { format!("{percent:.2}%") } else { format!("{percent:.1}%") }
}

/// `1,234`.
pub(super) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
