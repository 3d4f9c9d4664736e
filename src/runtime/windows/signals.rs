//! What a console says instead of signals: Ctrl-C, Ctrl-Break, that it is closed, that the machine shuts down. Nothing is
//! stopped and continued here.

pub use crate::runtime::asked::{Asked, TerminalLent};

use crate::runtime::{asked, credential_process, terminal};
use std::{io, process, time::Duration};
use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown,
};

/// What the cockpit listens to.
#[derive(Debug)]
pub struct Signals(Ends);

impl Signals {
    /// Begins to listen; from now on none of them ends the process by itself.
    ///
    /// # Errors
    /// When the console cannot be listened to.
    pub fn new() -> io::Result<Self> {
        Ends::new().map(Self)
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Asked {
        Asked::End(self.0.next().await)
    }
}

/// Each with the exit code that it has elsewhere.
#[derive(Debug)]
struct Ends {
    interrupt: CtrlC,
    quit: CtrlBreak,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

impl Ends {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: ctrl_c()?,
            quit: ctrl_break()?,
            close: ctrl_close()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    async fn next(&mut self) -> u8 {
        tokio::select! {
            Some(()) = self.interrupt.recv() => 130,
            Some(()) = self.quit.recv() => 131,
            Some(()) = self.close.recv() => 129,
            Some(()) = self.shutdown.recv() => 143,
            else => std::future::pending().await,
        }
    }
}

/// Waits for what asks to end, Ctrl-C for one; gives the exit code. For commands without a screen.
///
/// # Errors
/// When the console cannot be listened to.
pub async fn asked_to_end() -> io::Result<u8> {
    Ok(Ends::new()?.next().await)
}

/// Ends the program if nobody else has, a while after it was asked to: the cockpit's thread may be blocked, from the first
/// frame on. Has a thread of its own, and listens before it returns.
///
/// # Errors
/// When the console cannot be listened to.
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

/// Waits for something unless we are asked to end; then the programs end, and we with them. For commands without a screen
/// that have nothing to put back.
pub async fn or_ended<T>(work: impl Future<Output = T>) -> T {
    tokio::select! {
        done = work => done,
        Ok(code) = asked_to_end() => {
            credential_process::end_all();
            process::exit(i32::from(code));
        }
    }
}
