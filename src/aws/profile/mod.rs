//! Every form in which a profile gets its credentials: what it is ([`form`]), how it is followed ([`chain`]), how
//! a failure is told, and how one signs in again ([`words`]).
//!
//! The SDK follows profiles too, but starts a `credential_process` with the cockpit's own terminal and without a
//! limit, passes over `mfa_serial`, and tells failures in the words of its build. Here each form is followed by
//! the SDK's own provider for it, and everything around is ours.

mod chain;
mod default;
mod failed;
mod files;
mod form;
mod login;
mod mfa;
mod process;
mod words;

pub(super) use chain::followed;
pub(super) use default::{bundle_of, default_way, variable};
pub use default::{profiles, sign_in};
pub(super) use failed::{Failed, find};
pub(super) use files::Files;
pub(super) use form::{Base, Flaw, Role, Way};
pub use process::{Helper, NotRun, Ran};
pub use words::SignIn;

#[cfg(test)]
mod tests;
