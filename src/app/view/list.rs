//! Movement in lists, the same everywhere.

use super::layout::keep;
use crate::{action::Action, app::state::ListView};

/// Where the cursor of a list goes; none when the verb is no movement.
pub(in crate::app) fn moved(cursor: usize, len: usize, page: usize, action: Action) -> Option<usize> {
    let last = len.saturating_sub(1);
    let step = page.saturating_sub(1).max(1);
    Some(match action {
        Action::Up => cursor.saturating_sub(1),
        Action::Down => cursor.saturating_add(1).min(last),
        Action::PageUp => cursor.saturating_sub(step),
        Action::PageDown => cursor.saturating_add(step).min(last),
        Action::Top => 0,
        Action::Bottom => last,
        _ => return None,
    })
}

/// Moves a list's cursor and keeps it on the page; false when the verb is no movement.
pub(in crate::app) fn act(list: &mut ListView, len: usize, page: usize, action: Action) -> bool {
    let Some(cursor) = moved(list.cursor, len, page, action) else { return false };
    list.cursor = cursor;
    keep(list, len, page);
    true
}

/// Characters that a step sideways moves.
const SIDE: usize = 16;

/// Moves long lines sideways, the longest of which has so many characters; false when the verb does not.
pub(in crate::app) fn sideways(left: &mut usize, longest: usize, action: Action) -> bool {
    match action {
        Action::Left => *left = left.saturating_sub(SIDE),
        Action::Right => *left = left.saturating_add(SIDE).min(longest.saturating_sub(SIDE)),
        _ => return false,
    }
    true
}

/// Scrolls text that has no cursor; false when the verb is no movement.
pub(in crate::app) fn scroll(offset: &mut usize, len: usize, page: usize, action: Action) -> bool {
    let last = len.saturating_sub(page);
    let Some(to) = (match action {
        Action::Bottom => Some(last),
        other => moved(*offset, len, page, other),
    }) else {
        return false;
    };
    *offset = to.min(last);
    true
}
