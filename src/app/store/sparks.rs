//! Sparklines of the fleet: for which rows, when, and at what cost they are read.

use super::metrics::{end, target};
use crate::{
    app::{
        Purpose, TimerKey,
        effect::SPARKS,
        fleet::{self, sparks_ms, visible},
        flow::Out,
        schedule,
        state::{Environment, Screen, State},
    },
    model::{
        Answer, Ask, EnvironmentName, MetricTarget, Range, Series, ServiceDetail, ServiceKey, Trouble, metric,
    },
};
use std::collections::HashSet;

/// Sees to it that sparklines of rows that came up are read once the list has come to rest.
pub(in crate::app) fn want_sparks(state: &State, out: &mut Out) {
    for environment in &state.environments {
        if lacks_sparks(state, environment) {
            out.timer(TimerKey::Sparks(environment.name.clone()), schedule::SPARKS_SETTLE_MS);
        }
    }
}

/// The same for rows that AWS tells of while the list is at rest: the first of many sets the timer.
pub(in crate::app) fn sparks_soon(state: &mut State, out: &mut Out) {
    let now = state.now;
    let lacking: Vec<usize> = state
        .environments
        .iter()
        .enumerate()
        .filter(|(_, e)| e.sparks_soon.is_none_or(|at| at < now) && lacks_sparks(state, e))
        .map(|(place, _)| place)
        .collect();
    for place in lacking {
        if let Some(environment) = state.environments.get_mut(place) {
            environment.sparks_soon = Some(now.plus(schedule::span(schedule::SPARKS_SETTLE_MS)));
            let key = TimerKey::Sparks(environment.name.clone());
            out.timer(key, schedule::SPARKS_SETTLE_MS);
        }
    }
}

/// Sets the timers for sparklines: soon where rows have none, else when they are due again.
pub(in crate::app) fn plan_sparks(state: &State, out: &mut Out) {
    if state.screen() != Screen::Fleet || state.fleet.matrix {
        return;
    }
    for environment in state.environments.iter().filter(|e| !e.sparks_loading && e.metrics_trouble.is_none())
    {
        let key = TimerKey::Sparks(environment.name.clone());
        if lacks_sparks(state, environment) {
            out.timer(key, schedule::SPARKS_SETTLE_MS);
        } else if let Some(at) = environment.sparks_at {
            let rest = sparks_ms(state).saturating_sub(state.now.since(at)).max(0);
            out.timer(key, u64::try_from(rest).unwrap_or(0).max(schedule::SPARKS_SETTLE_MS));
        }
    }
}

fn lacks_sparks(state: &State, environment: &Environment) -> bool {
    !state.fleet.matrix
        && !environment.sparks_loading
        && environment.trouble.is_none()
        && environment.metrics_trouble.is_none()
        && visible(state).any(|key| {
            key.environment == environment.name
                && !environment.sparks_for.contains(key)
                && state.rows.get(key).is_some_and(|s| s.seen_at.0 > 0)
        })
}

/// Sparklines are due.
pub(in crate::app) fn sparks_due(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    let now = state.now;
    if let Some(environment) = state.environment_mut(name) {
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
    let targets: Vec<MetricTarget> = visible(state)
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
    let Some(environment) = state.environment_mut(name) else { return };
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

/// Sparklines came, or not.
pub(in crate::app) fn sparks_answered(
    state: &mut State,
    name: &EnvironmentName,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let Some(environment) = state.environment_mut(name) else { return };
    environment.sparks_loading = false;
    match result {
        Ok(answer) => {
            environment.metrics_trouble = None;
            sparks_part(state, answer, out);
            plan_sparks(state, out);
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
    let (mut changed, mut judged) = (false, false);
    for (key, series) in series {
        if state.sparks.get(&key) != Some(&series) {
            judged |= judge(state, &key, &series);
            state.sparks.insert(key, series);
            changed = true;
        }
    }
    if changed {
        if judged || fleet::depends_on_sparks(&state.fleet) {
            fleet::recompute(state);
        }
        out.touch();
    }
}

/// What its answers say of a row; true where it is in another state for it.
pub(super) fn judge(state: &mut State, key: &ServiceKey, series: &[Series]) -> bool {
    let now = state.now;
    let view = state.service.as_ref().filter(|view| view.key == *key);
    let alone = view.and_then(|view| view.detail.value.as_deref()).is_some_and(ServiceDetail::is_alone);
    if !state.health.measure(key, series, alone, now) {
        return false;
    }
    let Some(row) = state.rows.get_mut(key) else { return false };
    let before = (row.state, row.note.clone());
    state.health.judge_again(row, now);
    before != (row.state, row.note.clone())
}
