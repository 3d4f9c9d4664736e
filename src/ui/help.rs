//! Every key there is, by where it works, from the live keymap.

use super::{
    canvas::Canvas,
    text::{self, cells},
    view::{self, View},
    widget::list,
};
use crate::app::{
    help::{self, HelpRow},
    layout,
};
use ratatui::layout::Rect;

/// Draws it, flowing into as many columns as fit.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let frame = layout::frame(view.size);
    let mut body = canvas.part(view::rect(frame.content));
    let rows = help::rows(view.state);
    if rows.is_empty() {
        let filter = text::end(view.state.help_filter.trim(), 30);
        body.put(1, 1, &format!("No key matches “{filter}”."), view.skin.muted);
    }
    let (columns, wide) = layout::help_columns(body.width());
    let height = body.height();
    let fit = usize::from(height) * usize::from(columns);
    let keys =
        rows.iter().map(|row| if let HelpRow::Verb { keys, .. } = row { text::width(keys) } else { 0 });
    let key_room = keys.max().unwrap_or(0).clamp(8, 16);
    let shown = list::window(rows.len(), view.state.help.offset, cells(fit));
    for (place, row) in rows.get(shown.clone()).unwrap_or_default().iter().enumerate() {
        let (column, y) = (cells(place / usize::from(height)), cells(place % usize::from(height)));
        draw_row(&mut body.part(Rect::new(column * wide, y, wide, 1)), view, row, key_room);
    }
    list::scrollbar(&mut body, &view.skin, rows.len(), &shown);
}

fn draw_row(canvas: &mut Canvas<'_>, view: &View<'_>, row: &HelpRow, key_room: usize) {
    let skin = &view.skin;
    match row {
        HelpRow::Blank => {}
        HelpRow::Heading { title, .. } => {
            let room = usize::from(canvas.width().saturating_sub(2));
            canvas.put(1, 0, &text::end(title, room), skin.heading);
        }
        HelpRow::Verb { keys, action } => {
            canvas.put(2, 0, &text::pad(keys, key_room), skin.key);
            let x = 2 + cells(key_room) + 2;
            let room = usize::from(canvas.width().saturating_sub(x + 2));
            let style = if action.changes() { skin.warn } else { skin.text };
            canvas.put(x, 0, &text::end(action.help().trim_end_matches('.'), room), style);
        }
    }
}
