//! Where the runs stand on their page.

use super::{
    list::{find, listed},
    page,
};
use crate::app::{
    layout::{self, keep as keep_list},
    state::{ListView, State},
};

/// Lines of the open run's log, and lines of its page.
pub(in crate::app) fn log_extent(state: &State) -> (usize, usize) {
    let Some(view) = state.runs.open.as_ref().and_then(|id| find(state, id)) else { return (0, 1) };
    (view.log.len(), page::areas(state, state.size, view).log.rows().saturating_sub(1))
}

/// The open run's log from its end, unmoved sideways.
pub(in crate::app) fn to_log_start(state: &mut State) {
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

/// Another filter; the cursor goes to the first run that passes.
pub(in crate::app) fn narrow(state: &mut State, text: &str) {
    if state.runs.filter != text {
        text.clone_into(&mut state.runs.filter);
        state.runs.list = ListView::default();
        keep(state);
    }
}
