//! The order of the rows.

use super::{
    page::troubles,
    words::{error_share, latest, urgency},
};
use crate::{
    app::{
        filter::Filter,
        layout,
        state::{Column, FleetView, State},
    },
    model::{Metric, Service, ServiceKey},
};
use std::cmp::Ordering;

pub(in crate::app) fn sort(state: &State, rows: &mut [(usize, &Service)]) {
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
            rows.sort_by(|a, b| urgency(a.1).cmp(&urgency(b.1)).then_with(|| by_place(a, b)));
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
pub(in crate::app) fn depends_on_rows(view: &FleetView) -> bool {
    !matches!(view.sort, Column::Environment | Column::Service | Column::Kind)
        || !view.filter.trim().is_empty()
        || view.matrix
}

/// True where the order depends on metrics.
pub(in crate::app) fn depends_on_sparks(view: &FleetView) -> bool {
    matches!(view.sort, Column::Cpu | Column::Memory | Column::Errors | Column::Latency)
        || Filter::is_of_metrics(&view.filter)
}

/// The next column to sort by, among those on the screen.
pub(in crate::app) fn next_column(state: &State) -> Column {
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
    let width = layout::fleet(state.size, troubles(state)).rows.width;
    let slots = layout::fleet_columns(width, &state.fleet.widths).slots;
    let place = ORDER.iter().position(|c| *c == state.fleet.sort).unwrap_or(0);
    let shown = |column: &&Column| slots.iter().any(|slot| slot.column == **column);
    ORDER.iter().skip(place + 1).find(shown).copied().unwrap_or(Column::Environment)
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
