//! The mouse on the service screen.

use super::tabs;
use crate::{
    action::Action,
    app::{
        Mouse, MouseKind, charts,
        flow::{Intent, Out},
        layout,
        screen::{charts::focus, handler::line, revisions::scroll},
        service,
        state::{State, Tab},
        store::revisions,
    },
};

/// A turn of the wheel over the difference of two revisions scrolls that; false elsewhere.
pub(super) fn wheel(state: &mut State, event: Mouse, out: &mut Out) -> bool {
    let Some(view) = state.service.as_ref().filter(|view| view.tab == Tab::Revisions) else { return false };
    let count = view.revisions.value.as_ref().map_or(0, Vec::len);
    let (_, diff) = layout::revisions(service::areas(state).body, count);
    let over = diff.contains(event.column, event.row);
    if over {
        scroll(state, event.kind == MouseKind::WheelDown);
        out.touch();
    }
    over
}

/// A click on a tab shows it, on a line selects it, a second opens it.
pub(super) fn click(state: &mut State, event: Mouse, twice: bool, out: &mut Out) {
    let areas = service::areas(state);
    if areas.tabs.contains(event.column, event.row) {
        let tabs = layout::tabs(areas.tabs.width);
        let found = tabs.iter().find(|(_, x, width)| event.column >= *x && event.column < x + width);
        if let Some((tab, ..)) = found {
            tabs::show(state, *tab, out);
        }
        return;
    }
    if areas.strip.contains(event.column, event.row) {
        if let Some(id) = service::live_run(state).cloned() {
            out.intend(Intent::ShowRun(id));
        }
        return;
    }
    let Some(view) = &state.service else { return };
    let offset = view.list().offset;
    match view.tab {
        Tab::Metrics => {
            let found = charts::areas(state).into_iter().find(|(_, a)| a.contains(event.column, event.row));
            if let Some((index, _)) = found {
                focus(state, index, twice);
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
                out.intend(Intent::Act(Action::Open, state.drawn));
            }
        }
    }
}
