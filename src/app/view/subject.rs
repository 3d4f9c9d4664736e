//! The service that verbs act on.

use crate::{
    app::{
        alarms, fleet,
        flow::{Out, notice},
        runs,
        state::{Screen, State},
        timeline,
    },
    model::ServiceKey,
};

/// The service that verbs act on, on this screen.
pub fn subject(state: &State) -> Option<ServiceKey> {
    match state.screen() {
        Screen::Fleet => fleet::selected(state).cloned(),
        Screen::Service => state.service.as_ref().map(|view| view.key.clone()),
        Screen::Runs => runs::selected(state).map(|view| view.header.key.clone()),
        Screen::Timeline => timeline::subject(state),
        Screen::Alarms => alarms::subject(state),
        Screen::Board => state.board.pins().get(state.board.list.cursor).cloned(),
        Screen::Environments | Screen::Help => None,
    }
}

/// Does something with the service that verbs act on, or says that there is none.
pub(in crate::app) fn with_subject(
    state: &mut State,
    out: &mut Out,
    act: impl FnOnce(&mut State, ServiceKey, &mut Out),
) {
    if let Some(key) = subject(state) {
        act(state, key, out);
        return;
    }
    let text = match state.screen() {
        Screen::Fleet if state.fleet.shown.is_empty() && !state.fleet.filter.is_empty() => {
            "no service passes the filter; back clears it"
        }
        Screen::Fleet if state.rows.is_empty() => "no service is known yet",
        Screen::Fleet => "no service is selected: this cell is empty",
        Screen::Runs => "no run is selected",
        Screen::Board => "nothing is pinned to the board",
        Screen::Timeline | Screen::Alarms => "what is selected is about no service",
        _ => "no service is selected here; go to the fleet first",
    };
    notice(state, out, text, false);
}
