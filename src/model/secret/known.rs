//! Secrets that are known by their looks, as they are or encoded.

use super::{
    encoded,
    line::{DEPTH, Line},
    looks, mask,
};

/// What is said in base 64 is a secret: a name and a password, or text with a secret in it.
fn hides_secret(part: &str, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let inner = |told: &str| Line { depth, ..Line::new(false) }.script(told);
    encoded::decoded(part).is_some_and(|told| encoded::is_user_and_password(&told) || inner(&told) != told)
}

/// Keys and tokens by their looks, as they are or in base 64.
pub(super) fn known(word: &str, depth: u8) -> String {
    if is_address_in_percent(word) || depth == DEPTH && hides_in_percent(word) {
        return mask(word);
    }
    looks::known(word, &|part| hides_secret(part, depth))
}

/// A name and its secret whose signs were escaped for another address: `next=%2Flogin%3Ftoken%3D…`.
fn hides_in_percent(word: &str) -> bool {
    if !word.contains("%3D") && !word.contains("%3d") {
        return false;
    }
    let signs = [("%3d", "="), ("%26", "&"), ("%3f", "?"), ("%2f", "/"), ("%3a", ":"), ("%25", "%")];
    let plain = signs.iter().fold(word.to_owned(), |text, (escaped, sign)| {
        text.replace(escaped, sign).replace(&escaped.to_uppercase(), sign)
    });
    Line { depth: 0, ..Line::new(false) }.script(&plain) != plain
}

/// An address with a name and a password whose signs were escaped for another address.
fn is_address_in_percent(word: &str) -> bool {
    let lower = word.to_lowercase();
    let Some((_, host)) = lower.split_once("%3a%2f%2f") else { return false };
    host.split_once("%40").is_some_and(|(user, _)| user.contains("%3a") || user.contains(':'))
}
