//! What lies over the screen: text being typed, pickers, dialogs.

pub mod dialog;
pub(in crate::app) mod images;
pub(in crate::app) mod keys;
mod lock;
pub mod palette;
mod parts;
pub(in crate::app) mod revisions;
pub(in crate::app) mod wish;

pub(in crate::app) use parts::keep;
pub use parts::line;
