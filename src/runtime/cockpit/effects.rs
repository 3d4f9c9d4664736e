//! What the state wants, begun.

use super::{Cockpit, SignInTo};
use crate::{
    app::{Effect, Msg, TimerKey},
    config::Settings,
    model::{Service, Trouble, TroubleKind},
    runtime::{
        Launch,
        black_box::Recorder,
        boards::{Keeper, Told},
        cache::Found,
        executor::{Executor, Order},
        export,
        journal::Journal,
        journal_writer::{Done, JournalWriter},
        notify,
        routes::Routes,
        terminal,
        timers::hurried,
    },
};
use std::{
    io, thread,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::UnboundedSender;

impl Cockpit {
    /// Threads, files and connections: after the first frame.
    pub(super) fn begin_services(&mut self, launch: Launch) -> io::Result<()> {
        if let Some(cache) = self.cache.clone() {
            let tell = self.tell.clone();
            thread::Builder::new().name("cache".into()).spawn(move || {
                let _ = match cache.load() {
                    Found::Fleet(rows) => tell.send(Msg::Cached(rows)),
                    Found::SetAside(text) => tell.send(Msg::Notice { text, bad: true }),
                    Found::Nothing => Ok(()),
                };
            })?;
        }
        let tell = self.tell.clone();
        let keeper = Keeper::start(launch.state_dir.join("boards.json"), move |told| {
            let _ = tell.send(match told {
                Told::Boards(boards) => Msg::Boards(boards),
                Told::Trouble(text) => Msg::Notice { text, bad: true },
            });
        })?;
        self.boards = Some(keeper);
        if !self.state.demo {
            self.read_profiles();
        }
        let mut routes = launch.routes;
        if let (Routes::Discovered(discovery), Some(cache)) = (&mut routes, &self.cache) {
            discovery.remember(cache.clone());
        }
        let executor = Executor::start(routes, self.clock.clone(), self.tell.clone())?;
        let (tell, begin) = (self.tell.clone(), executor.clone());
        let journal_writer =
            JournalWriter::start(Journal::new(launch.state_dir.join("runs")), move |done| {
                written_down(done, &tell, &begin);
            })?;
        journal_writer.read();
        if let Some(keep) = launch.settings.journal_keep {
            journal_writer.retire(keep, launch.clock.now());
        }
        self.recorder = Some(Recorder::start(&launch.state_dir.join("blackbox"), self.tell.clone())?);
        self.executor = Some(executor);
        self.journal_writer = Some(journal_writer);
        Ok(())
    }

    /// Begins effects in their order. What follows a line of the journal waits for the disk, on another
    /// thread; what concerns the screen alone does not.
    pub(super) fn begin(&mut self, effects: Vec<Effect>) {
        let mut journaled = false;
        for effect in effects {
            match effect {
                Effect::Journal { run, entry } => {
                    journaled = true;
                    if let Some(journal_writer) = &self.journal_writer {
                        journal_writer.line(run, entry);
                    }
                }
                Effect::SignIn(profile) => self.sign_in = Some(SignInTo(profile)),
                Effect::Reroute(settings) => self.reroute(&settings),
                Effect::Ask { .. } | Effect::Write { .. } | Effect::Reconnect(_) => {
                    match (&self.journal_writer, &self.executor) {
                        (Some(journal_writer), _) if journaled => journal_writer.then(effect),
                        (_, Some(executor)) => {
                            if let Some(order) = order(effect) {
                                executor.take(order);
                            }
                        }
                        _ => {}
                    }
                }
                Effect::Timer { key, after } => {
                    let after = waited(&key, after, self.state.speed);
                    self.timers.set(key, Instant::now(), Duration::from_millis(after));
                }
                Effect::SaveFleet(rows) => self.save(rows),
                Effect::Remember { key, arn, kept } => {
                    if let Some(recorder) = &self.recorder {
                        recorder.keep(key, arn, *kept, self.state.now);
                    }
                }
                Effect::SaveBoards(change) => {
                    if let Some(keeper) = &self.boards {
                        keeper.change(change);
                    }
                }
                Effect::Copy(text) => {
                    let sequence = export::clipboard(&text);
                    self.terminal.backend_mut().control(&sequence);
                    self.shown = None;
                }
                Effect::Notify { text, by } => {
                    let place = notify::Place::read(&|name| std::env::var(name).ok());
                    self.terminal.backend_mut().control(&notify::sequence(&text, &by, place));
                    self.shown = None;
                }
                Effect::Export { name, text } => {
                    let (dir, tell) = (self.exports.clone(), self.tell.clone());
                    // On a thread of its own: the disk may be slow, and the answer is a notice.
                    let _ = thread::Builder::new().spawn(move || {
                        let _ = tell.send(export::write(&dir, &name, &text));
                    });
                }
                Effect::Mouse(on) => {
                    let sequence = if on { terminal::MOUSE_ON } else { terminal::MOUSE_OFF };
                    self.terminal.backend_mut().control(sequence);
                    self.shown = None;
                }
                Effect::Suspend => self.stop(),
                Effect::Quit => self.ending = Some(self.ending.unwrap_or(0)),
            }
        }
        if journaled && let Some(journal_writer) = &self.journal_writer {
            journal_writer.list_end();
        }
    }

    fn save(&mut self, rows: Vec<Service>) {
        let Some(cache) = self.cache.clone() else { return };
        if self.saving.as_ref().is_some_and(|saving| !saving.is_finished()) {
            // The disk is behind; the next save has newer rows.
            return;
        }
        let tell = self.tell.clone();
        self.saving = thread::Builder::new()
            .name("cache".into())
            .spawn(move || {
                if let Err(error) = cache.save(&rows) {
                    let text = format!("the last known fleet could not be kept: {error}");
                    let _ = tell.send(Msg::Notice { text, bad: true });
                }
            })
            .ok();
    }

    /// A cache half written when the program ends is only a file left over; still, let it finish if it can.
    pub(super) fn wait_for_cache(&mut self) {
        let Some(saving) = self.saving.take() else { return };
        let until = Instant::now() + Duration::from_millis(30);
        while !saving.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Reaches the environments in another way. The last known fleet is that of the start, and stays so.
    fn reroute(&mut self, settings: &Settings) {
        self.cache = None;
        let routes = match &self.discovery {
            Some(discovery) => Routes::Discovered(Box::new(discovery.by(settings))),
            None => Routes::of(settings, &[]),
        };
        if let Some(executor) = &self.executor {
            executor.take(Order::Reroute(routes));
        }
    }
}

/// How long a timer waits: what is looked at again by AWS's time goes by its clock, what is for people does not.
fn waited(key: &TimerKey, after: u64, speed: f64) -> u64 {
    let human = matches!(
        key,
        TimerKey::Notice
            | TimerKey::Sequence
            | TimerKey::Clock
            | TimerKey::Records
            | TimerKey::Order
            | TimerKey::Fleet(_)
    );
    if human { after } else { hurried(after, speed) }
}

/// The order for an effect that concerns AWS.
fn order(effect: Effect) -> Option<Order> {
    match effect {
        Effect::Ask { environment, purpose, ask } => Some(Order::Ask(environment, purpose, ask)),
        Effect::Write { run, call, armed } => Some(Order::Write(run, call, Box::new(armed))),
        Effect::Reconnect(environment) => Some(Order::Reconnect(environment)),
        _ => None,
    }
}

/// What the journal's thread has to say.
pub(super) fn written_down(done: Done<Effect>, tell: &UnboundedSender<Msg>, executor: &Executor) {
    match done {
        Done::Refuse(Effect::Write { run, call, armed }, why) => {
            let trouble = Trouble {
                kind: TroubleKind::Unwritten,
                what: format!("begin {}", armed.write().operation()),
                on: armed.key().to_string(),
                why: format!("{why}, and no change is made that the journal does not know"),
                remedy: "make room or mend the state directory".into(),
            };
            let _ = tell.send(Msg::Written { run, call, result: Err(trouble) });
        }
        // What does not write does no harm, journaled or not.
        Done::Begin(effect) | Done::Refuse(effect, _) => {
            if let Some(order) = order(effect) {
                executor.take(order);
            }
        }
        Done::Trouble(text) => {
            let _ = tell.send(Msg::Notice { text, bad: true });
        }
        Done::PutAway(text) => {
            let _ = tell.send(Msg::Notice { text, bad: false });
        }
        Done::Read(reading) => {
            for record in reading.runs {
                let _ = tell.send(Msg::Journaled { entries: record.entries, held: record.held });
            }
            for text in reading.notices {
                let _ = tell.send(Msg::Notice { text, bad: true });
            }
        }
    }
}
