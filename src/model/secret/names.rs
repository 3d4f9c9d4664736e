//! Names whose values are secrets.

use super::{looks, said::tells_of_secret};

/// Words in names whose values are secrets.
const NAMES: [&str; 39] = [
    "password",
    "passwort",
    "kennwort",
    "contraseña",
    "passcode",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "private_key",
    "privatekey",
    "private-key",
    "accountkey",
    "sharedkey",
    "masterkey",
    "encryptionkey",
    "signingkey",
    "licensekey",
    "licencekey",
    "authkey",
    "sshkey",
    "storepass",
    "requirepass",
    "masterauth",
    "keypass",
    "credential",
    "signature",
    "authorization",
    "cookie",
    "dsn",
    "jwt",
    "bearer",
];

/// What such names end with.
const ENDS: [&str; 14] = [
    "_pass", "-pass", ".pass", "_key", "-key", "_auth", "-auth", "_pw", "-pw", "_pat", "-pat", "_sas",
    "_sig", "_otp",
];

/// Names of one-time codes, shared keys and the like: whole words, which other words are made of as well.
const ALONE: [&str; 13] = [
    "otp",
    "totp",
    "pin",
    "mfa",
    "salt",
    "hmac",
    "csrf",
    "xsrf",
    "pepper",
    "mnemonic",
    "psk",
    "privkey",
    "sessionid",
];

/// Last words of names that say something of a secret and are none.
const OF_SECRETS: [&str; 37] = [
    "at",
    "on",
    "in",
    "required",
    "type",
    "id",
    "ids",
    "count",
    "length",
    "len",
    "size",
    "policy",
    "expires",
    "expiry",
    "expiration",
    "expired",
    "ttl",
    "age",
    "reset",
    "changed",
    "updated",
    "enabled",
    "disabled",
    "valid",
    "invalid",
    "error",
    "errors",
    "status",
    "name",
    "names",
    "version",
    "algorithm",
    "failed",
    "limit",
    "stdin",
    "fd",
    "prompt",
];

/// What keys are of that are no secrets.
const PLAIN_KEYS: [&str; 26] = [
    "primary",
    "foreign",
    "partition",
    "sort",
    "sorting",
    "idempotency",
    "public",
    "cache",
    "routing",
    "message",
    "object",
    "s3",
    "range",
    "dedup",
    "deduplication",
    "group",
    "row",
    "unique",
    "lock",
    "map",
    "config",
    "duplicate",
    "record",
    "event",
    "index",
    "translation",
];

/// What keys are of that are secrets.
const SECRET_KEYS: [&str; 24] = [
    "api",
    "access",
    "encryption",
    "decryption",
    "secret",
    "private",
    "unseal",
    "recovery",
    "signing",
    "master",
    "license",
    "licence",
    "auth",
    "account",
    "shared",
    "ssh",
    "root",
    "client",
    "hmac",
    "security",
    "activation",
    "product",
    "deploy",
    "authentication",
];

/// The words of a name: of `dbPassword`, `DB_PASSWORD` and `db.password` the same.
pub(super) fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = ' ';
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        if !c.is_alphanumeric() {
            last = ' ';
            continue;
        }
        let next = rest.peek().is_some_and(|next| next.is_lowercase());
        let begins = last == ' ' || c.is_uppercase() && (!last.is_uppercase() || next);
        match words.last_mut() {
            Some(word) if !begins => word.extend(c.to_lowercase()),
            _ => words.push(c.to_lowercase().collect()),
        }
        last = c;
    }
    words
}

/// The last two words of a name; the first of them is empty where there is but one.
fn last_two(words: &[String]) -> (&str, &str) {
    match words {
        [.., before, last] => (before, last),
        [last] => ("", last),
        [] => ("", ""),
    }
}

/// True for a name whose value is a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words = words_of(name);
    let (before, last) = last_two(&words);
    // Vault's secret_id is a secret, and AWS's access keys are named as one
    let apart = last == "id" && matches!(before, "secret" | "key" | "session");
    if OF_SECRETS.contains(&last) && !apart || last == "key" && PLAIN_KEYS.contains(&before) {
        return false;
    }
    let pass = last.ends_with("pass")
        && !["pass", "bypass", "compass", "encompass", "surpass", "trespass", "overpass", "underpass"]
            .contains(&last);
    let camel = !before.is_empty() && ["key", "pass", "pw", "pat", "sas", "otp"].contains(&last);
    NAMES.iter().any(|part| lower.contains(part))
        || ENDS.iter().any(|end| lower.ends_with(end))
        || pass
        || ALONE.contains(&last)
        || last == "jsessionid"
        || last == "phpsessid"
        || last == "id" && before == "session"
        || camel && name.chars().any(char::is_alphabetic)
}

/// A name that is one of a secret, alone or by what it may be set to.
pub(super) fn is_strong(name: &str) -> bool {
    is_secret_name(name) || matches!(name.to_lowercase().as_str(), "pass" | "pw")
}

/// Whether what a name is set to is a secret: names of one word may mean anything.
pub(super) fn is_secret(name: &str, sign: char, value: &str, quoted: bool) -> bool {
    let lower = name.to_lowercase();
    let value = value.trim_matches(['"', '\'', '\\']);
    let number = !value.is_empty() && value.len() <= 5 && value.chars().all(|c| c.is_ascii_digit());
    // an algorithm is none: hmac=sha256
    if tells_of_secret(value) || lower.ends_with("hmac") && value.to_lowercase().starts_with("sha") {
        return false;
    }
    if is_secret_name(name) {
        let sure = ["pass", "pwd", "secret", "pin", "otp"].iter().any(|part| lower.contains(part));
        return sure || !number && !is_port(value);
    }
    match lower.as_str() {
        "pass" | "pw" => !number && !value.eq_ignore_ascii_case("fail"),
        "auth" | "sig" | "pat" | "sas" => !number && (sign == '=' || quoted),
        "key" => is_made_key(value),
        _ => last_two(&words_of(name)).1 == "key" && is_made_key(value),
    }
}

/// A value of a key that no person made up.
fn is_made_key(value: &str) -> bool {
    looks::is_random(value) || value.len() >= 32 && value.chars().all(|c| c.is_ascii_hexdigit())
}

/// `name` or `key`, which tells the name of a value.
pub(super) fn is_key(name: &str) -> bool {
    name.eq_ignore_ascii_case("name") || name.eq_ignore_ascii_case("key")
}

/// What makes the word `key` behind it the name of a secret: `API key`.
pub(super) fn qualifies(word: &str) -> bool {
    SECRET_KEYS.contains(&word.to_lowercase().as_str())
}

/// A name that stands before a colon and a secret: of letters alone, and short.
pub(super) fn is_header(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    !last.is_empty()
        && name.len() <= 60
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && last.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && is_secret_name(last)
}

/// A name that nothing but a password stands behind, whatever the password looks like.
pub(super) fn is_sure(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["pass", "pwd", "kennwort", "contrase", "authorization", "secret", "key", "cookie"]
        .iter()
        .any(|part| lower.contains(part))
}

/// A name that a password in quotes may follow without a sign, as in SQL.
pub(super) fn is_password(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["password", "passwort", "passwd", "pwd", "passphrase", "requirepass", "masterauth"]
        .contains(&lower.as_str())
}

/// A port, or how ports are mapped: `5432`, `127.0.0.1:8080:80/tcp`.
pub(super) fn is_port(word: &str) -> bool {
    let word = word.trim_end_matches(';').trim_matches(['"', '\'']);
    // ${DB_PORT:-5432}, $PORT
    let variable = word.strip_prefix("${").and_then(|word| word.strip_suffix('}')).or(word.strip_prefix('$'));
    if let Some(variable) = variable {
        let (name, default) = variable.split_once(":-").unwrap_or((variable, "1"));
        let plain = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        return plain && name.ends_with("PORT") && default.chars().all(|c| c.is_ascii_digit());
    }
    let word = word.strip_suffix("/tcp").or_else(|| word.strip_suffix("/udp")).unwrap_or(word);
    let number = |part: &str| !part.is_empty() && part.len() <= 5 && part.chars().all(|c| c.is_ascii_digit());
    let mut parts = word.rsplitn(3, ':');
    let ports = parts.by_ref().take(2).all(number);
    ports && parts.all(|host| host.split('.').all(number))
}

/// The name at the end of the text before a sign, without its quotes.
pub(super) fn name_before(head: &str) -> &str {
    let mut head = head.trim_end_matches(['"', '\'', '\\']);
    // loggers colour names: the end of the colour stands behind them
    while let Some((before, colour)) = head.strip_suffix('m').and_then(|head| head.rsplit_once("\u{1b}["))
        && colour.chars().all(|c| c.is_ascii_digit() || c == ';')
    {
        head = before;
    }
    let start = head
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        .last()
        .map_or(head.len(), |(at, _)| at);
    head.get(start..).unwrap_or_default().trim_start_matches('-')
}
