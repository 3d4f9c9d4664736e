//! What can be wrong with a world file, told with its place.

use thiserror::Error;

/// Why a world cannot be used.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum WorldError {
    /// No world of that name comes with the program.
    #[error("there is no world called \"{name}\"; the worlds are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// Something in the file is wrong.
    #[error("{file}:{line}:{column}: {message}")]
    Wrong {
        /// The file.
        file: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// What is wrong and what would be right.
        message: String,
    },
}

/// A file's text and name, to make errors with.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Source<'_> {
    /// An error at a byte of the text.
    pub fn at(self, byte: usize, message: impl Into<String>) -> WorldError {
        let before = self.text.get(..byte).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        WorldError::Wrong { file: self.file.to_owned(), line, column, message: message.into() }
    }
}
