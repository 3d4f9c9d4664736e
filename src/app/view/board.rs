//! Where on the board one is.

use super::layout;
use crate::app::state::State;

/// Columns of the board, and how many cells it shows.
pub fn grid(state: &State) -> (usize, usize) {
    let count = state.board.pins().len();
    let (_, columns, cells) = layout::board(state.size, count, 0);
    (columns, cells.len())
}

/// Keeps the selected cell within what is pinned, and on the screen.
pub(in crate::app) fn keep(state: &mut State) {
    let count = state.board.pins().len();
    let (columns, shown) = grid(state);
    let columns = columns.max(1);
    let list = &mut state.board.list;
    list.cursor = list.cursor.min(count.saturating_sub(1));
    let line = list.cursor / columns * columns;
    if line < list.offset {
        list.offset = line;
    }
    let whole = (shown / columns).max(1) * columns;
    if list.cursor >= list.offset + whole {
        list.offset = line + columns - whole.min(line + columns);
    }
    list.offset = list.offset / columns * columns;
}
