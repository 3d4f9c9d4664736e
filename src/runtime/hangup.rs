//! The end of the terminal, where no signal tells of it.
//!
//! A program started with `nohup`, or outside of the terminal's session, gets no SIGHUP when the terminal is
//! gone; the reader of its events would then read the end of the file for ever, with a whole core. One thread
//! sleeps in the kernel until that happens, and wakes for nothing else.

use rustix::event::{PollFd, PollFlags, poll};
use std::{io, os::fd::AsFd, thread};
use tokio::sync::oneshot::{Receiver, channel};

/// Tells when the terminal that is read from is gone.
#[derive(Debug)]
pub struct Hangup(Option<Receiver<()>>);

impl Hangup {
    /// Begins to watch standard input.
    pub fn watch() -> Self {
        Self::of(io::stdin())
    }

    fn of(terminal: impl AsFd + Send + 'static) -> Self {
        let (tell, hear) = channel();
        let watching = thread::Builder::new().name("hangup".into()).spawn(move || {
            if wait(&terminal) {
                let _ = tell.send(());
            }
        });
        Self(watching.is_ok().then_some(hear))
    }

    /// Comes to its end when the terminal is gone; never where that cannot be told.
    pub async fn gone(&mut self) {
        if let Some(hear) = &mut self.0 {
            let told = hear.await;
            self.0 = None;
            if told.is_ok() {
                return;
            }
        }
        std::future::pending::<()>().await;
    }
}

/// Sleeps until the terminal is gone; false where the system cannot tell.
fn wait(terminal: &impl AsFd) -> bool {
    loop {
        let mut watched = [PollFd::new(terminal, PollFlags::empty())];
        match poll(&mut watched, None) {
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
            Ok(_) => {
                let [seen] = &watched;
                let seen = seen.revents();
                if seen.contains(PollFlags::HUP) {
                    return true;
                }
                if !seen.is_empty() {
                    return false;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_the_end_is_told_and_not_what_is_written() {
        let (reader, mut writer) = io::pipe().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut hangup = Hangup::of(reader);
            io::Write::write_all(&mut writer, b"a key").unwrap();
            assert!(tokio::time::timeout(Duration::from_millis(30), hangup.gone()).await.is_err());
            drop(writer);
            tokio::time::timeout(Duration::from_secs(10), hangup.gone()).await.expect("told");
            assert!(tokio::time::timeout(Duration::from_millis(5), hangup.gone()).await.is_err(), "once");
        });
    }

    #[test]
    fn a_file_never_ends_so() {
        let file = std::fs::File::open("/dev/null").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut hangup = Hangup::of(file);
            assert!(tokio::time::timeout(Duration::from_millis(30), hangup.gone()).await.is_err());
        });
    }
}
