//! The tabs of the service screen.

use crate::app::{
    flow::Out,
    state::{State, Tab},
    store::service::tab_shown,
};

/// Shows another tab.
pub(super) fn show(state: &mut State, tab: Tab, out: &mut Out) {
    if let Some(view) = state.service.as_mut() {
        view.tab = tab;
    }
    out.touch();
    tab_shown(state, out);
}
