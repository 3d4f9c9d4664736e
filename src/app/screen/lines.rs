//! The verbs of the tabs that are lists of lines: open, copy, and go to what tells of something bad.

use crate::{
    action::Action,
    app::{
        Effect,
        flow::{Out, notice},
        layout, list,
        rows::{self, BodyRow},
        service::{areas, choose_side, describe, extent, row, select, show_heading, standing},
        state::{ListView, Overlay, State, Tab},
        why,
    },
};

/// Goes to the next line that tells of something bad.
pub(in crate::app) fn telling(state: &mut State, forward: bool, out: &mut Out) {
    let Some(view) = state.service.as_ref() else { return };
    let width = areas(state).body.width;
    let (Some(detail), body, from) =
        (view.detail.value.as_deref(), rows::body(view, width), view.list().cursor)
    else {
        return;
    };
    let bad = |row: BodyRow| match row {
        BodyRow::Task { index, .. } => detail
            .tasks
            .get(index)
            .is_some_and(|t| (t.is_stopped() && why::is_telling(t)) || t.health == "UNHEALTHY"),
        BodyRow::Alarm(index) => detail.alarms.get(index).is_some_and(|a| a.state == "ALARM"),
        BodyRow::Target(index) => detail.targets.get(index).is_some_and(|t| t.state == "unhealthy"),
        BodyRow::Deployment(index) => detail.deployments.get(index).is_some_and(|d| d.failed > 0),
        BodyRow::Gap(_) | BodyRow::Waiting(_) => true,
        _ => false,
    };
    let bad = |at: &usize| body.get(*at).is_some_and(|row| bad(row.side(false)) || bad(row.side(true)));
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

/// Copies what is under the cursor, where that has an ARN; false to copy the service's.
pub(in crate::app) fn copy(state: &mut State, out: &mut Out) -> bool {
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
            BodyRow::History(index) | BodyRow::Progress(index) | BodyRow::Waiting(index) => {
                Some(detail?.history.get(index)?.arn.clone())
            }
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

/// The verbs of the tabs that are lists; false when the verb is not one of them.
pub(super) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let (len, page) = extent(state);
    match action {
        Action::Open => {
            let Some((title, text)) = describe(state) else {
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
