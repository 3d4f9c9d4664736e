//! What is said of secrets, and how credentials are given.

/// What stands for a secret, or is said of one, as a whole value.
const SAID: [&str; 40] = [
    "ok",
    "valid",
    "invalid",
    "required",
    "missing",
    "expired",
    "present",
    "absent",
    "none",
    "null",
    "nil",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "failed",
    "unset",
    "set",
    "empty",
    "hidden",
    "redacted",
    "unchanged",
    "changed",
    "updated",
    "denied",
    "rejected",
    "accepted",
    "verified",
    "enabled",
    "disabled",
    "undefined",
    "unknown",
    "incorrect",
    "wrong",
    "not",
    "must",
    "is",
    "cannot",
];

/// What a sentence of a secret begins with.
const BEGIN: [&str; 16] = [
    "is",
    "was",
    "must",
    "should",
    "has",
    "does",
    "not",
    "cannot",
    "can't",
    "too",
    "may",
    "required",
    "invalid",
    "missing",
    "expired",
    "incorrect",
];

/// How a credential is given in a header.
const SCHEMES: [&str; 14] = [
    "bearer",
    "basic",
    "digest",
    "negotiate",
    "splunk",
    "token",
    "apikey",
    "api-key",
    "key",
    "geniekey",
    "ntlm",
    "dpop",
    "bot",
    "sharedaccesssignature",
];

/// The longest sentence on a secret.
const SENTENCE: usize = 160;

/// What is said of a secret rather than one: `required`, `is too short`.
pub(super) fn tells_of_secret(value: &str) -> bool {
    if value.len() > SENTENCE {
        return false;
    }
    let value = value.trim().trim_matches(['"', '\'', '\\']).trim_end_matches(['.', ',', ';', ')', '}', '!']);
    let lower = value.to_lowercase();
    if SAID.contains(&lower.as_str()) || is_place(value) {
        return true;
    }
    let mut words = lower.split_whitespace();
    let begins = words.next().is_some_and(|first| BEGIN.contains(&first));
    let plain = |word: &str| {
        word.chars().all(|c| c.is_ascii_lowercase() || "'.,-()".contains(c))
            || word.len() <= 3 && word.chars().all(|c| c.is_ascii_digit())
    };
    begins && words.all(plain)
}

/// What stands in the place of a secret: stars, and `$1` of a statement of SQL.
fn is_place(value: &str) -> bool {
    let number = |digits: &str| matches!(digits.len(), 1 | 2) && digits.chars().all(|c| c.is_ascii_digit());
    value.len() >= 3 && value.chars().all(|c| c == '*') || value.strip_prefix('$').is_some_and(number)
}

/// How a credential is given in a header, and nothing else in a sentence.
pub(super) fn is_scheme(word: &str) -> bool {
    let lower = word.trim_matches(['"', '\'', '\\']).to_lowercase();
    SCHEMES.iter().take(4).any(|scheme| *scheme == lower)
}

/// How a credential is given, behind the name of the header.
pub(super) fn is_any_scheme(word: &str) -> bool {
    SCHEMES.contains(&word.trim_matches(['"', '\'', '\\']).to_lowercase().as_str())
}
