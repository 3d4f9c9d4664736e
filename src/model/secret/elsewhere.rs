//! Values that are known to be secrets, where the same object tells them again in another place or form.

use super::{encoded, mask, names::is_secret_name};

/// The shortest value that is looked for: shorter ones stand in other words by chance.
const SHORTEST: usize = 6;

/// The shortest value that is looked for as it is.
const PLAIN: usize = 8;

/// The forms in which the secrets of one object may stand elsewhere in it.
#[derive(Debug, Default)]
pub struct Elsewhere(Vec<String>);

impl Elsewhere {
    /// A value that was masked where it stands.
    pub fn add(&mut self, name: &str, value: &str) {
        if value.len() < SHORTEST {
            return;
        }
        let padded = encoded::encoded(value);
        let bare = padded.trim_end_matches('=').to_owned();
        let other = bare.replace('+', "-").replace('/', "_");
        // a password may be the name of a service as well: what is no word is no name
        let word = value.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == '_');
        if is_secret_name(name) && value.len() >= PLAIN && !word {
            self.0.push(value.to_owned());
        }
        self.0.extend([padded, bare, other]);
    }

    /// The text with them masked.
    pub fn masked(&self, text: String) -> String {
        self.0.iter().fold(text, |text, form| {
            if text.contains(form.as_str()) { text.replace(form.as_str(), &mask(form)) } else { text }
        })
    }
}
