//! Environment values and the like, masked unless they are obviously harmless.
//!
//! A mask is a keyed hash with a key that lives as long as the process: equal values have equal masks, so a
//! diff shows that a value changed; nobody can search for the value that belongs to a mask.

use crate::model::text;
use serde_json::{Map, Value};
use std::{
    hash::{BuildHasher, RandomState},
    sync::OnceLock,
};

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

/// The mask of a value.
pub(super) fn mask(value: &str) -> String {
    static KEYS: OnceLock<RandomState> = OnceLock::new();
    let hash = KEYS.get_or_init(RandomState::new).hash_one(value);
    format!("••••{:04x}", hash & 0xffff)
}

/// A variable's value as it may be shown: itself where it is obviously harmless, else its mask.
pub(super) fn shown(name: &str, value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    if !names_secret(name) && is_harmless(value) { text::line(value) } else { mask(value) }
}

fn names_secret(name: &str) -> bool {
    let lower = name.to_lowercase();
    SECRET_NAMES.iter().any(|part| lower.contains(part))
}

fn is_harmless(value: &str) -> bool {
    let lower = value.to_lowercase();
    PLAIN_WORDS.contains(&lower.as_str())
        || is_number(value)
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

/// `us-west-2`, `eu-central-1a`.
fn is_region(value: &str) -> bool {
    let mut parts = value.split('-');
    let first = parts.next().is_some_and(|p| p.len() == 2 && p.chars().all(|c| c.is_ascii_lowercase()));
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else { return false };
    first
        && (1..=2).contains(&middle.len())
        && middle.iter().all(|p| p.len() <= 9 && p.chars().all(|c| c.is_ascii_lowercase()))
        && last.len() <= 2
        && last.starts_with(|c: char| c.is_ascii_digit())
        && last.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
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
    is_host(host.split(':').next().unwrap_or_default()) && parts.all(|part| !looks_random(part))
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
fn looks_random(part: &str) -> bool {
    let digits = part.chars().filter(char::is_ascii_digit).count();
    let letters = part.chars().filter(char::is_ascii_alphabetic).count();
    let upper = part.chars().any(|c| c.is_ascii_uppercase());
    let lower = part.chars().any(|c| c.is_ascii_lowercase());
    part.len() >= 40
        || (part.len() >= 10 && digits >= 3 && letters >= 3)
        || (part.len() >= 16 && upper && lower)
}

/// A word of a command line: what follows `=` behind a secret name, and passwords in URLs, masked.
pub(super) fn word(text: &str) -> String {
    if let Some((name, value)) = text.split_once('=') {
        let bare = name.trim_start_matches('-');
        if !value.is_empty() && bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            if names_secret(bare) {
                return format!("{}={}", text::line(name), mask(value));
            }
            return format!("{}={}", text::line(name), url_password(value));
        }
    }
    url_password(text)
}

/// Text with the password of every `scheme://user:password@host` in it masked.
fn url_password(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once("://") {
        out.push_str(head);
        out.push_str("://");
        let end = tail.find(['/', ' ', '"', '\'', '?']).unwrap_or(tail.len());
        let (authority, after) = tail.split_at_checked(end).unwrap_or((tail, ""));
        match authority.rsplit_once('@') {
            Some((user, host)) => {
                out.push_str(&mask(user));
                out.push('@');
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
        rest = after;
    }
    out.push_str(rest);
    text::line(&out)
}

/// Words of a command, masked; a value that follows a flag with a secret name is masked too.
fn words(values: &[Value]) -> Value {
    let mut secret_next = false;
    Value::Array(
        values
            .iter()
            .map(|value| match value {
                Value::String(text) => {
                    let masked = if secret_next && !text.starts_with('-') { mask(text) } else { word(text) };
                    secret_next = text.starts_with('-') && !text.contains('=') && names_secret(text);
                    Value::String(masked)
                }
                other => clean(other),
            })
            .collect(),
    )
}

/// Members of a task definition that say which revision it is rather than what it runs; they have members
/// of their own in the model and would only be noise in a diff.
const NOT_SHOWN: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// A task definition as it may be shown: values masked, text neutralised, read-only members left out.
pub(super) fn definition(document: &Value) -> Value {
    let Value::Object(members) = document else { return clean(document) };
    Value::Object(
        members
            .iter()
            .filter(|(name, _)| !NOT_SHOWN.contains(&name.as_str()))
            .map(|(name, value)| {
                let value = match (name.as_str(), value) {
                    ("containerDefinitions", Value::Array(containers)) => {
                        Value::Array(containers.iter().map(container).collect())
                    }
                    _ => clean(value),
                };
                (text::line(name), value)
            })
            .collect(),
    )
}

fn container(document: &Value) -> Value {
    let Value::Object(members) = document else { return clean(document) };
    Value::Object(
        members
            .iter()
            .map(|(name, value)| {
                let value = match (name.as_str(), value) {
                    ("environment", Value::Array(pairs)) => Value::Array(pairs.iter().map(pair).collect()),
                    ("command" | "entryPoint", Value::Array(list)) => words(list),
                    ("dockerLabels", Value::Object(map)) => labels(map),
                    ("logConfiguration" | "firelensConfiguration", Value::Object(map)) => Value::Object(
                        map.iter()
                            .map(|(name, value)| match (name.as_str(), value) {
                                ("options", Value::Object(options)) => (name.clone(), labels(options)),
                                _ => (text::line(name), clean(value)),
                            })
                            .collect(),
                    ),
                    ("healthCheck", Value::Object(map)) => Value::Object(
                        map.iter()
                            .map(|(name, value)| match (name.as_str(), value) {
                                ("command", Value::Array(list)) => (name.clone(), words(list)),
                                _ => (text::line(name), clean(value)),
                            })
                            .collect(),
                    ),
                    _ => clean(value),
                };
                (text::line(name), value)
            })
            .collect(),
    )
}

fn pair(document: &Value) -> Value {
    let name = document.get("name").and_then(Value::as_str).unwrap_or_default();
    let Value::Object(members) = document else { return clean(document) };
    Value::Object(
        members
            .iter()
            .map(|(member, value)| {
                let value = match value {
                    Value::String(text) if member == "value" => Value::String(shown(name, text)),
                    other => clean(other),
                };
                (text::line(member), value)
            })
            .collect(),
    )
}

/// Names and values that are mostly harmless: only secret-looking names and URLs are masked.
fn labels(map: &Map<String, Value>) -> Value {
    Value::Object(
        map.iter()
            .map(|(name, value)| {
                let value = match value {
                    Value::String(text) if names_secret(name) && !name.starts_with("awslogs") => {
                        Value::String(mask(text))
                    }
                    other => clean(other),
                };
                (text::line(name), value)
            })
            .collect(),
    )
}

/// Any JSON with its text neutralised and passwords in URLs masked.
fn clean(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(url_password(text)),
        Value::Array(items) => Value::Array(items.iter().map(clean).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(name, value)| (text::line(name), clean(value))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn harmless_values_are_shown_and_all_others_masked() {
        for (name, value, plain) in [
            ("PORT", "8080", true),
            ("LOG_LEVEL", "debug", true),
            ("DEBUG", "true", true),
            ("AWS_REGION", "us-west-2", true),
            ("TIMEOUT", "30s", true),
            ("RATIO", "0.25", true),
            ("BASE_URL", "https://staging.example.com/api/v1", true),
            ("REDIS", "cache.internal:6379", true),
            ("HOST", "db.example.com", true),
            ("EMPTY", "", true),
            ("DATABASE_URL", "postgres://app:hunter2@db/app", false),
            ("GREETING", "hello world", false),
            ("DB_PASSWORD", "1234", false),
            ("API_KEY", "true", false),
            ("X", "hunter2", false),
            ("X", "correct", false),
            ("SLACK", "https://hooks.slack.com/services/T00000000/B00000000/abcdefXYZ123456789", false),
            ("URL", "https://user:pw@example.com", false),
            ("URL", "https://example.com/?token=abc", false),
            ("ID", "1234567890123", false),
            ("X", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", false),
            ("X", "AKIAIOSFODNN7EXAMPLE", false),
        ] {
            let out = shown(name, value);
            assert_eq!(out == value, plain, "{name}={value} shown as {out}");
        }
    }

    #[test]
    fn equal_values_have_equal_masks() {
        assert_eq!(mask("a"), mask("a"));
        assert_ne!(mask("hunter2"), mask("hunter3"));
        assert_eq!(mask("a").chars().count(), 8);
    }

    #[test]
    fn a_definition_keeps_its_shape_and_loses_its_secrets() {
        let document = json!({
            "taskDefinitionArn": "arn", "revision": 3, "family": "a\u{202e}",
            "containerDefinitions": [{
                "name": "service", "image": "r/a:1",
                "environment": [{"name": "PORT", "value": "8080"}, {"name": "DB", "value": "postgres://u:hunter2@h/d"}],
                "secrets": [{"name": "S", "valueFrom": "arn:aws:ssm:r:1:parameter/x"}],
                "command": ["serve", "--password", "hunter2", "--dsn=hunter2", "http://u:hunter2@h/x"],
                "dockerLabels": {"team": "web", "api_token": "hunter2"},
                "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": "hunter2", "awslogs-group": "g"}},
                "healthCheck": {"command": ["CMD", "curl", "http://u:hunter2@localhost/"]}
            }]
        });
        let shown = definition(&document);
        let text = shown.to_string();
        assert!(!text.contains("hunter2"), "{text}");
        assert!(
            text.contains("8080") && text.contains("arn:aws:ssm:r:1:parameter/x") && text.contains("\"web\"")
        );
        assert!(!text.contains("taskDefinitionArn") && !text.contains('\u{202e}'));
        assert_eq!(shown["containerDefinitions"][0]["image"], "r/a:1");
        assert_eq!(shown["containerDefinitions"][0]["logConfiguration"]["options"]["awslogs-group"], "g");
    }

    proptest! {
        #[test]
        fn secrets_of_real_length_never_show(value in "[A-Za-z0-9+/=_-]{20,64}") {
            prop_assume!(value.chars().filter(char::is_ascii_digit).count() >= 3);
            prop_assert!(!shown("X", &value).contains(&value));
        }

        #[test]
        fn words_never_panic(text in any::<String>()) {
            let _ = word(&text);
            let _ = shown(&text, &text);
        }
    }
}
