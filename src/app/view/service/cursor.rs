//! The cursor of the service screen's lists.

use super::areas::{areas, extent};
use crate::app::{
    layout, logs,
    rows::{self, BodyRow},
    state::{ListView, State, Tab},
};
use crate::model::log::Sieve;

/// The nearest line the cursor can stand on, in one direction first.
pub(in crate::app) fn standing(body: &[BodyRow], cursor: usize, down: bool) -> usize {
    let can = |at: &usize| body.get(*at).is_some_and(|row| row.selectable());
    let cursor = cursor.min(body.len().saturating_sub(1));
    let (below, above) = ((cursor..body.len()).find(can), (0..=cursor).rev().find(can));
    if down { below.or(above) } else { above.or(below) }.unwrap_or(cursor)
}

/// Shows the heading above the first line one can stand on.
pub(in crate::app) fn show_heading(list: &mut ListView, body: &[BodyRow]) {
    if body.iter().take(list.cursor).all(|row| !row.selectable()) {
        list.offset = 0;
    }
}

/// The line under the cursor, on tabs that are lists of rows.
pub fn row(state: &State) -> Option<BodyRow> {
    let view = state.service.as_ref()?;
    let body = rows::body(view, areas(state).body.width);
    body.get(view.list().cursor).map(|row| row.side(view.old_side)).filter(|row| row.selectable())
}

/// Puts the cursor on a line of the tab, for the mouse.
pub(in crate::app) fn select(state: &mut State, cursor: usize) {
    let (len, page) = extent(state);
    let width = areas(state).body.width;
    let Some(view) = state.service.as_mut() else { return };
    let body = rows::body(view, width);
    if !body.is_empty() && !body.get(cursor).is_some_and(|row| row.selectable()) {
        return;
    }
    let Some(list) = view.list_mut(view.tab) else { return };
    list.cursor = cursor;
    layout::keep(list, len, page);
}

/// Puts the cursor on the new or on the old side, where they stand side by side; false where they do not.
pub(in crate::app) fn choose_side(state: &mut State, old: bool) -> bool {
    let width = areas(state).body.width;
    let Some(view) = state.service.as_mut() else { return false };
    let sided = rows::body(view, width).contains(&BodyRow::Sides);
    if sided {
        view.old_side = old;
    }
    sided
}

/// The task under the cursor of the Tasks or Rollout tab, where it still runs.
pub(in crate::app) fn selected_task(state: &State) -> Option<String> {
    let Some(BodyRow::Task { index, .. }) = row(state) else { return None };
    let task = state.service.as_ref()?.detail.value.as_ref()?.tasks.get(index)?;
    (!task.is_stopped()).then(|| task.arn.clone())
}

/// Keeps the cursor of the tab shown on a line it can stand on, and on the page.
pub(in crate::app) fn keep(state: &mut State) {
    let (len, page) = extent(state);
    let width = areas(state).body.width;
    let Some(view) = state.service.as_mut() else { return };
    let tab = view.tab;
    if tab == Tab::Logs {
        logs::keep(view, page);
        return;
    }
    let body = rows::body(view, width);
    let Some(list) = view.list_mut(tab) else { return };
    if !body.is_empty() {
        list.cursor = standing(&body, list.cursor, true);
    }
    layout::keep(list, len, page);
    show_heading(list, &body);
}

/// Another filter of the lines.
pub(in crate::app) fn narrow_log(state: &mut State, text: &str) {
    if let Some(view) = state.service.as_mut() {
        text.clone_into(&mut view.log_filter);
        let top = view.log.key(view.list_of(Tab::Logs).offset);
        view.log.sift(Sieve::read(text), view.log.among());
        logs::stay(view, top);
    }
    let (_, page) = extent(state);
    if let Some(view) = state.service.as_mut() {
        logs::keep(view, page);
    }
}
