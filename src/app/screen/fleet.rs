//! The verbs of the fleet.

mod mouse;

use super::{handler::Handler, matrix as cells};
use crate::{
    action::Action,
    app::{
        Effect, Mouse,
        fleet::{
            column_title, filter, needs_attention, next_column, page, recompute, select, selected, settle,
        },
        flow::{Intent, Out, notice},
        list, matrix,
        state::State,
        store::sparks::{plan_sparks, want_sparks},
        subject::with_subject,
    },
    model::ServiceKey,
};

/// The fleet: table or matrix.
pub(super) struct Fleet;

impl Handler for Fleet {
    fn act(&self, state: &mut State, action: Action, out: &mut Out) -> bool {
        act(state, action, out)
    }

    fn keep(&self, state: &mut State) {
        let (cursor, cell) = (state.fleet.cursor, state.fleet.cell);
        select(state, cursor);
        if state.fleet.matrix {
            matrix::select(state, cell.0, cell.1);
        }
    }

    fn shown(&self, state: &mut State, out: &mut Out) {
        plan_sparks(state, out);
    }

    fn filter<'a>(&self, state: &'a State) -> Option<&'a str> {
        Some(&state.fleet.filter)
    }

    fn narrow(&self, state: &mut State, text: &str, out: &mut Out) {
        filter(state, text);
        want_sparks(state, out);
    }

    fn click(&self, state: &mut State, event: Mouse, twice: bool, out: &mut Out) {
        mouse::click(state, event, twice, out);
    }
}

/// Movement, sorting and switching; false when the verb is not the fleet's.
fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    match action {
        Action::Open => {
            with_subject(state, out, |_, key, out| out.intend(Intent::Open(key, None)));
            return true;
        }
        Action::Back if state.fleet.filter.is_empty() => {
            notice(state, out, "this is the fleet; quit leaves flightdeck", false);
            return true;
        }
        Action::Back => filter(state, ""),
        Action::NextTab | Action::PreviousTab => {
            let key = selected(state).cloned();
            state.fleet.matrix = !state.fleet.matrix;
            if let Some(key) = key {
                state.fleet.selected = Some(key);
                state.fleet.chosen = true;
            }
            recompute(state);
            if state.fleet.matrix {
                matrix::show_selected(state);
            } else {
                settle(state);
            }
        }
        Action::Sort => {
            state.fleet.sort = next_column(state);
            recompute(state);
            let text = format!("sorted by {}", column_title(state.fleet.sort));
            notice(state, out, text, false);
        }
        Action::SortReverse => {
            state.fleet.reverse = !state.fleet.reverse;
            recompute(state);
        }
        Action::NextMatch | Action::PreviousMatch => {
            if !attention(state, action == Action::NextMatch) {
                notice(state, out, "every row shown is steady", false);
            }
        }
        _ if state.fleet.matrix => {
            if !cells::act(state, action) {
                return false;
            }
        }
        _ => {
            let Some(cursor) = list::moved(state.fleet.cursor, state.fleet.shown.len(), page(state), action)
            else {
                return false;
            };
            select(state, cursor);
        }
    }
    want_sparks(state, out);
    true
}

/// Goes to the next or previous row that is not well; false when there is none.
fn attention(state: &mut State, forward: bool) -> bool {
    if state.fleet.matrix {
        return cells::attention(state, forward);
    }
    let shown = &state.fleet.shown;
    let (len, from) = (shown.len(), state.fleet.cursor);
    let wanted = |place: &usize| {
        let row = shown.get(*place).and_then(|key| state.rows.get(key));
        row.is_some_and(|s| needs_attention(s.state))
    };
    let found = if forward {
        (1..=len).map(|step| (from + step) % len).find(wanted)
    } else {
        (1..=len).map(|step| (from + len - step) % len).find(wanted)
    };
    if let Some(place) = found {
        select(state, place);
    }
    found.is_some()
}

/// Puts the ARN of the selected service on the clipboard.
pub(in crate::app) fn copy(state: &mut State, key: &ServiceKey, out: &mut Out) {
    let Some(arn) = state.rows.get(key).map(|s| s.arn.clone()).filter(|arn| !arn.is_empty()) else {
        notice(state, out, format!("the ARN of {key} is not known yet"), true);
        return;
    };
    notice(state, out, format!("copied {arn}"), false);
    out.push(Effect::Copy(arn));
}
