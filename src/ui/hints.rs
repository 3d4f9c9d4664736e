//! The last line: what can be pressed here, what matters most first; or a notice, or keys that wait for
//! more, or the filter being typed.

use super::{
    canvas::Canvas,
    text::{self, cells, width},
    view::View,
};
use crate::{
    action::{Action, Context},
    app::{
        alarms, board, environments,
        filter_scope::FilterScope,
        fleet as rows, logs, runs, service,
        state::{Overlay, Screen, Tab},
        subject, timeline,
    },
    model::Protection,
};

/// Draws it; returns the column of the cursor where something is typed.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) -> Option<u16> {
    let (state, skin) = (view.state, &view.skin);
    if let Some(Overlay::Filter(line)) = &state.overlay {
        return Some(filter(canvas, view, line));
    }
    if state.overlay.is_some() && state.notice.is_none() {
        // a dialog says itself how to go on
        return None;
    }
    let right = aside(view);
    let end = canvas.width().saturating_sub(1);
    let start = if right.is_empty() { end } else { canvas.put_right(end, 0, &right, skin.muted) };
    let room = start.saturating_sub(3);
    if !state.pending_keys.is_empty() {
        pending(canvas, view, room);
    } else if let Some(notice) = &state.notice {
        let (mark, style) = if notice.bad { ("▲ ", skin.bad) } else { ("● ", skin.info) };
        let x = canvas.put(1, 0, mark, style);
        let room = usize::from((room + 1).saturating_sub(x));
        canvas.put(x, 0, &text::end(&notice.text, room), if notice.bad { skin.warn } else { skin.text });
    } else {
        let list = hints(view);
        line(canvas, view, list.into_iter(), room);
    }
    None
}

fn line(canvas: &mut Canvas<'_>, view: &View<'_>, list: impl Iterator<Item = (String, String)>, room: u16) {
    let mut x = 1;
    for (key, title) in list {
        let wide = cells(width(&key) + 1 + width(&title));
        if x + wide > room {
            continue;
        }
        let at = canvas.put(x, 0, &key, view.skin.key);
        x = canvas.put(at + 1, 0, &title, view.skin.hint) + 2;
    }
}

/// The keys so far and what may follow.
fn pending(canvas: &mut Canvas<'_>, view: &View<'_>, room: u16) {
    let (state, skin) = (view.state, &view.skin);
    let keys: Vec<String> = state.pending_keys.iter().map(ToString::to_string).collect();
    let x = canvas.put(1, 0, &format!("{} …", keys.join(" ")), skin.accent) + 2;
    let next = state.keymap.continuations(state.context(), &state.pending_keys);
    let mut rest = canvas.part(ratatui::layout::Rect::new(x, 0, room.saturating_sub(x), 1));
    let list = next.into_iter().map(|(key, action)| (key, action.title().to_owned()));
    let room = rest.width();
    line(&mut rest, view, list, room);
}

/// The right side: where in the list one is, and the filter.
fn aside(view: &View<'_>) -> String {
    let state = view.state;
    match state.screen() {
        Screen::Fleet => {
            let fleet = &state.fleet;
            let (at, of) = if fleet.matrix {
                (fleet.cell.0, fleet.applications.len())
            } else {
                (fleet.cursor, fleet.shown.len())
            };
            let place = if of == 0 { String::new() } else { format!("{} of {of}", at + 1) };
            match fleet.filter.trim() {
                "" => place,
                filter => {
                    let room = usize::from(view.size.0 / 3);
                    format!("/{}  {place}", text::middle(filter, room)).trim_end().to_owned()
                }
            }
        }
        Screen::Runs if state.runs.open.is_none() && !state.runs.filter.trim().is_empty() => {
            let room = usize::from(view.size.0 / 3);
            let filter = text::middle(state.runs.filter.trim(), room);
            format!("/{filter}  {} of {}", runs::listed(state).len(), runs::all(state).len())
        }
        Screen::Timeline => {
            let count = timeline::listed(state).len();
            match state.timeline.filter.trim() {
                "" if count == 0 => String::new(),
                "" => format!("{} of {count}", state.timeline.list.cursor + 1),
                filter => {
                    let filter = text::middle(filter, usize::from(view.size.0 / 3));
                    format!("/{filter}  {count} of {}", timeline::all(state).len())
                }
            }
        }
        Screen::Alarms => {
            let count = alarms::listed(state).len();
            match state.alarms.filter.trim() {
                "" if count == 0 => String::new(),
                "" => format!("{} of {count}", state.alarms.list.cursor + 1),
                filter => {
                    let filter = text::middle(filter, usize::from(view.size.0 / 3));
                    format!("/{filter}  {count} of {}", alarms::all(state).len())
                }
            }
        }
        Screen::Help if !state.help_filter.trim().is_empty() => {
            let (shown, total) = FilterScope::Help.count(state);
            let filter = text::middle(state.help_filter.trim(), usize::from(view.size.0 / 3));
            format!("/{filter}  {shown} of {total}")
        }
        _ => String::new(),
    }
}

/// The filter being typed.
fn filter(canvas: &mut Canvas<'_>, view: &View<'_>, line: &crate::app::state::Line) -> u16 {
    let skin = &view.skin;
    let scope = FilterScope::of(view.state);
    let (shown, total) = scope.count(view.state);
    let mut right = format!("{shown} of {total}");
    for (action, title) in [(Action::Confirm, "keep"), (Action::Cancel, "clear")] {
        if let Some(key) = view.key_in(Context::Input, action) {
            right = format!("{right}   {key} {title}");
        }
    }
    let x = canvas.put(1, 0, "/", skin.key) + 1;
    if let Some(mistake) = scope.mistake(&line.text) {
        right = mistake;
    }
    let example = scope.example();
    let end = canvas.width().saturating_sub(1);
    let right = if line.text.is_empty() && width(example) + width(&right) + 8 > usize::from(end) {
        format!("{shown} of {total}")
    } else {
        right
    };
    let start = canvas.put_right(end, 0, &right, skin.muted);
    let room = start.saturating_sub(x + 2);
    if line.text.is_empty() {
        canvas.put(x, 0, &text::end(example, usize::from(room)), skin.muted);
        return x;
    }
    x + super::panel::input::typed(&mut canvas.part(ratatui::layout::Rect::new(x, 0, room, 1)), view, line)
}

/// The hints of the present context in order of use: key, what it does.
pub(super) fn hints(view: &View<'_>) -> Vec<(String, String)> {
    use Action as A;
    let state = view.state;
    let context = state.context();
    let mut list: Vec<(Action, Option<&str>)> = Vec::new();
    let own = |list: &mut Vec<(Action, Option<&'static str>)>, actions: &[Action]| {
        list.extend(actions.iter().map(|a| (*a, None)));
    };
    match context {
        Context::Fleet => {
            let other = if state.fleet.matrix { "table" } else { "matrix" };
            let some = rows::selected(state).is_some();
            if some {
                list.push((A::Open, None));
            }
            list.push((A::Filter, None));
            list.push((A::NextTab, Some(other)));
            if !state.fleet.filter.is_empty() {
                list.push((A::Back, Some("clear filter")));
            }
            own(&mut list, changes(view));
            if some {
                own(&mut list, &[A::Why]);
            }
            own(&mut list, &[A::Help, A::Runs, A::Environments, A::NextMatch, A::Palette, A::Sort, A::Quit]);
            let order = [A::Open, A::Filter, A::NextTab, A::Help];
            list.sort_by_key(|(action, _)| !order.contains(action));
        }
        Context::Service => {
            own(&mut list, &[A::NextTab, A::Back, A::Help]);
            own(&mut list, changes(view));
            own(&mut list, &[A::Why, A::Metrics, A::Logs, A::Copy, A::Console, A::Refresh]);
            let tab = state.service.as_ref().map(|s| s.tab);
            if matches!(tab, Some(Tab::Rollout | Tab::Tasks | Tab::Config | Tab::Targets)) {
                list.insert(0, (A::Open, Some("whole text")));
            }
        }
        Context::Metrics if logs::shown(state) => {
            let follows = state.service.as_ref().is_some_and(|s| s.log_follow);
            list.push((A::Open, Some(if follows { "stop following" } else { "follow" })));
            own(&mut list, &[A::NextTab, A::Back, A::Help, A::Filter, A::TopErrors, A::Wrap]);
            own(&mut list, changes(view));
            own(&mut list, &[A::Unfold, A::OnlyTask, A::GoTo, A::Among, A::Container, A::Shorter, A::Longer]);
            own(&mut list, &[A::Why, A::Metrics, A::Copy, A::Console, A::Refresh]);
        }
        Context::Metrics => {
            list.push((A::Right, Some("cursor")));
            list.push((A::Open, Some(if zoomed(view) { "all" } else { "zoom" })));
            own(&mut list, &[A::Shorter, A::Longer, A::NextTab, A::Back, A::Help]);
            own(&mut list, changes(view));
        }
        Context::Runs => {
            if let Some(id) = &state.runs.open {
                list.push((A::Open, Some("its service")));
                list.push((A::NextTab, Some("next run")));
                if state.runs.live.contains_key(id) {
                    list.push((A::Stop, Some("stop watching")));
                } else if let Some(run) = runs::find(state, id).filter(|run| run.resumable()) {
                    let waits = !run.waits.is_empty();
                    list.push((A::Refresh, Some(if waits { "continue" } else { "watch again" })));
                }
                own(&mut list, &[A::Export]);
                list.push((A::Up, Some("scroll")));
            } else {
                own(&mut list, &[A::Open, A::Filter]);
                if !state.runs.filter.is_empty() {
                    list.push((A::Back, Some("clear filter")));
                }
                own(&mut list, &[A::Export]);
            }
            if state.runs.open.is_some() || state.runs.filter.is_empty() {
                own(&mut list, &[A::Back]);
            }
            own(&mut list, &[A::Help, A::Fleet, A::Copy, A::Quit]);
        }
        Context::Environments => {
            list.push((A::Open, Some("its services")));
            let wants = environments::selected(state).and_then(|e| e.trouble.as_ref());
            let wants = wants.or(state.lost.as_ref()).is_some_and(environments::needs_credentials);
            let at = if wants { 0 } else { list.len() };
            list.insert(at, (A::SignIn, None));
            list.push((A::Refresh, Some("connect again")));
            own(&mut list, &[A::Back, A::Help, A::Fleet, A::Copy, A::Quit]);
        }
        Context::Timeline => {
            own(&mut list, &[A::Open, A::Filter]);
            if state.timeline.filter.is_empty() {
                own(&mut list, &[A::Back]);
            } else {
                list.push((A::Back, Some("clear filter")));
            }
            own(
                &mut list,
                &[A::Shorter, A::Longer, A::NextMatch, A::Help, A::Metrics, A::Logs, A::Fleet, A::Quit],
            );
        }
        Context::Alarms => {
            own(&mut list, &[A::Open, A::Filter]);
            if state.alarms.filter.is_empty() {
                own(&mut list, &[A::Back]);
            } else {
                list.push((A::Back, Some("clear filter")));
            }
            own(&mut list, &[A::NextMatch, A::Help, A::Metrics, A::Why, A::Timeline, A::Fleet, A::Quit]);
        }
        Context::Board => {
            if !state.board.pins().is_empty() {
                own(&mut list, &[A::Open]);
                list.push((A::Right, Some("move")));
                list.push((A::NextTab, Some("next metric")));
                list.push((A::Pin, Some("take off")));
            }
            if board::names(state).len() > 1 {
                list.push((A::NextMatch, Some("next board")));
            }
            own(&mut list, &[A::Back, A::Help]);
            list.push((A::Filter, Some("boards")));
            own(&mut list, &[A::Logs, A::Why, A::Timeline, A::Fleet, A::Quit]);
        }
        Context::Help => {
            list.push((A::Up, Some("scroll")));
            own(&mut list, &[A::PageDown, A::Filter]);
            list.push((A::Back, (!state.help_filter.is_empty()).then_some("clear filter")));
        }
        Context::Dialog | Context::Input | Context::Global => {}
    }
    if decides(view) {
        let two = [(A::Continue, None), (A::RollBack, None)];
        list.retain(|(action, _)| !two.iter().any(|(own, _)| own == action));
        list.splice(0..0, two);
    }
    list.into_iter()
        .filter_map(|(action, title)| {
            let mut key = view.key_in(context, action)?;
            // two ways of one thing are told together
            let first = match action {
                A::Right => Some(A::Left),
                A::Up => Some(A::Down),
                _ => None,
            };
            if let Some(first) = first.and_then(|first| view.key_in(context, first)) {
                key = format!("{first} {key}");
            }
            Some((key, title.unwrap_or(action.title()).to_owned()))
        })
        .collect()
}

/// Whether what is selected waits for a decision that may be made here.
fn decides(view: &View<'_>) -> bool {
    let state = view.state;
    let dialog = matches!(state.context(), Context::Dialog | Context::Input);
    let Some(key) = subject::subject(state).filter(|_| !dialog) else { return false };
    let open = state.environment(&key.environment).is_some_and(|e| e.protection != Protection::ReadOnly);
    open && service::waits(state, &key)
}

fn zoomed(view: &View<'_>) -> bool {
    view.state.service.as_ref().is_some_and(|s| s.charts.zoomed)
}

/// The changes that can be planned for what is selected; none where nothing may be changed.
fn changes(view: &View<'_>) -> &'static [Action] {
    let state = view.state;
    let key = match state.screen() {
        Screen::Service => state.service.as_ref().map(|s| &s.key),
        _ => rows::selected(state),
    };
    let environment = key.and_then(|key| state.environment(&key.environment));
    match environment {
        Some(e) if e.protection != Protection::ReadOnly => {
            let promoted = key.is_some_and(|key| state.settings.promoted_from(&key.environment).is_some());
            let waits = key.is_some_and(|key| service::waits(state, key));
            match (waits, promoted) {
                (true, _) => &[
                    Action::Continue,
                    Action::RollBack,
                    Action::Stop,
                    Action::Deploy,
                    Action::Migrate,
                    Action::Scale,
                ],
                (false, true) => &[
                    Action::Deploy,
                    Action::RollBack,
                    Action::Promote,
                    Action::Release,
                    Action::Migrate,
                    Action::Scale,
                    Action::Redeploy,
                    Action::Stop,
                ],
                (false, false) => &[
                    Action::Deploy,
                    Action::RollBack,
                    Action::Release,
                    Action::Migrate,
                    Action::Scale,
                    Action::Redeploy,
                    Action::Stop,
                ],
            }
        }
        _ => &[],
    }
}
