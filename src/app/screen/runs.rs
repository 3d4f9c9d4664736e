//! The verbs of the runs: of the list, and of one run whole.

use super::handler::{Handler, line};
use crate::{
    action::Action,
    app::{
        Effect, Mouse,
        flight::resume,
        flow::{Intent, Out, notice},
        layout, list,
        logs::longest,
        runs::{keep, listed, log_extent, narrow, selected, to_log_start},
        state::State,
        store::team,
    },
    model::{RunId, Verdict, report},
};

/// The runs: the list, or the one that is open.
pub(super) struct Runs;

impl Handler for Runs {
    fn act(&self, state: &mut State, action: Action, out: &mut Out) -> bool {
        act(state, action, out)
    }

    fn keep(&self, state: &mut State) {
        keep(state);
    }

    fn shown(&self, state: &mut State, out: &mut Out) {
        keep(state);
        team::wake(state, out);
    }

    fn filter<'a>(&self, state: &'a State) -> Option<&'a str> {
        state.runs.open.is_none().then_some(&state.runs.filter)
    }

    fn narrow(&self, state: &mut State, text: &str, _: &mut Out) {
        narrow(state, text);
    }

    fn click(&self, state: &mut State, event: Mouse, twice: bool, out: &mut Out) {
        if state.runs.open.is_some() {
            return;
        }
        let count = listed(state).len();
        let Some(nth) = line(layout::runs(state.size).1, event) else { return };
        let at = state.runs.list.offset + nth;
        if at < count {
            state.runs.list.cursor = at;
            out.touch();
            if twice {
                act(state, Action::Open, out);
            }
        }
    }
}

fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
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
            out.intend(Intent::Open(key, None));
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
            let longest = selected(state).map_or(0, |view| longest(view.log.iter()));
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
