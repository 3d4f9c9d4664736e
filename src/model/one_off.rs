//! A task that is run once, as RunTask takes it.

use super::{
    launch::{Launch, Network},
    secret,
};
use serde::{Deserialize, Serialize, Serializer};

/// A task that is run once: what RunTask is asked for, and what the journal keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OneOffTask {
    /// Cluster name.
    pub cluster: String,
    /// Task definition ARN; empty while it is a copy that the run has not registered yet.
    #[serde(default, with = "empty_is_null")]
    pub task_definition: String,
    /// Container whose command is replaced.
    pub container: String,
    /// The command, word by word. There may be secrets among its words: those are not written down, and who takes the
    /// run up again brings them from the configuration.
    #[serde(serialize_with = "masked")]
    pub command: Vec<String>,
    /// Variables set besides the container's own: name and value, in plain text as they are configured. They may be
    /// secrets, so they are not written down: who takes the run up again brings them from the configuration.
    #[serde(skip)]
    pub environment: Vec<(String, String)>,
    /// The service's network.
    pub network: Option<Network>,
    /// Launch type; empty to use `capacity_providers` or the cluster's default.
    pub launch_type: String,
    /// Capacity providers: name, weight, base.
    pub capacity_providers: Vec<(String, i32, i32)>,
    /// What else the service gives its tasks.
    #[serde(default)]
    pub launch: Launch,
    /// At most 64 ASCII characters; the same for every retry of the same run.
    pub client_token: String,
    /// At most 128 of `[A-Za-z0-9-/_]`.
    pub started_by: String,
}

/// Words as they are written down.
fn masked<S: Serializer>(words: &[String], to: S) -> Result<S::Ok, S::Error> {
    secret::words(words).serialize(to)
}

/// A text that is written down as null where it is empty.
mod empty_is_null {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
        Some(text).filter(|text| !text.is_empty()).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
        Ok(Option::deserialize(from)?.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_has_no_secrets_and_reads_back() {
        let task = OneOffTask {
            cluster: "prod".into(),
            container: "service".into(),
            command: vec!["goose".into(), "up".into()],
            environment: vec![("PGPASSWORD".into(), "hunter2".into())],
            capacity_providers: vec![("FARGATE_SPOT".into(), 1, 0)],
            ..OneOffTask::default()
        };
        let mut written = serde_json::to_value(&task).unwrap();
        assert!(written["task_definition"].is_null() && written.get("environment").is_none(), "{written}");
        let back: OneOffTask = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(back, OneOffTask { environment: Vec::new(), ..task.clone() });
        written["task_definition"] = "arn:x".into();
        let back: OneOffTask = serde_json::from_value(written).unwrap();
        assert_eq!(back.task_definition, "arn:x");
        let secret = OneOffTask { command: vec!["mysql".into(), "--password=hunter2".into()], ..task };
        assert!(!serde_json::to_string(&secret).unwrap().contains("hunter2"));
    }
}
