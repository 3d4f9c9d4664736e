//! Options of commands, and what they say of the next word.

use super::{
    line::{Line, Next},
    looks,
    made::{is_likely, is_setting},
    names::{is_port, is_secret_name, is_strong},
    random::is_identifier,
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
            if self.takes.joined.has('p')
                && let Some(secret) = word.strip_prefix("-hp")
            {
                return Some(format!("-hp{}", self.quoted(secret)));
            }
            if self.command && letter == 'e' && is_setting(value) {
                return Some(format!("-e{}", self.setting(value)));
            }
            if self.takes.user.has(letter) && value.contains(':') {
                return Some(format!("-{letter}{}", self.user_and_password(value)));
            }
            self.user |= letter == 'u';
        }
        if let (Some(letter), Some(secret)) = (letter, value.strip_prefix('=')) {
            let password = self.command && letter == 'p' && !self.parents && is_likely(secret);
            if (password || self.takes.next.has(letter)) && !is_port(secret) && !secret.is_empty() {
                return Some(format!("-{letter}={}", self.quoted(secret)));
            }
        }
        let name = word.trim_start_matches('-');
        if let Some(("user" | "proxy-user" | "creds" | "src-creds" | "dest-creds", value)) =
            name.split_once('=')
            && value.contains(':')
        {
            let option = word.get(..word.len() - value.len()).unwrap_or_default();
            return Some(format!("{option}{}", self.user_and_password(value)));
        }
        if let Some((option, value)) = name.split_once('=')
            && takes_pairs(option)
            && value.contains('=')
        {
            let head = word.get(..word.len() - value.len()).unwrap_or_default();
            return Some(format!("{head}{}", self.setting(value)));
        }
        if let Some(name) = name.strip_suffix(['=', ':'])
            && is_strong(name)
        {
            self.next = Next::Secret;
            return Some(word.to_owned());
        }
        if name.contains(['=', ':']) {
            return None;
        }
        self.identifier = is_identifier(name);
        self.shell = name.len() <= 4 && name.ends_with('c') && name.chars().all(|c| c.is_ascii_lowercase());
        let alone = letter.filter(|_| value.is_empty());
        self.user |= alone == Some('u') || name == "user" || name == "username";
        self.next = match (name, alone) {
            (_, Some(letter)) if self.takes.next.has(letter) && letter != 'p' => Next::Secret,
            (_, Some(letter)) if self.takes.user.has(letter) => Next::UserAndPassword,
            // in a sentence it is a flag of whatever is told of
            ("p", _) if self.parents => Next::Plain,
            ("p", _) if self.command || self.takes.next.has('p') => Next::SecretOrPort,
            ("u" | "U", _) if self.command => Next::UserAndPassword,
            ("user" | "proxy-user" | "creds" | "src-creds" | "dest-creds", _) => Next::UserAndPassword,
            ("e" | "b", _) if self.command => Next::Pair,
            (name, _) if takes_pairs(name) => Next::Pair,
            ("key", _) => Next::Key,
            (name, _) if is_secret_name(name) && name.ends_with("-key") => Next::Key,
            ("pass" | "pw" | "auth" | "passin" | "passout", _) => Next::Secret,
            (name, _) if is_secret_name(name) => Next::Secret,
            (_, Some(_)) => Next::Random,
            _ => Next::Plain,
        };
        Some(word.to_owned())
    }
}

/// Options that take the name of a variable and its value.
fn takes_pairs(option: &str) -> bool {
    ["env", "setenv", "set-env", "build-arg", "from-literal", "set-env-vars", "update-env-vars", "secret-env"]
        .contains(&option)
}
