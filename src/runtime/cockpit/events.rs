//! What the terminal tells.
//!
//! Read here and not by crossterm, whose reader keeps what a sequence began with until its end comes, and everything that
//! is typed after it (crossterm 0.29, `event/sys/unix/parse.rs`: `Ok(None)` means "wait for more bytes", without an end).

use crate::runtime::decoder::{Decoder, Event};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use std::{io, time::Instant};
use tokio::{
    io::{Interest, unix::AsyncFd},
    signal::unix::{Signal, SignalKind, signal},
};

/// So much is read in one go; a terminal gives no more.
const CHUNK: usize = 4_096;

/// The terminal's events.
pub(super) struct Events {
    terminal: AsyncFd<io::Stdin>,
    resized: Signal,
    decoder: Decoder,
    /// When something was read last.
    heard: Instant,
}

impl Events {
    /// Begins to listen. The terminal stays blocking, as others share it: it is read only where something waits.
    // Deprecated since a file may be closed that its number is still watched by: standard input never is.
    #[allow(deprecated)]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            terminal: AsyncFd::with_interest(io::stdin(), Interest::READABLE)?,
            resized: signal(SignalKind::window_change())?,
            decoder: Decoder::default(),
            heard: Instant::now(),
        })
    }

    /// The next one. What was read stays read where this is given up.
    pub(super) async fn next(&mut self) -> io::Result<Event> {
        loop {
            if let Some(event) = self.decoder.pop() {
                return Ok(event);
            }
            let silence = self.decoder.patience().map(|patience| self.heard + patience);
            tokio::select! {
                biased;
                ready = self.terminal.readable() => {
                    let mut ready = ready?;
                    if waits(self.terminal.get_ref())? {
                        drop(ready);
                        self.read()?;
                    } else {
                        ready.clear_ready();
                    }
                }
                Some(()) = self.resized.recv() => return Ok(Event::Resize),
                () = until(silence) => self.decoder.give_up(),
            }
        }
    }

    /// One that waits already.
    pub(super) fn waiting(&mut self) -> io::Result<Option<Event>> {
        if let Some(event) = self.decoder.pop() {
            return Ok(Some(event));
        }
        if waits(self.terminal.get_ref())? {
            self.read()?;
        }
        Ok(self.decoder.pop())
    }

    /// Reads what waits, once.
    fn read(&mut self) -> io::Result<()> {
        let mut bytes = [0; CHUNK];
        let terminal = self.terminal.get_ref();
        let count = match rustix::io::read(terminal, &mut bytes) {
            // an end that somebody typed, while another program had changed the terminal's modes, is none
            Ok(0) if !gone(terminal)? => return Ok(()),
            Ok(0) => return Err(Errno::IO.into()),
            Ok(count) => count,
            Err(Errno::INTR | Errno::AGAIN) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let more = waits(terminal)?;
        self.heard = Instant::now();
        self.decoder.take(bytes.get(..count).unwrap_or_default(), more);
        Ok(())
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Whether something waits to be read; so does the end of a terminal that is gone.
fn waits(terminal: &io::Stdin) -> io::Result<bool> {
    Ok(seen(terminal)?.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR))
}

fn gone(terminal: &io::Stdin) -> io::Result<bool> {
    Ok(seen(terminal)?.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL))
}

fn seen(terminal: &io::Stdin) -> io::Result<PollFlags> {
    let mut watched = [PollFd::new(terminal, PollFlags::IN)];
    match poll(&mut watched, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })) {
        Ok(_) => {
            let [seen] = &watched;
            Ok(seen.revents())
        }
        Err(Errno::INTR) => Ok(PollFlags::empty()),
        Err(error) => Err(error.into()),
    }
}
