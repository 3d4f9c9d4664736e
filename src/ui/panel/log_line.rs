//! A line of a log: clock time, the task it came from, what it says.

use super::lines::{self, Spans};
use crate::{
    app::logs::is_bad,
    model::{
        LogEvent, LogLine, Stamp,
        log::{Find, Level, short_task},
    },
    ui::{canvas::Canvas, skin::Skin, text, view::View},
};
use ratatui::{
    style::{Modifier, Style},
    text::Span,
};

/// Draws a line as the Logs tab does, its moment told once; for the log of a run.
pub fn draw(row: &mut Canvas<'_>, view: &View<'_>, line: &LogLine, left: usize) {
    let said = without_moment(&line.text, line.at);
    lines::draw(row, view, 1, &spans(&view.skin, line, said, false, left));
}

/// A log line: clock time, the end of its stream, its text without the first `left` characters.
pub fn spans(skin: &Skin, line: &LogLine, said: &str, streams: bool, left: usize) -> Vec<Span<'static>> {
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

/// A row of an event in the Logs tab: the first has clock time and task, each in its colour; what the filter finds is marked.
pub fn event_spans(
    skin: &Skin,
    event: &LogEvent,
    (row, said): (usize, &str),
    margin: usize,
    left: usize,
    finds: &[Find],
) -> Vec<Span<'static>> {
    let mut spans = Spans::default();
    if row > 0 {
        spans.push(" ".repeat(margin), skin.muted);
    } else {
        spans.push(format!("{} ", text::clock_seconds(event.line.at, &skin.zone)), skin.muted);
        if margin > 9 {
            let task = short_task(&event.line.stream);
            spans.push(format!("{task:<8} "), skin.series(hue(&task)));
        }
    }
    let style = match event.level {
        level if level >= Some(Level::Error) => skin.bad,
        Some(Level::Warn) => skin.warn,
        Some(Level::Debug | Level::Trace) => skin.muted,
        _ => skin.text,
    };
    if left > 0 {
        spans.push("…", style);
    }
    let shown: String = said.chars().skip(left).collect();
    let mut places: Vec<_> = finds.iter().flat_map(|find| find.places(&shown)).collect();
    places.sort_unstable_by_key(|place| (place.start, place.end));
    let mut from = 0;
    for place in places.into_iter().take(MARKED) {
        if place.start < from {
            continue;
        }
        spans.push(shown.get(from..place.start).unwrap_or_default(), style);
        let found = shown.get(place.clone()).unwrap_or_default();
        spans.push(found, style.add_modifier(Modifier::REVERSED));
        from = place.end;
    }
    spans.push(shown.get(from..).unwrap_or_default(), style);
    spans.0
}

/// Places marked in one row.
const MARKED: usize = 32;

/// Which of the colours of series a task has: always the same one.
fn hue(task: &str) -> usize {
    task.bytes().fold(7, |sum: usize, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)) % 65_521)
}

/// The text of a line without the moment it begins with, where that is the line's own: it is told already.
fn without_moment(text: &str, at: Stamp) -> &str {
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
