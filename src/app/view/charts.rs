//! The charts of the open service, with marked services laid over.

use crate::{
    app::{
        layout, service,
        state::{CHARTS, Screen, ServiceView, State, Tab},
    },
    model::{ServiceKey, Stamp},
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

pub(in crate::app) fn shown(state: &State) -> bool {
    state.screen() == Screen::Service && state.service.as_ref().is_some_and(|view| view.tab == Tab::Metrics)
}

/// Points of the open service's longest series.
pub(in crate::app) fn points(state: &State) -> usize {
    let series = state.service.as_ref().and_then(|view| view.charts.series.value.as_ref());
    let all = series.into_iter().flatten().flat_map(|(_, series)| series);
    all.map(|s| s.points.len()).max().unwrap_or(0)
}

/// The moment under the charts' cursor, where they are shown and it stands on one.
pub fn moment(state: &State) -> Option<Stamp> {
    let view = state.service.as_ref().filter(|_| shown(state))?;
    let back = view.charts.cursor?;
    let all = view.charts.series.value.iter().flatten();
    let series = all.flat_map(|(_, series)| series).max_by_key(|s| s.points.len())?;
    Some(series.at(series.points.len().saturating_sub(1).saturating_sub(back)))
}

/// How many services are drawn over one another.
pub fn overlaid(view: &ServiceView) -> usize {
    view.charts.series.value.as_ref().map_or(0, Vec::len)
}

/// The charts on the screen.
pub fn areas(state: &State) -> Vec<(usize, layout::Area)> {
    let Some(view) = &state.service else { return Vec::new() };
    let (_, area) = layout::metrics(service::areas(state).body, overlaid(view));
    layout::charts(area, CHARTS.len(), view.charts.focus, view.charts.zoomed)
}
