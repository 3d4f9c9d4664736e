//! The picker of a revision to go back to.

use super::foot::{foot, place};
use crate::{
    action::Action,
    app::{
        layout,
        state::{ListView, Loaded},
    },
    model::{Revision, ServiceKey},
    ui::{
        canvas::Canvas,
        panel,
        view::{self, View},
        widget::dialog,
    },
};

/// Draws it.
pub fn draw(
    canvas: &mut Canvas<'_>,
    view: &View<'_>,
    key: &ServiceKey,
    revisions: &Loaded<Vec<Revision>>,
    at: ListView,
) {
    let area = layout::picker(view.size);
    dialog::frame(
        canvas,
        &view.skin,
        view::rect(area.outer),
        &format!("Roll {} back to which revision", key.name),
        view.skin.faint,
    );
    canvas.part(view::rect(area.line)).put(
        0,
        0,
        "newest first; the one set now is marked ●",
        view.skin.muted,
    );
    let mut body = canvas.part(view::rect(area.body));
    let len = revisions.value.as_ref().map_or(0, Vec::len);
    if let Some(list) = &revisions.value {
        panel::revisions::table(&mut body, view, list, at);
    } else {
        panel::waiting(&mut body, view, revisions, "the revisions");
    }
    foot(canvas, view, area, &[("plan", Action::Confirm)], &place(at, len));
}
