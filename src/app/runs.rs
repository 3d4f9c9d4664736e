//! Runs: those this machine flies, and those in its journal.

pub mod filter;
mod journal;
pub mod page;
mod screen;
pub(super) mod team;

pub(super) use {
    journal::{contact_is_back, gone_on, journaled},
    screen::{act, keep},
};

use super::{
    Effect, Purpose, TimerKey, changes, environments, navigate,
    out::Out,
    service,
    state::{ListView, Screen, State},
    update::notice,
};
use crate::{
    action::{Action, Context},
    model::{
        Answer, Authority, LogLine, RunId, ServiceKey, StepState, Trouble, Verdict, Written,
        run::{RunView, Undo},
    },
    ops::{self, CallId, Draft, Event, Run, StopWatching, TimerId},
};
use screen::to_log_start;

/// Every run known, newest first.
pub fn all(state: &State) -> Vec<&RunView> {
    let mut runs: Vec<&RunView> = state
        .runs
        .live
        .values()
        .map(Run::view)
        .chain(&state.runs.past)
        .chain(state.runs.team.views.values())
        .collect();
    runs.sort_by(|a, b| b.header.at.cmp(&a.header.at).then_with(|| b.header.id.cmp(&a.header.id)));
    runs
}

/// The runs of the list: those that pass the filter, newest first.
pub fn listed(state: &State) -> Vec<&RunView> {
    let mut runs = all(state);
    runs.retain(|view| filter::holds(&state.runs.filter, view));
    runs
}

/// Another filter; the cursor goes to the first run that passes.
pub(super) fn narrow(state: &mut State, text: &str) {
    if state.runs.filter != text {
        text.clone_into(&mut state.runs.filter);
        state.runs.list = ListView::default();
        keep(state);
    }
}

/// A run by its id.
pub fn find<'a>(state: &'a State, id: &RunId) -> Option<&'a RunView> {
    let live = state.runs.live.get(id).map(Run::view);
    let past = || state.runs.past.iter().find(|view| view.header.id == *id);
    live.or_else(past).or_else(|| state.runs.team.views.get(id))
}

/// The open run, or the one under the cursor of the list.
pub fn selected(state: &State) -> Option<&RunView> {
    match &state.runs.open {
        Some(id) => find(state, id),
        None => listed(state).get(state.runs.list.cursor).copied(),
    }
}

/// Where a run stands, in a few words.
pub fn standing(state: &State, view: &RunView) -> String {
    let id = &view.header.id;
    match &view.end {
        Some((verdict, ..)) => verdict.word().to_owned(),
        None if state.runs.held.contains(id) => "flown by another flightdeck".to_owned(),
        None if state.runs.team.views.contains_key(id) => format!("flown by {}", view.header.who),
        None if !view.waits.is_empty() => "waits for somebody".to_owned(),
        None if view.unwatched => "not watched".to_owned(),
        None if state.runs.live.contains_key(id) => match view.active() {
            Some(step) => step.name.clone(),
            None => "under way".to_owned(),
        },
        None => "not finished".to_owned(),
    }
}

/// The key of a verb on Runs, else its name for the palette.
fn key_of(state: &State, action: Action) -> String {
    let key = state.keymap.keys_for(Context::Runs, action).into_iter().next();
    key.unwrap_or_else(|| format!(":{}", action.id()))
}

/// The key that goes back on a run that is in place, and what to: `R goes back to 8be02d4`.
pub fn undo_words(state: &State, view: &RunView) -> Option<String> {
    let key = |action: Action| key_of(state, action);
    Some(match view.undo()? {
        Undo::RollBack => match view.header.from.as_str() {
            "" => format!("{} goes back", key(Action::RollBack)),
            from if from == view.header.to => {
                format!("{} goes back to what was there before", key(Action::RollBack))
            }
            from => format!("{} goes back to {from}", key(Action::RollBack)),
        },
        Undo::Scale(count) => format!("{}, then {count}, goes back", key(Action::Scale)),
    })
}

/// Why a run ended as it did, and what goes back on it.
pub fn told(state: &State, view: &RunView) -> Option<String> {
    let (_, why, _) = view.end.as_ref()?;
    Some(match (why.as_str(), undo_words(state, view)) {
        (why, None) => why.to_owned(),
        ("", Some(undo)) => undo,
        (why, Some(undo)) => format!("{why}; {undo}"),
    })
}

/// Flies a confirmed plan, and opens it.
pub(super) fn fly(state: &mut State, draft: Draft, authority: Authority, out: &mut Out) {
    let (run, effects) = Run::fly(draft, authority, state.now);
    let id = run.view().header.id.clone();
    let key = run.view().header.key.clone();
    state.runs.live.insert(id.clone(), run);
    pass_on(&id, &key, effects, out);
    state.runs.list.cursor = 0;
    show(state, id.clone(), out);
    settle(state, &id, out);
}

/// Shows one run, from elsewhere than the list.
pub(super) fn show(state: &mut State, id: RunId, out: &mut Out) {
    state.runs.open = Some(id);
    state.runs.direct = true;
    to_log_start(state);
    navigate::go(state, Screen::Runs, out);
}

/// Passes a run's effects on in their order; a line of the journal stays before the change it announces.
fn pass_on(id: &RunId, key: &ServiceKey, effects: Vec<ops::Effect>, out: &mut Out) {
    for effect in effects {
        match effect {
            ops::Effect::Ask(call, ask) => {
                out.ask_where(&key.environment, Purpose::Run(id.clone(), call), ask);
            }
            ops::Effect::Write(call, armed) => out.push(Effect::Write { run: id.clone(), call, armed }),
            ops::Effect::Timer(timer, after) => out.timer(TimerKey::Run(id.clone(), timer), after),
            ops::Effect::Journal(entry) => {
                // the run on the screen is made of these, so this is when it changes
                out.touch();
                out.push(changes::journal(id, entry));
            }
        }
    }
}

fn step(state: &mut State, id: &RunId, event: Event, out: &mut Out) {
    let now = state.now;
    let Some(run) = state.runs.live.get_mut(id) else { return };
    let key = run.view().header.key.clone();
    let steps = finished(run.view());
    let effects = run.step(event, now);
    let moved = finished(run.view()) != steps;
    pass_on(id, &key, effects, out);
    if moved {
        // a step is done: what it did to the service is looked at now, not at the next refresh
        environments::read_rows(out, vec![key.clone()]);
    }
    settle(state, id, out);
}

fn finished(view: &RunView) -> usize {
    view.steps.iter().filter(|s| matches!(s.state, StepState::Done | StepState::Failed)).count()
}

/// A change was answered.
pub(super) fn written(
    state: &mut State,
    id: &RunId,
    call: CallId,
    result: Result<Written, Trouble>,
    out: &mut Out,
) {
    step(state, id, Event::Written(call, result), out);
}

/// A local command of a run printed a line.
pub(super) fn printed(state: &mut State, id: &RunId, call: CallId, line: LogLine, out: &mut Out) {
    step(state, id, Event::Printed(call, line), out);
}

/// A read of a run was answered.
pub(super) fn answered(
    state: &mut State,
    id: &RunId,
    call: CallId,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    step(state, id, Event::Answer(call, result), out);
}

/// A run's timer.
pub(super) fn timer(state: &mut State, id: &RunId, timer: TimerId, out: &mut Out) {
    step(state, id, Event::Timer(timer), out);
}

/// Lays a run to rest once nothing of it is under way: tells how it ended, and looks at the service.
fn settle(state: &mut State, id: &RunId, out: &mut Out) {
    if !state.runs.live.get(id).is_some_and(Run::is_over) {
        return;
    }
    let Some(run) = state.runs.live.remove(id) else { return };
    let view = run.view().clone();
    let key = view.header.key.clone();
    if let Some((verdict, ..)) = &view.end {
        let why = told(state, &view).unwrap_or_default();
        let header = &view.header;
        let what = if header.to.is_empty() {
            format!("{} of {}", header.kind.word(), key.name)
        } else {
            format!("{} {} to {}", header.kind.word(), header.to, key.name)
        };
        let good = *verdict == Verdict::Succeeded;
        let text = if why.is_empty() {
            format!("{what}: {}", verdict.word())
        } else {
            format!("{what}: {} - {why}", verdict.word())
        };
        notice(state, out, text, !good);
        if *verdict == Verdict::Lost {
            state.runs.resting.insert(id.clone(), run);
        }
    } else {
        if run.waits() {
            let key = key_of(state, Action::Refresh);
            let text = format!("{} waits, {key} on Runs goes on: {}", view.header.title, view.waits);
            notice(state, out, text, true);
        }
        state.runs.resting.insert(id.clone(), run);
    }
    keep_past(state, view);
    environments::read_rows(out, vec![key]);
    service::due(state, out);
    keep(state);
    out.touch();
}

/// Runs kept for the screen.
const PAST_MAX: usize = 500;

fn keep_past(state: &mut State, view: RunView) {
    state.runs.past.retain(|old| old.header.id != view.header.id);
    state.runs.team.views.remove(&view.header.id);
    let place = state
        .runs
        .past
        .partition_point(|old| (old.header.at, &old.header.id) > (view.header.at, &view.header.id));
    state.runs.past.insert(place, view);
    state.runs.past.truncate(PAST_MAX);
}

/// Stops watching the selected run. What AWS has begun goes on.
pub(super) fn stop_watching(state: &mut State, out: &mut Out) {
    let Some(id) = selected(state).map(|view| view.header.id.clone()) else {
        notice(state, out, "no run is selected", false);
        return;
    };
    if !state.runs.live.contains_key(&id) {
        notice(state, out, "this run is not being watched", false);
        return;
    }
    step(state, &id, Event::Stop(StopWatching), out);
    if find(state, &id).is_some_and(|view| view.unwatched && view.waits.is_empty() && view.end.is_none()) {
        notice(
            state,
            out,
            "no longer watched; what was begun goes on in AWS (refresh watches it again)",
            false,
        );
    }
}
