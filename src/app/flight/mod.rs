//! From a wish to a plan, and from a confirmed plan to a run and its end.

mod context;
mod journal;
pub(in crate::app) mod planning;
pub(in crate::app) mod promote;
pub(in crate::app) mod refuse;
mod runs;

pub(in crate::app) use journal::{contact_is_back, gone_on, journaled, resume};
pub(in crate::app) use runs::{answered, printed, settle, start, stop_watching, timer, written};
