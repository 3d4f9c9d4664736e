//! Elastic Load Balancing v2: target groups and the health of their targets.

use super::api::{Answer, Call, Fault, Landscape};

/// Answers one ELBv2 call.
pub fn handle(_landscape: &dyn Landscape, call: &Call) -> Answer {
    Err(Fault::unknown_operation(&call.op))
}
