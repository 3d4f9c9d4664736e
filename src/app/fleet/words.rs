//! What a row says, in words and numbers.

use crate::{
    app::{schedule, state::State},
    model::{Metric, RolloutBrief, Service, ServiceKey, ServiceState},
};

/// A row's state in words, never cut: `steady`, `rolling 2/4`, `rolling back 1/4`.
pub fn state_words(service: &Service) -> String {
    match &service.rollout {
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

/// How badly a state wants to be looked at: 0 most.
pub fn urgency(state: ServiceState) -> u8 {
    match state {
        ServiceState::Failing => 0,
        ServiceState::Degraded => 1,
        ServiceState::Rolling => 2,
        ServiceState::Unknown => 3,
        ServiceState::Steady => 4,
        ServiceState::Paused => 5,
        ServiceState::Inactive => 6,
    }
}

/// True for the states a person would want to look at.
pub(in crate::app) fn needs_attention(state: ServiceState) -> bool {
    matches!(state, ServiceState::Failing | ServiceState::Degraded | ServiceState::Rolling)
}
