//! The line being typed, and the list to choose from.

use crate::app::{
    layout::{self, keep as keep_list},
    panels::{text_rows, why_rows},
    state::{Line, ListView, Overlay, State},
};
use crate::model::Protection;

/// The line being typed, if any.
pub fn line(state: &State) -> Option<&Line> {
    match &state.overlay {
        Some(
            Overlay::Filter(line)
            | Overlay::Moment(line)
            | Overlay::Scale { line, .. }
            | Overlay::Palette { line, .. }
            | Overlay::Images { line, .. },
        ) => Some(line),
        Some(Overlay::TakeOver(over)) => Some(&over.line),
        Some(Overlay::GoOn(on)) if on.protection == Protection::Typed => Some(&on.line),
        Some(Overlay::Plan(dialog)) if dialog.noting => Some(&dialog.note),
        Some(Overlay::Plan(dialog)) if dialog.protection == Protection::Typed => Some(&dialog.line),
        _ => None,
    }
}

pub(super) fn line_mut(state: &mut State) -> Option<&mut Line> {
    match &mut state.overlay {
        Some(
            Overlay::Filter(line)
            | Overlay::Moment(line)
            | Overlay::Scale { line, .. }
            | Overlay::Palette { line, .. }
            | Overlay::Images { line, .. },
        ) => Some(line),
        Some(Overlay::TakeOver(over)) => Some(&mut over.line),
        Some(Overlay::GoOn(on)) if on.protection == Protection::Typed => Some(&mut on.line),
        Some(Overlay::Plan(dialog)) => match (dialog.noting, dialog.protection) {
            (true, _) => Some(&mut dialog.note),
            (false, Protection::Typed) => Some(&mut dialog.line),
            (false, _) => None,
        },
        _ => None,
    }
}

/// Lines of the list of the overlay, and lines of its page.
pub(super) fn extent(state: &State) -> (usize, usize) {
    let picker = layout::picker(state.size).body.rows();
    match &state.overlay {
        Some(Overlay::Palette { entries, .. }) => (entries.len(), picker),
        Some(Overlay::Images { shown, .. }) => (shown.len(), picker),
        Some(Overlay::Revisions { revisions, .. }) => (revisions.value.as_ref().map_or(0, Vec::len), picker),
        Some(Overlay::Why { key, .. }) => {
            let len = why_rows(state, key).len();
            (len, layout::plan(state.size, len, false).body.rows())
        }
        Some(Overlay::Text { lines, .. }) => {
            let len = text_rows(state.size, lines).len();
            (len, layout::small(state.size, false, len).body.rows())
        }
        _ => (0, 1),
    }
}

pub(super) fn list_mut(state: &mut State) -> Option<&mut ListView> {
    match &mut state.overlay {
        Some(
            Overlay::Palette { list, .. }
            | Overlay::Images { list, .. }
            | Overlay::Revisions { list, .. }
            | Overlay::Why { list, .. }
            | Overlay::Text { list, .. },
        ) => Some(list),
        _ => None,
    }
}

/// Keeps the cursor on the page after a change of size.
pub(in crate::app) fn keep(state: &mut State) {
    let (len, page) = extent(state);
    if let Some(list) = list_mut(state) {
        keep_list(list, len, page);
    }
}
