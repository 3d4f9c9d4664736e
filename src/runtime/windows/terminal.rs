//! The console as it was found, and getting it back; see the other systems' `terminal.rs`.

use crate::runtime::notify::{TITLE_BACK, title_is_away};
use crossterm::{
    ansi_support,
    terminal::{disable_raw_mode, enable_raw_mode},
};
use std::{
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// Between [`enter`] and [`leave`]; what the modes were, crossterm remembers.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Switched on for the cockpit: alternate screen, no cursor, bracketed paste.
pub const ON: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[H\x1b[2J";

/// Everything off again, whether or not it was on.
const OFF: &str = "\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// Presses and the wheel, in SGR form.
pub const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";

/// No mouse.
pub const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// A size to draw with when the console does not tell one.
const FALLBACK: (u16, u16) = (80, 24);

/// The most columns and rows that are drawn.
const SIZE_MAX: (u16, u16) = (1_000, 500);

/// True when both ends of the conversation are a console.
pub fn present() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Columns and rows, `SIZE_MAX` at most; 80 by 24 where the console says nothing or 0.
pub fn size() -> (u16, u16) {
    match crossterm::terminal::size() {
        Ok((columns, rows)) if columns > 0 && rows > 0 => (columns.min(SIZE_MAX.0), rows.min(SIZE_MAX.1)),
        _ => FALLBACK,
    }
}

/// Whether the console is ours to change: there are no jobs in the background here.
pub fn ours() -> bool {
    true
}

/// Somebody else gets the console. Its modes belong to whoever writes to it here; what is left of them is undone by
/// [`enter`].
pub fn lend() {}

/// Nothing is to be put back here.
pub fn take_back() {}

/// The console is ours again.
pub fn lent_no_more() {}

/// Puts the console into raw mode, and has it understand sequences.
///
/// # Errors
/// When it is none, or one that understands no sequences.
pub fn enter() -> io::Result<()> {
    if ENTERED.load(Ordering::SeqCst) {
        return Ok(());
    }
    if !ansi_support::supports_ansi() {
        return Err(io::Error::other("this console understands no escape sequences: use Windows Terminal"));
    }
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    Ok(())
}

/// Puts everything back. True when there was something to put back.
pub fn leave() -> bool {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return false;
    }
    let _ = disable_raw_mode();
    let _ = write_all(OFF.as_bytes());
    if title_is_away() {
        let _ = write_all(TITLE_BACK.as_bytes());
    }
    true
}

/// True between [`enter`] and [`leave`].
pub fn entered() -> bool {
    ENTERED.load(Ordering::SeqCst)
}

/// Writes to the console.
///
/// # Errors
/// When it takes nothing more.
pub fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Restores the console when dropped; for code that may return early.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Enters.
    ///
    /// # Errors
    /// As [`enter`].
    pub fn enter() -> io::Result<Self> {
        enter()?;
        Ok(Self(()))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

/// What becomes of the process when it asks to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopping {
    /// It stops: never, here.
    Stopped,
    /// Nobody could continue it.
    Alone,
}

/// Nothing is stopped and continued here.
///
/// # Errors
/// Never, here.
pub fn stop() -> io::Result<Stopping> {
    Ok(Stopping::Alone)
}
