//! The verbs of the board.

use super::handler::Handler;
use crate::{
    action::{Action, Context},
    app::{
        Mouse,
        board::{grid, keep, named, names},
        flow::{Intent, Out, notice},
        layout,
        state::{BOARD_METRICS, State, Tab},
        store::board as store,
    },
};

/// The board.
pub(super) struct Board;

impl Handler for Board {
    fn act(&self, state: &mut State, action: Action, out: &mut Out) -> bool {
        act(state, action, out)
    }

    fn keep(&self, state: &mut State) {
        keep(state);
    }

    fn shown(&self, state: &mut State, out: &mut Out) {
        keep(state);
        store::wake(state, out);
    }

    fn filter<'a>(&self, _: &'a State) -> Option<&'a str> {
        // a board is looked for by its name, and each time anew
        Some("")
    }

    fn narrow(&self, state: &mut State, text: &str, out: &mut Out) {
        let before = state.board.before.get_or_insert_with(|| state.board.name.clone()).clone();
        let name = if text.trim().is_empty() { before } else { named(state, text.trim()) };
        store::show(state, &name, out);
    }

    fn click(&self, state: &mut State, event: Mouse, twice: bool, out: &mut Out) {
        let (_, _, cells) = layout::board(state.size, state.board.pins().len(), state.board.list.offset);
        let hit = cells.into_iter().find(|(_, area)| area.contains(event.column, event.row));
        if let Some((nth, _)) = hit {
            state.board.list.cursor = nth;
            out.touch();
            if twice {
                act(state, Action::Open, out);
            }
        }
    }
}

fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let count = state.board.pins().len();
    let (columns, shown) = grid(state);
    let (cursor, last) = (state.board.list.cursor, count.saturating_sub(1));
    match action {
        Action::Open => {
            match state.board.pins().get(cursor).filter(|key| state.rows.contains_key(key)).cloned() {
                Some(key) => out.intend(Intent::Open(key, Some(Tab::Metrics))),
                None => notice(state, out, "no service is selected", false),
            }
        }
        Action::Filter => {
            state.board.before = None;
            return false;
        }
        Action::NextMatch | Action::PreviousMatch => next(state, action == Action::NextMatch, out),
        Action::NextTab => state.board.metric = (state.board.metric + 1) % BOARD_METRICS.len(),
        Action::PreviousTab => {
            state.board.metric = (state.board.metric + BOARD_METRICS.len() - 1) % BOARD_METRICS.len();
        }
        Action::Refresh => {
            state.board.at = None;
            store::due(state, out);
            notice(state, out, "reading the board again", false);
        }
        _ => {
            let to = match action {
                Action::Left => cursor.saturating_sub(1),
                Action::Right => cursor + 1,
                Action::Up => cursor.checked_sub(columns).unwrap_or(cursor),
                Action::Down => cursor + columns,
                Action::PageUp => cursor.saturating_sub(shown),
                Action::PageDown => cursor + shown,
                Action::Top => 0,
                Action::Bottom => last,
                _ => return false,
            };
            state.board.list.cursor = to.min(last);
            keep(state);
        }
    }
    true
}

/// The board after the one that is shown, or the one before it, by their names.
fn next(state: &mut State, forth: bool, out: &mut Out) {
    let names = names(state);
    let count = names.len();
    let place = names.iter().position(|name| *name == state.board.name).unwrap_or(0);
    let step = if forth { 1 } else { count - 1 };
    let to = (place + step) % count;
    let name = names.get(to).map(|name| (*name).to_owned()).filter(|_| count > 1);
    if let Some(name) = name {
        store::show(state, &name, out);
        notice(state, out, format!("board {name}"), false);
    } else {
        let key = state.keymap.keys_for(Context::Board, Action::Filter).into_iter().next();
        let key = key.unwrap_or_else(|| format!(":{}", Action::Filter.id()));
        notice(state, out, format!("there is one board; {key} and a name begins another"), false);
    }
}
