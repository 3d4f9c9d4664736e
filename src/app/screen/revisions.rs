//! The verbs of the Revisions tab.

use crate::{
    action::Action,
    app::{
        flight::planning::plan,
        flow::{Out, notice},
        layout, list, service,
        state::{State, Tab},
        store::revisions::compare,
    },
    ops::Wish,
};

/// The verbs of the Revisions tab; false when the verb is not one of them. Pages scroll the difference, since
/// the list is short.
pub(in crate::app) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let (len, page) = service::extent(state);
    let diff = layout::revisions(service::areas(state).body, len).1.rows().saturating_sub(1);
    let Some(view) = state.service.as_mut() else { return false };
    match action {
        Action::Open => roll_back_to_selected(state, out),
        Action::PageUp | Action::PageDown => {
            let lines = view.difference.as_ref().map_or(0, |d| d.lines.len());
            list::scroll(&mut view.diff_scroll, lines, diff, action);
        }
        _ => {
            let Some(list) = view.list_mut(Tab::Revisions) else { return false };
            if !list::act(list, len, page, action) {
                return false;
            }
            compare(state, out);
        }
    }
    true
}

/// Scrolls the difference, for the mouse.
pub(in crate::app) fn scroll(state: &mut State, down: bool) {
    let count = service::extent(state).0;
    let diff = layout::revisions(service::areas(state).body, count).1.rows().saturating_sub(1);
    let Some(view) = state.service.as_mut() else { return };
    let lines = view.difference.as_ref().map_or(0, |d| d.lines.len());
    for _ in 0..3 {
        list::scroll(&mut view.diff_scroll, lines, diff, if down { Action::Down } else { Action::Up });
    }
}

/// Plans to go back to the selected revision.
pub(in crate::app) fn roll_back_to_selected(state: &mut State, out: &mut Out) {
    let Some(view) = &state.service else { return };
    let revision = view.revisions.value.as_ref().and_then(|all| all.get(view.list_of(Tab::Revisions).cursor));
    match revision.cloned() {
        Some(revision) if revision.current => {
            notice(
                state,
                out,
                format!("{} is the current revision; choose an earlier one", revision.label),
                false,
            );
        }
        Some(revision) => {
            let key = view.key.clone();
            plan(state, key, Wish::RollBack { to: Some(revision) }, out);
        }
        None => notice(state, out, "no revision is known yet", false),
    }
}
