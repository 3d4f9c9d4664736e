//! The plan dialog: what is going to be done, wholly, and how it is confirmed.

use crate::{
    action::Action,
    app::{
        dialog::{has_note, watches},
        layout,
        sheet::{self, LABEL_WIDTH, PlanRow},
        state::PlanDialog,
    },
    model::Protection,
    ui::{
        canvas::Canvas,
        panel, text,
        view::{self, View},
        widget::{dialog as frame, diff, list},
    },
};
use ratatui::layout::Rect;

/// Draws it; returns where the cursor is, where the name is typed.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>, dialog: &PlanDialog) -> Option<(u16, u16)> {
    let skin = &view.skin;
    let plan = dialog.plan();
    let rows = sheet::plan_rows(plan, dialog.protection, layout::plan_width(view.size));
    let area = layout::plan(view.size, rows.len(), has_note(dialog));
    let border = if dialog.protection == Protection::Typed { skin.warn } else { skin.accent };
    frame::frame(canvas, skin, view::rect(area.outer), &plan.title, border);
    let mut body = canvas.part(view::rect(area.body));
    let shown = list::window(rows.len(), dialog.scroll, body.height());
    for (y, row) in (0..).zip(rows.get(shown.clone()).unwrap_or_default()) {
        draw_row(&mut body.rows(y, 1), view, row, plan);
    }
    // the frame's own column, so that no text is covered
    let outer = area.outer;
    let side = Rect::new(outer.x, area.body.y, outer.width, area.body.height);
    list::scrollbar(&mut canvas.part(side), skin, rows.len(), &shown);
    if rows.len() > shown.len() {
        let told = format!("{}–{} of {}", shown.start + 1, shown.end, rows.len());
        frame::note(canvas, view::rect(outer), &told, skin.muted);
    }
    let unread = rows.len().saturating_sub(dialog.seen);
    footer(canvas, view, dialog, area.footer, unread)
}

fn draw_row(row: &mut Canvas<'_>, view: &View<'_>, plan_row: &PlanRow, plan: &crate::model::Plan) {
    let skin = &view.skin;
    match plan_row {
        PlanRow::Blank => {}
        PlanRow::Heading(title) => {
            row.put(0, 0, title, skin.heading);
        }
        PlanRow::Field { label, value, strong } => {
            row.put(0, 0, label, skin.muted);
            let style = match (label.as_str(), strong) {
                ("environment", _) => skin.strong.patch(view.hue(&plan.key.environment)),
                (_, true) => skin.title,
                (_, false) => skin.text,
            };
            row.put(LABEL_WIDTH, 0, value, style);
        }
        PlanRow::Warning { text, first } => {
            if *first {
                row.put(0, 0, "▲", skin.warn);
            }
            row.put(2, 0, text, skin.warn);
        }
        PlanRow::Step { number, text } => {
            if *number > 0 {
                row.put_right(2, 0, &number.to_string(), skin.muted);
            }
            row.put(4, 0, text, skin.text);
        }
        PlanRow::Diff(line) => diff::line(row, skin, 0, line),
    }
}

/// True when nothing has to be typed, or all of it was.
fn is_typed(dialog: &PlanDialog) -> bool {
    dialog.protection != Protection::Typed || dialog.line.text.trim() == &*dialog.plan().key.name
}

/// Why it is done, where that was typed or is; returns where the cursor is.
fn note(
    canvas: &mut Canvas<'_>,
    view: &View<'_>,
    dialog: &PlanDialog,
    area: layout::Area,
) -> Option<(u16, u16)> {
    if !has_note(dialog) {
        return None;
    }
    let mut part = canvas.part(view::rect(area.top(1).0));
    let x = part.put(0, 0, "note: ", view.skin.muted);
    if !dialog.noting {
        let room = usize::from(part.width().saturating_sub(x));
        part.put(x, 0, &text::end(&dialog.note.text, room), view.skin.text);
        return None;
    }
    let room = part.width().saturating_sub(x);
    let at = panel::input::typed(&mut part.part(Rect::new(x, 0, room, 1)), view, &dialog.note);
    Some((area.x + x + at, area.y))
}

/// How to confirm, or what is still to be read; below it why the last try was not taken.
fn footer(
    canvas: &mut Canvas<'_>,
    view: &View<'_>,
    dialog: &PlanDialog,
    area: layout::Area,
    unread: usize,
) -> Option<(u16, u16)> {
    let skin = &view.skin;
    let noted = has_note(dialog);
    let mut cursor = note(canvas, view, dialog, area);
    let area = if noted { area.top(1).1 } else { area };
    let mut part = canvas.part(view::rect(area));
    let last = part.height().saturating_sub(1);
    let complaint = match (dialog.complaint.as_str(), dialog.remark.as_str()) {
        ("", "") => None,
        ("", remark) => Some((remark.to_owned(), skin.warn)),
        (complaint, _) => Some((format!("× {complaint}"), skin.bad)),
    };
    if dialog.protection == Protection::Typed {
        let name = &*dialog.plan().key.name;
        let prompt = format!("to confirm, type {name}: ");
        let x = part.put(0, 0, &prompt, skin.warn);
        let room = part.width().saturating_sub(x);
        let at = panel::input::typed(&mut part.part(Rect::new(x, 0, room, 1)), view, &dialog.line);
        cursor = cursor.or(Some((area.x + x + at, area.y)));
    } else if let Some((told, style)) = &complaint {
        let room = usize::from(part.width());
        part.put(0, 0, &text::end(told, room), *style);
    }
    let mut x = 0;
    if dialog.noting {
        for (action, title) in [(Action::Confirm, "keep the note")] {
            if let Some(key) = view.key(action) {
                x = part.put(x, last, &key, skin.key) + 1;
                part.put(x, last, title, skin.hint);
            }
        }
        return cursor;
    }
    if unread > 0 {
        if let Some(key) = view.key(Action::PageDown) {
            x = part.put(x, last, &key, skin.key) + 1;
        }
        let told = format!("read on, {} below", text::count(unread, "line", "lines"));
        x = part.put(x, last, &told, skin.warn) + 2;
    } else if let Some(key) = view.key(Action::Confirm).filter(|_| is_typed(dialog)) {
        x = part.put(x, last, &key, skin.key) + 1;
        x = part.put(x, last, "run it", skin.hint) + 2;
    }
    if let Some(key) = view.key(Action::Cancel) {
        x = part.put(x, last, &key, skin.key) + 1;
        x = part.put(x, last, "close, change nothing", skin.hint) + 2;
    }
    let typed = dialog.protection == Protection::Typed;
    // where letters go into the name, the note has a key that is none
    let room = !typed || complaint.is_none();
    let watch = watches(dialog).map(|on| if on { "do not watch it" } else { "watch whether it helps" });
    for (action, told) in [(Action::Note, Some("note")), (Action::Watch, watch)] {
        let Some(told) = told else { continue };
        let keys = view.state.keymap.keys_for(crate::action::Context::Dialog, action);
        let key = keys.into_iter().find(|key| room && (!typed || key.chars().count() > 1));
        let wide = |key: &String| x + text::cells(text::width(key) + text::width(told)) < part.width();
        if let Some(key) = key.filter(wide) {
            x = part.put(x, last, &key, skin.key) + 1;
            x = part.put(x, last, told, skin.hint) + 2;
        }
    }
    if let (Some((told, style)), Protection::Typed) = (&complaint, dialog.protection) {
        let room = usize::from(part.width().saturating_sub(x));
        part.put_right(part.width(), last, &text::end(told, room), *style);
    }
    cursor
}
