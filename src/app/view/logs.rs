//! The lines of the Logs tab.

use crate::{
    app::{
        filter::contains,
        state::{Screen, ServiceView, State, Tab},
    },
    model::LogLine,
};

/// The lines shown: those that contain the tab's filter.
pub fn lines(view: &ServiceView) -> impl Iterator<Item = &LogLine> {
    let wanted = view.log_filter.to_lowercase();
    view.log.iter().filter(move |line| wanted.is_empty() || contains(&line.text, &wanted))
}

/// True while the Logs tab is what a filter would narrow.
pub fn shown(state: &State) -> bool {
    state.screen() == Screen::Service && state.service.as_ref().is_some_and(|view| view.tab == Tab::Logs)
}

/// Keeps the page on the lines: at the end while followed.
pub(in crate::app) fn keep(view: &mut ServiceView, page: usize) {
    let last = lines(view).count().saturating_sub(page);
    let follow = view.log_follow;
    if let Some(list) = view.list_mut(Tab::Logs) {
        list.offset = if follow { last } else { list.offset.min(last) };
        list.cursor = list.offset;
    }
}

/// Characters of the longest of these lines.
pub(in crate::app) fn longest<'a>(lines: impl Iterator<Item = &'a LogLine>) -> usize {
    lines.map(|line| line.text.chars().count()).max().unwrap_or(0)
}

/// True for lines that a person looking for trouble would stop at.
pub fn is_bad(text: &str) -> bool {
    ["error", "panic", "fatal", "exception"].iter().any(|word| contains(text, word))
}
