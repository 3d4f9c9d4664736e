//! Dialogs, and text broken into their lines.

use super::{Area, short};
use unicode_width::UnicodeWidthStr;

/// A box over the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialog {
    /// With its border.
    pub outer: Area,
    /// What is typed: one line at the top; empty where nothing is.
    pub line: Area,
    /// The content: one row a line.
    pub body: Area,
    /// Lines at the bottom, for the keys that work here and for complaints.
    pub footer: Area,
}

fn boxed(size: (u16, u16), width: u16, line: u16, rows: usize, footer: u16) -> Dialog {
    let width = width.min(size.0);
    let chrome = line + footer + 2;
    let height = short(rows).saturating_add(chrome).min(size.1.saturating_sub(2)).max(size.1.min(5));
    let outer = Area::new((size.0 - width) / 2, (size.1 - height) / 2, width, height);
    let inner = outer.shrunk(2, 1);
    let (line, rest) = inner.top(line);
    let (body, footer) = rest.bottom(footer.min(rest.height.saturating_sub(1)));
    Dialog { outer, line, body, footer }
}

/// Cells inside a plan dialog, by which its rows are wrapped.
pub fn plan_width(size: (u16, u16)) -> u16 {
    size.0.min(104).saturating_sub(4).max(10)
}

/// The plan dialog for so many rows; its footer holds the note where there is one, the line to type in (or the
/// confirming key) and the complaint.
pub fn plan(size: (u16, u16), rows: usize, note: bool) -> Dialog {
    boxed(size, 104, 0, rows, 2 + u16::from(note))
}

/// The palette, and the picker of images or revisions: a line to type in, then a list.
pub fn picker(size: (u16, u16)) -> Dialog {
    let rows = (usize::from(size.1) * 3 / 5).max(8);
    boxed(size, 84, 1, rows, 1)
}

/// A small dialog: a number to type, a refusal, an address.
pub fn small(size: (u16, u16), line: bool, rows: usize) -> Dialog {
    boxed(size, 84, u16::from(line), rows, 1)
}

/// Cells inside a small dialog.
pub fn small_width(size: (u16, u16)) -> u16 {
    size.0.min(84).saturating_sub(4).max(10)
}

/// Breaks text into lines of at most `width` cells: between words where it can be, within a word where it
/// cannot. Never fewer than one line.
pub fn wrap(text: &str, width: u16) -> Vec<String> {
    let width = usize::from(width.max(1));
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let own = word.width();
        if used > 0 && used + 1 + own <= width {
            line.push(' ');
            line.push_str(word);
            used += 1 + own;
            continue;
        }
        if used > 0 || !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for ch in word.chars() {
            let cell = unicode_width::UnicodeWidthChar::width(ch).unwrap_or(0);
            if used + cell > width && used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(ch);
            used += cell;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}
