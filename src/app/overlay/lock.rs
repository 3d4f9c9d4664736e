//! A lock taken over from whoever holds it.

use crate::app::{
    flight::planning::plan_again,
    flow::Out,
    state::{Line, Overlay, State, TakeOver, Wanted},
};

/// Asks for the name of whoever holds the lock that the plan was refused for.
pub(in crate::app) fn take_over(state: &mut State) {
    match state.overlay.take() {
        Some(Overlay::Refused { held: Some(held), .. }) => {
            let (held, wanted) = *held;
            let (line, complaint) = (Line::default(), String::new());
            state.overlay = Some(Overlay::TakeOver(Box::new(TakeOver { held, wanted, line, complaint })));
            state.overlay_since = state.drawn + 1;
        }
        other => state.overlay = other,
    }
}

/// Plans again with the lock, once the holder's name is there.
pub(in crate::app) fn taken_over(state: &mut State, out: &mut Out) {
    let Some(Overlay::TakeOver(over)) = &mut state.overlay else { return };
    let holder = over.held.record.holder.trim();
    if over.line.text.trim() != holder {
        over.complaint = format!("type {holder}, the holder's name, or close");
        return;
    }
    let why = format!("{holder}'s lock is taken over with this plan");
    let wanted = Wanted { steal: Some(over.held.etag.clone()), ..over.wanted.clone() };
    plan_again(state, wanted, &why, out);
}
