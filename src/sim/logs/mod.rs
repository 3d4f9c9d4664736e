//! CloudWatch Logs: groups, streams and events, kept in memory within bounds.

mod describe;
mod pattern;
mod read;
pub mod service;
mod store;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::api::Fault;
use super::wire::input;

fn invalid(message: impl Into<String>) -> Fault {
    Fault::client("InvalidParameterException", message)
}

fn not_found(message: &str) -> Fault {
    Fault::client("ResourceNotFoundException", message)
}

/// An optional number of the input, or a refusal when it is something else.
fn milliseconds(request: &Value, name: &str) -> Result<Option<i64>, Fault> {
    match request.get(name) {
        None => Ok(None),
        Some(_) => input::integer(request, name)
            .filter(|ms| *ms >= 0)
            .map(Some)
            .ok_or_else(|| invalid(format!("{name} must be milliseconds since 1970"))),
    }
}
