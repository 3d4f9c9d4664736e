//! What single words look like: variables that are set, masks, and what a person hardly writes for anything but a secret.

use super::mask::mask;

/// True for `NAME=value` before a command, which sets a variable for it.
pub(super) fn is_setting(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    word.split_once('=').is_some_and(|(name, _)| {
        let name = name.strip_suffix('+').unwrap_or(name);
        is_variable(name) && name.chars().all(plain)
    })
}

/// True for `name=value`, as `export` takes it.
pub(super) fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| is_variable(name))
}

pub(super) fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `NAME/PASSWORD@HOST`, as Oracle's programs take it; not `OWNER/PROJECT@VERSION`.
pub(super) fn login(word: &str, command: bool) -> Option<String> {
    let (user, host) = word.rsplit_once('@')?;
    let (head, secret) = user.rsplit_once('/')?;
    let name = head.rsplit([':', '=', '"', '\'']).next()?;
    let named = is_variable(name) && !word.contains("://");
    let place = host.strip_prefix("//").unwrap_or(host);
    let place = place.starts_with(|c: char| c.is_ascii_alphabetic()) && !place.starts_with("sha");
    let likely =
        if command || head.ends_with(&format!("thin:{name}")) { is_likely(secret) } else { is_made(secret) };
    (named && place && likely && secret.chars().any(|c| c.is_ascii_digit()))
        .then(|| format!("{head}/{}@{host}", mask(secret)))
}

/// What follows the name of a setting that is secret, and is no word of a sentence.
pub(super) fn is_named_so(word: &str) -> bool {
    let has = |kind: fn(char) -> bool| word.chars().any(kind);
    is_likely(word) && !is_assignment(word) && has(|c| c.is_ascii_digit()) && has(|c| c.is_ascii_alphabetic())
}

/// What a person hardly writes for anything but a secret: letters, digits, and capitals or signs.
pub(super) fn is_made(word: &str) -> bool {
    let bare = word.trim_matches(['"', '\'', ',', ';', '.', '(', ')', '\\']);
    let has = |kind: fn(char) -> bool| bare.chars().any(kind);
    bare.len() >= 8
        && has(|c| c.is_ascii_digit())
        && has(|c| c.is_ascii_alphabetic())
        && has(|c| c.is_ascii_uppercase() || "!#$%^&*+=~?<>;".contains(c))
        && !bare.contains("://")
        && !bare.starts_with("arn:")
        && (!bare.contains('/') || bare.contains(['+', '=']))
        && !bare.starts_with(|c: char| c.is_ascii_digit()) | !bare.contains([':', '-'])
}

/// What may be a secret by its looks: long, or letters with digits.
pub(super) fn is_likely(word: &str) -> bool {
    let bare = word.trim_matches(['"', '\'', ',', ';', '.']);
    bare.len() >= 16 || (bare.len() >= 6 && bare.chars().any(|c| c.is_ascii_digit()))
}
