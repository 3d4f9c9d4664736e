//! Who is calling AWS.

use super::Stamp;

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// ARN of the caller.
    pub arn: String,
    /// The region that is asked.
    pub region: String,
    /// When its credentials expire, where known.
    pub expires_at: Option<Stamp>,
    /// Where the credentials came from, in words: `profile fem-prod`, `environment variables`.
    pub source: String,
}
