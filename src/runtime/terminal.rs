//! The terminal as it was found, and getting it back.
//!
//! [`enter`] remembers the settings of the terminal and switches to raw mode; [`leave`] undoes that and
//! everything else the cockpit may have switched on. `leave` may be called from anywhere, any number of
//! times, also from the panic hook and from another thread: only the first call after an `enter` acts.

use super::notify::{TITLE_BACK, title_is_away};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    OptionalActions, QueueSelector, Termios, isatty, tcflush, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr,
};
use std::{
    io::{self, Write},
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
};

/// The settings found by the last [`enter`], until [`leave`] puts them back.
static FOUND: Mutex<Option<Termios>> = Mutex::new(None);

/// The settings while somebody else has the terminal, as they were when it was lent.
static LENT: Mutex<Option<Termios>> = Mutex::new(None);

/// Switched on for the cockpit: alternate screen, no cursor, bracketed paste.
pub const ON: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[H\x1b[2J";

/// Everything off again, whether or not it was on: end of a synchronized frame, colours, mouse, bracketed
/// paste; cursor and the main screen back.
const OFF: &str = "\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// Presses and the wheel, in SGR form; no motion, which would wake the program for nothing.
pub const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";

/// No mouse.
pub const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// A size to draw with when the terminal does not tell one.
const FALLBACK: (u16, u16) = (80, 24);

/// True when both ends of the conversation are a terminal.
pub fn present() -> bool {
    isatty(io::stdin()) && isatty(io::stdout())
}

/// The most columns and rows that are drawn: every cell is kept twice, and no screen is larger.
const SIZE_MAX: (u16, u16) = (1_000, 500);

/// Columns and rows, `SIZE_MAX` at most; 80 by 24 where the terminal says nothing or 0.
pub fn size() -> (u16, u16) {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
            (size.ws_col.min(SIZE_MAX.0), size.ws_row.min(SIZE_MAX.1))
        }
        _ => FALLBACK,
    }
}

/// Whether the terminal is ours to change: a job in the background that touches it is stopped by it.
pub fn ours() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group == rustix::process::getpgrp())
}

fn found() -> MutexGuard<'static, Option<Termios>> {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the terminal into raw mode. The sequences of [`ON`] are left to the caller, who sends them with the
/// first frame in one write.
pub fn enter() -> io::Result<()> {
    let mut found = found();
    if found.is_some() {
        return Ok(());
    }
    let before = tcgetattr(io::stdin())?;
    let mut raw = before.clone();
    raw.make_raw();
    tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
    *found = Some(before);
    Ok(())
}

/// Puts everything back. True when there was something to put back.
pub fn leave() -> bool {
    let Some(before) = found().take() else {
        take_back();
        return false;
    };
    // What was typed and not read was typed for the cockpit: the shell would take it for commands.
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    // The modes first: they take effect even when the output is blocked (Ctrl-S, a dead line).
    let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
    let _ = write_all(OFF.as_bytes());
    if title_is_away() {
        let _ = write_all(TITLE_BACK.as_bytes());
    }
    true
}

/// Somebody else gets the terminal, which was left: its settings are remembered until [`lent_no_more`].
pub fn lend() {
    *lent() = tcgetattr(io::stdin()).ok();
}

/// Puts the settings back that were found by [`lend`], whatever whoever had the terminal left them as (a program that
/// asks for a password and fails leaves raw mode or no echo), and drops what was typed for them.
pub fn take_back() {
    let lent = lent();
    // a job in the background would be stopped by it
    if let Some(before) = lent.as_ref().filter(|_| ours()) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }
}

/// The terminal is ours again.
pub fn lent_no_more() {
    take_back();
    *lent() = None;
}

fn lent() -> MutexGuard<'static, Option<Termios>> {
    LENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same as [`leave`] where only little may be called: in the handler of a signal, on whatever thread it found.
///
/// Takes no lock that somebody may hold, allocates nothing, and waits for nothing: a terminal that takes no output gets its
/// modes back all the same. Only system calls that signal-safety(7) lists.
pub(super) fn leave_in_handler() {
    let before = match FOUND.try_lock() {
        Ok(found) => found.clone(),
        Err(TryLockError::Poisoned(found)) => found.into_inner().clone(),
        // somebody is about to enter or to leave
        Err(TryLockError::WouldBlock) => None,
    };
    let Some(before) = before else { return };
    let _ = tcflush(rustix::stdio::stdin(), QueueSelector::IFlush);
    let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &before);
    let out = rustix::stdio::stdout();
    let mut watched = [PollFd::new(&out, PollFlags::OUT)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    if poll(&mut watched, Some(&now)).is_ok_and(|ready| ready > 0) {
        let _ = rustix::io::write(out, OFF.as_bytes());
        if title_is_away() {
            let _ = rustix::io::write(out, TITLE_BACK.as_bytes());
        }
    }
}

/// True between [`enter`] and [`leave`].
pub fn entered() -> bool {
    found().is_some()
}

/// Writes to the terminal past the standard library's own buffer.
pub fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match rustix::io::write(io::stdout(), rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(error) if error == rustix::io::Errno::INTR => {}
            Err(error) if error == rustix::io::Errno::AGAIN => {
                // Somebody made the terminal non-blocking; the standard library's write gives up as well,
                // so wait the little that a terminal takes to drain.
                std::thread::yield_now();
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Restores the terminal when dropped; for code that may return early.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Enters.
    pub fn enter() -> io::Result<Self> {
        enter()?;
        Ok(Self(()))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
        let _ = io::stdout().flush();
    }
}

/// What becomes of the process when it asks to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopping {
    /// The stop signal is on its way; SIGCONT tells when it is over.
    Stopped,
    /// Nobody could continue it: it is the first program of its session.
    Alone,
}

/// Stops the whole job, as Ctrl-Z does for a program in cooked mode, after the terminal was left.
///
/// The whole process group is stopped, because the shell waits for the group's first process, which may be
/// somebody else (`cargo run`). A session's first program has no shell to go back to and is not stopped.
pub fn stop() -> io::Result<Stopping> {
    let group = rustix::process::getpgrp();
    if rustix::process::getsid(None)? == group {
        return Ok(Stopping::Alone);
    }
    leave();
    rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
    Ok(Stopping::Stopped)
}
