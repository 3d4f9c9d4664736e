//! Secrets that are known by the call they are given to, or by their place in a list behind a statement.

use super::{columns, made::is_named_so, made::is_variable, names::is_password};
use std::ops::Range;

/// Calls and which of their arguments is a secret.
///
/// From their documentation: `crypto.createHmac` (Node.js), `jwt.sign`, `jwt.verify` (jsonwebtoken), `jwt.encode`,
/// `jwt.decode` (`PyJWT`), `set_password` (Django), `crypt`, `pgp_sym_encrypt` and `pgp_sym_decrypt` (pgcrypto of
/// PostgreSQL).
const CALLS: [(&str, usize); 11] = [
    ("createHmac(", 1),
    ("jwt.sign(", 1),
    ("jwt.verify(", 1),
    ("jwt.encode(", 1),
    ("jwt.decode(", 1),
    ("set_password(", 0),
    ("setPassword(", 0),
    ("check_password(", 0),
    ("pgp_sym_encrypt(", 1),
    ("pgp_sym_decrypt(", 1),
    (" crypt(", 0),
];

/// The secrets in a text that are given to calls, and to a database.
pub(super) fn spans(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (call, place) in CALLS {
        for (at, _) in text.match_indices(call).take(MOST) {
            let Some(given) = columns::items(text, at + call.len(), ')') else { continue };
            let secret = given.items.into_iter().nth(place);
            found.extend(secret.and_then(|item| columns::quoted(text, item)));
        }
    }
    found.extend(bound(text));
    found.extend(login(text));
    found
}

/// How many of one call are looked at.
const MOST: usize = 64;

/// `CONNECT name/…@place`, as SQL*Plus takes it.
fn login(text: &str) -> Option<Range<usize>> {
    let at = ["CONNECT ", "connect ", "CONN ", "conn "]
        .iter()
        .find_map(|word| Some(text.find(word)? + word.len()))?;
    let word = text.get(at..)?;
    let word = word.get(..word.find(char::is_whitespace).unwrap_or(word.len()))?;
    let (user, _) = word.rsplit_once('@')?;
    let (name, secret) = user.split_once('/')?;
    let begins = at + name.len() + 1;
    (is_variable(name) && is_named_so(secret)).then_some(begins..begins + secret.len())
}

/// `SET token=$1 … ["…"]`: what is bound to the places of a statement, in their order.
fn bound(text: &str) -> Option<Range<usize>> {
    let (at, _) = text.match_indices('$').take(MOST).find(|(at, _)| {
        let name = text.get(..*at).unwrap_or_default().trim_end();
        let Some(name) = name.strip_suffix('=') else { return false };
        let name = super::names::name_before(name.trim_end());
        super::names::is_secret_name(name) || is_password(name)
    })?;
    let digits = text.get(at + 1..)?;
    let digits = digits.get(..digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len()))?;
    let place: usize = digits.parse::<usize>().ok()?.checked_sub(1)?;
    let open = text.get(at..)?.find(" [")? + at + 2;
    let item = columns::items(text, open, ']')?.items.into_iter().nth(place)?;
    columns::quoted(text, item)
}
