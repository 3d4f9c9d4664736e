//! What lies over the screen: text being typed, pickers, dialogs.

mod lock;
mod read;

pub use read::{WHY_LABEL, text_rows, why_panel, why_rows, wrapped};

use super::{
    changes, dialog, fleet,
    layout::{self, keep as keep_list},
    list, logs,
    out::Out,
    palette, runs, service,
    state::{Line, ListView, Loaded, Overlay, Screen, State},
    update::{self, notice},
};
use crate::{
    action::Action,
    config::key::Key,
    model::{Answer, Protection, ServiceKey, Trouble},
    ops::Wish,
};

/// True for what was typed, when `drawn` was the last frame, before the overlay was on the screen: it was meant for
/// what was there then. Dialogs about a change are guarded always; the others where they follow another, since what
/// opens them from a screen may be typed on without looking.
pub(super) fn came_too_early(state: &State, drawn: u64) -> bool {
    let guarded = state.overlay_follows
        || matches!(
            &state.overlay,
            Some(
                Overlay::Planning { .. }
                    | Overlay::Plan(_)
                    | Overlay::Refused { .. }
                    | Overlay::TakeOver(_)
                    | Overlay::GoOn(_)
            )
        );
    guarded && state.overlay.is_some() && drawn < state.overlay_since
}

/// Which overlay is open, without what is in it.
pub(super) type Which = Option<std::mem::Discriminant<Overlay>>;

/// See [`Which`].
pub(super) fn which(state: &State) -> Which {
    state.overlay.as_ref().map(std::mem::discriminant)
}

/// One overlay may have taken another's place: what was typed for the one is not for the other.
pub(super) fn followed(state: &mut State, before: Which) {
    let now = which(state);
    if now == before {
        return;
    }
    state.overlay_follows = before.is_some() && now.is_some();
    if state.overlay_follows {
        state.overlay_since = state.overlay_since.max(state.drawn + 1);
    }
}

/// True for overlays that are there to be read alone.
pub(super) fn is_only_read(state: &State) -> bool {
    matches!(&state.overlay, Some(Overlay::Refused { .. } | Overlay::Why { .. } | Overlay::Text { .. }))
}

/// True where characters go into a line of text.
pub(super) fn takes_text(state: &State) -> bool {
    match &state.overlay {
        Some(Overlay::Plan(dialog)) => dialog.noting || dialog.protection == Protection::Typed,
        Some(Overlay::GoOn(on)) => on.protection == Protection::Typed,
        Some(
            Overlay::Filter(_)
            | Overlay::Palette { .. }
            | Overlay::Images { .. }
            | Overlay::Scale { .. }
            | Overlay::TakeOver(_),
        ) => true,
        _ => false,
    }
}

/// The line being typed, if any.
pub fn line(state: &State) -> Option<&Line> {
    match &state.overlay {
        Some(
            Overlay::Filter(line)
            | Overlay::Scale { line, .. }
            | Overlay::Palette { line, .. }
            | Overlay::Images { line, .. },
        ) => Some(line),
        Some(Overlay::TakeOver(over)) => Some(&over.line),
        Some(Overlay::GoOn(on)) if on.protection == Protection::Typed => Some(&on.line),
        Some(Overlay::Plan(dialog)) if dialog.noting => Some(&dialog.note),
        Some(Overlay::Plan(dialog)) if dialog.protection == Protection::Typed => Some(&dialog.line),
        _ => None,
    }
}

fn line_mut(state: &mut State) -> Option<&mut Line> {
    match &mut state.overlay {
        Some(
            Overlay::Filter(line)
            | Overlay::Scale { line, .. }
            | Overlay::Palette { line, .. }
            | Overlay::Images { line, .. },
        ) => Some(line),
        Some(Overlay::TakeOver(over)) => Some(&mut over.line),
        Some(Overlay::GoOn(on)) if on.protection == Protection::Typed => Some(&mut on.line),
        Some(Overlay::Plan(dialog)) => match (dialog.noting, dialog.protection) {
            (true, _) => Some(&mut dialog.note),
            (false, Protection::Typed) => Some(&mut dialog.line),
            (false, _) => None,
        },
        _ => None,
    }
}

/// A character was typed.
pub(super) fn typed(state: &mut State, ch: char, out: &mut Out) {
    if let Some(line) = line_mut(state) {
        line.insert(ch);
        changed(state, out);
    }
}

/// A key that is not bound: it may edit the line.
pub(super) fn edit(state: &mut State, key: Key, out: &mut Out) {
    match line_mut(state).and_then(|line| line.key(key)) {
        Some(true) => changed(state, out),
        Some(false) => out.touch(),
        None => {}
    }
}

/// Text was pasted; it goes nowhere but into a line being typed.
pub(super) fn paste(state: &mut State, text: &str, drawn: u64, out: &mut Out) {
    if came_too_early(state, drawn) {
        return;
    }
    if let Some(line) = line_mut(state) {
        line.paste(text);
        changed(state, out);
    }
}

/// Narrows what the filter line is for: the lines of the Logs tab, else the fleet.
fn filter(state: &mut State, text: &str, out: &mut Out) {
    if logs::shown(state) {
        logs::filter(state, text);
    } else if state.screen() == Screen::Runs {
        runs::narrow(state, text);
    } else {
        fleet::filter(state, text);
        fleet::want_sparks(state, out);
    }
}

/// The text changed: what follows from it.
fn changed(state: &mut State, out: &mut Out) {
    out.touch();
    match &mut state.overlay {
        Some(Overlay::Filter(line)) => {
            let text = line.text.clone();
            filter(state, &text, out);
        }
        Some(Overlay::Palette { list, moved, .. }) => {
            (*list, *moved) = (ListView::default(), false);
            palette::find(state);
        }
        Some(Overlay::Images { list, .. }) => {
            *list = ListView::default();
            changes::match_images(state);
        }
        Some(Overlay::Plan(dialog)) => dialog.complaint.clear(),
        Some(Overlay::TakeOver(over)) => over.complaint.clear(),
        Some(Overlay::GoOn(on)) => on.complaint.clear(),
        _ => {}
    }
}

/// Lines of the list of the overlay, and lines of its page.
fn extent(state: &State) -> (usize, usize) {
    let picker = layout::picker(state.size).body.rows();
    match &state.overlay {
        Some(Overlay::Palette { entries, .. }) => (entries.len(), picker),
        Some(Overlay::Images { shown, .. }) => (shown.len(), picker),
        Some(Overlay::Revisions { revisions, .. }) => (revisions.value.as_ref().map_or(0, Vec::len), picker),
        Some(Overlay::Why { key, .. }) => {
            let len = why_rows(state, key).len();
            (len, layout::plan(state.size, len, false).body.rows())
        }
        Some(Overlay::Text { lines, .. }) => {
            let len = text_rows(state.size, lines).len();
            (len, layout::small(state.size, false, len).body.rows())
        }
        _ => (0, 1),
    }
}

fn list_mut(state: &mut State) -> Option<&mut ListView> {
    match &mut state.overlay {
        Some(
            Overlay::Palette { list, .. }
            | Overlay::Images { list, .. }
            | Overlay::Revisions { list, .. }
            | Overlay::Why { list, .. }
            | Overlay::Text { list, .. },
        ) => Some(list),
        _ => None,
    }
}

/// Keeps the cursor on the page after a change of size.
pub(super) fn keep(state: &mut State) {
    let (len, page) = extent(state);
    if let Some(list) = list_mut(state) {
        keep_list(list, len, page);
    }
}

/// Puts the cursor on an entry, for the mouse; true when there is such an entry.
pub(super) fn select(state: &mut State, cursor: usize) -> bool {
    let (len, page) = extent(state);
    if cursor >= len {
        return false;
    }
    let Some(list) = list_mut(state) else { return false };
    list.cursor = cursor;
    keep_list(list, len, page);
    palette::moved(state);
    true
}

/// Carries out a verb while an overlay is open.
pub(super) fn act(state: &mut State, action: Action, drawn: u64, out: &mut Out) {
    match action {
        Action::Quit => update::quit(state, out),
        Action::Suspend => out.push(super::Effect::Suspend),
        Action::TakeOver if matches!(state.overlay, Some(Overlay::Refused { .. })) => lock::take_over(state),
        Action::Note if matches!(state.overlay, Some(Overlay::Plan(_))) => dialog::note(state),
        Action::Watch if matches!(state.overlay, Some(Overlay::Plan(_))) => dialog::watch(state, out),
        // enter and escape end the note; the plan stays
        Action::Confirm | Action::Open | Action::Cancel | Action::Back | Action::Complete if matches!(&state.overlay, Some(Overlay::Plan(dialog)) if dialog.noting) =>
        {
            dialog::note(state);
        }
        Action::Confirm | Action::Open => confirm(state, drawn, out),
        Action::Cancel | Action::Back => cancel(state, out),
        Action::Complete | Action::NextTab => complete(state, out),
        Action::Why if matches!(state.overlay, Some(Overlay::Why { .. })) => state.overlay = None,
        Action::Left => drop(line_mut(state).map(Line::left)),
        Action::Right => drop(line_mut(state).map(Line::right)),
        _ => movement(state, action, out),
    }
}

fn is_movement(action: Action) -> bool {
    use Action::{Bottom, Down, PageDown, PageUp, Top, Up};
    matches!(action, Up | Down | PageUp | PageDown | Top | Bottom)
}

fn movement(state: &mut State, action: Action, out: &mut Out) {
    if matches!(state.overlay, Some(Overlay::Plan(_))) {
        dialog::scroll(state, action);
        return;
    }
    if matches!(state.overlay, Some(Overlay::Filter(_))) {
        // the lines below are moved over while the filter is typed
        if is_movement(action) {
            let line = state.overlay.take();
            match state.screen() {
                Screen::Runs => runs::act(state, action, out),
                Screen::Service => service::act(state, action, out),
                _ => fleet::act(state, action, out),
            };
            state.overlay = line;
        }
        return;
    }
    if is_movement(action) && palette::moved(state) {
        // the first step chooses the first entry
        return;
    }
    let (len, page) = extent(state);
    let scrolls = matches!(state.overlay, Some(Overlay::Why { .. } | Overlay::Text { .. }));
    let Some(list) = list_mut(state) else { return };
    if scrolls {
        list::scroll(&mut list.offset, len, page, action);
        list.cursor = list.offset;
    } else {
        list::act(list, len, page, action);
    }
}

fn confirm(state: &mut State, drawn: u64, out: &mut Out) {
    match &state.overlay {
        Some(Overlay::Plan(_)) => dialog::confirm(state, drawn, out),
        Some(Overlay::Filter(_) | Overlay::Refused { .. } | Overlay::Why { .. } | Overlay::Text { .. }) => {
            state.overlay = None;
        }
        Some(Overlay::Palette { .. }) => palette::run(state, drawn, out),
        Some(Overlay::Images { .. }) => match changes::chosen(state) {
            Some(Ok((key, wish))) => changes::plan(state, key, wish, out),
            Some(Err(unclear)) => notice(state, out, unclear.to_string(), true),
            None => notice(state, out, "choose an image, or type one", false),
        },
        Some(Overlay::Scale { key, line }) => match line.text.trim().parse::<u32>() {
            Ok(count) if count <= 10_000 => {
                let key = key.clone();
                changes::plan(state, key, Wish::Scale(count), out);
            }
            _ => notice(state, out, "type a number of tasks from 0 to 10000", true),
        },
        Some(Overlay::Revisions { key, revisions, list }) => {
            let chosen = revisions.value.as_ref().and_then(|all| all.get(list.cursor)).cloned();
            let key = key.clone();
            match chosen {
                Some(revision) if revision.current => {
                    notice(state, out, format!("{} is what is set now", revision.label), false);
                }
                Some(revision) => changes::plan(state, key, Wish::RollBack { to: Some(revision) }, out),
                None => notice(state, out, "no revision is known yet", false),
            }
        }
        Some(Overlay::TakeOver(_)) => lock::taken_over(state, out),
        Some(Overlay::GoOn(_)) => runs::gone_on(state, out),
        Some(Overlay::Planning { .. }) | None => {}
    }
}

fn cancel(state: &mut State, out: &mut Out) {
    match &state.overlay {
        Some(Overlay::Plan(_) | Overlay::Planning { .. }) => dialog::cancel(state, out),
        Some(Overlay::Filter(_)) => {
            state.overlay = None;
            filter(state, "", out);
        }
        _ => state.overlay = None,
    }
}

/// Takes over the suggestion: the title of the selected entry, or the rest of a filter's column.
fn complete(state: &mut State, out: &mut Out) {
    let (in_log, in_runs) = (logs::shown(state), state.screen() == Screen::Runs);
    match &mut state.overlay {
        Some(Overlay::Filter(_)) if in_log => {}
        Some(Overlay::Filter(line)) => {
            let word = line.text.rsplit(' ').next().unwrap_or_default();
            let bare = word.trim_start_matches('-');
            let columns: &[&str] = if in_runs { &runs::filter::COLUMNS } else { &super::filter::COLUMNS };
            let found = columns.iter().find(|c| !bare.is_empty() && c.starts_with(bare));
            if let Some(column) = found {
                let rest: String = column.chars().skip(bare.chars().count()).collect();
                *line = Line::new(&format!("{}{rest}:", line.text));
                changed(state, out);
            }
        }
        Some(Overlay::Palette { line, entries, list, .. }) => {
            if let Some(entry) = entries.get(list.cursor) {
                *line = Line::new(palette::name(entry));
                changed(state, out);
            }
        }
        Some(Overlay::Images { line, images, shown, list, .. }) => {
            let image = shown.get(list.cursor).and_then(|index| images.value.as_ref()?.get(*index));
            if let Some(image) = image {
                *line = Line::new(image.typed());
                changed(state, out);
            }
        }
        _ => {}
    }
}

/// Opens the picker of revisions to go back to.
pub(super) fn pick_revision(state: &mut State, key: ServiceKey, out: &mut Out) {
    let revisions = Loaded { loading: true, ..Loaded::default() };
    let purpose = super::Purpose::Revisions(key.clone());
    out.ask(&key.environment, purpose, crate::model::Ask::Revisions(key.clone()));
    state.overlay = Some(Overlay::Revisions { key, revisions, list: ListView::default() });
    out.touch();
}

/// Revisions came for the picker, or not.
pub(super) fn revisions(
    state: &mut State,
    key: &ServiceKey,
    result: &Result<Answer, Trouble>,
    out: &mut Out,
) {
    let now = state.now;
    let Some(Overlay::Revisions { key: own, revisions, list }) = &mut state.overlay else { return };
    if own != key {
        return;
    }
    revisions.loading = false;
    match result {
        Ok(Answer::Revisions(found)) => {
            // the first that one could go back to
            let current = found.iter().position(|r| r.current);
            list.cursor = current.map_or(0, |at| at + 1);
            revisions.value = Some(found.clone());
            revisions.at = Some(now);
        }
        Ok(_) => {}
        Err(trouble) => revisions.trouble = Some(trouble.clone()),
    }
    keep(state);
    out.touch();
}
