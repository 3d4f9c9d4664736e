//! Stand-in, replaced on merge.
use super::api::{Answer, Call, Fault};

/// Answers one STS call.
pub fn handle(call: &Call) -> Answer {
    Err(Fault::unknown_operation(&call.op))
}
