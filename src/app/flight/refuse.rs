//! Changes that are refused at once.

use crate::{
    app::{
        flow::Out,
        state::{Overlay, State},
    },
    model::{Protection, Refusal, ServiceKey},
};

/// Says no at once where the environment allows no change at all; true when it did.
pub(in crate::app) fn refused_at_once(
    state: &mut State,
    key: &ServiceKey,
    title: &str,
    out: &mut Out,
) -> bool {
    let refusal = match state.environment(&key.environment) {
        Some(environment) if environment.protection == Protection::ReadOnly => Refusal::new(
            format!("{} is read-only", key.environment),
            "change its protection in the configuration to allow changes",
        ),
        None => Refusal::new(format!("{} is no longer known", key.environment), ""),
        Some(_) => return false,
    };
    refuse(state, title.to_owned(), refusal, out);
    true
}

/// Says why a change cannot be.
pub(in crate::app) fn refuse(state: &mut State, title: String, refusal: Refusal, out: &mut Out) {
    state.overlay = Some(Overlay::Refused { title, refusal, held: None });
    state.overlay_since = state.drawn + 1;
    out.touch();
}
