//! The fleet as a matrix: applications down, environments across, which version is where.

use super::{
    canvas::Canvas,
    fleet, glyph,
    text::{self, cells, width},
    view::{self, View},
    widget::list,
};
use crate::app::{
    fleet as rows,
    layout::{self, MatrixSlot},
    matrix::{Drift, drift},
};
use ratatui::{layout::Rect, style::Style};

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let (state, skin) = (view.state, &view.skin);
    let fleet = &state.fleet;
    let areas = layout::fleet(view.size, rows::troubles(state));
    let (application, slots) =
        layout::matrix_columns(areas.rows.width, &fleet.widths, state.environments.len(), fleet.cell.1);
    let mut head = canvas.part(view::rect(areas.head));
    head.put(1, 0, "APPLICATION", skin.heading);
    for slot in &slots {
        let Some(environment) = state.environments.get(slot.environment) else { continue };
        let name = text::middle(environment.name.as_str(), usize::from(slot.width));
        head.put(slot.x, 0, &name, skin.hue(slot.environment));
    }
    more(&mut head, view, &slots);
    let shown = list::window(fleet.applications.len(), fleet.matrix_offset, areas.rows.height);
    let mut body = canvas.part(view::rect(areas.rows));
    if fleet.applications.is_empty() {
        fleet::nothing(&mut body, view);
    }
    for (y, row) in (0..).zip(shown.clone()) {
        let Some(name) = fleet.applications.get(row) else { continue };
        let here = row == fleet.cell.0;
        let style = if here { skin.strong } else { skin.text };
        body.put(1, y, &text::middle(name, usize::from(application)), style);
        if here {
            body.glyph(0, y, glyph::CURSOR, skin.accent);
        }
        for slot in &slots {
            let area = Rect::new(slot.x, y, slot.width, 1);
            cell(&mut body.part(area), view, (row, slot.environment));
        }
    }
    list::scrollbar(&mut body, skin, fleet.applications.len(), &shown);
    fleet::draw_troubles(&mut canvas.part(view::rect(areas.troubles)), view);
}

/// Says that there are environments to the left or right of those shown.
fn more(head: &mut Canvas<'_>, view: &View<'_>, slots: &[MatrixSlot]) {
    let right = slots.last().is_some_and(|s| s.environment + 1 < view.state.environments.len());
    let left = slots.first().is_some_and(|s| s.environment > 0);
    let end = head.width();
    if right {
        head.put_right(end, 0, "›", view.skin.accent);
    }
    if left && let Some(first) = slots.first() {
        head.put_right(first.x.saturating_sub(1), 0, "‹", view.skin.accent);
    }
}

fn cell(canvas: &mut Canvas<'_>, view: &View<'_>, at: (usize, usize)) {
    let (state, skin) = (view.state, &view.skin);
    let selected = at == state.fleet.cell;
    if selected {
        canvas.tint(0, skin.selection);
    }
    let keys = state.fleet.cells.get(&at).map(Vec::as_slice).unwrap_or_default();
    let Some(row) = keys.first().and_then(|key| state.rows.get(key)) else {
        canvas.put(0, 0, "·", skin.faint);
        return;
    };
    canvas.glyph(0, 0, glyph::service(row), skin.service(row));
    let (sign, word, style) = mark(view, at);
    let extra = if keys.len() > 1 { format!("+{}", keys.len() - 1) } else { String::new() };
    let room = usize::from(canvas.width().saturating_sub(2));
    let version = state.images.words_within(&row.version, room.saturating_sub(2));
    let told = format!("{sign} {word}");
    let tail = if width(&version) + 1 + width(&told) + width(&extra) < room { told } else { sign.to_owned() };
    let tail_room = if tail.is_empty() { 0 } else { width(&tail) + 1 };
    let extra_room = if extra.is_empty() { 0 } else { width(&extra) + 1 };
    let base = match (selected, rows::age(state, row)) {
        (true, _) => skin.selection_text,
        (false, Some(_)) => skin.muted,
        (false, None) => skin.text,
    };
    let version = text::middle(&version, room.saturating_sub(tail_room + extra_room));
    let mut x = canvas.put(2, 0, &version, base) + 1;
    if !extra.is_empty() {
        x = canvas.put(x, 0, &extra, skin.muted) + 1;
    }
    if !sign.is_empty() {
        canvas.put_within(x, 0, &tail, style, cells(width(&tail)));
    }
}

/// How the cell stands to the environment it is promoted from.
fn mark(view: &View<'_>, at: (usize, usize)) -> (&'static str, &'static str, Style) {
    let skin = &view.skin;
    match drift(view.state, at.0, at.1) {
        Drift::Same => ("", "", skin.muted),
        Drift::Differs => ("≠", "differs", skin.info),
        Drift::Ahead => ("↑", "ahead", skin.info),
        Drift::Behind => ("↓", "behind", skin.info),
    }
}
