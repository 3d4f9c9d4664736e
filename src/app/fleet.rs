//! The fleet: which rows are shown, in which order, where the cursor is.

mod order;
mod sparks;
mod words;

pub use {
    order::column_title,
    sparks::sparks_age,
    words::{age, error_share, latest, state_words, tasks_words, urgency},
};
pub(super) use {
    order::{depends_on_rows, depends_on_sparks},
    sparks::{plan_sparks, sparks_soon, want_sparks},
    words::{needs_attention, stale_after},
};

use super::{
    Effect,
    filter::Filter,
    images::Images,
    layout::{self, Widths, cells, kept},
    matrix,
    out::Out,
    schedule,
    state::State,
};
use crate::{
    action::Action,
    model::{EnvironmentName, Service, ServiceKey},
};
use order::{next_column, sort};

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

/// Computes anew which rows are shown and in which order; the cursor stays on its service.
pub(super) fn recompute(state: &mut State) {
    state.fleet.due = false;
    let filter = Filter::parse(&state.fleet.filter);
    let ranks: Vec<&EnvironmentName> = state.environments.iter().map(|e| &e.name).collect();
    let rank = |key: &ServiceKey| ranks.iter().position(|n| **n == key.environment).unwrap_or(usize::MAX);
    let mut last: Option<(&EnvironmentName, usize)> = None;
    let mut rows: Vec<(usize, &Service)> = Vec::with_capacity(state.rows.len());
    for service in state.rows.values().filter(|s| filter.is_empty() || filter.holds(s)) {
        // rows come by environment, so the rank is looked up once for each
        let own = match last {
            Some((name, own)) if *name == service.key.environment => own,
            _ => rank(&service.key),
        };
        last = Some((&service.key.environment, own));
        rows.push((own, service));
    }
    sort(state, &mut rows);
    let mut widths = Widths::default();
    for (_, service) in &rows {
        widen(&mut widths, &state.images, service);
    }
    let shown: Vec<ServiceKey> = rows.into_iter().map(|(_, s)| s.key.clone()).collect();
    state.fleet.shown = shown;
    state.fleet.widths = widths;
    settle(state);
    if state.fleet.matrix {
        matrix::recompute(state);
    }
}

/// Rows from which the order is computed no more often than every [`schedule::ORDER_MS`]: what comes in by the
/// dozen would else be put in order whole each time.
const LARGE: usize = 1_000;

/// Rows came that may move others: the order is computed anew, at once or in a moment.
pub(super) fn reorder(state: &mut State, out: &mut Out) {
    let since = state.felt(state.now.since(state.fleet.ordered_at));
    let soon = u64::try_from(since).is_ok_and(|since| since < schedule::ORDER_MS);
    if state.rows.len() <= LARGE || !soon {
        state.fleet.ordered_at = state.now;
        recompute(state);
    } else if !state.fleet.due {
        state.fleet.due = true;
        out.timer(super::TimerKey::Order, schedule::ORDER_MS);
    }
}

/// Computes the order that was put off, if one was.
pub(super) fn order_due(state: &mut State, out: &mut Out) {
    if state.fleet.due {
        state.fleet.ordered_at = state.now;
        recompute(state);
        out.touch();
    }
}

/// Puts the cursor back on its service, or where it was when the service is gone.
fn settle(state: &mut State) {
    let page = page(state);
    let fleet = &mut state.fleet;
    let kept_key = fleet.selected.as_ref().filter(|_| fleet.chosen);
    let found = kept_key.and_then(|key| fleet.shown.iter().position(|k| k == key));
    if !fleet.chosen {
        fleet.cursor = 0;
    }
    fleet.cursor = found.unwrap_or(fleet.cursor).min(fleet.shown.len().saturating_sub(1));
    if found.is_none() {
        fleet.selected = fleet.shown.get(fleet.cursor).cloned();
    }
    fleet.offset = kept(fleet.cursor, fleet.offset, fleet.shown.len(), page);
}

/// Takes the row's texts into account for the widths; true when one grew.
pub(super) fn widen(widths: &mut Widths, images: &Images, service: &Service) -> bool {
    let before = *widths;
    let state = if service.rollout.is_some() {
        cells(&state_words(service))
    } else {
        layout::short(service.state.word().len())
    };
    widths.environment = widths.environment.max(cells(service.key.environment.as_str()));
    widths.service = widths.service.max(cells(&service.key.name));
    widths.application = widths.application.max(cells(&service.application));
    widths.version = widths.version.max(version_cells(images, service));
    widths.state = widths.state.max(state + 2);
    *widths != before
}

/// Cells of a short version, without making the text where its length can be told.
fn version_cells(images: &Images, service: &Service) -> u16 {
    match &service.version.tag {
        Some(tag) if tag.len() <= 12 && !crate::model::version::is_moving(tag) => cells(tag),
        _ => cells(&images.words_within(&service.version, 12)),
    }
}

/// Another filter; the cursor stays on its service when that is still shown, else goes to the first.
pub(super) fn filter(state: &mut State, text: &str) {
    if state.fleet.filter == text {
        return;
    }
    text.clone_into(&mut state.fleet.filter);
    state.fleet.cursor = 0;
    recompute(state);
    if state.fleet.cursor == 0 {
        state.fleet.offset = 0;
    }
}

/// Moves the cursor to a row of the table.
pub(super) fn select(state: &mut State, cursor: usize) {
    let page = page(state);
    let fleet = &mut state.fleet;
    fleet.chosen = true;
    fleet.cursor = cursor.min(fleet.shown.len().saturating_sub(1));
    fleet.selected = fleet.shown.get(fleet.cursor).cloned();
    fleet.offset = kept(fleet.cursor, fleet.offset, fleet.shown.len(), page);
}

/// The service that verbs act on: the selected row, or the selected cell's first.
pub fn selected(state: &State) -> Option<&ServiceKey> {
    if state.fleet.matrix {
        return matrix::selected(state);
    }
    state.fleet.selected.as_ref().filter(|key| state.rows.contains_key(*key))
}

/// Movement, sorting and switching of the fleet; false when the verb is not the fleet's.
pub(super) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    match action {
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
            super::update::notice(state, out, text, false);
        }
        Action::SortReverse => {
            state.fleet.reverse = !state.fleet.reverse;
            recompute(state);
        }
        Action::NextMatch | Action::PreviousMatch => {
            if !attention(state, action == Action::NextMatch) {
                super::update::notice(state, out, "every row shown is steady", false);
            }
        }
        _ if state.fleet.matrix => {
            if !matrix::act(state, action) {
                return false;
            }
        }
        _ => {
            let Some(cursor) =
                super::list::moved(state.fleet.cursor, state.fleet.shown.len(), page(state), action)
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
        return matrix::attention(state, forward);
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
pub(super) fn copy(state: &mut State, key: &ServiceKey, out: &mut Out) {
    let Some(arn) = state.rows.get(key).map(|s| s.arn.clone()).filter(|arn| !arn.is_empty()) else {
        super::update::notice(state, out, format!("the ARN of {key} is not known yet"), true);
        return;
    };
    super::update::notice(state, out, format!("copied {arn}"), false);
    out.push(Effect::Copy(arn));
}
