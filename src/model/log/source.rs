//! Log lines, and where they come from.

use crate::model::Stamp;
use serde::{Deserialize, Serialize};

/// Where lines come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct LogSource {
    /// AWS region, where it is told; else the environment's.
    #[serde(default)]
    pub region: Option<String>,
    /// CloudWatch Logs group.
    pub group: String,
    /// One stream; else those that begin with `prefix`.
    pub stream: Option<String>,
    /// What the names of its streams begin with; none for the whole group.
    #[serde(default)]
    pub prefix: Option<String>,
}

impl std::fmt::Display for LogSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.group)?;
        if let Some(name) = self.stream.as_ref().or(self.prefix.as_ref()) {
            write!(f, ", {}", name.trim_end_matches(['/', '-']))?;
        }
        match &self.region {
            Some(region) => write!(f, " in {region}"),
            None => Ok(()),
        }
    }
}

/// Where a container's lines go, as its definition says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum LogRoute {
    /// Nothing is said: they stay where the container runs.
    #[default]
    Unset,
    /// The driver awslogs.
    Awslogs {
        /// Its group.
        group: String,
        /// Its region; empty for the task's own.
        region: String,
        /// The prefix of its streams; empty where they have none, as EC2 allows.
        prefix: String,
    },
    /// Through the log router of the task (FireLens) to CloudWatch Logs.
    Routed {
        /// Its group.
        group: String,
        /// Its region; empty for the task's own.
        region: String,
        /// The one stream; empty where each container of a task has its own.
        stream: String,
        /// What comes before the container's own name in the names of its streams.
        prefix: String,
    },
    /// Anywhere else: the driver, and where its options say that lines go, empty where they do not.
    Elsewhere {
        /// `splunk`, `fluentd`, `FireLens`, …
        driver: String,
        /// An address, or what stands for one.
        to: String,
    },
}

impl LogRoute {
    /// Reads the options of a log driver; secrets among them are not looked at.
    pub fn of<'a>(driver: &str, option: impl Fn(&str) -> Option<&'a str>) -> Self {
        let text = |name: &str| option(name).unwrap_or_default().to_owned();
        match driver {
            "awslogs" => Self::Awslogs {
                group: text("awslogs-group"),
                region: text("awslogs-region"),
                prefix: text("awslogs-stream-prefix"),
            },
            "awsfirelens" => Self::routed(text),
            _ => {
                let address = ["splunk-url", "fluentd-address", "gelf-address", "syslog-address"];
                let to = address.iter().map(|name| text(name)).find(|told| !told.is_empty());
                Self::Elsewhere { driver: driver.to_owned(), to: to.unwrap_or_default() }
            }
        }
    }

    /// Fluent Bit names its output `Name`, Fluentd `@type`; both CloudWatch plugins of Fluent Bit take the same
    /// options (docs.fluentbit.io, outputs/cloudwatch; github.com/aws/amazon-cloudwatch-logs-for-fluent-bit).
    fn routed(text: impl Fn(&str) -> String) -> Self {
        let name = [text("Name"), text("name"), text("@type")].into_iter().find(|n| !n.is_empty());
        let name = name.unwrap_or_default();
        let group = [text("log_group_name"), text("log_group")].into_iter().find(|g| !g.is_empty());
        match (name.as_str(), group) {
            // a name made of the record's own members is another one for each line
            ("cloudwatch" | "cloudwatch_logs", Some(group)) if !group.contains("$(") => Self::Routed {
                group,
                region: text("region"),
                stream: text("log_stream_name"),
                prefix: text("log_stream_prefix"),
            },
            _ => {
                let host = [
                    "Host",
                    "host",
                    "delivery_stream",
                    "stream",
                    "bucket",
                    "log_group_name",
                    "endpoint",
                    "topics",
                ];
                let at = host.iter().map(|name| text(name)).find(|told| !told.is_empty()).unwrap_or_default();
                let to = match (name.as_str(), at.as_str()) {
                    ("", _) => String::new(),
                    (name, "") => name.to_owned(),
                    (name, at) => format!("{name} ({at})"),
                };
                Self::Elsewhere { driver: "FireLens".to_owned(), to }
            }
        }
    }

    /// Where the lines of a container of this name are read, in an environment of this region.
    ///
    /// # Errors
    /// Why they cannot be read, in a sentence.
    pub fn source(&self, container: &str, region: &str) -> Result<LogSource, String> {
        let elsewhere = |own: &str| (!own.is_empty() && own != region).then(|| own.to_owned());
        let at = |own: &str, group: &str, stream: Option<String>, prefix: Option<String>| LogSource {
            region: elsewhere(own),
            group: group.to_owned(),
            stream,
            prefix,
        };
        match self {
            Self::Awslogs { group, .. } if group.is_empty() => {
                Err(format!("The log driver of {container} names no log group."))
            }
            Self::Awslogs { group, region, prefix } if prefix.is_empty() => Ok(at(region, group, None, None)),
            Self::Awslogs { group, region, prefix } => {
                Ok(at(region, group, None, Some(format!("{prefix}/{container}/"))))
            }
            Self::Routed { group, region, stream, .. } if !stream.is_empty() && !stream.contains("$(") => {
                Ok(at(region, group, Some(stream.clone()), None))
            }
            // FireLens tags lines with the container's name and the task's id
            Self::Routed { group, region, prefix, .. } => {
                Ok(at(region, group, None, Some(format!("{prefix}{container}-firelens-"))))
            }
            Self::Elsewhere { driver, to } if to.is_empty() && driver == "FireLens" => Err(format!(
                "{container} logs through FireLens, and the log router's own configuration says where its lines go."
            )),
            Self::Elsewhere { driver, to } if to.is_empty() => Err(format!(
                "{container} logs with the driver {driver}, not to CloudWatch Logs: its lines are not read here."
            )),
            Self::Elsewhere { driver, to } => Err(format!(
                "{container} logs with {driver} to {to}, not to CloudWatch Logs: its lines are not read here."
            )),
            Self::Unset => Err(format!(
                "{container} has no log driver, so its lines are kept by nobody but the machine it runs on."
            )),
        }
    }

    /// The same for one task: its own stream. None while it is not known, as before a container was made.
    pub fn of_task(
        &self,
        container: &str,
        region: &str,
        task: &str,
        runtime: Option<&str>,
    ) -> Option<LogSource> {
        let mut found = self.source(container, region).ok()?;
        if found.stream.is_none() {
            let stream = match (found.prefix.take(), self) {
                (Some(prefix), _) => format!("{prefix}{task}"),
                // without a prefix a stream is named after the container (ECS developer guide, awslogs-stream-prefix)
                (None, _) => runtime?.to_owned(),
            };
            found.stream = Some(stream);
        }
        Some(found)
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written.
    pub at: Stamp,
    /// The stream it came from.
    pub stream: String,
    /// What it says, neutralised.
    pub text: String,
}

/// Lines read in one go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogChunk {
    /// Oldest first.
    pub lines: Vec<LogLine>,
    /// Pass back to read on from here.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_driver_has_a_source_or_a_sentence() {
        let route = |driver: &str, options: &[(&str, &'static str)]| {
            LogRoute::of(driver, |name| options.iter().find(|(own, _)| *own == name).map(|(_, value)| *value))
        };
        let awslogs =
            [("awslogs-group", "shared"), ("awslogs-region", "eu-west-1"), ("awslogs-stream-prefix", "api")];
        let bit = [
            ("Name", "cloudwatch_logs"),
            ("region", "us-west-2"),
            ("log_group_name", "/fem/api"),
            ("log_stream_prefix", "fl-"),
        ];
        for (driver, options, told) in [
            ("awslogs", &awslogs[..], "shared, api/web in eu-west-1"),
            ("awslogs", &awslogs[..2], "shared in eu-west-1"),
            ("awsfirelens", &bit[..], "/fem/api, fl-web-firelens"),
            (
                "awsfirelens",
                &[("Name", "cloudwatch"), ("log_group_name", "g"), ("log_stream_name", "one")],
                "g, one",
            ),
        ] {
            assert_eq!(route(driver, options).source("web", "us-west-2").unwrap().to_string(), told);
        }
        for (driver, options, told) in [
            (
                "awsfirelens",
                &[("Name", "datadog"), ("Host", "intake.example"), ("apikey", "hunter2")][..],
                "with FireLens to datadog (intake.example)",
            ),
            (
                "awsfirelens",
                &[("Name", "cloudwatch"), ("log_group_name", "/a/$(kind)")],
                "to cloudwatch (/a/$(kind))",
            ),
            ("awsfirelens", &[], "the log router's own configuration says"),
            (
                "splunk",
                &[("splunk-url", "https://splunk.example:8088"), ("splunk-token", "hunter2")],
                "with splunk to https://splunk.example:8088",
            ),
            ("fluentd", &[("fluentd-address", "127.0.0.1:24224")], "fluentd to 127.0.0.1:24224"),
            ("journald", &[], "the driver journald"),
            ("awslogs", &[], "names no log group"),
        ] {
            let why = route(driver, options).source("web", "us-west-2").unwrap_err();
            assert!(why.contains(told) && !why.contains("hunter2"), "{why}");
        }
        assert!(LogRoute::Unset.source("web", "us-west-2").unwrap_err().contains("no log driver"));
    }

    #[test]
    fn a_task_has_its_own_stream() {
        let awslogs = |prefix: &str| LogRoute::Awslogs {
            group: "g".into(),
            region: String::new(),
            prefix: prefix.into(),
        };
        let stream = |route: &LogRoute, runtime| {
            route.of_task("web", "us-west-2", "7f21", runtime).and_then(|s| s.stream)
        };
        assert_eq!(stream(&awslogs("svc"), None).as_deref(), Some("svc/web/7f21"));
        assert_eq!(stream(&awslogs(""), Some("d0c1")).as_deref(), Some("d0c1"));
        assert_eq!(stream(&awslogs(""), None), None);
        let routed = LogRoute::Routed {
            group: "g".into(),
            region: String::new(),
            stream: String::new(),
            prefix: "fl-".into(),
        };
        assert_eq!(stream(&routed, None).as_deref(), Some("fl-web-firelens-7f21"));
    }
}
