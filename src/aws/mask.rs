//! Task definitions and the like as they may be shown: environment values masked unless they are obviously
//! harmless, commands and URLs without their secrets; see [`secret`].

use super::convert;
use crate::model::{secret, text};
use secret::Elsewhere;
use serde_json::Value;

pub(super) use secret::{option, shown};

/// A word of a command line, or a line of a script.
pub(super) fn word(text: &str) -> String {
    secret::command(&[text.to_owned()])
}

/// Words of a command, masked; `before` are those that stand before them, as an entry point does.
fn words(before: &[Value], values: &[Value]) -> Value {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all: Vec<String> = before.iter().chain(values).map(text).collect();
    let masked = secret::words(&all).into_iter().skip(before.len()).map(|word| text::line(&word));
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

/// Members whose own members have names that anybody may choose, or a driver: labels of containers and volumes, options
/// of log drivers, log routers and volume drivers (botocore, ecs/2014-11-13: `DockerLabelsMap`, `StringMap`,
/// `LogConfigurationOptionsMap`, `FirelensConfigurationOptionsMap`).
const FREE: [&str; 4] = ["dockerLabels", "labels", "options", "driverOpts"];

/// A task definition as it may be shown: values masked, text neutralised, read-only members left out.
pub(super) fn definition(document: &Value) -> Value {
    let Value::Object(members) = document else { return clean(document) };
    let mut secrets = Elsewhere::default();
    let shown = members
        .iter()
        .filter(|(name, _)| !NOT_SHOWN.contains(&name.as_str()))
        .map(|(name, value)| (text::line(name), member(name, value, &mut secrets)))
        .collect();
    without(Value::Object(shown), &secrets)
}

/// A member of a task definition, or of what is in it, by its name.
fn member(name: &str, value: &Value, secrets: &mut Elsewhere) -> Value {
    match (name, value) {
        ("environment", Value::Array(pairs)) => {
            Value::Array(pairs.iter().map(|one| pair(one, "name", shown, secrets)).collect())
        }
        ("properties", Value::Array(pairs)) => {
            Value::Array(pairs.iter().map(|one| pair(one, "name", option, secrets)).collect())
        }
        ("tags", Value::Array(pairs)) => {
            Value::Array(pairs.iter().map(|one| pair(one, "key", option, secrets)).collect())
        }
        ("command" | "entryPoint", Value::Array(list)) => words(&[], list),
        ("image", Value::String(image)) => Value::String(convert::image(image)),
        (name, Value::Object(map)) if FREE.contains(&name) => Value::Object(
            map.iter()
                .map(|(name, value)| {
                    let shown = match value {
                        Value::String(own) => masked(name, own, option, secrets),
                        other => clean(other),
                    };
                    (text::line(name), shown)
                })
                .collect(),
        ),
        (_, Value::Object(map)) => {
            let entry =
                map.get("entryPoint").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let shown = |(name, value): (&String, &Value)| {
                let value = match (name.as_str(), value) {
                    ("command", Value::Array(list)) => words(entry, list),
                    (name, value) => member(name, value, secrets),
                };
                (text::line(name), value)
            };
            Value::Object(map.iter().map(shown).collect())
        }
        (name, Value::Array(items)) => {
            Value::Array(items.iter().map(|item| member(name, item, secrets)).collect())
        }
        (_, other) => clean(other),
    }
}

/// A value as its name allows to show it; what is masked is looked for elsewhere.
fn masked(name: &str, value: &str, show: fn(&str, &str) -> String, secrets: &mut Elsewhere) -> Value {
    let shown = show(name, value);
    if secret::is_masked(&shown) {
        secrets.add(name, value);
    }
    Value::String(shown)
}

/// A name and its value, the name in the member that is told.
fn pair(document: &Value, by: &str, show: fn(&str, &str) -> String, secrets: &mut Elsewhere) -> Value {
    let name = document.get(by).and_then(Value::as_str).unwrap_or_default();
    let Value::Object(members) = document else { return clean(document) };
    Value::Object(
        members
            .iter()
            .map(|(member, value)| {
                let value = match value {
                    Value::String(text) if member == "value" => masked(name, text, show, secrets),
                    other => clean(other),
                };
                (text::line(member), value)
            })
            .collect(),
    )
}

/// The same with what is known to be a secret masked wherever it stands.
fn without(value: Value, secrets: &Elsewhere) -> Value {
    match value {
        Value::String(text) => Value::String(secrets.masked(text)),
        Value::Array(items) => Value::Array(items.into_iter().map(|item| without(item, secrets)).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(name, value)| (name, without(value, secrets))).collect())
        }
        other => other,
    }
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
    use crate::model::secret::mask;
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

    #[test]
    fn options_labels_and_tags_are_judged_by_their_names_and_by_their_looks() {
        for (name, value) in [
            ("splunk-token", "hunter2"),
            ("splunk-url", "https://ana:hunter2@splunk.example.com:8088"),
            ("splunk-url", "https://splunk.example.com/?token=hunter2"),
            ("gelf-address", "udp://ana:hunter2@gelf.example.com:12201"),
            ("fluentd-address", "tcp://ana:hunter2@fluent.example.com:24224"),
            ("sumo-url", "https://collectors.sumologic.com/receiver/v1/http/hunter2"),
            ("URI", "/inputs/hunter2hunter2hunter2hunter2hunter2x/tag/web"),
            ("Header", "Authorization Splunk hunter2"),
            ("Header", "X-Any: hunter2"),
            ("http_passwd", "hunter2"),
            ("apikey", "hunter2"),
            ("dd_tags", "team:web,password=hunter2"),
            ("o", "addr=10.0.0.1,username=app,password=hunter2"),
            ("device", "//ana:hunter2@nas/share"),
            ("any", "Kx9hunter2Qz7TpL4"),
            ("basicauth.users", "ana:$apr1$hunter2"),
            ("login", "ana:hunter2"),
            ("com.datadoghq.ad.pg", "[{\"pass\":\"hunter2\"}]"),
        ] {
            let free = json!({name: value});
            let shown = definition(&json!({
                "containerDefinitions": [{
                    "logConfiguration": {"options": free}, "firelensConfiguration": {"options": free},
                    "dockerLabels": free,
                }],
                "volumes": [{"dockerVolumeConfiguration": {"labels": free, "driverOpts": free}}],
                "tags": [{"key": name, "value": value}],
                "proxyConfiguration": {"properties": [{"name": name, "value": value}]},
            }));
            assert!(!shown.to_string().contains("hunter2"), "{name}={value}: {shown}");
        }
        for (name, value) in [
            ("awslogs-group", "/ecs/prod-service"),
            ("awslogs-stream-prefix", "0123456789abcdef"),
            ("splunk-url", "https://splunk.example.com:8088"),
            ("gelf-address", "udp://gelf.example.com:12201"),
            ("fluentd-address", "tcp://fluent.example.com:24224"),
            ("Name", "cloudwatch_logs"),
            ("Match", "*"),
            ("Host", "http-intake.logs.datadoghq.eu"),
            ("URI", "/api/v2/logs"),
            ("splunk-gzip", "true"),
            ("mode", "non-blocking"),
            ("max-buffer-size", "25m"),
            ("tag", "{{.Name}}/{{.ID}}"),
            ("team", "web"),
            ("com.example.commit", "842a9e1cbf0a4f6f8c3d2e1f0a9b8c7d6e5f4a3b"),
            ("com.example.version", "v1.42.0-rc2"),
            ("o", "addr=10.0.0.1,rw,nfsvers=4.1"),
            ("device", ":/exports/data"),
            ("type", "nfs"),
        ] {
            let shown = option(name, value);
            // a name that may be one of a secret is masked in any case
            if !secret::names_secret(name) || name.starts_with("awslogs") {
                assert_eq!(shown, value, "{name}");
            }
        }
    }

    #[test]
    fn a_secret_is_masked_wherever_the_same_definition_tells_it() {
        let password = "correct horse battery";
        let shown = definition(&json!({
            "containerDefinitions": [{
                "environment": [
                    {"name": "DB_PASSWORD", "value": password}, {"name": "KIND", "value": "orders-service"},
                ],
                "image": "r/orders-service:1",
                "command": ["run", "--once", "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5", "say", password],
                "workingDirectory": "/x/Y29ycmVjdCBob3JzZSBiYXR0ZXJ5",
            }],
        }));
        let text = shown.to_string();
        assert!(!text.contains("Y29ycmVjdCBob3JzZSBiYXR0ZXJ5") && !text.contains("battery"), "{text}");
        assert_eq!(shown["containerDefinitions"][0]["image"], "r/orders-service:1");
    }

    #[test]
    fn a_command_is_read_as_what_its_entry_point_takes() {
        let container = json!({"entryPoint": ["/usr/bin/sqlcmd"], "command": ["-S", "db", "-P", "hunter"]});
        let shown = definition(&json!({"containerDefinitions": [container]})).to_string();
        assert!(!shown.contains("hunter") && shown.contains("sqlcmd"), "{shown}");
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
