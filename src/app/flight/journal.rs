//! Runs of the journal: those that are over, and those that are taken up again.

use super::runs::{keep_past, pass_on, settle, step};
use crate::{
    app::{
        context,
        flow::{Out, notice},
        state::{GoOn, Line, Overlay, State},
    },
    model::{
        Entry, EnvironmentName, Gate, Protection, RunId, ServiceKey, Verdict, armed::Confirmation,
        run_view::RunView,
    },
    ops::{self, Event, Run},
};

/// A run from the journal: shown when it is over or carried out by another process, else taken up again.
pub(in crate::app) fn journaled(state: &mut State, entries: Vec<Entry>, held: bool, out: &mut Out) {
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
    if view.end.is_some() {
        if view.resumable() {
            state.runs.lost.insert(id, entries);
        }
        keep_past(state, view);
        return;
    }
    if let Some(why) = elsewhere(state, &view) {
        state.runs.lost.insert(id, entries);
        keep_past(state, view);
        notice(state, out, why, true);
        return;
    }
    match take_up(state, &entries) {
        Some((run, effects)) => adopt(state, &id, run, effects, out),
        None => keep_past(state, view),
    }
}

/// Why a run is not gone on with from here: its environment is reached in another region now, where nothing of it is.
fn elsewhere(state: &State, view: &RunView) -> Option<String> {
    let header = &view.header;
    let environment = state.environment(&header.key.environment)?;
    let told = environment.identity.as_ref().map(|identity| identity.region.as_str());
    let now = told.filter(|region| !region.is_empty()).unwrap_or(&environment.region);
    (!now.is_empty() && !header.region.is_empty() && now != header.region).then(|| {
        format!(
            "“{}” is in {}, and {} now is in {now}, so this run cannot be resumed here; choose that region (: region)",
            header.title, header.region, environment.name
        )
    })
}

/// Takes it up, with what the configuration sets for its commands.
fn take_up(state: &State, entries: &[Entry]) -> Option<(Run, Vec<ops::Effect>)> {
    let Entry::Begin { run, .. } = entries.first()? else { return None };
    let variables = context::variables(&state.settings, &run.key);
    // nobody was asked: it watches, and offers what is still to come
    let gate = Gate {
        protection: protection(state, &run.key),
        who: state.who.clone(),
        confirmation: None,
        locks: context::locks(&state.settings),
    };
    let entries = ops::completed(entries, &context::commands(&state.settings, &run.key));
    Run::take_up(&entries, &variables, gate, state.now)
}

/// How the environment of a service is protected now.
fn protection(state: &State, key: &ServiceKey) -> Protection {
    let found = state.environment(&key.environment).map(|environment| environment.protection);
    found.unwrap_or_else(|| state.settings.protection(&key.environment)).max(if state.settings.read_only {
        Protection::ReadOnly
    } else {
        Protection::Open
    })
}

/// Asks whether a run that rests before a change goes on.
fn offer(state: &mut State, id: &RunId, out: &mut Out) {
    let Some(view) = state.runs.resting.get(id).map(Run::view) else { return };
    let (key, title, waits) = (view.header.key.clone(), view.header.title.clone(), view.waits.clone());
    let protection = protection(state, &key);
    if protection == Protection::ReadOnly {
        notice(
            state,
            out,
            format!("{title}: {} is read-only, so it does not continue", key.environment),
            true,
        );
        return;
    }
    let (line, complaint) = (Line::default(), String::new());
    let on = GoOn { run: id.clone(), key, title, waits, protection, line, complaint };
    state.overlay = Some(Overlay::GoOn(Box::new(on)));
    state.overlay_since = state.drawn + 1;
    out.touch();
}

/// It was confirmed that it goes on.
pub(in crate::app) fn gone_on(state: &mut State, out: &mut Out) {
    let Some(Overlay::GoOn(on)) = &mut state.overlay else { return };
    let name: &str = &on.key.name;
    if on.protection == Protection::Typed && on.line.text.trim() != name {
        on.complaint = format!("type {name} to continue, or close");
        return;
    }
    let confirmation = match on.protection {
        Protection::Typed => Confirmation::Typed(on.line.text.clone()),
        _ => Confirmation::Key,
    };
    let id = on.run.clone();
    state.overlay = None;
    let gate = Gate {
        protection: state
            .runs
            .resting
            .get(&id)
            .map_or(Protection::ReadOnly, |run| protection(state, &run.view().header.key)),
        who: state.who.clone(),
        confirmation: Some(confirmation),
        locks: context::locks(&state.settings),
    };
    wake(state, &id, Event::GoOn(gate), out);
}

/// A run that rests is watched again, or goes on.
fn wake(state: &mut State, id: &RunId, event: Event, out: &mut Out) {
    let Some(run) = state.runs.resting.remove(id) else { return };
    let title = run.view().header.title.clone();
    state.runs.past.retain(|view| view.header.id != *id);
    state.runs.live.insert(id.clone(), run);
    notice(state, out, format!("watching again: {title}"), false);
    step(state, id, event, out);
}

fn adopt(state: &mut State, id: &RunId, run: Run, effects: Vec<ops::Effect>, out: &mut Out) {
    let key = run.view().header.key.clone();
    let title = run.view().header.title.clone();
    state.runs.past.retain(|view| view.header.id != *id);
    state.runs.live.insert(id.clone(), run);
    pass_on(id, &key, effects, out);
    notice(state, out, format!("resumed: {title}"), false);
    settle(state, id, out);
}

/// Watches a lost or unwatched run again.
pub(in crate::app) fn resume(state: &mut State, id: &RunId, out: &mut Out) {
    let view = state.runs.past.iter().find(|view| view.header.id == *id && state.runs.lost.contains_key(id));
    if let Some(why) = view.and_then(|view| elsewhere(state, view)) {
        notice(state, out, why, true);
        return;
    }
    let entries = state.runs.lost.remove(id);
    if let Some((run, effects)) = entries.and_then(|entries| take_up(state, &entries)) {
        adopt(state, id, run, effects, out);
        return;
    }
    if state.runs.resting.get(id).is_some_and(Run::waits) {
        offer(state, id, out);
        return;
    }
    if !state.runs.resting.contains_key(id) {
        let other = state.runs.team.views.get(id).filter(|view| view.end.is_none());
        let text = if let Some(view) = other {
            &format!("{} is running this, and watches it there", view.header.who)
        } else if state.runs.held.contains(id) {
            "another flightdeck on this machine is running it"
        } else if state.runs.live.contains_key(id) {
            "this run is being watched"
        } else {
            "this run is over"
        };
        notice(state, out, text, false);
        return;
    }
    wake(state, id, Event::Resume, out);
}

/// An environment answers again: runs there that lost contact are watched on.
pub(in crate::app) fn contact_is_back(state: &mut State, name: &EnvironmentName, out: &mut Out) {
    let lost = |run: &Run| {
        let view = run.view();
        // who stopped watching is not made to watch again
        view.header.key.environment == *name
            && !view.unwatched
            && view.end.as_ref().is_some_and(|(verdict, ..)| *verdict == Verdict::Lost)
    };
    let ids: Vec<RunId> =
        state.runs.resting.iter().filter(|(_, run)| lost(run)).map(|(id, _)| id.clone()).collect();
    for id in ids {
        resume(state, &id, out);
    }
}
