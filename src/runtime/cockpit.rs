//! The loop: what happened goes into the state, what the state wants is begun, and the screen is drawn when
//! it changed.
//!
//! Everything that waits is taken in before one frame is drawn. Nothing ticks: the loop sleeps until a key, an
//! answer, a signal or the earliest timer. Keys are drawn at once; answers, which come in dozens, at most
//! every [`FRAME`].

use super::{
    Launch,
    aside::{self, Back},
    cache::{Cache, Found},
    clock::Follower,
    courier::{Courier, Order},
    export,
    input::Input,
    journal::Journal,
    routes::{Discovery, Routes},
    screen::Screen,
    scribe::{Done, Scribe},
    signals::{Asked, Signals},
    terminal::{self, Stopping},
    timers::{Timers, hurried},
};
use crate::{
    app::{self, Effect, Msg, State, TimerKey},
    aws,
    config::Settings,
    model::{Service, Trouble, TroubleKind},
    ui,
};
use crossterm::event::{Event, EventStream};
use futures_util::Stream;
use ratatui::Terminal;
use std::{
    io,
    path::PathBuf,
    pin::Pin,
    task::Poll,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// At most so often are frames drawn that no key asked for.
const FRAME: Duration = Duration::from_millis(25);

/// Messages from elsewhere are taken in for so long before keys are looked at again.
const SLICE: Duration = Duration::from_millis(2);

/// How long the end waits for the journal; lines of runs are synced as they come, so this is seldom used.
const LAST_LINES: Duration = Duration::from_millis(60);

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The process's exit code.
    pub code: u8,
}

/// A profile to sign in to; none: to what counts where none is named.
struct SignInTo(Option<String>);

/// The cockpit in flight.
struct Cockpit {
    state: State,
    terminal: Terminal<Screen>,
    timers: Timers<TimerKey>,
    clock: Follower,
    input: Input,
    tell: UnboundedSender<Msg>,
    /// Begun after the first frame.
    courier: Option<Courier>,
    scribe: Option<Scribe<Effect>>,
    cache: Option<Cache>,
    saving: Option<JoinHandle<()>>,
    exports: PathBuf,
    /// Frames wholly written.
    frames: u64,
    drawn_at: Instant,
    /// The state's revision on the screen; none when the screen has to be drawn in any case.
    shown: Option<u64>,
    /// Something a key did is not on the screen yet.
    urgent: bool,
    stopped: bool,
    /// Somebody signs in to this profile before the next frame.
    aside: Option<SignInTo>,
    /// How environments are looked for, where they are.
    discovery: Option<Discovery>,
    ending: Option<u8>,
}

/// Flies until the user leaves or the terminal does.
///
/// # Errors
/// When the terminal cannot be used at all.
pub async fn fly(launch: Launch) -> io::Result<Ended> {
    let mut signals = Signals::new()?;
    let guard = terminal::Guard::enter()?;
    let (tell, hear) = unbounded_channel();
    let mut cockpit = Cockpit::new(&launch, tell)?;
    let ended = match cockpit.draw() {
        Ok(()) => cockpit.run(launch, &mut signals, hear).await,
        Err(error) => Err(error),
    };
    if let Some(scribe) = &cockpit.scribe {
        scribe.flush(LAST_LINES);
    }
    cockpit.wait_for_cache();
    drop(guard);
    match ended {
        Ok(code) => Ok(Ended { code }),
        // The terminal is gone: there is nobody to tell.
        Err(error) if hung_up(&error) => Ok(Ended { code: 129 }),
        Err(error) => Err(error),
    }
}

fn hung_up(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let code = error.raw_os_error();
    [Errno::IO, Errno::PIPE, Errno::BADF, Errno::NXIO].iter().any(|gone| code == Some(gone.raw_os_error()))
        || error.kind() == io::ErrorKind::WriteZero
}

impl Cockpit {
    fn new(launch: &Launch, tell: UnboundedSender<Msg>) -> io::Result<Self> {
        let size = terminal::size();
        let mut screen = Screen::new(size);
        screen.control(terminal::ON);
        if launch.settings.mouse {
            screen.control(terminal::MOUSE_ON);
        }
        let mut state = State::new(
            launch.settings.clone(),
            launch.keymap.clone(),
            launch.theme.clone(),
            launch.who.clone(),
            launch.clock.now(),
            size,
        );
        state.speed = launch.clock.speed();
        state.demo = matches!(launch.routes, Routes::Made(_));
        Ok(Self {
            state,
            terminal: Terminal::new(screen)?,
            timers: Timers::default(),
            clock: Follower::new(launch.clock),
            input: Input::default(),
            tell,
            courier: None,
            scribe: None,
            cache: launch.cache.clone(),
            saving: None,
            exports: launch.state_dir.join("exports"),
            frames: 0,
            drawn_at: Instant::now(),
            shown: None,
            urgent: false,
            stopped: false,
            aside: None,
            discovery: match &launch.routes {
                Routes::Discovered(discovery) => Some((**discovery).clone()),
                Routes::Known(_) | Routes::Made(_) => None,
            },
            ending: None,
        })
    }

    async fn run(
        &mut self,
        launch: Launch,
        signals: &mut Signals,
        mut hear: UnboundedReceiver<Msg>,
    ) -> io::Result<u8> {
        let mut events = Events::default();
        self.begin_services(launch)?;
        self.update(Msg::Start);
        loop {
            self.take_in(&mut events, &mut hear).await?;
            if let Some(code) = self.ending {
                return Ok(code);
            }
            if let Some(SignInTo(profile)) = self.aside.take() {
                // the terminal's reader must not take what is typed there
                drop(events);
                self.step_aside(profile, signals).await;
                events = Events::default();
                continue;
            }
            let draw_at = self.draw_when_due()?;
            let wake = [self.timers.next(), draw_at].into_iter().flatten().min();
            tokio::select! {
                biased;
                asked = signals.next() => self.signalled(asked),
                event = events.next(), if !self.stopped => self.event(event?),
                Some(msg) = hear.recv() => self.update(msg),
                () = sleep_until(wake) => {}
            }
        }
    }

    /// Threads, files and connections: after the first frame.
    fn begin_services(&mut self, launch: Launch) -> io::Result<()> {
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
        if !self.state.demo {
            self.read_profiles();
        }
        let mut routes = launch.routes;
        if let (Routes::Discovered(discovery), Some(cache)) = (&mut routes, &self.cache) {
            discovery.remember(cache.clone());
        }
        let courier = Courier::start(routes, self.clock.clone(), self.tell.clone())?;
        let (tell, begin) = (self.tell.clone(), courier.clone());
        let scribe = Scribe::start(Journal::new(launch.state_dir.join("runs")), move |done| {
            written_down(done, &tell, &begin);
        })?;
        scribe.read();
        if let Some(keep) = launch.settings.journal_keep {
            scribe.retire(keep, launch.clock.now());
        }
        self.courier = Some(courier);
        self.scribe = Some(scribe);
        Ok(())
    }

    /// Takes in everything that waits: keys first, then timers, then what came from elsewhere.
    async fn take_in(&mut self, events: &mut Events, hear: &mut UnboundedReceiver<Msg>) -> io::Result<()> {
        let began = Instant::now();
        loop {
            while !self.stopped
                && let Some(event) = events.waiting().await
            {
                self.event(event?);
                if self.ending.is_some() {
                    return Ok(());
                }
            }
            if let Some(key) = self.timers.take(Instant::now()) {
                self.update(Msg::Timer(key));
            } else if let Ok(msg) = hear.try_recv() {
                self.update(msg);
            } else {
                return Ok(());
            }
            if self.urgent || began.elapsed() > SLICE || self.ending.is_some() || self.aside.is_some() {
                return Ok(());
            }
        }
    }

    fn event(&mut self, event: Event) {
        let resized = matches!(event, Event::Resize(..));
        if let Some(msg) = self.input.message(event, self.frames, Instant::now()) {
            self.urgent = true;
            self.update(msg);
        } else if resized {
            self.measure();
            self.urgent = true;
        }
    }

    fn signalled(&mut self, asked: Asked) {
        match asked {
            Asked::End(code) => {
                self.update(Msg::Terminate);
                self.ending = Some(code);
            }
            Asked::Stop => self.stop(),
            Asked::Continue => self.go_on(),
        }
    }

    fn update(&mut self, msg: Msg) {
        let clock = self.clock.clock();
        self.state.speed = clock.speed();
        let now = clock.now();
        if now != self.state.now {
            let effects = app::update(&mut self.state, Msg::Now(now));
            self.begin(effects);
        }
        let effects = app::update(&mut self.state, msg);
        self.begin(effects);
    }

    /// Begins effects in their order. What follows a line of the journal waits for the disk, on another
    /// thread; what concerns the screen alone does not.
    fn begin(&mut self, effects: Vec<Effect>) {
        let mut journaled = false;
        for effect in effects {
            match effect {
                Effect::Journal { run, entry } => {
                    journaled = true;
                    if let Some(scribe) = &self.scribe {
                        scribe.line(run, entry);
                    }
                }
                Effect::SignIn(profile) => self.aside = Some(SignInTo(profile)),
                Effect::Reroute(settings) => self.reroute(&settings),
                Effect::Ask { .. } | Effect::Write { .. } | Effect::Reconnect(_) => {
                    match (&self.scribe, &self.courier) {
                        (Some(scribe), _) if journaled => scribe.then(effect),
                        (_, Some(courier)) => {
                            if let Some(order) = order(effect) {
                                courier.take(order);
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
                Effect::Copy(text) => {
                    let sequence = export::clipboard(&text);
                    self.terminal.backend_mut().control(&sequence);
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
        if journaled && let Some(scribe) = &self.scribe {
            scribe.list_end();
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
    fn wait_for_cache(&mut self) {
        let Some(saving) = self.saving.take() else { return };
        let until = Instant::now() + Duration::from_millis(30);
        while !saving.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn stop(&mut self) {
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
    async fn step_aside(&mut self, profile: Option<String>, signals: &mut Signals) {
        let way = match aside::way(profile.as_deref()) {
            Ok(way) => way,
            Err(text) => return self.update(Msg::SignedIn(Err(text))),
        };
        terminal::leave();
        let back = aside::sign_in(profile.as_deref(), &way, signals).await;
        match back {
            Back::Ended(code) => {
                self.update(Msg::Terminate);
                self.ending = Some(code);
            }
            Back::Told(result) => {
                self.go_on();
                self.read_profiles();
                self.update(Msg::SignedIn(result));
            }
        }
    }

    /// Reads which profiles are written down; on a thread of its own, since the disk may be slow.
    fn read_profiles(&self) {
        let tell = self.tell.clone();
        let _ = thread::Builder::new().name("profiles".into()).spawn(move || {
            let (names, regions) = aws::profiles();
            let _ = tell.send(Msg::Profiles(names, regions));
        });
    }

    /// Reaches the environments in another way. The last known fleet is that of the start, and stays so.
    fn reroute(&mut self, settings: &Settings) {
        self.cache = None;
        let routes = match &self.discovery {
            Some(discovery) => Routes::Discovered(Box::new(discovery.by(settings))),
            None => Routes::of(settings, &[]),
        };
        if let Some(courier) = &self.courier {
            courier.take(Order::Reroute(routes));
        }
    }

    /// Takes the terminal again after a stop, whoever asked for it.
    fn go_on(&mut self) {
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
    fn measure(&mut self) {
        let size = terminal::size();
        if size != self.state.size {
            self.terminal.backend_mut().resize(size);
            self.shown = None;
            self.update(Msg::Resize(size.0, size.1));
        }
    }

    /// Draws if something changed and it is time; else gives the moment when it will be.
    fn draw_when_due(&mut self) -> io::Result<Option<Instant>> {
        if self.stopped || self.shown == Some(self.state.revision) {
            self.urgent = false;
            return Ok(None);
        }
        let due = self.drawn_at + FRAME;
        if !self.urgent && Instant::now() < due {
            return Ok(Some(due));
        }
        self.draw()?;
        Ok(None)
    }

    fn draw(&mut self) -> io::Result<()> {
        self.measure();
        let Self { terminal, state, .. } = self;
        let revision = state.revision;
        terminal.draw(|frame| ui::draw(frame, state))?;
        terminal.backend_mut().send()?;
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
fn written_down(done: Done<Effect>, tell: &UnboundedSender<Msg>, courier: &Courier) {
    match done {
        Done::Refuse(Effect::Write { run, call, armed }, why) => {
            let trouble = Trouble {
                kind: TroubleKind::Refused,
                what: format!("begin {}", armed.write().operation()),
                on: armed.key().to_string(),
                why: format!("{why}, and no change is made that the journal does not know"),
                remedy: "make room or mend the state directory, then plan it again".into(),
            };
            let _ = tell.send(Msg::Written { run, call, result: Err(trouble) });
        }
        // What does not write does no harm, journaled or not.
        Done::Begin(effect) | Done::Refuse(effect, _) => {
            if let Some(order) = order(effect) {
                courier.take(order);
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

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// The terminal's events.
#[derive(Default)]
struct Events(EventStream);

impl Events {
    /// The next one.
    async fn next(&mut self) -> io::Result<Event> {
        std::future::poll_fn(|cx| Pin::new(&mut self.0).poll_next(cx))
            .await
            .unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))
    }

    /// One that waits already.
    ///
    /// Polled with the loop's own waker, because the stream remembers the first waker it was given until the
    /// next event: one that wakes nobody would make the loop deaf.
    async fn waiting(&mut self) -> Option<io::Result<Event>> {
        std::future::poll_fn(|cx| {
            Poll::Ready(match Pin::new(&mut self.0).poll_next(cx) {
                Poll::Ready(event) => event,
                Poll::Pending => None,
            })
        })
        .await
    }
}
