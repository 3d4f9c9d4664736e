//! Why a service is not well, over the fleet.

use super::foot::foot;
use crate::{
    app::{layout, panels, state::ListView},
    model::ServiceKey,
    ui::{
        canvas::Canvas,
        panel,
        view::{self, View},
        widget::dialog,
    },
};

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>, key: &ServiceKey, at: ListView) {
    let lines = panels::why_rows(view.state, key);
    let area = layout::plan(view.size, lines.len(), false);
    let title = format!("Why {}", key.name);
    dialog::frame(canvas, &view.skin, view::rect(area.outer), &title, view.skin.faint);
    let mut body = canvas.part(view::rect(area.body));
    let width = layout::plan_width(view.size).saturating_sub(1);
    panel::why::rows(&mut body, view, &lines, at.offset, width);
    foot(canvas, view, area, &[], "");
}
