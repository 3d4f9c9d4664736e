//! The service screen: one service in depth, a tab at a time.

use super::{
    Effect, Purpose, TimerKey, changes, charts, environments, health,
    layout::{self, ServiceAreas},
    list, logs,
    out::Out,
    revisions,
    rows::{self, BodyRow},
    schedule,
    state::{ChartsView, ListView, Loaded, Overlay, Screen, ServiceView, State, Tab},
    update::{self, notice},
    why,
};
use crate::{
    action::Action,
    model::{Answer, Ask, Range, ServiceDetail, ServiceKey, ServiceState, Stamp, Trouble},
    ops::Wish,
};
use std::collections::HashMap;

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
            log_group: None,
            why: false,
            log_loading: false,
            log_filter: String::new(),
            log_since: Stamp(0),
            log_range: Range::M15,
            definitions: HashMap::new(),
            diff_scroll: 0,
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

fn ask(state: &mut State, out: &mut Out) {
    let Some(view) = state.service.as_mut() else { return };
    if view.detail.loading {
        return;
    }
    if view.detail.value.is_none() {
        out.touch();
    }
    view.detail.loading = true;
    out.ask(&view.key.environment, Purpose::Detail(view.key.clone()), Ask::Detail(view.key.clone()));
}

/// The open service is due.
pub(super) fn due(state: &mut State, out: &mut Out) {
    if update::service_shown(state) {
        ask(state, out);
    }
}

/// True while the open service's rollout goes on.
pub(super) fn is_rolling(state: &State) -> bool {
    state
        .service
        .as_ref()
        .and_then(|view| state.rows.get(&view.key))
        .is_some_and(|row| row.state == ServiceState::Rolling || row.rollout.is_some())
}

/// The service came, or not.
pub(super) fn answered(state: &mut State, key: &ServiceKey, result: Result<Answer, Trouble>, out: &mut Out) {
    let now = state.now;
    let Some(view) = state.service.as_mut().filter(|view| &view.key == key) else { return };
    view.detail.loading = false;
    match result {
        Ok(Answer::Detail(detail)) => {
            view.failures = 0;
            health::observe(&mut state.health, &detail);
            let row = detail.service.clone();
            let moved =
                view.detail.value.as_ref().is_some_and(|old| old.service.revision != detail.service.revision);
            out.changed |=
                differs(view.detail.value.as_deref_mut(), &detail) || view.detail.trouble.is_some();
            view.detail.value = Some(detail);
            view.detail.trouble = None;
            view.detail.at = Some(now);
            environments::apply(state, vec![row], out);
            charts::mark_deployments(state);
            logs::find_group(state, out);
            if moved {
                revisions::outdated(state, out);
            }
            keep(state);
        }
        Ok(_) => {}
        Err(trouble) => {
            view.failures = view.failures.saturating_add(1);
            out.changed |= view.detail.trouble.as_ref() != Some(&trouble);
            view.detail.trouble = Some(trouble);
        }
    }
    schedule_next(state, out);
}

fn schedule_next(state: &State, out: &mut Out) {
    let Some(view) = &state.service else { return };
    let every = if is_rolling(state) { schedule::ROLLING_MS } else { schedule::DETAIL_MS };
    let after = match &view.detail.trouble {
        // credentials may be back without a word: a person who looks at the service is waiting for it
        Some(trouble) => schedule::retry_after(every, view.failures, trouble),
        None => every,
    };
    if update::service_shown(state) {
        out.timer(TimerKey::Detail, after);
    }
}

/// True when the newer detail differs in anything but the moment it was read.
fn differs(old: Option<&mut ServiceDetail>, new: &ServiceDetail) -> bool {
    let Some(old) = old else { return true };
    old.seen_at = new.seen_at;
    old.service.seen_at = new.service.seen_at;
    old != new
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
        _ => (rows::body(view).len(), body.rows()),
    }
}

/// Keeps the cursor of the tab shown on a line it can stand on, and on the page.
pub(super) fn keep(state: &mut State) {
    let (len, page) = extent(state);
    let Some(view) = state.service.as_mut() else { return };
    let tab = view.tab;
    if tab == Tab::Logs {
        logs::keep(view, page);
        return;
    }
    let body = rows::body(view);
    let Some(list) = view.list_mut(tab) else { return };
    if !body.is_empty() {
        list.cursor = standing(&body, list.cursor, true);
    }
    layout::keep(list, len, page);
    show_heading(list, &body);
}

/// The nearest line the cursor can stand on, in one direction first.
fn standing(body: &[BodyRow], cursor: usize, down: bool) -> usize {
    let can = |at: &usize| body.get(*at).is_some_and(|row| row.selectable());
    let cursor = cursor.min(body.len().saturating_sub(1));
    let (below, above) = ((cursor..body.len()).find(can), (0..=cursor).rev().find(can));
    if down { below.or(above) } else { above.or(below) }.unwrap_or(cursor)
}

/// Shows the heading above the first line one can stand on.
fn show_heading(list: &mut ListView, body: &[BodyRow]) {
    if body.iter().take(list.cursor).all(|row| !row.selectable()) {
        list.offset = 0;
    }
}

/// The line under the cursor, on tabs that are lists of rows.
pub fn row(state: &State) -> Option<BodyRow> {
    let view = state.service.as_ref()?;
    rows::body(view).get(view.list().cursor).copied().filter(|row| row.selectable())
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
        _ => {}
    }
    match tab {
        Tab::Metrics => charts::act(state, action, out),
        Tab::Logs => logs::act(state, action, out),
        Tab::Revisions => revisions::act(state, action, out),
        _ => rows_act(state, action, out),
    }
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
            state.overlay = Some(Overlay::Text { title, lines });
        }
        Action::NextMatch | Action::PreviousMatch => telling(state, action == Action::NextMatch, out),
        _ => {
            let Some(view) = state.service.as_mut() else { return false };
            let body = rows::body(view);
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

/// Puts the cursor on a line of the tab, for the mouse.
pub(super) fn select(state: &mut State, cursor: usize) {
    let (len, page) = extent(state);
    let Some(view) = state.service.as_mut() else { return };
    let body = rows::body(view);
    if !body.is_empty() && !body.get(cursor).is_some_and(|row| row.selectable()) {
        return;
    }
    let Some(list) = view.list_mut(view.tab) else { return };
    list.cursor = cursor;
    layout::keep(list, len, page);
}

/// Goes to the next line that tells of something bad.
fn telling(state: &mut State, forward: bool, out: &mut Out) {
    let Some(view) = state.service.as_ref() else { return };
    let (Some(detail), body, from) = (view.detail.value.as_deref(), rows::body(view), view.list().cursor)
    else {
        return;
    };
    let bad = |at: &usize| match body.get(*at) {
        Some(BodyRow::Task { index, .. }) => detail
            .tasks
            .get(*index)
            .is_some_and(|t| (rows::is_stopped(t) && why::is_telling(t)) || t.health == "UNHEALTHY"),
        Some(BodyRow::Alarm(index)) => detail.alarms.get(*index).is_some_and(|a| a.state == "ALARM"),
        Some(BodyRow::Target(index)) => detail.targets.get(*index).is_some_and(|t| t.state == "unhealthy"),
        Some(BodyRow::Deployment(index)) => detail.deployments.get(*index).is_some_and(|d| d.failed > 0),
        Some(BodyRow::Gap(_)) => true,
        _ => false,
    };
    let len = body.len();
    let found = if forward {
        (1..=len).map(|step| (from + step) % len).find(bad)
    } else {
        (1..=len).map(|step| (from + len - step) % len).find(bad)
    };
    match found {
        Some(at) => select(state, at),
        None => notice(state, out, "nothing on this tab needs attention", false),
    }
}

/// All that is known of the line under the cursor: title and lines.
fn told(state: &State) -> Option<(String, Vec<String>)> {
    let detail = state.service.as_ref()?.detail.value.as_deref()?;
    Some(match row(state)? {
        BodyRow::Task { index, .. } => {
            let task = detail.tasks.get(index)?;
            let mut lines = vec![
                task.arn.clone(),
                format!(
                    "{} (wanted {}), {}",
                    task.last_status,
                    task.desired_status,
                    task.health.to_lowercase()
                ),
                task.task_definition.clone(),
            ];
            for container in &task.containers {
                let code = container
                    .exit_code
                    .map_or_else(|| "no exit code".to_owned(), |c| format!("exit code {c}"));
                lines.push(format!(
                    "{}: {}, {code} {}",
                    container.name, container.last_status, container.reason
                ));
                lines.push(format!(
                    "  {} {}",
                    container.image,
                    container.digest.as_deref().unwrap_or_default()
                ));
            }
            lines.push([task.stop_code.as_str(), task.stopped_reason.as_str()].join(" "));
            lines.push(
                [task.size.as_str(), task.zone.as_str(), task.address.as_deref().unwrap_or_default()]
                    .join(" "),
            );
            lines.retain(|line| !line.trim().is_empty());
            (format!("Task {}", task.id), lines)
        }
        BodyRow::Deployment(index) => {
            let found = detail.deployments.get(index)?;
            let lines = vec![
                found.id.clone(),
                found.task_definition.clone(),
                found.version.image.clone(),
                format!("{} of {} run, {} on their way", found.running, found.desired, found.pending),
                format!("{} {}", found.rollout_state, found.reason),
            ];
            (format!("Deployment {}", found.status.to_lowercase()), lines)
        }
        BodyRow::History(index) => {
            let found = detail.history.get(index)?;
            let mut lines = vec![
                found.arn.clone(),
                format!("{} {}", found.status.word(), found.reason),
                found.task_definition.clone().unwrap_or_default(),
                found.version.image.clone(),
            ];
            if let Some((why, _)) = &found.rollback {
                lines.push(format!("rolled back: {why}"));
            }
            lines.retain(|line| !line.trim().is_empty());
            ("Rollout".to_owned(), lines)
        }
        BodyRow::Operation(index) => {
            let found = detail.operations.get(index)?;
            (found.kind.clone(), vec![found.id.clone(), found.status.clone()])
        }
        BodyRow::Alarm(index) => {
            let found = detail.alarms.get(index)?;
            (found.name.clone(), vec![found.state.clone(), found.rule.clone(), found.reason.clone()])
        }
        BodyRow::Target(index) => {
            let found = detail.targets.get(index)?;
            (
                format!("Target {}:{}", found.id, found.port),
                vec![found.state.clone(), found.reason.clone(), found.description.clone()],
            )
        }
        BodyRow::Event(index) => ("Event".to_owned(), vec![detail.events.get(index)?.text.clone()]),
        BodyRow::Gap(index) => ("Not readable".to_owned(), vec![detail.gaps.get(index)?.to_string()]),
        BodyRow::Config(index) => {
            let (section, name, value) = detail.config.get(index)?;
            (format!("{section}: {name}"), vec![value.clone()])
        }
        BodyRow::Blank | BodyRow::Heading(_) | BodyRow::Section(_) => return None,
    })
}

/// The panel that says why the service is not well.
pub(super) fn why(state: &mut State, key: ServiceKey, out: &mut Out) {
    if state.screen() == Screen::Service {
        if let Some(view) = state.service.as_mut() {
            view.why = !view.why;
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

/// Copies what is under the cursor, where that has an ARN; false to copy the service's.
pub(super) fn copy(state: &mut State, out: &mut Out) -> bool {
    let found = state.service.as_ref().and_then(|view| {
        let detail = view.detail.value.as_deref();
        if view.tab == Tab::Revisions {
            let revision = view.revisions.value.as_ref()?.get(view.list().cursor)?;
            let arn = &revision.task_definition;
            return Some(if arn.is_empty() { revision.version.image.clone() } else { arn.clone() });
        }
        match row(state)? {
            BodyRow::Task { index, .. } => Some(detail?.tasks.get(index)?.arn.clone()),
            BodyRow::Deployment(index) => Some(detail?.deployments.get(index)?.task_definition.clone()),
            BodyRow::History(index) => Some(detail?.history.get(index)?.arn.clone()),
            BodyRow::Config(index) => Some(detail?.config.get(index)?.2.clone()),
            BodyRow::Event(index) => Some(detail?.events.get(index)?.text.clone()),
            _ => None,
        }
    });
    let Some(text) = found.filter(|text| !text.is_empty()) else { return false };
    notice(state, out, format!("copied {text}"), false);
    out.push(Effect::Copy(text));
    true
}

/// The task under the cursor of the Tasks or Rollout tab, where it still runs.
pub(super) fn selected_task(state: &State) -> Option<String> {
    let Some(BodyRow::Task { index, .. }) = row(state) else { return None };
    let task = state.service.as_ref()?.detail.value.as_ref()?.tasks.get(index)?;
    (!rows::is_stopped(task)).then(|| task.arn.clone())
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
