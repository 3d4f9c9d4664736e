//! The box around a dialog. Nothing else has one.

use crate::ui::{
    canvas::Canvas,
    skin::Skin,
    text::{self, cells},
};
use ratatui::{layout::Rect, style::Style};

/// Draws an empty box with a title, over whatever was there.
pub fn frame(canvas: &mut Canvas<'_>, skin: &Skin, area: Rect, title: &str, style: Style) {
    // one blank column on either side parts the box from what lies under it
    let wide =
        Rect { x: area.x.saturating_sub(1), width: area.width + if area.x > 0 { 2 } else { 1 }, ..area };
    canvas.part(wide).clear(skin.ground.patch(skin.dialog));
    let mut inner = canvas.part(area);
    let (right, bottom) = (inner.width().saturating_sub(1), inner.height().saturating_sub(1));
    inner.rule(0, '─', style);
    inner.rule(bottom, '─', style);
    for y in 0..=bottom {
        inner.glyph(0, y, '│', style);
        inner.glyph(right, y, '│', style);
    }
    for (x, y, glyph) in [(0, 0, '╭'), (right, 0, '╮'), (0, bottom, '╰'), (right, bottom, '╯')] {
        inner.glyph(x, y, glyph, style);
    }
    if !title.is_empty() {
        let room = usize::from(inner.width().saturating_sub(6));
        inner.put(2, 0, &format!(" {} ", text::end(title, room)), skin.title);
    }
}

/// Writes a note into the box' lower border, at the right: a position, say.
pub fn note(canvas: &mut Canvas<'_>, area: Rect, text: &str, style: Style) {
    if text.is_empty() || area.height == 0 {
        return;
    }
    let mut inner = canvas.part(area);
    let end = inner.width().saturating_sub(2);
    let text = format!(" {text} ");
    let bottom = inner.height().saturating_sub(1);
    if cells(text::width(&text)) < end {
        inner.put_right(end, bottom, &text, style);
    }
}
