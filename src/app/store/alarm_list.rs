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

/// Milliseconds of the clock that the chart of an alarm goes back.
pub(in crate::app) const BACK_MS: i64 = 3 * 3_600_000;

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

/// They are due.
pub(in crate::app) fn due(state: &mut State, out: &mut Out) {
    if state.screen() != Screen::Alarms {
        return;
    }
    out.timer(TimerKey::AllAlarms, schedule::ALL_ALARMS_MS);
    let names: Vec<EnvironmentName> = state
        .environments
        .iter()
        .filter(|e| e.trouble.is_none() && !state.alarms.reading.contains(&e.name))
        .map(|e| e.name.clone())
        .collect();
    state.alarms.at = Some(state.now);
    for name in names {
        state.alarms.reading.insert(name.clone());
        out.ask(&name, Purpose::AllAlarms, Ask::AllAlarms);
    }
    out.touch();
}

/// The alarms of an environment's account came, or not.
pub(in crate::app) fn answered(
    state: &mut State,
    name: &EnvironmentName,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    state.alarms.reading.remove(name);
    match result {
        Ok(Answer::Alarms(found)) => {
            let own = alarms::selected(state).map(|one| alarms::id(state, one));
            let candidates = candidates(state, name);
            let named = Named::of(&candidates);
            let listed = found
                .into_iter()
                .map(|alarm| {
                    let key = named.meant(&alarm.name).first().map(|key| (*key).clone());
                    let environment =
                        key.as_ref().map_or_else(|| name.clone(), |key| key.environment.clone());
                    Alarmed { environment, key, alarm }
                })
                .collect();
            state.alarms.troubles.remove(name);
            state.alarms.read.insert(name.clone(), listed);
            // the cursor stays on the first, or on what it was on
            let place = own
                .filter(|_| state.alarms.list.cursor > 0)
                .and_then(|own| alarms::listed(state).iter().position(|one| alarms::id(state, one) == own));
            if let Some(place) = place {
                state.alarms.list.cursor = place;
            }
            alarms::keep(state);
            selected(out);
        }
        Ok(_) => {}
        Err(trouble) => {
            state.alarms.troubles.insert(name.clone(), trouble);
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
    if limit <= 0.0 || state.budget.wait(cost, limit, state.now) > 0 {
        return;
    }
    state.budget.spend(cost, limit, state.now);
    let ask = Ask::Watched { metric, since: state.now.plus(-BACK_MS), end: state.now.plus(60_000) };
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
