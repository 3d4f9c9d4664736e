//! From screen to screen.

use crate::{
    app::{
        flow::Out,
        runs, screen,
        service::waits as is_waiting,
        state::{Screen, State, Tab},
        store::{service, watched},
    },
    model::{RunId, ServiceKey},
};

/// Shows a screen. The fleet is the root; another screen that is open already comes to the front.
pub(in crate::app) fn go(state: &mut State, screen: Screen, out: &mut Out) {
    state.overlay = None;
    if screen == Screen::Fleet {
        state.stack.clear();
    } else {
        state.stack.retain(|s| *s != screen);
    }
    state.stack.push(screen);
    shown(state, out);
}

/// Goes back one screen; false on the root.
pub(in crate::app) fn back(state: &mut State, out: &mut Out) -> bool {
    if state.stack.len() <= 1 {
        return false;
    }
    state.stack.pop();
    shown(state, out);
    true
}

/// Holds the stack to its rule: the fleet is at its bottom, and a service screen has a service.
fn check(state: &mut State) {
    if state.service.is_none() {
        state.stack.retain(|s| *s != Screen::Service);
    }
    if state.stack.first() != Some(&Screen::Fleet) {
        state.stack.retain(|s| *s != Screen::Fleet);
        state.stack.insert(0, Screen::Fleet);
    }
}

/// The screen came to the front.
fn shown(state: &mut State, out: &mut Out) {
    out.touch();
    if state.screen() != Screen::Runs {
        watched::put_away(state);
    }
    screen::of(state.screen()).shown(state, out);
    check(state);
}

/// Opens a service, on a tab or on the one it was left on.
pub(super) fn open(state: &mut State, key: ServiceKey, tab: Option<Tab>, out: &mut Out) {
    // what was open before it is not come back to
    state.aside = None;
    service::prepare(state, key);
    // where a rollout waits for somebody, that is what it is opened for
    let waits = state.service.as_ref().is_some_and(|view| is_waiting(state, &view.key));
    let fresh = state.screen() != Screen::Service;
    if let Some(view) = state.service.as_mut() {
        view.tab = tab.unwrap_or(if waits { Tab::Rollout } else { view.tab });
        view.why &= !fresh;
    }
    go(state, Screen::Service, out);
}

/// Shows one run, from elsewhere than the list.
pub(super) fn show_run(state: &mut State, id: RunId, out: &mut Out) {
    state.runs.open = Some(id);
    state.runs.direct = true;
    runs::to_log_start(state);
    go(state, Screen::Runs, out);
}
