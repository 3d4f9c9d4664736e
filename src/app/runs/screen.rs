//! The screen of runs: the list, and one run whole.

use super::{find, journal::resume, listed, narrow, page, selected};
use crate::{
    action::Action,
    app::{
        Effect,
        layout::{self, keep as keep_list},
        list,
        out::Out,
        service,
        state::State,
        update::notice,
    },
    model::{RunId, Verdict, report},
};

/// Lines of the open run's log, and lines of its page.
fn log_extent(state: &State) -> (usize, usize) {
    let Some(view) = state.runs.open.as_ref().and_then(|id| find(state, id)) else { return (0, 1) };
    (view.log.len(), page::areas(state, state.size, view).log.rows().saturating_sub(1))
}

/// The open run's log from its end, unmoved sideways.
pub(super) fn to_log_start(state: &mut State) {
    state.runs.log_up = 0;
    state.runs.log_left = 0;
}

/// Keeps cursor and scroll within what there is.
pub(in crate::app) fn keep(state: &mut State) {
    let count = listed(state).len();
    let page = layout::runs(state.size).1.rows();
    keep_list(&mut state.runs.list, count, page);
    let (len, page) = log_extent(state);
    state.runs.log_up = state.runs.log_up.min(len.saturating_sub(page));
    if state.runs.open.as_ref().is_some_and(|id| find(state, id).is_none()) {
        state.runs.open = None;
    }
}

/// The verbs of the runs; false when the verb is not one of them.
pub(in crate::app) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    if action == Action::Refresh {
        match selected(state).map(|view| view.header.id.clone()) {
            Some(id) => resume(state, &id, out),
            None => notice(state, out, "no run is selected", false),
        }
        return true;
    }
    if action == Action::Export {
        export(state, out);
        return true;
    }
    if state.runs.open.is_some() {
        return act_on_open(state, action, out);
    }
    let count = listed(state).len();
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
        Action::Back if !state.runs.filter.is_empty() => narrow(state, ""),
        Action::NextMatch | Action::PreviousMatch => {
            let from = state.runs.list.cursor;
            let views = listed(state);
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

/// Writes the run to a file; where it is, is told once it is there.
fn export(state: &mut State, out: &mut Out) {
    match selected(state) {
        Some(view) => {
            let name = format!("run-{}.md", view.header.id);
            out.push(Effect::Export { name, text: report::markdown(view) });
            out.touch();
        }
        None => notice(state, out, "no run is selected", false),
    }
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
            let ids: Vec<RunId> = listed(state).into_iter().map(|view| view.header.id.clone()).collect();
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
            let longest = selected(state).map_or(0, |view| crate::app::logs::longest(view.log.iter()));
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
