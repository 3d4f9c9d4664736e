//! Lines as CloudWatch Logs tells them, each with its id, and pages of them.

use super::{
    level::Level,
    source::{LogLine, LogSource},
};
use crate::model::Stamp;

/// A line with what tells it from every other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// AWS's id of the event.
    pub id: String,
    /// The line.
    pub line: LogLine,
    /// The level that it says of itself.
    pub level: Option<Level>,
}

impl LogEvent {
    /// A line with its id.
    pub fn new(id: String, line: LogLine) -> Self {
        let level = Level::of(&line.text);
        Self { id, line, level }
    }
}

/// Which lines are read, and from which end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinesWanted {
    /// Where.
    pub source: LogSource,
    /// From when.
    pub since: Stamp,
    /// Until when, inclusive; none for all there is.
    pub until: Option<Stamp>,
    /// The newest come first: a page is what is right before `until`.
    pub back: bool,
    /// From [`LogPage::next`] to read on.
    pub next: Option<String>,
    /// At most this many lines.
    pub limit: u32,
}

/// Lines read in one go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogPage {
    /// Oldest first, whichever end they were read from.
    pub events: Vec<LogEvent>,
    /// There may be more in the direction that was read; pass back to read on.
    pub next: Option<String>,
}

/// For how long lines may come in behind newer ones. The driver awslogs hands a task's lines over every five seconds
/// (github.com/moby/moby, daemon/logger/awslogs: defaultForceFlushInterval), Fluent Bit's flush is a second and up, and CloudWatch
/// Logs takes its own time ("events are ingested an arbitrary amount of time later", github.com/aws/aws-sdk/issues/213):
/// whoever goes on from the newest line alone loses those of the other tasks.
pub const LATE_MS: i64 = 15_000;

/// Lines at once: the most that AWS gives in a page (API reference of FilterLogEvents, `limit`).
pub const PAGE: u32 = 10_000;

/// The task that a stream is of, as short as one can tell it: the beginning of the last part of its name.
pub fn short_task(stream: &str) -> String {
    let last = stream.rsplit('/').next().unwrap_or_default();
    let task = last.rsplit_once("-firelens-").map_or(last, |(_, task)| task);
    task.chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_has_a_short_name() {
        for (stream, short) in [
            ("svc/web/7f21c0ab99", "7f21c0ab"),
            ("fl-web-firelens-7f21c0ab99", "7f21c0ab"),
            ("one", "one"),
            ("", ""),
        ] {
            assert_eq!(short_task(stream), short);
        }
    }
}
