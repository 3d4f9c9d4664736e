//! The verbs of the service screen, and of its panel that says why it is not well.

mod mouse;
mod tabs;

use super::{
    charts as charts_tab,
    handler::{Handler, WHEEL},
    lines, logs, revisions,
};
use crate::{
    action::Action,
    app::{
        Mouse, charts,
        flow::Out,
        list,
        panels::why_panel,
        service::{areas, keep, narrow_log},
        state::{ListView, Older, Overlay, Screen, State, Tab},
        store::{
            environments::again,
            logs::sift_later,
            service::{ask, prepare, wake},
            why::ask as explain,
        },
    },
    model::ServiceKey,
};

/// The open service.
pub(super) struct Service;

impl Handler for Service {
    fn act(&self, state: &mut State, action: Action, out: &mut Out) -> bool {
        act(state, action, out)
    }

    fn keep(&self, state: &mut State) {
        keep(state);
    }

    fn shown(&self, state: &mut State, out: &mut Out) {
        wake(state, out);
    }

    fn filter<'a>(&self, state: &'a State) -> Option<&'a str> {
        state.service.as_ref().filter(|view| view.tab == Tab::Logs).map(|view| view.log_filter.as_str())
    }

    fn narrow(&self, state: &mut State, text: &str, out: &mut Out) {
        narrow_log(state, text);
        sift_later(state, out);
    }

    fn click(&self, state: &mut State, event: Mouse, twice: bool, out: &mut Out) {
        mouse::click(state, event, twice, out);
    }

    fn wheel(&self, state: &mut State, event: Mouse, out: &mut Out) -> bool {
        mouse::wheel(state, event, out)
    }

    fn wheel_lines(&self, state: &State) -> usize {
        // from chart to chart
        if charts::shown(state) { 1 } else { WHEEL }
    }
}

fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let Some(tab) = state.service.as_ref().map(|view| view.tab) else { return false };
    match action {
        Action::NextTab | Action::PreviousTab => {
            let (here, len) = (tab.place(), Tab::ALL.len());
            let there = if action == Action::NextTab { (here + 1) % len } else { (here + len - 1) % len };
            tabs::show(state, Tab::ALL.get(there).copied().unwrap_or_default(), out);
            return true;
        }
        Action::Sort | Action::SortReverse => return false,
        Action::Copy => return lines::copy(state, out),
        Action::Refresh => {
            refresh(state, out);
            return true;
        }
        Action::Back if state.service.as_ref().is_some_and(|view| view.why) => {
            if let Some(view) = state.service.as_mut() {
                view.why = false;
            }
            keep(state);
            return true;
        }
        Action::PageUp | Action::PageDown if scroll_why(state, action) => return true,
        _ => {}
    }
    if tab == Tab::Metrics && logs::is_of_the_log(action) {
        tabs::show(state, Tab::Logs, out);
        return logs::act(state, action, out);
    }
    match tab {
        Tab::Metrics => charts_tab::act(state, action, out),
        Tab::Logs => logs::act(state, action, out),
        Tab::Revisions => revisions::act(state, action, out),
        _ => lines::act(state, action, out),
    }
}

/// Scrolls the why panel, where it is open and does not fit; the tab keeps the other movements.
fn scroll_why(state: &mut State, action: Action) -> bool {
    let (rows, page) = why_panel(state, areas(state).why);
    let Some(view) = state.service.as_mut().filter(|_| page > 0 && rows.len() > page) else { return false };
    list::scroll(&mut view.why_scroll, rows.len(), page, action)
}

/// The panel that says why the service is not well.
pub(in crate::app) fn why(state: &mut State, key: ServiceKey, out: &mut Out) {
    if state.screen() == Screen::Service {
        if let Some(view) = state.service.as_mut() {
            view.why = !view.why;
            view.why_scroll = 0;
        }
        explain(state, out);
        keep(state);
        return;
    }
    prepare(state, key.clone());
    state.overlay = Some(Overlay::Why { key, list: ListView::default() });
    ask(state, out);
}

/// Asks again now at a person's wish.
fn refresh(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_mut() else { return };
    view.detail.loading = false;
    view.charts.series.loading = false;
    view.log_loading = false;
    view.log_back = Older::Idle;
    view.revisions.at = None;
    let name = view.key.environment.clone();
    let stale = state.environment(&name).and_then(|e| e.trouble.as_ref()).is_some();
    if stale {
        again(state, &name, false, out);
    }
    wake(state, out);
}
