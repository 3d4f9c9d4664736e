//! A change that was asked for, as CloudTrail tells of it.

use serde_json::Value;

/// A change that was asked for.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// When.
    pub at: f64,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// `ecs.amazonaws.com`.
    pub source: &'static str,
    /// The operation.
    pub name: String,
    /// ARN of the caller.
    pub caller: String,
    /// What of the request says what it is about.
    pub parameters: Value,
    /// AWS's code, where it was refused.
    pub error: Option<String>,
}
