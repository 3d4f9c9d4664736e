//! Log lines: where they come from, what they say, and what is looked for in them.

mod event;
mod find;
mod level;
mod shape;
mod source;

pub use event::{LATE_MS, LinesWanted, LogEvent, LogPage, PAGE, short_task};
pub use find::{COLUMNS, Find, Sieve};
pub use level::Level;
pub use shape::{folded, pattern, unfolded};
pub use source::{LogChunk, LogLine, LogRoute, LogSource};
