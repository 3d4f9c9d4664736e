//! The verbs of the Logs tab.

use crate::{
    action::Action,
    app::{
        flow::{Out, notice},
        layout, list,
        logs::{containers, fits, keep, longest, moment, stay},
        runs::flight,
        service,
        state::{Line, ListView, Overlay, ServiceView, State, Tab},
        store::logs::{ask, ask_before, clear, find_source, read_from, sift_later},
    },
    config::zone,
    model::{LogEvent, Range, ServiceDetail, Stamp, log::short_task},
};

/// The verbs that lead to the log from the charts beside it.
pub(in crate::app) fn is_of_the_log(action: Action) -> bool {
    use Action::{Among, Container, GoTo, OnlyTask, TopErrors, Unfold, Wrap};
    matches!(action, Among | Container | GoTo | OnlyTask | TopErrors | Unfold | Wrap)
}

/// The verbs of the Logs tab; false when the verb is not one of them.
pub(in crate::app) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let (len, page) = service::extent(state);
    let area = layout::log(service::areas(state).body).0;
    let Some(view) = state.service.as_mut() else { return false };
    match action {
        Action::Back if !view.log_filter.is_empty() => {
            service::narrow_log(state, "");
            sift_later(state, out);
        }
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
            let forward = action == Action::NextMatch;
            let from = if view.log_follow { len.saturating_sub(1) } else { view.list_of(Tab::Logs).cursor };
            let here = view.log_follow && !forward && view.log.is_hit(from);
            let found = if here { Some(from) } else { view.log.hit(from, forward) };
            let finds = view.log.among() && !view.log.sieve().is_open();
            match found {
                Some(at) => {
                    view.log_follow = false;
                    if let Some(list) = view.list_mut(Tab::Logs) {
                        (list.offset, list.cursor) = (at, at);
                    }
                    keep(view, page);
                }
                None if finds => notice(state, out, "no further matches", false),
                None => notice(state, out, "no further error lines", false),
            }
        }
        Action::Among => {
            let among = !view.log.among();
            if view.log.sieve().is_open() {
                notice(state, out, "there is no filter: / types one", false);
                return true;
            }
            let top = view.log.key(view.list_of(Tab::Logs).offset);
            let sieve = view.log.sieve().clone();
            view.log.sift(sieve, among);
            stay(view, top);
            keep(view, page);
            sift_later(state, out);
            let told = if among { "all lines, n N go to the matches" } else { "the matches alone" };
            notice(state, out, told, false);
        }
        Action::Wrap => {
            view.log_wrap = !view.log_wrap;
            view.log_left = 0;
            let told = if view.log_wrap { "long lines are wrapped" } else { "long lines are cut" };
            again(state, out, told);
        }
        Action::Unfold => {
            view.log_unfold = !view.log_unfold;
            let told = if view.log_unfold { "JSON has a row for each member" } else { "JSON is folded" };
            again(state, out, told);
        }
        Action::OnlyTask => only_task(state, out),
        Action::Container => container(state, out),
        Action::TopErrors => top_errors(state, out),
        Action::GoTo => {
            state.overlay = Some(Overlay::Moment(Line::default()));
            out.touch();
        }
        Action::Left | Action::Right => {
            let from = view.list_of(Tab::Logs).offset;
            let shown = (from..from.saturating_add(page)).filter_map(|at| view.log.get(at));
            let longest = longest(shown.map(|event| &event.line));
            list::sideways(&mut view.log_left, longest, action);
        }
        _ => {
            // lines may have other heights above than below
            let top = view.list_of(Tab::Logs).offset;
            let page = if action == Action::PageUp {
                fits(view, (area.width, area.rows()), top, false)
            } else {
                page
            };
            let Some(list) = view.list_mut(Tab::Logs) else { return false };
            let before = list.offset;
            if !list::scroll(&mut list.offset, len, page, action) {
                return false;
            }
            list.cursor = list.offset;
            let at_end = list.offset >= len.saturating_sub(page);
            let back = list.offset < before || matches!(action, Action::Top | Action::PageUp | Action::Up);
            let was = view.log_follow;
            // newer ones may have been given up for older ones: they are read on, or the end anew
            let cut = view.log.cut && at_end && !back;
            if cut && action == Action::Bottom {
                clear(view);
            }
            view.log_follow = at_end && !back && !view.log.cut;
            keep(view, page);
            if cut {
                ask(state, out);
                return true;
            }
            let above = before == 0 && matches!(action, Action::PageUp | Action::Up | Action::Top);
            if view.log_follow && !was {
                ask(state, out);
            } else if above {
                before_all(state, out);
            }
        }
    }
    true
}

/// Lines have other heights now.
fn again(state: &mut State, out: &mut Out, told: &str) {
    let (_, page) = service::extent(state);
    if let Some(view) = state.service.as_mut() {
        keep(view, page);
    }
    notice(state, out, told, false);
}

/// The line under the cursor; while the newest is followed, that one.
fn selected(view: &ServiceView) -> Option<&LogEvent> {
    let last = view.log.len().checked_sub(1)?;
    view.log.get(if view.log_follow { last } else { view.list_of(Tab::Logs).cursor })
}

/// Only the lines of the selected line's task, or of all of them again: a word of the filter.
fn only_task(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_ref() else { return };
    let others: Vec<&str> = view.log_filter.split(' ').filter(|word| !word.starts_with("task:")).collect();
    let narrowed = others.len() < view.log_filter.split(' ').count();
    let task = selected(view).map(|event| short_task(&event.line.stream)).filter(|task| !task.is_empty());
    let (filter, told) = match task {
        _ if narrowed => (others.join(" "), "the log of all tasks".to_owned()),
        Some(task) => {
            let told = format!("the log of task {task} alone");
            (format!("task:{task} {}", view.log_filter).trim_end().to_owned(), told)
        }
        None => return notice(state, out, "there is no line to take the task of", false),
    };
    service::narrow_log(state, &filter);
    sift_later(state, out);
    notice(state, out, told, false);
}

/// The log of the next container that has one.
fn container(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_ref() else { return };
    let all: Vec<String> = view.detail.value.as_deref().map(containers).unwrap_or_default();
    let here = view.log_container.as_ref().and_then(|own| all.iter().position(|name| name == own));
    let next = match (here, &view.log_container) {
        (Some(here), _) => all.get(here + 1).cloned(),
        (None, Some(_)) => None,
        (None, None) => all.first().cloned(),
    };
    if all.is_empty() {
        return notice(state, out, "there is no other container whose log can be read", false);
    }
    let told = match &next {
        Some(name) => format!("the log of container {name}"),
        None => "the log of the application's container".to_owned(),
    };
    if let Some(view) = state.service.as_mut() {
        view.log_container = next;
    }
    find_source(state, out);
    notice(state, out, told, false);
}

/// The errors among the lines kept, counted by what they have in common.
fn top_errors(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_ref() else { return };
    let all = view.log.troubles();
    if all.is_empty() {
        return notice(state, out, "no error lines among those read", false);
    }
    let lines = all.iter().take(SHOWN);
    let lines = lines
        .map(|(told, count, last)| format!("{count:>6} ×  {told}  (last {})", zone::clock(*last)))
        .collect();
    let title = format!("Errors by kind, {} of {}", all.len().min(SHOWN), all.len());
    state.overlay = Some(Overlay::Text { title, lines, list: ListView::default() });
    out.touch();
}

/// Kinds of errors listed.
const SHOWN: usize = 50;

/// Goes to the moment that was typed: a time of day, how long ago, the last deployment, the last death of a task.
pub(in crate::app) fn go_to(state: &mut State, text: &str, out: &mut Out) {
    let text = text.trim();
    let at = match text {
        "" => return,
        "deploy" => state.service.as_ref().and_then(|view| flight::began(view.detail.value.as_deref()?)),
        "death" => state.service.as_ref().and_then(|view| last_death(view.detail.value.as_deref()?)),
        text => moment(text, state.now),
    };
    let Some(at) = at else {
        let told = match text {
            "deploy" => "no deployment is known".to_owned(),
            "death" => "no stopped task is known".to_owned(),
            _ => "type a time such as 21:06 or 2026-11-21 21:06, how long ago as in 2h, deploy or death"
                .to_owned(),
        };
        return notice(state, out, told, true);
    };
    let (_, page) = service::extent(state);
    let Some(view) = state.service.as_mut() else { return };
    view.log_follow = false;
    match view.log.ends() {
        Some((oldest, newest)) if (oldest <= at || view.log.begun) && (at <= newest || !view.log.cut) => {
            let place = view.log.at(at);
            if let Some(list) = view.list_mut(Tab::Logs) {
                (list.offset, list.cursor) = (place, place);
            }
            keep(view, page);
            out.touch();
        }
        // what was read is elsewhere: it is read anew from there on
        _ => read_from(state, at, out),
    }
}

/// When a task stopped last.
fn last_death(detail: &ServiceDetail) -> Option<Stamp> {
    detail.tasks.iter().filter_map(|task| task.stopped_at).max()
}

/// Up from the first line kept: what was written before it.
fn before_all(state: &mut State, out: &mut Out) {
    if state.service.as_ref().is_some_and(|view| view.log.begun) {
        notice(state, out, "there are no older lines", false);
    } else {
        ask_before(state, out);
    }
}
