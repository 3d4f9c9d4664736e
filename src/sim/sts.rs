//! Security Token Service: who the caller is, and roles of other accounts.

use super::api::{Answer, Call, Fault};

/// The account in an access key id that [`handle`] gave out for AssumeRole (`ASIA` and twelve digits).
pub fn account_in_key(access_key_id: &str) -> Option<&str> {
    let account = access_key_id.strip_prefix("ASIA")?.get(..12)?;
    account.bytes().all(|b| b.is_ascii_digit()).then_some(account)
}

/// Answers one STS call.
pub fn handle(call: &Call) -> Answer {
    Err(Fault::unknown_operation(&call.op))
}
