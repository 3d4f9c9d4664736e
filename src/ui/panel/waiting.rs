//! What stands where nothing is loaded yet.

use crate::{
    app::state::Loaded,
    ui::{
        canvas::Canvas,
        text,
        view::{self, View},
    },
};

/// Says that `what` is being read, or why it could not be.
pub fn waiting<T>(body: &mut Canvas<'_>, view: &View<'_>, loaded: &Loaded<T>, what: &str) {
    let skin = &view.skin;
    let room = usize::from(body.width().saturating_sub(4));
    match &loaded.trouble {
        Some(trouble) => {
            let lines = text::wrap(&view::sentence(trouble), room);
            for (y, line) in (1..).zip(lines) {
                body.put(2, y, &line, skin.warn);
            }
        }
        None => {
            body.put(2, 1, &text::end(&format!("Reading {what}."), room), skin.muted);
        }
    }
}
