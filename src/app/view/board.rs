//! Where on the board one is.

use super::layout;
use crate::{
    app::state::State,
    model::{board::NAME_MAX, text},
};

/// The name a board is looked for by: that of the first board that is called so or begins so, else of a new one.
pub(in crate::app) fn named(state: &State, typed: &str) -> String {
    let boards = &state.board.boards;
    let same = |name: &&str| *name == typed;
    let begins = |name: &&str| name.to_lowercase().starts_with(&typed.to_lowercase());
    let known = boards.names().find(same).or_else(|| boards.names().find(begins));
    known.map_or_else(|| text::clean(typed, NAME_MAX), str::to_owned)
}

/// The names of all boards: the one that is shown is among them, though nothing be pinned to it.
pub fn names(state: &State) -> Vec<&str> {
    let mut names: Vec<&str> = state.board.boards.names().collect();
    if !names.contains(&state.board.name.as_str()) {
        names.push(&state.board.name);
    }
    names.sort_unstable();
    names
}

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
