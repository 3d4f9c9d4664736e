//! Task definitions and the like as they may be shown: environment values masked unless they are obviously
//! harmless, commands and URLs without their secrets; see [`secret`].

use crate::model::{secret, text};
use serde_json::{Map, Value};

use secret::{mask, names_secret};

pub(super) use secret::shown;

/// A word of a command line, or a line of a script.
pub(super) fn word(text: &str) -> String {
    secret::command(&[text.to_owned()])
}

/// Words of a command, masked.
fn words(values: &[Value]) -> Value {
    let own: Vec<String> = values.iter().map(|value| value.as_str().unwrap_or_default().to_owned()).collect();
    let masked = secret::words(&own).into_iter().map(|word| text::line(&word));
    Value::Array(
        values
            .iter()
            .zip(masked)
            .map(|(value, word)| if value.is_string() { Value::String(word) } else { clean(value) })
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

/// Any JSON with its text neutralised and the secrets in it masked.
fn clean(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text::line(&secret::text(text))),
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
