//! Settings, environments, keymap and theme: read, layered and checked.
//!
//! Parsing is pure: a text and the name of its origin give a value or a [`ConfigError`] that tells
//! every mistake with its place and a remedy. Only [`settings`] reads files, and nothing is half-applied.

pub mod error;
pub mod init;
pub mod key;
pub mod keymap;
pub mod paths;
mod read;
pub mod regular;
pub mod settings;
pub mod source;
pub mod suggest;
#[cfg(test)]
mod tests;
pub mod theme;
pub mod zone;

pub use error::{ConfigError, Problem};
pub use key::{Key, KeyCode, KeyError};
pub use keymap::{Found, Keymap};
pub use paths::Paths;
pub use settings::{Application, Environment, Flags, Settings, load::Loaded};
pub use theme::{Colour, Depth, Style, Theme};
