//! The order of the rows, computed anew when rows come: at once, or of a large fleet in a moment.

use crate::app::{TimerKey, fleet::recompute, flow::Out, schedule, state::State};

/// Rows from which the order is computed no more often than every [`schedule::ORDER_MS`]: what comes in by the
/// dozen would else be put in order whole each time.
const LARGE: usize = 1_000;

/// Rows came that may move others: the order is computed anew, at once or in a moment.
pub(in crate::app) fn reorder(state: &mut State, out: &mut Out) {
    let since = state.felt(state.now.since(state.fleet.ordered_at));
    let soon = u64::try_from(since).is_ok_and(|since| since < schedule::ORDER_MS);
    if state.rows.len() <= LARGE || !soon {
        state.fleet.ordered_at = state.now;
        recompute(state);
    } else if !state.fleet.due {
        state.fleet.due = true;
        out.timer(TimerKey::Order, schedule::ORDER_MS);
    }
}

/// Computes the order that was put off, if one was.
pub(in crate::app) fn order_due(state: &mut State, out: &mut Out) {
    if state.fleet.due {
        state.fleet.ordered_at = state.now;
        recompute(state);
        out.touch();
    }
}
