//! Where things are: pure geometry, used by `update` (pages, clicks, what is visible) and by `ui` (drawing).
//!
//! Nothing here looks at text beyond its width. All measures are cells; an area that does not fit is empty,
//! never outside the screen.

mod area;
mod dialog;
mod fleet;
mod runs;
mod service;

pub use crate::app::state::Widths;
pub use area::{Area, Frame, cells, frame, keep, kept, short};
pub use dialog::{Dialog, picker, plan, plan_width, small, small_width, wrap};
pub use fleet::{
    AGE_WIDTH, FleetAreas, FleetColumns, MatrixSlot, PERCENT_WIDTH, SPARK_WIDTH, Slot, fleet, fleet_columns,
    matrix_columns,
};
pub use runs::{
    RunAreas, RunShape, alarms, beside, board, environments, help_columns, run, runs, steps_width, timeline,
};
pub use service::{ServiceAreas, charts, log, metrics, revisions, service, tabs};
