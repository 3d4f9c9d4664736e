//! A service while a rollout of it is under way: of the page of a run, and of the Rollout tab.

use super::{log_line, rollout, sides, tasks, waiting};
use crate::{
    app::{
        estimate, fleet as words,
        numbers::{self, Around, NUMBERS},
        rows::{self, BodyRow},
        runs::flight,
        state::ServiceView,
    },
    model::{Metric, Series, ServiceDetail, ServiceKey, Stamp},
    ui::{
        canvas::Canvas,
        glyph,
        panel::lines,
        text,
        view::{self, View},
        widget::chart::{self, Chart, Line},
    },
};
use ratatui::{layout::Rect, style::Style, text::Span};

/// The service now: what waits for somebody, how far the rollout is, new and old with their tasks, what went wrong.
pub fn now(canvas: &mut Canvas<'_>, view: &View<'_>, key: &ServiceKey) {
    let titled = u16::from(canvas.height() >= 3);
    if titled > 0 {
        title(&mut canvas.rows(0, 1), view, key);
    }
    let height = canvas.height().saturating_sub(titled);
    let mut body = canvas.rows(titled, height);
    let open = flight::service(view.state, key);
    let Some(detail) = open.and_then(|open| open.detail.value.as_deref()) else {
        if let Some(open) = open.filter(|_| height > 1) {
            waiting(&mut body, view, &open.detail, "the service");
        }
        return;
    };
    let rows = rows::flight(detail, body.width());
    let hidden = rows.len().saturating_sub(usize::from(height));
    // where not all fit, the last line says so
    let shown = if hidden > 0 && height > 2 { usize::from(height - 1) } else { rows.len() };
    for (y, row) in (0..height).zip(rows.iter().take(shown)) {
        let mut line = body.rows(y, 1);
        let spans = |row, width| row_spans(view, detail, row, width);
        if matches!(row, BodyRow::Sides | BodyRow::Pair { .. }) {
            sides::sides(&mut line, view, *row, None, spans);
        } else {
            let spans = spans(*row, line.width());
            sides::half(&mut line, view, &spans, false);
        }
    }
    if shown < rows.len() {
        let more = rows.len().saturating_sub(shown);
        let told = text::count(more, "more line on Rollout", "more lines on Rollout");
        body.put(1, height - 1, &format!("{told} of the service"), view.skin.muted);
    }
}

/// State, tasks and what is left, on a rule.
fn title(row: &mut Canvas<'_>, view: &View<'_>, key: &ServiceKey) {
    let skin = &view.skin;
    row.rule(0, '─', skin.faint);
    let mut x = row.put(2, 0, " the service now ", skin.muted) + 1;
    let Some(service) = view.state.rows.get(key) else { return };
    let detail = flight::service(view.state, key).and_then(|open| open.detail.value.as_deref());
    let left = match (detail, &service.rollout) {
        (Some(detail), _) => estimate::left(detail, view.state.now),
        (None, Some(rollout)) => estimate::of_row(rollout, view.state.now),
        (None, None) => None,
    };
    let state = format!(" {} {} ", glyph::service(service), words::state_words(service, view.state.now));
    let parts = [
        (state, skin.service(service)),
        (format!(" {} tasks run ", words::tasks_words(service)), skin.text),
        (left.map(|left| format!(" {} ", estimate::words(left))).unwrap_or_default(), skin.strong),
    ];
    for (part, style) in parts {
        if !part.is_empty() && x + text::cells(text::width(&part)) < row.width() {
            x = row.put(x, 0, &part, style);
        }
    }
}

fn row_spans(view: &View<'_>, detail: &ServiceDetail, row: BodyRow, width: u16) -> Vec<Span<'static>> {
    let told = match row {
        BodyRow::Progress(n) => detail.history.get(n).map(|h| rollout::progress(view, detail, h)),
        BodyRow::Waiting(n) => detail.history.get(n).map(|h| rollout::waiting(view, h)),
        BodyRow::Deployment(n) => {
            detail.deployments.get(n).map(|d| rollout::deployment(view, detail, d, n, width))
        }
        BodyRow::Task { index, nested, last } => {
            detail.tasks.get(index).map(|t| tasks::task(view, detail, t, nested, last))
        }
        BodyRow::Operation(n) => detail.operations.get(n).map(|o| rollout::operation(view, o)),
        BodyRow::Alarm(n) => detail.alarms.get(n).map(|a| rollout::alarm(view, a)),
        BodyRow::Gap(n) => detail.gaps.get(n).map(|gap| {
            vec![Span::styled("× ", view.skin.warn), Span::styled(view::sentence(gap), view.skin.text)]
        }),
        _ => None,
    };
    told.unwrap_or_default()
}

/// CPU, 5xx and p99 since the rollout began, just before, and over the hour before: charts where there is room.
pub fn numbers(canvas: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let skin = &view.skin;
    let Some(detail) = open.detail.value.as_deref().filter(|_| canvas.height() > 0) else { return };
    let titled = u16::from(canvas.height() >= 2);
    if titled > 0 {
        canvas.rule(0, '─', skin.faint);
        let began = flight::began(detail).map(|at| format!(" since {}", view.times.at(at)));
        let told = format!(" metrics{} ", began.unwrap_or_default());
        canvas.put(2, 0, &told, skin.muted);
    }
    let height = canvas.height().saturating_sub(titled);
    let mut body = canvas.rows(titled, height);
    let Some(all) = &open.numbers.value else {
        let told = match (&open.numbers.trouble, view.state.settings.cost_limit > 0.0) {
            (Some(trouble), _) => view::sentence(trouble),
            (None, false) => "Metrics are not read: cost_limit is 0.".to_owned(),
            (None, true) => "Reading metrics.".to_owned(),
        };
        let room = usize::from(body.width().saturating_sub(2));
        body.put(1, 0, &text::end(&told, room), skin.muted);
        return;
    };
    let began = flight::began(detail).unwrap_or(view.state.now);
    if height < 6 {
        brief(&mut body, view, all, began);
        return;
    }
    let markers = [(began, view.state.images.words_within(&detail.service.version, 12), true)];
    let wide = body.width() / text::cells(NUMBERS.len());
    for (nth, metric) in (0..).zip(NUMBERS) {
        let Some(series) = all.iter().find(|series| series.metric == metric) else { continue };
        let unread = series.unread.as_ref().map(|unread| format!("could not be read: {}", unread.why));
        let chart = Chart {
            metric,
            lines: vec![Line { label: String::new(), nth: 0, series, style: skin.series(0) }],
            from: began.plus(-1_800_000).min(view.state.now.plus(-2_700_000)),
            until: view.state.now,
            markers: &markers,
            cursor: None,
            focused: false,
            empty: unread.as_deref().unwrap_or("no data"),
            title: None,
            threshold: None,
        };
        // what does not fit beside the rest has a line of its own
        let told = u16::from(wide < 40) + 1;
        let mut part = body.part(Rect::new(nth * wide, 0, wide.saturating_sub(1), height - told));
        chart::draw(&mut part, skin, &chart);
        let mut words = body.part(Rect::new(nth * wide, height - told, wide.saturating_sub(1), told));
        compared(&mut words, view, series, began);
    }
}

/// A metric since the rollout began, just before, and over the hour before.
fn compared(canvas: &mut Canvas<'_>, view: &View<'_>, series: &Series, began: Stamp) {
    let skin = &view.skin;
    let told = numbers::around(series, began, view.state.now);
    let narrow = canvas.height() > 1;
    let value = |value: Option<f32>| match of(series.metric, value) {
        // the title tells the unit
        told if narrow => told.trim_end_matches("/min").to_owned(),
        told => told,
    };
    let mut spans = lines::Spans::default();
    spans.push("new ", skin.muted).clause(value(told.since), worse(view, series.metric, told));
    spans.push("old ", skin.muted).clause(value(told.before), skin.text);
    if narrow {
        lines::draw(&mut canvas.rows(0, 1), view, 1, &spans.0);
        spans = lines::Spans::default();
    }
    spans.push("hour before ", skin.muted).clause(value(told.hour), skin.muted);
    let last = canvas.height().saturating_sub(1);
    lines::draw(&mut canvas.rows(last, 1), view, 1, &spans.0);
}

/// The numbers in a line: since the rollout began, and over the hour before.
fn brief(canvas: &mut Canvas<'_>, view: &View<'_>, all: &[Series], began: Stamp) {
    let skin = &view.skin;
    let mut spans = lines::Spans::default();
    for metric in NUMBERS {
        let Some(series) = all.iter().find(|series| series.metric == metric) else { continue };
        let told = numbers::around(series, began, view.state.now);
        spans.push(format!("{} ", short(metric)), skin.muted);
        spans.push(of(metric, told.since), worse(view, metric, told));
        spans.clause(format!(" ({} before)", of(metric, told.hour.or(told.before))), skin.muted);
    }
    lines::draw(canvas, view, 1, &spans.0);
}

fn short(metric: Metric) -> &'static str {
    match metric {
        Metric::LatencyP99 => "p99",
        other => other.title(),
    }
}

fn of(metric: Metric, value: Option<f32>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| chart::value(metric, value))
}

/// The style of what is new: loud where it is clearly worse than the hour before, by half and by what people notice.
fn worse(view: &View<'_>, metric: Metric, told: Around) -> Style {
    let noticed = match metric {
        Metric::Cpu | Metric::Memory => 15.0,
        Metric::LatencyP50 | Metric::LatencyP99 => 50.0,
        _ => 1.0,
    };
    let clearly = told.since.zip(told.hour.or(told.before));
    match clearly {
        Some((since, before)) if since > before * 1.5 && since > before + noticed => view.skin.bad,
        _ => view.skin.strong,
    }
}

/// The last bad lines of new tasks, the newest at the bottom.
pub fn errors(canvas: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let skin = &view.skin;
    let Some(page) = canvas.height().checked_sub(1) else { return };
    canvas.rule(0, '─', skin.faint);
    canvas.put(2, 0, " errors in the logs of new tasks ", skin.muted);
    let mut found = flight::errors(open, usize::from(page));
    found.reverse();
    let mut body = canvas.rows(1, page);
    if found.is_empty() {
        let told = match (&open.log_from, &open.log_trouble) {
            (Some(Err(why)), _) => why.clone(),
            (_, Some(trouble)) => view::sentence(trouble),
            (None, None) => "Not known yet where they log.".to_owned(),
            (Some(Ok(_)), None) if open.log_loading && open.log.is_empty() => "Reading the log.".to_owned(),
            (Some(Ok(_)), None) => "none".to_owned(),
        };
        let room = usize::from(body.width().saturating_sub(2));
        body.put(1, 0, &text::end(&told, room), skin.muted);
        return;
    }
    for (y, line) in (0..page).zip(found) {
        log_line::draw(&mut body.rows(y, 1), view, line, 0);
    }
}

/// What AWS says happened, newest first.
pub fn events(canvas: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let Some(page) = canvas.height().checked_sub(1).filter(|page| *page > 0) else { return };
    let Some(detail) = open.detail.value.as_deref() else { return };
    canvas.rule(0, '─', view.skin.faint);
    canvas.put(2, 0, " events ", view.skin.muted);
    for (y, event) in (1..=page).zip(&detail.events) {
        lines::draw(&mut canvas.rows(y, 1), view, 1, &rollout::event(view, event));
    }
}

/// Numbers and errors below the Rollout tab.
pub fn strip(canvas: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let height = canvas.height();
    let own = if height < 6 { height } else { height * 2 / 3 };
    numbers(&mut canvas.rows(0, own), view, open);
    errors(&mut canvas.rows(own, height - own), view, open);
}
