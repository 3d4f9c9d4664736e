//! A line chart in braille: an axis people can read, clock times, deploy markers, gaps left open, a cursor.

mod plot;
mod scale;

use crate::{
    model::{Metric, Series, Stamp},
    ui::{
        canvas::Canvas,
        skin::Skin,
        text::{self, cells, width},
    },
};
use plot::{Dots, Plot};
use ratatui::style::{Modifier, Style};
use scale::Scale;

/// One line of a chart.
#[derive(Debug)]
pub struct Line<'a> {
    /// What it is, where there are several.
    pub label: String,
    /// Its number among the services of the tab, from 0: the same in every chart.
    pub nth: usize,
    /// Its points.
    pub series: &'a Series,
    /// Its colour.
    pub style: Style,
}

/// A chart.
#[derive(Debug)]
pub struct Chart<'a> {
    /// What is shown; decides title and unit.
    pub metric: Metric,
    /// The first is the one the chart is about.
    pub lines: Vec<Line<'a>>,
    /// The left edge.
    pub from: Stamp,
    /// The right edge.
    pub until: Stamp,
    /// Deployments: when, label, good.
    pub markers: &'a [(Stamp, String, bool)],
    /// Where values are read.
    pub cursor: Option<Stamp>,
    /// Whether it is the one that keys act on.
    pub focused: bool,
    /// What to say while it has no values.
    pub empty: &'a str,
    /// Another title than the metric's.
    pub title: Option<&'a str>,
    /// A line across, which an alarm compares with.
    pub threshold: Option<f32>,
}

/// A value with its unit, as the metric is told.
pub fn value(metric: Metric, value: f32) -> String {
    let value = f64::from(value);
    match metric {
        Metric::Cpu | Metric::Memory => text::percent(value, true),
        Metric::LatencyP50 | Metric::LatencyP99 => text::latency(value),
        Metric::Requests | Metric::Errors | Metric::BalancerErrors => format!("{}/min", text::number(value)),
        Metric::Tasks => text::number(value),
    }
}

/// What a line is marked with at its newest point, so that it is told apart without colour.
pub fn number(nth: usize) -> char {
    u32::try_from(nth + 1).ok().and_then(|n| char::from_digit(n, 10)).unwrap_or('+')
}

/// Draws a chart over the whole canvas: title and values, plot, clock times.
pub fn draw(canvas: &mut Canvas<'_>, skin: &Skin, chart: &Chart<'_>) {
    if canvas.height() == 0 || canvas.width() < 12 {
        return;
    }
    let legend = if chart.lines.len() > 1 && canvas.height() >= 9 { cells(chart.lines.len()) } else { 0 };
    head(canvas, skin, chart, legend == 0);
    if legend > 0 {
        let mut rows = canvas.rows(1, legend);
        for (y, line) in (0..).zip(&chart.lines) {
            let x = rows.put(2, y, &format!("{} ━ ", number(line.nth)), line.style);
            let room = usize::from(rows.width() / 2);
            let x = rows.put(x, y, &text::middle(&line.label, room), skin.text);
            values(&mut rows, skin, chart, line, x + 2, y);
        }
    }
    let height = canvas.height().saturating_sub(1 + legend);
    let mut rest = canvas.rows(1 + legend, height);
    if chart.lines.iter().all(|line| line.series.max().is_none()) {
        let y = rest.height() / 2;
        rest.put(2, y, &text::end(chart.empty, usize::from(rest.width().saturating_sub(3))), skin.muted);
        return;
    }
    let top =
        chart.lines.iter().filter_map(|line| line.series.max()).chain(chart.threshold).fold(0.0, f32::max);
    let clocks = height >= 4;
    let rows = height.saturating_sub(u16::from(clocks));
    let scale = Scale::for_metric(chart.metric, top, rows);
    let gutter = cells(scale.ticks.iter().map(|(_, label)| width(label)).max().unwrap_or(0)) + 2;
    let wide = rest.width().saturating_sub(gutter + 1);
    if wide < 4 || rows == 0 {
        return;
    }
    let plot = Plot { columns: wide, rows, from: chart.from, until: chart.until, top: scale.top };
    axis(&mut rest, skin, &scale, &plot, gutter);
    let area = ratatui::layout::Rect::new(gutter, 0, wide, rows);
    field(&mut rest.part(area), skin, chart, &plot);
    if clocks {
        let mut row = rest.part(ratatui::layout::Rect::new(gutter, rows, wide + 1, 1));
        times(&mut row, skin, &plot);
    }
}

/// Title, and where there is no legend the newest, highest and lowest value, or the one at the cursor.
fn head(canvas: &mut Canvas<'_>, skin: &Skin, chart: &Chart<'_>, told: bool) {
    let style = if chart.focused { skin.accent } else { skin.heading };
    let mark = if chart.focused { "▸ " } else { "  " };
    let x = canvas.put(0, 0, mark, style);
    let x = canvas.put(x, 0, chart.title.unwrap_or(chart.metric.title()), style);
    let Some(line) = chart.lines.first().filter(|_| told) else { return };
    values(canvas, skin, chart, line, x + 2, 0);
}

fn values(canvas: &mut Canvas<'_>, skin: &Skin, chart: &Chart<'_>, line: &Line<'_>, x: u16, y: u16) {
    let none = if line.series.unread.is_some() { "not read" } else { "no data" };
    let name = |v: Option<f32>| v.map_or_else(|| none.to_owned(), |v| value(chart.metric, v));
    let mut parts: Vec<(String, String, Style)> = Vec::new();
    match chart.cursor {
        Some(at) => {
            let zone = &skin.zone;
            let label = if chart.until.since(chart.from) > 86_400_000 {
                text::moment(at, zone)
            } else {
                text::clock(at, zone)
            };
            parts.push((label, name(plot::value_at(line.series, at)), skin.accent));
        }
        None => parts.push(("now".to_owned(), name(line.series.last()), skin.strong)),
    }
    if let Some(max) = line.series.max() {
        parts.push(("max".to_owned(), value(chart.metric, max), skin.text));
        let min = line.series.points.iter().flatten().copied().fold(f32::INFINITY, f32::min);
        parts.push(("min".to_owned(), value(chart.metric, min), skin.text));
    }
    let mut end = canvas.width().saturating_sub(1);
    let wide = |parts: &[(String, String, Style)]| {
        parts.iter().map(|(a, b, _)| cells(width(a) + width(b)) + 3).sum::<u16>()
    };
    while !parts.is_empty() && x.saturating_add(wide(&parts)) > end + 2 {
        parts.pop();
    }
    for (label, value, style) in parts.iter().rev() {
        end = canvas.put_right(end, y, value, *style).saturating_sub(1);
        end = canvas.put_right(end, y, label, skin.muted).saturating_sub(2);
    }
}

fn axis(rest: &mut Canvas<'_>, skin: &Skin, scale: &Scale, plot: &Plot, gutter: u16) {
    for y in 0..plot.rows {
        rest.glyph(gutter - 1, y, '│', skin.faint);
    }
    for (at, label) in &scale.ticks {
        let y = plot.row(*at);
        rest.put_right(gutter - 1, y, label, skin.muted);
        rest.glyph(gutter - 1, y, '┤', skin.faint);
        if plot.rows >= 5 && y > 0 {
            for x in 0..plot.columns {
                rest.glyph(gutter + x, y, '┈', skin.faint);
            }
        }
    }
}

/// Everything between the axes: markers, lines, cursor, from the back to the front.
fn field(canvas: &mut Canvas<'_>, skin: &Skin, chart: &Chart<'_>, plot: &Plot) {
    let markers: Vec<(u16, &str, bool)> = chart
        .markers
        .iter()
        .filter_map(|(at, label, good)| plot.column(*at).map(|x| (x, label.as_str(), *good)))
        .collect();
    for (x, _, good) in &markers {
        for y in 0..plot.rows {
            canvas.glyph(*x, y, '┊', if *good { skin.info } else { skin.bad });
        }
    }
    if let Some(threshold) = chart.threshold {
        let y = plot.row(threshold);
        for x in 0..plot.columns {
            canvas.glyph(x, y, '╌', skin.warn);
        }
    }
    if let Some(x) = chart.cursor.and_then(|at| plot.column(at)) {
        for y in 0..plot.rows {
            canvas.glyph(x, y, '│', skin.accent);
        }
    }
    let mut dots = Dots::new(plot);
    for (nth, line) in chart.lines.iter().enumerate().rev() {
        dots.line(plot, line.series, nth);
    }
    for y in 0..plot.rows {
        for x in 0..plot.columns {
            if let Some((glyph, nth)) = dots.glyph(x, y) {
                let style = chart.lines.get(nth).map_or(skin.text, |line| line.style);
                canvas.glyph(x, y, glyph, style);
            }
        }
    }
    if chart.lines.len() > 1 {
        numbers(canvas, chart, plot);
    }
    let mut free = 0;
    for (x, label, good) in markers {
        let text = if good { label.to_owned() } else { format!("×{label}") };
        let wide = cells(width(&text));
        let fits = x >= free && x + 1 + wide <= plot.columns;
        if fits && (x + 1..x + 1 + wide).all(|x| dots.glyph(x, 0).is_none()) {
            canvas.put(x + 1, 0, &text, if good { skin.info } else { skin.bad });
            free = x + wide + 2;
        }
    }
}

/// The number of each line at its newest point; beside it where another one stands there.
fn numbers(canvas: &mut Canvas<'_>, chart: &Chart<'_>, plot: &Plot) {
    let mut taken: Vec<(u16, u16)> = Vec::new();
    for line in &chart.lines {
        let newest =
            line.series.points.iter().enumerate().rev().find_map(|(at, point)| Some((at, (*point)?)));
        let Some((at, value)) = newest else { continue };
        let Some(x) = plot.column(line.series.at(at)) else { continue };
        let y = plot.row(value);
        let free = (0..=x).rev().find(|x| !taken.contains(&(*x, y)));
        let Some(x) = free else { continue };
        taken.push((x, y));
        canvas.glyph(x, y, number(line.nth), line.style.add_modifier(Modifier::BOLD));
    }
}

fn times(row: &mut Canvas<'_>, skin: &Skin, plot: &Plot) {
    let mut free = 0;
    for (at, whole_days) in scale::clock_ticks(plot.from, plot.until, plot.columns, &skin.zone) {
        let Some(x) = plot.column(at) else { continue };
        let label = if whole_days { text::day(at, &skin.zone) } else { text::clock(at, &skin.zone) };
        let wide = cells(width(&label));
        let start = x.saturating_sub(wide / 2);
        if start >= free && start + wide <= row.width() {
            row.put(start, 0, &label, skin.muted);
            free = start + wide + 1;
        }
    }
}

#[cfg(test)]
mod tests;
