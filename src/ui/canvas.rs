//! A clipped window onto the frame's buffer. Every view draws through one, so nothing is ever drawn outside
//! of its place.

use super::text::{cells, width};
use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::Style,
    text::Span,
};

/// A rectangle of the frame, drawn to in coordinates of its own.
#[derive(Debug)]
pub struct Canvas<'b> {
    buffer: &'b mut Buffer,
    area: Rect,
}

impl<'b> Canvas<'b> {
    /// The part of `buffer` within `area`.
    pub fn new(buffer: &'b mut Buffer, area: Rect) -> Self {
        let area = area.intersection(*buffer.area());
        Self { buffer, area }
    }

    /// Columns.
    pub fn width(&self) -> u16 {
        self.area.width
    }

    /// Rows.
    pub fn height(&self) -> u16 {
        self.area.height
    }

    /// The part within `area`, which is relative to this canvas.
    pub fn part(&mut self, area: Rect) -> Canvas<'_> {
        let moved = Rect {
            x: self.area.x.saturating_add(area.x),
            y: self.area.y.saturating_add(area.y),
            width: area.width,
            height: area.height,
        };
        Canvas { area: moved.intersection(self.area), buffer: self.buffer }
    }

    /// Rows `y` to `y + height`.
    pub fn rows(&mut self, y: u16, height: u16) -> Canvas<'_> {
        self.part(Rect::new(0, y, self.area.width, height))
    }

    /// All but `left` and `right` columns at the sides.
    pub fn inset(&mut self, left: u16, right: u16) -> Canvas<'_> {
        let width = self.area.width.saturating_sub(left.saturating_add(right));
        self.part(Rect::new(left, 0, width, self.area.height))
    }

    /// Writes text at `(x, y)`, cut hard at the canvas' edge; returns the column after it.
    pub fn put(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        self.put_within(x, y, text, style, self.area.width.saturating_sub(x))
    }

    /// As [`Canvas::put`], with at most `room` cells.
    pub fn put_within(&mut self, x: u16, y: u16, text: &str, style: Style, room: u16) -> u16 {
        if x >= self.area.width || y >= self.area.height || room == 0 {
            return x;
        }
        let room = room.min(self.area.width - x);
        let (end, _) =
            self.buffer.set_stringn(self.area.x + x, self.area.y + y, text, usize::from(room), style);
        end.saturating_sub(self.area.x)
    }

    /// Writes text so that it ends before column `end`; returns its first column.
    pub fn put_right(&mut self, end: u16, y: u16, text: &str, style: Style) -> u16 {
        let x = end.saturating_sub(cells(width(text)));
        self.put_within(x, y, text, style, end.saturating_sub(x));
        x
    }

    /// Writes spans one after the other; returns the column after them.
    pub fn spans(&mut self, x: u16, y: u16, spans: &[Span<'_>]) -> u16 {
        spans.iter().fold(x, |x, span| self.put(x, y, &span.content, span.style))
    }

    /// Lays a style over a row.
    pub fn tint(&mut self, y: u16, style: Style) {
        if y < self.area.height {
            self.buffer.set_style(Rect { y: self.area.y + y, height: 1, ..self.area }, style);
        }
    }

    /// Lays a style over everything.
    pub fn tint_all(&mut self, style: Style) {
        self.buffer.set_style(self.area, style);
    }

    /// Empties everything and lays a style over it.
    pub fn clear(&mut self, style: Style) {
        for y in self.area.top()..self.area.bottom() {
            for x in self.area.left()..self.area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
        self.tint_all(style);
    }

    /// One cell, if it is inside.
    pub fn cell(&mut self, x: u16, y: u16) -> Option<&mut Cell> {
        if x >= self.area.width || y >= self.area.height {
            return None;
        }
        self.buffer.cell_mut((self.area.x + x, self.area.y + y))
    }

    /// One glyph at `(x, y)`.
    pub fn glyph(&mut self, x: u16, y: u16, glyph: char, style: Style) {
        if let Some(cell) = self.cell(x, y) {
            cell.set_char(glyph).set_style(style);
        }
    }

    /// A horizontal line of a glyph.
    pub fn rule(&mut self, y: u16, glyph: char, style: Style) {
        for x in 0..self.area.width {
            self.glyph(x, y, glyph, style);
        }
    }
}

/// Cells that spans take.
pub fn spans_width(spans: &[Span<'_>]) -> u16 {
    spans.iter().fold(0u16, |sum, span| sum.saturating_add(cells(width(&span.content))))
}
