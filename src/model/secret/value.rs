//! Values of variables: shown only where they are obviously harmless.

use super::{made::is_named_so, mask, names::is_secret_name};
use crate::model::text;

/// Parts of names whose values are secrets whatever they look like.
const SECRET_NAMES: [&str; 30] = [
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "cred",
    "auth",
    "private",
    "salt",
    "dsn",
    "conn",
    "cookie",
    "sign",
    "cert",
    "license",
    "licence",
    "webhook",
    "hook",
    "session",
    "hash",
    "seed",
    "pin",
    "otp",
    "jwt",
    "bearer",
    "account",
    "user",
    "database_url",
    "connection",
    "sas",
];

/// Words that are values of switches, levels and stages, never secrets.
const PLAIN_WORDS: [&str; 52] = [
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "enabled",
    "disabled",
    "none",
    "null",
    "all",
    "auto",
    "default",
    "trace",
    "debug",
    "info",
    "notice",
    "warn",
    "warning",
    "error",
    "fatal",
    "off",
    "json",
    "text",
    "logfmt",
    "pretty",
    "prod",
    "production",
    "staging",
    "stage",
    "dev",
    "development",
    "test",
    "testing",
    "preview",
    "local",
    "utc",
    "gmt",
    "en",
    "de",
    "fr",
    "http",
    "https",
    "tcp",
    "udp",
    "grpc",
    "always",
    "never",
    "required",
    "disable",
    "require",
    "prefer",
];

/// A variable's value as it may be shown: itself where it is obviously harmless, else its mask.
pub fn shown(name: &str, value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    if !names_secret(name) && is_harmless(value) { text::line(value) } else { mask(value) }
}

/// True for names whose values are secrets, whatever they look like.
pub fn names_secret(name: &str) -> bool {
    let lower = name.to_lowercase();
    SECRET_NAMES.iter().any(|part| lower.contains(part)) || is_secret_name(name)
}

fn is_harmless(value: &str) -> bool {
    let lower = value.to_lowercase();
    PLAIN_WORDS.contains(&lower.as_str())
        || is_number(value)
        || is_version(value)
        || is_region(value)
        || is_plain_url(value)
        || is_host_and_port(value)
}

/// A port, a count, a duration, a size: at most six digits and a unit.
fn is_number(value: &str) -> bool {
    let digits =
        value.trim_start_matches('-').trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    let unit = value.len() - value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%').len();
    let plain: String = digits.chars().filter(|c| *c != '.').collect();
    unit <= 3 && !plain.is_empty() && plain.len() <= 6 && plain.chars().all(|c| c.is_ascii_digit())
}

/// The number of a migration: the time in which it was written, to the second.
fn is_version(value: &str) -> bool {
    let part = |from: usize, to: usize| value.get(from..to).and_then(|part| part.parse::<u16>().ok());
    value.len() == 14
        && value.chars().all(|c| c.is_ascii_digit())
        && part(0, 4).is_some_and(|year| (2000..2100).contains(&year))
        && part(4, 6).is_some_and(|month| (1..=12).contains(&month))
        && part(6, 8).is_some_and(|day| (1..=31).contains(&day))
        && part(8, 10).is_some_and(|hour| hour < 24)
        && part(10, 12).is_some_and(|minute| minute < 60)
}

/// Where regions lie in their part of the world ("Available Regions" in the guide of Amazon EC2).
const DIRECTIONS: [&str; 9] =
    ["north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest", "central"];

/// `us-west-2`, `eu-central-1a`, `us-gov-east-1`.
fn is_region(value: &str) -> bool {
    let mut parts = value.split('-');
    let first = parts.next().is_some_and(|p| p.len() == 2 && p.chars().all(|c| c.is_ascii_lowercase()));
    let rest: Vec<&str> = parts.collect();
    let ([middle, last] | ["gov" | "iso" | "isob" | "isoe" | "isof", middle, last]) = rest.as_slice() else {
        return false;
    };
    let mut number = last.chars();
    first
        && DIRECTIONS.contains(middle)
        && number.next().is_some_and(|c| c.is_ascii_digit())
        && number.next().is_none_or(|zone| zone.is_ascii_lowercase())
        && number.next().is_none()
}

/// An http(s) URL without user, query, fragment, or a path part that could be a token.
fn is_plain_url(value: &str) -> bool {
    let Some(rest) = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://")) else {
        return false;
    };
    if rest.contains(['@', '?', '#', ' ', ';', '=']) {
        return false;
    }
    let mut parts = rest.split('/');
    let host = parts.next().unwrap_or_default();
    is_host(host.split(':').next().unwrap_or_default())
        && parts.all(|part| !looks_random(part) && !is_named_so(part))
}

fn is_host_and_port(value: &str) -> bool {
    match value.rsplit_once(':') {
        Some((host, port)) => is_host(host) && port.parse::<u16>().is_ok() && host.contains('.'),
        // a bare word may be a password: a host must have a dot and letters behind it
        None => {
            is_host(value)
                && value.rsplit_once('.').is_some_and(|(_, top)| {
                    (2..=12).contains(&top.len()) && top.chars().all(|c| c.is_ascii_lowercase())
                })
        }
    }
}

fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 120
        && host.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-')
        && host.split('.').all(|label| !label.is_empty() && !looks_random(label))
}

/// Long, with digits and letters mixed: what tokens look like.
pub(super) fn looks_random(part: &str) -> bool {
    let digits = part.chars().filter(char::is_ascii_digit).count();
    let letters = part.chars().filter(char::is_ascii_alphabetic).count();
    let upper = part.chars().any(|c| c.is_ascii_uppercase());
    let lower = part.chars().any(|c| c.is_ascii_lowercase());
    part.len() >= 40
        || (part.len() >= 10 && digits >= 3 && letters >= 3)
        || (part.len() >= 16 && upper && lower)
}
