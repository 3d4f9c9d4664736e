//! The plan dialog: what is confirmed, by whom it is seen, and when it counts.

use crate::{
    action::Action,
    app::{
        flight::planning::{abandon, plan_again},
        flow::{Intent, Out, notice},
        images::name_images,
        layout::{plan, plan_width},
        list,
        sheet::{PlanRow, plan_rows},
        state::{Line, Overlay, PlanDialog, State, Wanted},
    },
    model::{Authority, Protection, Stamp, armed::Confirmation, secret},
    ops::{Draft, Wish},
};

/// Milliseconds after which a plan is void.
pub const VALID_MS: i64 = 5 * 60 * 1000;

/// Why a plan that was not read to its end is not confirmed; withdrawn once it is.
const UNREAD: &str = "read it to its end first: page down";

/// Milliseconds of a person's time that a plan is on the screen before it can be confirmed, and between a
/// confirmation that came too early and the next: over a slow line, frames are on the screen later than they
/// were sent.
pub const QUIET_MS: i64 = 300;

/// The runtime put frame `frame` on the screen.
pub fn drawn(state: &mut State, frame: u64) {
    state.drawn = frame;
    let now = state.now;
    if let Some(Overlay::Plan(dialog)) = &mut state.overlay
        && dialog.quiet_since.is_none()
        && frame >= dialog.since_frame
    {
        dialog.quiet_since = Some(now);
    }
}

/// The rows of the dialog shown.
pub fn rows(state: &State, dialog: &PlanDialog) -> Vec<PlanRow> {
    plan_rows(dialog.plan(), dialog.protection, plan_width(state.size))
}

/// Shows a plan.
pub(in crate::app) fn open(state: &mut State, draft: Draft, wanted: Wanted, out: &mut Out) {
    let protection =
        state.environment(&wanted.key.environment).map_or(Protection::ReadOnly, |e| e.protection);
    let mut draft = draft;
    name_images(state, &mut draft.plan);
    let remark = wanted.again.clone();
    let frame = state.drawn + 1;
    let dialog = PlanDialog {
        draft,
        protection,
        line: Line::default(),
        note: Line::new(&wanted.note),
        noting: false,
        scroll: 0,
        seen: 0,
        since_frame: frame,
        seen_frame: frame,
        complaint: String::new(),
        remark,
        made_at: state.now,
        quiet_since: None,
        wanted,
    };
    state.overlay_since = frame;
    state.overlay = Some(Overlay::Plan(Box::new(dialog)));
    see(state);
    out.touch();
}

/// Rows of the dialog, and rows of its page.
fn extent(state: &State) -> (usize, usize) {
    let Some(Overlay::Plan(dialog)) = &state.overlay else { return (0, 0) };
    let len = rows(state, dialog).len();
    (len, plan(state.size, len, has_note(dialog)).body.rows())
}

/// True where the dialog has a line for the note: one is there, or is being typed.
pub fn has_note(dialog: &PlanDialog) -> bool {
    dialog.noting || !dialog.note.text.is_empty()
}

/// Begins to type the note, or goes back from it to the plan; what was typed stays.
pub(in crate::app) fn note(state: &mut State) {
    if let Some(Overlay::Plan(dialog)) = &mut state.overlay {
        dialog.noting = !dialog.noting;
    }
    see(state);
}

/// Whether the plan watches a rollback afterwards; none where it is no rollback.
pub fn watches(dialog: &PlanDialog) -> Option<bool> {
    let back = matches!(dialog.wanted.wish, Wish::RollBack { .. } | Wish::Continue { rollback: true });
    back.then(|| dialog.plan().lines.iter().any(|line| line.label == "verify"))
}

/// Plans the rollback anew, watched afterwards or not.
pub(in crate::app) fn watch(state: &mut State, out: &mut Out) {
    let Some(Overlay::Plan(dialog)) = &state.overlay else { return };
    let Some(watched) = watches(dialog) else {
        complain(state, "only a rollback is watched on request; a release always is", out);
        return;
    };
    let application = state.settings.application_for(&dialog.wanted.key);
    if !watched && application.is_none_or(|application| application.verify.is_none()) {
        complain(state, "no window is configured to watch it: set [application.verify]", out);
        return;
    }
    let Some(Overlay::Plan(dialog)) = state.overlay.take() else { return };
    let note = dialog.note.text.trim().to_owned();
    let why = if watched { "planned again without watching" } else { "planned again with watching" };
    plan_again(state, Wanted { note, watched: Some(!watched), ..dialog.wanted }, why, out);
}

fn complain(state: &mut State, why: &str, out: &mut Out) {
    if let Some(Overlay::Plan(dialog)) = &mut state.overlay {
        why.clone_into(&mut dialog.complaint);
        out.touch();
    }
}

/// Takes down which rows are on the screen from the next frame on.
fn see(state: &mut State) {
    let (len, page) = extent(state);
    let frame = state.drawn + 1;
    let Some(Overlay::Plan(dialog)) = &mut state.overlay else { return };
    dialog.scroll = dialog.scroll.min(len.saturating_sub(page));
    // rows count as seen only when nothing was skipped on the way to them
    let end = (dialog.scroll + page).min(len);
    if dialog.scroll <= dialog.seen && end > dialog.seen {
        dialog.seen = end;
        dialog.seen_frame = frame;
    }
    if dialog.seen >= len && dialog.complaint == UNREAD {
        dialog.complaint.clear();
    }
}

/// True once every row has been on the screen.
pub fn is_seen(state: &State) -> bool {
    match &state.overlay {
        Some(Overlay::Plan(dialog)) => dialog.seen >= extent(state).0,
        _ => false,
    }
}

/// The screen has another size: rows break elsewhere, so what was seen has to be seen again.
pub(in crate::app) fn resized(state: &mut State) {
    let frame = state.drawn + 1;
    if let Some(Overlay::Plan(dialog)) = &mut state.overlay {
        dialog.scroll = 0;
        dialog.seen = 0;
        dialog.since_frame = frame;
        dialog.seen_frame = frame;
        dialog.quiet_since = None;
        state.overlay_since = frame;
    }
    see(state);
}

/// Scrolls; false when the verb is no movement.
pub(in crate::app) fn scroll(state: &mut State, action: Action) -> bool {
    let (len, page) = extent(state);
    let Some(Overlay::Plan(dialog)) = &mut state.overlay else { return false };
    // a jump to the end would skip rows that were not seen: it goes on by a page until all were
    let action = if action == Action::Bottom && dialog.seen < len { Action::PageDown } else { action };
    let done = list::scroll(&mut dialog.scroll, len, page, action);
    see(state);
    done
}

/// Confirms, if everything holds; `drawn` is the last frame that was on the screen when the key was read.
pub(in crate::app) fn confirm(state: &mut State, drawn: u64, out: &mut Out) {
    let (len, page) = extent(state);
    let (now, quiet) = (state.now, state.clocked(QUIET_MS));
    let Some(Overlay::Plan(dialog)) = &mut state.overlay else { return };
    if drawn < dialog.since_frame {
        return;
    }
    let early = dialog.quiet_since.is_none_or(|since| now.since(since) < quiet);
    dialog.quiet_since = Some(now);
    if early {
        "confirmed before it could be read; press it once more".clone_into(&mut dialog.complaint);
        return;
    }
    if dialog.seen < len {
        UNREAD.clone_into(&mut dialog.complaint);
        list::scroll(&mut dialog.scroll, len, page, Action::PageDown);
        see(state);
        return;
    }
    if drawn < dialog.seen_frame {
        "its last lines were not on the screen yet; confirm again".clone_into(&mut dialog.complaint);
        return;
    }
    if let Some(why) = void(state, now) {
        let Some(Overlay::Plan(dialog)) = state.overlay.take() else { return };
        let wanted = Wanted { note: dialog.note.text.trim().to_owned(), ..dialog.wanted };
        plan_again(state, wanted, &why, out);
        return;
    }
    let Some(Overlay::Plan(dialog)) = &mut state.overlay else { return };
    if let Some(refusal) = dialog.draft.locked(now) {
        // the plan may be read, and does not run: whoever holds the lock is told, with the way to take it over
        let Some(Overlay::Plan(dialog)) = state.overlay.take() else { return };
        let PlanDialog { draft, wanted, .. } = *dialog;
        let title = draft.plan.title.clone();
        let held = draft.held.map(|held| Box::new((held, wanted)));
        state.overlay = Some(Overlay::Refused { title, refusal, held });
        state.overlay_since = state.drawn + 1;
        return;
    }
    let confirmation = match dialog.protection {
        Protection::Typed => Confirmation::Typed(dialog.line.text.clone()),
        _ => Confirmation::Key,
    };
    if dialog.protection == Protection::Typed && dialog.line.text.trim().is_empty() {
        dialog.complaint = format!("type {} to confirm", dialog.plan().key.name);
        return;
    }
    match Authority::grant(dialog.plan(), dialog.protection, &confirmation) {
        Ok(authority) => {
            let Some(Overlay::Plan(mut dialog)) = state.overlay.take() else { return };
            dialog.draft.set_note(secret::text(dialog.note.text.trim()));
            out.intend(Intent::Fly(Box::new(dialog.draft), authority));
        }
        Err(refusal) => dialog.complaint = refusal.to_string(),
    }
}

/// Why the plan does not hold any more, if it does not.
fn void(state: &State, now: Stamp) -> Option<String> {
    let Some(Overlay::Plan(dialog)) = &state.overlay else { return None };
    if state.felt(now.since(dialog.made_at)) > VALID_MS {
        return Some("the plan was older than 5 minutes; this is a new one".to_owned());
    }
    let key = &dialog.wanted.key;
    if let Wish::Promote { from } = &dialog.wanted.wish {
        let was = &dialog.wanted.source;
        let is = state.rows.get(from).map(|row| &row.version).filter(|is| !is.image.is_empty());
        if let Some(is) = is.filter(|is| !was.image.is_empty() && !was.same_image(is)) {
            return Some(format!("{from} runs {} now; this is a new plan", state.images.words(is)));
        }
    }
    match state.rows.get(key) {
        None => Some(format!("{key} was gone; this is a new plan")),
        Some(row)
            if changed(&dialog.wanted.was.0, &row.task_definition)
                || changed(&dialog.wanted.was.1, &row.revision) =>
        {
            Some(format!("{} was set to {} since; this is a new plan", key.name, row.revision))
        }
        Some(_) => None,
    }
}

/// True where both are known and differ: what became known meanwhile was not changed.
fn changed(was: &str, is: &str) -> bool {
    !was.is_empty() && !is.is_empty() && was != is
}

/// Closes without changing anything.
pub(in crate::app) fn cancel(state: &mut State, out: &mut Out) {
    let text = match &state.overlay {
        Some(Overlay::Plan(dialog)) => format!("{}: not done", dialog.plan().title),
        Some(Overlay::Planning { title, .. }) => format!("{title}: planning abandoned, nothing was changed"),
        _ => return,
    };
    state.overlay = None;
    abandon(state, out);
    notice(state, out, text, false);
}
