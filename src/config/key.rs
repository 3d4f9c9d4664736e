//! Keys as people write them: `a`, `D`, `ctrl-f`, `alt-x`, `f1`, `pageup`.
//!
//! A [`Key`] has one form only, so that what a terminal sends and what a keymap says compare equal. What a
//! terminal cannot tell apart (`ctrl-i` and `tab`) is refused where it is written, not guessed.

mod guess;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

/// The key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCode {
    /// A character; letters that have cases are lower case here.
    Char(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key, 1 to 12.
    F(u8),
}

/// The keys that have a name. `space` is a character with a name.
const NAMED: [(&str, KeyCode); 16] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];

/// A key with its modifiers, in canonical form; made by [`Key::new`] or parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    code: KeyCode,
    ctrl: bool,
    alt: bool,
    shift: bool,
}

impl Key {
    /// The canonical key for what a terminal reports: `D` becomes shift and `d`, shift and tab become
    /// backtab, and shift is dropped where it says nothing (punctuation, `enter`).
    pub fn new(code: KeyCode, ctrl: bool, alt: bool, shift: bool) -> Self {
        let (code, shift) = match code {
            KeyCode::Char(c) => match lower(c) {
                Some(small) => (KeyCode::Char(small), shift || small != c),
                None => (code, false),
            },
            KeyCode::Tab if shift => (KeyCode::BackTab, false),
            KeyCode::BackTab | KeyCode::Enter | KeyCode::Esc | KeyCode::Backspace => (code, false),
            _ => (code, shift),
        };
        // Terminals send the same byte for ctrl-a and ctrl-shift-a.
        let shift = shift && !(ctrl && matches!(code, KeyCode::Char(_)));
        Self { code, ctrl, alt, shift }
    }

    /// A key without modifiers; an upper-case letter brings its shift.
    pub fn plain(code: KeyCode) -> Self {
        Self::new(code, false, false, false)
    }

    /// The key without its modifiers.
    pub fn code(self) -> KeyCode {
        self.code
    }

    /// With control.
    pub fn ctrl(self) -> bool {
        self.ctrl
    }

    /// With alt.
    pub fn alt(self) -> bool {
        self.alt
    }

    /// With shift, where shift makes a difference.
    pub fn shift(self) -> bool {
        self.shift
    }

    /// True for a capital A to Z by itself: the only keys that may begin a change to AWS.
    pub fn is_capital(self) -> bool {
        self.shift && !self.ctrl && !self.alt && matches!(self.code, KeyCode::Char('a'..='z'))
    }

    /// The character that this key types into a line of text, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !self.alt => Some(if self.shift { upper(c) } else { c }),
            _ => None,
        }
    }
}

/// The lower-case form of a letter that has exactly one of each case.
fn lower(c: char) -> Option<char> {
    let mut small = c.to_lowercase();
    let small = (small.next()?, small.next());
    let (small, None) = small else { return None };
    (upper(small) != small && (c == small || c == upper(small))).then_some(small)
}

/// The upper-case form of a letter, or the character itself where there is not exactly one.
fn upper(c: char) -> char {
    let mut big = c.to_uppercase();
    match (big.next(), big.next()) {
        (Some(big), None) if big.to_lowercase().eq([c]) => big,
        _ => c,
    }
}

impl fmt::Display for Key {
    /// As hints and keymaps write it: `D`, `ctrl-f`, `shift-up`, `space`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        if self.ctrl {
            text.push_str("ctrl-");
        }
        if self.alt {
            text.push_str("alt-");
        }
        match self.code {
            KeyCode::Char(' ') => text.push_str("space"),
            KeyCode::Char(c) => text.push(if self.shift { upper(c) } else { c }),
            code => {
                if self.shift {
                    text.push_str("shift-");
                }
                if let KeyCode::F(number) = code {
                    text.push('f');
                    text.push_str(&number.to_string());
                }
                text.push_str(NAMED.iter().find(|(_, named)| *named == code).map_or("", |(name, _)| name));
            }
        }
        f.pad(&text)
    }
}

/// Why a text is no key, and what could have been meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyError {
    /// What is wrong with it, a clause.
    pub why: String,
    /// What to write instead; may be empty.
    pub instead: String,
}

impl KeyError {
    fn new(why: impl Into<String>, instead: impl Into<String>) -> Self {
        Self { why: why.into(), instead: instead.into() }
    }
}
