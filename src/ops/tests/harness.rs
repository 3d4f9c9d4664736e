//! Drives planners and runs, and holds on every step what must always hold.

use super::world::{ACCOUNT, NOW, World};
use crate::model::armed::Confirmation;
use crate::model::{
    Answer, Ask, Authority, Entry, Gate, Protection, Refusal, RunId, RunView, Stamp, TaskBrief, Trouble,
    Verdict, Write, Written, identity::Identity,
};
use crate::ops::{CallId, Context, Draft, Effect, Event, Planner, Run, StopWatching, TimerId, Wish};

/// Milliseconds in which a run that is awake hears of something.
const AWAKE_MS: i64 = 50_000;

/// Plans to the end against a world.
pub(super) fn plan_in(world: &World, context: Context, wish: Wish) -> Result<Draft, Refusal> {
    let (mut planner, effects) = Planner::begin(wish, context, RunId::from("run-1"), NOW);
    let mut queue: std::collections::VecDeque<Effect> = effects.into();
    let mut asked: Vec<Ask> = Vec::new();
    while let Some(effect) = queue.pop_front() {
        match effect {
            Effect::Ask(id, ask) => {
                let answer = world.answer(&ask);
                if answer.is_ok() {
                    assert!(!asked.contains(&ask), "asked twice: {ask:?}");
                }
                asked.push(ask);
                queue.extend(planner.step(Event::Answer(id, answer), NOW));
            }
            Effect::Timer(id, _) => queue.extend(planner.step(Event::Timer(id), NOW)),
            other => panic!("a planner only reads: {other:?}"),
        }
    }
    planner.into_outcome().expect("planning ends")
}

/// Plans to the end with the world's own context.
pub(super) fn plan(world: &World, wish: Wish) -> Result<Draft, Refusal> {
    plan_in(world, world.context(), wish)
}

/// What the gate is told where somebody confirmed.
pub(super) fn confirmed() -> Gate {
    Gate {
        protection: Protection::Confirm,
        who: "ana@laptop".to_owned(),
        confirmation: Some(Confirmation::Key),
        locks: None,
    }
}

/// A run under test.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) run: Run,
    pub(super) now: Stamp,
    pub(super) journal: Vec<Entry>,
    pub(super) asks: Vec<(CallId, Ask)>,
    pub(super) writes: Vec<(CallId, Write)>,
    pub(super) timers: Vec<(TimerId, u64)>,
    /// Every change that was ever sent.
    pub(super) sent: Vec<Write>,
    allowed: Vec<&'static str>,
    /// Tasks of other runs.
    pub(super) beside: Vec<TaskBrief>,
    /// Why they cannot be read.
    pub(super) untold: Option<Trouble>,
}

impl Flight {
    /// Confirms and flies.
    pub(super) fn new(draft: Draft) -> Self {
        let allowed = draft.plan.writes.clone();
        let authority = Authority::grant(&draft.plan, Protection::Confirm, &Confirmation::Key).unwrap();
        let (run, effects) = Run::start(draft, authority, NOW);
        let mut flight = Self {
            run,
            now: NOW,
            journal: Vec::new(),
            asks: Vec::new(),
            writes: Vec::new(),
            timers: Vec::new(),
            sent: Vec::new(),
            allowed,
            beside: Vec::new(),
            untold: None,
        };
        flight.take(effects);
        flight
    }

    /// Takes a run up from a journal.
    /// By somebody who confirms it.
    pub(super) fn taken_up(journal: &[Entry], now: Stamp) -> Option<Self> {
        Self::taken_up_by(journal, confirmed(), now)
    }

    /// The same; what the gate is told is given, and who is calling is answered.
    pub(super) fn taken_up_by(journal: &[Entry], gate: Gate, now: Stamp) -> Option<Self> {
        let (run, effects) = Run::take_up(journal, &[], gate, now)?;
        let mut flight = Self {
            run,
            now,
            journal: journal.to_vec(),
            asks: Vec::new(),
            writes: Vec::new(),
            timers: Vec::new(),
            sent: Vec::new(),
            allowed: vec!["ecs:RunTask", "ecs:StopTask", "ecs:RegisterTaskDefinition"],
            beside: Vec::new(),
            untold: None,
        };
        flight.take(effects);
        flight.identify(ACCOUNT);
        flight.nobody_started();
        Some(flight)
    }

    /// What may have been started is looked for, and is not there.
    pub(super) fn nobody_started(&mut self) -> &mut Self {
        for _ in 0..4 {
            if matches!(self.asks.first(), Some((_, Ask::Started { .. }))) {
                self.answer(Answer::Tasks(Vec::new()));
                if matches!(self.says(), said if said.contains("checking whether it was started")) {
                    self.later(12_000).settle();
                }
            }
        }
        self
    }

    /// Tells who is calling, where that is asked.
    pub(super) fn identify(&mut self, account: &str) -> &mut Self {
        if matches!(self.asks.first(), Some((_, Ask::Identity))) {
            let identity = Identity { account: account.to_owned(), ..Identity::default() };
            self.answer(Answer::Identity(identity));
        }
        self
    }

    /// Plans in a world and flies.
    pub(super) fn of(world: &World, wish: Wish) -> Self {
        Self::new(plan(world, wish).unwrap())
    }

    /// A migration of its own, right before its task is asked for.
    pub(super) fn migrating(world: &World) -> Self {
        Self::checked(plan(world, Wish::Migrate { image: None }).unwrap(), world)
    }

    /// A flight whose first step saw that nothing changed.
    pub(super) fn checked(draft: Draft, world: &World) -> Self {
        let mut flight = Self::new(draft);
        flight.answer(Answer::Detail(Box::new(world.detail.clone())));
        flight
    }

    pub(super) fn step(&mut self, event: Event) {
        let effects = self.run.step(event, self.now);
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect>) {
        let mut before: Option<String> = None;
        let mut begun = None;
        for effect in effects {
            match effect {
                Effect::Ask(id, Ask::Begun { .. }) => begun = Some(id),
                Effect::Ask(id, ask) => self.asks.push((id, ask)),
                Effect::Timer(id, millis) => {
                    assert!(millis > 0);
                    self.timers.push((id, millis));
                }
                Effect::Journal(entry) => {
                    if let Entry::Before { write, .. } = &entry {
                        before = Some(write.clone());
                    }
                    self.journal.push(entry);
                }
                Effect::Write(id, armed) => {
                    let write = armed.into_write();
                    assert_eq!(before.take().as_deref(), Some(write.operation()), "told before it is done");
                    assert!(self.allowed.contains(&write.operation()), "{write:?} is not in the plan");
                    self.sent.push(write.clone());
                    self.writes.push((id, write));
                }
            }
        }
        self.check();
        if let Some(id) = begun {
            let answer = self.untold.clone().map_or_else(|| Ok(Answer::Tasks(self.beside.clone())), Err);
            self.step(Event::Answer(id, answer));
        }
    }

    /// What holds at any time.
    fn check(&self) {
        let mut view = RunView::begin(&self.journal[0]).expect("begins with Begin");
        self.journal[1..].iter().for_each(|entry| view.apply(entry));
        assert_eq!(&view, self.run.view(), "the journal tells what is shown");
        let mut open = true;
        for entry in &self.journal {
            match entry {
                Entry::End { .. } => {
                    assert!(open, "ended twice");
                    open = false;
                }
                Entry::Resumed { .. } => open = true,
                _ => {}
            }
        }
        // a command is asked for with one token, and the same in every part
        for (place, write) in self.sent.iter().enumerate().filter(|(_, write)| write.token().is_some()) {
            let same = self.sent.iter().take(place).filter(|w| w.token() == write.token());
            same.for_each(|earlier| assert_eq!(earlier, write));
        }
    }

    /// Answers the read under way.
    pub(super) fn answer(&mut self, answer: Answer) -> &mut Self {
        self.reply(Ok(answer))
    }

    pub(super) fn fail(&mut self, trouble: Trouble) -> &mut Self {
        self.reply(Err(trouble))
    }

    pub(super) fn reply(&mut self, result: Result<Answer, Trouble>) -> &mut Self {
        self.settle();
        let (id, _) = self.asks.remove(0);
        self.step(Event::Answer(id, result));
        self
    }

    /// Answers the change under way.
    pub(super) fn written(&mut self, result: Result<Written, Trouble>) -> &mut Self {
        let (id, _) = self.writes.remove(0);
        self.step(Event::Written(id, result));
        self
    }

    /// Lets the timer go off when nothing else is under way.
    pub(super) fn settle(&mut self) {
        while self.asks.is_empty() && !self.timers.is_empty() {
            let (id, millis) = self.timers.remove(0);
            self.now = self.now.plus(i64::try_from(millis).unwrap());
            self.step(Event::Timer(id));
        }
    }

    /// Lets time pass before the next event; it is awake meanwhile, and hears of what is none of its own.
    pub(super) fn later(&mut self, millis: i64) -> &mut Self {
        let mut left = millis;
        while left > AWAKE_MS {
            left -= AWAKE_MS;
            self.now = self.now.plus(AWAKE_MS);
            self.step(Event::Timer(TimerId(u64::MAX)));
        }
        self.jumps(left)
    }

    /// Its clock shows another time from now on: it slept, or the clock was turned.
    pub(super) fn jumps(&mut self, millis: i64) -> &mut Self {
        self.now = self.now.plus(millis);
        self
    }

    pub(super) fn stop(&mut self) -> &mut Self {
        self.step(Event::Stop(StopWatching));
        self
    }

    pub(super) fn resume(&mut self) -> &mut Self {
        self.step(Event::Resume);
        self
    }

    /// The read under way.
    pub(super) fn asking(&mut self) -> Ask {
        self.settle();
        self.asks.first().map(|(_, ask)| ask.clone()).expect("a read is in progress")
    }

    /// The change under way.
    pub(super) fn writing(&self) -> &Write {
        self.writes.first().map(|(_, write)| write).expect("a change is in progress")
    }

    /// The verdict so far and why.
    pub(super) fn verdict(&self) -> Option<(Verdict, &str)> {
        self.run.view().end.as_ref().map(|(verdict, why, _)| (*verdict, why.as_str()))
    }

    /// What the step under way says.
    pub(super) fn says(&self) -> &str {
        self.run.view().active().map_or("", |step| step.detail.as_str())
    }

    #[track_caller]
    pub(super) fn ends(&self, verdict: Verdict, why: &str) {
        let (got, told) = self.verdict().unwrap_or_else(|| panic!("not ended: {:#?}", self.run.view().steps));
        assert_eq!(got, verdict, "{told}");
        assert!(told.contains(why), "“{told}” does not say “{why}”");
        assert!(self.run.is_over());
        assert!(self.asks.is_empty() && self.writes.is_empty(), "nothing is asked after the end");
    }
}
