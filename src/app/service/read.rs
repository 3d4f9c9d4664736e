//! Reading the open service, and when it is read again.

use super::keep;
use crate::{
    app::{
        Purpose, TimerKey, charts, environments, health, logs, out::Out, revisions, rows, schedule,
        state::State, update,
    },
    model::{Answer, Ask, ServiceDetail, ServiceKey, ServiceState, Trouble},
};

pub(super) fn ask(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_mut() else { return };
    if view.detail.loading {
        return;
    }
    if view.detail.value.is_none() {
        out.touch();
    }
    view.detail.loading = true;
    out.ask(&view.key.environment, Purpose::Detail(view.key.clone()), Ask::Detail(view.key.clone()));
}

/// The open service is due.
pub(in crate::app) fn due(state: &mut State, out: &mut Out) {
    if update::service_shown(state) {
        ask(state, out);
    }
}

/// True while the open service's rollout goes on.
pub(in crate::app) fn is_rolling(state: &State) -> bool {
    state
        .service
        .as_ref()
        .and_then(|view| state.rows.get(&view.key))
        .is_some_and(|row| row.state == ServiceState::Rolling || row.rollout.is_some())
}

/// True while the rollout of that service waits for a decision at a hook, as far as is known.
pub fn waits(state: &State, key: &ServiceKey) -> bool {
    let view = state.service.as_ref().filter(|view| view.key == *key);
    let newest = view.and_then(|view| view.detail.value.as_deref()).and_then(|detail| detail.history.first());
    newest.is_some_and(|rollout| !rollout.status.is_over() && rollout.awaiting().is_some())
}

/// The service came, or not.
pub(in crate::app) fn answered(
    state: &mut State,
    key: &ServiceKey,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let now = state.now;
    let Some(view) = state.service.as_mut().filter(|view| &view.key == key) else { return };
    view.detail.loading = false;
    match result {
        Ok(Answer::Detail(detail)) => {
            view.failures = 0;
            health::observe(&mut state.health, &detail);
            let row = detail.service.clone();
            let moved =
                view.detail.value.as_ref().is_some_and(|old| old.service.revision != detail.service.revision);
            out.changed |=
                differs(view.detail.value.as_deref_mut(), &detail) || view.detail.trouble.is_some();
            let rolling = rows::under_way(&detail).map(|newest| newest.stage.clone());
            let before = view.stage.take();
            view.stage = rolling.map(|stage| match before {
                Some((known, since)) if known == stage => (stage, since),
                Some(_) => (stage, Some(now)),
                None => (stage, None),
            });
            view.detail.value = Some(detail);
            view.detail.trouble = None;
            view.detail.at = Some(now);
            environments::apply(state, vec![row], out);
            charts::mark_deployments(state);
            logs::find_source(state, out);
            if moved {
                revisions::outdated(state, out);
            }
            keep(state);
        }
        Ok(_) => {}
        Err(trouble) => {
            view.failures = view.failures.saturating_add(1);
            out.changed |= view.detail.trouble.as_ref() != Some(&trouble);
            view.detail.trouble = Some(trouble);
        }
    }
    schedule_next(state, out);
}

fn schedule_next(state: &State, out: &mut Out) {
    let Some(view) = &state.service else { return };
    let every = if is_rolling(state) { schedule::ROLLING_MS } else { schedule::DETAIL_MS };
    let after = match &view.detail.trouble {
        // credentials may be back without a word: a person who looks at the service is waiting for it
        Some(trouble) => schedule::retry_after(every, view.failures, trouble),
        None => every,
    };
    if update::service_shown(state) {
        out.timer(TimerKey::Detail, after);
    }
}

/// True when the newer detail differs in anything but the moment it was read.
fn differs(old: Option<&mut ServiceDetail>, new: &ServiceDetail) -> bool {
    let Some(old) = old else { return true };
    old.seen_at = new.seen_at;
    old.service.seen_at = new.service.seen_at;
    old != new
}
