//! The charts of a service, and of marked services laid over.

use crate::{
    app::{
        charts as app_charts, layout,
        state::{CHARTS, ServiceView},
    },
    model::{Metric, Range, Series, ServiceKey, Stamp},
    ui::{
        canvas::Canvas,
        panel, text,
        view::{self, View},
        widget::chart::{self, Chart, Line},
    },
};

/// Draws the tab.
pub fn draw(body: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let area = layout::Area::new(0, 0, body.width(), body.height());
    let services = app_charts::overlaid(open);
    let (line, charts) = layout::metrics(area, services);
    head(&mut body.part(view::rect(line)), view, open);
    let none = Vec::new();
    let series = open.charts.series.value.as_ref().unwrap_or(&none);
    if open.charts.series.value.is_none() {
        panel::waiting(&mut body.part(view::rect(charts)), view, &open.charts.series, "metrics");
        return;
    }
    let (from, until) = span(view, open, series);
    let cursor = cursor(open, series);
    for (index, area) in layout::charts(charts, CHARTS.len(), open.charts.focus, open.charts.zoomed) {
        let Some(metric) = CHARTS.get(index).copied() else { continue };
        let lines = lines(view, open, series, metric);
        let unread = lines.iter().find_map(|line| line.series.unread.as_ref());
        let unread = unread.map(|unread| format!("could not be read: {}", unread.why));
        let chart = Chart {
            metric,
            lines,
            from,
            until,
            markers: &open.charts.markers,
            cursor,
            focused: index == open.charts.focus,
            empty: unread.as_deref().unwrap_or(empty(metric)),
            title: None,
            threshold: None,
        };
        let mut part = body.part(view::rect(area));
        chart::draw(&mut part, &view.skin, &chart);
    }
}

/// Ranges, and what is laid over.
fn head(canvas: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let skin = &view.skin;
    let mut x = 1;
    for range in Range::ALL {
        if range == open.charts.range {
            canvas.put(x - 1, 0, &format!("[{}]", range.label()), skin.accent);
        } else {
            canvas.put(x, 0, range.label(), skin.muted);
        }
        x += text::cells(range.label().len()) + 2;
    }
    let loaded = &open.charts.series;
    let (told, style) = match (&loaded.trouble, loaded.loading) {
        (Some(trouble), _) => (view::sentence(trouble), skin.warn),
        (None, true) if loaded.value.is_none() => ("reading".to_owned(), skin.busy),
        _ => (String::new(), skin.muted),
    };
    let room = usize::from(canvas.width().saturating_sub(x + 2));
    canvas.put_right(canvas.width().saturating_sub(1), 0, &text::end(&told, room), style);
    if canvas.height() > 1 {
        legend(&mut canvas.rows(1, 1), view, open);
    }
}

/// Which number and colour is which service, where several are drawn over one another.
fn legend(row: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let all = in_order(open);
    let room = usize::from(row.width().saturating_sub(1)) / all.len().max(1);
    let mut x = 1;
    for (nth, (key, _)) in all.iter().enumerate() {
        let style = view.skin.series(nth);
        x = row.put(x, 0, &format!("{} ━ ", chart::number(nth)), style);
        x = row.put(x, 0, &text::middle(&key.to_string(), room.saturating_sub(7)), view.skin.text) + 3;
    }
}

/// The services charted: the open one first, then the marked ones.
fn in_order(open: &ServiceView) -> Vec<&(ServiceKey, Vec<Series>)> {
    let all = open.charts.series.value.as_deref().unwrap_or_default();
    let own = all.iter().filter(|(key, _)| *key == open.key);
    own.chain(all.iter().filter(|(key, _)| *key != open.key)).collect()
}

/// The lines of a chart: this service first, then the marked ones, whose services are told in the legend.
/// Alone and large, the two latencies are shown together.
fn lines<'a>(
    view: &View<'_>,
    open: &'a ServiceView,
    all: &'a [(ServiceKey, Vec<Series>)],
    metric: Metric,
) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for (nth, (key, series)) in in_order(open).into_iter().enumerate() {
        if let Some(series) = series.iter().find(|s| s.metric == metric) {
            lines.push(Line { label: key.to_string(), nth, series, style: view.skin.series(nth) });
        }
    }
    let other = match metric {
        Metric::LatencyP50 => Some(Metric::LatencyP99),
        Metric::LatencyP99 => Some(Metric::LatencyP50),
        _ => None,
    };
    if let (Some(other), true, 1) = (other, open.charts.zoomed, lines.len())
        && let Some(series) = all.iter().flat_map(|(_, series)| series).find(|s| s.metric == other)
    {
        if let Some(first) = lines.first_mut() {
            metric.title().clone_into(&mut first.label);
        }
        lines.push(Line { label: other.title().to_owned(), nth: 1, series, style: view.skin.series(1) });
    }
    lines
}

/// The moments of the left and the right edge.
fn span(view: &View<'_>, open: &ServiceView, all: &[(ServiceKey, Vec<Series>)]) -> (Stamp, Stamp) {
    let ends = all.iter().flat_map(|(_, series)| series).filter(|s| !s.points.is_empty());
    let until = ends.map(|s| s.at(s.points.len() - 1)).max().unwrap_or(view.state.now);
    (until.plus(-open.charts.range.seconds() * 1000), until)
}

/// The moment under the cursor: so many points back from the newest.
fn cursor(open: &ServiceView, all: &[(ServiceKey, Vec<Series>)]) -> Option<Stamp> {
    let back = open.charts.cursor?;
    let series = all.iter().flat_map(|(_, series)| series).max_by_key(|s| s.points.len())?;
    Some(series.at(series.points.len().saturating_sub(1).saturating_sub(back)))
}

fn empty(metric: Metric) -> &'static str {
    match metric {
        Metric::Requests
        | Metric::Errors
        | Metric::BalancerErrors
        | Metric::LatencyP50
        | Metric::LatencyP99 => "no data: no load balancer, or no requests",
        Metric::Cpu | Metric::Memory | Metric::Tasks => "no data in this range",
    }
}
