//! Failures of calls, turned into sentences: what was tried, on what, why it failed, what to do now.

mod caller;
mod causes;
mod codes;
mod credentials;
mod network;
mod sdk;
mod unreadable;

pub(super) use caller::Caller;
pub(super) use caller::PASSES;
pub(super) use codes::kind_of;
pub(super) use credentials::credential_trouble;
pub(super) use sdk::from_sdk;
