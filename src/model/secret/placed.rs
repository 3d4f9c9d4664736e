//! Words that are secrets by the place in which they stand in a command.

use super::{line::Line, mask, places::Judged};

impl Line {
    /// What is shown of a word that is a secret by its place.
    pub(super) fn placed(&mut self, word: &str, script: bool) -> Option<String> {
        if is_operator(word) && script && !self.is_quoted() {
            self.ended();
            return None;
        }
        let redirects = word.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['<', '>']);
        if redirects || is_between(word) {
            return None;
        }
        let found = |judged: &Judged| *judged != Judged::Plain;
        let judged: Vec<Judged> = self.places.iter_mut().flatten().map(|place| place.judge(word)).collect();
        let judged = judged.into_iter().find(found)?;
        let bare = word.trim_matches(['"', '\'']);
        match judged {
            Judged::Value if super::value::shown("", bare) == bare => None,
            Judged::Secret | Judged::Value if script => Some(self.quoted(word)),
            Judged::Secret | Judged::Value => Some(mask(word)),
            Judged::Setting => Some(self.setting(word)),
            Judged::User => Some(self.user_and_password(word)),
            Judged::Option => {
                let (name, value) = word.split_once('=')?;
                Some(format!("{name}={}", self.quoted(value)))
            }
            Judged::Plain => None,
        }
    }
}

/// A sign between a name and its secret.
pub(super) fn is_between(word: &str) -> bool {
    ["=", ":", "=>", "==", ":=", "->", "--"].contains(&word)
}

/// What ends a command, or leads into it and out of it.
pub(super) fn is_operator(word: &str) -> bool {
    matches!(word, ";" | "&&" | "||" | "|" | "&" | "<<<" | "<<" | "<" | ">" | ">>" | "2>&1" | "|&")
}
