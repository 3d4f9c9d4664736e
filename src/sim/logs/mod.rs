//! CloudWatch Logs: groups, streams and events, kept in memory within bounds.

use super::api::{Answer, Call, Fault};

/// Every log group of every account and region.
#[derive(Debug, Default)]
pub struct LogStore {}

impl LogStore {
    /// A store without groups.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one event (`at_ms` in epoch milliseconds); makes the group and the stream where they miss.
    pub fn append(
        &mut self,
        _account: &str,
        _region: &str,
        _group: &str,
        _stream: &str,
        _at_ms: i64,
        _message: &str,
    ) {
    }

    /// Makes an empty group (`at_ms` is its creation in epoch milliseconds); does nothing when it exists.
    pub fn create_group(&mut self, _account: &str, _region: &str, _group: &str, _at_ms: i64) {}

    /// Answers one CloudWatch Logs call.
    pub fn handle(&mut self, call: &Call) -> Answer {
        Err(Fault::unknown_operation(&call.op))
    }
}
