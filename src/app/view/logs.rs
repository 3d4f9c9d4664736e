//! The lines of the Logs tab.

use crate::{
    app::{
        filter::contains,
        state::{Screen, ServiceView, State, Tab},
    },
    model::{Kind, LogLine, LogSource, ServiceDetail, ServiceKey, container::Doubt},
};

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
