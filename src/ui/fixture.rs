//! A state made by hand, with the look of the `fem` world, for the tests of views.

mod draw;
mod fleet;
mod runs;
mod service;
mod time;
mod timeline;

pub use draw::{drawn, line, text, text_of, themed};
pub use fleet::{empty, expired, fleet, prod_service, put};
pub use runs::{flight, live, plan_dialog, run, runs};
pub use service::{apprunner, images, service};
pub use time::{MINUTE, ago};
pub use timeline::{alarms, board, timeline};
