//! Secrets in text: one rule of what is masked, for commands, URLs, log lines and messages alike, wherever they are
//! shown, written down or exported. What is run keeps its values in memory.
//!
//! A mask is a keyed hash with a key that lives as long as the process: equal values have equal masks, so a
//! difference shows that a value changed; nobody can search for the value that belongs to a mask.

mod arguments;
mod authority;
mod columns;
mod command;
mod elsewhere;
mod encoded;
mod environ;
mod extent;
mod fields;
mod flags;
mod forms;
mod known;
mod letters;
mod line;
mod lines;
mod lists;
mod looks;
mod made;
mod mask;
mod names;
mod option;
mod pairs;
mod pem;
mod piped;
mod placed;
mod places;
mod programs;
mod quoted;
mod quotes;
mod random;
mod said;
mod scan;
mod shell;
#[cfg(test)]
mod tests;
mod token;
mod value;
mod view;
mod words;

pub use command::{command, is_of, words};
pub use elsewhere::Elsewhere;
pub use lines::Lines;
pub use mask::{is_masked, is_same, mask, unkeyed};
pub use option::option;
pub use scan::{address, text};
pub use value::{names_secret, shown};
