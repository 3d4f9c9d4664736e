//! The mouse: the wheel moves, a click selects, a second click opens. It never confirms a plan.

use super::verbs;
use crate::{
    action::Action,
    app::{
        Mouse, MouseKind,
        flow::Out,
        layout,
        overlay::{self, palette},
        screen::{self, WHEEL, line},
        state::{Overlay, State},
    },
};

/// A mouse event.
pub(in crate::app) fn mouse(state: &mut State, event: Mouse, out: &mut Out) {
    if !state.mouse {
        return;
    }
    if state.overlay.is_some() && !matches!(state.overlay, Some(Overlay::Filter(_))) {
        over(state, event, out);
        return;
    }
    match event.kind {
        MouseKind::WheelUp | MouseKind::WheelDown => wheel(state, event, out),
        MouseKind::Click | MouseKind::DoubleClick => {
            let twice = event.kind == MouseKind::DoubleClick;
            screen::of(state.screen()).click(state, event, twice, out);
        }
    }
}

fn wheel(state: &mut State, event: Mouse, out: &mut Out) {
    let down = event.kind == MouseKind::WheelDown;
    let action = if down { Action::Down } else { Action::Up };
    let shown = screen::of(state.screen());
    if shown.wheel(state, event, out) {
        return;
    }
    // a key that was typed into the filter does not get lost by this: the overlay stays
    let overlay = state.overlay.take();
    for _ in 0..shown.wheel_lines(state) {
        verbs::act(state, action, state.drawn, out);
    }
    if state.overlay.is_none() {
        state.overlay = overlay;
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
                overlay::keys::act(state, action, drawn, out);
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
            if !overlay::keys::select(state, offset + nth) {
                return;
            }
            out.touch();
            if event.kind == MouseKind::DoubleClick {
                match state.overlay {
                    Some(Overlay::Palette { .. }) => palette::run(state, drawn, out),
                    _ => overlay::keys::act(state, Action::Confirm, drawn, out),
                }
            }
        }
    }
}
