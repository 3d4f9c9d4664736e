//! A line of text being typed.

use crate::{
    app::state::Line,
    ui::{
        canvas::Canvas,
        text::{cells, width},
        view::View,
    },
};

/// Draws the text such that the cursor is visible; returns the cursor's column.
pub fn typed(canvas: &mut Canvas<'_>, view: &View<'_>, line: &Line) -> u16 {
    let skin = &view.skin;
    let before: String = line.text.chars().take(line.cursor).collect();
    let room = usize::from(canvas.width().saturating_sub(1));
    let mut start = 0;
    let mut ahead = width(&before);
    // drop characters at the left until the cursor fits
    for ch in before.chars() {
        if ahead <= room {
            break;
        }
        ahead = ahead.saturating_sub(width(ch.encode_utf8(&mut [0; 4])));
        start += 1;
    }
    let shown: String = line.text.chars().skip(start).collect();
    canvas.put(0, 0, &shown, skin.strong);
    if start > 0 {
        canvas.glyph(0, 0, '…', skin.muted);
    }
    cells(ahead)
}
