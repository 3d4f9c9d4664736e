//! The board: what is pinned, and its charts, read while it is on the screen.

use super::metrics::{end, target};
use crate::{
    app::{
        Effect, Purpose, TimerKey, board,
        flow::{Out, notice},
        schedule,
        state::{BOARD_METRICS, Screen, State},
    },
    model::{
        Answer, Ask, Boards, EnvironmentName, MetricTarget, Range, ServiceKey, Trouble,
        board::{Board, DEFAULT, PINS_MAX},
        metric,
    },
};

/// The boards came from the disk.
pub(in crate::app) fn kept(state: &mut State, boards: Boards, out: &mut Out) {
    state.board.boards = boards;
    due(state, out);
    out.touch();
}

/// Pins a service, or takes it off.
pub(in crate::app) fn pin(state: &mut State, key: &ServiceKey, out: &mut Out) {
    let boards = &mut state.board.boards.boards;
    if !boards.iter().any(|one| one.name == DEFAULT) {
        boards.push(Board { name: DEFAULT.to_owned(), services: Vec::new() });
    }
    let Some(own) = boards.iter_mut().find(|one| one.name == DEFAULT) else { return };
    let text = if own.services.contains(key) {
        own.services.retain(|one| one != key);
        format!("{key} is off the board")
    } else if own.services.len() >= PINS_MAX {
        notice(state, out, format!("the board holds {PINS_MAX} services; take one off first"), true);
        return;
    } else {
        own.services.push(key.clone());
        format!("{key} is pinned to the board")
    };
    out.push(Effect::SaveBoards(state.board.boards.clone()));
    notice(state, out, text, false);
    board::keep(state);
    state.board.at = None;
    due(state, out);
    out.touch();
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
    if groups.is_empty() {
        // the rows come first
        out.timer(TimerKey::Board, 1_500);
        return;
    }
    let cost = schedule::cost(groups.iter().map(|(_, targets)| metric::count(targets, &BOARD_METRICS)).sum());
    if limit <= 0.0 {
        return;
    }
    let wait = state.budget.wait(cost, limit, now);
    if wait > 0 {
        out.timer(TimerKey::Board, wait);
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
