//! Masks: what stands where a secret stood.

use std::{
    hash::{BuildHasher, RandomState},
    sync::OnceLock,
};

/// What every mask begins with.
pub(super) const MARK: &str = "••••";

/// Hexadecimal digits behind it.
pub(super) const DIGITS: usize = 4;

/// The mask of a value; what is a mask already stays as it is, so that text may be masked again.
pub fn mask(value: &str) -> String {
    static KEYS: OnceLock<RandomState> = OnceLock::new();
    if is_spent(value) {
        return value.to_owned();
    }
    let hash = KEYS.get_or_init(RandomState::new).hash_one(value);
    format!("{MARK}{:04x}", hash & 0xffff)
}

/// Nothing but a mask.
pub(super) fn is_mask(text: &str) -> bool {
    text.strip_prefix(MARK)
        .is_some_and(|digits| digits.len() == DIGITS && digits.chars().all(|c| c.is_ascii_hexdigit()))
}

/// A mask in its quotes, with no more than the letter before them that says what kind they are.
pub(super) fn is_spent(text: &str) -> bool {
    is_masked(text) && unkeyed(text).chars().filter(|c| c.is_alphanumeric()).count() <= 1
}

/// True where something in the text was masked.
pub fn is_masked(text: &str) -> bool {
    text.contains(MARK)
}

/// Whether two texts of different processes say the same, as far as it is not masked.
pub fn is_same(a: &str, b: &str) -> bool {
    a == b || is_masked(a) && unkeyed(a) == unkeyed(b)
}

/// The text with masks that have no hash: the same in every process.
pub fn unkeyed(text: &str) -> String {
    let mut parts = text.split(MARK);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(MARK);
        out.extend(part.chars().skip(DIGITS));
    }
    out
}
