//! Keys as people write them: `a`, `D`, `ctrl-f`, `alt-x`, `f1`, `pageup`.
//!
//! A [`Key`] has one form only, so that what a terminal sends and what a keymap says compare equal. What a
//! terminal cannot tell apart (`ctrl-i` and `tab`) is refused where it is written, not guessed.

use super::suggest;
use std::{fmt, str::FromStr};

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

/// Other people's names for keys, for suggestions only.
const ELSEWHERE: [(&str, &str); 13] = [
    ("return", "enter"),
    ("ret", "enter"),
    ("cr", "enter"),
    ("escape", "esc"),
    ("del", "delete"),
    ("ins", "insert"),
    ("bs", "backspace"),
    ("spc", "space"),
    ("page-up", "pageup"),
    ("page-down", "pagedown"),
    ("pgup", "pageup"),
    ("pgdn", "pagedown"),
    ("s-tab", "backtab"),
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

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = text;
        loop {
            let (flag, after) = if let Some(after) = rest.strip_prefix("ctrl-") {
                (&mut ctrl, after)
            } else if let Some(after) = rest.strip_prefix("alt-") {
                (&mut alt, after)
            } else if let Some(after) = rest.strip_prefix("shift-") {
                (&mut shift, after)
            } else {
                break;
            };
            if *flag {
                return Err(KeyError::new(format!("“{text}” names a modifier twice"), "name it once"));
            }
            *flag = true;
            rest = after;
        }
        let code = code(text, rest)?;
        refuse_unsendable(text, rest, code, ctrl, shift)?;
        Ok(Self::new(code, ctrl, alt, shift))
    }
}

/// The code that a name without modifiers means.
fn code(text: &str, name: &str) -> Result<KeyCode, KeyError> {
    let mut chars = name.chars();
    match (chars.next(), chars.next()) {
        (None, _) => {
            let why = if text.is_empty() {
                "the key is empty".into()
            } else {
                format!("“{text}” names no key")
            };
            return Err(KeyError::new(why, "name one, as in “ctrl-f”"));
        }
        (Some(' '), None) => return Err(KeyError::new("a blank is hard to see", "write “space”")),
        (Some(c), None) if c.is_control() => return Err(KeyError::new("a control character is no key", "")),
        (Some(c), None) => return Ok(KeyCode::Char(c)),
        _ => {}
    }
    if let Some((_, code)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Ok(*code);
    }
    if let Some(number) = name.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()) {
        return match number {
            1..=12 if name.len() <= 3 && !name.contains("f0") => Ok(KeyCode::F(number)),
            _ => Err(KeyError::new(format!("there is no key “{name}”"), "function keys are f1 to f12")),
        };
    }
    Err(KeyError::new(format!("there is no key “{text}”"), guess(text, name)))
}

/// What somebody could have meant by a text that is no key.
fn guess(text: &str, name: &str) -> String {
    let folded = text.to_lowercase();
    if let Some((_, ours)) = ELSEWHERE.iter().find(|(theirs, _)| *theirs == folded) {
        return format!("write “{ours}”");
    }
    let respelled = respell(&folded);
    if let Some(respelled) = respelled.filter(|r| r != text && r.parse::<Key>().is_ok()) {
        return format!("write “{respelled}”");
    }
    let known = NAMED.iter().map(|(name, _)| *name);
    let near = suggest::nearest(name, known).map(|near| {
        let modifiers = text.strip_suffix(name).unwrap_or_default();
        format!("did you mean “{modifiers}{near}”?")
    });
    let dashed: Vec<String> = name.split('-').map(str::to_owned).collect();
    let run: Vec<String> = name.chars().map(String::from).collect();
    sequence(&dashed).or(near).or_else(|| sequence(&run).filter(|_| name == text)).unwrap_or_default()
}

/// How a few characters one after the other are written.
fn sequence(keys: &[String]) -> Option<String> {
    if !(2..=3).contains(&keys.len()) || keys.iter().any(|key| key.chars().count() != 1) {
        return None;
    }
    let list: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    Some(format!("a sequence is written [{}]", list.join(", ")))
}

/// `c-x`, `ctrl+x`, `^x`, `control-x`, `<c-x>`, `m-x` in our spelling.
fn respell(folded: &str) -> Option<String> {
    let inner = folded.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(folded);
    for (prefix, ours) in [
        ("control", "ctrl"),
        ("ctrl", "ctrl"),
        ("ctl", "ctrl"),
        ("c", "ctrl"),
        ("^", "ctrl"),
        ("meta", "alt"),
        ("option", "alt"),
        ("alt", "alt"),
        ("m", "alt"),
        ("a", "alt"),
        ("shift", "shift"),
        ("s", "shift"),
    ] {
        if let Some(rest) = inner.strip_prefix(prefix) {
            let key = match rest.strip_prefix(['-', '+']) {
                Some(key) => key,
                None if prefix == "^" => rest,
                None => continue,
            };
            if !key.is_empty() {
                return Some(format!("{ours}-{key}"));
            }
        }
    }
    (inner != folded).then(|| inner.to_owned())
}

/// Refuses what a terminal cannot send as a key of its own.
fn refuse_unsendable(text: &str, name: &str, code: KeyCode, ctrl: bool, shift: bool) -> Result<(), KeyError> {
    let same = |as_what: &str| {
        KeyError::new(
            format!("terminals send the same for “{text}” and “{as_what}”"),
            format!("write “{as_what}”"),
        )
    };
    match code {
        KeyCode::Char(c) if ctrl => match c {
            'i' | 'I' => return Err(same("tab")),
            'm' | 'M' => return Err(same("enter")),
            '[' => return Err(same("esc")),
            ' ' | 'a'..='z' if !shift => {}
            'a'..='z' | 'A'..='Z' => return Err(same(&format!("ctrl-{}", c.to_ascii_lowercase()))),
            _ => {
                let why = format!("terminals do not send “{text}”");
                return Err(KeyError::new(why, "ctrl goes with a to z, space and named keys"));
            }
        },
        KeyCode::Char(c) if shift => {
            if c == ' ' {
                return Err(same("space"));
            }
            if lower(c).is_none() {
                let why = format!("“{text}” differs from keyboard to keyboard");
                return Err(KeyError::new(why, "write the character that it types, by itself"));
            }
            if lower(c) != Some(c) {
                return Err(KeyError::new(format!("“{text}” says shift twice"), format!("write “{c}”")));
            }
        }
        KeyCode::BackTab if shift => return Err(same("backtab")),
        KeyCode::Enter | KeyCode::Esc | KeyCode::Backspace if shift || ctrl => return Err(same(name)),
        KeyCode::Tab | KeyCode::BackTab if ctrl => return Err(same(name)),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_key_has_one_form() {
        for (a, b) in
            [("D", "shift-d"), ("backtab", "shift-tab"), ("alt-ctrl-x", "ctrl-alt-x"), ("Ä", "shift-ä")]
        {
            assert_eq!(a.parse::<Key>(), b.parse::<Key>(), "{a} {b}");
        }
        let typed = Key::new(KeyCode::Char('?'), false, false, true);
        assert_eq!("?".parse(), Ok(typed));
        assert_eq!("G".parse(), Ok(Key::new(KeyCode::Char('G'), false, false, true)));
        assert_eq!("G".parse(), Ok(Key::new(KeyCode::Char('g'), false, false, true)));
        assert_ne!("G".parse::<Key>(), "g".parse::<Key>());
        assert_eq!("ctrl-a".parse(), Ok(Key::new(KeyCode::Char('A'), true, false, true)));
    }

    #[test]
    fn keys_are_written_as_they_are_read() {
        for text in [
            "a",
            "D",
            "-",
            "[",
            ";",
            "ctrl-f",
            "alt-x",
            "alt-X",
            "alt--",
            "alt-<",
            "ctrl-space",
            "space",
            "f1",
            "f12",
            "shift-f3",
            "shift-up",
            "ctrl-left",
            "backtab",
            "ß",
            "ctrl-alt-x",
            "insert",
        ] {
            assert_eq!(text.parse::<Key>().map(|k| k.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn the_ambiguous_and_unknown_is_refused_with_advice() {
        for (text, instead) in [
            ("", "name one, as in “ctrl-f”"),
            ("ctrl-", "name one, as in “ctrl-f”"),
            (" ", "write “space”"),
            ("gg", "a sequence is written [\"g\", \"g\"]"),
            ("g-g", "a sequence is written [\"g\", \"g\"]"),
            ("ctrl-i", "write “tab”"),
            ("ctrl-m", "write “enter”"),
            ("ctrl-[", "write “esc”"),
            ("ctrl-D", "write “ctrl-d”"),
            ("ctrl-shift-d", "write “ctrl-d”"),
            ("shift-D", "write “D”"),
            ("shift-1", "write the character that it types, by itself"),
            ("shift-enter", "write “enter”"),
            ("ctrl-1", "ctrl goes with a to z, space and named keys"),
            ("ctrl+f", "write “ctrl-f”"),
            ("C-f", "write “ctrl-f”"),
            ("<c-f>", "write “ctrl-f”"),
            ("^f", "write “ctrl-f”"),
            ("M-x", "write “alt-x”"),
            ("Return", "write “enter”"),
            ("escape", "write “esc”"),
            ("PgUp", "write “pageup”"),
            ("entre", "did you mean “enter”?"),
            ("ctrl-lft", "did you mean “ctrl-left”?"),
            ("ctrl-ctrl-a", "name it once"),
            ("f13", "function keys are f1 to f12"),
            ("f01", "function keys are f1 to f12"),
        ] {
            assert_eq!(text.parse::<Key>().unwrap_err().instead, instead, "{text:?}");
        }
    }

    #[test]
    fn only_a_capital_by_itself_is_a_capital() {
        for (text, capital) in
            [("D", true), ("d", false), ("alt-D", false), ("ctrl-d", false), ("Ä", false), ("f1", false)]
        {
            assert_eq!(text.parse::<Key>().unwrap().is_capital(), capital, "{text}");
        }
    }

    fn any_code() -> impl Strategy<Value = KeyCode> {
        let named = (0..NAMED.len()).prop_map(|i| NAMED[i].1);
        prop_oneof![any::<char>().prop_map(KeyCode::Char), named, (1u8..=12).prop_map(KeyCode::F)]
    }

    proptest! {
        #[test]
        fn what_is_formatted_reads_back(code in any_code(), ctrl: bool, alt: bool, shift: bool) {
            let key = Key::new(code, ctrl, alt, shift);
            // Some reported keys cannot be written (ctrl-1); those that can are the same key again.
            if let Ok(read) = key.to_string().parse::<Key>() {
                prop_assert_eq!(read, key);
            } else {
                prop_assert!(ctrl || matches!(code, KeyCode::Char(c) if c.is_control()), "{key:?}");
            }
        }

        #[test]
        fn what_parses_is_canonical(text in "(ctrl-|alt-|shift-){0,3}([ -~]|[a-z]{2,9}|f[0-9]{1,2}|\\PC)") {
            if let Ok(key) = text.parse::<Key>() {
                prop_assert_eq!(Key::new(key.code(), key.ctrl(), key.alt(), key.shift()), key);
                prop_assert_eq!(key.to_string().parse(), Ok(key));
            }
        }
    }
}
