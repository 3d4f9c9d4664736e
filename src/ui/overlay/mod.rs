//! What lies over a screen and takes the keys.

mod images;
pub mod input;
mod palette;
mod plan;
mod revisions;
mod small;
pub mod why;

use super::{
    canvas::Canvas,
    view::{View, rect},
};
use crate::{
    action::Action,
    app::{
        layout,
        state::{Overlay, Pick},
    },
};

/// Draws the overlay, if there is one; returns where the cursor is, where something is typed.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) -> Option<(u16, u16)> {
    match view.state.overlay.as_ref()? {
        // typed on the hint line
        Overlay::Filter(_) => None,
        Overlay::Palette { line, entries, list, moved } => {
            Some(palette::draw(canvas, view, line, entries, *list, *moved))
        }
        Overlay::Images { key, line, images, shown, list, pick, .. } => {
            let title = match pick {
                Pick::Migrate => format!("Migrate {} with which image", key.name),
                Pick::Release => format!("Release which image to {}", key.name),
                Pick::Deploy => format!("Deploy which image to {}", key.name),
            };
            Some(images::draw(canvas, view, &title, line, images, shown, *list))
        }
        Overlay::Revisions { key, revisions, list } => {
            revisions::draw(canvas, view, key, revisions, *list);
            None
        }
        Overlay::Scale { key, line } => Some(small::scale(canvas, view, key, line)),
        Overlay::Planning { title, .. } => {
            small::planning(canvas, view, title);
            None
        }
        Overlay::Plan(dialog) => plan::draw(canvas, view, dialog),
        Overlay::Refused { title, refusal, held } => {
            let held = held.as_deref().map(|(lock, _)| lock);
            small::refused(canvas, view, title, refusal, held);
            None
        }
        Overlay::TakeOver(over) => Some(small::take_over(canvas, view, over)),
        Overlay::GoOn(on) => small::go_on(canvas, view, on),
        Overlay::Why { key, list } => {
            why::dialog(canvas, view, key, *list);
            None
        }
        Overlay::Text { title, lines, list } => {
            small::text(canvas, view, title, lines, *list);
            None
        }
    }
}

/// The last line of a dialog: how to go on, how to leave, and a note at the right.
fn foot(canvas: &mut Canvas<'_>, view: &View<'_>, area: layout::Dialog, ways: &[(&str, Action)], note: &str) {
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
