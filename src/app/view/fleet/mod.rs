//! The fleet: which rows are shown, in which order, where the cursor is, and what a row says.

mod cursor;
mod order;
mod page;
mod words;

pub use cursor::selected;
pub(in crate::app) use cursor::{filter, recompute, select, settle, widen};
pub use order::column_title;
pub(in crate::app) use order::{depends_on_rows, depends_on_sparks, next_column};
pub(in crate::app) use page::sparks_ms;
pub use page::{page, sparks_age, troubles, visible};
pub use words::{age, error_share, latest, state_words, tasks_words, urgency};
pub(in crate::app) use words::{needs_attention, stale_after};
