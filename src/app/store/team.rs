//! The team's runs: records in S3, read while the runs are on the screen.

use crate::{
    app::{
        Purpose, TimerKey,
        context::lock,
        flow::{Out, notice},
        runs::keep,
        schedule,
        state::{Screen, State},
        timeline,
    },
    model::{Answer, Ask, EnvironmentName, RunId, Trouble, TroubleKind, object::Place},
    ops::RunRecord,
};
use std::collections::HashSet;

/// The most records read: the newest.
const NEWEST: u32 = 50;

/// The runs came up: their records are read, unless they were a moment ago.
pub(in crate::app) fn wake(state: &mut State, out: &mut Out) {
    let every = i64::try_from(schedule::RECORDS_MS).unwrap_or(i64::MAX);
    let fresh = state.runs.team.at.map(|at| every - state.felt(state.now.since(at))).filter(|rest| *rest > 0);
    match fresh.and_then(|rest| u64::try_from(rest).ok()) {
        Some(rest) if lock(&state.settings).is_some() => out.timer(TimerKey::Records, rest),
        _ => due(state, out),
    }
}

/// The records are due.
pub(in crate::app) fn due(state: &mut State, out: &mut Out) {
    if !shown(state) || state.runs.team.loading {
        return;
    }
    let (Some(lock), Some(name)) = (lock(&state.settings), reader(state)) else { return };
    state.runs.team.loading = true;
    state.runs.team.at = Some(state.now);
    out.ask(&name, Purpose::Records, Ask::Objects { place: lock.records(), limit: NEWEST });
}

/// Whether something is on the screen that tells of them.
fn shown(state: &State) -> bool {
    matches!(state.screen(), Screen::Runs | Screen::Timeline)
}

/// The environment whose credentials read the records: the first that answers.
fn reader(state: &State) -> Option<EnvironmentName> {
    let well = state.environments.iter().find(|e| e.identity.is_some() && e.trouble.is_none());
    well.or_else(|| state.environments.first()).map(|e| e.name.clone())
}

/// The list came, or not: those that are not known, or were not over, are read.
pub(in crate::app) fn listed(state: &mut State, result: Result<Answer, Trouble>, out: &mut Out) {
    state.runs.team.loading = false;
    if shown(state) {
        out.timer(TimerKey::Records, schedule::RECORDS_MS);
    }
    let keys = match result {
        Ok(Answer::Objects(keys)) => keys,
        Ok(_) => return,
        Err(trouble) => {
            failed(state, trouble, out);
            return;
        }
    };
    out.changed |= state.runs.team.trouble.take().is_some();
    let (Some(lock), Some(name)) = (lock(&state.settings), reader(state)) else { return };
    let newest = keys.len().saturating_sub(usize::try_from(NEWEST).unwrap_or(usize::MAX));
    let found: Vec<(RunId, String)> = keys
        .into_iter()
        .skip(newest)
        .filter_map(|key| Some((RunId::from(key.rsplit('/').next()?.strip_suffix(".json")?), key)))
        .collect();
    let kept: HashSet<&RunId> = found.iter().map(|(id, _)| id).collect();
    let before = state.runs.team.views.len();
    state.runs.team.views.retain(|id, _| kept.contains(id));
    if state.runs.team.views.len() != before {
        timeline::changed(state);
    }
    let own: HashSet<&RunId> =
        state.runs.live.keys().chain(state.runs.past.iter().map(|view| &view.header.id)).collect();
    let over = |id: &RunId| state.runs.team.views.get(id).is_some_and(|view| view.end.is_some());
    for (id, key) in found.iter().filter(|(id, _)| !own.contains(id) && !over(id)) {
        let place = Place { bucket: lock.place.bucket.clone(), key: key.clone() };
        out.ask(&name, Purpose::Record(id.clone()), Ask::Object { place });
    }
    keep(state);
}

/// A record came, or not.
pub(in crate::app) fn record(state: &mut State, id: &RunId, result: Result<Answer, Trouble>, out: &mut Out) {
    let own = state.runs.live.contains_key(id) || state.runs.past.iter().any(|v| v.header.id == *id);
    match result {
        Ok(Answer::Object(Some(object))) if !own => match RunRecord::read(&object) {
            Ok(record) => {
                let view = record.into_view();
                // a record tells of the run that its key names, and of no other
                if view.header.id == *id && state.runs.team.views.get(id) != Some(&view) {
                    state.runs.team.views.insert(id.clone(), view);
                    keep(state);
                    timeline::changed(state);
                    out.touch();
                }
            }
            Err(why) => {
                let trouble = Trouble {
                    kind: TroubleKind::Unreadable,
                    what: "read the record of a run".to_owned(),
                    on: id.to_string(),
                    why,
                    remedy: String::new(),
                };
                failed(state, trouble, out);
            }
        },
        // deleted since it was listed, or flown from here
        Ok(_) => {}
        Err(trouble) => failed(state, trouble, out),
    }
}

/// Says once why the team's runs are not all there.
fn failed(state: &mut State, trouble: Trouble, out: &mut Out) {
    if state.runs.team.trouble.as_ref() == Some(&trouble) {
        return;
    }
    if shown(state) {
        notice(state, out, format!("not all of the team's runs are here: {trouble}"), true);
    }
    state.runs.team.trouble = Some(trouble);
    out.touch();
}
