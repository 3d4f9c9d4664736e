//! Signals.

pub use super::asked::{Asked, TerminalLent};

use super::{asked, credential_process, hangup::Hangup, terminal};
use std::{future::poll_fn, io, process, task::Poll, time::Duration};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTSTP has no name in tokio; its number differs between systems.
fn tstp() -> SignalKind {
    SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw())
}

/// SIGCONT likewise.
fn cont() -> SignalKind {
    SignalKind::from_raw(rustix::process::Signal::CONT.as_raw())
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
            // a shell ends a stopped job by a signal to end and one to go on: the end is what was meant
            biased;
            code = self.ends.next() => Asked::End(code),
            Some(()) = self.stop.recv() => Asked::Stop,
            Some(()) = self.go_on.recv() => Asked::Continue,
            () = self.hangup.gone() => Asked::End(129),
        }
    }
}

/// The signals that end a program, each with its exit code: those that ask for it, and those that nobody sends to
/// ask and that end it all the same (a soft limit of processor time or file size, a timer, a bad system call). Not
/// SIGKILL, which nothing can hear, nor ILL, FPE, SEGV and BUS, after which nothing may be relied on.
#[derive(Debug)]
struct Ends(Vec<(u8, Signal)>);

impl Ends {
    fn new() -> io::Result<Self> {
        use rustix::process::Signal as Own;
        let mut all = vec![
            Own::TERM,
            Own::HUP,
            Own::INT,
            Own::QUIT,
            Own::ABORT,
            Own::USR1,
            Own::USR2,
            Own::ALARM,
            Own::VTALARM,
            Own::PROF,
            Own::XCPU,
            Own::XFSZ,
            Own::SYS,
            Own::TRAP,
            Own::IO,
        ];
        #[cfg(target_os = "linux")]
        all.extend([Own::STKFLT, Own::POWER]);
        let heard = |own: Own| Ok((code(own), signal(SignalKind::from_raw(own.as_raw()))?));
        let mut heard = all.drain(..).map(heard).collect::<io::Result<Vec<_>>>()?;
        heard.extend(real_time());
        Ok(Self(heard))
    }

    async fn next(&mut self) -> u8 {
        poll_fn(|context| {
            let mut all = self.0.iter_mut();
            let ended = all.find_map(|(code, signal)| match signal.poll_recv(context) {
                Poll::Ready(Some(())) => Some(*code),
                _ => None,
            });
            ended.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// The real-time signals, which end a program as well (signal(7)); those that cannot be listened to are left out.
#[cfg(target_os = "linux")]
fn real_time() -> Vec<(u8, Signal)> {
    let all = nix::libc::SIGRTMIN()..=nix::libc::SIGRTMAX();
    all.filter_map(|raw| Some((u8::try_from(128 + raw).ok()?, signal(SignalKind::from_raw(raw)).ok()?)))
        .collect()
}

/// There are none here.
#[cfg(not(target_os = "linux"))]
fn real_time() -> Vec<(u8, Signal)> {
    Vec::new()
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
/// Has a thread of its own, and listens before it returns: the cockpit's thread may be blocked writing to a terminal that
/// takes nothing (Ctrl-S, a dead line), from the first frame on. The terminal's modes are put back first, which never
/// blocks; then what can be written is.
pub fn watch_over(patience: Duration) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ends = {
        let _within = runtime.enter();
        Ends::new()?
    };
    let watch = move || runtime.block_on(end_in_time(ends, patience));
    std::thread::Builder::new().name("watch".into()).spawn(watch).map(|_| ())
}

async fn end_in_time(mut ends: Ends, patience: Duration) {
    let code = loop {
        let code = ends.next().await;
        // typed for whoever has the terminal meanwhile
        if !asked::is_theirs(code) {
            break code;
        }
    };
    tokio::time::sleep(patience).await;
    std::thread::spawn(terminal::leave);
    tokio::time::sleep(Duration::from_millis(30)).await;
    credential_process::end_all();
    process::exit(i32::from(code));
}

/// Waits for something unless a signal asks to end; then the programs end, and we with them. For commands without
/// a screen that have nothing to put back.
pub async fn or_ended<T>(work: impl Future<Output = T>) -> T {
    tokio::select! {
        done = work => done,
        Ok(code) = asked_to_end() => {
            credential_process::end_all();
            process::exit(i32::from(code));
        }
    }
}
