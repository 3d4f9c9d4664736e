//! The fleet: which rows are shown, in which order, where the cursor is.

use super::{
    Effect,
    effect::SPARKS,
    filter::Filter,
    layout::{self, Widths, cells, kept},
    matrix,
    out::Out,
    schedule,
    state::{Column, Environment, FleetView, Screen, State},
};
use crate::{
    action::Action,
    model::{Metric, RolloutBrief, Service, ServiceKey, ServiceState},
};
use std::cmp::Ordering;

/// A row's state in words, never cut: `steady`, `rolling 2/4`, `rolling back 1/4`.
pub fn state_words(service: &Service) -> String {
    match &service.rollout {
        Some(RolloutBrief { rolling_back: true, new_running, new_desired, .. }) => {
            format!("rolling back {new_running}/{new_desired}")
        }
        Some(RolloutBrief { new_running, new_desired, .. })
            if service.state == ServiceState::Rolling && *new_desired > 0 =>
        {
            format!("rolling {new_running}/{new_desired}")
        }
        _ => service.state.word().to_owned(),
    }
}

/// `3/4`, or the number alone where AWS does not say how many are wanted; empty while unknown.
pub fn tasks_words(service: &Service) -> String {
    match service.desired {
        _ if service.seen_at.0 == 0 => String::new(),
        Some(desired) => format!("{}/{desired}", service.running),
        None => service.running.to_string(),
    }
}

/// Milliseconds since AWS last told this row, once that is longer than a refresh takes; none while fresh, and
/// for rows of which only the name is known.
pub fn age(state: &State, service: &Service) -> Option<i64> {
    if service.seen_at.0 == 0 {
        return None;
    }
    let age = state.now.since(service.seen_at);
    (age > stale_after(state, &service.key)).then_some(age)
}

/// Milliseconds after which a row of that service is stale.
pub(super) fn stale_after(state: &State, key: &ServiceKey) -> i64 {
    let every = state.environment(&key.environment).map_or(0, |e| e.every);
    state.clocked(schedule::stale_after(every, state.refresh_ms()))
}

/// The newest value of a metric of a service's sparklines.
pub fn latest(state: &State, key: &ServiceKey, metric: Metric) -> Option<f32> {
    state.sparks.get(key)?.iter().find(|s| s.metric == metric)?.last()
}

/// The share of requests that were answered with 5xx over the sparkline's time, in percent; none without
/// requests.
pub fn error_share(state: &State, key: &ServiceKey) -> Option<f32> {
    let series = state.sparks.get(key)?;
    let sum = |metric| -> Option<f32> {
        let found = series.iter().find(|s| s.metric == metric)?;
        let recent = found.points.iter().rev().take(5);
        recent.flatten().copied().reduce(|a, b| a + b)
    };
    let requests = sum(Metric::Requests).filter(|r| *r > 0.0)?;
    Some((sum(Metric::Errors).unwrap_or(0.0) / requests * 100.0).clamp(0.0, 100.0))
}

/// How badly a state wants to be looked at: 0 most.
pub fn urgency(state: ServiceState) -> u8 {
    match state {
        ServiceState::Failing => 0,
        ServiceState::Degraded => 1,
        ServiceState::Rolling => 2,
        ServiceState::Unknown => 3,
        ServiceState::Steady => 4,
        ServiceState::Paused => 5,
        ServiceState::Inactive => 6,
    }
}

/// How many lines of trouble there are to tell below the rows: one for each environment that has some, and one
/// for all where they cannot be looked for.
pub fn troubles(state: &State) -> usize {
    if state.lost.is_some() && !state.environments.is_empty() {
        return 1;
    }
    state.environments.iter().filter(|e| e.trouble.is_some() || !e.gaps.is_empty()).count()
}

/// How many rows a page of the table or the matrix has.
pub fn page(state: &State) -> usize {
    layout::fleet(state.size, troubles(state)).rows.rows().max(1)
}

/// The rows on the screen.
pub fn visible(state: &State) -> impl Iterator<Item = &ServiceKey> {
    let page = page(state);
    let fleet = &state.fleet;
    let table = fleet.shown.iter().skip(fleet.offset).take(if fleet.matrix { 0 } else { page });
    let rows = fleet.matrix_offset..fleet.matrix_offset.saturating_add(page);
    let cells = fleet
        .cells
        .iter()
        .filter(move |(cell, _)| fleet.matrix && rows.contains(&cell.0))
        .filter_map(|(_, keys)| keys.first());
    table.chain(cells)
}

/// Computes anew which rows are shown and in which order; the cursor stays on its service.
pub(super) fn recompute(state: &mut State) {
    let filter = Filter::parse(&state.fleet.filter);
    let ranks: Vec<&crate::model::EnvironmentName> = state.environments.iter().map(|e| &e.name).collect();
    let rank = |key: &ServiceKey| ranks.iter().position(|n| **n == key.environment).unwrap_or(usize::MAX);
    let mut last: Option<(&crate::model::EnvironmentName, usize)> = None;
    let mut rows: Vec<(usize, &Service)> = Vec::with_capacity(state.rows.len());
    for service in state.rows.values().filter(|s| filter.is_empty() || filter.holds(s)) {
        // rows come by environment, so the rank is looked up once for each
        let own = match last {
            Some((name, own)) if *name == service.key.environment => own,
            _ => rank(&service.key),
        };
        last = Some((&service.key.environment, own));
        rows.push((own, service));
    }
    sort(state, &mut rows);
    let mut widths = Widths::default();
    for (_, service) in &rows {
        widen(&mut widths, service);
    }
    let shown: Vec<ServiceKey> = rows.into_iter().map(|(_, s)| s.key.clone()).collect();
    state.fleet.shown = shown;
    state.fleet.widths = widths;
    settle(state);
    if state.fleet.matrix {
        matrix::recompute(state);
    }
}

/// Puts the cursor back on its service, or where it was when the service is gone.
fn settle(state: &mut State) {
    let page = page(state);
    let fleet = &mut state.fleet;
    let found = fleet.selected.as_ref().and_then(|key| fleet.shown.iter().position(|k| k == key));
    let found = if fleet.touched { found } else { None };
    fleet.cursor = found.unwrap_or(fleet.cursor).min(fleet.shown.len().saturating_sub(1));
    if found.is_none() {
        fleet.selected = fleet.shown.get(fleet.cursor).cloned();
    }
    fleet.offset = kept(fleet.cursor, fleet.offset, fleet.shown.len(), page);
}

/// Takes the row's texts into account for the widths; true when one grew.
pub(super) fn widen(widths: &mut Widths, service: &Service) -> bool {
    let before = *widths;
    let state = if service.rollout.is_some() {
        cells(&state_words(service))
    } else {
        layout::short(service.state.word().len())
    };
    widths.environment = widths.environment.max(cells(service.key.environment.as_str()));
    widths.service = widths.service.max(cells(&service.key.name));
    widths.application = widths.application.max(cells(&service.application));
    widths.version = widths.version.max(version_cells(service));
    widths.state = widths.state.max(state + 2);
    *widths != before
}

/// Cells of a short version, without making the text where its length can be told.
fn version_cells(service: &Service) -> u16 {
    match (&service.version.tag, &service.version.digest) {
        (Some(tag), _) if !crate::model::service::is_moving(tag) => cells(tag),
        _ => cells(&service.version.short()),
    }
}

fn sort(state: &State, rows: &mut [(usize, &Service)]) {
    let number = |key: &ServiceKey, metric: Metric| latest(state, key, metric).map_or(-1.0, |v| v);
    let by_place = |a: &(usize, &Service), b: &(usize, &Service)| -> Ordering {
        a.0.cmp(&b.0)
            .then_with(|| a.1.key.name.cmp(&b.1.key.name))
            .then_with(|| a.1.key.cluster.cmp(&b.1.key.cluster))
            .then_with(|| a.1.key.kind.cmp(&b.1.key.kind))
    };
    let by = |metric: Metric| {
        move |a: &(usize, &Service), b: &(usize, &Service)| {
            number(&b.1.key, metric).partial_cmp(&number(&a.1.key, metric)).unwrap_or(Ordering::Equal)
        }
    };
    match state.fleet.sort {
        Column::Environment => rows.sort_by(by_place),
        Column::Service => rows.sort_by(|a, b| a.1.key.name.cmp(&b.1.key.name).then_with(|| by_place(a, b))),
        Column::Kind => rows.sort_by(|a, b| a.1.key.kind.cmp(&b.1.key.kind).then_with(|| by_place(a, b))),
        Column::Version => {
            rows.sort_by_cached_key(|(rank, s)| (s.version.short(), *rank, s.key.name.clone()));
        }
        Column::State => {
            rows.sort_by(|a, b| urgency(a.1.state).cmp(&urgency(b.1.state)).then_with(|| by_place(a, b)));
        }
        Column::Tasks => rows.sort_by(|a, b| b.1.running.cmp(&a.1.running).then_with(|| by_place(a, b))),
        Column::Cpu => rows.sort_by(|a, b| by(Metric::Cpu)(a, b).then_with(|| by_place(a, b))),
        Column::Memory => rows.sort_by(|a, b| by(Metric::Memory)(a, b).then_with(|| by_place(a, b))),
        Column::Latency => rows.sort_by(|a, b| by(Metric::LatencyP99)(a, b).then_with(|| by_place(a, b))),
        Column::Errors => rows.sort_by(|a, b| {
            let share = |s: &Service| error_share(state, &s.key).unwrap_or(-1.0);
            share(b.1).partial_cmp(&share(a.1)).unwrap_or(Ordering::Equal).then_with(|| by_place(a, b))
        }),
        Column::Deployed => {
            rows.sort_by(|a, b| b.1.deployed_at.cmp(&a.1.deployed_at).then_with(|| by_place(a, b)));
        }
    }
    if state.fleet.reverse {
        rows.reverse();
    }
}

/// True where the order or the filter depends on more than names, so that newer rows may move.
pub(super) fn depends_on_rows(view: &FleetView) -> bool {
    !matches!(view.sort, Column::Environment | Column::Service | Column::Kind)
        || !view.filter.trim().is_empty()
        || view.matrix
}

/// True where the order depends on metrics.
pub(super) fn depends_on_sparks(view: &FleetView) -> bool {
    matches!(view.sort, Column::Cpu | Column::Memory | Column::Errors | Column::Latency)
}

/// Another filter; the cursor stays on its service when that is still shown, else goes to the first.
pub(super) fn filter(state: &mut State, text: &str) {
    if state.fleet.filter == text {
        return;
    }
    text.clone_into(&mut state.fleet.filter);
    state.fleet.cursor = 0;
    recompute(state);
    if state.fleet.cursor == 0 {
        state.fleet.offset = 0;
    }
}

/// Moves the cursor to a row of the table.
pub(super) fn select(state: &mut State, cursor: usize) {
    let page = page(state);
    let fleet = &mut state.fleet;
    fleet.cursor = cursor.min(fleet.shown.len().saturating_sub(1));
    fleet.selected = fleet.shown.get(fleet.cursor).cloned();
    fleet.offset = kept(fleet.cursor, fleet.offset, fleet.shown.len(), page);
}

/// The service that verbs act on: the selected row, or the selected cell's first.
pub fn selected(state: &State) -> Option<&ServiceKey> {
    if state.fleet.matrix {
        return matrix::selected(state);
    }
    state.fleet.selected.as_ref().filter(|key| state.rows.contains_key(*key))
}

/// Movement, sorting and switching of the fleet; false when the verb is not the fleet's.
pub(super) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    match action {
        Action::NextTab | Action::PreviousTab => {
            let key = selected(state).cloned();
            state.fleet.matrix = !state.fleet.matrix;
            if let Some(key) = key {
                state.fleet.selected = Some(key);
            }
            recompute(state);
            if state.fleet.matrix {
                matrix::show_selected(state);
            } else {
                settle(state);
            }
        }
        Action::Sort => {
            state.fleet.sort = next_column(state.fleet.sort);
            recompute(state);
            let text = format!("sorted by {}", column_title(state.fleet.sort));
            super::update::notice(state, out, text, false);
        }
        Action::SortReverse => {
            state.fleet.reverse = !state.fleet.reverse;
            recompute(state);
        }
        Action::NextMatch | Action::PreviousMatch => {
            if !attention(state, action == Action::NextMatch) {
                super::update::notice(state, out, "every row shown is steady", false);
            }
        }
        _ if state.fleet.matrix => {
            if !matrix::act(state, action) {
                return false;
            }
        }
        _ => {
            let Some(cursor) =
                super::list::moved(state.fleet.cursor, state.fleet.shown.len(), page(state), action)
            else {
                return false;
            };
            select(state, cursor);
        }
    }
    want_sparks(state, out);
    true
}

/// Goes to the next or previous row that is not well; false when there is none.
fn attention(state: &mut State, forward: bool) -> bool {
    if state.fleet.matrix {
        return matrix::attention(state, forward);
    }
    let shown = &state.fleet.shown;
    let (len, from) = (shown.len(), state.fleet.cursor);
    let wanted = |place: &usize| {
        let row = shown.get(*place).and_then(|key| state.rows.get(key));
        row.is_some_and(|s| needs_attention(s.state))
    };
    let found = if forward {
        (1..=len).map(|step| (from + step) % len).find(wanted)
    } else {
        (1..=len).map(|step| (from + len - step) % len).find(wanted)
    };
    if let Some(place) = found {
        select(state, place);
    }
    found.is_some()
}

/// True for the states a person would want to look at.
pub(super) fn needs_attention(state: ServiceState) -> bool {
    matches!(state, ServiceState::Failing | ServiceState::Degraded | ServiceState::Rolling)
}

/// The column after this one, in the order of the screen.
fn next_column(column: Column) -> Column {
    const ORDER: [Column; 11] = [
        Column::Environment,
        Column::State,
        Column::Service,
        Column::Version,
        Column::Deployed,
        Column::Cpu,
        Column::Memory,
        Column::Errors,
        Column::Latency,
        Column::Tasks,
        Column::Kind,
    ];
    let place = ORDER.iter().position(|c| *c == column).unwrap_or(0);
    ORDER.get(place + 1).copied().unwrap_or(Column::Environment)
}

/// The title of a column.
pub fn column_title(column: Column) -> &'static str {
    match column {
        Column::Environment => "environment",
        Column::Service => "service",
        Column::Kind => "kind",
        Column::Version => "version",
        Column::State => "state",
        Column::Tasks => "tasks",
        Column::Cpu => "CPU",
        Column::Memory => "memory",
        Column::Errors => "5xx",
        Column::Latency => "p99",
        Column::Deployed => "time since deploy",
    }
}

/// Sees to it that sparklines of rows that came up are read once the list has come to rest.
pub(super) fn want_sparks(state: &State, out: &mut Out) {
    for environment in &state.environments {
        if lacks_sparks(state, environment) {
            out.timer(super::TimerKey::Sparks(environment.name.clone()), schedule::SPARKS_SETTLE_MS);
        }
    }
}

/// Sets the timers for sparklines: soon where rows have none, else when they are due again.
pub(super) fn plan_sparks(state: &State, out: &mut Out) {
    if state.screen() != Screen::Fleet || state.fleet.matrix {
        return;
    }
    for environment in state.environments.iter().filter(|e| !e.sparks_loading && e.metrics_trouble.is_none())
    {
        let key = super::TimerKey::Sparks(environment.name.clone());
        if lacks_sparks(state, environment) {
            out.timer(key, schedule::SPARKS_SETTLE_MS);
        } else if let Some(at) = environment.sparks_at {
            let rest =
                super::environments::sparks_ms().saturating_sub(state.felt(state.now.since(at))).max(0);
            out.timer(key, u64::try_from(rest).unwrap_or(0).max(schedule::SPARKS_SETTLE_MS));
        }
    }
}

fn lacks_sparks(state: &State, environment: &Environment) -> bool {
    !state.fleet.matrix
        && !environment.sparks_loading
        && environment.trouble.is_none()
        && environment.metrics_trouble.is_none()
        && visible(state).any(|key| {
            key.environment == environment.name
                && !environment.sparks_for.contains(key)
                && state.rows.get(key).is_some_and(|s| s.seen_at.0 > 0)
        })
}

/// Metrics asked for a sparkline row.
pub(super) const SPARK_METRICS: usize = SPARKS.len();

/// Puts the ARN of the selected service on the clipboard.
pub(super) fn copy(state: &mut State, key: &ServiceKey, out: &mut Out) {
    let Some(arn) = state.rows.get(key).map(|s| s.arn.clone()).filter(|arn| !arn.is_empty()) else {
        super::update::notice(state, out, format!("the ARN of {key} is not known yet"), true);
        return;
    };
    super::update::notice(state, out, format!("copied {arn}"), false);
    out.push(Effect::Copy(arn));
}
