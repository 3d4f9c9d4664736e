//! Sparklines of the fleet: when they are read, for which rows, at what cost.

use super::find;
use crate::{
    app::{
        Purpose, TimerKey,
        effect::SPARKS,
        fleet,
        out::Out,
        schedule,
        state::{Screen, State},
    },
    model::{Answer, Ask, EnvironmentName, MetricTarget, Range, ServiceKey, Stamp, Trouble, metric},
};
use std::collections::HashSet;

/// Sparklines are due.
pub(in crate::app) fn sparks_due(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    let now = state.now;
    if let Some(environment) = find(state, name) {
        environment.sparks_soon = None;
    }
    if state.screen() != Screen::Fleet || state.fleet.matrix {
        return;
    }
    let fresh: HashSet<&ServiceKey> = state
        .environment(name)
        .filter(|e| e.sparks_at.is_some_and(|at| now.since(at) < sparks_ms(state) / 2))
        .map(|e| e.sparks_for.iter().collect())
        .unwrap_or_default();
    let targets: Vec<MetricTarget> = fleet::visible(state)
        .filter(|key| key.environment == *name && !fresh.contains(key))
        .filter_map(|key| target(state, key))
        .collect();
    let extends = !fresh.is_empty();
    let Some(environment) = state.environment(name) else { return };
    if targets.is_empty() || environment.sparks_loading || environment.trouble.is_some() {
        return;
    }
    let (cost, limit) = (schedule::cost(metric::count(&targets, &SPARKS)), state.settings.cost_limit);
    if limit <= 0.0 {
        return;
    }
    let wait = state.budget.wait(cost, limit, now);
    if wait > 0 {
        out.timer(TimerKey::Sparks(name.clone()), wait);
        return;
    }
    state.budget.spend(cost, limit, now);
    let Some(environment) = find(state, name) else { return };
    environment.sparks_loading = true;
    let keys = targets.iter().map(|t| t.key.clone());
    if extends {
        environment.sparks_for.extend(keys);
    } else {
        environment.sparks_for = keys.collect();
        environment.sparks_at = Some(now);
    }
    let ask =
        Ask::Metrics { targets, metrics: SPARKS.to_vec(), range: Range::M15, end: end(now, Range::M15) };
    out.ask(name, Purpose::Sparks, ask);
}

/// Milliseconds of the clock between reads of sparklines.
pub(in crate::app) fn sparks_ms(state: &State) -> i64 {
    state.paced(i64::try_from(schedule::SPARKS_MS).unwrap_or(i64::MAX))
}

/// Milliseconds to add to a moment.
pub(in crate::app) fn millis(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

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

/// Sparklines came, or not.
pub(in crate::app) fn sparks_answered(
    state: &mut State,
    name: &EnvironmentName,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let Some(environment) = find(state, name) else { return };
    environment.sparks_loading = false;
    match result {
        Ok(answer) => {
            environment.metrics_trouble = None;
            sparks_part(state, answer, out);
            fleet::plan_sparks(state, out);
        }
        Err(trouble) => {
            out.changed |= environment.metrics_trouble.as_ref() != Some(&trouble);
            environment.metrics_trouble = Some(trouble);
            out.timer(TimerKey::Sparks(name.clone()), schedule::SPARKS_MS * 5);
        }
    }
}

/// Some sparklines came.
pub(in crate::app) fn sparks_part(state: &mut State, answer: Answer, out: &mut Out) {
    let Answer::Metrics(series) = answer else { return };
    let mut changed = false;
    for (key, series) in series {
        if state.sparks.get(&key) != Some(&series) {
            state.sparks.insert(key, series);
            changed = true;
        }
    }
    if changed {
        if fleet::depends_on_sparks(&state.fleet) {
            fleet::recompute(state);
        }
        out.touch();
    }
}
