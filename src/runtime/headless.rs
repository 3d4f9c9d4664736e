//! Plans and runs without a screen: the same machines as the cockpit's, driven over the same gateway, journal
//! and clock.
//!
//! [`HeadlessDriver::plan`] works a wish out into a draft, [`HeadlessDriver::execute`] runs a confirmed draft to its end.
//! Whoever calls decides what is told ([`RunView`] and [`Entry`], as they happen) and when the watch is broken
//! off (a future that comes to its end).

mod drive;

use super::headless::drive::{Book, Desk, Machine};
use super::{
    clients::Clients,
    clock::{Clock, Follower},
    journal::{Journal, JournalError},
    routes::Route,
};
use crate::{
    aws::Gateway,
    model::{Answer, Ask, Authority, Entry, EnvironmentName, Gate, Refusal, RunId, RunView, Stamp, Trouble},
    ops::{Context, Draft, Effect, Event, Planner, Run, Wish},
};
use std::{
    cell::{Cell, RefCell},
    future::{Future, pending},
};

/// Drives machines without a screen. For one thread: a journal has one writer.
pub struct HeadlessDriver {
    clients: Clients,
    journal: RefCell<Journal>,
    notices: RefCell<Vec<String>>,
    /// Lines of a run could not be written down.
    gaps: Cell<bool>,
}

impl HeadlessDriver {
    /// A driver that reaches these environments and writes to this journal. Connects to nothing yet.
    pub fn new(gateway: &Gateway, routes: Vec<Route>, clock: Clock, journal: Journal) -> Self {
        let mut clients = Clients::new(Follower::new(clock));
        for Route { name, access } in routes {
            clients.add(name, gateway.connect(access));
        }
        Self { clients, journal: RefCell::new(journal), notices: RefCell::default(), gaps: Cell::default() }
    }

    /// Now, by AWS's clock where that is another than the machine's.
    pub fn now(&self) -> Stamp {
        self.clients.now()
    }

    /// That AWS's dates cannot be right beside this machine's clock, where that is so.
    pub fn clock_doubt(&self) -> Option<String> {
        self.clients.clock().doubt()
    }

    /// An id for a run: ordered by time, and unique.
    pub fn fresh_id(&self) -> RunId {
        let unique = uuid::Uuid::new_v4();
        let unique: String = unique.simple().to_string().chars().take(8).collect();
        RunId::from(format!("{:011x}-{unique}-00", self.now().0.max(0)).as_str())
    }

    /// Makes a read, outside of any plan or run: the row of the service, the runs of a team.
    ///
    /// # Errors
    /// As [`crate::aws::Client::ask`].
    pub async fn ask(&self, environment: &EnvironmentName, ask: Ask) -> Result<Answer, Trouble> {
        self.ask_with(environment, ask, &|_| ()).await
    }

    /// The same; `parts` gets what is known early.
    ///
    /// # Errors
    /// As [`crate::aws::Client::ask`].
    pub async fn ask_with(
        &self,
        environment: &EnvironmentName,
        ask: Ask,
        parts: &(dyn Fn(Answer) + Send + Sync),
    ) -> Result<Answer, Trouble> {
        self.clients.ask(environment, ask, parts).await
    }

    /// Works a wish out into a plan, by reads alone. Nothing is written down. Planning is given up when `stop`
    /// comes to its end.
    ///
    /// # Errors
    /// The refusal it ends in.
    pub async fn plan(
        &self,
        wish: Wish,
        context: Context,
        run: RunId,
        stop: impl Future<Output = ()>,
    ) -> Result<Draft, Refusal> {
        let home = context.key().environment.clone();
        let (mut planner, effects) = Planner::begin(wish, context, run, self.now());
        Desk::new(&self.clients, home, None).drive(&mut planner, effects, stop).await;
        let unfinished = || Err(Refusal::new("planning did not finish", "plan it again"));
        planner.into_outcome().unwrap_or_else(unfinished)
    }

    /// Takes hold of the run that a plan is, before it begins: a plan runs once.
    ///
    /// # Errors
    /// Where it was begun here before. What else the disk says is told by the run itself.
    pub fn claim(&self, run: &RunId) -> Result<(), Refusal> {
        match self.journal.borrow_mut().claim(run) {
            Err(JournalError::Begun(run)) => Err(already_run(&run)),
            _ => Ok(()),
        }
    }

    /// Flies a confirmed draft until its run is over: ended, lost, or not watched any more. `on_entry` is called
    /// with each line of the journal once it is on disk, and the run as it is then.
    ///
    /// When `stop` comes to its end the watch is broken off: an answer under way is still taken down, changes
    /// that were not begun are not made, and what AWS has begun goes on there.
    pub async fn execute(
        &self,
        draft: Draft,
        authority: Authority,
        mut on_entry: impl FnMut(&RunView, &Entry),
        stop: impl Future<Output = ()>,
    ) -> RunView {
        let (home, id) = (draft.plan.key.environment.clone(), draft.plan.run.clone());
        let (mut run, effects) = Run::start(draft, authority, self.now());
        let book = self.book(id, None, &mut on_entry);
        Desk::new(&self.clients, home, Some(book)).drive(&mut run, effects, stop).await;
        run.view().clone()
    }

    /// Goes on with a run that another process began and did not end, from its journal; none where there is
    /// nothing to go on with. The journal has to hold the run ([`super::journal::Purpose::TakeUp`]); `variables` as in
    /// [`Run::take_up`], and `gate` too.
    pub async fn take_up(
        &self,
        entries: &[Entry],
        variables: &[(String, String)],
        gate: Gate,
        mut on_entry: impl FnMut(&RunView, &Entry),
        stop: impl Future<Output = ()>,
    ) -> Option<RunView> {
        let (mut run, effects) = Run::take_up(entries, variables, gate, self.now())?;
        let (home, id) = (run.view().header.key.environment.clone(), run.view().header.id.clone());
        let mut before = entries.first().and_then(RunView::begin);
        if let Some(view) = &mut before {
            for entry in entries {
                view.apply(entry);
            }
        }
        let book = self.book(id, before, &mut on_entry);
        Desk::new(&self.clients, home, Some(book)).drive(&mut run, effects, stop).await;
        Some(run.view().clone())
    }

    /// The journal, for reading runs back.
    pub fn journal(&self) -> &RefCell<Journal> {
        &self.journal
    }

    /// An exit code: `gaps` in the place of success where lines of a run could not be written down.
    pub fn with_gaps(&self, code: u8, gaps: u8) -> u8 {
        if code == 0 && self.gaps.get() { gaps } else { code }
    }

    /// Sentences about lines that could not be written down, each given once.
    pub fn notices(&self) -> Vec<String> {
        self.notices.take()
    }

    fn book<'a>(
        &'a self,
        run: RunId,
        view: Option<RunView>,
        on_entry: &'a mut dyn FnMut(&RunView, &Entry),
    ) -> Book<'a> {
        Book {
            journal: &self.journal,
            notices: &self.notices,
            gaps: &self.gaps,
            run,
            view,
            on_entry,
            lines: Vec::new(),
        }
    }
}

/// Why a plan does not run once more.
pub fn already_run(run: &RunId) -> Refusal {
    Refusal::new(
        format!("this plan was run already, as run {run}: see `flightdeck runs show {run}`"),
        "to do it once more, make a new plan",
    )
}

/// What never asks to stop: for [`HeadlessDriver::plan`] and [`HeadlessDriver::execute`].
pub async fn never() {
    pending::<()>().await;
}

impl Machine for Planner {
    fn step(&mut self, event: Event, now: Stamp) -> Vec<Effect> {
        Planner::step(self, event, now)
    }

    fn is_over(&self) -> bool {
        self.outcome().is_some()
    }
}

impl Machine for Run {
    fn step(&mut self, event: Event, now: Stamp) -> Vec<Effect> {
        Run::step(self, event, now)
    }

    fn is_over(&self) -> bool {
        Run::is_over(self)
    }
}
