//! The matrix: applications down, environments across.

use crate::{
    app::{
        fleet::{page, urgency},
        layout::kept,
        state::State,
    },
    model::{EnvironmentName, Service, ServiceKey, version::is_moving},
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Computes applications and cells anew from the rows shown; the cursor stays on its cell.
pub(in crate::app) fn recompute(state: &mut State) {
    let columns: HashMap<&EnvironmentName, usize> =
        state.environments.iter().enumerate().map(|(nth, e)| (&e.name, nth)).collect();
    let mut applications: BTreeMap<&str, Vec<(usize, u8, &ServiceKey)>> = BTreeMap::new();
    for key in &state.fleet.shown {
        let (Some(service), Some(column)) = (state.rows.get(key), columns.get(&key.environment)) else {
            continue;
        };
        applications.entry(&service.application).or_default().push((*column, urgency(service), key));
    }
    let mut cells: HashMap<(usize, usize), Vec<ServiceKey>> = HashMap::with_capacity(state.fleet.shown.len());
    let mut names = Vec::with_capacity(applications.len());
    // what is in most environments comes first: that is what one compares
    let mut order: Vec<_> = applications.into_iter().collect();
    order.sort_by_cached_key(|(_, keys)| {
        let mut columns: Vec<usize> = keys.iter().map(|k| k.0).collect();
        columns.sort_unstable();
        columns.dedup();
        Reverse(columns.len())
    });
    for (row, (name, mut keys)) in order.into_iter().enumerate() {
        keys.sort_by_key(|k| k.1);
        for (column, _, key) in keys {
            cells.entry((row, column)).or_default().push(key.clone());
        }
        names.push(name.to_owned());
    }
    let was = state.fleet.applications.get(state.fleet.cell.0).cloned();
    let row = was.and_then(|name| names.iter().position(|n| *n == name)).unwrap_or(state.fleet.cell.0);
    state.fleet.applications = names;
    state.fleet.cells = cells;
    let column = state.fleet.cell.1;
    go(state, row, column);
}

fn go(state: &mut State, row: usize, column: usize) {
    let page = page(state);
    let columns = state.environments.len();
    let fleet = &mut state.fleet;
    let rows = fleet.applications.len();
    fleet.cell = (row.min(rows.saturating_sub(1)), column.min(columns.saturating_sub(1)));
    fleet.matrix_offset = kept(fleet.cell.0, fleet.matrix_offset, rows, page);
}

/// The service of the selected cell; the most troubled one where several share it.
pub fn selected(state: &State) -> Option<&ServiceKey> {
    state.fleet.cells.get(&state.fleet.cell)?.first()
}

/// Puts the cursor on the cell of the service selected in the table.
pub(in crate::app) fn show_selected(state: &mut State) {
    let found =
        state.fleet.selected.as_ref().and_then(|key| {
            state.fleet.cells.iter().find(|(_, keys)| keys.contains(key)).map(|(cell, _)| *cell)
        });
    if let Some((row, column)) = found {
        go(state, row, column);
    }
}

/// Moves the cursor to a cell.
pub(in crate::app) fn select(state: &mut State, row: usize, column: usize) {
    go(state, row, column);
    if let Some(key) = selected(state).cloned() {
        state.fleet.selected = Some(key);
    }
}

/// How a cell stands to the others of its application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// The same image as the environment it is promoted from (or the one before it), or nothing to compare.
    Same,
    /// Another image than there.
    Differs,
    /// An image that was pushed later than the one there.
    Ahead,
    /// An image that was pushed earlier than the one there.
    Behind,
}

/// How the cell stands to the same application in the environment it is promoted from; where none is
/// configured, in the column to its left.
pub fn drift(state: &State, row: usize, column: usize) -> Drift {
    let service = |cell: (usize, usize)| {
        state.fleet.cells.get(&cell).and_then(|keys| keys.first()).and_then(|key| state.rows.get(key))
    };
    let Some(own) = service((row, column)) else { return Drift::Same };
    let from = state
        .settings
        .environments
        .get(column)
        .and_then(|e| e.promote_from.as_ref())
        .and_then(|name| state.environments.iter().position(|e| &e.name == name));
    let other = match from {
        Some(source) => service((row, source)),
        None => (0..column).rev().find_map(|left| service((row, left))),
    };
    let Some(other) = other else { return Drift::Same };
    if own.version.image.is_empty() || other.version.image.is_empty() || same(own, other) {
        return Drift::Same;
    }
    // when it was deployed tells nothing: a rollback deploys the older image later
    match (state.images.pushed_at(&own.version), state.images.pushed_at(&other.version)) {
        (Some(own), Some(other)) if own > other => Drift::Ahead,
        (Some(own), Some(other)) if own < other => Drift::Behind,
        _ => Drift::Differs,
    }
}

/// The same image, also where the registries differ by account: by digest, else by tag that does not move.
fn same(a: &Service, b: &Service) -> bool {
    if a.version.same_image(&b.version) {
        return true;
    }
    match (&a.version.digest, &b.version.digest, &a.version.tag, &b.version.tag) {
        (Some(a), Some(b), _, _) => a == b,
        (_, _, Some(a), Some(b)) => a == b && !is_moving(a),
        _ => false,
    }
}
