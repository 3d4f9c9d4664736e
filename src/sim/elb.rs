//! Stand-in, replaced on merge.
use super::api::{Answer, Call, Fault, Landscape};

/// Answers one ELBv2 call.
pub fn handle(_: &dyn Landscape, call: &Call) -> Answer {
    Err(Fault::unknown_operation(&call.op))
}
