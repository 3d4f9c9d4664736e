//! The log of a service: time, the task it came from, what it says.

use super::lines::{self, Spans};
use crate::{
    app::{
        layout,
        logs::{is_bad, lines as lines_shown},
        state::ServiceView,
    },
    model::{Kind, LogLine, Stamp},
    ui::{
        canvas::Canvas,
        glyph,
        skin::Skin,
        text,
        view::{self, View},
        widget::list,
    },
};
use ratatui::{style::Style, text::Span};

/// Draws the tab.
pub fn draw(body: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let (area, status) = layout::log(layout::Area::new(0, 0, body.width(), body.height()));
    let mut page = body.part(view::rect(area));
    if open.log.is_empty() {
        nothing(&mut page, view, open);
    }
    let at = open.list();
    let offset = if open.log_follow { usize::MAX } else { at.offset };
    let entries: Vec<&LogLine> = lines_shown(open).collect();
    let shown = list::window(entries.len(), offset, page.height());
    let mut whole = None;
    for (y, index) in (0..).zip(shown.clone()) {
        let Some(entry) = entries.get(index) else { continue };
        let spans = line_spans(&view.skin, entry, &entry.text, page.width() >= 100, open.log_left);
        let selected = !open.log_follow && index == at.cursor;
        let mut row = page.rows(y, 1);
        if selected {
            row.tint(0, view.skin.selection);
            row.glyph(0, 0, glyph::CURSOR, view.skin.accent);
        }
        if lines::draw(&mut row, view, 1, &spans) && selected {
            whole = Some((y, spans));
        }
    }
    list::scrollbar(&mut page, &view.skin, entries.len(), &shown);
    if let Some((y, spans)) = whole {
        lines::whole(&mut page, view, y, &spans);
    }
    foot(&mut body.part(view::rect(status)), view, open, shown.end);
}

/// A log line: clock time, the end of its stream, its text without the first `left` characters.
pub fn line_spans(skin: &Skin, line: &LogLine, said: &str, streams: bool, left: usize) -> Vec<Span<'static>> {
    let mut spans = Spans::default();
    spans.push(format!("{} ", text::clock_seconds(line.at, &skin.zone)), skin.muted);
    if streams && !line.stream.is_empty() {
        let task = line.stream.rsplit('/').next().unwrap_or_default();
        spans.push(format!("{} ", task.chars().take(8).collect::<String>()), skin.faint);
    }
    let shown: String = said.chars().skip(left).collect();
    spans.push(if left > 0 { format!("…{shown}") } else { shown }, level(skin, said));
    spans.0
}

/// The text of a line without the moment it begins with, where that is the line's own: it is told already.
pub fn without_moment(text: &str, at: Stamp) -> &str {
    const SHAPE: &[u8] = b"0000/00/00 00:00:00";
    let Some((head, rest)) = text.split_at_checked(SHAPE.len()) else { return text };
    let fits = head.bytes().zip(SHAPE).all(|(own, shape)| match shape {
        b'0' => own.is_ascii_digit(),
        b'/' => matches!(own, b'/' | b'-'),
        b' ' => matches!(own, b' ' | b'T'),
        _ => own == *shape,
    });
    let number = |from: usize| head.get(from..from + 2).and_then(|n| n.parse::<i64>().ok());
    let (true, Some(minutes), Some(seconds)) = (fits, number(14), number(17)) else { return text };
    // zones differ by half hours; the line is taken down a moment after it was printed
    let apart = (at.secs() - minutes * 60 - seconds).rem_euclid(HALF_HOUR_S);
    if apart.min(HALF_HOUR_S - apart) > 60 {
        return text;
    }
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | 'Z'));
    rest.strip_prefix(' ').map_or(text, str::trim_start)
}

const HALF_HOUR_S: i64 = 1_800;

/// The style of a line by the words in its first part.
fn level(skin: &Skin, text: &str) -> Style {
    let head: String = text.chars().take(80).collect::<String>().to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| head.contains(word));
    if is_bad(text) {
        skin.bad
    } else if has(&["warn"]) {
        skin.warn
    } else {
        skin.text
    }
}

fn nothing(page: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView) {
    let told = match (&open.log_trouble, &open.log_from) {
        (Some(trouble), _) => view::sentence(trouble),
        (None, Some(Ok(source))) if open.log_loading => format!("Reading the log group {source}."),
        (None, Some(Ok(source))) => format!("The log group {source} says nothing for this time."),
        (None, Some(Err(why))) => why.clone(),
        (None, None) if open.detail.value.is_none() => "Reading where this service logs.".to_owned(),
        (None, None) => {
            "Where this service logs is not known: its task definition could not be read.".to_owned()
        }
    };
    let style = if open.log_trouble.is_some() { view.skin.warn } else { view.skin.muted };
    for (y, line) in (1..).zip(text::wrap(&told, usize::from(page.width().saturating_sub(4)))) {
        page.put(2, y, &line, style);
    }
}

/// Group, whether new lines are followed, trouble.
fn foot(canvas: &mut Canvas<'_>, view: &View<'_>, open: &ServiceView, last: usize) {
    let skin = &view.skin;
    if open.log.is_empty() {
        return;
    }
    let Some(Ok(source)) = &open.log_from else { return };
    // whoever reads the whole group reads others' lines too
    let whole = source.stream.is_none() && source.prefix.is_none() && open.key.kind != Kind::AppRunner;
    let group = format!("{source}{}", if whole { ", all streams" } else { "" });
    let told = match open.log_filter.as_str() {
        "" => format!("{} of {group}", open.log_range.label()),
        filter => format!("/{filter}  {} of {group}", open.log_range.label()),
    };
    let x = canvas.put(1, 0, &text::middle(&told, usize::from(canvas.width() / 2)), skin.muted) + 2;
    if let Some(trouble) = &open.log_trouble {
        let room = usize::from(canvas.width().saturating_sub(x + 1));
        canvas.put(x, 0, &text::end(&format!("× {}", view::sentence(trouble)), room), skin.warn);
        return;
    }
    let total = lines_shown(open).count();
    let (mut told, style) = if open.log_follow {
        (format!("following, {}", text::count(total, "line", "lines")), skin.ok)
    } else {
        (format!("line {last} of {total}, not following"), skin.warn)
    };
    if open.log_left > 0 {
        told = format!("from column {}, {told}", open.log_left + 1);
    }
    canvas.put_right(canvas.width().saturating_sub(1), 0, &told, style);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_once() {
        // 21 November 2026, 21:00:00 UTC
        let at = Stamp::from_secs(1_795_294_800);
        for (text, told) in [
            ("2026/11/21 21:00:01 OK   00001_users.sql (12ms)", "OK   00001_users.sql (12ms)"),
            ("2026-11-21T20:59:58.123Z starting", "starting"),
            ("2026-11-21 14:30:00,5 half an hour off", "half an hour off"),
            ("2026/11/21 21:07:01 of another moment", "2026/11/21 21:07:01 of another moment"),
            ("2026/11/21 21:00:01", "2026/11/21 21:00:01"),
            ("goose: no migrations to run", "goose: no migrations to run"),
            ("ünïcödé ünïcödé ünïcödé", "ünïcödé ünïcödé ünïcödé"),
        ] {
            assert_eq!(without_moment(text, at), told);
        }
    }
}
