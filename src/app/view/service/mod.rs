//! The service screen: its parts, its cursors, and what its lines tell.

mod areas;
mod cursor;
mod description;

pub use areas::{areas, areas_of, live_run, waiting_words, waits};
pub(in crate::app) use areas::{extent, is_rolling, shown};
pub use cursor::row;
pub(in crate::app) use cursor::{
    choose_side, keep, narrow_log, select, selected_task, show_heading, standing,
};
pub(in crate::app) use description::describe;
