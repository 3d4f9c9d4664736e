//! The service beside the open run: read while its page is open, and put away with it.

use super::{logs, service};
use crate::{
    app::{
        flow::Out,
        runs::flight,
        state::{Older, State},
    },
    model::ServiceKey,
};

/// Sees to it that the service beside the open run is read, and no other.
pub(in crate::app) fn tend(state: &mut State, out: &mut Out) {
    let Some(key) = flight::open(state).map(|run| run.header.key.clone()) else {
        put_away(state);
        return;
    };
    if state.runs.watched.as_ref() == Some(&key) && flight::service(state, &key).is_some() {
        return;
    }
    look(state, key, out);
}

fn look(state: &mut State, key: ServiceKey, out: &mut Out) {
    put_away(state);
    if state.service.as_ref().is_some_and(|open| open.key != key) {
        // its own screen may be below, and is come back to
        state.aside = state.service.take().map(|mut open| {
            open.detail.loading = false;
            open.charts.series.loading = false;
            open.numbers.loading = false;
            open.log_loading = false;
            open.log_back = Older::Idle;
            open.revisions.loading = false;
            Box::new(open)
        });
    }
    service::prepare(state, key.clone());
    state.runs.watched = Some(key);
    service::ask(state, out);
    logs::ask(state, out);
}

/// The page of the run is left: the service that was open before is again.
pub(in crate::app) fn put_away(state: &mut State) {
    if state.runs.watched.take().is_some()
        && let Some(before) = state.aside.take()
    {
        state.service = Some(*before);
    }
}
