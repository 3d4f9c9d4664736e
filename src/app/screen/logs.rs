//! The verbs of the Logs tab.

use crate::{
    action::Action,
    app::{
        flow::{Out, notice},
        list,
        logs::{is_bad, keep, lines, longest},
        service,
        state::{State, Tab},
        store::logs::{ask, clear},
    },
    model::Range,
};

/// The verbs of the Logs tab; false when the verb is not one of them.
pub(in crate::app) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let (len, page) = service::extent(state);
    let Some(view) = state.service.as_mut() else { return false };
    match action {
        Action::Back if !view.log_filter.is_empty() => service::narrow_log(state, ""),
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
                None => notice(state, out, "no further error lines", false),
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
