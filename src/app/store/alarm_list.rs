//! The alarms in any state, and what the selected one watches: read while their screen is shown.

use super::alarms::candidates;
use crate::{
    app::{
        Purpose, TimerKey, alarms,
        flow::Out,
        schedule,
        state::{AlarmId, Alarmed, Named, Screen, State},
    },
    model::{Answer, Ask, EnvironmentName, Trouble},
};
use std::sync::Arc;

/// Milliseconds of the clock that the chart of an alarm goes back at least.
const BACK_MS: i64 = 3 * 3_600_000;

/// Periods of its metric that it goes back at least: of one that is told once a day, three hours hold none.
const BACK_PERIODS: i64 = 20;

/// How far back the chart of an alarm goes whose metric has this period in seconds.
fn back(period: i32) -> i64 {
    BACK_MS.max(i64::from(period.max(0)).saturating_mul(1000 * BACK_PERIODS))
}

/// They came up: they are read, unless they were a moment ago.
pub(in crate::app) fn wake(state: &mut State, out: &mut Out) {
    let every = i64::try_from(schedule::ALL_ALARMS_MS).unwrap_or(i64::MAX);
    let fresh = state.alarms.at.map(|at| every - state.felt(state.now.since(at))).filter(|rest| *rest > 0);
    match fresh.and_then(|rest| u64::try_from(rest).ok()) {
        Some(rest) => out.timer(TimerKey::AllAlarms, rest),
        None => due(state, out),
    }
    selected(out);
}

/// They are due: one read for the environments of one account and region, which have the same.
pub(in crate::app) fn due(state: &mut State, out: &mut Out) {
    if state.screen() != Screen::Alarms {
        return;
    }
    out.timer(TimerKey::AllAlarms, schedule::ALL_ALARMS_MS);
    state.alarms.at = Some(state.now);
    for name in readers(state) {
        ask(state, name, out);
    }
    out.touch();
}

/// Who reads for each account and region that is not being read: the first that is well, before those that failed last time.
fn readers(state: &State) -> Vec<EnvironmentName> {
    let well = |name: &&EnvironmentName| state.environment(name).is_some_and(|e| e.trouble.is_none());
    let failed = |name: &EnvironmentName| state.alarms.troubles.contains_key(name);
    let groups = alarms::neighbours(state).into_iter();
    let groups = groups.filter(|names| !names.iter().any(|name| state.alarms.reading.contains(*name)));
    let first = |names: Vec<&EnvironmentName>| {
        let all = names.into_iter().filter(well);
        all.min_by_key(|name| failed(name)).cloned()
    };
    groups.filter_map(first).collect()
}

fn ask(state: &mut State, name: EnvironmentName, out: &mut Out) {
    out.ask(&name, Purpose::AllAlarms, Ask::AllAlarms);
    state.alarms.reading.insert(name);
}

/// The alarms of an account came, or not.
pub(in crate::app) fn answered(
    state: &mut State,
    name: &EnvironmentName,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    state.alarms.reading.remove(name);
    let near: Vec<EnvironmentName> = alarms::neighbours(state)
        .into_iter()
        .find(|names| names.contains(&name))
        .map(|names| names.into_iter().filter(|other| *other != name).cloned().collect())
        .unwrap_or_default();
    match result {
        Ok(Answer::AllAlarms { alarms: found, more }) => {
            let listed = {
                let candidates = candidates(state, name);
                let named = Named::of(&candidates);
                let listed = found.into_iter().map(|alarm| {
                    let key = named.meant(&alarm.name).first().map(|key| (*key).clone());
                    let environment =
                        key.as_ref().map_or_else(|| name.clone(), |key| key.environment.clone());
                    Arc::new(Alarmed { environment, key, alarm })
                });
                listed.collect()
            };
            // what a neighbour read before, or could not, is the same, and older
            for other in near.iter().chain([name]) {
                state.alarms.read.remove(other);
                state.alarms.troubles.remove(other);
                state.alarms.more.remove(other);
            }
            if more {
                state.alarms.more.insert(name.clone());
            }
            state.alarms.read.insert(name.clone(), listed);
            alarms::arrange(state);
            selected(out);
        }
        Ok(_) => {}
        Err(trouble) => {
            state.alarms.troubles.insert(name.clone(), trouble);
            // whoever comes in otherwise may be allowed to read them
            let well = |other: &&EnvironmentName| {
                state.environment(other).is_some_and(|e| e.trouble.is_none())
                    && !state.alarms.troubles.contains_key(*other)
            };
            if let Some(other) = near.iter().find(well).cloned()
                && state.screen() == Screen::Alarms
            {
                ask(state, other, out);
            }
        }
    }
    out.touch();
}

/// Another one is selected: what it watches is read once the cursor rests.
pub(in crate::app) fn selected(out: &mut Out) {
    out.timer(TimerKey::Watched, schedule::SPARKS_SETTLE_MS / 2);
}

/// What the selected one watches is due.
pub(in crate::app) fn watched_due(state: &mut State, out: &mut Out) {
    if state.screen() != Screen::Alarms {
        return;
    }
    let Some(one) = alarms::selected(state) else { return };
    let id = alarms::id(state, one);
    let every = state.paced(60_000);
    let fresh = state.alarms.series.get(&id).is_some_and(|(at, _)| state.now.since(*at) < every);
    let name = one.environment.clone();
    let Some(metric) = one.alarm.watched.clone().filter(|_| !fresh) else { return };
    let (cost, limit) = (schedule::cost(1), state.settings.cost_limit);
    state.alarms.waits = None;
    if limit <= 0.0 {
        return;
    }
    let wait = state.budget.wait(cost, limit, state.now);
    if wait > 0 {
        state.alarms.waits = Some(state.now.plus(schedule::span(wait)));
        out.timer(TimerKey::Watched, wait);
        out.touch();
        return;
    }
    state.budget.spend(cost, limit, state.now);
    let since = state.now.plus(-back(metric.period));
    let ask = Ask::Watched { metric, since, end: state.now.plus(60_000) };
    state.alarms.asked = Some(id.clone());
    out.ask(&name, Purpose::Watched(id), ask);
}

/// What an alarm watches came, or not.
pub(in crate::app) fn watched(
    state: &mut State,
    id: AlarmId,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let told = match result {
        Ok(Answer::Watched(series)) => Ok(series),
        Ok(_) => return,
        Err(trouble) => Err(trouble),
    };
    if state.alarms.asked.as_ref() == Some(&id) {
        state.alarms.asked = None;
    }
    if state.alarms.series.len() > 200 {
        state.alarms.series.clear();
    }
    state.alarms.series.insert(id, (state.now, told));
    out.timer(TimerKey::Watched, 60_000);
    out.touch();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_goes_back_some_periods_of_its_metric() {
        assert_eq!(back(60), BACK_MS);
        assert_eq!(back(86_400), 20 * 86_400_000);
        assert_eq!(back(-1), BACK_MS);
    }
}
