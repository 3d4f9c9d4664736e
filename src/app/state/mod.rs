//! What the screen is drawn from: plain data, and questions about it. Nothing here changes anything else.

mod alarms;
mod board;
mod environment;
mod fleet;
mod health;
mod images;
mod line;
mod overlay;
mod parts;
mod runs;
pub mod schedule;
mod service;
mod session;
mod timeline;
mod whole;

pub use alarms::{AlarmId, AlarmWidths, Alarmed, AlarmsView};
pub use board::{BOARD_METRICS, BoardView};
pub use environment::Environment;
pub use fleet::{Column, FleetView, Widths};
pub(in crate::app) use health::Named;
pub use health::{Health, judged, judged_again};
pub use images::Images;
pub use line::{LINE_MAX, Line};
pub use overlay::{GoOn, Overlay, PaletteEntry, PaletteVerb, Pick, PlanDialog, TakeOver};
pub use parts::{CHARTS, ListView, Loaded, Notice, Screen};
pub use runs::{RunsView, Team, Wanted};
pub use service::{ChartsView, Difference, ServiceView, Tab};
pub use session::Session;
pub use timeline::{Asked, Came, Hold, TimelineView, TimelineWidths};
pub use whole::State;
