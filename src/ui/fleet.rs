//! The fleet as a table: every service of every environment, a line each.

use super::{
    canvas::Canvas,
    glyph, text,
    view::{self, View},
    widget::{list, spark},
};
use crate::{
    action::{Action, Context},
    app::{
        fleet as rows,
        layout::{self, FleetColumns, SPARK_WIDTH, Slot},
        state::{Column, Environment},
    },
    model::{Metric, Series, Service, ServiceState, stamp::brief},
};
use ratatui::{layout::Rect, style::Style};

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let state = view.state;
    let fleet = &state.fleet;
    let areas = layout::fleet(view.size, rows::troubles(state));
    let columns = layout::fleet_columns(areas.rows.width, &fleet.widths);
    let shown = list::window(fleet.shown.len(), fleet.offset, areas.rows.height);
    let services: Vec<&Service> = fleet
        .shown
        .get(shown.clone())
        .unwrap_or_default()
        .iter()
        .filter_map(|key| state.rows.get(key))
        .collect();
    let stale = services.iter().any(|row| rows::age(state, row).is_some());
    head(&mut canvas.part(view::rect(areas.head)), view, &columns, stale);
    let mut body = canvas.part(view::rect(areas.rows));
    if fleet.shown.is_empty() {
        nothing(&mut body, view);
    }
    for (y, row) in (0..).zip(services) {
        draw_row(&mut body.rows(y, 1), view, &columns, row);
    }
    list::scrollbar(&mut body, &view.skin, fleet.shown.len(), &shown);
    draw_troubles(&mut canvas.part(view::rect(areas.troubles)), view);
}

fn title(column: Column) -> &'static str {
    match column {
        Column::Environment => "ENV",
        Column::Service => "SERVICE",
        Column::Kind => "KIND",
        Column::Version => "VERSION",
        Column::State => "STATE",
        Column::Tasks => "TASKS",
        Column::Cpu => "CPU",
        Column::Memory => "MEM",
        Column::Errors => "5XX",
        Column::Latency => "P99",
        Column::Deployed => "DEPLOY",
    }
}

fn is_number(column: Column) -> bool {
    matches!(
        column,
        Column::Tasks | Column::Cpu | Column::Memory | Column::Errors | Column::Latency | Column::Deployed
    )
}

fn head(canvas: &mut Canvas<'_>, view: &View<'_>, columns: &FleetColumns, stale: bool) {
    let skin = &view.skin;
    for slot in &columns.slots {
        let sorted = slot.column == view.state.fleet.sort;
        let style = if sorted { skin.accent } else { skin.heading };
        let mut text = title(slot.column).to_owned();
        if let (Column::Cpu, Some(age)) = (slot.column, rows::sparks_age(view.state)) {
            let told = format!("{text} {}", brief(age));
            if told.len() + usize::from(sorted) <= usize::from(slot.width) {
                text = told;
            }
        }
        if sorted {
            while text.len() >= usize::from(slot.width) && text.len() > 1 {
                text.pop();
            }
            text.push(if view.state.fleet.reverse { '↑' } else { '↓' });
        }
        if is_number(slot.column) {
            canvas.put_right(slot.x + slot.width, 0, &text, style);
        } else {
            canvas.put_within(slot.x, 0, &text, style, slot.width);
        }
    }
    if let (Some((x, width)), true) = (columns.age, stale) {
        canvas.put_right(x + width, 0, "AGE", skin.heading);
    }
}

fn draw_row(canvas: &mut Canvas<'_>, view: &View<'_>, columns: &FleetColumns, row: &Service) {
    let (skin, state) = (&view.skin, view.state);
    let selected = state.fleet.selected.as_ref() == Some(&row.key);
    let names = |slot: &Slot| matches!(slot.column, Column::Environment | Column::Service);
    if selected {
        // The bar lies behind the names alone: a line's worth of cells written twice is what a move of the
        // cursor would cost otherwise, and over a slow line that is seen.
        let end = columns.slots.iter().filter(|slot| names(slot)).map(|slot| slot.x + slot.width).max();
        let bar = Rect::new(0, 0, end.map_or(canvas.width(), |end| end + 1), 1);
        canvas.part(bar).tint(0, skin.selection);
    }
    let stale = rows::age(state, row);
    let plain = if stale.is_some() { skin.muted } else { skin.text };
    let series = state.sparks.get(&row.key).map(Vec::as_slice).unwrap_or_default();
    for slot in &columns.slots {
        let base = if selected && names(slot) { skin.selection_text } else { plain };
        cell(canvas, view, *slot, row, series, base);
    }
    if let (Some(age), Some((x, width))) = (stale, columns.age) {
        canvas.put_right(x + width, 0, &brief(age), skin.warn);
    }
    let mark = match (state.marked.contains(&row.key), selected) {
        (true, _) => glyph::MARK,
        (false, true) => glyph::CURSOR,
        (false, false) => ' ',
    };
    canvas.glyph(0, 0, mark, skin.accent);
}

fn cell(canvas: &mut Canvas<'_>, view: &View<'_>, slot: Slot, row: &Service, series: &[Series], base: Style) {
    let skin = &view.skin;
    let room = usize::from(slot.width);
    let known = row.seen_at.0 > 0;
    let right = slot.x + slot.width;
    match slot.column {
        Column::Environment => {
            let name = text::middle(row.key.environment.as_str(), room);
            canvas.put(slot.x, 0, &name, view.hue(&row.key.environment));
        }
        Column::Service => {
            canvas.put(slot.x, 0, &text::middle(&row.key.name, room), base);
        }
        Column::Kind => {
            canvas.put(slot.x, 0, row.sort_word(), skin.muted);
        }
        Column::Version => {
            canvas.put(
                slot.x,
                0,
                &text::middle(&view.state.images.words_within(&row.version, room), room),
                base,
            );
        }
        Column::State => state(canvas, view, slot, row),
        Column::Tasks if known && (row.running.is_some() || row.desired.is_some()) => {
            let style = if row.is_short() && row.state != ServiceState::Rolling { skin.warn } else { base };
            canvas.put_right(right, 0, &rows::tasks_words(row), style);
        }
        Column::Cpu => percent(canvas, view, slot, find(series, Metric::Cpu), base),
        Column::Memory => percent(canvas, view, slot, find(series, Metric::Memory), base),
        Column::Errors => {
            let (text, style) = match rows::error_share(view.state, &row.key).map(f64::from) {
                Some(share) if share >= 1.0 => (text::percent(share, true), skin.bad),
                Some(share) if share > 0.0 => (text::percent(share.max(0.1), true), skin.warn),
                Some(_) => ("0".to_owned(), skin.muted),
                None => nothing_of(&[find(series, Metric::Errors), find(series, Metric::Requests)], skin),
            };
            canvas.put_right(right, 0, &text, style);
        }
        Column::Latency => {
            let (text, style) = match find(series, Metric::LatencyP99).and_then(Series::last) {
                Some(value) => (text::latency(f64::from(value)), base),
                None => nothing_of(&[find(series, Metric::LatencyP99)], skin),
            };
            canvas.put_right(right, 0, &text, style);
        }
        Column::Deployed => {
            let text = row.deployed_at.map_or_else(|| "-".to_owned(), |at| view.times.column(at));
            canvas.put_right(right, 0, &text, base);
        }
        Column::Tasks => {
            canvas.put_right(right, 0, "-", skin.muted);
        }
    }
}

fn state(canvas: &mut Canvas<'_>, view: &View<'_>, slot: Slot, row: &Service) {
    let skin = &view.skin;
    let style = skin.service(row);
    canvas.glyph(slot.x, 0, glyph::service(row), style);
    let words =
        if row.seen_at.0 == 0 { "reading".to_owned() } else { rows::state_words(row, view.state.now) };
    let end = slot.x + slot.width;
    let x = canvas.put_within(slot.x + 2, 0, &words, style, slot.width.saturating_sub(2));
    let room = usize::from(end.saturating_sub(x + 2));
    if !row.note.is_empty() && row.waits().is_none() && room >= 12 {
        canvas.put(x + 2, 0, &text::end(&row.note, room), skin.muted);
    }
}

fn percent(canvas: &mut Canvas<'_>, view: &View<'_>, slot: Slot, series: Option<&Series>, base: Style) {
    let skin = &view.skin;
    let right = slot.x + slot.width;
    let Some((series, last)) = series.and_then(|s| s.last().map(|last| (s, last))) else {
        let (text, style) = nothing_of(&[series], skin);
        canvas.put_right(right, 0, &text, style);
        return;
    };
    let style = match last {
        90.0.. => skin.bad,
        75.0.. => skin.warn,
        _ => base,
    };
    canvas.put_right(right, 0, &text::percent(f64::from(last), false), style);
    if slot.width >= SPARK_WIDTH {
        let line = spark::spark(&series.points, usize::from(slot.width) - 5, 100.0);
        let style = if last >= 75.0 { style } else { skin.muted };
        canvas.put(slot.x, 0, &line, style);
    }
}

/// What stands where there is no value: `-` for no data, `?` for what could not be read.
fn nothing_of(series: &[Option<&Series>], skin: &crate::ui::skin::Skin) -> (String, Style) {
    let unread = series.iter().flatten().any(|series| series.unread.is_some());
    if unread { ("?".to_owned(), skin.warn) } else { ("-".to_owned(), skin.muted) }
}

fn find(series: &[Series], metric: Metric) -> Option<&Series> {
    series.iter().find(|s| s.metric == metric)
}

/// Why there is nothing, and what to do.
pub fn nothing(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let (state, skin) = (view.state, &view.skin);
    let names = |wanted: &dyn Fn(&Environment) -> bool| -> Vec<&str> {
        state.environments.iter().filter(|e| wanted(e)).map(|e| e.name.as_str()).collect()
    };
    let waiting = names(&|e| e.seen_at.is_none() && e.trouble.is_none());
    let mut lines: Vec<(String, Style)> = Vec::new();
    if !state.rows.is_empty() && !state.fleet.filter.is_empty() {
        lines.push((format!("Nothing matches “{}”.", state.fleet.filter), skin.text));
        let clear = view.key_or_command(Context::Fleet, Action::Back);
        let change = view.key_or_command(Context::Fleet, Action::Filter);
        lines.push((format!("Press {clear} to clear the filter, {change} to change it."), skin.muted));
    } else if let Some(trouble) = state.lost.as_ref().filter(|_| state.environments.is_empty()) {
        lines.push((view::capital(&view::trouble_text(view, trouble)), skin.warn));
    } else if state.environments.is_empty() && !state.found {
        lines.push(("Asking AWS which environments there are.".to_owned(), skin.text));
        let since = view.times.at(state.begun_at);
        lines.push((format!("Nothing read yet; asking since {since}."), skin.muted));
    } else if state.environments.is_empty() {
        lines.push(("No environment is known.".to_owned(), skin.text));
        lines
            .push(("flightdeck init writes down what the current credentials reach.".to_owned(), skin.muted));
    } else if !waiting.is_empty() {
        lines.push((format!("Reading the services of {}.", waiting.join(", ")), skin.text));
        lines.push(("Rows appear as AWS answers.".to_owned(), skin.muted));
    } else if state.environments.iter().all(|e| e.trouble.is_some()) {
        lines.push(("No environment could be read.".to_owned(), skin.text));
        let key = view.key_or_command(Context::Fleet, Action::Environments);
        lines.push((format!("Press {key} to see what went wrong with each, in full."), skin.muted));
    } else {
        let read = names(&|e| e.seen_at.is_some());
        lines.push((format!("There are no services in {}.", read.join(", ")), skin.text));
        let key = view.key_or_command(Context::Fleet, Action::Environments);
        lines.push((format!("Press {key} to see which accounts and regions were asked."), skin.muted));
    }
    let room = canvas.width().saturating_sub(4);
    let mut y = canvas.height() / 3;
    for (line, style) in lines {
        for part in text::wrap(&line, usize::from(room)) {
            canvas.put(2, y, &part, style);
            y += 1;
        }
    }
}

/// A line for each environment with a trouble or a gap, one for all where they cannot be looked for; the whole
/// sentence is on the environments screen.
pub fn draw_troubles(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let skin = &view.skin;
    if let Some(trouble) = &view.state.lost {
        canvas.glyph(1, 0, '×', skin.bad);
        let room = usize::from(canvas.width().saturating_sub(4));
        canvas.put(3, 0, &text::end(&view::trouble_text(view, trouble), room), skin.text);
        return;
    }
    let told: Vec<(&Environment, String, bool)> = view
        .state
        .environments
        .iter()
        .filter_map(|e| trouble_of(view, e).map(|(text, bad)| (e, text, bad)))
        .collect();
    let height = usize::from(canvas.height());
    for (y, (environment, text, bad)) in (0..).zip(told.iter().take(height)) {
        let (mark, style) = if *bad { ('×', skin.bad) } else { ('▽', skin.warn) };
        canvas.glyph(1, y, mark, style);
        let x = canvas.put(3, y, environment.name.as_str(), view.hue(&environment.name));
        let x = canvas.put(x, y, ": ", skin.muted);
        let more = told.len().saturating_sub(height);
        let tail = match (usize::from(y) + 1 == height, more) {
            (true, 1..) => format!("  and {more} more"),
            _ => String::new(),
        };
        let room = usize::from(canvas.width().saturating_sub(x + 1)).saturating_sub(text::width(&tail));
        let x = canvas.put(x, y, &text::end(text, room), skin.text);
        canvas.put(x, y, &tail, skin.muted);
    }
}

/// What an environment has to tell: its trouble, else the first part that could not be read.
fn trouble_of(view: &View<'_>, environment: &Environment) -> Option<(String, bool)> {
    match (&environment.trouble, environment.gaps.as_slice()) {
        (Some(trouble), _) => Some((view::trouble_text(view, trouble), true)),
        (None, [first, rest @ ..]) => {
            let more = if rest.is_empty() { String::new() } else { format!(" ({} more)", rest.len()) };
            Some((format!("{first}{more}"), false))
        }
        (None, []) => None,
    }
}
