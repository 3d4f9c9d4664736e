//! The picker of revisions to go back to.

use super::parts::keep;
use crate::{
    app::{
        Purpose,
        flow::Out,
        state::{ListView, Loaded, Overlay, State},
    },
    model::{Answer, Ask, ServiceKey, Trouble},
};

/// Opens the picker of revisions to go back to.
pub(in crate::app) fn pick_revision(state: &mut State, key: ServiceKey, out: &mut Out) {
    let revisions = Loaded { loading: true, ..Loaded::default() };
    let purpose = Purpose::Revisions(key.clone());
    out.ask(&key.environment, purpose, Ask::Revisions(key.clone()));
    state.overlay = Some(Overlay::Revisions { key, revisions, list: ListView::default() });
    out.touch();
}

/// Revisions came for the picker, or not.
pub(in crate::app) fn revisions(
    state: &mut State,
    key: &ServiceKey,
    result: &Result<Answer, Trouble>,
    out: &mut Out,
) {
    let now = state.now;
    let Some(Overlay::Revisions { key: own, revisions, list }) = &mut state.overlay else { return };
    if own != key {
        return;
    }
    revisions.loading = false;
    match result {
        Ok(Answer::Revisions(found)) => {
            // the first that one could go back to
            let current = found.iter().position(|r| r.current);
            list.cursor = current.map_or(0, |at| at + 1);
            revisions.value = Some(found.clone());
            revisions.at = Some(now);
        }
        Ok(_) => {}
        Err(trouble) => revisions.trouble = Some(trouble.clone()),
    }
    keep(state);
    out.touch();
}
