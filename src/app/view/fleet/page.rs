//! A page of the fleet.

use crate::app::schedule;
use crate::{
    app::{layout, state::State},
    model::{EnvironmentName, ServiceKey},
};

/// How many lines of trouble there are to tell below the rows: one for each environment that has some, and one
/// for all where they cannot be looked for.
pub fn troubles(state: &State) -> usize {
    if state.lost.is_some() && !state.environments.is_empty() {
        return 1;
    }
    state.environments.iter().filter(|e| e.trouble.is_some() || !e.gaps.is_empty()).count()
}

/// How many rows a page of the table or the matrix has.
pub fn page(state: &State) -> usize {
    layout::fleet(state.size, troubles(state)).rows.rows().max(1)
}

/// The rows on the screen.
pub fn visible(state: &State) -> impl Iterator<Item = &ServiceKey> {
    let page = page(state);
    let fleet = &state.fleet;
    let table = fleet.shown.iter().skip(fleet.offset).take(if fleet.matrix { 0 } else { page });
    let rows = if fleet.matrix { page } else { 0 };
    let columns = state.environments.len();
    let cells = (fleet.matrix_offset..fleet.matrix_offset.saturating_add(rows))
        .flat_map(move |row| (0..columns).map(move |column| (row, column)))
        .filter_map(|cell| fleet.cells.get(&cell).and_then(|keys| keys.first()));
    table.chain(cells)
}

/// Milliseconds since the sparklines on the screen were read, once that is longer than it should be; none
/// while they are fresh, or not read at all.
pub fn sparks_age(state: &State) -> Option<i64> {
    let most = sparks_ms(state).saturating_mul(2).saturating_add(state.clocked(5_000));
    let read = |name: &EnvironmentName| state.environment(name)?.sparks_at;
    let age = visible(state).filter_map(|key| read(&key.environment)).map(|at| state.now.since(at)).max()?;
    (age > most).then_some(age)
}

/// Milliseconds of the clock between reads of sparklines.
pub(in crate::app) fn sparks_ms(state: &State) -> i64 {
    state.paced(schedule::span(schedule::SPARKS_MS))
}
