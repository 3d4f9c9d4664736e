//! A row that the cursor can stand on, and new and old side by side.

use super::lines;
use crate::{
    app::rows::BodyRow,
    ui::{canvas::Canvas, glyph, view::View},
};
use ratatui::{layout::Rect, text::Span};

/// A row, or one side of a pair.
pub fn half(line: &mut Canvas<'_>, view: &View<'_>, spans: &[Span<'static>], selected: bool) {
    if selected {
        line.tint(0, view.skin.selection);
        line.glyph(0, 0, glyph::CURSOR, view.skin.accent);
    }
    lines::draw(line, view, 1, spans);
}

/// New and old side by side, each as `spans` tells it; `cursor` tells on which of them it is.
pub fn sides(
    line: &mut Canvas<'_>,
    view: &View<'_>,
    row: BodyRow,
    cursor: Option<bool>,
    spans: impl Fn(BodyRow, u16) -> Vec<Span<'static>>,
) {
    let left = line.width().div_ceil(2);
    let (new, old) = match row {
        BodyRow::Pair { new, old, .. } => (new.is_some(), old.is_some()),
        _ => (true, true),
    };
    // where one side has no task, the cursor is on the other
    let on = cursor.map(|on_old| (on_old && old) || !new);
    if new {
        let mut part = line.part(Rect::new(0, 0, left, 1));
        half(&mut part, view, &spans(row.side(false), left), on == Some(false));
    }
    if old {
        let width = line.width().saturating_sub(left + 2);
        let mut part = line.part(Rect::new(left + 2, 0, width, 1));
        half(&mut part, view, &spans(row.side(true), width), on == Some(true));
    }
    line.glyph(left, 0, '│', view.skin.faint);
}
