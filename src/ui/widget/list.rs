//! What every list shares: which lines are visible, and where in the whole they are.

use crate::ui::{canvas::Canvas, skin::Skin, text::cells};
use std::ops::Range;

/// The visible lines of a list of `len` from `offset` on a page of `page` lines. An offset past the end
/// (the list has become shorter) shows the last page.
pub fn window(len: usize, offset: usize, page: u16) -> Range<usize> {
    let page = usize::from(page);
    let first = offset.min(len.saturating_sub(page));
    first..len.min(first.saturating_add(page))
}

/// A thumb at the right edge, only where there is more than is shown.
pub fn scrollbar(canvas: &mut Canvas<'_>, skin: &Skin, len: usize, shown: &Range<usize>) {
    let height = usize::from(canvas.height());
    if len <= shown.len() || height == 0 || canvas.width() == 0 {
        return;
    }
    let thumb = (height * shown.len() / len).clamp(1, height);
    let hidden = len - shown.len();
    let top = ((height - thumb) * shown.start + hidden / 2).checked_div(hidden).unwrap_or(0);
    let x = canvas.width() - 1;
    for y in (0..thumb).map(|y| cells(top + y)) {
        // a state that reaches the edge is worth more than the thumb
        let free = canvas.cell(x, y).is_some_and(|cell| matches!(cell.symbol(), " " | "│"));
        if free {
            canvas.glyph(x, y, '▐', skin.faint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_stay_inside() {
        assert_eq!(window(10, 0, 4), 0..4);
        assert_eq!(window(10, 99, 4), 6..10);
        assert_eq!(window(3, 2, 4), 0..3);
        assert_eq!(window(0, 2, 4), 0..0);
    }
}
