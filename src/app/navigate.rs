//! From screen to screen.

use super::{
    out::Out,
    state::{Screen, State},
    update,
};

/// Shows a screen. The fleet is the root; another screen that is open already comes to the front.
pub(super) fn go(state: &mut State, screen: Screen, out: &mut Out) {
    state.overlay = None;
    if screen == Screen::Fleet {
        state.stack.clear();
    } else {
        state.stack.retain(|s| *s != screen);
    }
    state.stack.push(screen);
    update::shown(state, out);
}

/// Goes back one screen; false on the root.
pub(super) fn back(state: &mut State, out: &mut Out) -> bool {
    if state.stack.len() <= 1 {
        return false;
    }
    state.stack.pop();
    update::shown(state, out);
    true
}

/// Holds the stack to its rule: the fleet is at its bottom, and a service screen has a service.
pub(super) fn check(state: &mut State) {
    if state.service.is_none() {
        state.stack.retain(|s| *s != Screen::Service);
    }
    if state.stack.first() != Some(&Screen::Fleet) {
        state.stack.retain(|s| *s != Screen::Fleet);
        state.stack.insert(0, Screen::Fleet);
    }
}
