//! Rows made of spans: drawn with one cut at the end, and whole where the cursor is.

use crate::ui::{
    canvas::{Canvas, spans_width},
    text::{self, cells, width},
    view::View,
};
use ratatui::{style::Style, text::Span};

/// Draws spans from column `x`; what does not fit is cut with `…`. True when something was cut.
pub fn draw(canvas: &mut Canvas<'_>, view: &View<'_>, x: u16, spans: &[Span<'_>]) -> bool {
    let end = canvas.width().saturating_sub(1);
    // the blanks behind the last clause need no room
    let blanks = spans.last().map_or(0, |last| last.content.len() - last.content.trim_end().len());
    if x + spans_width(spans).saturating_sub(cells(blanks)) <= end {
        canvas.spans(x, 0, spans);
        return false;
    }
    let mut x = x;
    for span in spans {
        let room = end.saturating_sub(x);
        if cells(width(&span.content)) <= room {
            x = canvas.put(x, 0, &span.content, span.style);
            continue;
        }
        let cut = text::end(&span.content, usize::from(room));
        if cut.is_empty() {
            canvas.put(end.saturating_sub(1), 0, "…", view.skin.muted);
        } else {
            canvas.put(x, 0, &cut, span.style);
        }
        break;
    }
    true
}

/// The whole text of the row at `y`, wrapped in a band at the other end of the canvas.
pub fn whole(canvas: &mut Canvas<'_>, view: &View<'_>, y: u16, spans: &[Span<'_>]) {
    let skin = &view.skin;
    let text: String = spans.iter().map(|s| s.content.as_ref()).collect();
    let room = usize::from(canvas.width().saturating_sub(4));
    let lines = text::wrap(&text, room);
    let height = cells(lines.len()).min(canvas.height().saturating_sub(2) / 2);
    if height == 0 {
        return;
    }
    let below = y + 1 + height < canvas.height();
    let top = if below { canvas.height() - height - 1 } else { 0 };
    let mut band = canvas.rows(top, height + 1);
    band.clear(skin.ground.patch(skin.dialog));
    band.rule(if below { 0 } else { height }, '─', skin.faint);
    for (row, line) in (u16::from(below)..).zip(lines.iter().take(usize::from(height))) {
        band.put(2, row, line, skin.text);
    }
}

/// AWS's constant as words: `SCALE_UP` → `scale up`.
pub fn words(constant: &str) -> String {
    constant.replace('_', " ").to_lowercase()
}

/// Spans that grow as things turn out worth telling.
#[derive(Debug, Default)]
pub struct Spans(pub Vec<Span<'static>>);

impl Spans {
    /// Adds text.
    pub fn push(&mut self, text: impl Into<String>, style: Style) -> &mut Self {
        self.0.push(Span::styled(text.into(), style));
        self
    }

    /// Adds text in a column of so many cells, and two blanks.
    pub fn column(&mut self, text: &str, room: usize, style: Style) -> &mut Self {
        self.push(format!("{}  ", text::pad(text, room)), style)
    }

    /// Adds a number in a column of so many cells, and two blanks.
    pub fn number(&mut self, text: &str, room: usize, style: Style) -> &mut Self {
        self.push(format!("{}  ", text::pad_left(text, room)), style)
    }

    /// Adds a clause and two blanks, if it is not empty.
    pub fn clause(&mut self, text: impl Into<String>, style: Style) -> &mut Self {
        let text = text.into();
        if text.is_empty() { self } else { self.push(format!("{text}  "), style) }
    }
}
