//! The open service's log: where it is, and when it is read on.

use crate::{
    app::{
        Purpose, TimerKey,
        flow::Out,
        logs::{keep, shown, source, source_of, stay},
        runs::flight,
        schedule, service,
        state::{Older, ServiceView, State, Tab},
    },
    model::{
        Answer, Ask, LinesWanted, LogEvent, LogPage, ServiceKey, Stamp, Trouble,
        log::{LATE_MS, PAGE},
    },
};

/// Older lines asked for at once.
const BEFORE: u32 = 1_000;
/// Lines read at first, where there are as many: pages may hold less than they could.
const FIRST: usize = 100;
/// Milliseconds before a moment that is gone to from which lines are read.
const AROUND_MS: i64 = 60_000;
/// Milliseconds between steps of judging lines by a filter.
const SIFT_MS: u64 = 1;

/// Finds where the open service's application logs, and begins to read it when its tab is waiting for that.
pub(in crate::app) fn find_source(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_ref() else { return };
    let Some(detail) = view.detail.value.as_deref() else { return };
    let region = state.environment(&view.key.environment).map(|e| e.region.clone()).unwrap_or_default();
    let other = view.log_container.as_deref();
    let from =
        other.map_or_else(|| source(detail, &view.key, &region), |name| source_of(detail, name, &region));
    let Some(view) = state.service.as_mut() else { return };
    if from != view.log_from {
        view.log_from = from;
        clear(view);
        out.touch();
        if wanted(state) {
            ask(state, out);
        }
    }
}

/// Whether lines are read: for their tab, or for those of new tasks beside a rollout.
fn wanted(state: &State) -> bool {
    shown(state) || flight::watched(state) || flight::tab_rolls(state)
}

/// Forgets the lines that were read.
pub(in crate::app) fn clear(view: &mut ServiceView) {
    view.log.clear();
    view.log_next = None;
    view.log_since = Stamp(0);
    view.log_trouble = None;
    view.log_loading = false;
    view.log_back = Older::Idle;
    view.log_begun = false;
    view.log_goto = None;
}

/// Reads on: the end of the range first, then what comes after it. Lines of some seconds before the newest are read again,
/// since those of other tasks come in behind it.
pub(in crate::app) fn ask(state: &mut State, out: &mut Out) {
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
    let newest = view.log.ends().map(|(_, newest)| newest.plus(-LATE_MS));
    let since = newest.filter(|_| view.log_begun).unwrap_or(view.log_since).max(view.log_since);
    let (back, next) = (!view.log_begun, view.log_next.clone());
    let ask = LinesWanted { source, since, until: None, back, next, limit: PAGE };
    out.ask(&view.key.environment, Purpose::Logs(view.key.clone()), Ask::Lines(Box::new(ask)));
}

/// Reads anew from a moment on, and a little before it.
pub(in crate::app) fn read_from(state: &mut State, at: Stamp, out: &mut Out) {
    let Some(view) = state.service.as_mut() else { return };
    clear(view);
    (view.log_begun, view.log_goto) = (true, Some(at));
    view.log_since = at.plus(-AROUND_MS);
    // what comes after the first page is read when it is wanted
    view.log.cut = true;
    ask(state, out);
    out.touch();
}

/// The log is due.
pub(in crate::app) fn due(state: &mut State, out: &mut Out) {
    let follows = |view: &ServiceView| view.log_follow || view.log_next.is_some();
    if wanted(state) && (!shown(state) || state.service.as_ref().is_some_and(follows)) {
        ask(state, out);
    }
}

/// Lines came, or not.
pub(in crate::app) fn answered(
    state: &mut State,
    key: &ServiceKey,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let (_, page) = service::extent(state);
    let (showing, reading) = (shown(state), wanted(state));
    let Some(view) = state.service.as_mut().filter(|view| &view.key == key) else { return };
    // what was asked before the lines were forgotten is not waited for any more
    if !std::mem::take(&mut view.log_loading) {
        return;
    }
    let after = match result {
        Ok(Answer::Lines(LogPage { events, next })) => {
            out.changed |= view.log_trouble.take().is_some();
            let found = !events.is_empty();
            let first = !view.log_begun;
            if take(view, events, first) {
                out.touch();
            }
            // once a page is full, the first token leads to older ones, which are read when they are wanted
            view.log_begun = !first || next.is_none() || view.log.total() >= FIRST;
            view.log_next = next.filter(|_| !first || !view.log_begun);
            if view.log_next.is_none() {
                view.log.cut = false;
            } else if view.log.cut && !view.log_follow && found {
                view.log_next = None;
            }
            if let Some(at) = view.log_goto.take_if(|_| found || view.log_next.is_none()) {
                let place = view.log.at(at);
                if let Some(list) = view.list_mut(Tab::Logs) {
                    (list.offset, list.cursor) = (place, place);
                }
            }
            if showing {
                keep(view, page);
            }
            if view.log_next.is_some() { schedule::LOGS_MORE_MS } else { schedule::LOGS_MS }
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
    if reading {
        out.timer(TimerKey::Logs, after);
    }
}

/// Looks for lines before the oldest, as far back as there are any.
pub(in crate::app) fn ask_before(state: &mut State, out: &mut Out) {
    let showing = shown(state);
    let Some(view) = state.service.as_mut().filter(|_| showing) else { return };
    let Some(Ok(source)) = view.log_from.clone() else { return };
    let next = match &view.log_back {
        Older::Idle => None,
        Older::Asked => return,
        Older::Further(token) => Some(token.clone()),
    };
    if view.log.begun {
        return;
    }
    let until = view.log.ends().map_or(view.log_since, |(oldest, _)| oldest);
    view.log_back = Older::Asked;
    let ask = LinesWanted { source, since: Stamp(0), until: Some(until), back: true, next, limit: BEFORE };
    out.ask(&view.key.environment, Purpose::LogsBefore(view.key.clone()), Ask::Lines(Box::new(ask)));
    out.touch();
}

/// Older lines came, or not.
pub(in crate::app) fn answered_before(
    state: &mut State,
    key: &ServiceKey,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    let (_, page) = service::extent(state);
    let Some(view) = state.service.as_mut().filter(|view| &view.key == key) else { return };
    if std::mem::take(&mut view.log_back) != Older::Asked {
        return;
    }
    out.touch();
    match result {
        Ok(Answer::Lines(LogPage { events, next })) => {
            view.log_trouble = None;
            let fresh = take(view, events, true);
            view.log.begun = next.is_none() && !fresh;
            if !fresh && let Some(next) = next {
                // nothing yet, and more to look through
                view.log_back = Older::Further(next);
                out.timer(TimerKey::LogsBefore, schedule::LOGS_MORE_MS);
            }
            if fresh && !view.log_follow {
                // whoever went up at the top sees what was above
                let step = page.saturating_sub(1).max(1);
                if let Some(list) = view.list_mut(Tab::Logs) {
                    list.offset = list.offset.saturating_sub(step);
                }
                keep(view, page);
            }
        }
        Ok(_) => {}
        Err(trouble) => view.log_trouble = Some(trouble),
    }
}

/// Goes on judging lines by the filter.
pub(in crate::app) fn sift_on(state: &mut State, out: &mut Out) {
    let (_, page) = service::extent(state);
    let Some(view) = state.service.as_mut() else { return };
    let top = view.log.key(view.list_of(Tab::Logs).offset);
    let more = view.log.sift_on();
    stay(view, top);
    keep(view, page);
    out.touch();
    if more {
        out.timer(TimerKey::LogsSift, SIFT_MS);
    }
}

/// Sees to it that all lines are judged by a filter that was changed.
pub(in crate::app) fn sift_later(state: &State, out: &mut Out) {
    if state.service.as_ref().is_some_and(|view| view.log.is_judging()) {
        out.timer(TimerKey::LogsSift, SIFT_MS);
    }
}

/// Takes in lines, oldest first, without those that are there already; true when there were new ones. The page stays on its
/// lines.
fn take(view: &mut ServiceView, events: Vec<LogEvent>, back: bool) -> bool {
    let top = view.log.key(view.list_of(Tab::Logs).offset);
    let fresh = view.log.take(events, back);
    stay(view, top);
    fresh
}
