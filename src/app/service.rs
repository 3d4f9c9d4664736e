//! The service screen: one service in depth, a tab at a time.

mod cursor;
mod read;
mod told;

pub use cursor::row;
pub use read::waits;
pub(super) use {
    cursor::{choose_side, select, selected_task},
    read::{answered, due, is_rolling},
    told::copy,
};

use super::{
    changes, charts, environments,
    layout::{self, ServiceAreas},
    list, logs,
    out::Out,
    overlay, revisions, rows,
    state::{ChartsView, ListView, Loaded, Overlay, Screen, ServiceView, State, Tab},
    update::notice,
};
use crate::{
    action::Action,
    model::{Range, ServiceKey, Stamp},
    ops::Wish,
};
use cursor::{show_heading, standing, telling};
use read::ask;
use std::collections::HashMap;
use told::told;

impl ServiceView {
    /// The view of a service of which nothing is known yet.
    pub fn new(key: ServiceKey) -> Self {
        Self {
            key,
            tab: Tab::Rollout,
            lists: [ListView::default(); 7],
            detail: Loaded::default(),
            charts: ChartsView::default(),
            revisions: Loaded::default(),
            difference: None,
            log: Vec::new(),
            log_next: None,
            log_follow: true,
            log_trouble: None,
            log_from: None,
            why: false,
            log_loading: false,
            log_filter: String::new(),
            log_since: Stamp(0),
            log_range: Range::M15,
            definitions: HashMap::new(),
            diff_scroll: 0,
            old_side: false,
            stage: None,
            log_left: 0,
            why_scroll: 0,
            failures: 0,
        }
    }

    /// Cursor and scroll of the tab shown.
    pub fn list(&self) -> ListView {
        self.list_of(self.tab)
    }

    /// Cursor and scroll of a tab.
    pub fn list_of(&self, tab: Tab) -> ListView {
        self.lists.get(place(tab)).copied().unwrap_or_default()
    }

    /// The same, to be changed.
    pub(super) fn list_mut(&mut self, tab: Tab) -> Option<&mut ListView> {
        self.lists.get_mut(place(tab))
    }
}

fn place(tab: Tab) -> usize {
    Tab::ALL.iter().position(|t| *t == tab).unwrap_or(0)
}

/// Opens a service, on a tab or on the one it was left on.
pub(super) fn open(state: &mut State, key: ServiceKey, tab: Option<Tab>, out: &mut Out) {
    prepare(state, key);
    let fresh = state.screen() != Screen::Service;
    if let Some(view) = state.service.as_mut() {
        view.tab = tab.unwrap_or(view.tab);
        view.why &= !fresh;
    }
    super::navigate::go(state, Screen::Service, out);
}

/// Makes it the open service, without showing its screen.
fn prepare(state: &mut State, key: ServiceKey) {
    if state.service.as_ref().is_none_or(|view| view.key != key) {
        let range = state.service.as_ref().map(|view| view.charts.range).unwrap_or_default();
        let mut view = ServiceView::new(key);
        view.charts.range = range;
        state.service = Some(view);
    }
}

/// The screen comes up: what it shows is read anew.
pub(super) fn wake(state: &mut State, out: &mut Out) {
    ask(state, out);
    tab_shown(state, out);
}

/// A tab comes up: what it shows is read.
pub(super) fn tab_shown(state: &mut State, out: &mut Out) {
    match state.service.as_ref().map(|view| view.tab) {
        Some(Tab::Metrics) => charts::ask(state, out),
        Some(Tab::Logs) => logs::ask(state, out),
        Some(Tab::Revisions) => revisions::ask(state, out),
        _ => {}
    }
    keep(state);
}

/// The live run on the open service, if any.
pub fn live_run(state: &State) -> Option<&crate::model::RunId> {
    let key = &state.service.as_ref()?.key;
    let mut own: Vec<_> =
        state.runs.live.iter().filter(|(_, run)| &run.view().header.key == key).map(|(id, _)| id).collect();
    own.sort();
    own.last().copied()
}

/// The screen's parts.
pub fn areas(state: &State) -> ServiceAreas {
    let why = state.service.as_ref().is_some_and(|view| view.why);
    layout::service(state.size, why, live_run(state).is_some())
}

/// Lines of the tab shown, and lines of a page of it.
pub(super) fn extent(state: &State) -> (usize, usize) {
    let Some(view) = &state.service else { return (0, 1) };
    let body = areas(state).body;
    match view.tab {
        Tab::Metrics => (super::state::CHARTS.len(), 1),
        Tab::Logs => (logs::lines(view).count(), layout::log(body).0.rows()),
        Tab::Revisions => {
            let count = view.revisions.value.as_ref().map_or(0, Vec::len);
            (count, layout::revisions(body, count).0.rows().saturating_sub(1))
        }
        _ => (rows::body(view, body.width).len(), body.rows()),
    }
}

/// Keeps the cursor of the tab shown on a line it can stand on, and on the page.
pub(super) fn keep(state: &mut State) {
    let (len, page) = extent(state);
    let width = areas(state).body.width;
    let Some(view) = state.service.as_mut() else { return };
    let tab = view.tab;
    if tab == Tab::Logs {
        logs::keep(view, page);
        return;
    }
    let body = rows::body(view, width);
    let Some(list) = view.list_mut(tab) else { return };
    if !body.is_empty() {
        list.cursor = standing(&body, list.cursor, true);
    }
    layout::keep(list, len, page);
    show_heading(list, &body);
}

/// The verbs of the service screen; false when the verb is not one of them.
pub(super) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let Some(tab) = state.service.as_ref().map(|view| view.tab) else { return false };
    match action {
        Action::NextTab | Action::PreviousTab => {
            let (here, len) = (place(tab), Tab::ALL.len());
            let there = if action == Action::NextTab { (here + 1) % len } else { (here + len - 1) % len };
            show_tab(state, Tab::ALL.get(there).copied().unwrap_or_default(), out);
            return true;
        }
        Action::Sort | Action::SortReverse => return false,
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
    match tab {
        Tab::Metrics => charts::act(state, action, out),
        Tab::Logs => logs::act(state, action, out),
        Tab::Revisions => revisions::act(state, action, out),
        _ => rows_act(state, action, out),
    }
}

/// Scrolls the why panel, where it is open and does not fit; the tab keeps the other movements.
fn scroll_why(state: &mut State, action: Action) -> bool {
    let (rows, page) = overlay::why_panel(state, areas(state).why);
    let Some(view) = state.service.as_mut().filter(|_| page > 0 && rows.len() > page) else { return false };
    list::scroll(&mut view.why_scroll, rows.len(), page, action)
}

/// Shows another tab.
pub(super) fn show_tab(state: &mut State, tab: Tab, out: &mut Out) {
    if let Some(view) = state.service.as_mut() {
        view.tab = tab;
    }
    out.touch();
    tab_shown(state, out);
}

fn rows_act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let (len, page) = extent(state);
    match action {
        Action::Open => {
            let Some((title, text)) = told(state) else {
                notice(state, out, "there is nothing here to open", false);
                return true;
            };
            let width = layout::small_width(state.size);
            let lines = text.iter().flat_map(|line| layout::wrap(line, width)).collect();
            state.overlay = Some(Overlay::Text { title, lines, list: ListView::default() });
        }
        Action::NextMatch | Action::PreviousMatch => telling(state, action == Action::NextMatch, out),
        Action::Left | Action::Right => return choose_side(state, action == Action::Right),
        _ => {
            let width = areas(state).body.width;
            let Some(view) = state.service.as_mut() else { return false };
            let body = rows::body(view, width);
            let Some(list) = view.list_mut(view.tab) else { return false };
            let Some(to) = list::moved(list.cursor, len, page, action) else { return false };
            let down = to > list.cursor || action == Action::Top;
            list.cursor = standing(&body, to, down);
            layout::keep(list, len, page);
            show_heading(list, &body);
        }
    }
    true
}

/// The panel that says why the service is not well.
pub(super) fn why(state: &mut State, key: ServiceKey, out: &mut Out) {
    if state.screen() == Screen::Service {
        if let Some(view) = state.service.as_mut() {
            view.why = !view.why;
            view.why_scroll = 0;
        }
        keep(state);
        return;
    }
    prepare(state, key.clone());
    state.overlay = Some(Overlay::Why { key, list: ListView::default() });
    ask(state, out);
}

/// Asks again now at a person's wish.
pub(super) fn refresh(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_mut() else { return };
    view.detail.loading = false;
    view.charts.series.loading = false;
    view.log_loading = false;
    view.revisions.at = None;
    let name = view.key.environment.clone();
    let stale = state.environment(&name).and_then(|e| e.trouble.as_ref()).is_some();
    if stale {
        environments::again(state, &name, false, out);
    }
    wake(state, out);
}

/// Plans to go back to the selected revision.
pub(super) fn roll_back_to_selected(state: &mut State, out: &mut Out) {
    let Some(view) = &state.service else { return };
    let revision = view.revisions.value.as_ref().and_then(|all| all.get(view.list_of(Tab::Revisions).cursor));
    match revision.cloned() {
        Some(revision) if revision.current => {
            notice(
                state,
                out,
                format!("{} is what is set now; choose an earlier one", revision.label),
                false,
            );
        }
        Some(revision) => {
            let key = view.key.clone();
            changes::plan(state, key, Wish::RollBack { to: Some(revision) }, out);
        }
        None => notice(state, out, "no revision is known yet", false),
    }
}
