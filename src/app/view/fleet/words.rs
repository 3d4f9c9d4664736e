//! What a row says, in words and numbers.

use crate::{
    app::{
        compared::{Known, Number},
        schedule,
        state::State,
    },
    model::{Metric, RolloutBrief, Service, ServiceKey, ServiceState, Stamp, stamp::brief},
};

/// A row's state in words, never cut: `steady`, `rolling 2/4`, `rolling back 1/4`.
pub fn state_words(service: &Service, now: Stamp) -> String {
    match &service.rollout {
        // the loudest: a rollout that stands still until somebody decides
        Some(RolloutBrief { waits: Some(waits), .. }) => match waits.until {
            Some(until) => format!("approve? {}", brief(until.since(now).max(0))),
            None => "approve?".to_owned(),
        },
        Some(RolloutBrief { rolling_back: true, new_running, new_desired, .. }) => {
            format!("rolling back {new_running}/{new_desired}")
        }
        Some(RolloutBrief { new_running, new_desired, .. })
            if service.state == ServiceState::Rolling && *new_desired > 0 =>
        {
            format!("rolling {new_running}/{new_desired}")
        }
        _ => service.state.word().to_owned(),
    }
}

/// `3/4`, or the number alone where AWS does not say how many are wanted; empty while unknown, `-` where AWS tells
/// neither.
pub fn tasks_words(service: &Service) -> String {
    match (service.running, service.desired) {
        _ if service.seen_at.0 == 0 => String::new(),
        (Some(running), Some(desired)) => format!("{running}/{desired}"),
        (Some(running), None) => running.to_string(),
        (None, Some(desired)) => format!("-/{desired}"),
        (None, None) => "-".to_owned(),
    }
}

/// Milliseconds since AWS last told this row, once that is longer than a refresh takes; none while fresh, and
/// for rows of which only the name is known.
pub fn age(state: &State, service: &Service) -> Option<i64> {
    if service.seen_at.0 == 0 {
        return None;
    }
    let age = state.now.since(service.seen_at);
    (age > stale_after(state, &service.key)).then_some(age)
}

/// Milliseconds after which a row of that service is stale.
pub(in crate::app) fn stale_after(state: &State, key: &ServiceKey) -> i64 {
    let every = state.environment(&key.environment).map_or(0, |e| e.every);
    state.clocked(schedule::stale_after(every, state.refresh_ms()))
}

/// The newest value of a metric of a service's sparklines.
pub fn latest(state: &State, key: &ServiceKey, metric: Metric) -> Option<f32> {
    state.sparks.get(key)?.iter().find(|s| s.metric == metric)?.last()
}

/// The share of requests that were answered with 5xx over the sparkline's time, in percent; none without
/// requests.
pub fn error_share(state: &State, key: &ServiceKey) -> Option<f32> {
    let series = state.sparks.get(key)?;
    let sum = |metric| -> Option<f32> {
        let found = series.iter().find(|s| s.metric == metric)?;
        let recent = found.points.iter().rev().take(5);
        recent.flatten().copied().reduce(|a, b| a + b)
    };
    let requests = sum(Metric::Requests).filter(|r| *r > 0.0)?;
    // where AWS tells of no errors at all, and that does not mean none, nothing is known
    Some((sum(Metric::Errors)? / requests * 100.0).clamp(0.0, 100.0))
}

/// What is known of a number of a service, for the filter.
pub(in crate::app) fn known(state: &State, service: &Service, number: Number) -> Known {
    let read = state.sparks.contains_key(&service.key);
    let value = match number {
        Number::Deployed => {
            let age = service.deployed_at.map(|at| state.now.since(at).max(0));
            return match age {
                Some(age) => Known::Value(precise(age)),
                None if service.seen_at.0 == 0 => Known::Not,
                None => Known::Absent,
            };
        }
        Number::Errors => error_share(state, &service.key),
        Number::Latency => latest(state, &service.key, Metric::LatencyP99),
        Number::Cpu => latest(state, &service.key, Metric::Cpu),
        Number::Memory => latest(state, &service.key, Metric::Memory),
    };
    match value {
        Some(value) => Known::Value(f64::from(value)),
        None if read => Known::Absent,
        None => Known::Not,
    }
}

#[allow(clippy::cast_precision_loss)] // an age in milliseconds
fn precise(age: i64) -> f64 {
    age as f64
}

/// How badly a service wants to be looked at: 0 most.
pub fn urgency(service: &Service) -> u8 {
    match service.state {
        // nothing goes on until somebody decides
        _ if service.waits().is_some() => 0,
        ServiceState::Failing => 1,
        ServiceState::Degraded => 2,
        ServiceState::Rolling => 3,
        ServiceState::Unknown => 4,
        ServiceState::Steady => 5,
        ServiceState::Paused => 6,
        ServiceState::Inactive => 7,
    }
}

/// True for the states a person would want to look at.
pub(in crate::app) fn needs_attention(state: ServiceState) -> bool {
    matches!(state, ServiceState::Failing | ServiceState::Degraded | ServiceState::Rolling)
}
