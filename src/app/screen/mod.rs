//! The screens: what their verbs do. A screen changes its own part of the state, and leaves the rest to `update`.

mod alarms;
mod board;
mod charts;
pub mod console;
mod environments;
pub(in crate::app) mod fleet;
mod handler;
mod help;
mod lines;
mod logs;
mod matrix;
pub(in crate::app) mod revisions;
mod runs;
pub(in crate::app) mod service;
mod timeline;

pub(in crate::app) use charts::mark;
pub(in crate::app) use handler::{Handler, WHEEL, line};
pub(in crate::app) use logs::go_to;

use super::state::Screen;

/// What carries out the verbs of a screen.
pub(in crate::app) fn of(screen: Screen) -> &'static dyn Handler {
    match screen {
        Screen::Fleet => &fleet::Fleet,
        Screen::Service => &service::Service,
        Screen::Runs => &runs::Runs,
        Screen::Environments => &environments::Environments,
        Screen::Timeline => &timeline::Timeline,
        Screen::Alarms => &alarms::Alarms,
        Screen::Board => &board::Board,
        Screen::Help => &help::Help,
    }
}
