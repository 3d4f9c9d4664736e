//! A text that is read, and places in it.

use crate::model::{secret, text};
use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};
use unicode_width::UnicodeWidthStr;

/// The most characters of a line that an error shows.
const EXCERPT_MAX: usize = 160;

/// A configuration text and the name people know it by: a path, or `built-in keymap vim`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path or name.
    pub origin: String,
    /// The whole text.
    pub text: String,
    /// Where values stand that must not be shown.
    sealed: OnceLock<Vec<Range<usize>>>,
}

impl Source {
    /// A text under a name.
    pub fn new(origin: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { origin: origin.into(), text: text.into(), sealed: OnceLock::new() })
    }

    /// From now on no place shows a line on which one of these byte ranges stands, or a part of one.
    pub fn seal(&self, ranges: Vec<Range<usize>>) {
        let _ = self.sealed.set(ranges);
    }

    /// Where a byte range of the text is, for people.
    pub fn place(&self, span: &Range<usize>) -> Place {
        let start = span.start.min(self.text.len());
        let before = self.text.get(..start).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = self.text.get(line_start..).unwrap_or_default();
        let whole = rest.lines().next().unwrap_or_default();
        let prefix = before.get(line_start..).unwrap_or_default();
        let marked = self.text.get(start..span.end.min(self.text.len())).unwrap_or_default();
        let marked = marked.lines().next().unwrap_or_default();
        let line_end = line_start + whole.len();
        let sealed = self.sealed.get().is_some_and(|ranges| {
            ranges.iter().any(|range| range.start < line_end && line_start < range.end)
        });
        let place = Place {
            line: before.matches('\n').count() + 1,
            column: prefix.chars().count() + 1,
            excerpt: text::clean(whole, EXCERPT_MAX),
            // The caret stands under what is shown, which is the cleaned text.
            indent: text::clean(prefix, EXCERPT_MAX).width(),
            width: text::clean(marked, EXCERPT_MAX).width().max(1),
        };
        if sealed { place.without_line() } else { place }
    }

    /// Where a key is that nobody knows, for people: its line up to its end, unless what it is set to is obviously no
    /// secret.
    pub fn place_of_key(&self, span: &Range<usize>) -> Place {
        let mut place = self.place(span);
        let end = span.end.min(self.text.len());
        let before = self.text.get(..end).unwrap_or_default();
        let shown = before.rsplit('\n').next().unwrap_or_default();
        let rest = self.text.get(end..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let value = rest.trim_start_matches([' ', '=']).trim().trim_matches(['"', '\'']);
        let key = self.text.get(span.start..end).unwrap_or_default();
        if secret::shown(key, value) != value && place.excerpt != SEALED {
            place.excerpt = text::clean(shown, EXCERPT_MAX) + " …";
        }
        place
    }
}

/// What stands for a line that must not be shown.
const SEALED: &str = "…";

/// A place in a [`Source`], ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line, made harmless.
    excerpt: String,
    /// Cells before the marked part.
    indent: usize,
    /// Cells of the marked part.
    width: usize,
}

impl Place {
    /// The same place without its text, which must not be shown.
    pub fn without_line(mut self) -> Self {
        self.excerpt = SEALED.into();
        self.indent = 0;
        self.width = 1;
        self
    }
}

impl fmt::Display for Place {
    /// The line with its number, and a caret under the part that is meant.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let room = number.len();
        let width = self.width.min(EXCERPT_MAX);
        writeln!(f, "  {number} | {}", self.excerpt)?;
        write!(f, "  {:room$} | {:indent$}{}", "", "", "^".repeat(width), indent = self.indent)
    }
}

/// A value and where it was read.
#[derive(Debug, Clone)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// The text it stands in.
    pub source: Arc<Source>,
    /// Its bytes there.
    pub span: Range<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_and_marked_in_cells() {
        let source = Source::new("a.toml", "x = 1\nnäme = \"東京\" # \u{1b}[31m\n");
        let start = source.text.find('"').unwrap();
        let place = source.place(&(start..start + 8));
        assert_eq!((place.line, place.column), (2, 8));
        assert_eq!(place.to_string(), "  2 | näme = \"東京\" # \\e[31m\n    |        ^^^^^^");
    }

    #[test]
    fn any_range_has_a_place() {
        for text in ["", "a", "a\n", "\n\n", "ä"] {
            let source = Source::new("a.toml", text);
            for start in 0..5 {
                for end in 0..7 {
                    let place = source.place(&(start..end));
                    assert!(place.line >= 1 && place.column >= 1);
                }
            }
        }
    }
}
