//! The verbs of the Metrics tab.

use crate::{
    action::Action,
    app::{
        charts::{points, shown},
        flow::{Out, notice},
        state::{CHARTS, State},
        store::charts::{ask, set_range},
    },
    model::{Range, ServiceKey},
};

/// The verbs of the Metrics tab; false when the verb is not one of them.
pub(in crate::app) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let last = points(state).saturating_sub(1);
    let Some(view) = state.service.as_mut() else { return false };
    let charts = &mut view.charts;
    match action {
        Action::Left => charts.cursor = Some(charts.cursor.map_or(0, |at| (at + 1).min(last))),
        Action::Right => charts.cursor = charts.cursor.and_then(|at| at.checked_sub(1)),
        Action::PageUp => charts.cursor = Some(charts.cursor.map_or(0, |at| (at + 10).min(last))),
        Action::PageDown => charts.cursor = charts.cursor.and_then(|at| at.checked_sub(10)),
        Action::Top => charts.cursor = Some(last),
        Action::Bottom => charts.cursor = None,
        Action::Up | Action::PreviousMatch => charts.focus = charts.focus.saturating_sub(1),
        Action::Down | Action::NextMatch => charts.focus = (charts.focus + 1).min(CHARTS.len() - 1),
        Action::Open => charts.zoomed = !charts.zoomed,
        Action::Back if charts.cursor.is_some() => charts.cursor = None,
        Action::Back if charts.zoomed => charts.zoomed = false,
        Action::Shorter | Action::Longer => {
            let place = Range::ALL.iter().position(|r| *r == charts.range).unwrap_or(0);
            let to = if action == Action::Longer { Some(place + 1) } else { place.checked_sub(1) };
            if let Some(range) = to.and_then(|to| Range::ALL.get(to)) {
                set_range(state, *range, out);
            } else {
                let end = if place == 0 { "shortest" } else { "longest" };
                let text = format!("{} is the {end} range", charts.range.label());
                notice(state, out, text, false);
            }
        }
        _ => return false,
    }
    true
}

/// Gives a chart the focus, for the mouse; a second time zooms it.
pub(in crate::app) fn focus(state: &mut State, index: usize, zoom: bool) {
    if let Some(view) = state.service.as_mut() {
        view.charts.focus = index.min(CHARTS.len() - 1);
        if zoom {
            view.charts.zoomed = !view.charts.zoomed;
        }
    }
}

/// Marks or unmarks a service for overlaying.
pub(in crate::app) fn mark(state: &mut State, key: ServiceKey, out: &mut Out) {
    let text = if state.marked.remove(&key) {
        format!("{key} is no longer marked")
    } else {
        state.marked.insert(key.clone());
        let count = state.marked.len();
        format!("{key} is marked; its metrics are laid over those of others ({count} marked)")
    };
    notice(state, out, text, false);
    if shown(state) {
        if let Some(view) = state.service.as_mut() {
            view.charts.series.loading = false;
        }
        ask(state, out);
    }
}
