//! Metrics: for what, and until when, they are asked.

use crate::{
    app::state::State,
    model::{MetricTarget, Range, ServiceKey, Stamp},
};

/// The exclusive end of a range that reaches to now: the end of the period under way.
pub(in crate::app) fn end(now: Stamp, range: Range) -> Stamp {
    let period = i64::from(range.period()).max(1);
    Stamp::from_secs((now.secs().div_euclid(period) + 1) * period)
}

/// What a service's metrics are asked by; none while only its name is known.
pub(in crate::app) fn target(state: &State, key: &ServiceKey) -> Option<MetricTarget> {
    let row = state.rows.get(key).filter(|s| s.seen_at.0 > 0)?;
    Some(MetricTarget { key: key.clone(), traffic: row.traffic.clone(), service_id: row.service_id.clone() })
}
