//! What lies over a screen and takes the keys.

mod foot;
mod images;
mod palette;
mod plan;
mod revisions;
mod small;
mod why;

use super::{canvas::Canvas, view::View};
use crate::app::state::{Overlay, Pick};

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
                Pick::Migrate => format!("Migrate {} with an image", key.name),
                Pick::Release => format!("Release an image to {}", key.name),
                Pick::Deploy => format!("Deploy an image to {}", key.name),
            };
            Some(images::draw(canvas, view, &title, line, images, shown, *list))
        }
        Overlay::Revisions { key, revisions, list } => {
            revisions::draw(canvas, view, key, revisions, *list);
            None
        }
        Overlay::Moment(line) => Some(small::moment(canvas, view, line)),
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
            why::draw(canvas, view, key, *list);
            None
        }
        Overlay::Text { title, lines, list } => {
            small::text(canvas, view, title, lines, *list);
            None
        }
    }
}
