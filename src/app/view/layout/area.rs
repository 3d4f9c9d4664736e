//! Rectangles of cells, and pages of lists.

use crate::app::state::ListView;
use unicode_width::UnicodeWidthStr;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// First column.
    pub x: u16,
    /// First row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// From its parts.
    pub const fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Self { x, y, width, height }
    }

    /// True when the cell lies in it.
    pub fn contains(self, column: u16, row: u16) -> bool {
        column >= self.x
            && row >= self.y
            && column < self.x.saturating_add(self.width)
            && row < self.y.saturating_add(self.height)
    }

    /// Its rows as a count.
    pub fn rows(self) -> usize {
        usize::from(self.height)
    }

    /// Splits off the first `rows` rows: (those, the rest).
    pub fn top(self, rows: u16) -> (Self, Self) {
        let rows = rows.min(self.height);
        (
            Self { height: rows, ..self },
            Self { y: self.y.saturating_add(rows), height: self.height.saturating_sub(rows), ..self },
        )
    }

    /// Splits off the last `rows` rows: (the rest, those).
    pub fn bottom(self, rows: u16) -> (Self, Self) {
        self.top(self.height.saturating_sub(rows.min(self.height)))
    }

    /// Splits off the first `columns` columns: (those, the rest).
    pub fn left(self, columns: u16) -> (Self, Self) {
        let columns = columns.min(self.width);
        (
            Self { width: columns, ..self },
            Self { x: self.x.saturating_add(columns), width: self.width.saturating_sub(columns), ..self },
        )
    }

    /// This area without so many cells on every side.
    pub fn shrunk(self, horizontal: u16, vertical: u16) -> Self {
        let (horizontal, vertical) = (horizontal.min(self.width / 2), vertical.min(self.height / 2));
        Self {
            x: self.x.saturating_add(horizontal),
            y: self.y.saturating_add(vertical),
            width: self.width.saturating_sub(horizontal.saturating_mul(2)),
            height: self.height.saturating_sub(vertical.saturating_mul(2)),
        }
    }
}

/// Cells a text takes.
pub fn cells(text: &str) -> u16 {
    // nearly all names are ASCII, and every row of the fleet is measured
    let width = if text.is_ascii() { text.len() } else { text.width() };
    u16::try_from(width).unwrap_or(u16::MAX)
}

/// A count as cells.
pub fn short(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// The three parts of every screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The first line.
    pub header: Area,
    /// All between.
    pub content: Area,
    /// The last line: hints, a notice, a pending sequence, or the filter being typed.
    pub hint: Area,
}

/// The three parts of a screen of that size.
pub fn frame(size: (u16, u16)) -> Frame {
    let all = Area::new(0, 0, size.0, size.1);
    let (header, rest) = all.top(1);
    let (content, hint) = rest.bottom(1);
    Frame { header, content, hint }
}

/// Keeps a list's cursor among `len` lines and its offset such that the cursor is on the page.
pub fn keep(list: &mut ListView, len: usize, page: usize) {
    list.cursor = list.cursor.min(len.saturating_sub(1));
    list.offset = kept(list.cursor, list.offset, len, page);
}

/// The offset, moved as little as possible, at which line `cursor` of `len` is on a page of `page` lines.
pub fn kept(cursor: usize, offset: usize, len: usize, page: usize) -> usize {
    let page = page.max(1);
    let last = len.saturating_sub(page);
    let lowest = cursor.saturating_add(1).saturating_sub(page);
    offset.min(last).clamp(lowest.min(cursor), cursor.max(lowest))
}
