//! Pinned services as small charts, with their state and version.

use super::{
    canvas::Canvas,
    glyph,
    text::{self, cells, width},
    view::{self, View},
    widget::chart::{self, Chart, Line},
};
use crate::{
    action::{Action, Context},
    app::{board, layout, state::BOARD_METRICS},
    model::{ServiceKey, ServiceState, board::DEFAULT},
};

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let (state, skin) = (view.state, &view.skin);
    let pins = state.board.pins();
    let (head, _, shown) = layout::board(view.size, pins.len(), state.board.list.offset);
    let mut line = canvas.part(view::rect(head));
    let mut x = 1;
    for metric in BOARD_METRICS {
        let own = metric == state.board.metric();
        x = line.put(x, 0, metric.title(), if own { skin.accent } else { skin.muted }) + 2;
    }
    if let Some((name, trouble)) = state.board.troubles.iter().next() {
        let told = format!("{name}: {}", view::sentence(trouble));
        let room = usize::from(line.width().saturating_sub(x + 1));
        line.put(x, 0, &text::end(&told, room), skin.warn);
    } else {
        let names = board::names(state);
        let place = names.iter().position(|name| *name == state.board.name).map_or(0, |place| place + 1);
        let several = names.len() > 1;
        let mut told = if several {
            format!("board {}, {place} of {}", state.board.name, names.len())
        } else {
            String::new()
        };
        if pins.len() > shown.len() {
            told = format!("{told}{}{} pinned", if several { ", " } else { "" }, pins.len());
        }
        if x + cells(width(&told)) + 1 < line.width() {
            line.put_right(line.width().saturating_sub(1), 0, &told, skin.muted);
        }
    }
    if pins.is_empty() {
        let pin = view.key_or_command(Context::Fleet, Action::Pin);
        let mut body = canvas.rows(head.y + 2, 2);
        let told = if state.board.name == DEFAULT {
            "Nothing is pinned.".to_owned()
        } else {
            format!("Nothing is pinned to “{}”.", state.board.name)
        };
        body.put(2, 0, &told, skin.text);
        body.put(2, 1, &format!("{pin} on a service pins it here."), skin.muted);
        return;
    }
    for (nth, area) in shown {
        if let Some(key) = pins.get(nth) {
            cell(&mut canvas.part(view::rect(area)), view, key, nth == state.board.list.cursor);
        }
    }
}

fn cell(canvas: &mut Canvas<'_>, view: &View<'_>, key: &ServiceKey, selected: bool) {
    let (state, skin) = (view.state, &view.skin);
    let row = state.rows.get(key);
    let known = row.map_or(ServiceState::Unknown, |row| row.state);
    if selected {
        canvas.tint(0, skin.selection);
        canvas.glyph(0, 0, glyph::CURSOR, skin.accent);
    }
    let base = if selected { skin.selection_text } else { skin.strong };
    canvas.glyph(2, 0, glyph::state(known), skin.state(known));
    let version =
        row.map_or_else(|| "not known".to_owned(), |row| state.images.words_within(&row.version, 14));
    let end = canvas.width().saturating_sub(2);
    let start = canvas.put_right(end, 0, &version, skin.muted);
    let environment = key.environment.as_str();
    let room = usize::from(start.saturating_sub(6 + cells(width(environment))));
    let x = canvas.put(4, 0, &text::middle(&key.name, room), base) + 1;
    canvas.put(x, 0, environment, view.hue(&key.environment));
    let metric = state.board.metric();
    let height = canvas.height().saturating_sub(2);
    let mut body = canvas.rows(1, height);
    let mut body = body.inset(1, 1);
    let series = state.board.series.get(key).and_then(|all| all.iter().find(|one| one.metric == metric));
    let Some(series) = series else {
        let told = not_read(view, key);
        body.put(2, 1, &text::end(&told, usize::from(body.width().saturating_sub(3))), skin.muted);
        return;
    };
    let chart = Chart {
        metric,
        lines: vec![Line { label: String::new(), nth: 0, series, style: skin.series(0) }],
        from: series.start,
        until: series.at(series.points.len().saturating_sub(1)),
        markers: &[],
        cursor: None,
        focused: false,
        empty: "no data within the hour",
        title: None,
        threshold: None,
    };
    chart::draw(&mut body, skin, &chart);
}

/// Why there is no chart.
fn not_read(view: &View<'_>, key: &ServiceKey) -> String {
    let state = view.state;
    let environment = state.environment(&key.environment);
    if state.board.reading.contains(&key.environment) {
        return "reading".to_owned();
    }
    if state.settings.cost_limit <= 0.0 {
        return "not read: cost_limit is 0".to_owned();
    }
    if let Some(trouble) = state.board.troubles.get(&key.environment) {
        return format!("not read: {}", trouble.word());
    }
    if let Some(until) = state.board.waits {
        return format!("read at {}: cost_limit", text::clock_seconds(until, &view.skin.zone));
    }
    match environment {
        None => format!("{} is no environment here", key.environment),
        Some(environment) => match &environment.trouble {
            Some(trouble) => format!("not read: {}", trouble.word()),
            None if environment.seen_at.is_some() && !state.rows.contains_key(key) => {
                "there is no such service".to_owned()
            }
            None => "no data yet".to_owned(),
        },
    }
}
