//! Reading the open service, and when it is read again.

use super::{charts, logs, numbers, revisions, rows::apply};
use crate::{
    app::{
        Purpose, TimerKey,
        flow::Out,
        rows,
        runs::flight,
        schedule,
        service::{is_rolling, keep, shown},
        state::{ServiceView, State, Tab},
    },
    model::{Answer, Ask, ServiceDetail, ServiceKey, Trouble},
};

/// Asks for the open service.
pub(in crate::app) fn ask(state: &mut State, out: &mut Out) {
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
    if shown(state) {
        ask(state, out);
    }
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
            state.health.observe(&detail);
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
            apply(state, vec![row], out);
            charts::mark_deployments(state);
            logs::find_source(state, out);
            numbers::want(state, out);
            if flight::tab_rolls(state) && state.service.as_ref().is_none_or(|view| view.log_since.0 <= 0) {
                logs::ask(state, out);
            }
            if moved {
                super::why::outdated(state);
            }
            super::why::remember(state, out);
            super::why::ask(state, out);
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
    let every =
        if is_rolling(state) || flight::watched(state) { schedule::ROLLING_MS } else { schedule::DETAIL_MS };
    let after = match &view.detail.trouble {
        // credentials may be back without a word: a person who looks at the service is waiting for it
        Some(trouble) => schedule::retry_after(every, view.failures, trouble),
        None => every,
    };
    if shown(state) {
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

/// Makes it the open service, without showing its screen.
pub(in crate::app) fn prepare(state: &mut State, key: ServiceKey) {
    if state.service.as_ref().is_none_or(|view| view.key != key) {
        let range = state.service.as_ref().map(|view| view.charts.range).unwrap_or_default();
        let mut view = ServiceView::new(key);
        view.charts.range = range;
        state.service = Some(view);
    }
}

/// The screen comes up: what it shows is read anew.
pub(in crate::app) fn wake(state: &mut State, out: &mut Out) {
    ask(state, out);
    tab_shown(state, out);
}

/// A tab comes up: what it shows is read.
pub(in crate::app) fn tab_shown(state: &mut State, out: &mut Out) {
    match state.service.as_ref().map(|view| view.tab) {
        Some(Tab::Metrics) => charts::ask(state, out),
        Some(Tab::Logs) => logs::ask(state, out),
        Some(Tab::Rollout) if flight::tab_rolls(state) => logs::ask(state, out),
        Some(Tab::Revisions) => revisions::ask(state, out),
        _ => {}
    }
    keep(state);
}
