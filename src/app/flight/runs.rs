//! The runs that this machine flies: from a confirmed plan to its end.

use crate::{
    action::Action,
    app::{
        Effect, Purpose, TimerKey,
        flow::{Out, attend, notice},
        runs::{find, keep, key_of, selected, told},
        state::State,
        store::{environments::read_rows, service},
        timeline,
    },
    config::settings::Occasion,
    model::{
        Answer, Authority, RunId, ServiceKey, StepState, Trouble, Verdict, Written, process::Heard,
        run_view::RunView,
    },
    ops::{self, CallId, Draft, Event, Run, StopWatching, TimerId},
};

/// Flies a confirmed plan. It is shown, and then laid to rest should it be over already.
pub(in crate::app) fn fly(state: &mut State, draft: Draft, authority: Authority, out: &mut Out) -> RunId {
    let (run, effects) = Run::fly(draft, authority, state.now);
    let id = run.view().header.id.clone();
    let key = run.view().header.key.clone();
    state.runs.live.insert(id.clone(), run);
    pass_on(&id, &key, effects, out);
    state.runs.list.cursor = 0;
    id
}

/// Passes a run's effects on in their order; a line of the journal stays before the change it announces.
pub(super) fn pass_on(id: &RunId, key: &ServiceKey, effects: Vec<ops::Effect>, out: &mut Out) {
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
                out.push(Effect::Journal { run: id.clone(), entry });
            }
        }
    }
}

pub(super) fn step(state: &mut State, id: &RunId, event: Event, out: &mut Out) {
    let now = state.now;
    let Some(run) = state.runs.live.get_mut(id) else { return };
    let key = run.view().header.key.clone();
    let steps = finished(run.view());
    let effects = run.step(event, now);
    let moved = finished(run.view()) != steps;
    pass_on(id, &key, effects, out);
    if moved {
        // a step is done: what it did to the service is looked at now, not at the next refresh
        read_rows(out, vec![key.clone()]);
        service::due(state, out);
    }
    settle(state, id, out);
}

fn finished(view: &RunView) -> usize {
    view.steps.iter().filter(|s| matches!(s.state, StepState::Done | StepState::Failed)).count()
}

/// A change was answered.
pub(in crate::app) fn written(
    state: &mut State,
    id: &RunId,
    call: CallId,
    result: Result<Written, Trouble>,
    out: &mut Out,
) {
    step(state, id, Event::Written(call, result), out);
}

/// Something was heard of a local command of a run.
pub(in crate::app) fn printed(state: &mut State, id: &RunId, call: CallId, heard: Heard, out: &mut Out) {
    step(state, id, Event::Printed(call, heard), out);
}

/// A read of a run was answered.
pub(in crate::app) fn answered(
    state: &mut State,
    id: &RunId,
    call: CallId,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    step(state, id, Event::Answer(call, result), out);
}

/// A run's timer.
pub(in crate::app) fn timer(state: &mut State, id: &RunId, timer: TimerId, out: &mut Out) {
    step(state, id, Event::Timer(timer), out);
}

/// Lays a run to rest once nothing of it is under way: tells how it ended, and looks at the service.
pub(in crate::app) fn settle(state: &mut State, id: &RunId, out: &mut Out) {
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
            format!("{what}: {}", verdict.words())
        } else {
            format!("{what}: {}: {why}", verdict.words())
        };
        attend(state, out, Occasion::RunEnded, &text);
        notice(state, out, text, !good);
        if view.resumable() {
            state.runs.resting.insert(id.clone(), run);
        }
    } else {
        if run.waits() {
            let key = key_of(state, Action::Refresh);
            let text =
                format!("{} needs confirmation, {key} on Runs continues: {}", view.header.title, view.waits);
            attend(state, out, Occasion::Waiting, &text);
            notice(state, out, text, true);
        }
        state.runs.resting.insert(id.clone(), run);
    }
    keep_past(state, view);
    read_rows(out, vec![key]);
    service::due(state, out);
    keep(state);
    out.touch();
}

/// Runs kept for the screen.
const PAST_MAX: usize = 500;

pub(super) fn keep_past(state: &mut State, view: RunView) {
    state.runs.past.retain(|old| old.header.id != view.header.id);
    state.runs.team.views.remove(&view.header.id);
    let place = state
        .runs
        .past
        .partition_point(|old| (old.header.at, &old.header.id) > (view.header.at, &view.header.id));
    state.runs.past.insert(place, view);
    state.runs.past.truncate(PAST_MAX);
    timeline::changed(state);
}

/// Stops watching the selected run. What AWS has begun goes on.
pub(in crate::app) fn stop_watching(state: &mut State, out: &mut Out) {
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
            "no longer watched; what was started continues in AWS (refresh watches it again)",
            false,
        );
    }
}
