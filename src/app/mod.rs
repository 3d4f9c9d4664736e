//! The cockpit without a terminal, a network or a clock: state, messages, effects, and the one function
//! that leads from (state, message) to (state, effects).
//!
//! | room | rank | what |
//! |---|---|---|
//! | [`state`] | 1 | plain data, and questions about it |
//! | [`flow`] | 2 | what comes in and goes out: messages, effects, and intents, which a handler leaves to `update` |
//! | [`view`] | 3 | what is read off the state: order, rows, panels, geometry, cursors |
//! | `store` | 4 | what AWS answered, and when it is asked again |
//! | `flight` | 5 | from a wish to a plan, and from a confirmed plan to a run |
//! | [`overlay`] | 6 | text being typed, pickers, dialogs |
//! | `screen` | 6 | the screens' verbs |
//! | [`update()`] | 7 | keys, mouse, messages, and what was left to do |
//!
//! A file imports from its own room and from rooms of lower rank, and no files import each other in a circle;
//! `tests/layering` holds both. A key goes from `update` to the screen or overlay that has the focus; an answer from
//! `update` to the store that keeps it. What either wants done above itself it leaves as an intent.

mod flight;
pub mod flow;
pub mod overlay;
mod screen;
pub mod state;
mod store;
pub mod update;
pub mod view;

#[cfg(test)]
pub(crate) mod tests;

pub use flow::{Effect, Mouse, MouseKind, Msg, Purpose, TimerKey, effect};
pub use overlay::{dialog, palette};
pub use screen::console;
pub use state::{State, judged, judged_again, schedule};
pub use update::update;
use view::list;
pub use view::{
    alarms, board, charts, clock, compared, context, environments, estimate, filter, filter_scope, fleet,
    help, images, layout, logs, matrix, numbers, panels, promote, rows, runs, service, sheet, subject,
    timeline, why,
};
