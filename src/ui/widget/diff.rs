//! Lines of a difference: told by their first character, then by colour.

use crate::{
    model::plan::DiffLine,
    ui::{canvas::Canvas, skin::Skin, text},
};

/// Draws one line at row `y`.
pub fn line(canvas: &mut Canvas<'_>, skin: &Skin, y: u16, line: &DiffLine) {
    let (sign, body, style) = match line {
        DiffLine::Same(body) => (" ", body.clone(), skin.muted),
        DiffLine::Removed(body) => ("-", body.clone(), skin.removed),
        DiffLine::Added(body) => ("+", body.clone(), skin.added),
        DiffLine::Skipped(n) => ("⋯", text::count(*n, "equal line", "equal lines"), skin.muted),
    };
    canvas.put(0, y, sign, style);
    let room = usize::from(canvas.width().saturating_sub(2));
    // what differs stands at the end as often as not: the tag behind a long image
    canvas.put(2, y, &text::middle(&body, room), style);
}
