//! The lines of the Logs tab.

use crate::{
    app::state::{LineKey, Screen, ServiceView, State, Tab},
    config::{settings::value, zone},
    model::{
        Kind, LogEvent, LogLine, LogSource, ServiceDetail, ServiceKey, Stamp,
        container::Doubt,
        log::{Level, folded, unfolded},
    },
};
use std::time::Duration;
use unicode_width::UnicodeWidthChar;

/// The containers beside the application's whose logs can be read.
pub fn containers(detail: &ServiceDetail) -> Vec<String> {
    let main = detail.main_container().ok().map(|(main, _)| main.name.clone());
    let all = detail.task_definition.iter().flat_map(|definition| &definition.containers);
    let others = all.filter(|own| main.as_ref() != Some(&own.name));
    others.filter(|own| own.log.source(&own.name, "").is_ok()).map(|own| own.name.clone()).collect()
}

/// Where the log of one container is read, by its name.
pub fn source_of(detail: &ServiceDetail, container: &str, region: &str) -> Option<Result<LogSource, String>> {
    let mut all = detail.task_definition.iter().flat_map(|definition| &definition.containers);
    all.find(|own| own.name == container).map(|own| own.log.source(&own.name, region))
}

/// A moment as somebody types it: `21:06`, `21:06:30`, `2026-11-21 21:06`, `2h`; a time of day is the last one.
pub fn moment(text: &str, now: Stamp) -> Option<Stamp> {
    let year = Duration::from_hours(366 * 24);
    if let Ok(ago) = value::duration(text, Duration::from_secs(1), year) {
        return Some(now.plus(i64::try_from(ago.as_millis()).ok()?.saturating_neg()));
    }
    let zone = zone::system();
    let here = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone.clone());
    let stamp = |at: jiff::civil::DateTime| {
        at.to_zoned(zone.clone()).ok().map(|at| Stamp(at.timestamp().as_millisecond()))
    };
    if let Ok(at) = text.replacen(' ', "T", 1).parse::<jiff::civil::DateTime>() {
        return stamp(at);
    }
    let time: jiff::civil::Time = text.parse().ok()?;
    let today = stamp(here.date().to_datetime(time))?;
    if today <= now { Some(today) } else { stamp(here.date().yesterday().ok()?.to_datetime(time)) }
}

/// Where a service's application logs, or why that cannot be read; none while it is not known.
pub fn source(detail: &ServiceDetail, key: &ServiceKey, region: &str) -> Option<Result<LogSource, String>> {
    match key.kind {
        Kind::AppRunner => Some(match detail.service.service_id.as_str() {
            "" => Err("AWS does not give this service's id, after which its log group is named.".to_owned()),
            id => Ok(LogSource {
                group: format!("/aws/apprunner/{}/{id}/application", key.name),
                ..LogSource::default()
            }),
        }),
        // the application's container decides: a router's own lines are not the application's
        Kind::Ecs | Kind::Express => match detail.main_container() {
            Ok((main, _)) => Some(main.log.source(&main.name, region)),
            Err(doubt @ Doubt::Several(_)) => {
                Some(Err(format!("Which container is the application is {}.", doubt.words())))
            }
            Err(_) => None,
        },
    }
}

/// True while the Logs tab is what a filter would narrow.
pub fn shown(state: &State) -> bool {
    state.screen() == Screen::Service && state.service.as_ref().is_some_and(|view| view.tab == Tab::Logs)
}

/// Keeps the page on the lines: at the end while followed.
pub(in crate::app) fn keep(view: &mut ServiceView, page: usize) {
    let last = view.log.len().saturating_sub(page);
    let follow = view.log_follow;
    if let Some(list) = view.list_mut(Tab::Logs) {
        list.offset = if follow { last } else { list.offset.min(last) };
        list.cursor =
            if follow { list.offset } else { list.cursor.clamp(list.offset, list.offset + page.max(1) - 1) };
    }
}

/// Cells before the text of a line: its clock time, and its task where there is room for it.
pub fn margin(width: u16) -> usize {
    if width >= 100 { 18 } else { 9 }
}

/// The rows of a line that has so many cells: one, or several where it is wrapped or unfolded.
pub fn rows(view: &ServiceView, event: &LogEvent, width: u16) -> Vec<String> {
    let text = &event.line.text;
    let whole = if view.log_unfold { unfolded(text) } else { None };
    let whole = whole.unwrap_or_else(|| vec![folded(text)]);
    if !view.log_wrap {
        return whole;
    }
    let room = usize::from(width).saturating_sub(margin(width) + 2).max(8);
    whole.iter().flat_map(|row| wrapped(row, room)).collect()
}

/// Cuts a row into pieces of so many cells; blanks at its beginning stay.
fn wrapped(row: &str, room: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in row.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > room {
            pieces.push(String::new());
            used = 0;
        }
        used += wide;
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    pieces
}

/// How many lines fit a page of so many cells and rows, from a line on, or up to it.
pub fn fits(view: &ServiceView, (width, height): (u16, usize), at: usize, forward: bool) -> usize {
    if !view.log_wrap && !view.log_unfold {
        return height.max(1);
    }
    let (mut count, mut used) = (0, 0);
    let next = |count: usize| if forward { at.checked_add(count) } else { at.checked_sub(count + 1) };
    while let Some(event) = next(count).and_then(|index| view.log.get(index)) {
        used += rows(view, event, width).len();
        if used > height {
            break;
        }
        count += 1;
    }
    count.max(1)
}

/// Lines of a page: of the one shown.
pub fn page(view: &ServiceView, size: (u16, usize)) -> usize {
    if view.log_follow {
        fits(view, size, view.log.len(), false)
    } else {
        fits(view, size, view.list_of(Tab::Logs).offset, true)
    }
}

/// Puts the page back on the line that was its first, after others came or went.
pub(in crate::app) fn stay(view: &mut ServiceView, top: Option<LineKey>) {
    let Some(top) = top else { return };
    let place = view.log.place(top);
    if let Some(list) = view.list_mut(Tab::Logs) {
        list.cursor = (list.cursor + place).saturating_sub(list.offset);
        list.offset = place;
    }
}

/// Characters of the longest of these lines.
pub(in crate::app) fn longest<'a>(lines: impl Iterator<Item = &'a LogLine>) -> usize {
    lines.map(|line| line.text.chars().count()).max().unwrap_or(0)
}

/// True for lines that a person looking for trouble would stop at.
pub fn is_bad(text: &str) -> bool {
    Level::of(text) >= Some(Level::Error)
}
