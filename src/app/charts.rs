//! The Metrics tab: charts of the open service, with marked services laid over.

use super::{
    Purpose, TimerKey,
    environments::{end, target},
    layout,
    out::Out,
    schedule, service,
    state::{CHARTS, Screen, State, Tab},
    update::notice,
};
use crate::{
    action::Action,
    model::{
        Answer, Ask, DeploymentStatus, EnvironmentName, MetricTarget, Range, ServiceKey, Stamp, Trouble,
        metric,
    },
};

/// The most services drawn over one another.
pub const OVERLAID: usize = 4;

/// The services charted: the open one first, then marked ones.
pub fn charted(state: &State) -> Vec<ServiceKey> {
    let Some(view) = &state.service else { return Vec::new() };
    let mut others: Vec<&ServiceKey> = state.marked.iter().filter(|key| **key != view.key).collect();
    others.sort();
    std::iter::once(&view.key).chain(others).take(OVERLAID).cloned().collect()
}

/// Reads the charts, one ask for each environment among the services charted.
pub(super) fn ask(state: &mut State, out: &mut Out) {
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
    state.budget.spend(cost, limit, now);
    for (name, targets) in groups {
        let Some(first) = targets.first().map(|t| t.key.clone()) else { continue };
        let ask = Ask::Metrics { targets, metrics: CHARTS.to_vec(), range, end: end(now, range) };
        out.ask(&name, Purpose::Charts(first, range), ask);
    }
}

fn shown(state: &State) -> bool {
    state.screen() == Screen::Service && state.service.as_ref().is_some_and(|view| view.tab == Tab::Metrics)
}

/// Charts are due.
pub(super) fn due(state: &mut State, out: &mut Out) {
    if shown(state) {
        ask(state, out);
    }
}

/// Some series came.
pub(super) fn part(state: &mut State, key: &ServiceKey, range: Range, answer: Answer, out: &mut Out) {
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
pub(super) fn answered(
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

/// Marks when deployments began or ended: service deployments of ECS, operations of App Runner.
pub(super) fn mark_deployments(state: &mut State) {
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
    markers.retain(|m| m.0 >= since);
    markers.sort();
    view.charts.markers = markers;
}

/// Points of the open service's longest series.
fn points(state: &State) -> usize {
    let series = state.service.as_ref().and_then(|view| view.charts.series.value.as_ref());
    let all = series.into_iter().flatten().flat_map(|(_, series)| series);
    all.map(|s| s.points.len()).max().unwrap_or(0)
}

/// The verbs of the Metrics tab; false when the verb is not one of them.
pub(super) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let last = points(state).saturating_sub(1);
    let Some(view) = state.service.as_mut() else { return false };
    let charts = &mut view.charts;
    match action {
        Action::Left => charts.cursor = Some(charts.cursor.map_or(0, |at| (at + 1).min(last))),
        Action::Right => charts.cursor = charts.cursor.and_then(|at| at.checked_sub(1)),
        Action::PageUp => charts.cursor = Some(charts.cursor.map_or(0, |at| (at + 10).min(last))),
        Action::PageDown => charts.cursor = charts.cursor.and_then(|at| at.checked_sub(10)),
        Action::Top => charts.cursor = Some(last),
        Action::Bottom => charts.cursor = None,
        Action::Up | Action::PreviousMatch => charts.focus = charts.focus.saturating_sub(1),
        Action::Down | Action::NextMatch => charts.focus = (charts.focus + 1).min(CHARTS.len() - 1),
        Action::Open => charts.zoomed = !charts.zoomed,
        Action::Back if charts.cursor.is_some() => charts.cursor = None,
        Action::Back if charts.zoomed => charts.zoomed = false,
        Action::Shorter | Action::Longer => {
            let place = Range::ALL.iter().position(|r| *r == charts.range).unwrap_or(0);
            let to = if action == Action::Longer { Some(place + 1) } else { place.checked_sub(1) };
            if let Some(range) = to.and_then(|to| Range::ALL.get(to)) {
                set_range(state, *range, out);
            } else {
                let end = if place == 0 { "shortest" } else { "longest" };
                let text = format!("{} is the {end} range", charts.range.label());
                notice(state, out, text, false);
            }
        }
        _ => return false,
    }
    true
}

/// Another range; what is shown of the old one goes.
pub(super) fn set_range(state: &mut State, range: Range, out: &mut Out) {
    let Some(view) = state.service.as_mut() else { return };
    if view.charts.range != range {
        view.charts.range = range;
        view.charts.series = super::state::Loaded::default();
        view.charts.cursor = None;
        mark_deployments(state);
    }
    if shown(state) {
        ask(state, out);
    }
}

/// Gives a chart the focus, for the mouse; a second time zooms it.
pub(super) fn focus(state: &mut State, index: usize, zoom: bool) {
    if let Some(view) = state.service.as_mut() {
        view.charts.focus = index.min(CHARTS.len() - 1);
        if zoom {
            view.charts.zoomed = !view.charts.zoomed;
        }
    }
}

/// How many services are drawn over one another.
pub fn overlaid(view: &super::state::ServiceView) -> usize {
    view.charts.series.value.as_ref().map_or(0, Vec::len)
}

/// The charts on the screen.
pub fn areas(state: &State) -> Vec<(usize, layout::Area)> {
    let Some(view) = &state.service else { return Vec::new() };
    let (_, area) = layout::metrics(service::areas(state).body, overlaid(view));
    layout::charts(area, CHARTS.len(), view.charts.focus, view.charts.zoomed)
}

/// Marks or unmarks a service for overlaying.
pub(super) fn mark(state: &mut State, key: ServiceKey, out: &mut Out) {
    let text = if state.marked.remove(&key) {
        format!("{key} is no longer marked")
    } else {
        state.marked.insert(key.clone());
        let count = state.marked.len();
        format!("{key} is marked; its metrics are laid over those of others ({count} marked)")
    };
    notice(state, out, text, false);
    if shown(state) {
        if let Some(view) = state.service.as_mut() {
            view.charts.series.loading = false;
        }
        ask(state, out);
    }
}
