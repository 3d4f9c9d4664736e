//! Signals.

use super::{hangup::Hangup, terminal};
use std::{
    io, process,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTSTP has no name in tokio; its number differs between systems.
fn tstp() -> SignalKind {
    SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw())
}

/// SIGCONT likewise.
fn cont() -> SignalKind {
    SignalKind::from_raw(rustix::process::Signal::CONT.as_raw())
}

/// Somebody else has the terminal.
static ASIDE: AtomicBool = AtomicBool::new(false);

/// While it lives somebody else has the terminal: Ctrl-C and Ctrl-\\ are meant for them.
#[derive(Debug)]
pub struct Aside(());

impl Aside {
    /// From now on.
    pub fn begin() -> Self {
        ASIDE.store(true, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        ASIDE.store(false, Ordering::SeqCst);
    }
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To end; the exit code for it.
    End(u8),
    /// To stop until continued.
    Stop,
    /// To go on after a stop.
    Continue,
}

/// The signals that the cockpit listens to.
#[derive(Debug)]
pub struct Signals {
    ends: Ends,
    stop: Signal,
    go_on: Signal,
    hangup: Hangup,
}

impl Signals {
    /// Begins to listen; from now on none of them ends the process by itself. A terminal that is gone without a
    /// word counts as SIGHUP.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            ends: Ends::new()?,
            stop: signal(tstp())?,
            go_on: signal(cont())?,
            hangup: Hangup::watch(),
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            code = self.ends.next() => Asked::End(code),
            Some(()) = self.stop.recv() => Asked::Stop,
            Some(()) = self.go_on.recv() => Asked::Continue,
            () = self.hangup.gone() => Asked::End(129),
        }
    }
}

#[derive(Debug)]
struct Ends {
    term: Signal,
    hup: Signal,
    int: Signal,
    quit: Signal,
    /// Those that nobody sends to ask for an end, and that end a program all the same.
    abort: Signal,
    user1: Signal,
    user2: Signal,
    alarm: Signal,
}

impl Ends {
    fn new() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
            int: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            abort: signal(SignalKind::from_raw(rustix::process::Signal::ABORT.as_raw()))?,
            user1: signal(SignalKind::user_defined1())?,
            user2: signal(SignalKind::user_defined2())?,
            alarm: signal(SignalKind::alarm())?,
        })
    }

    async fn next(&mut self) -> u8 {
        tokio::select! {
            Some(()) = self.term.recv() => 143,
            Some(()) = self.hup.recv() => 129,
            Some(()) = self.int.recv() => 130,
            Some(()) = self.quit.recv() => 131,
            Some(()) = self.abort.recv() => code(rustix::process::Signal::ABORT),
            Some(()) = self.user1.recv() => code(rustix::process::Signal::USR1),
            Some(()) = self.user2.recv() => code(rustix::process::Signal::USR2),
            Some(()) = self.alarm.recv() => code(rustix::process::Signal::ALARM),
            else => std::future::pending().await,
        }
    }
}

/// The exit code that shells know a signal by.
fn code(signal: rustix::process::Signal) -> u8 {
    u8::try_from(128 + signal.as_raw()).unwrap_or(u8::MAX)
}

/// Waits for a signal that asks to end, SIGINT for one; gives the exit code. For commands without a screen.
pub async fn asked_to_end() -> io::Result<u8> {
    Ok(Ends::new()?.next().await)
}

/// Ends the program if nobody else has, a while after a signal asked for it.
///
/// Runs beside the cockpit's thread, which may be blocked writing to a terminal that takes nothing (Ctrl-S, a
/// dead line). The terminal's modes are put back first, which never blocks; then what can be written is.
pub async fn watch_over(patience: Duration) {
    let Ok(mut ends) = Ends::new() else { return };
    let code = loop {
        let code = ends.next().await;
        // typed for whoever has the terminal meanwhile
        if !(ASIDE.load(Ordering::SeqCst) && matches!(code, 130 | 131)) {
            break code;
        }
    };
    tokio::time::sleep(patience).await;
    std::thread::spawn(terminal::leave);
    tokio::time::sleep(Duration::from_millis(30)).await;
    super::helper::end_all();
    process::exit(i32::from(code));
}
