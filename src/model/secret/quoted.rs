//! Words that are secrets, as they are shown.

use super::{
    authority::user_and_password,
    line::{Line, Next},
    mask::{is_spent, mask},
    quotes::closing,
    said::is_any_scheme,
    shell::is_glued,
};

impl Line {
    /// A name and a secret, which may go on to the end of a quote.
    pub(super) fn user_and_password(&mut self, word: &str) -> String {
        let odd = |quote: &char| word.matches(*quote).count() % 2 == 1;
        self.open = ['"', '\''].into_iter().find(odd);
        user_and_password(word)
    }

    /// A word of a header that holds a credential.
    pub(super) fn header(&mut self, word: &str) -> String {
        if is_any_scheme(word) && !self.kind {
            self.kind = true;
            self.next = Next::Header;
            return word.to_owned();
        }
        // Optional[Bearer …]
        let inner = word.rsplit(['[', '(']).next().unwrap_or(word);
        if inner.len() < word.len() && is_any_scheme(inner) && !self.kind {
            self.kind = true;
            self.next = Next::Header;
            return word.to_owned();
        }
        // a kind nobody knows is masked with what it is the kind of
        let name = word.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_')) && !self.kind;
        if name || word.ends_with([',', ';']) {
            self.next = Next::Header;
        }
        self.kind = true;
        self.quoted(word)
    }

    /// A secret that may be in quotes, which may hold blanks.
    pub(super) fn quoted(&mut self, word: &str) -> String {
        if is_spent(word) {
            return word.to_owned();
        }
        let plain = word.trim_start_matches('\\');
        let escapes = word.get(..word.len() - plain.len()).unwrap_or_default();
        let Some(quote) = plain.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            if word.starts_with("$(") || word.starts_with(['`', '$']) {
                let bare = word.trim_end_matches([',', ';']);
                return format!("{}{}", mask(bare), word.get(bare.len()..).unwrap_or_default());
            }
            let bare = without_closers(word);
            let tail = word.get(bare.len()..).unwrap_or_default();
            return format!("{}{tail}", mask(bare));
        };
        let inner = plain.get(1..).unwrap_or_default();
        if let Some(end) = closing(inner, quote, escapes.len()) {
            let value = inner.get(..end).unwrap_or_default();
            let tail = inner.get(end + escapes.len() + 1..).unwrap_or_default();
            if is_glued(tail) && !without_closers(tail).is_empty() {
                return mask(word);
            }
            // another command follows at once
            let more = tail.trim_start_matches([';', '&', '|']);
            let signs = tail.get(..tail.len() - more.len()).unwrap_or_default();
            let more = if signs.is_empty() || more.is_empty() { more.to_owned() } else { self.token(more) };
            return format!("{escapes}{quote}{}{escapes}{quote}{signs}{more}", mask(value));
        }
        self.open = Some(quote);
        format!("{escapes}{quote}{}{escapes}{quote}", mask(inner))
    }

    /// What a variable is set to: shown where it is obviously harmless.
    pub(super) fn setting(&mut self, word: &str) -> String {
        let Some((name, value)) = word.split_once('=') else { return word.to_owned() };
        let (value, tail) = match value.trim_end_matches(';') {
            bare if bare.len() < value.len() => (bare, ";"),
            _ => (value, ""),
        };
        if super::value::shown(name, value.trim_matches(['"', '\''])) == value.trim_matches(['"', '\'']) {
            return word.to_owned();
        }
        self.list = name.ends_with(['s', 'S']) && value.ends_with(',');
        if self.list {
            self.next = Next::Secret;
        }
        format!("{name}={}{tail}", self.quoted(value))
    }
}

/// The most that is looked at of what closes something behind a word.
const CLOSERS: usize = 8;

/// A word without what closes something that began before it; a quote that began in it is its own.
fn without_closers(word: &str) -> &str {
    let mut bare = word;
    for _ in 0..CLOSERS {
        let Some(last) = bare.chars().next_back() else { break };
        let closes = match last {
            ',' | ';' | ')' | ']' | '}' | '\\' => true,
            '"' | '\'' => bare.matches(last).count() % 2 == 1,
            _ => false,
        };
        if !closes {
            break;
        }
        bare = bare.strip_suffix(last).unwrap_or(bare);
    }
    bare
}
