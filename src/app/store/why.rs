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

/// Whether the panel that tells why is open.
fn open(state: &State) -> bool {
    matches!(state.overlay, Some(Overlay::Why { .. })) || state.service.as_ref().is_some_and(|view| view.why)
}

/// Asks for what is still missing, or old, or failed a while ago.
pub(in crate::app) fn ask(state: &mut State, out: &mut Out) {
    if !open(state) {
        return;
    }
    let (now, limit) = (state.now, state.settings.cost_limit);
    let Some(view) = state.service.as_mut() else { return };
    view.evidence.unpaid = limit <= 0.0;
    let key = view.key.clone();
    let region = state.environment(&key.environment).map(|e| e.region.clone()).unwrap_or_default();
    let Some(wants) = with_known(state, &key, |known| why::wants(known, &region)) else { return };
    if let Some(view) = state.service.as_mut() {
        // in a crash loop the newest task is another one each time: what nobody wants any more is no business of anybody
        let wanted = |want: &Want| wants.iter().any(|(own, _)| own == want);
        view.evidence_at.retain(|want, _| wanted(want));
        view.evidence.unread.retain(|(want, _)| wanted(want));
    }
    for (want, ask) in wants {
        let Some(view) = state.service.as_mut() else { return };
        let asked = view.evidence_at.get(&want).copied();
        if asked.is_some_and(|asked| !asked.is_due(&view.evidence.unread, &want, now)) {
            continue;
        }
        if let Ask::Metrics { targets, .. } = &ask {
            let cost = schedule::cost(metric::count(targets, &METRICS));
            // the first read is what the panel was opened for; those after it wait for their turn
            if asked.is_some() && state.budget.wait(cost, limit, now) > 0 {
                continue;
            }
            state.budget.spend(cost, limit, now);
        }
        mark(state, want.clone(), now);
        out.ask(&key.environment, Purpose::Why(key.clone(), Box::new(want)), ask);
    }
}

fn mark(state: &mut State, want: Want, now: Stamp) {
    if let Some(view) = state.service.as_mut() {
        view.evidence_at.entry(want).or_default().at = now;
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
    if view.recalled && !newer.adds_to(&view.evidence.kept, now) {
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

/// Something came, or not: what cannot be read is told, and asked for again in time.
pub(in crate::app) fn answered(
    state: &mut State,
    key: &ServiceKey,
    want: Want,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let Some(view) = state.service.as_mut().filter(|view| &view.key == key) else { return };
    let measured = want == Want::Metrics && result.is_ok();
    if let Some(asked) = view.evidence_at.get_mut(&want) {
        asked.failures = if result.is_ok() { 0 } else { asked.failures.saturating_add(1) };
    }
    why::take(&mut view.evidence, want, result);
    if measured {
        let series = view.evidence.series.clone();
        if sparks::judge(state, key, &series) {
            fleet::recompute(state);
        }
    }
    remember(state, out);
    out.touch();
}
