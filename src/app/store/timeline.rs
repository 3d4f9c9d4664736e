//! What happened: read while the timeline is on the screen.

use super::alarms::candidates;
use crate::{
    app::{
        Purpose, TimerKey,
        flow::Out,
        schedule,
        state::{Screen, State},
        timeline,
    },
    model::{Answer, Ask, EnvironmentName, Kind, ServiceKey, TimelineEvent, Trouble, timeline::EVENTS_MAX},
};
use std::sync::Arc;

/// Services of an environment whose deployments are looked at.
const SERVICES: usize = 40;

/// It came up: it is read, unless it was a moment ago.
pub(in crate::app) fn wake(state: &mut State, out: &mut Out) {
    let every = i64::try_from(schedule::TIMELINE_MS).unwrap_or(i64::MAX);
    let fresh = state.timeline.at.map(|at| every - state.felt(state.now.since(at))).filter(|rest| *rest > 0);
    let wide = state.timeline.since.is_some_and(|since| since <= from(state).plus(60_000));
    match fresh.filter(|_| wide).and_then(|rest| u64::try_from(rest).ok()) {
        Some(rest) => out.timer(TimerKey::Timeline, rest),
        None => due(state, out),
    }
}

fn from(state: &State) -> crate::model::Stamp {
    let own = state.now.plus(-state.timeline.range.seconds().saturating_mul(1000));
    state.timeline.moment.map_or(own, |moment| own.min(moment.plus(-600_000)))
}

/// It is due.
pub(in crate::app) fn due(state: &mut State, out: &mut Out) {
    if state.screen() != Screen::Timeline {
        return;
    }
    let since = from(state);
    out.timer(TimerKey::Timeline, schedule::TIMELINE_MS);
    let names: Vec<EnvironmentName> = state
        .environments
        .iter()
        .filter(|e| e.trouble.is_none() && !state.timeline.reading.contains(&e.name))
        .map(|e| e.name.clone())
        .collect();
    state.timeline.at = Some(state.now);
    state.timeline.since = Some(since);
    for name in names {
        let first = ServiceKey::new(name.as_str(), Kind::Ecs, "", "");
        let mut rows: Vec<_> = state
            .rows
            .range(first..)
            .map(|(_, row)| row)
            .take_while(|row| row.key.environment == name)
            .collect();
        rows.retain(|row| row.seen_at.0 > 0);
        if rows.is_empty() {
            // its services come first
            state.timeline.at = None;
            out.timer(TimerKey::Timeline, 1_500);
            continue;
        }
        let keys: Vec<ServiceKey> = rows.iter().map(|row| row.key.clone()).collect();
        let recent = timeline::recent(&rows, since, SERVICES);
        state.timeline.reading.insert(name.clone());
        state.timeline.coming.remove(&name);
        out.ask(&name, Purpose::Timeline(since), Ask::Timeline { keys, recent, since });
    }
    out.touch();
}

/// Something came of it.
pub(in crate::app) fn part(state: &mut State, name: &EnvironmentName, answer: Answer, out: &mut Out) {
    let Answer::Timeline { mut events, gaps } = answer else { return };
    if !gaps.is_empty() {
        state.timeline.coming.entry(name.clone()).or_default().extend(gaps);
    }
    if events.is_empty() {
        return;
    }
    timeline::mean(&mut events, &candidates(state, name));
    take(state, events);
    out.touch();
}

/// What happened to a service came, for the markers of its charts; what could not be read is told by the timeline.
pub(in crate::app) fn marks(state: &mut State, name: &EnvironmentName, answer: Answer, out: &mut Out) {
    if let Answer::Timeline { events, .. } = answer {
        part(state, name, Answer::Timeline { events, gaps: Vec::new() }, out);
    }
}

/// All of it came, or not.
pub(in crate::app) fn answered(
    state: &mut State,
    name: &EnvironmentName,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    state.timeline.reading.remove(name);
    match result {
        Ok(answer) => part(state, name, answer, out),
        Err(trouble) => {
            state.timeline.coming.insert(name.clone(), vec![trouble]);
        }
    }
    let gaps = state.timeline.coming.remove(name).unwrap_or_default();
    state.timeline.gaps.insert(name.clone(), gaps);
    out.touch();
}

/// Keeps what came; the cursor stays on the newest, or on what it was on.
fn take(state: &mut State, events: Vec<TimelineEvent>) {
    let view = &state.timeline;
    let follows = view.list.cursor == 0 && view.moment.is_none();
    let listed = timeline::listed(state);
    let own = listed.get(state.timeline.list.cursor).map(|event| event.id.clone());
    let known = std::mem::take(&mut state.timeline.events);
    let known_ids = known.len();
    // what is told anew is told better: a deployment that ended since
    let fresh = events.into_iter().map(Arc::new);
    state.timeline.events = newest(fresh.chain(known).collect());
    if state.timeline.events.len() == known_ids && follows {
        return;
    }
    if let (Some(moment), None) =
        (state.timeline.moment, own.as_ref().filter(|_| state.timeline.list.cursor > 0))
    {
        timeline::turn_to(state, moment);
    } else if !follows
        && let Some(own) = own
        && let Some(at) = timeline::listed(state).iter().position(|event| event.id == own)
    {
        let moved = at.saturating_sub(state.timeline.list.cursor);
        state.timeline.list.cursor = at;
        state.timeline.list.offset = state.timeline.list.offset.saturating_add(moved);
    }
    timeline::keep(state);
}

/// Newest first and each once, the later told of two; whoever asked stays by itself until it is shown.
fn newest(events: Vec<Arc<TimelineEvent>>) -> Vec<Arc<TimelineEvent>> {
    let mut seen = std::collections::HashSet::new();
    let mut all: Vec<Arc<TimelineEvent>> =
        events.into_iter().filter(|event| seen.insert(event.id.clone())).collect();
    all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    all.truncate(EVENTS_MAX);
    all
}
