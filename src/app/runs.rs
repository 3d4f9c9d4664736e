//! Runs: those this machine flies, and those in its journal.

use super::{
    Effect, Purpose, TimerKey, changes, environments,
    layout::{self, keep as keep_list},
    list, navigate,
    out::Out,
    service,
    state::{Screen, State},
    update::notice,
};
use crate::{
    action::Action,
    model::{
        Answer, Authority, Entry, EnvironmentName, LogLine, RunId, ServiceKey, StepState, Trouble, Verdict,
        Written, run::RunView,
    },
    ops::{self, CallId, Draft, Event, Run, StopWatching, TimerId},
};

/// Every run known, newest first.
pub fn all(state: &State) -> Vec<&RunView> {
    let mut runs: Vec<&RunView> =
        state.runs.live.values().map(Run::view).chain(state.runs.past.iter()).collect();
    runs.sort_by(|a, b| b.header.at.cmp(&a.header.at).then_with(|| b.header.id.cmp(&a.header.id)));
    runs
}

/// A run by its id.
pub fn find<'a>(state: &'a State, id: &RunId) -> Option<&'a RunView> {
    match state.runs.live.get(id) {
        Some(run) => Some(run.view()),
        None => state.runs.past.iter().find(|view| view.header.id == *id),
    }
}

/// The open run, or the one under the cursor of the list.
pub fn selected(state: &State) -> Option<&RunView> {
    match &state.runs.open {
        Some(id) => find(state, id),
        None => all(state).get(state.runs.list.cursor).copied(),
    }
}

/// Where a run stands, in a few words.
pub fn standing(state: &State, view: &RunView) -> String {
    let id = &view.header.id;
    match &view.end {
        Some((verdict, ..)) => verdict.word().to_owned(),
        None if state.runs.held.contains(id) => "flown by another flightdeck".to_owned(),
        None if view.unwatched => "not watched".to_owned(),
        None if state.runs.live.contains_key(id) => match view.active() {
            Some(step) => step.name.clone(),
            None => "under way".to_owned(),
        },
        None => "not finished".to_owned(),
    }
}

// ---- flying -----------------------------------------------------------------------------------------------

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
            ops::Effect::Ask(call, ask) => out.ask(&key.environment, Purpose::Run(id.clone(), call), ask),
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
    match &view.end {
        Some((verdict, why, _)) => {
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
        }
        None => {
            state.runs.resting.insert(id.clone(), run);
        }
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
    let place = state
        .runs
        .past
        .partition_point(|old| (old.header.at, &old.header.id) > (view.header.at, &view.header.id));
    state.runs.past.insert(place, view);
    state.runs.past.truncate(PAST_MAX);
}

// ---- the journal ------------------------------------------------------------------------------------------

/// A run from the journal: shown when it is over or flown by another process, else taken up again.
pub(super) fn journaled(state: &mut State, entries: Vec<Entry>, held: bool, out: &mut Out) {
    let Some(mut view) = entries.first().and_then(RunView::begin) else { return };
    entries.iter().skip(1).for_each(|entry| view.apply(entry));
    let id = view.header.id.clone();
    if state.runs.live.contains_key(&id) {
        return;
    }
    out.touch();
    if held {
        state.runs.held.insert(id);
        keep_past(state, view);
        return;
    }
    if let Some((verdict, ..)) = &view.end {
        if *verdict == Verdict::Lost {
            state.runs.lost.insert(id, entries);
        }
        keep_past(state, view);
        return;
    }
    match Run::take_up(&entries, state.now) {
        Some((run, effects)) => adopt(state, &id, run, effects, out),
        None => keep_past(state, view),
    }
}

fn adopt(state: &mut State, id: &RunId, run: Run, effects: Vec<ops::Effect>, out: &mut Out) {
    let key = run.view().header.key.clone();
    let title = run.view().header.title.clone();
    state.runs.past.retain(|view| view.header.id != *id);
    state.runs.live.insert(id.clone(), run);
    pass_on(id, &key, effects, out);
    notice(state, out, format!("taken up again: {title}"), false);
    settle(state, id, out);
}

/// Watches a lost or unwatched run again.
fn resume(state: &mut State, id: &RunId, out: &mut Out) {
    if let Some((run, effects)) =
        state.runs.lost.remove(id).and_then(|entries| Run::take_up(&entries, state.now))
    {
        adopt(state, id, run, effects, out);
        return;
    }
    let Some(run) = state.runs.resting.remove(id) else {
        let text = if state.runs.held.contains(id) {
            "another flightdeck on this machine flies this run"
        } else if state.runs.live.contains_key(id) {
            "this run is being watched"
        } else {
            "this run is over"
        };
        notice(state, out, text, false);
        return;
    };
    let title = run.view().header.title.clone();
    state.runs.past.retain(|view| view.header.id != *id);
    state.runs.live.insert(id.clone(), run);
    notice(state, out, format!("watched again: {title}"), false);
    step(state, id, Event::Resume, out);
}

/// An environment answers again: runs there that lost contact are watched on.
pub(super) fn contact_is_back(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    let lost = |run: &Run| {
        let view = run.view();
        view.header.key.environment == *name
            && view.end.as_ref().is_some_and(|(verdict, ..)| *verdict == Verdict::Lost)
    };
    let ids: Vec<RunId> =
        state.runs.resting.iter().filter(|(_, run)| lost(run)).map(|(id, _)| id.clone()).collect();
    for id in ids {
        resume(state, &id, out);
    }
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
    if find(state, &id).is_some_and(|view| view.unwatched && view.end.is_none()) {
        notice(
            state,
            out,
            "no longer watched; what was begun goes on in AWS (refresh watches it again)",
            false,
        );
    }
}

// ---- the screen -------------------------------------------------------------------------------------------

/// Lines of the open run's log, and lines of its page.
fn log_extent(state: &State) -> (usize, usize) {
    let Some(view) = state.runs.open.as_ref().and_then(|id| find(state, id)) else { return (0, 1) };
    let why = view.end.as_ref().map(|(_, why, _)| why.as_str());
    (view.log.len(), layout::run(state.size, view.steps.len(), why).log.rows())
}

/// The open run's log from its end, unmoved sideways.
fn to_log_start(state: &mut State) {
    state.runs.log_up = 0;
    state.runs.log_left = 0;
}

/// Keeps cursor and scroll within what there is.
pub(super) fn keep(state: &mut State) {
    let count = state.runs.live.len() + state.runs.past.len();
    let page = layout::runs(state.size).1.rows();
    keep_list(&mut state.runs.list, count, page);
    let (len, page) = log_extent(state);
    state.runs.log_up = state.runs.log_up.min(len.saturating_sub(page));
    if state.runs.open.as_ref().is_some_and(|id| find(state, id).is_none()) {
        state.runs.open = None;
    }
}

/// The verbs of the runs; false when the verb is not one of them.
pub(super) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    if action == Action::Refresh {
        match selected(state).map(|view| view.header.id.clone()) {
            Some(id) => resume(state, &id, out),
            None => notice(state, out, "no run is selected", false),
        }
        return true;
    }
    if state.runs.open.is_some() {
        return act_on_open(state, action, out);
    }
    let count = state.runs.live.len() + state.runs.past.len();
    let page = layout::runs(state.size).1.rows();
    match action {
        Action::Open => {
            state.runs.open = selected(state).map(|view| view.header.id.clone());
            state.runs.direct = false;
            to_log_start(state);
            if state.runs.open.is_none() {
                notice(state, out, "no run is selected", false);
            }
        }
        Action::NextMatch | Action::PreviousMatch => {
            let from = state.runs.list.cursor;
            let views = all(state);
            let bad = |at: &usize| {
                views.get(*at).is_some_and(|v| v.end.as_ref().is_none_or(|e| e.0 != Verdict::Succeeded))
            };
            let found = if action == Action::NextMatch {
                (1..=count).map(|step| (from + step) % count).find(bad)
            } else {
                (1..=count).map(|step| (from + count - step) % count).find(bad)
            };
            match found {
                Some(at) => {
                    state.runs.list.cursor = at;
                    keep(state);
                }
                None => notice(state, out, "every run succeeded", false),
            }
        }
        _ => return list::act(&mut state.runs.list, count, page, action),
    }
    true
}

fn act_on_open(state: &mut State, action: Action, out: &mut Out) -> bool {
    match action {
        Action::Back => {
            state.runs.open = None;
            keep(state);
            return !std::mem::take(&mut state.runs.direct);
        }
        Action::Open => {
            let Some(key) = selected(state).map(|view| view.header.key.clone()) else { return true };
            service::open(state, key, None, out);
        }
        Action::NextTab | Action::PreviousTab => {
            // the neighbours in the list
            let ids: Vec<RunId> = all(state).into_iter().map(|view| view.header.id.clone()).collect();
            let here = state.runs.open.as_ref().and_then(|id| ids.iter().position(|own| own == id));
            let Some(here) = here else { return true };
            let to = if action == Action::NextTab { here + 1 } else { here.saturating_sub(1) };
            if let Some(id) = ids.get(to) {
                state.runs.open = Some(id.clone());
                state.runs.list.cursor = to;
                to_log_start(state);
            }
        }
        Action::Left | Action::Right => {
            let longest = selected(state).map_or(0, |view| super::logs::longest(view.log.iter()));
            list::sideways(&mut state.runs.log_left, longest, action);
        }
        _ => {
            let (len, page) = log_extent(state);
            let last = len.saturating_sub(page);
            let mut offset = last.saturating_sub(state.runs.log_up);
            if !list::scroll(&mut offset, len, page, action) {
                return false;
            }
            state.runs.log_up = last.saturating_sub(offset);
        }
    }
    true
}
