//! Environments: who is calling, when their rows are read, and what is wrong with them.

use super::{
    alarms, board, images, order,
    rows::{apply, miss_wanted, paces},
    sparks, timeline,
};
use crate::{
    app::{
        Effect, Purpose, TimerKey,
        environments::{dollars_per_hour, needs_credentials},
        fleet,
        flow::{Intent, Out, notice},
        schedule::{self, span},
        state::{Environment, Screen, State},
    },
    config,
    model::{Answer, Ask, EnvironmentName, ServiceKey, ServiceState, Trouble},
};
use std::{collections::HashSet, sync::Arc};

/// Begins: who is calling, and all rows, everywhere.
pub(in crate::app) fn start(state: &mut State, out: &mut Out) {
    let names: Vec<EnvironmentName> = state.environments.iter().map(|e| e.name.clone()).collect();
    for name in names {
        out.ask(&name, Purpose::Identity, Ask::Identity);
        ask_fleet(state, &name, out);
    }
    out.touch();
}

/// The environments became known.
pub(in crate::app) fn known(state: &mut State, configured: Vec<config::Environment>, out: &mut Out) {
    let (now, settings) = (state.now, Arc::clone(&state.settings));
    let mut before = std::mem::take(&mut state.environments);
    let mut fresh = Vec::new();
    for environment in &configured {
        let own = before.iter().position(|e| e.name == environment.name && e.identity.is_some());
        if let Some(own) = own {
            state.environments.push(before.swap_remove(own));
        } else {
            fresh.push(environment.name.clone());
            state.environments.push(Environment::new(environment, &settings, now));
        }
    }
    Arc::make_mut(&mut state.settings).environments = configured;
    let names: HashSet<&EnvironmentName> = state.environments.iter().map(|e| &e.name).collect();
    state.rows.retain(|key, _| names.contains(&key.environment));
    state.lost = None;
    state.found = true;
    if let Some((environment, _)) =
        state.opening.take_if(|(name, _)| !configured_has(&state.environments, name))
    {
        notice(state, out, format!("there is no environment {environment}"), true);
    }
    for name in fresh {
        out.ask(&name, Purpose::Identity, Ask::Identity);
        ask_fleet(state, &name, out);
    }
    fleet::recompute(state);
    out.touch();
}

fn configured_has(environments: &[Environment], name: &EnvironmentName) -> bool {
    environments.iter().any(|environment| environment.name == *name)
}

/// Environments cannot be looked for. Those known from the cache are as lost: what is shown of them is old.
pub(in crate::app) fn lost(state: &mut State, trouble: Trouble, out: &mut Out) {
    out.changed |= state.lost.as_ref() != Some(&trouble);
    for environment in state.environments.iter_mut().filter(|e| e.seen_at.is_none()) {
        environment.loading = false;
        environment.trouble = Some(trouble.clone());
    }
    state.lost = Some(trouble);
}

pub(super) fn ask_fleet(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    let refresh = state.refresh_ms();
    let Some(environment) = state.environment_mut(name) else { return };
    if environment.seen_at.is_none() || environment.trouble.is_some() {
        out.touch();
    }
    environment.loading = true;
    environment.next_at = None;
    environment.every = environment.every.max(refresh);
    out.ask(name, Purpose::Fleet, Ask::Fleet);
}

/// Asks for an environment again at a person's wish; with fresh credentials where those are the trouble, or
/// where `anew` says so.
pub(in crate::app) fn again(state: &mut State, name: &EnvironmentName, anew: bool, out: &mut Out) {
    let Some(environment) = state.environment(name) else { return };
    if anew || environment.trouble.as_ref().is_some_and(needs_credentials) {
        out.push(Effect::Reconnect(name.clone()));
        out.ask(name, Purpose::Identity, Ask::Identity);
    } else if environment.identity.is_none() {
        out.ask(name, Purpose::Identity, Ask::Identity);
    }
    ask_fleet(state, name, out);
    if let Some(environment) = state.environment_mut(name) {
        environment.metrics_trouble = None;
    }
}

/// The environment's rows are due.
pub(in crate::app) fn fleet_due(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    let Some(environment) = state.environment(name).filter(|e| !e.loading) else { return };
    if environment.trouble.as_ref().is_some_and(needs_credentials) {
        // somebody may have signed in again meanwhile
        out.push(Effect::Reconnect(name.clone()));
        out.ask(name, Purpose::Identity, Ask::Identity);
    }
    ask_fleet(state, name, out);
}

/// Rows that change fast are due.
pub(in crate::app) fn rows_due(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    let keys: Vec<ServiceKey> = rolling(state, name).take(100).cloned().collect();
    let Some(environment) = state.environment_mut(name) else { return };
    if keys.is_empty() || environment.rows_loading || environment.trouble.is_some() {
        return;
    }
    environment.rows_loading = true;
    out.ask(name, Purpose::Rows, Ask::Rows(keys));
}

fn rolling<'a>(state: &'a State, name: &'a EnvironmentName) -> impl Iterator<Item = &'a ServiceKey> {
    state
        .rows
        .values()
        .filter(|s| s.state == ServiceState::Rolling && s.key.environment == *name)
        .map(|s| &s.key)
}

/// Sets the timer for rows that roll, if there are any.
fn watch_rolling(state: &State, name: &EnvironmentName, out: &mut Out) {
    let every = state.refresh_ms();
    if rolling(state, name).next().is_some() && every > schedule::ROLLING_MS {
        out.timer(TimerKey::Rows(name.clone()), schedule::ROLLING_MS);
    }
}

/// Reads these rows again now.
pub(in crate::app) fn read_rows(out: &mut Out, keys: Vec<ServiceKey>) {
    if let Some(name) = keys.first().map(|k| k.environment.clone()) {
        out.ask(&name, Purpose::Rows, Ask::Rows(keys));
    }
}

/// An identity came, or not.
pub(in crate::app) fn identity(
    state: &mut State,
    name: &EnvironmentName,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let Some(environment) = state.environment_mut(name) else { return };
    match result {
        Ok(Answer::Identity(identity)) => {
            if environment.identity.as_ref() != Some(&identity) {
                environment.identity = Some(identity);
                out.touch();
            }
        }
        Ok(_) => {}
        Err(trouble) => {
            // what is wrong with the rows tells more than what is wrong with the identity, unless it is why
            if environment.trouble.is_none() || needs_credentials(&trouble) {
                out.changed |= environment.trouble.as_ref() != Some(&trouble);
                environment.trouble = Some(trouble);
            }
        }
    }
}

/// All rows came, or not.
pub(in crate::app) fn fleet_answered(
    state: &mut State,
    name: &EnvironmentName,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    match result {
        Ok(Answer::FleetDone { keys, mut gaps, beside }) => {
            gaps.extend(beside);
            fleet_done(state, name, keys, gaps, out);
        }
        Ok(answer) => {
            if let Answer::Rows(rows) = answer {
                apply(state, rows, out);
            }
            if let Some(environment) = state.environment_mut(name) {
                environment.loading = false;
                out.timer(TimerKey::Fleet(name.clone()), environment.every);
            }
        }
        Err(trouble) => fleet_failed(state, name, trouble, out),
    }
}

fn fleet_done(
    state: &mut State,
    name: &EnvironmentName,
    keys: Vec<ServiceKey>,
    gaps: Vec<Trouble>,
    out: &mut Out,
) {
    let now = state.now;
    let keys: HashSet<ServiceKey> = keys.into_iter().collect();
    let gone: Vec<ServiceKey> =
        state.rows.keys().filter(|k| k.environment == *name && !keys.contains(*k)).cloned().collect();
    for key in &gone {
        state.rows.remove(key);
        state.sparks.remove(key);
        state.marked.remove(key);
    }
    let nth = state.environments.iter().position(|e| e.name == *name);
    let every = nth.and_then(|nth| paces(state).get(nth).copied()).unwrap_or_else(|| state.refresh_ms());
    let next_at = now.plus(state.clocked(span(every)));
    let first = state.fleet.from_cache;
    state.fleet.from_cache = false;
    let Some(environment) = state.environment_mut(name) else { return };
    out.changed |= first
        || environment.seen_at.is_none()
        || environment.trouble.is_some()
        || environment.gaps != gaps
        || (environment.every != every && state.stack.last() == Some(&Screen::Environments));
    let Some(environment) = state.environment_mut(name) else { return };
    environment.loading = false;
    let back = environment.trouble.take().is_some();
    environment.failures = 0;
    environment.gaps = gaps;
    environment.seen_at = Some(now);
    environment.every = every;
    environment.next_at = Some(next_at);
    out.timer(TimerKey::Fleet(name.clone()), every);
    // all rows of the environment are there
    order::order_due(state, out);
    miss_wanted(state, name, out);
    timeline::rows_came(state, name, out);
    board::rows_came(state, out);
    if !gone.is_empty() {
        state.unsaved = true;
        fleet::recompute(state);
        out.touch();
    }
    if back {
        out.intend(Intent::ContactIsBack(name.clone()));
    }
    watch_rolling(state, name, out);
    sparks::plan_sparks(state, out);
    images::want(state, name, out);
    alarms::begin(state, name, out);
    if state.unsaved && state.felt(state.now.since(state.saved_at)) >= schedule::SAVE_MS {
        save(state, out);
    }
}

/// Leaves the program; the rows are kept for the next start.
pub(in crate::app) fn leave(state: &mut State, out: &mut Out) {
    save(state, out);
    out.push(Effect::Quit);
}

/// Keeps the rows for the next start, once every environment has answered or failed: what is half read would
/// take the place of what was whole. Rows of an environment that failed are those of the last time.
fn save(state: &mut State, out: &mut Out) {
    let told = |e: &Environment| e.seen_at.is_some() || e.trouble.is_some();
    let whole = state.lost.is_none() && state.environments.iter().all(told);
    let some = state.environments.iter().any(|e| e.seen_at.is_some());
    if !state.unsaved || !whole || !some {
        return;
    }
    state.unsaved = false;
    state.saved_at = state.now;
    out.push(Effect::SaveFleet(state.rows.values().filter(|s| s.seen_at.0 > 0).cloned().collect()));
}

fn fleet_failed(state: &mut State, name: &EnvironmentName, trouble: Trouble, out: &mut Out) {
    let (now, speed) = (state.now, state.clocked(1_000));
    let Some(environment) = state.environment_mut(name) else { return };
    environment.loading = false;
    environment.failures = environment.failures.saturating_add(1);
    let after = schedule::retry_after(environment.every, environment.failures, &trouble);
    environment.next_at =
        Some(now.plus(i64::try_from(after / 1_000).unwrap_or(i64::MAX).saturating_mul(speed)));
    out.timer(TimerKey::Fleet(name.clone()), after);
    out.changed |= environment.trouble.as_ref() != Some(&trouble);
    environment.trouble = Some(trouble);
}

/// Rows came again, or not.
pub(in crate::app) fn rows_answered(
    state: &mut State,
    name: &EnvironmentName,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    if let Some(environment) = state.environment_mut(name) {
        environment.rows_loading = false;
    }
    // a failure here is told by the next read of all rows
    if let Ok(Answer::Rows(rows)) = result {
        apply(state, rows, out);
        watch_rolling(state, name, out);
    }
}

/// What an environment's calls cost so far.
pub(in crate::app) fn meter(
    state: &mut State,
    name: &EnvironmentName,
    meter: (u64, u64, f64),
    out: &mut Out,
) {
    let before = format!("{:.2}", dollars_per_hour(state));
    let detailed = state.screen() == Screen::Environments;
    let Some(environment) = state.environment_mut(name) else { return };
    let same = environment.meter.0 == meter.0
        && environment.meter.1 == meter.1
        && (environment.meter.2 - meter.2).abs() < 1e-9;
    environment.meter = meter;
    out.changed |= (detailed && !same) || before != format!("{:.2}", dollars_per_hour(state));
}
