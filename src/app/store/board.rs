//! The board: what is pinned, and its charts, read while it is on the screen.

use super::metrics::{end, target};
use crate::{
    app::{
        Effect, Purpose, TimerKey, board,
        flow::{Out, notice},
        schedule,
        state::{BOARD_METRICS, ListView, Screen, State},
    },
    model::{
        Answer, Ask, Boards, EnvironmentName, MetricTarget, Range, ServiceKey, Trouble,
        board::{BOARDS_MAX, BoardChange, DEFAULT, PINS_MAX},
        metric,
    },
};

/// The boards came from the disk.
pub(in crate::app) fn kept(state: &mut State, boards: Boards, out: &mut Out) {
    if state.board.boards != boards {
        state.board.boards = boards;
        board::keep(state);
        due(state, out);
        out.touch();
    }
}

/// Pins a service to the board that is shown, or takes it off.
pub(in crate::app) fn pin(state: &mut State, key: &ServiceKey, out: &mut Out) {
    let name = state.board.name.clone();
    let (pins, others) = (state.board.pins(), state.board.boards.names().any(|own| own != DEFAULT));
    let board = if name == DEFAULT && !others { "the board".to_owned() } else { format!("board {name}") };
    let begins = pins.is_empty();
    let (change, text) = if pins.contains(key) {
        (BoardChange::Unpin(name, key.clone()), format!("{key} is off {board}"))
    } else if pins.len() >= PINS_MAX {
        notice(state, out, format!("{board} holds {PINS_MAX} services; take one off first"), true);
        return;
    } else if begins && state.board.boards.boards.len() >= BOARDS_MAX {
        notice(state, out, format!("there are {BOARDS_MAX} boards; take all services off one first"), true);
        return;
    } else {
        (BoardChange::Pin(name, key.clone()), format!("{key} is pinned to {board}"))
    };
    state.board.boards.apply(&change);
    out.push(Effect::SaveBoards(change));
    notice(state, out, text, false);
    board::keep(state);
    state.board.at = None;
    due(state, out);
    out.touch();
}

/// Another board is shown.
pub(in crate::app) fn show(state: &mut State, name: &str, out: &mut Out) {
    if state.board.name != name {
        name.clone_into(&mut state.board.name);
        state.board.list = ListView::default();
        state.board.at = None;
        board::keep(state);
        due(state, out);
        out.touch();
    }
}

/// Rows of an environment came: pinned services that were not known before can be charted.
pub(in crate::app) fn rows_came(state: &mut State, out: &mut Out) {
    let waits = |key: &&ServiceKey| {
        !state.board.series.contains_key(*key)
            && !state.board.reading.contains(&key.environment)
            && !state.board.troubles.contains_key(&key.environment)
    };
    if state.screen() == Screen::Board
        && state.board.waits.is_none()
        && state.board.pins().iter().filter(waits).any(|key| target(state, key).is_some())
    {
        due(state, out);
    }
}

/// It came up.
pub(in crate::app) fn wake(state: &mut State, out: &mut Out) {
    let every = i64::try_from(schedule::SPARKS_MS).unwrap_or(i64::MAX);
    let fresh = state.board.at.map(|at| every - state.felt(state.now.since(at))).filter(|rest| *rest > 0);
    match fresh.and_then(|rest| u64::try_from(rest).ok()) {
        Some(rest) => out.timer(TimerKey::Board, rest),
        None => due(state, out),
    }
}

/// It is due: one read for each environment among the pinned.
pub(in crate::app) fn due(state: &mut State, out: &mut Out) {
    if state.screen() != Screen::Board || state.board.pins().is_empty() {
        return;
    }
    let (now, limit) = (state.now, state.settings.cost_limit);
    let mut groups: Vec<(EnvironmentName, Vec<MetricTarget>)> = Vec::new();
    for target in state.board.pins().iter().filter_map(|key| target(state, key)) {
        let name = target.key.environment.clone();
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, targets)) => targets.push(target),
            None => groups.push((name, vec![target])),
        }
    }
    groups.retain(|(name, _)| !state.board.reading.contains(name));
    state.board.waits = None;
    if groups.is_empty() {
        // they are being read, or their rows come first
        return;
    }
    let cost = schedule::cost(groups.iter().map(|(_, targets)| metric::count(targets, &BOARD_METRICS)).sum());
    if limit <= 0.0 {
        return;
    }
    let wait = state.budget.wait(cost, limit, now);
    if wait > 0 {
        state.board.waits = Some(now.plus(schedule::span(wait)));
        out.timer(TimerKey::Board, wait);
        out.touch();
        return;
    }
    state.budget.spend(cost, limit, now);
    state.board.at = Some(now);
    for (name, targets) in groups {
        state.board.reading.insert(name.clone());
        let end = end(now, Range::H1);
        let ask = Ask::Metrics { targets, metrics: BOARD_METRICS.to_vec(), range: Range::H1, end };
        out.ask(&name, Purpose::Board, ask);
    }
    out.timer(TimerKey::Board, schedule::SPARKS_MS);
}

/// Metrics came, or not.
pub(in crate::app) fn answered(
    state: &mut State,
    name: &EnvironmentName,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    state.board.reading.remove(name);
    match result {
        Ok(Answer::Metrics(found)) => {
            state.board.troubles.remove(name);
            state.board.series.extend(found);
        }
        Ok(_) => {}
        Err(trouble) => {
            state.board.troubles.insert(name.clone(), trouble);
        }
    }
    out.touch();
}
