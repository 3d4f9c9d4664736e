//! The loop: what happened goes into the state, what the state wants is begun, and the screen is drawn when
//! it changed.
//!
//! Everything that waits is taken in before one frame is drawn. Nothing ticks: the loop sleeps until a key, an
//! answer, a signal or the earliest timer. Keys are drawn at once; answers, which come in dozens, at most
//! as often as the line carries ([`Pace`]).

mod effects;
#[cfg(unix)]
mod events;
mod screen;

#[cfg(windows)]
use super::windows::events::Events;
use super::{
    Launch,
    black_box::Recorder,
    boards::Keeper,
    cache::Cache,
    clock::Follower,
    decoder::Event,
    executor::Executor,
    input::Input,
    journal_writer::JournalWriter,
    pace::Pace,
    routes::{Discovery, Routes},
    screen::Screen,
    signals::{self, Asked, Signals},
    terminal,
    timers::Timers,
};
use crate::app::{self, Effect, Msg, State, TimerKey};
#[cfg(unix)]
use events::Events;
use ratatui::Terminal;
use std::{
    io,
    path::PathBuf,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Messages from elsewhere are taken in for so long before keys are looked at again.
const SLICE: Duration = Duration::from_millis(2);

/// How long the end waits for the journal; lines of runs are synced as they come, so this is seldom used.
const LAST_LINES: Duration = Duration::from_millis(60);

/// How long the end waits for the boards: what was pinned just before it.
const LAST_PINS: Duration = Duration::from_millis(500);

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
    executor: Option<Executor>,
    journal_writer: Option<JournalWriter<Effect>>,
    cache: Option<Cache>,
    recorder: Option<Recorder>,
    saving: Option<JoinHandle<()>>,
    exports: PathBuf,
    boards: Option<Keeper>,
    /// It was told that AWS's dates cannot be right beside the machine's clock.
    doubted: bool,
    /// Frames wholly written.
    frames: u64,
    drawn_at: Instant,
    pace: Pace,
    /// The state's revision on the screen; none when the screen has to be drawn in any case.
    shown: Option<u64>,
    /// Something a key did is not on the screen yet.
    urgent: bool,
    stopped: bool,
    /// Woken in the background, where the terminal is not to be touched: until then it hears what else was sent, and is
    /// stopped again.
    background: Option<Instant>,
    /// Somebody signs in to this profile before the next frame.
    sign_in: Option<SignInTo>,
    /// How environments are looked for, where they are.
    discovery: Option<Discovery>,
    ending: Option<u8>,
}

/// How long the cockpit's thread has to end by itself once a signal asked for it.
const PATIENCE: Duration = Duration::from_millis(80);

/// Flies the cockpit on this thread until it ends.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run_cockpit(launch: Launch) -> io::Result<Ended> {
    signals::watch_over(PATIENCE)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(flight(launch));
    runtime.shutdown_background();
    ended
}

/// Flies until the user leaves or the terminal does.
///
/// # Errors
/// When the terminal cannot be used at all.
async fn flight(launch: Launch) -> io::Result<Ended> {
    let mut signals = Signals::new()?;
    #[cfg(unix)]
    super::faults::watch()?;
    let guard = terminal::Guard::enter()?;
    let (tell, hear) = unbounded_channel();
    let mut cockpit = Cockpit::new(&launch, tell)?;
    let ended = match cockpit.draw() {
        Ok(()) => cockpit.run(launch, &mut signals, hear).await,
        Err(error) => Err(error),
    };
    if let Some(journal_writer) = &cockpit.journal_writer {
        journal_writer.flush(LAST_LINES);
    }
    if let Some(keeper) = &cockpit.boards {
        keeper.flush(LAST_PINS);
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
    #[cfg(unix)]
    let gone = {
        use rustix::io::Errno;
        let code = error.raw_os_error();
        [Errno::IO, Errno::PIPE, Errno::BADF, Errno::NXIO]
            .iter()
            .any(|gone| code == Some(gone.raw_os_error()))
    };
    #[cfg(not(unix))]
    let gone = error.kind() == io::ErrorKind::BrokenPipe;
    gone || error.kind() == io::ErrorKind::WriteZero
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
        state.opening.clone_from(&launch.begin.open);
        state.fleet.filter.clone_from(&launch.begin.filter);
        Ok(Self {
            state,
            terminal: Terminal::new(screen)?,
            timers: Timers::default(),
            clock: Follower::new(launch.clock),
            input: Input::default(),
            tell,
            executor: None,
            journal_writer: None,
            cache: launch.cache.clone(),
            recorder: None,
            saving: None,
            exports: launch.state_dir.join("exports"),
            boards: None,
            doubted: false,
            frames: 0,
            drawn_at: Instant::now(),
            pace: Pace::new(launch.settings.slow),
            shown: None,
            urgent: false,
            stopped: false,
            background: None,
            sign_in: None,
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
        let mut events = Events::new()?;
        self.begin_services(launch)?;
        self.update(Msg::Start);
        loop {
            self.take_in(&mut events, &mut hear)?;
            if let Some(code) = self.ending {
                return Ok(code);
            }
            if let Some(SignInTo(profile)) = self.sign_in.take() {
                // the terminal's reader must not take what is typed there
                drop(events);
                self.lend_terminal(profile, signals).await;
                events = Events::new()?;
                continue;
            }
            let draw_at = self.draw_when_due()?;
            self.stop_again_when_due();
            let wake = [self.timers.next(), draw_at, self.background].into_iter().flatten().min();
            tokio::select! {
                biased;
                asked = signals.next() => self.signalled(asked),
                event = events.next(), if !self.stopped => self.event(event?),
                Some(msg) = hear.recv() => self.update(msg),
                () = sleep_until(wake) => {}
            }
        }
    }

    /// Takes in everything that waits: keys first, then timers, then what came from elsewhere.
    fn take_in(&mut self, events: &mut Events, hear: &mut UnboundedReceiver<Msg>) -> io::Result<()> {
        let began = Instant::now();
        loop {
            while !self.stopped
                && let Some(event) = events.waiting()?
            {
                self.event(event);
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
            if self.urgent || began.elapsed() > SLICE || self.ending.is_some() || self.sign_in.is_some() {
                return Ok(());
            }
        }
    }

    fn event(&mut self, event: Event) {
        let resized = event == Event::Resize;
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
        if !self.doubted
            && let Some(text) = self.clock.doubt()
        {
            self.doubted = true;
            let effects = app::update(&mut self.state, Msg::Notice { text, bad: true });
            self.begin(effects);
        }
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
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
