//! The charts of the open service: when they are read, and how far back.

use super::metrics::{end, target};
use crate::{
    app::{
        Purpose, TimerKey,
        charts::{charted, shown},
        flow::Out,
        schedule, service,
        state::{CHARTS, Loaded, State},
    },
    model::{
        Answer, Ask, DeploymentStatus, EnvironmentName, EventKind, MetricTarget, Range, ServiceKey, Stamp,
        Tone, Trouble, metric, text,
    },
};

/// Reads the charts, one ask for each environment among the services charted.
pub(in crate::app) fn ask(state: &mut State, out: &mut Out) {
    let keys = charted(state);
    let now = state.now;
    let mut groups: Vec<(EnvironmentName, Vec<MetricTarget>)> = Vec::new();
    for target in keys.iter().filter_map(|key| target(state, key)) {
        let name = target.key.environment.clone();
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, targets)) => targets.push(target),
            None => groups.push((name, vec![target])),
        }
    }
    let cost = schedule::cost(groups.iter().map(|(_, targets)| metric::count(targets, &CHARTS)).sum());
    let limit = state.settings.cost_limit;
    let Some(view) = state.service.as_mut() else { return };
    if view.charts.series.loading {
        return;
    }
    if groups.is_empty() {
        // the row is not known yet; its detail comes first
        out.timer(TimerKey::Charts, 1_000);
        return;
    }
    if view.charts.series.value.is_none() {
        out.touch();
    }
    view.charts.series.loading = true;
    let range = view.charts.range;
    let key = view.key.clone();
    let since = now.plus(-range.seconds().saturating_mul(1000));
    // who asked is none of its markers, and CloudTrail answers two look-ups a second
    let ask = Ask::Timeline { keys: vec![key.clone()], recent: Vec::new(), since, trail: false };
    out.ask(&key.environment.clone(), Purpose::Markers(key), ask);
    state.budget.spend(cost, limit, now);
    for (name, targets) in groups {
        let Some(first) = targets.first().map(|t| t.key.clone()) else { continue };
        let ask = Ask::Metrics { targets, metrics: CHARTS.to_vec(), range, end: end(now, range) };
        out.ask(&name, Purpose::Charts(first, range), ask);
    }
}

/// Charts are due.
pub(in crate::app) fn due(state: &mut State, out: &mut Out) {
    if shown(state) {
        ask(state, out);
    }
}

/// Some series came.
pub(in crate::app) fn part(state: &mut State, key: &ServiceKey, range: Range, answer: Answer, out: &mut Out) {
    if !charted(state).contains(key) {
        return;
    }
    let (Some(view), Answer::Metrics(series)) = (state.service.as_mut(), answer) else { return };
    if view.charts.range != range {
        return;
    }
    let known = view.charts.series.value.get_or_insert_with(Vec::new);
    for (key, series) in series {
        match known.iter_mut().find(|(own, _)| *own == key) {
            Some((_, old)) if *old == series => {}
            Some((_, old)) => {
                *old = series;
                out.touch();
            }
            None => {
                known.push((key, series));
                out.touch();
            }
        }
    }
}

/// The charts came, or not.
pub(in crate::app) fn answered(
    state: &mut State,
    key: &ServiceKey,
    range: Range,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let charted = charted(state);
    let (now, rolling) = (state.now, service::is_rolling(state));
    let Some(view) = state.service.as_mut() else { return };
    if view.charts.range != range || !charted.contains(key) {
        return;
    }
    view.charts.series.loading = false;
    let every = schedule::charts_every(range, rolling);
    match result {
        Ok(answer) => {
            out.changed |= view.charts.series.trouble.take().is_some() || view.charts.series.value.is_none();
            view.charts.series.at = Some(now);
            let known = view.charts.series.value.get_or_insert_with(Vec::new);
            let before = known.len();
            known.retain(|(own, _)| charted.contains(own));
            out.changed |= known.len() != before;
            part(state, key, range, answer, out);
            mark_deployments(state);
            out.timer(TimerKey::Charts, every);
        }
        Err(trouble) => {
            out.changed |= view.charts.series.trouble.as_ref() != Some(&trouble);
            view.charts.series.trouble = Some(trouble);
            out.timer(TimerKey::Charts, every.max(60_000));
        }
    }
}

/// Marks when deployments began or ended (service deployments of ECS, operations of App Runner), when alarms changed, tasks
/// died, and Application Auto Scaling set another number.
pub(in crate::app) fn mark_deployments(state: &mut State) {
    let now = state.now;
    let Some(view) = state.service.as_mut() else { return };
    let Some(detail) = view.detail.value.as_deref() else { return };
    let mut markers: Vec<(Stamp, String, bool)> = Vec::new();
    for one in &detail.history {
        if let Some(at) = one.started_at.or(one.created_at) {
            let good = !matches!(
                one.status,
                DeploymentStatus::RollbackSuccessful
                    | DeploymentStatus::RollbackFailed
                    | DeploymentStatus::RollbackInProgress
                    | DeploymentStatus::Stopped
            );
            markers.push((at, state.images.words_within(&one.version, 12), good));
        }
    }
    for one in &detail.operations {
        let deploys = matches!(one.kind.as_str(), "START_DEPLOYMENT" | "UPDATE_SERVICE" | "CREATE_SERVICE");
        if let (Some(at), true) = (one.started_at, deploys) {
            let good = !one.status.contains("FAIL") && !one.status.contains("ROLLBACK");
            markers.push((at, one.kind.to_lowercase().replace('_', " "), good));
        }
    }
    if markers.is_empty() {
        for one in &detail.deployments {
            if let Some(at) = one.created_at {
                markers.push((
                    at,
                    state.images.words_within(&one.version, 12),
                    one.rollout_state != "FAILED",
                ));
            }
        }
    }
    let since = now.plus(-view.charts.range.seconds().saturating_mul(1000));
    let gap = view.charts.range.seconds().saturating_mul(1000) / 40;
    let mut others: Vec<(Stamp, String, bool)> = Vec::new();
    for event in state.timeline.events.iter().filter(|event| event.key.as_ref() == Some(&view.key)) {
        let label = match event.kind {
            EventKind::Alarm if event.tone == Tone::Bad => event.name.clone(),
            EventKind::Alarm if event.tone == Tone::Good => format!("{} OK", event.name),
            EventKind::Task => event.name.clone(),
            EventKind::Scaling if event.name.is_empty() => event.kind.word().to_owned(),
            EventKind::Scaling => format!("→{}", event.name),
            _ => continue,
        };
        others.push((event.at, text::end(&label, 16), event.tone != Tone::Bad));
    }
    markers.extend(sparse(others, gap));
    markers.retain(|m| m.0 >= since);
    markers.sort();
    view.charts.markers = markers;
}

/// Of what happens again and again the first of each while: a task that dies every minute is no forest of lines.
fn sparse(mut all: Vec<(Stamp, String, bool)>, gap: i64) -> Vec<(Stamp, String, bool)> {
    all.sort();
    let mut kept: Vec<(Stamp, String, bool)> = Vec::new();
    for one in all {
        let again =
            kept.iter().rev().find(|known| known.1 == one.1).is_some_and(|known| one.0.since(known.0) < gap);
        if !again {
            kept.push(one);
        }
    }
    kept
}

/// Another range; what is shown of the old one goes.
pub(in crate::app) fn set_range(state: &mut State, range: Range, out: &mut Out) {
    let Some(view) = state.service.as_mut() else { return };
    if view.charts.range != range {
        view.charts.range = range;
        view.charts.series = Loaded::default();
        view.charts.cursor = None;
        mark_deployments(state);
    }
    if shown(state) {
        ask(state, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_again_and_again_is_marked_once_in_a_while() {
        let all = (0..30).map(|n| (Stamp(n * 10_000), "exit 137".to_owned(), false)).collect();
        let kept: Vec<i64> = sparse(all, 90_000).iter().map(|one| one.0.0).collect();
        assert_eq!(kept, [0, 90_000, 180_000, 270_000]);
    }
}
