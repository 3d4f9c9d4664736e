//! What happened: read while the timeline is on the screen, each environment by itself.

use super::alarms::candidates;
use crate::{
    app::{
        Purpose, TimerKey,
        flow::Out,
        schedule,
        state::{Came, RangeAsked, Screen, State},
        timeline,
    },
    model::{
        Answer, Ask, EnvironmentName, Kind, ServiceKey, Stamp, TimelineEvent, Trouble, timeline::EVENTS_MAX,
    },
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Services of an environment whose deployments are looked at.
const SERVICES: usize = 40;

/// Milliseconds that what is told may begin later than what is wanted: the moment moves on while it is read.
const SLACK_MS: i64 = 60_000;

/// It came up, or goes farther back: what is not known of it is read.
pub(in crate::app) fn wake(state: &mut State, out: &mut Out) {
    due(state, out);
}

/// All of it is read again, whenever it was read.
pub(in crate::app) fn again(state: &mut State, out: &mut Out) {
    state.timeline.asked.retain(|_, asked| asked.reads());
    due(state, out);
}

/// The rows of an environment came: what happened to its services can be asked, if it was not yet.
pub(in crate::app) fn rows_came(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    if !state.timeline.asked.contains_key(name) {
        due(state, out);
    }
}

/// Environments of which it is due are read.
pub(in crate::app) fn due(state: &mut State, out: &mut Out) {
    if state.screen() != Screen::Timeline {
        return;
    }
    let since = timeline::since(state);
    let every = schedule::span(schedule::TIMELINE_MS);
    let mut wait = every;
    let mut wanted = Vec::new();
    for environment in state.environments.iter().filter(|e| e.trouble.is_none() && e.seen_at.is_some()) {
        let rest = match state.timeline.asked.get(&environment.name) {
            None => 0,
            Some(asked) if asked.reads() => continue,
            Some(asked) if asked.came == Came::Answer && asked.since > since.plus(SLACK_MS) => 0,
            // by AWS's clock, as its timer goes
            Some(asked) => every - state.now.since(asked.at),
        };
        if rest > 0 {
            wait = wait.min(rest);
        } else {
            wanted.push(environment.name.clone());
        }
    }
    for name in wanted {
        ask(state, &name, since, out);
    }
    out.timer(TimerKey::Timeline, u64::try_from(wait).unwrap_or(schedule::TIMELINE_MS));
}

fn ask(state: &mut State, name: &EnvironmentName, since: Stamp, out: &mut Out) {
    let first = ServiceKey::new(name.as_str(), Kind::Ecs, "", "");
    let rows = state.rows.range(first..).map(|(_, row)| row);
    let rows: Vec<_> = rows.take_while(|row| row.key.environment == *name).collect();
    let before = state.timeline.asked.get(name).and_then(RangeAsked::known);
    let mut asked = RangeAsked { at: state.now, since, came: before.map_or(Came::Nothing, Came::Again) };
    let keys: Vec<ServiceKey> = rows.iter().map(|row| row.key.clone()).collect();
    if keys.is_empty() {
        // all its rows were read, and there are none: nothing of it can happen
        asked.came = Came::Answer;
        state.timeline.gaps.remove(name);
        state.timeline.bounds.remove(name);
        state.timeline.asked.insert(name.clone(), asked);
        return;
    }
    let (recent, more) = timeline::recent(&rows, since, SERVICES);
    let mut bounds = Vec::new();
    if more {
        bounds.push(format!("deployments of the {SERVICES} services that changed last"));
    }
    state.timeline.asked.insert(name.clone(), asked);
    state.timeline.coming.insert(name.clone(), (Vec::new(), bounds));
    out.ask(name, Purpose::Timeline(since), Ask::Timeline { keys, recent, since, trail: true });
    out.touch();
}

/// Something came of it.
pub(in crate::app) fn part(state: &mut State, name: &EnvironmentName, answer: Answer, out: &mut Out) {
    let Answer::Timeline { events, gaps, bounds } = answer else { return };
    if !gaps.is_empty() || !bounds.is_empty() {
        let coming = state.timeline.coming.entry(name.clone()).or_default();
        coming.0.extend(gaps);
        coming.1.extend(bounds);
    }
    take(state, name, events, out);
}

/// What happened to a service came, for the markers of its charts; what could not be read is told by the timeline.
pub(in crate::app) fn marks(state: &mut State, name: &EnvironmentName, answer: Answer, out: &mut Out) {
    if let Answer::Timeline { events, .. } = answer {
        take(state, name, events, out);
    }
}

/// All of it came, or not.
pub(in crate::app) fn answered(
    state: &mut State,
    name: &EnvironmentName,
    since: Stamp,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let (at, mut came) = (state.now, Came::Answer);
    match result {
        Ok(answer) => part(state, name, answer, out),
        Err(trouble) => {
            came = Came::Trouble;
            state.timeline.coming.insert(name.clone(), (vec![trouble], Vec::new()));
        }
    }
    let (gaps, bounds) = state.timeline.coming.remove(name).unwrap_or_default();
    state.timeline.gaps.insert(name.clone(), gaps);
    state.timeline.bounds.insert(name.clone(), bounds);
    state.timeline.asked.insert(name.clone(), RangeAsked { at, since, came });
    out.touch();
    // it goes farther back than when it was asked
    due(state, out);
}

/// Keeps what came.
fn take(state: &mut State, name: &EnvironmentName, mut events: Vec<TimelineEvent>, out: &mut Out) {
    if events.is_empty() {
        return;
    }
    timeline::mean(&mut events, &candidates(state, name));
    let known = std::mem::take(&mut state.timeline.events);
    let by_id: HashMap<&str, &Arc<TimelineEvent>> = known.iter().map(|one| (one.id.as_str(), one)).collect();
    let mut changed = false;
    // what is told anew is told better: a deployment that ended since
    let mut fresh: Vec<Arc<TimelineEvent>> = Vec::with_capacity(events.len());
    for mut event in events {
        let old = by_id.get(event.id.as_str()).copied();
        if let Some(old) = old.filter(|_| event.key.is_none()) {
            // of the account, and told by each of its environments: it stays with the one that told it first
            event.environment = old.environment.clone();
            event.key.clone_from(&old.key);
        }
        if let Some(old) = old.filter(|old| ***old == event) {
            fresh.push(Arc::clone(old));
        } else {
            changed = true;
            fresh.push(Arc::new(event));
        }
    }
    drop(by_id);
    if !changed {
        state.timeline.events = known;
        return;
    }
    let mut seen = HashSet::new();
    let mut all: Vec<Arc<TimelineEvent>> = fresh.into_iter().chain(known).collect();
    all.retain(|event| seen.insert(event.id.clone()));
    all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    state.timeline.full |= all.len() > EVENTS_MAX;
    all.truncate(EVENTS_MAX);
    state.timeline.events = all;
    timeline::changed(state);
    out.touch();
}
