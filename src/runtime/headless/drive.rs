//! The loop of the headless driver: effects of a machine are begun in their order, and what comes of them is given back to
//! it, until it is over.

use crate::{
    model::{Ask, Entry, EnvironmentName, RunId, RunView, Stamp, Trouble, TroubleKind},
    ops::{CallId, Effect, Event, StopWatching, TimerId},
    runtime::{
        clients::Clients,
        journal::Journal,
        timers::{Timers, hurried},
    },
};
use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::pin,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// A planner or a run.
pub(super) trait Machine {
    /// Takes an event in.
    fn step(&mut self, event: Event, now: Stamp) -> Vec<Effect>;

    /// True when nothing is to be waited for any more.
    fn is_over(&self) -> bool;
}

/// What a run is written down in, and who is told of it.
pub(super) struct Book<'a> {
    /// Where lines go.
    pub journal: &'a RefCell<Journal>,
    /// What cannot be written is told here.
    pub notices: &'a RefCell<Vec<String>>,
    /// Set where anything cannot be written.
    pub gaps: &'a Cell<bool>,
    /// The run.
    pub run: RunId,
    /// The run as far as it was told; none before its first line.
    pub view: Option<RunView>,
    /// Told of each line.
    pub on_entry: &'a mut dyn FnMut(&RunView, &Entry),
    /// Lines that wait for the disk: a command that prints much is not held up by each of its lines.
    pub lines: Vec<Entry>,
}

/// Lines that wait for the disk at most.
const LINES_MAX: usize = 256;

impl Book<'_> {
    /// Takes a line. It is written at the latest before anything but further lines is begun.
    fn line(&mut self, entry: Entry, failed: &mut Option<String>) {
        self.lines.push(entry);
        if self.lines.len() >= LINES_MAX {
            self.write(failed);
        }
    }

    /// Writes the lines and waits for the disk, then tells of them.
    fn write(&mut self, failed: &mut Option<String>) {
        if self.lines.is_empty() {
            return;
        }
        let mut journal = self.journal.borrow_mut();
        let written = self.lines.iter().try_for_each(|entry| journal.append(&self.run, entry));
        if let Err(error) = written.and_then(|()| journal.sync()) {
            let why = error.to_string();
            self.gaps.set(true);
            let mut notices = self.notices.borrow_mut();
            if !notices.contains(&why) {
                notices.push(why.clone());
            }
            *failed = Some(why);
        }
        drop(journal);
        for entry in self.lines.drain(..) {
            match &mut self.view {
                Some(view) => view.apply(&entry),
                None => self.view = RunView::begin(&entry),
            }
            if let Some(view) = &self.view {
                (self.on_entry)(view, &entry);
            }
        }
    }
}

/// Where the effects of one machine are begun.
pub(super) struct Desk<'a> {
    clients: &'a Clients,
    home: EnvironmentName,
    book: Option<Book<'a>>,
    timers: Timers<TimerId>,
}

impl<'a> Desk<'a> {
    /// For a machine at home in that environment; a planner has no book.
    pub(super) fn new(clients: &'a Clients, home: EnvironmentName, book: Option<Book<'a>>) -> Self {
        Self { clients, home, book, timers: Timers::default() }
    }

    /// Drives the machine until it is over. It is asked to stop once, when `stop` comes to its end.
    pub(super) async fn drive(
        mut self,
        machine: &mut impl Machine,
        effects: Vec<Effect>,
        stop: impl Future<Output = ()>,
    ) {
        let (tell, mut hear) = unbounded_channel();
        let mut stop = pin!(stop);
        let mut stopping = false;
        self.begin(effects, &tell);
        while !machine.is_over() {
            if hear.is_empty() {
                self.settle();
            }
            let event = tokio::select! {
                biased;
                () = &mut stop, if !stopping => {
                    stopping = true;
                    Event::Stop(StopWatching)
                }
                Some(event) = hear.recv() => event,
                () = sleep_until(self.timers.next()) => match self.timers.take(Instant::now()) {
                    Some(timer) => Event::Timer(timer),
                    None => continue,
                },
            };
            let effects = machine.step(event, self.clients.now());
            self.begin(effects, &tell);
        }
        self.settle();
    }

    /// Nothing more is to come at once: what waits for the disk is written.
    fn settle(&mut self) {
        if let Some(book) = &mut self.book {
            book.write(&mut None);
        }
    }

    /// Begins effects in their order; what follows a line of the journal waits for the disk.
    fn begin(&mut self, effects: Vec<Effect>, tell: &UnboundedSender<Event>) {
        let mut failed = None;
        for effect in effects {
            if let (Some(book), false) = (&mut self.book, matches!(effect, Effect::Journal(_))) {
                book.write(&mut failed);
            }
            match effect {
                Effect::Ask(call, ask) => self.ask(call, ask, tell.clone()),
                Effect::Write(call, armed) => match &failed {
                    Some(why) => {
                        let trouble = unwritten(armed.write().operation(), &self.home, why);
                        let _ = tell.send(Event::Written(call, Err(trouble)));
                    }
                    None => self.write(call, armed, tell.clone()),
                },
                Effect::Timer(timer, after) => {
                    let after = hurried(after, self.clients.clock().clock().speed());
                    self.timers.set(timer, Instant::now(), Duration::from_millis(after));
                }
                Effect::Journal(entry) => {
                    if let Some(book) = &mut self.book {
                        book.line(entry, &mut failed);
                    }
                }
            }
        }
    }

    fn ask(&self, call: CallId, ask: Ask, tell: UnboundedSender<Event>) {
        let clients = self.clients.clone();
        let environment = ask.environment().unwrap_or(&self.home).clone();
        tokio::spawn(async move {
            let result = clients.ask(&environment, ask, &|_| ()).await;
            let _ = tell.send(Event::Answer(call, result));
        });
    }

    fn write(&self, call: CallId, armed: crate::model::Armed, tell: UnboundedSender<Event>) {
        let clients = self.clients.clone();
        tokio::spawn(async move {
            let told = tell.clone();
            let printed = Box::new(move |heard| {
                let _ = told.send(Event::Printed(call, heard));
            });
            let result = clients.write(armed, printed).await;
            let _ = tell.send(Event::Written(call, result));
        });
    }
}

/// The answer to a change that is not made, because the journal cannot tell of it.
fn unwritten(operation: &str, environment: &EnvironmentName, why: &str) -> Trouble {
    Trouble {
        kind: TroubleKind::Unwritten,
        what: format!("begin {operation}"),
        on: environment.to_string(),
        why: format!("{why}, and no change is made that the journal does not know"),
        remedy: "make room or mend the state directory".into(),
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
