//! A line of text being typed.

use crate::config::key::{Key, KeyCode};

/// The longest text that is taken, in characters.
pub const LINE_MAX: usize = 512;

/// A line of text being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// The cursor, in characters.
    pub cursor: usize,
}

impl Line {
    /// A line with this text and the cursor at its end.
    pub fn new(text: &str) -> Self {
        let text: String = text.chars().filter(|c| !c.is_control()).take(LINE_MAX).collect();
        let cursor = text.chars().count();
        Self { text, cursor }
    }

    /// The text before the cursor and the text from it on.
    pub fn parts(&self) -> (&str, &str) {
        self.text.split_at_checked(self.byte()).unwrap_or((&self.text, ""))
    }

    /// Inserts a character at the cursor.
    pub fn insert(&mut self, ch: char) {
        if ch.is_control() || self.text.chars().count() >= LINE_MAX {
            return;
        }
        let at = self.byte();
        self.text.insert(at, ch);
        self.cursor += 1;
    }

    /// Inserts text at the cursor; line ends and other control characters are left out.
    pub fn paste(&mut self, text: &str) {
        text.chars().for_each(|ch| self.insert(ch));
    }

    /// Carries out a key that edits; true when the text changed, none when the key does not edit.
    pub fn key(&mut self, key: Key) -> Option<bool> {
        let before = self.text.len();
        match (key.code(), key.ctrl(), key.alt()) {
            (KeyCode::Backspace | KeyCode::Char('w'), true, _) | (KeyCode::Backspace, _, true) => {
                self.remove_back(self.word_back());
            }
            (KeyCode::Backspace, ..) | (KeyCode::Char('h'), true, _) => {
                self.remove_back(self.cursor.saturating_sub(1));
            }
            (KeyCode::Delete, ..) | (KeyCode::Char('d'), true, _) => self.remove_forward(1),
            (KeyCode::Char('u'), true, _) => self.remove_back(0),
            (KeyCode::Char('k'), true, _) => self.remove_forward(usize::MAX),
            (KeyCode::Left, true, _) | (KeyCode::Char('b'), _, true) => self.cursor = self.word_back(),
            (KeyCode::Right, true, _) | (KeyCode::Char('f'), _, true) => self.cursor = self.word_forward(),
            (KeyCode::Left, ..) | (KeyCode::Char('b'), true, _) => self.left(),
            (KeyCode::Right, ..) | (KeyCode::Char('f'), true, _) => self.right(),
            (KeyCode::Home, ..) | (KeyCode::Char('a'), true, _) => self.home(),
            (KeyCode::End, ..) | (KeyCode::Char('e'), true, _) => self.end(),
            _ => return None,
        }
        Some(self.text.len() != before)
    }

    /// A character to the left.
    pub fn left(&mut self) {
        self.cursor = self.cursor.saturating_sub(1);
    }

    /// A character to the right.
    pub fn right(&mut self) {
        self.cursor = (self.cursor + 1).min(self.text.chars().count());
    }

    /// To the beginning.
    pub fn home(&mut self) {
        self.cursor = 0;
    }

    /// To the end.
    pub fn end(&mut self) {
        self.cursor = self.text.chars().count();
    }

    fn byte(&self) -> usize {
        self.text.char_indices().nth(self.cursor).map_or(self.text.len(), |(at, _)| at)
    }

    fn remove_back(&mut self, to: usize) {
        let from = self.cursor;
        self.text = self
            .text
            .chars()
            .enumerate()
            .filter(|(nth, _)| *nth < to || *nth >= from)
            .map(|(_, ch)| ch)
            .collect();
        self.cursor = to.min(from);
    }

    fn remove_forward(&mut self, count: usize) {
        let (from, to) = (self.cursor, self.cursor.saturating_add(count));
        self.text = self
            .text
            .chars()
            .enumerate()
            .filter(|(nth, _)| *nth < from || *nth >= to)
            .map(|(_, ch)| ch)
            .collect();
    }

    /// Where the word before the cursor begins.
    fn word_back(&self) -> usize {
        let chars: Vec<char> = self.text.chars().take(self.cursor).collect();
        let blanks = chars.iter().rev().take_while(|c| !c.is_alphanumeric()).count();
        let word = chars.iter().rev().skip(blanks).take_while(|c| c.is_alphanumeric()).count();
        self.cursor.saturating_sub(blanks + word)
    }

    /// Where the word after the cursor ends.
    fn word_forward(&self) -> usize {
        let rest: Vec<char> = self.text.chars().skip(self.cursor).collect();
        let blanks = rest.iter().take_while(|c| !c.is_alphanumeric()).count();
        let word = rest.iter().skip(blanks).take_while(|c| c.is_alphanumeric()).count();
        self.cursor + blanks + word
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(text: &str) -> Key {
        text.parse().unwrap()
    }

    #[test]
    fn a_line_is_edited() {
        let mut line = Line::new("größer 東京 x");
        for (press, text, cursor) in [
            ("backspace", "größer 東京 ", 10),
            ("ctrl-w", "größer ", 7),
            ("home", "größer ", 0),
            ("delete", "rößer ", 0),
            ("right", "rößer ", 1),
            ("backspace", "ößer ", 0),
            ("end", "ößer ", 5),
            ("left", "ößer ", 4),
            ("ctrl-k", "ößer", 4),
            ("ctrl-u", "", 0),
            ("backspace", "", 0),
            ("left", "", 0),
        ] {
            assert!(line.key(key(press)).is_some());
            assert_eq!((line.text.as_str(), line.cursor), (text, cursor), "{press}");
        }
        assert_eq!(line.key(key("enter")), None);
        line.paste("prod-\nservice\u{1b}");
        assert_eq!(line.text, "prod-service");
    }

    proptest! {
        #[test]
        fn the_cursor_stays_in_the_text(text in ".{0,20}", keys in proptest::collection::vec(0usize..12, 0..40)) {
            const KEYS: [&str; 12] = ["backspace", "delete", "ctrl-w", "ctrl-u", "ctrl-k", "left", "right",
                "home", "end", "ctrl-left", "ctrl-right", "alt-b"];
            let mut line = Line::new(&text);
            for nth in keys {
                line.key(key(KEYS[nth]));
                line.insert('é');
                prop_assert!(line.cursor <= line.text.chars().count());
                let (a, b) = line.parts();
                prop_assert_eq!(format!("{a}{b}"), line.text.clone());
            }
        }
    }
}
