//! The verbs of the matrix.

use crate::{
    action::Action,
    app::{fleet, list, matrix::select, state::State},
};

/// Movement; false when the verb is none.
pub(in crate::app) fn act(state: &mut State, action: Action) -> bool {
    let (row, column) = state.fleet.cell;
    match action {
        Action::Left => select(state, row, column.saturating_sub(1)),
        Action::Right => select(state, row, column + 1),
        _ => {
            let rows = state.fleet.applications.len();
            let Some(row) = list::moved(row, rows, fleet::page(state), action) else { return false };
            select(state, row, column);
        }
    }
    true
}

/// Goes to the next or previous cell that is not well; false when there is none.
pub(in crate::app) fn attention(state: &mut State, forward: bool) -> bool {
    let mut troubled: Vec<(usize, usize)> = state
        .fleet
        .cells
        .iter()
        .filter(|(_, keys)| {
            let row = keys.first().and_then(|key| state.rows.get(key));
            row.is_some_and(|s| fleet::needs_attention(s.state))
        })
        .map(|(cell, _)| *cell)
        .collect();
    troubled.sort_unstable();
    let from = state.fleet.cell;
    let found = if forward {
        troubled.iter().find(|c| **c > from).or_else(|| troubled.first())
    } else {
        troubled.iter().rev().find(|c| **c < from).or_else(|| troubled.last())
    };
    let Some((row, column)) = found.copied() else { return false };
    select(state, row, column);
    true
}
