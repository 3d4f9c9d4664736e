//! The alarms of every environment, those in alarm first, and what the selected one watches with its threshold.

use super::{
    canvas::Canvas,
    glyph,
    text::{self, cells},
    view::{self, View},
    widget::{
        chart::{self, Chart, Line},
        list,
    },
};
use crate::{
    app::{
        alarms, layout,
        state::{AlarmId, Alarmed},
    },
    model::{EnvironmentName, Metric, Series, Trouble},
};
use ratatui::style::Style;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let (state, skin) = (view.state, &view.skin);
    let (head, rows, foot) = layout::alarms(view.size);
    let all = alarms::listed(state);
    let columns = Columns::of(view, head.width);
    columns.head(&mut canvas.part(view::rect(head)), view);
    let mut body = canvas.part(view::rect(rows));
    if all.is_empty() {
        let filter = state.alarms.filter.trim();
        let (told, style) = if !filter.is_empty() {
            (format!("No alarm matches “{filter}”."), skin.text)
        } else if !state.alarms.reading.is_empty() || state.alarms.at.is_none() {
            ("Reading alarms.".to_owned(), skin.busy)
        } else if state.environments.is_empty() {
            ("No environment is known yet.".to_owned(), skin.muted)
        } else {
            nothing(&alarms::unread(state), state.environments.len(), view)
        };
        body.put(2, 1, &told, style);
    }
    let shown = list::window(all.len(), state.alarms.list.offset, body.height());
    for (y, index) in (0..).zip(shown.clone()) {
        let Some(one) = all.get(index) else { continue };
        columns.row(&mut body.rows(y, 1), view, one, index == state.alarms.list.cursor);
    }
    list::scrollbar(&mut body, skin, all.len(), &shown);
    let selected = all.get(state.alarms.list.cursor).map(|one| &**one);
    particulars(&mut canvas.part(view::rect(foot)), view, selected);
}

/// What is said where no alarm is listed: that there is none, where that is known.
fn nothing(unread: &[&EnvironmentName], of: usize, view: &View<'_>) -> (String, Style) {
    if unread.is_empty() {
        return ("There are no alarms.".to_owned(), view.skin.text);
    }
    if unread.len() == of {
        return ("The alarms could not be read.".to_owned(), view.skin.warn);
    }
    let names: Vec<&str> = unread.iter().map(|name| name.as_str()).collect();
    (format!("No alarm is known; {} could not be read.", names.join(", ")), view.skin.warn)
}

struct Columns {
    state: (u16, u16),
    since: (u16, u16),
    environment: (u16, u16),
    service: (u16, u16),
    name: (u16, u16),
    value: (u16, u16),
    rule: (u16, u16),
}

impl Columns {
    fn of(view: &View<'_>, whole: u16) -> Self {
        let widths = view.state.alarms.widths;
        let wide = whole >= 100;
        let since = if view.times.absolute { 6 } else { 5 };
        let environment = widths.names.environment.clamp(3, 12);
        let service = widths.names.service.clamp(7, 24);
        let value = if whole >= 60 { 8 } else { 0 };
        let rule = if wide { widths.rule.clamp(4, 44) } else { 0 };
        let mut x = 1;
        let mut place = |cells: u16| {
            let at = (x, cells);
            if cells > 0 {
                x += cells + 2;
            }
            at
        };
        let (state, since) = (place(if whole >= 50 { 10 } else { 1 }), place(since));
        let environment = place(if whole >= 70 { environment } else { 0 });
        let service = place(if wide { service } else { 0 });
        let used =
            [state, since, environment, service].map(|(_, cells)| if cells > 0 { cells + 2 } else { 0 });
        let behind = [value, rule].map(|cells| if cells > 0 { cells + 2 } else { 0 });
        let left = whole.saturating_sub(used.iter().sum::<u16>() + behind.iter().sum::<u16>() + 3);
        let name = place(left.min(widths.name.clamp(5, 60)));
        Self { state, since, environment, service, name, value: place(value), rule: place(rule) }
    }

    fn head(&self, head: &mut Canvas<'_>, view: &View<'_>) {
        let skin = &view.skin;
        if self.state.1 > 1 {
            head.put_within(self.state.0, 0, "STATE", skin.heading, self.state.1);
        }
        for ((x, cells), title) in [(self.since, "SINCE"), (self.value, "VALUE")] {
            if cells > 0 {
                head.put_right(x + cells, 0, title, skin.heading);
            }
        }
        for ((x, cells), title) in [
            (self.environment, "ENV"),
            (self.service, "SERVICE"),
            (self.name, "ALARM"),
            (self.rule, "CONDITION"),
        ] {
            head.put_within(x, 0, title, skin.heading, cells);
        }
    }

    fn row(&self, row: &mut Canvas<'_>, view: &View<'_>, one: &Alarmed, selected: bool) {
        let skin = &view.skin;
        if selected {
            row.tint(0, skin.selection);
            row.glyph(0, 0, glyph::CURSOR, skin.accent);
        }
        let base = if selected { skin.selection_text } else { skin.text };
        let (mark, style) = mark(view, &one.alarm.state);
        row.glyph(self.state.0, 0, mark, style);
        if self.state.1 > 1 {
            row.put_within(
                self.state.0 + 2,
                0,
                alarms::state_word(&one.alarm.state),
                style,
                self.state.1 - 2,
            );
        }
        let since = one.alarm.since.map_or_else(|| "-".to_owned(), |at| view.times.column(at));
        row.put_right(self.since.0 + self.since.1, 0, &since, skin.muted);
        let put = |row: &mut Canvas<'_>, (x, cells): (u16, u16), text: &str, style: Style| {
            if cells > 0 {
                row.put(x, 0, &text::middle(text, usize::from(cells)), style);
            }
        };
        put(row, self.environment, one.environment.as_str(), view.hue(&one.environment));
        put(row, self.service, one.key.as_ref().map_or("-", |key| &key.name), base);
        put(row, self.name, &one.alarm.name, base);
        put(row, self.rule, &one.alarm.rule, skin.muted);
        if self.value.1 > 0 {
            let value = one.alarm.values.last().map_or_else(|| "-".to_owned(), |value| text::number(*value));
            row.put_right(self.value.0 + self.value.1, 0, &value, base);
        }
    }
}

fn mark(view: &View<'_>, state: &str) -> (char, Style) {
    match state {
        "ALARM" => ('▲', view.skin.bad),
        "OK" => ('●', view.skin.ok),
        _ => ('?', view.skin.muted),
    }
}

/// What it watches as a chart with the threshold across, and why it is in its state.
fn particulars(canvas: &mut Canvas<'_>, view: &View<'_>, one: Option<&Alarmed>) {
    let skin = &view.skin;
    let room = usize::from(canvas.width().saturating_sub(4));
    let told = unread(view);
    if canvas.height() <= 1 {
        canvas.put(1, 0, &text::end(&told.unwrap_or_default(), room), skin.warn);
        return;
    }
    canvas.rule(0, '─', skin.faint);
    let has_told = told.is_some();
    if let Some(told) = told {
        let last = canvas.height() - 1;
        canvas.put(2, last, &text::end(&told, room), skin.warn);
    }
    let Some(one) = one else { return };
    canvas.put(2, 0, &format!(" {} ", text::end(&one.alarm.name, room)), skin.muted);
    let lines: Vec<String> =
        text::wrap(&view::capital(&one.alarm.reason), room).into_iter().take(2).collect();
    for (y, line) in (1..).zip(&lines) {
        canvas.put(2, y, line, skin.text);
    }
    let above = 1 + cells(lines.len());
    let height = canvas.height().saturating_sub(above + u16::from(has_told));
    plot(&mut canvas.rows(above, height), view, one);
}

fn plot(canvas: &mut Canvas<'_>, view: &View<'_>, one: &Alarmed) {
    let skin = &view.skin;
    let Some(watched) = &one.alarm.watched else {
        let told = if one.alarm.rule.is_empty() { "It tells no rule." } else { &one.alarm.rule };
        canvas.put(2, 0, &text::end(told, usize::from(canvas.width().saturating_sub(4))), skin.muted);
        return;
    };
    let id = alarms::id(view.state, one);
    let series = match view.state.alarms.series.get(&id) {
        Some((_, Ok(series))) => series,
        Some((_, Err(trouble))) => return said(canvas, view, trouble),
        None => {
            let (told, style) = not_read(view, &id);
            canvas.put(2, 0, &text::end(&told, usize::from(canvas.width().saturating_sub(4))), style);
            return;
        }
    };
    let title = format!("{} {} of {} s", watched.metric, watched.statistic, watched.period);
    let back = until_now(series);
    let empty = format!("no data within {back}");
    let until = series.at(series.points.len().saturating_sub(1));
    #[allow(clippy::cast_possible_truncation)] // a line on a chart
    let threshold = watched.threshold as f32;
    let chart = Chart {
        metric: Metric::Tasks,
        lines: vec![Line { label: String::new(), nth: 0, series, style: skin.series(0) }],
        from: series.start,
        until,
        markers: &[],
        cursor: None,
        focused: false,
        empty: &empty,
        title: Some(&title),
        threshold: Some(threshold),
    };
    chart::draw(canvas, skin, &chart);
}

/// Why there is no chart of what it watches, or that there will be one.
fn not_read(view: &View<'_>, id: &AlarmId) -> (String, Style) {
    let state = view.state;
    if state.settings.cost_limit <= 0.0 {
        return ("What it watches is not read: cost_limit is 0.".to_owned(), view.skin.muted);
    }
    match state.alarms.waits.filter(|_| state.alarms.asked.as_ref() != Some(id)) {
        Some(until) => {
            let at = text::clock_seconds(until, &view.skin.zone);
            (format!("What it watches is read at {at}: cost_limit leaves no more before."), view.skin.muted)
        }
        None => ("Reading what it watches.".to_owned(), view.skin.busy),
    }
}

/// How long a series is, in words.
fn until_now(series: &Series) -> String {
    let points = i64::try_from(series.points.len()).unwrap_or(i64::MAX);
    crate::model::stamp::brief(points.saturating_mul(i64::from(series.period)).saturating_mul(1000))
}

/// What could not be read, and what a bound cut; none where all was read.
fn unread(view: &View<'_>) -> Option<String> {
    let state = view.state;
    let named = state.alarms.troubles.iter();
    let own = state.environments.iter().filter_map(|e| Some((&e.name, e.trouble.as_ref()?)));
    let unread = alarms::unread(state);
    let mut told: Vec<String> = Vec::new();
    // the first in full, the others by a word
    for (name, trouble) in named.chain(own).filter(|(name, _)| unread.contains(name)) {
        let clause = if told.is_empty() {
            format!("{name}: {}", view::sentence(trouble))
        } else {
            format!("{name}: {}", trouble.word())
        };
        told.push(clause);
    }
    if !state.alarms.more.is_empty() {
        let names: Vec<&str> = state.alarms.more.iter().map(EnvironmentName::as_str).collect();
        told.push(format!(
            "the account of {} has more alarms than the 1,000 that are read",
            names.join(", ")
        ));
    }
    (!told.is_empty()).then(|| told.join("; "))
}

fn said(canvas: &mut Canvas<'_>, view: &View<'_>, trouble: &Trouble) {
    let room = usize::from(canvas.width().saturating_sub(4));
    for (y, line) in (0..canvas.height()).zip(text::wrap(&view::sentence(trouble), room)) {
        canvas.put(2, y, &line, view.skin.warn);
    }
}
