//! The palette: verbs, screens, services and environments by name.

use super::foot::{foot, place};
use crate::{
    action::Action,
    app::{
        layout, palette,
        state::{Line, ListView, PaletteEntry, PaletteVerb},
    },
    ui::{
        canvas::Canvas,
        glyph, panel,
        text::{self, cells, width},
        view::{self, View},
        widget::{dialog, list},
    },
};

/// Draws it; returns where the cursor is.
pub fn draw(
    canvas: &mut Canvas<'_>,
    view: &View<'_>,
    line: &Line,
    entries: &[PaletteEntry],
    at: ListView,
    moved: bool,
) -> (u16, u16) {
    let skin = &view.skin;
    let taken = palette::taken(entries, at, moved).is_some();
    let area = layout::picker(view.size);
    dialog::frame(canvas, skin, view::rect(area.outer), "Go to, or do", view.skin.faint);
    let mut typed = canvas.part(view::rect(area.line));
    let x = typed.put(0, 0, ": ", skin.key);
    let room = typed.width().saturating_sub(x);
    let cursor = panel::input::typed(&mut typed.part(ratatui::layout::Rect::new(x, 0, room, 1)), view, line);
    let mut body = canvas.part(view::rect(area.body));
    if entries.is_empty() {
        body.put(0, 0, "No command or service has that name.", skin.muted);
    }
    let shown = list::window(entries.len(), at.offset, body.height());
    for (y, index) in (0..).zip(shown.clone()) {
        let Some(entry) = entries.get(index) else { continue };
        let selected = taken && index == at.cursor;
        let mut row = body.rows(y, 1);
        if selected {
            row.tint(0, skin.selection);
            row.glyph(0, 0, glyph::CURSOR, skin.accent);
        }
        let aside = text::end(&entry.aside, usize::from(row.width() / 3));
        let end = row.width().saturating_sub(1);
        row.put_right(end, 0, &aside, skin.muted);
        let room = usize::from(end.saturating_sub(cells(width(&aside)) + 4));
        let style = if selected { skin.selection_text } else { skin.text };
        // names are cut in the middle, sentences at their end
        let title = match entry.does {
            PaletteVerb::Act(_) => text::end(&entry.title, room),
            _ => text::middle(&entry.title, room),
        };
        row.put(2, 0, &title, style);
    }
    list::scrollbar(&mut body, skin, entries.len(), &shown);
    let (ways, note): (&[_], _) = match (taken, entries.is_empty()) {
        (true, _) => (&[("take", Action::Confirm)], place(at, entries.len())),
        (false, true) => (&[], String::new()),
        (false, false) => (&[("choose", Action::Down), ("full name", Action::Complete)], String::new()),
    };
    foot(canvas, view, area, ways, &note);
    (area.line.x + x + cursor, area.line.y)
}
