//! What a signal, or a console, asks for; and for whom Ctrl-C is meant.

use std::sync::atomic::{AtomicBool, Ordering};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To end; the exit code for it.
    End(u8),
    /// To stop until continued; consoles of Windows never do.
    Stop,
    /// To go on after a stop.
    Continue,
}

/// Somebody else has the terminal.
static LENT: AtomicBool = AtomicBool::new(false);

/// While it lives somebody else has the terminal: Ctrl-C and Ctrl-\\ are meant for them.
#[derive(Debug)]
pub struct TerminalLent(());

impl TerminalLent {
    /// From now on.
    pub fn begin() -> Self {
        LENT.store(true, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for TerminalLent {
    fn drop(&mut self) {
        LENT.store(false, Ordering::SeqCst);
    }
}

/// Whether what ends with that code was typed for whoever has the terminal meanwhile.
pub(super) fn is_theirs(code: u8) -> bool {
    LENT.load(Ordering::SeqCst) && matches!(code, 130 | 131)
}
