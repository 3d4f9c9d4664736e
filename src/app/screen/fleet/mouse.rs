//! Clicks on the fleet.

use crate::{
    action::Action,
    app::{
        Mouse, fleet,
        flow::{Intent, Out},
        layout, matrix,
        screen::handler::line,
        state::{Column, State},
    },
};

/// A click on a row or cell selects it, the second opens it; on a title it sorts.
pub(super) fn click(state: &mut State, event: Mouse, twice: bool, out: &mut Out) {
    let areas = layout::fleet(state.size, fleet::troubles(state));
    if line(areas.head, event).is_some() && !state.fleet.matrix {
        if let Some(column) = column_at(state, event.column).filter(|_| !twice) {
            if state.fleet.sort == column {
                state.fleet.reverse = !state.fleet.reverse;
            } else {
                state.fleet.sort = column;
                state.fleet.reverse = false;
            }
            fleet::recompute(state);
            out.touch();
        }
        return;
    }
    let Some(nth) = line(areas.rows, event) else { return };
    let found = if state.fleet.matrix {
        let row = state.fleet.matrix_offset + nth;
        let (width, cell) = (state.size.0, state.fleet.cell);
        let (_, slots) = layout::matrix_columns(width, &state.fleet.widths, state.environments.len(), cell.1);
        let slot = slots.iter().find(|s| event.column >= s.x && event.column < s.x + s.width);
        match slot {
            Some(slot) if row < state.fleet.applications.len() => {
                matrix::select(state, row, slot.environment);
                true
            }
            _ => false,
        }
    } else {
        let at = state.fleet.offset + nth;
        let there = at < state.fleet.shown.len();
        if there {
            fleet::select(state, at);
        }
        there
    };
    if found {
        out.touch();
        if twice {
            state.overlay = None;
            out.intend(Intent::Act(Action::Open, state.drawn));
        }
    }
}

/// The column whose title or values stand there.
fn column_at(state: &State, x: u16) -> Option<Column> {
    let columns = layout::fleet_columns(state.size.0, &state.fleet.widths);
    columns.slots.iter().find(|s| x >= s.x && x < s.x + s.width).map(|s| s.column)
}
