//! The Logs tab: the open service's log, followed.

use super::{
    Purpose, TimerKey, list,
    out::Out,
    schedule, service,
    state::{Screen, ServiceView, State, Tab},
    update::notice,
};
use crate::{
    action::Action,
    model::{
        Answer, Ask, Kind, LogChunk, LogLine, LogSource, Range, ServiceKey, Stamp, Trouble, container::Doubt,
    },
};

/// Lines kept.
pub const LINES_MAX: usize = 5_000;
/// Lines asked for at once.
const CHUNK: u32 = 500;

/// Finds where the open service's application logs, and begins to read it when its tab is waiting for that.
pub(super) fn find_source(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_ref() else { return };
    let Some(detail) = view.detail.value.as_deref() else { return };
    let region = state.environment(&view.key.environment).map(|e| e.region.clone()).unwrap_or_default();
    let from = match view.key.kind {
        Kind::AppRunner => match detail.service.service_id.as_str() {
            "" => Some(Err(
                "AWS does not tell this service's id, after which its log group is named.".to_owned()
            )),
            id => Some(Ok(LogSource {
                group: format!("/aws/apprunner/{}/{id}/application", view.key.name),
                ..LogSource::default()
            })),
        },
        // the application's container decides: a router's own lines are not the application's
        Kind::Ecs | Kind::Express => match detail.main_container() {
            Ok((main, _)) => Some(main.log.source(&main.name, &region)),
            Err(doubt @ Doubt::Several(_)) => {
                Some(Err(format!("Which container is the application is {}.", doubt.words())))
            }
            Err(_) => None,
        },
    };
    let Some(view) = state.service.as_mut() else { return };
    if from != view.log_from {
        view.log_from = from;
        clear(view);
        out.touch();
        if shown(state) {
            ask(state, out);
        }
    }
}

fn clear(view: &mut ServiceView) {
    view.log.clear();
    view.log_next = None;
    view.log_since = Stamp(0);
    view.log_trouble = None;
    view.log_loading = false;
}

/// Reads on.
pub(super) fn ask(state: &mut State, out: &mut Out) {
    let now = state.now;
    let Some(view) = state.service.as_mut() else { return };
    let Some(Ok(source)) = view.log_from.clone() else { return };
    if view.log_loading {
        return;
    }
    if view.log_since.0 == 0 {
        view.log_since = now.plus(-view.log_range.seconds().saturating_mul(1000));
        out.touch();
    }
    view.log_loading = true;
    let ask = Ask::Logs { source, since: view.log_since, next: view.log_next.clone(), limit: CHUNK };
    out.ask(&view.key.environment, Purpose::Logs(view.key.clone()), ask);
}

/// The log is due.
pub(super) fn due(state: &mut State, out: &mut Out) {
    if shown(state) && state.service.as_ref().is_some_and(|view| view.log_follow || view.log_next.is_some()) {
        ask(state, out);
    }
}

/// Lines came, or not.
pub(super) fn answered(state: &mut State, key: &ServiceKey, result: Result<Answer, Trouble>, out: &mut Out) {
    let (_, page) = service::extent(state);
    let showing = shown(state);
    let Some(view) = state.service.as_mut().filter(|view| &view.key == key) else { return };
    view.log_loading = false;
    let after = match result {
        Ok(Answer::Logs(LogChunk { lines, next })) => {
            out.changed |= view.log_trouble.take().is_some();
            if take(view, lines) {
                out.touch();
            }
            let more = next.is_some();
            view.log_next = next;
            if !more && let Some(last) = view.log.last() {
                // the last moment is read again, since more lines of it may come
                view.log_since = last.at;
            }
            if showing {
                keep(view, page);
            }
            if more { schedule::LOGS_MORE_MS } else { schedule::LOGS_MS }
        }
        Ok(_) => return,
        Err(trouble) => {
            out.changed |= view.log_trouble.as_ref() != Some(&trouble);
            view.log_trouble = Some(trouble);
            // a token does not outlive a failure
            view.log_next = None;
            schedule::LOGS_MS * 5
        }
    };
    if showing {
        out.timer(TimerKey::Logs, after);
    }
}

/// Takes in lines, oldest first, without those that are there already; true when there were new ones.
fn take(view: &mut ServiceView, lines: Vec<LogLine>) -> bool {
    let from = view.log.last().map(|line| line.at);
    let before = view.log.len();
    for line in lines {
        if from.is_some_and(|from| line.at <= from) {
            let known = view.log.iter().rev().take_while(|old| old.at >= line.at).any(|old| *old == line);
            if known {
                continue;
            }
            let place = view.log.partition_point(|old| old.at <= line.at);
            view.log.insert(place, line);
        } else {
            view.log.push(line);
        }
    }
    let fresh = view.log.len() != before;
    let over = view.log.len().saturating_sub(LINES_MAX);
    view.log.drain(..over);
    if let Some(list) = view.list_mut(Tab::Logs) {
        list.offset = list.offset.saturating_sub(over);
    }
    fresh
}

/// The lines shown: those that contain the tab's filter.
pub fn lines(view: &ServiceView) -> impl Iterator<Item = &LogLine> {
    let wanted = view.log_filter.to_lowercase();
    view.log.iter().filter(move |line| wanted.is_empty() || super::filter::contains(&line.text, &wanted))
}

/// Another filter of the lines.
pub(super) fn filter(state: &mut State, text: &str) {
    if let Some(view) = state.service.as_mut() {
        text.clone_into(&mut view.log_filter);
    }
    let (_, page) = service::extent(state);
    if let Some(view) = state.service.as_mut() {
        keep(view, page);
    }
}

/// True while the Logs tab is what a filter would narrow.
pub fn shown(state: &State) -> bool {
    state.screen() == Screen::Service && state.service.as_ref().is_some_and(|view| view.tab == Tab::Logs)
}

/// Keeps the page on the lines: at the end while followed.
pub(super) fn keep(view: &mut ServiceView, page: usize) {
    let last = lines(view).count().saturating_sub(page);
    let follow = view.log_follow;
    if let Some(list) = view.list_mut(Tab::Logs) {
        list.offset = if follow { last } else { list.offset.min(last) };
        list.cursor = list.offset;
    }
}

/// The verbs of the Logs tab; false when the verb is not one of them.
pub(super) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let (len, page) = service::extent(state);
    let Some(view) = state.service.as_mut() else { return false };
    match action {
        Action::Back if !view.log_filter.is_empty() => filter(state, ""),
        Action::Open => {
            view.log_follow = !view.log_follow;
            let text = if view.log_follow { "following the log" } else { "no longer following the log" };
            keep(view, page);
            ask(state, out);
            notice(state, out, text, false);
        }
        Action::Shorter | Action::Longer => {
            let place = Range::ALL.iter().position(|r| *r == view.log_range).unwrap_or(0);
            let to = if action == Action::Longer { Some(place + 1) } else { place.checked_sub(1) };
            if let Some(range) = to.and_then(|to| Range::ALL.get(to)) {
                view.log_range = *range;
                clear(view);
                ask(state, out);
                notice(state, out, format!("the log of the last {}", range.label()), false);
            } else {
                notice(state, out, "there is no such range", false);
            }
        }
        Action::NextMatch | Action::PreviousMatch => {
            let from = view.list_of(Tab::Logs).offset;
            let telling: Vec<bool> = lines(view).map(|line| is_bad(&line.text)).collect();
            let bad = |at: &usize| telling.get(*at).copied().unwrap_or(false);
            let found = if action == Action::NextMatch {
                (from + 1..len).find(bad)
            } else {
                (0..from).rev().find(bad)
            };
            match found {
                Some(at) => {
                    view.log_follow = false;
                    if let Some(list) = view.list_mut(Tab::Logs) {
                        list.offset = at;
                    }
                    keep(view, page);
                }
                None => notice(state, out, "no further line tells of an error", false),
            }
        }
        Action::Left | Action::Right => {
            let longest = longest(lines(view));
            list::sideways(&mut view.log_left, longest, action);
        }
        _ => {
            let Some(list) = view.list_mut(Tab::Logs) else { return false };
            let before = list.offset;
            if !list::scroll(&mut list.offset, len, page, action) {
                return false;
            }
            let at_end = list.offset >= len.saturating_sub(page);
            let back = list.offset < before || action == Action::Top;
            let was = view.log_follow;
            view.log_follow = at_end && !back;
            keep(view, page);
            if view.log_follow && !was {
                ask(state, out);
            }
        }
    }
    true
}

/// Characters of the longest of these lines.
pub(super) fn longest<'a>(lines: impl Iterator<Item = &'a LogLine>) -> usize {
    lines.map(|line| line.text.chars().count()).max().unwrap_or(0)
}

/// True for lines that a person looking for trouble would stop at.
pub fn is_bad(text: &str) -> bool {
    ["error", "panic", "fatal", "exception"].iter().any(|word| super::filter::contains(text, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: i64, text: &str) -> LogLine {
        LogLine { at: Stamp(at), stream: "s".into(), text: text.into() }
    }

    #[test]
    fn lines_are_taken_once_and_in_order() {
        let mut view = ServiceView::new(ServiceKey::new("a", Kind::Ecs, "a", "a"));
        assert!(take(&mut view, vec![line(1, "a"), line(2, "b")]));
        assert!(!take(&mut view, vec![line(2, "b")]));
        assert!(take(&mut view, vec![line(2, "b"), line(2, "c"), line(3, "d"), line(1, "late")]));
        let texts: Vec<&str> = view.log.iter().map(|l| l.text.as_str()).collect();
        assert_eq!(texts, ["a", "late", "b", "c", "d"]);
        take(&mut view, (4..10_000).map(|n| line(n, "x")).collect());
        assert_eq!(view.log.len(), LINES_MAX);
        assert_eq!(view.log.last().map(|l| l.at), Some(Stamp(9_999)));
    }
}
