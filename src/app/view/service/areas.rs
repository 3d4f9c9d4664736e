//! The parts of the service screen, and how far its lists go.

use crate::{
    action::Action,
    app::{
        layout::{self, ServiceAreas},
        logs, rows,
        runs::flight,
        state::{CHARTS, Overlay, Screen, State, Tab},
    },
    model::{RunId, Service, ServiceKey, ServiceState, stamp::brief},
};

/// The live run on the open service, if any.
pub fn live_run(state: &State) -> Option<&RunId> {
    let key = &state.service.as_ref()?.key;
    let mut own: Vec<_> =
        state.runs.live.iter().filter(|(_, run)| &run.view().header.key == key).map(|(id, _)| id).collect();
    own.sort();
    own.last().copied()
}

/// The screen's parts.
pub fn areas(state: &State) -> ServiceAreas {
    areas_of(state, state.size)
}

/// The parts of a screen of that size.
pub fn areas_of(state: &State, size: (u16, u16)) -> ServiceAreas {
    let why = state.service.as_ref().is_some_and(|view| view.why);
    let rolls = state.service.as_ref().is_some_and(|view| view.tab == Tab::Rollout && flight::rolls(view));
    layout::service(size, why, live_run(state).is_some(), rolls)
}

/// Lines of the tab shown, and lines of a page of it.
pub(in crate::app) fn extent(state: &State) -> (usize, usize) {
    let Some(view) = &state.service else { return (0, 1) };
    let body = areas(state).body;
    match view.tab {
        Tab::Metrics => (CHARTS.len(), 1),
        Tab::Logs => {
            let page = layout::log(body).0;
            (view.log.len(), logs::page(view, (page.width, page.rows())))
        }
        Tab::Revisions => {
            let count = view.revisions.value.as_ref().map_or(0, Vec::len);
            (count, layout::revisions(body, count).0.rows().saturating_sub(1))
        }
        _ => (rows::body(view, body.width).len(), body.rows()),
    }
}

/// True while the open service is on the screen, beside a run, or behind the panel that tells why it is not well.
pub(in crate::app) fn shown(state: &State) -> bool {
    state.screen() == Screen::Service
        || matches!(state.overlay, Some(Overlay::Why { .. }))
        || flight::watched(state)
}

/// True while the open service's rollout goes on.
pub(in crate::app) fn is_rolling(state: &State) -> bool {
    state
        .service
        .as_ref()
        .and_then(|view| state.rows.get(&view.key))
        .is_some_and(|row| row.state == ServiceState::Rolling || row.rollout.is_some())
}

/// What waits for somebody and until when, and the keys that decide it; empty where nothing does.
pub fn waiting_words(state: &State, key: &ServiceKey) -> String {
    let Some(waits) = state.rows.get(key).and_then(Service::waits) else { return String::new() };
    let keyed = |action: Action| {
        let found = state.keymap.keys_for(state.screen_context(), action).into_iter().next();
        found.unwrap_or_else(|| format!(":{}", action.id()))
    };
    let told = format!(
        "its rollout waits for approval: {} approves it, {} rolls it back",
        keyed(Action::Continue),
        keyed(Action::RollBack)
    );
    let Some(until) = waits.until else { return told };
    let left = brief(until.since(state.now).max(0));
    let by_itself = match waits.back {
        Some(true) => "AWS rolls it back by itself",
        Some(false) => "AWS goes on by itself",
        None => "AWS decides by itself",
    };
    format!("{told}; {by_itself} in {left}")
}

/// True while the rollout of that service waits for a decision at a hook, as far as is known.
pub fn waits(state: &State, key: &ServiceKey) -> bool {
    if let Some(row) = state.rows.get(key).filter(|row| row.waits().is_some()) {
        return row.rollout.is_some();
    }
    let view = state.service.as_ref().filter(|view| view.key == *key);
    let newest = view.and_then(|view| view.detail.value.as_deref()).and_then(|detail| detail.history.first());
    newest.is_some_and(|rollout| !rollout.status.is_over() && rollout.awaiting().is_some())
}
