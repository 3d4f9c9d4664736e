//! CloudWatch Logs, answering.

use super::store::{Group, Store};
use super::{describe, invalid, not_found, read};
use crate::sim::api::{Answer, Call, Fault};
use crate::sim::wire::input;

/// Every log group of every account and region.
#[derive(Debug, Default)]
pub struct LogStore {
    pub(super) store: Store,
}

impl LogStore {
    /// A store without groups.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one event (`at_ms` in epoch milliseconds); makes the group and the stream where they miss.
    /// A stream keeps its newest twenty thousand events, a group its newest 400 streams.
    pub fn append(
        &mut self,
        account: &str,
        region: &str,
        group: &str,
        stream: &str,
        at_ms: i64,
        message: &str,
    ) {
        self.store.append(account, region, group, stream, at_ms, message);
    }

    /// Makes an empty group (`at_ms` is its creation in epoch milliseconds); does nothing when it exists.
    pub fn create_group(&mut self, account: &str, region: &str, group: &str, at_ms: i64) {
        self.store.group_mut(account, region, group, at_ms);
    }

    /// Answers one CloudWatch Logs call.
    pub fn handle(&mut self, call: &Call) -> Answer {
        match call.op.as_str() {
            "DescribeLogGroups" => describe::groups(&self.store, call),
            "DescribeLogStreams" => describe::streams(self.group(call)?, call),
            "FilterLogEvents" => read::filter(self.group(call)?, call),
            "GetLogEvents" => read::get(self.group(call)?, call),
            op => Err(Fault::unknown_operation(op)),
        }
    }

    /// The group that a call names, by name or by identifier.
    fn group(&self, call: &Call) -> Result<&Group, Fault> {
        let name = match (
            input::text(&call.input, "logGroupName"),
            input::text(&call.input, "logGroupIdentifier"),
        ) {
            (Some(name), None) => name,
            // a name, or an ARN: arn:aws:logs:REGION:ACCOUNT:log-group:NAME
            (None, Some(id)) => id.split(":log-group:").last().unwrap_or(id),
            _ => {
                return Err(invalid(
                    "one of logGroupName and logGroupIdentifier must be given, and not both",
                ));
            }
        };
        self.store
            .group(&call.account, &call.region, name)
            .ok_or_else(|| not_found("The specified log group does not exist."))
    }
}
