//! Keys, verbs and text while something lies over the screen.

use super::{
    dialog, images, lock, palette,
    parts::{extent, line, line_mut, list_mut},
};
use crate::{
    action::Action,
    app::{
        Effect,
        filter_scope::FilterScope,
        flight::{gone_on, planning::plan},
        flow::{Intent, Out, notice},
        layout::keep as keep_list,
        list,
        state::{Line, ListView, Overlay, State},
        store::environments::leave,
    },
    config::key::Key,
    ops::Wish,
};

/// True for what was typed, when `drawn` was the last frame, before the overlay was on the screen: it was meant for
/// what was there then. Dialogs about a change are guarded always; the others where they follow another, since what
/// opens them from a screen may be typed on without looking.
pub(in crate::app) fn came_too_early(state: &State, drawn: u64) -> bool {
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
pub(in crate::app) type Which = Option<std::mem::Discriminant<Overlay>>;

/// See [`Which`].
pub(in crate::app) fn which(state: &State) -> Which {
    state.overlay.as_ref().map(std::mem::discriminant)
}

/// One overlay may have taken another's place: what was typed for the one is not for the other.
pub(in crate::app) fn followed(state: &mut State, before: Which) {
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
pub(in crate::app) fn is_only_read(state: &State) -> bool {
    matches!(&state.overlay, Some(Overlay::Refused { .. } | Overlay::Why { .. } | Overlay::Text { .. }))
}

/// True where characters go into a line of text.
pub(in crate::app) fn takes_text(state: &State) -> bool {
    line(state).is_some()
}

/// A character was typed.
pub(in crate::app) fn typed(state: &mut State, ch: char, out: &mut Out) {
    if let Some(line) = line_mut(state) {
        line.insert(ch);
        changed(state, out);
    }
}

/// A key that is not bound: it may edit the line.
pub(in crate::app) fn edit(state: &mut State, key: Key, out: &mut Out) {
    match line_mut(state).and_then(|line| line.key(key)) {
        Some(true) => changed(state, out),
        Some(false) => out.touch(),
        None => {}
    }
}

/// Text was pasted; it goes nowhere but into a line being typed.
pub(in crate::app) fn paste(state: &mut State, text: &str, drawn: u64, out: &mut Out) {
    if came_too_early(state, drawn) {
        return;
    }
    if let Some(line) = line_mut(state) {
        line.paste(text);
        changed(state, out);
    }
}

/// The text changed: what follows from it.
fn changed(state: &mut State, out: &mut Out) {
    out.touch();
    match &mut state.overlay {
        Some(Overlay::Filter(line)) => {
            out.intend(Intent::Narrow(line.text.clone()));
        }
        Some(Overlay::Palette { list, moved, .. }) => {
            (*list, *moved) = (ListView::default(), false);
            palette::find(state);
        }
        Some(Overlay::Images { list, .. }) => {
            *list = ListView::default();
            images::match_images(state);
        }
        Some(Overlay::Plan(dialog)) => dialog.complaint.clear(),
        Some(Overlay::TakeOver(over)) => over.complaint.clear(),
        Some(Overlay::GoOn(on)) => on.complaint.clear(),
        _ => {}
    }
}

/// Puts the cursor on an entry, for the mouse; true when there is such an entry.
pub(in crate::app) fn select(state: &mut State, cursor: usize) -> bool {
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
pub(in crate::app) fn act(state: &mut State, action: Action, drawn: u64, out: &mut Out) {
    match action {
        Action::Quit => leave(state, out),
        Action::Suspend => out.push(Effect::Suspend),
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
        _ => movement(state, action),
    }
}

/// True for the verbs that move a cursor, or scroll.
pub(in crate::app) fn is_movement(action: Action) -> bool {
    use Action::{Bottom, Down, PageDown, PageUp, Top, Up};
    matches!(action, Up | Down | PageUp | PageDown | Top | Bottom)
}

fn movement(state: &mut State, action: Action) {
    if matches!(state.overlay, Some(Overlay::Plan(_))) {
        dialog::scroll(state, action);
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
        Some(Overlay::Moment(line)) => {
            let text = line.text.clone();
            state.overlay = None;
            out.intend(Intent::GoTo(text));
        }
        Some(Overlay::Palette { .. }) => palette::run(state, drawn, out),
        Some(Overlay::Images { .. }) => match images::chosen(state) {
            Some(Ok((key, wish))) => plan(state, key, wish, out),
            Some(Err(unclear)) => notice(state, out, unclear.to_string(), true),
            None => notice(state, out, "choose an image, or type one", false),
        },
        Some(Overlay::Scale { key, line }) => match line.text.trim().parse::<u32>() {
            Ok(count) if count <= 10_000 => {
                let key = key.clone();
                plan(state, key, Wish::Scale(count), out);
            }
            _ => notice(state, out, "type a number of tasks from 0 to 10000", true),
        },
        Some(Overlay::Revisions { key, revisions, list }) => {
            let chosen = revisions.value.as_ref().and_then(|all| all.get(list.cursor)).cloned();
            let key = key.clone();
            match chosen {
                Some(revision) if revision.current => {
                    notice(state, out, format!("{} is the current revision", revision.label), false);
                }
                Some(revision) => plan(state, key, Wish::RollBack { to: Some(revision) }, out),
                None => notice(state, out, "no revision is known yet", false),
            }
        }
        Some(Overlay::TakeOver(_)) => lock::taken_over(state, out),
        Some(Overlay::GoOn(_)) => gone_on(state, out),
        Some(Overlay::Planning { .. }) | None => {}
    }
}

fn cancel(state: &mut State, out: &mut Out) {
    match &state.overlay {
        Some(Overlay::Plan(_) | Overlay::Planning { .. }) => dialog::cancel(state, out),
        Some(Overlay::Filter(_)) => {
            state.overlay = None;
            out.intend(Intent::Narrow(String::new()));
        }
        _ => state.overlay = None,
    }
}

/// Takes over the suggestion: the title of the selected entry, or the rest of a filter's column.
fn complete(state: &mut State, out: &mut Out) {
    let columns = FilterScope::of(state).columns();
    match &mut state.overlay {
        Some(Overlay::Filter(line)) => {
            let word = line.text.rsplit(' ').next().unwrap_or_default();
            let bare = word.trim_start_matches('-');
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
