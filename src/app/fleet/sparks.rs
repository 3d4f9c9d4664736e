//! Which rows want sparklines.

use super::visible;
use crate::{
    app::{
        TimerKey, environments,
        out::Out,
        schedule,
        state::{Environment, Screen, State},
    },
    model::EnvironmentName,
};

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
            environment.sparks_soon = Some(now.plus(environments::millis(schedule::SPARKS_SETTLE_MS)));
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
            let rest = environments::sparks_ms(state).saturating_sub(state.now.since(at)).max(0);
            out.timer(key, u64::try_from(rest).unwrap_or(0).max(schedule::SPARKS_SETTLE_MS));
        }
    }
}

/// Milliseconds since the sparklines on the screen were read, once that is longer than it should be; none
/// while they are fresh, or not read at all.
pub fn sparks_age(state: &State) -> Option<i64> {
    let most = environments::sparks_ms(state).saturating_mul(2).saturating_add(state.clocked(5_000));
    let read = |name: &EnvironmentName| state.environment(name)?.sparks_at;
    let age = visible(state).filter_map(|key| read(&key.environment)).map(|at| state.now.since(at)).max()?;
    (age > most).then_some(age)
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
