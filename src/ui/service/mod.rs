//! One service: what it is and how it is doing in a line, tabs, and the tab's content.

mod config;
mod logs;
mod metrics;
mod revisions;
mod targets;

use super::{
    canvas::{Canvas, spans_width},
    glyph, panel,
    panel::{
        lines, rollout,
        sides::{half, sides},
        tasks,
    },
    text,
    view::{self, View},
    widget::{bar, list},
};
use crate::{
    app::{
        fleet as fleet_rows, layout,
        rows::{self, BodyRow},
        runs, service,
        state::{ServiceView, Tab},
    },
    model::{Controller, Kind, RunView, Service, ServiceDetail, ServiceState, stamp::precise},
};
use ratatui::{layout::Rect, text::Span};

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let Some(open) = &view.state.service else { return };
    let run = live_run(view);
    let areas = service::areas_of(view.state, view.size);
    let row = open.detail.value.as_deref().map(|d| &d.service);
    let row = newest(row, view.state.rows.get(&open.key));
    summary(&mut canvas.part(view::rect(areas.summary)), view, open, row);
    tabs(&mut canvas.part(view::rect(areas.tabs)), view, open);
    let body = canvas.part(view::rect(areas.body));
    content(body, view, open);
    panel::flight::strip(&mut canvas.part(view::rect(areas.flight)), view, open);
    if areas.why.height > 0 {
        panel::why::draw(&mut canvas.part(view::rect(areas.why)), view, areas.why);
    }
    if let Some(run) = run {
        strip(&mut canvas.part(view::rect(areas.strip)), view, run);
    }
}

/// The one of two readings that AWS gave last.
fn newest<'a>(a: Option<&'a Service>, b: Option<&'a Service>) -> Option<&'a Service> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.seen_at >= a.seen_at { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// The live run on this service.
fn live_run<'a>(view: &View<'a>) -> Option<&'a RunView> {
    service::live_run(view.state).and_then(|id| runs::find(view.state, id))
}

fn content(mut body: Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    match open.tab {
        Tab::Metrics => metrics::draw(&mut body, view, open),
        Tab::Logs => logs::draw(&mut body, view, open),
        Tab::Revisions => revisions::draw(&mut body, view, open),
        Tab::Rollout | Tab::Tasks | Tab::Config | Tab::Targets => sheet(&mut body, view, open),
    }
}

/// A tab that is a list of rows.
fn sheet(body: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let Some(detail) = open.detail.value.as_deref() else {
        panel::waiting(body, view, &open.detail, "the service");
        return;
    };
    let rows = rows::body(open, body.width());
    if rows.is_empty() {
        body.put(2, 1, empty(open.tab), view.skin.muted);
        return;
    }
    let at = open.list();
    let body_width = body.width();
    let shown = list::window(rows.len(), at.offset, body.height());
    for (y, index) in (0..).zip(shown.clone()) {
        let Some(row) = rows.get(index) else { continue };
        let selected = index == at.cursor && row.selectable();
        let mut line = body.rows(y, 1);
        if matches!(row, BodyRow::Sides | BodyRow::Pair { .. }) {
            let spans = |row, width| row_spans(view, detail, row, width);
            sides(&mut line, view, *row, selected.then_some(open.old_side), spans);
        } else {
            half(&mut line, view, &row_spans(view, detail, *row, body_width), selected);
        }
    }
    list::scrollbar(body, &view.skin, rows.len(), &shown);
}

fn row_spans(view: &View<'_>, detail: &ServiceDetail, row: BodyRow, width: u16) -> Vec<Span<'static>> {
    let skin = &view.skin;
    match row {
        BodyRow::Heading(title) => vec![Span::styled(title.to_owned(), skin.heading)],
        // each side of a pair is drawn by itself
        BodyRow::Blank | BodyRow::Sides | BodyRow::Pair { .. } => Vec::new(),
        BodyRow::Progress(n) => {
            detail.history.get(n).map(|h| rollout::progress(view, detail, h)).unwrap_or_default()
        }
        BodyRow::Waiting(n) => detail.history.get(n).map(|h| rollout::waiting(view, h)).unwrap_or_default(),
        BodyRow::Deployment(n) => detail
            .deployments
            .get(n)
            .map(|d| rollout::deployment(view, detail, d, n, width))
            .unwrap_or_default(),
        BodyRow::Task { index, nested, last } => {
            detail.tasks.get(index).map(|t| tasks::task(view, detail, t, nested, last)).unwrap_or_default()
        }
        BodyRow::History(n) => detail.history.get(n).map(|h| rollout::history(view, h)).unwrap_or_default(),
        BodyRow::Operation(n) => {
            detail.operations.get(n).map(|o| rollout::operation(view, o)).unwrap_or_default()
        }
        BodyRow::Alarm(n) => detail.alarms.get(n).map(|a| rollout::alarm(view, a)).unwrap_or_default(),
        BodyRow::Target(n) => detail.targets.get(n).map(|t| targets::target(view, t)).unwrap_or_default(),
        BodyRow::Event(n) => detail.events.get(n).map(|e| rollout::event(view, e)).unwrap_or_default(),
        BodyRow::Gap(n) => detail
            .gaps
            .get(n)
            .map(|gap| vec![Span::styled("× ", skin.warn), Span::styled(view::sentence(gap), skin.text)])
            .unwrap_or_default(),
        BodyRow::Way(n) => targets::way(view, detail, n),
        BodyRow::Section(n) => config::section(view, detail, n),
        BodyRow::Config(n) => config::line(view, detail, n),
    }
}

fn empty(tab: Tab) -> &'static str {
    match tab {
        Tab::Rollout => "No deployments, tasks or events.",
        Tab::Tasks => "No tasks are running, and none stopped within the last hour.",
        Tab::Config => "No configuration.",
        Tab::Targets => "No target groups and no alarms.",
        Tab::Metrics | Tab::Logs | Tab::Revisions => "",
    }
}

/// The one line that says what it is and how it is doing; what matters least is left out first.
fn summary(canvas: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView, row: Option<&Service>) {
    let skin = &view.skin;
    let key = &open.key;
    let mut parts: Vec<(u8, Vec<Span<'static>>)> = Vec::new();
    let name_room = usize::from(canvas.width() / 2);
    parts.push((
        9,
        vec![
            Span::styled(key.environment.to_string(), view.hue(&key.environment)),
            Span::styled(" › ", skin.muted),
            Span::styled(text::middle(&key.name, name_room), skin.title),
        ],
    ));
    if let Some(row) = row {
        parts.push((
            9,
            vec![Span::styled(
                format!("{} {}", glyph::service(row), fleet_rows::state_words(row, view.state.now)),
                skin.service(row),
            )],
        ));
        rollout_parts(view, open, row, &mut parts);
        parts.push((7, vec![Span::styled(view.state.images.words(&row.version), skin.strong)]));
        if row.seen_at.0 > 0 {
            let told = match (row.running, row.desired) {
                (None, None) => None,
                (Some(1), None) => Some("1 instance".to_owned()),
                (Some(running), None) => Some(format!("{running} instances")),
                (_, Some(_)) => Some(format!("{} tasks", fleet_rows::tasks_words(row))),
            };
            parts.extend(told.map(|told| (6, vec![Span::styled(told, skin.text)])));
        }
        if row.controller.has_task_sets() && !row.note.starts_with(row.controller.words()) {
            let told = format!("deployed by {}", row.controller.words());
            parts.push((6, vec![Span::styled(told, skin.muted)]));
        }
        let nowhere = open.detail.value.as_deref().and_then(ServiceDetail::points_nowhere);
        if let Some(told) = nowhere.filter(|told| *told != row.note) {
            parts.push((8, vec![Span::styled(text::end(&format!("▲ {told}"), 70), skin.bad)]));
        }
        if !row.note.is_empty() {
            let style = if row.state == ServiceState::Steady { skin.muted } else { skin.text };
            parts.push((5, vec![Span::styled(text::end(&row.note, 60), style)]));
        }
        if let Some(at) = row.deployed_at.filter(|_| row.rollout.is_none()) {
            parts.push((4, vec![Span::styled(format!("deployed {}", view.times.ago_words(at)), skin.muted)]));
        }
        if row.revision != row.version.image {
            parts.push((3, vec![Span::styled(row.revision.clone(), skin.muted)]));
        }
    }
    parts.push((2, vec![Span::styled(row.map_or(key.kind.word(), Service::sort_word), skin.muted)]));
    let wide = |parts: &[(u8, Vec<Span<'static>>)]| {
        parts.iter().map(|(_, spans)| spans_width(spans) + 2).sum::<u16>()
    };
    while wide(&parts) > canvas.width() && parts.len() > 2 {
        let Some(least) = parts.iter().map(|p| p.0).min().filter(|least| *least < 9) else { break };
        let Some(at) = parts.iter().rposition(|p| p.0 == least) else { break };
        parts.remove(at);
    }
    let mut x = 1;
    for (_, spans) in parts {
        x = canvas.spans(x, 0, &spans) + 2;
    }
}

/// Bar, breaker and age of the rollout under way.
fn rollout_parts(
    view: &View<'_>,
    open: &ServiceView,
    row: &Service,
    parts: &mut Vec<(u8, Vec<Span<'static>>)>,
) {
    let skin = &view.skin;
    let Some(rollout) = &row.rollout else { return };
    if rollout.new_desired > 0 {
        let cells = if view.size.0 >= 120 { 20 } else { 8 };
        let bar = bar::bar(cells, rollout.new_running, rollout.new_desired);
        let full: String = bar.chars().filter(|c| *c != glyph::TRACK).collect();
        let track: String = bar.chars().filter(|c| *c == glyph::TRACK).collect();
        // it says once more what the words beside it say, so the version outlives it
        parts.push((6, vec![Span::styled(full, skin.state(row.state)), Span::styled(track, skin.faint)]));
    }
    let breaker = open
        .detail
        .value
        .as_deref()
        .and_then(|d| d.history.iter().find(|h| !h.status.is_over()))
        .and_then(|h| h.breaker.as_ref());
    let failures = match breaker {
        Some((_, failures, threshold)) => Some((format!("breaker {failures}/{threshold} failed"), *failures)),
        None if rollout.failed > 0 => Some((format!("{} failed", rollout.failed), rollout.failed)),
        None if has_no_breaker(open) => Some(("no breaker".to_owned(), 0)),
        None => None,
    };
    if let Some((told, failed)) = failures {
        parts.push((8, vec![Span::styled(told, if failed > 0 { skin.bad } else { skin.muted })]));
    }
    if !rollout.stage.is_empty() {
        parts.push((5, vec![Span::styled(lines::words(&rollout.stage), skin.busy)]));
    }
    if let Some(at) = rollout.started_at {
        parts.push((6, vec![Span::styled(format!("started {}", view.times.ago_words(at)), skin.muted)]));
    }
}

/// Whether nothing counts the failures of its rollouts, as far as is known.
fn has_no_breaker(open: &ServiceView) -> bool {
    open.detail.value.as_deref().is_some_and(|detail| {
        detail.service.key.kind == Kind::Ecs
            && detail.service.controller == Controller::Ecs
            && !detail.breaker.is_some_and(|(on, _)| on)
    })
}

fn tabs(canvas: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let skin = &view.skin;
    let mut end = 0;
    for (tab, x, width) in layout::tabs(canvas.width()) {
        let mut slot = canvas.part(Rect::new(x, 0, width, 1));
        let name: String = tab.title().chars().take(usize::from(width.saturating_sub(2))).collect();
        if tab == open.tab {
            slot.put(0, 0, &format!("[{name}]"), skin.accent);
        } else {
            slot.put(1, 0, &name, skin.muted);
        }
        end = x + width;
    }
    let (told, style) = match (&open.detail.trouble, open.detail.at) {
        (Some(trouble), _) => (format!("× {}", trouble.word()), skin.bad),
        (None, None) => ("reading".to_owned(), skin.busy),
        (None, Some(at)) if view.state.felt(view.state.now.since(at)) > 60_000 => {
            (format!("read {}", view.times.ago_words(at)), skin.warn)
        }
        _ => (String::new(), skin.muted),
    };
    if end + 2 + text::cells(text::width(&told)) < canvas.width() {
        canvas.put_right(canvas.width().saturating_sub(1), 0, &told, style);
    }
}

/// The live run on this service in a line.
fn strip(canvas: &mut Canvas<'_>, view: &View<'_>, run: &RunView) {
    let skin = &view.skin;
    let step = run.active();
    let number = step.and_then(|s| run.steps.iter().position(|other| std::ptr::eq(s, other)));
    let mut spans = vec![Span::styled("◐ ", skin.busy), Span::styled(run.header.title.clone(), skin.strong)];
    if let (Some(step), Some(number)) = (step, number) {
        spans.push(Span::styled(format!("  step {} of {}: ", number + 1, run.steps.len()), skin.muted));
        spans.push(Span::styled(step.name.clone(), skin.text));
        if !step.detail.is_empty() {
            spans.push(Span::styled(format!("  {}", step.detail), skin.muted));
        }
    }
    spans.push(Span::styled(format!("  {}", precise(view.state.now.since(run.header.at))), skin.muted));
    lines::draw(canvas, view, 1, &spans);
}
