//! CloudWatch: metrics made up from the landscape, and alarms on them.

pub mod alarms;

use super::api::{Answer, Call, Fault, Landscape};
pub use alarms::{AlarmDef, AlarmState, alarm_state, alarm_state_since};

/// Answers one CloudWatch call; `alarms` are those of the call's account and region.
pub fn handle(_landscape: &dyn Landscape, _alarms: &[AlarmDef], call: &Call) -> Answer {
    Err(Fault::unknown_operation(&call.op))
}
