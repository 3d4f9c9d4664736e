//! The terminal: given away, taken again, measured and drawn on.

use super::{Cockpit, hung_up};
use crate::{
    app::{self, Msg},
    aws,
    runtime::{
        sign_in::{self, Back},
        signals::Signals,
        terminal::{self, Stopping},
    },
    ui,
};
use std::{
    io, thread,
    time::{Duration, Instant},
};

/// How long what was woken in the background waits for what else was sent.
const BACKGROUND: Duration = Duration::from_millis(300);

impl Cockpit {
    pub(super) fn stop(&mut self) {
        match terminal::stop() {
            Ok(Stopping::Stopped) => self.stopped = true,
            Ok(Stopping::Alone) => {
                let text = "there is nothing to go back to: flightdeck is the first program of this terminal";
                self.update(Msg::Notice { text: text.into(), bad: true });
            }
            Err(error) => {
                // Not stopped, but the terminal may have been left.
                self.go_on();
                let text = format!("the process could not be stopped: {error}");
                self.update(Msg::Notice { text, bad: true });
            }
        }
    }

    /// Leaves the terminal to whoever signs in, and comes back.
    pub(super) async fn lend_terminal(&mut self, profile: Option<String>, signals: &mut Signals) {
        let way = match sign_in::way(profile.as_deref()) {
            Ok(way) => way,
            Err(text) => return self.update(Msg::SignedIn(Err(text))),
        };
        terminal::leave();
        let back = sign_in::sign_in(profile.as_deref(), &way, signals).await;
        match back {
            Back::Ended(code) => {
                self.update(Msg::Terminate);
                self.ending = Some(code);
            }
            Back::Done(result) => {
                self.go_on();
                self.read_profiles();
                self.update(Msg::SignedIn(result));
            }
        }
    }

    /// Reads which profiles are written down; on a thread of its own, since the disk may be slow.
    pub(super) fn read_profiles(&self) {
        let tell = self.tell.clone();
        let _ = thread::Builder::new().name("profiles".into()).spawn(move || {
            let (names, regions) = aws::profiles();
            let _ = tell.send(Msg::Profiles(names, regions));
        });
    }

    /// Stops again what was woken in the background and not brought to the front since.
    pub(super) fn stop_again_when_due(&mut self) {
        if self.background.is_none_or(|until| Instant::now() < until) {
            return;
        }
        self.background = None;
        if terminal::ours() || !matches!(terminal::stop(), Ok(Stopping::Stopped)) {
            self.go_on();
        }
    }

    /// Takes the terminal again after a stop, whoever asked for it.
    pub(super) fn go_on(&mut self) {
        // A shell ends a stopped job by a signal to end and one to go on, which may come first.
        if self.stopped && !terminal::ours() {
            self.background = Some(Instant::now() + BACKGROUND);
            return;
        }
        self.background = None;
        self.stopped = false;
        // A shell that was in between may have changed the modes even if we did not.
        terminal::leave();
        if let Err(error) = terminal::enter() {
            self.ending = Some(if hung_up(&error) { 129 } else { 1 });
            return;
        }
        let screen = self.terminal.backend_mut();
        screen.forget();
        screen.control(terminal::ON);
        if self.state.mouse {
            screen.control(terminal::MOUSE_ON);
        }
        // ratatui has to forget what it drew as well.
        let _ = self.terminal.clear();
        self.shown = None;
        self.urgent = true;
        self.measure();
        self.update(Msg::Continued);
    }

    /// Tells the state when the terminal's size changed.
    pub(super) fn measure(&mut self) {
        let size = terminal::size();
        if size != self.state.size {
            self.terminal.backend_mut().resize(size);
            self.shown = None;
            self.update(Msg::Resize(size.0, size.1));
        }
    }

    /// Draws if something changed and it is time; else gives the moment when it will be.
    pub(super) fn draw_when_due(&mut self) -> io::Result<Option<Instant>> {
        if self.stopped || self.shown == Some(self.state.revision) {
            self.urgent = false;
            return Ok(None);
        }
        let due = self.drawn_at + self.pace.gap();
        if !self.urgent && Instant::now() < due {
            return Ok(Some(due));
        }
        self.draw()?;
        Ok(None)
    }

    pub(super) fn draw(&mut self) -> io::Result<()> {
        self.measure();
        let Self { terminal, state, .. } = self;
        let revision = state.revision;
        terminal.draw(|frame| ui::draw(frame, state))?;
        let began = Instant::now();
        terminal.backend_mut().send()?;
        self.pace.wrote(began.elapsed());
        self.frames += 1;
        let now = self.clock.clock().now();
        app::update(&mut self.state, Msg::Now(now));
        app::dialog::drawn(&mut self.state, self.frames);
        self.shown = Some(revision);
        self.urgent = false;
        self.drawn_at = Instant::now();
        Ok(())
    }
}
