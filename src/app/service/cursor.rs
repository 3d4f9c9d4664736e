//! The cursor of the service screen's lists.

use super::{areas, extent};
use crate::app::{
    layout,
    out::Out,
    rows::{self, BodyRow},
    state::{ListView, State},
    update::notice,
    why,
};

/// The nearest line the cursor can stand on, in one direction first.
pub(super) fn standing(body: &[BodyRow], cursor: usize, down: bool) -> usize {
    let can = |at: &usize| body.get(*at).is_some_and(|row| row.selectable());
    let cursor = cursor.min(body.len().saturating_sub(1));
    let (below, above) = ((cursor..body.len()).find(can), (0..=cursor).rev().find(can));
    if down { below.or(above) } else { above.or(below) }.unwrap_or(cursor)
}

/// Shows the heading above the first line one can stand on.
pub(super) fn show_heading(list: &mut ListView, body: &[BodyRow]) {
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

/// Goes to the next line that tells of something bad.
pub(super) fn telling(state: &mut State, forward: bool, out: &mut Out) {
    let Some(view) = state.service.as_ref() else { return };
    let width = areas(state).body.width;
    let (Some(detail), body, from) =
        (view.detail.value.as_deref(), rows::body(view, width), view.list().cursor)
    else {
        return;
    };
    let bad = |row: BodyRow| match row {
        BodyRow::Task { index, .. } => detail
            .tasks
            .get(index)
            .is_some_and(|t| (rows::is_stopped(t) && why::is_telling(t)) || t.health == "UNHEALTHY"),
        BodyRow::Alarm(index) => detail.alarms.get(index).is_some_and(|a| a.state == "ALARM"),
        BodyRow::Target(index) => detail.targets.get(index).is_some_and(|t| t.state == "unhealthy"),
        BodyRow::Deployment(index) => detail.deployments.get(index).is_some_and(|d| d.failed > 0),
        BodyRow::Gap(_) | BodyRow::Waiting(_) => true,
        _ => false,
    };
    let bad = |at: &usize| body.get(*at).is_some_and(|row| bad(row.side(false)) || bad(row.side(true)));
    let len = body.len();
    let found = if forward {
        (1..=len).map(|step| (from + step) % len).find(bad)
    } else {
        (1..=len).map(|step| (from + len - step) % len).find(bad)
    };
    match found {
        Some(at) => select(state, at),
        None => notice(state, out, "nothing on this tab needs attention", false),
    }
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
    (!rows::is_stopped(task)).then(|| task.arn.clone())
}
