//! From (state, message) to (state, effects). Nobody below calls this: what a handler wants done elsewhere it leaves as
//! an intent.

pub(in crate::app) mod keys;
mod messages;
mod mouse;
mod navigate;
pub(in crate::app) mod perform;
pub(in crate::app) mod verbs;

pub use messages::update;
