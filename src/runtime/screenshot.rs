//! A picture of a screen: the cockpit run without a terminal until nothing moves any more, then drawn.

use super::{
    Launch,
    clock::Follower,
    executor::{Executor, Order},
    signals,
};
use crate::{
    app::{self, Effect, Msg, State, TimerKey},
    config::Key,
    ui,
};
use ratatui::{Terminal, backend::TestBackend};
use std::{
    io,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Nothing said for so long means that everything asked for has come.
const SETTLED: Duration = Duration::from_millis(1_200);

/// No picture is worth a longer wait.
const DEADLINE: Duration = Duration::from_mins(1);

/// Flies, presses the keys one after the other, each when everything before has come, and gives the screen as
/// SVG.
///
/// # Errors
/// When a thread cannot be started.
pub fn draw(launch: Launch, size: (u16, u16), keys: &[Key], title: &str) -> io::Result<String> {
    signals::watch_over(Duration::ZERO)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let drawn = runtime.block_on(async {
        let (tell, mut hear) = unbounded_channel();
        let now = launch.clock.now();
        let mut state = State::new(launch.settings, launch.keymap, launch.theme, launch.who, now, size);
        state.speed = launch.clock.speed();
        let executor = Executor::start(launch.routes, Follower::new(launch.clock), tell)?;
        let until = Instant::now() + DEADLINE;
        let mut offscreen = Offscreen { state, executor, until, clock: launch.clock, sparks: Vec::new() };
        offscreen.update(Msg::Start);
        offscreen.settle(&mut hear).await;
        for due in std::mem::take(&mut offscreen.sparks) {
            offscreen.update(Msg::Timer(due));
        }
        offscreen.settle(&mut hear).await;
        for key in keys {
            offscreen.state.drawn += 1;
            let drawn = offscreen.state.drawn;
            offscreen.update(Msg::Key { key: *key, drawn });
            offscreen.settle(&mut hear).await;
        }
        let mut terminal = match Terminal::new(TestBackend::new(size.0, size.1)) {
            Ok(terminal) => terminal,
            Err(never) => match never {},
        };
        match terminal.draw(|frame| ui::draw(frame, &offscreen.state)) {
            Ok(frame) => Ok(ui::picture::svg(frame.buffer, title)),
            Err(never) => match never {},
        }
    });
    runtime.shutdown_background();
    drawn
}

struct Offscreen {
    state: State,
    executor: Executor,
    until: Instant,
    clock: super::clock::Clock,
    /// Sparklines that are due: the one timer that a picture waits for.
    sparks: Vec<TimerKey>,
}

impl Offscreen {
    fn update(&mut self, msg: Msg) {
        let mut effects = app::update(&mut self.state, Msg::Now(self.clock.now()));
        effects.extend(app::update(&mut self.state, msg));
        for effect in effects {
            match effect {
                Effect::Ask { environment, purpose, ask } => {
                    self.executor.take(Order::Ask(environment, purpose, ask));
                }
                Effect::Timer { key: key @ TimerKey::Sparks(_), .. } if !self.sparks.contains(&key) => {
                    self.sparks.push(key);
                }
                _ => {}
            }
        }
    }

    async fn settle(&mut self, hear: &mut UnboundedReceiver<Msg>) {
        while Instant::now() < self.until {
            // Before the first row nothing has settled: the demo's world is still being made.
            let patience = if self.state.rows.is_empty() { DEADLINE } else { SETTLED };
            match tokio::time::timeout(patience, hear.recv()).await {
                Ok(Some(msg)) => self.update(msg),
                Ok(None) | Err(_) => return,
            }
        }
    }
}
