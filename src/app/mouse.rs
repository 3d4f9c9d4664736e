//! The mouse: the wheel moves, a click selects, a second click opens. It never confirms a plan.

use super::{
    Mouse, MouseKind, charts, environments, fleet, keys,
    layout::{self, Area},
    matrix,
    out::Out,
    overlay, palette, revisions, runs, service,
    state::{Column, Overlay, Screen, State, Tab},
};
use crate::action::Action;

/// Lines a turn of the wheel moves.
const WHEEL: usize = 3;

/// A mouse event.
pub(super) fn mouse(state: &mut State, event: Mouse, out: &mut Out) {
    if !state.mouse {
        return;
    }
    if state.overlay.is_some() && !matches!(state.overlay, Some(Overlay::Filter(_))) {
        over(state, event, out);
        return;
    }
    match event.kind {
        MouseKind::WheelUp | MouseKind::WheelDown => wheel(state, event, out),
        MouseKind::Click => click(state, event, false, out),
        MouseKind::DoubleClick => click(state, event, true, out),
    }
}

fn wheel(state: &mut State, event: Mouse, out: &mut Out) {
    let down = event.kind == MouseKind::WheelDown;
    let action = if down { Action::Down } else { Action::Up };
    if state.screen() == Screen::Service
        && let Some(view) = &state.service
        && view.tab == Tab::Revisions
    {
        let count = view.revisions.value.as_ref().map_or(0, Vec::len);
        let (_, diff) = layout::revisions(service::areas(state).body, count);
        if diff.contains(event.column, event.row) {
            revisions::scroll(state, down);
            out.touch();
            return;
        }
    }
    let charts = state.screen() == Screen::Service
        && state.service.as_ref().is_some_and(|view| view.tab == Tab::Metrics);
    // a key that was typed into the filter does not get lost by this: the overlay stays
    let overlay = state.overlay.take();
    for _ in 0..if charts { 1 } else { WHEEL } {
        keys::act(state, action, state.drawn, out);
    }
    if state.overlay.is_none() {
        state.overlay = overlay;
    }
}

/// Which line of an area a click is on, when it is in it.
fn line(area: Area, event: Mouse) -> Option<usize> {
    area.contains(event.column, event.row).then(|| usize::from(event.row - area.y))
}

fn click(state: &mut State, event: Mouse, twice: bool, out: &mut Out) {
    match state.screen() {
        Screen::Fleet => click_fleet(state, event, twice, out),
        Screen::Service => click_service(state, event, twice, out),
        Screen::Runs if state.runs.open.is_none() => {
            let count = runs::listed(state).len();
            let Some(nth) = line(layout::runs(state.size).1, event) else { return };
            let at = state.runs.list.offset + nth;
            if at < count {
                state.runs.list.cursor = at;
                out.touch();
                if twice {
                    runs::act(state, Action::Open, out);
                }
            }
        }
        Screen::Environments => {
            let count = state.environments.len();
            let Some(nth) = line(layout::environments(state.size, count).1, event) else { return };
            let at = state.environments_view.offset + nth;
            if at < count {
                state.environments_view.cursor = at;
                out.touch();
                if twice {
                    environments::act(state, Action::Open, out);
                }
            }
        }
        Screen::Runs | Screen::Help => {}
    }
}

fn click_fleet(state: &mut State, event: Mouse, twice: bool, out: &mut Out) {
    let areas = layout::fleet(state.size, fleet::troubles(state));
    if line(areas.head, event).is_some() && !state.fleet.matrix {
        if let Some(column) = column_at(state, event.column).filter(|_| !twice) {
            if state.fleet.sort == column {
                state.fleet.reverse = !state.fleet.reverse;
            } else {
                state.fleet.sort = column;
                state.fleet.reverse = false;
            }
            fleet::recompute(state);
            out.touch();
        }
        return;
    }
    let Some(nth) = line(areas.rows, event) else { return };
    let found = if state.fleet.matrix {
        let row = state.fleet.matrix_offset + nth;
        let (width, cell) = (state.size.0, state.fleet.cell);
        let (_, slots) = layout::matrix_columns(width, &state.fleet.widths, state.environments.len(), cell.1);
        let slot = slots.iter().find(|s| event.column >= s.x && event.column < s.x + s.width);
        match slot {
            Some(slot) if row < state.fleet.applications.len() => {
                matrix::select(state, row, slot.environment);
                true
            }
            _ => false,
        }
    } else {
        let at = state.fleet.offset + nth;
        let there = at < state.fleet.shown.len();
        if there {
            fleet::select(state, at);
        }
        there
    };
    if found {
        out.touch();
        if twice {
            state.overlay = None;
            keys::act(state, Action::Open, state.drawn, out);
        }
    }
}

/// The column whose title or values stand there.
fn column_at(state: &State, x: u16) -> Option<Column> {
    let columns = layout::fleet_columns(state.size.0, &state.fleet.widths);
    columns.slots.iter().find(|s| x >= s.x && x < s.x + s.width).map(|s| s.column)
}

fn click_service(state: &mut State, event: Mouse, twice: bool, out: &mut Out) {
    let areas = service::areas(state);
    if areas.tabs.contains(event.column, event.row) {
        let tabs = layout::tabs(areas.tabs.width);
        let found = tabs.iter().find(|(_, x, width)| event.column >= *x && event.column < x + width);
        if let Some((tab, ..)) = found {
            service::show_tab(state, *tab, out);
        }
        return;
    }
    if areas.strip.contains(event.column, event.row) {
        if let Some(id) = service::live_run(state).cloned() {
            runs::show(state, id, out);
        }
        return;
    }
    let Some(view) = &state.service else { return };
    let offset = view.list().offset;
    match view.tab {
        Tab::Metrics => {
            let found = charts::areas(state).into_iter().find(|(_, a)| a.contains(event.column, event.row));
            if let Some((index, _)) = found {
                charts::focus(state, index, twice);
                out.touch();
            }
        }
        Tab::Logs => {}
        Tab::Revisions => {
            let count = view.revisions.value.as_ref().map_or(0, Vec::len);
            let (list, _) = layout::revisions(areas.body, count);
            // its first line is the head
            let Some(nth) = line(list, event).and_then(|nth| nth.checked_sub(1)) else { return };
            if offset + nth < count {
                service::select(state, offset + nth);
                revisions::compare(state, out);
                out.touch();
            }
        }
        _ => {
            let Some(nth) = line(areas.body, event) else { return };
            service::select(state, offset + nth);
            service::choose_side(state, event.column.saturating_sub(areas.body.x) > areas.body.width / 2);
            out.touch();
            if twice {
                keys::act(state, Action::Open, state.drawn, out);
            }
        }
    }
}

/// The mouse over an overlay: the wheel scrolls, a click selects, a second click takes; a plan is never
/// confirmed this way.
fn over(state: &mut State, event: Mouse, out: &mut Out) {
    let drawn = state.drawn;
    match event.kind {
        MouseKind::WheelUp | MouseKind::WheelDown => {
            let action = if event.kind == MouseKind::WheelDown { Action::Down } else { Action::Up };
            for _ in 0..WHEEL {
                overlay::act(state, action, drawn, out);
            }
            out.touch();
        }
        MouseKind::Click | MouseKind::DoubleClick => {
            let offset = match &state.overlay {
                Some(
                    Overlay::Palette { list, .. }
                    | Overlay::Images { list, .. }
                    | Overlay::Revisions { list, .. },
                ) => list.offset,
                _ => return,
            };
            let Some(nth) = line(layout::picker(state.size).body, event) else { return };
            if !overlay::select(state, offset + nth) {
                return;
            }
            out.touch();
            if event.kind == MouseKind::DoubleClick {
                match state.overlay {
                    Some(Overlay::Palette { .. }) => palette::run(state, drawn, out),
                    _ => overlay::act(state, Action::Confirm, drawn, out),
                }
            }
        }
    }
}
