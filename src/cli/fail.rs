//! How a command ends without success: one message, one exit code.

use crate::{
    config::ConfigError,
    model::{Refusal, Trouble, secret, text},
};
use std::{fmt, io};

/// Usage or configuration.
pub const USAGE: u8 = 2;
/// It did not work.
pub const FAILED: u8 = 1;
/// Stuck, or its time was over.
pub const STUCK: u8 = 4;
/// It was not begun.
pub const REFUSED: u8 = 5;
/// Nothing could be read.
pub const LOST: u8 = 6;
/// What was to be told could not be written.
pub const OUTPUT: u8 = 8;
/// Somebody pressed Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// A message for people and the exit code that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What went wrong and what to do; printed to standard error.
    pub message: String,
}

impl Failure {
    /// A failure from its parts.
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: shown(&message.into()) }
    }

    /// A mistake in what was asked for.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(USAGE, message)
    }
}

/// Text for people with everything in it that came from outside: its lines stay, secrets and what a terminal would obey
/// do not.
pub fn shown(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| text::line(&secret::text(line))).collect();
    lines.join("\n")
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::new(REFUSED, refusal.to_string())
    }
}

impl From<&Trouble> for Failure {
    /// Contact that is gone can come back; anything else is AWS's no.
    fn from(trouble: &Trouble) -> Self {
        Self::new(if trouble.loses_contact() { LOST } else { REFUSED }, trouble.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(FAILED, error.to_string())
    }
}

/// Prints text to standard output. A reader that went away (`| head`) is no failure.
///
/// # Errors
/// When it cannot be written for another reason.
pub fn print(text: &str) -> Result<(), Failure> {
    print_on(text).map(|_| ())
}

/// The same; false where the reader went away, so that nothing more need be told.
///
/// # Errors
/// As [`print`].
pub fn print_on(text: &str) -> Result<bool, Failure> {
    use io::Write;
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(OUTPUT, format!("could not write to standard output: {error}"))),
        Ok(()) => Ok(true),
    }
}
