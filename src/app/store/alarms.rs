//! Alarms that fire: when they are read, and what they say against rows.

use crate::{
    app::{
        fleet,
        flow::{Out, Purpose, TimerKey, attend},
        state::{Environment, State},
    },
    config::settings::Occasion,
    model::{AlarmBrief, Answer, Ask, EnvironmentName, ServiceKey, ServiceState, Trouble},
};

/// Milliseconds between reads of alarms.
const ALARMS_MS: i64 = 60_000;

/// The same while something rolls in the environment.
const ALARMS_ROLLING_MS: i64 = 20_000;

/// Begins to read the alarms of an environment, once its rows are known.
pub(in crate::app) fn begin(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    if state.environment(name).is_some_and(|e| e.alarms_at.is_none()) {
        due(state, name, out);
    }
}

/// The environment's alarms are due.
pub(in crate::app) fn due(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    let now = state.now;
    let Some(environment) = state.environment_mut(name) else { return };
    if environment.alarms_loading {
        return;
    }
    environment.alarms_at = Some(now);
    if environment.trouble.is_some() {
        again(state, name, out);
        return;
    }
    environment.alarms_loading = true;
    out.ask(name, Purpose::Alarms, Ask::Alarms { names: Vec::new() });
}

fn again(state: &State, name: &EnvironmentName, out: &mut Out) {
    let rolling =
        state.rows.values().any(|row| row.key.environment == *name && row.state == ServiceState::Rolling);
    let every = state.paced(if rolling { ALARMS_ROLLING_MS } else { ALARMS_MS });
    out.timer(TimerKey::Alarms(name.clone()), u64::try_from(every).unwrap_or(0));
}

/// The alarms that fire came, or not.
pub(in crate::app) fn answered(
    state: &mut State,
    name: &EnvironmentName,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let Some(environment) = state.environment_mut(name) else { return };
    environment.alarms_loading = false;
    match result {
        Ok(Answer::Alarms(alarms)) => {
            environment.alarms_trouble = None;
            take(state, name, alarms, out);
        }
        Ok(_) => {}
        Err(trouble) => environment.alarms_trouble = Some(trouble),
    }
    again(state, name, out);
}

fn take(state: &mut State, name: &EnvironmentName, alarms: Vec<AlarmBrief>, out: &mut Out) {
    let mut health = std::mem::take(&mut state.health);
    let marked: Vec<(ServiceKey, Vec<AlarmBrief>)> = state
        .marked
        .iter()
        .filter(|key| key.environment == *name)
        .map(|key| (key.clone(), health.firing(key).to_vec()))
        .collect();
    let concerned = health.fire(name, &candidates(state, name), alarms);
    state.health = health;
    for (key, before) in marked {
        let began =
            state.health.firing(&key).iter().find(|own| before.iter().all(|old| old.name != own.name));
        if let Some(alarm) = began {
            let told = format!("{}/{}: in alarm: {}", key.environment, key.name, alarm.name);
            attend(state, out, Occasion::Alarm, &told);
        }
    }
    reconsider(state, &concerned, out);
}

/// Services that an alarm of this environment's account and region may mean.
pub(in crate::app) fn candidates<'a>(state: &'a State, name: &EnvironmentName) -> Vec<&'a ServiceKey> {
    let place = |e: &Environment| (e.identity.as_ref().map(|i| i.account.clone()), e.region.clone());
    let own = state.environment(name).map(place);
    let near: Vec<&EnvironmentName> =
        state.environments.iter().filter(|e| Some(place(e)) == own).map(|e| &e.name).collect();
    state.rows.keys().filter(|key| near.contains(&&key.environment)).collect()
}

/// Judges rows anew.
fn reconsider(state: &mut State, keys: &[ServiceKey], out: &mut Out) {
    let mut changed = false;
    for key in keys {
        let Some(row) = state.rows.get_mut(key) else { continue };
        let before = (row.state, row.note.clone());
        state.health.judge_again(row, state.now);
        changed |= before != (row.state, row.note.clone());
    }
    if changed {
        state.unsaved = true;
        fleet::recompute(state);
        out.touch();
    }
}
