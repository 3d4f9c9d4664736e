//! Options of commands, and what they say of the next word.

use super::{
    line::{Line, Next},
    looks,
    made::is_likely,
    names::{is_port, is_secret_name},
};

impl Line {
    /// An option: masked where the secret is in the same word, with what it says of the next one.
    pub(super) fn option(&mut self, word: &str) -> Option<String> {
        if !word.starts_with('-') || word.contains("://") {
            return None;
        }
        let mut letters = word.chars();
        let _ = letters.next();
        let letter = letters.next().filter(char::is_ascii_alphabetic);
        let value = letters.as_str();
        if let Some(letter) = letter.filter(|_| !value.is_empty() && !value.starts_with(['=', ':'])) {
            let looks = is_likely(value) && value.chars().any(|c| !c.is_ascii_lowercase());
            let password =
                (self.user || self.command) && letter == 'p' && looks && !value.contains(['=', '/']);
            if (self.takes.joined.has(letter) && !is_port(value)) || password || looks::is_random(value) {
                return Some(format!("-{letter}{}", self.quoted(value)));
            }
            if self.takes.user.has(letter) && value.contains(':') {
                return Some(format!("-{letter}{}", self.user_and_password(value)));
            }
            self.user |= letter == 'u';
        }
        let name = word.trim_start_matches('-');
        if let Some(("user" | "proxy-user", value)) = name.split_once('=')
            && value.contains(':')
        {
            let option = word.get(..word.len() - value.len()).unwrap_or_default();
            return Some(format!("{option}{}", self.user_and_password(value)));
        }
        if name.contains(['=', ':']) {
            return None;
        }
        let alone = letter.filter(|_| value.is_empty());
        self.user |= alone == Some('u') || name == "user" || name == "username";
        self.next = match (name, alone) {
            (_, Some(letter)) if self.takes.next.has(letter) && letter != 'p' => Next::Secret,
            (_, Some(letter)) if self.takes.user.has(letter) => Next::UserAndPassword,
            // in a sentence it is a flag of whatever is told of
            ("p", _) if self.command || self.takes.next.has('p') => Next::SecretOrPort,
            ("u" | "U", _) if self.command => Next::UserAndPassword,
            ("user" | "proxy-user", _) => Next::UserAndPassword,
            ("pass" | "pw" | "auth" | "key" | "passin" | "passout", _) => Next::Secret,
            (name, _) if is_secret_name(name) => Next::Secret,
            (_, Some(_)) => Next::Random,
            _ => Next::Plain,
        };
        Some(word.to_owned())
    }
}
