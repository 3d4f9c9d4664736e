//! Which rows of the fleet are shown, and where the cursor is.

use super::{
    order::sort,
    page::page,
    words::{known, state_words},
};
use crate::{
    app::{
        filter::Filter,
        layout::{self, Widths, cells, kept},
        matrix,
        state::{Images, State},
    },
    model::{EnvironmentName, Service, ServiceKey},
};

/// Computes anew which rows are shown and in which order; the cursor stays on its service.
pub(in crate::app) fn recompute(state: &mut State) {
    state.fleet.due = false;
    let filter = Filter::parse(&state.fleet.filter);
    let ranks: Vec<&EnvironmentName> = state.environments.iter().map(|e| &e.name).collect();
    let rank = |key: &ServiceKey| ranks.iter().position(|n| **n == key.environment).unwrap_or(usize::MAX);
    let mut last: Option<(&EnvironmentName, usize)> = None;
    let mut rows: Vec<(usize, &Service)> = Vec::with_capacity(state.rows.len());
    for service in state
        .rows
        .values()
        .filter(|s| filter.is_empty() || filter.holds(s, &|number| known(state, s, number)))
    {
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

/// Puts the cursor back on its service, or where it was when the service is gone.
pub(in crate::app) fn settle(state: &mut State) {
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
pub(in crate::app) fn widen(widths: &mut Widths, images: &Images, service: &Service) -> bool {
    let before = *widths;
    let state = if let Some(waits) = service.waits() {
        // the time left takes three cells at most for weeks
        if waits.until.is_some() { cells("approve? 14d") } else { cells("approve?") }
    } else if service.rollout.is_some() {
        cells(&state_words(service, service.seen_at))
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
pub(in crate::app) fn filter(state: &mut State, text: &str) {
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
pub(in crate::app) fn select(state: &mut State, cursor: usize) {
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
