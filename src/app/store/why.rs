//! What explains the open service besides its particulars: read while the panel that tells why is open.

use super::sparks;
use crate::{
    app::{
        Effect, Purpose, fleet,
        flow::Out,
        schedule,
        state::{Overlay, State},
        why::with_known,
    },
    model::{
        Answer, Ask, ServiceKey, Stamp, Trouble, metric,
        why::{self, Evidence, Kept, METRICS, Want},
    },
};

/// Milliseconds after which metrics, and the lines of what runs, are read again.
const METRICS_MS: i64 = 60_000;
const LINES_MS: i64 = 30_000;

/// Whether the panel that tells why is open.
fn open(state: &State) -> bool {
    matches!(state.overlay, Some(Overlay::Why { .. })) || state.service.as_ref().is_some_and(|view| view.why)
}

/// Asks for what is still missing.
pub(in crate::app) fn ask(state: &mut State, out: &mut Out) {
    if !open(state) {
        return;
    }
    let Some(view) = state.service.as_ref() else { return };
    let (key, now) = (view.key.clone(), state.now);
    let region = state.environment(&key.environment).map(|e| e.region.clone()).unwrap_or_default();
    let asked = |want: &Want| {
        let again = match want {
            Want::Metrics => METRICS_MS,
            Want::Lines(task) if task.is_empty() => LINES_MS,
            _ => i64::MAX,
        };
        view.evidence_at.get(want).is_some_and(|at| now.since(*at) < again)
    };
    let Some(wants) = with_known(state, &key, |known| why::wants(known, &region, &asked)) else { return };
    for (want, ask) in wants {
        if let Ask::Metrics { targets, .. } = &ask {
            let cost = schedule::cost(metric::count(targets, &METRICS));
            let limit = state.settings.cost_limit;
            state.budget.spend(cost, limit, now);
        }
        mark(state, want.clone(), now);
        out.ask(&key.environment, Purpose::Why(key.clone(), Box::new(want)), ask);
    }
}

fn mark(state: &mut State, want: Want, now: Stamp) {
    if let Some(view) = state.service.as_mut() {
        view.evidence_at.insert(want, now);
    }
}

/// Another revision is in place: what explained the one before explains nothing of it.
pub(in crate::app) fn outdated(state: &mut State) {
    if let Some(view) = state.service.as_mut() {
        let kept = std::mem::take(&mut view.evidence.kept);
        view.evidence = Evidence { kept, ..Evidence::default() };
        view.evidence_at.clear();
    }
}

/// Has this machine keep what AWS is going to forget, and tells what it kept before: when a service is first seen in depth,
/// and whenever there is more.
pub(in crate::app) fn remember(state: &mut State, out: &mut Out) {
    let now = state.now;
    let Some(view) = state.service.as_mut() else { return };
    let Some(detail) = view.detail.value.as_deref() else { return };
    let newer = Kept::of(detail, &view.evidence.lines, now);
    if view.recalled && !newer.adds_to(&view.evidence.kept) {
        return;
    }
    view.recalled = true;
    view.evidence.kept.merge(newer.clone(), now);
    let (key, arn) = (view.key.clone(), detail.service.arn.clone());
    if !arn.is_empty() {
        out.push(Effect::Remember { key, arn, kept: Box::new(newer) });
    }
}

/// What is kept of the open service.
pub(in crate::app) fn remembered(state: &mut State, key: &ServiceKey, kept: Kept, out: &mut Out) {
    let now = state.now;
    let Some(view) = state.service.as_mut().filter(|view| &view.key == key) else { return };
    let mut all = kept;
    all.merge(std::mem::take(&mut view.evidence.kept), now);
    view.evidence.kept = all;
    if open(state) {
        out.touch();
    }
}

/// Something came, or not: what cannot be read explains nothing, and is asked for again with the next particulars.
pub(in crate::app) fn answered(
    state: &mut State,
    key: &ServiceKey,
    want: Want,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let Some(view) = state.service.as_mut().filter(|view| &view.key == key) else { return };
    let Ok(answer) = result else { return };
    let measured = want == Want::Metrics;
    why::take(&mut view.evidence, want, answer);
    if measured {
        let series = view.evidence.series.clone();
        if sparks::judge(state, key, &series) {
            fleet::recompute(state);
        }
    }
    remember(state, out);
    out.touch();
}
