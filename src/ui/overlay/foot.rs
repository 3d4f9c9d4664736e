//! The last line of a dialog.

use crate::{
    action::Action,
    app::{layout, state::ListView},
    ui::{
        canvas::Canvas,
        view::{View, rect},
    },
};

/// Draws it: how to go on, how to leave, and a note at the right.
pub fn foot(
    canvas: &mut Canvas<'_>,
    view: &View<'_>,
    area: layout::Dialog,
    ways: &[(&str, Action)],
    note: &str,
) {
    let skin = &view.skin;
    let mut row = canvas.part(rect(area.footer));
    let y = row.height().saturating_sub(1);
    let mut x = 0;
    for (title, action) in ways.iter().copied().chain([("close", Action::Cancel)]) {
        if let Some(key) = view.key(action) {
            x = row.put(x, y, &key, skin.key) + 1;
            x = row.put(x, y, title, skin.hint) + 2;
        }
    }
    row.put_right(row.width(), y, note, skin.muted);
}

/// `3 of 14`.
pub fn place(at: ListView, of: usize) -> String {
    if of == 0 { String::new() } else { format!("{} of {of}", (at.cursor + 1).min(of)) }
}
