//! A run: a confirmed draft, carried out step by step to a verdict.
//!
//! Whatever happens is told by journal entries first; [`RunView`] is built from these alone, so what is on
//! screen is what another process would read back. Every change is preceded by its [`Entry::Before`].

mod back;
mod beside;
mod change;
mod closing;
mod contradiction;
pub(in crate::ops) mod guard;
mod read;
mod recorded;
mod rest;
mod side;
mod take_up;

use super::facts::{Facts, Stage};
use super::plan::Draft;
use super::watch::{
    EffectWatch, Elapsed, OperationWatch, RolloutWatch, TaskWatch, Topic, VerifyWatch, Watch,
};
use super::{CallId, Effect, Event, TimerId};
use crate::model::{
    Authority, Entry, Gate, Refusal, RunHeader, RunView, Sealed, Stamp, StepState, Verdict, Version,
    process::Heard,
};
use beside::Close;
use beside::{Recorded, Side};
use std::collections::VecDeque;

/// Version of the journal's format that is written and taken up again.
const FORMAT: u32 = 1;

/// Lines of a command on this machine that are told with its failure.
const TAIL: usize = 3;

/// What a reading step waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    Call(CallId),
    Timer(TimerId),
}

/// What a resting run does when it is watched again.
#[derive(Debug, Clone)]
enum Next {
    /// Reads on.
    Read(Watch),
    /// Makes the change of its step again; only those for which that is safe.
    Write(u32),
    /// Begins its step.
    Begin,
}

/// Leave to make changes.
#[derive(Debug, Clone)]
enum Leave {
    /// It was given, by the gate.
    Given(Authority),
    /// It was not, and why: the run watches, and comes to rest before the next change.
    Withheld(Refusal),
}

/// A run that was taken up, or is to go on, before the gate.
#[derive(Debug, Clone)]
struct Entering {
    gate: Gate,
    then: Then,
}

/// What it does behind the gate.
#[derive(Debug, Clone)]
enum Then {
    /// Finds its place by its journal.
    Find(Vec<Entry>),
    /// Goes on where it rested.
    Go(Next),
}

#[derive(Debug, Clone)]
enum State {
    /// A change was asked for; the number counts the attempts.
    Writing(CallId, u32),
    /// A change is asked for again after a pause.
    Pausing(TimerId, u32),
    /// Reads go on.
    Reading(Watch, Wait),
    /// The verdict is known; the lock is let go of and the record is written.
    Closing(Close),
    /// Lost, or not watched.
    Resting(Next),
    /// Ended.
    Over,
}

/// An operation under way or over.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct Run {
    view: RunView,
    facts: Facts,
    /// The documents of the copies to register, in their order; gone in a run that was taken up again, and made
    /// anew when they are needed.
    documents: Vec<Option<Sealed>>,
    /// The App Runner source to put in place; likewise.
    source: Option<Sealed>,
    leave: Leave,
    /// It stands before the gate.
    entering: Option<Entering>,
    stage: usize,
    /// Stages to be gone through once more before the present one goes on.
    prelude: VecDeque<Stage>,
    /// How the present one goes on then.
    stash: Option<Next>,
    state: State,
    /// Changes beside the steps that are not answered yet.
    sides: Vec<Side>,
    /// When the lock is to be refreshed, and until when it lasts if what was asked for last is done.
    refresh: Option<TimerId>,
    refreshed_until: Option<Stamp>,
    /// The lock was seen to be this run's just now.
    lock_seen: bool,
    /// No task of another run was seen, and the one that is to be asked for was not since.
    alone: bool,
    /// When it last heard of anything.
    last_at: Stamp,
    /// How far the record of the beginning is.
    recorded: Recorded,
    /// So much time passed that it has to be seen once more that nobody changed the service.
    unchecked: bool,
    /// No change is made that was not begun.
    only_watches: bool,
    /// For how long nobody flew it, where that is too long to make such changes.
    late: Option<String>,
    /// Steps whose task was told to stop, since its time was over.
    stopped: Vec<usize>,
    /// For how long the present task was asked for.
    asking: Elapsed,
    /// The last lines of a command on this machine.
    tail: VecDeque<String>,
    /// The operator broke off while a change was on its way.
    broken_off: bool,
    /// It runs on the machine that it was begun on.
    here: bool,
    next_id: u64,
    out: Vec<Effect>,
}

impl Run {
    /// Flies a confirmed draft.
    pub fn start(draft: Draft, authority: Authority, now: Stamp) -> (Self, Vec<Effect>) {
        let header = RunHeader {
            id: draft.plan.run.clone(),
            kind: draft.plan.kind,
            key: draft.plan.key.clone(),
            account: draft.plan.account.clone(),
            region: draft.plan.region.clone(),
            title: draft.plan.title.clone(),
            from: draft.plan.from.clone(),
            to: draft.plan.to.clone(),
            who: draft.who.clone(),
            identity: draft.identity.clone(),
            note: draft.note.clone(),
            at: now,
        };
        let steps = draft.plan.steps.clone();
        let confirmed = contradiction::confirmed(&draft.facts);
        let begin = Entry::Begin { format: FORMAT, run: header.clone(), steps: steps.clone(), confirmed };
        let own = *authority.run() == header.id;
        let leave = Leave::Given(authority);
        let mut run = Self::idle(RunView::of(header, &steps), draft.facts, leave, now);
        run.documents = draft.documents;
        run.source = draft.source;
        if let Some(verify) = &mut run.facts.verify {
            verify.began_at = Some(now);
        }
        run.out.push(Effect::Journal(begin));
        run.remember(now);
        if own {
            if !run.facts.stages.contains(&Stage::Lock) {
                run.record_begin(1, now);
            }
            run.begin_stage(now);
        } else {
            run.facts.lock = None;
            run.end(Verdict::Refused, "the confirmation was given for another plan", now);
        }
        let out = run.flush();
        (run, out)
    }

    fn idle(view: RunView, facts: Facts, leave: Leave, now: Stamp) -> Self {
        Self {
            view,
            facts,
            documents: Vec::new(),
            source: None,
            leave,
            entering: None,
            stage: 0,
            prelude: VecDeque::new(),
            stash: None,
            state: State::Over,
            sides: Vec::new(),
            refresh: None,
            refreshed_until: None,
            lock_seen: false,
            alone: false,
            last_at: now,
            recorded: Recorded::default(),
            unchecked: false,
            only_watches: false,
            late: None,
            stopped: Vec::new(),
            asking: Elapsed::default(),
            tail: VecDeque::new(),
            broken_off: false,
            here: true,
            // begun at the present moment, ids of an earlier life of the same run are not met again
            next_id: u64::try_from(now.0).unwrap_or_default().saturating_mul(1_000),
            out: Vec::new(),
        }
    }

    /// Takes an event in. Answers and timers that are no longer waited for change nothing.
    pub fn step(&mut self, event: Event, now: Stamp) -> Vec<Effect> {
        self.notice_gap(now);
        self.asking.look(now);
        if let State::Reading(watch, _) = &mut self.state {
            watch.look(now);
        }
        match event {
            Event::Written(id, result) => self.written(id, result, now),
            Event::Answer(id, result) => self.answered(id, result, now),
            Event::Printed(id, heard) => self.printed(id, heard, now),
            Event::Timer(id) => self.timer(id, now),
            Event::Stop(_) => self.break_off(now),
            Event::Resume => self.resume(now),
            Event::GoOn(gate) => self.go_on_with(gate, now),
        }
        self.flush()
    }

    /// The run as screens show it.
    pub fn view(&self) -> &RunView {
        &self.view
    }

    /// True while it rests before a change that it has no leave for: [`Event::GoOn`] brings it.
    pub fn waits(&self) -> bool {
        matches!(self.state, State::Resting(_)) && !self.view.waits.is_empty()
    }

    /// True when nothing is under way any more: it ended, was lost, or is not watched. A lost or unwatched run
    /// goes on with [`Event::Resume`].
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over | State::Resting(_)) && self.sides.is_empty()
    }

    /// What tells it from others in other states.
    #[cfg(test)]
    pub(in crate::ops) fn fingerprint(&self) -> String {
        let facts = &self.facts;
        let orders = facts.orders.iter();
        let orders: Vec<_> =
            orders.map(|o| (&o.asked.client_token, o.in_doubt_since(), &o.task, o.done)).collect();
        let flags =
            [matches!(self.leave, Leave::Given(_)), self.unchecked, self.broken_off, self.refresh.is_some()];
        format!(
            "{:?} {:?} {} {:?} {:?} {:?} {flags:?} {:?} {:?} {:?} {orders:?} {:?} {:?} {:?} {:?} {:?}",
            self.state,
            self.view.active().map(|step| &step.detail),
            self.stage,
            self.prelude,
            self.stash,
            self.late,
            self.sides.iter().map(|side| side.job).collect::<Vec<_>>(),
            (self.lock_seen, self.alone),
            facts.lock,
            facts.definition,
            facts.service_deployment,
            facts.closing,
            facts.back.is_some(),
            self.view.waits,
        )
    }

    fn flush(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.out)
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id = self.next_id.saturating_add(1);
        self.next_id
    }

    fn tell(&mut self, entry: Entry) {
        self.view.apply(&entry);
        self.out.push(Effect::Journal(entry));
    }

    fn remember(&mut self, now: Stamp) {
        let memo = serde_json::to_value(&self.facts).unwrap_or_default();
        let facts = &self.facts;
        let before = match &facts.back {
            Some(back) => back.before.clone(),
            None => (!facts.earlier_image.is_empty())
                .then(|| Version::of(&facts.earlier_image, facts.earlier_digest.as_deref())),
        };
        let process = facts.orders.iter().find_map(|order| order.process.clone());
        // whoever has come to an end begins none that is still to come
        let commands = if facts.closing.is_some() { facts.commands_go_on() } else { facts.commands_left() };
        self.tell(Entry::Memo { at: now, before, process, commands: Some(commands), memo });
    }

    /// Tells of the present step; nothing when nothing is new.
    fn step_is(&mut self, state: StepState, detail: &str, now: Stamp) {
        self.set_step(self.stage, state, detail, now);
    }

    fn set_step(&mut self, step: usize, state: StepState, detail: &str, now: Stamp) {
        let same = self.view.steps.get(step).is_none_or(|s| s.state == state && s.detail == detail);
        if !same {
            self.tell(Entry::Step { at: now, step, state, detail: detail.to_owned() });
        }
    }

    /// The stage that is gone through now.
    fn current(&self) -> Option<Stage> {
        self.prelude.front().or_else(|| self.facts.stages.get(self.stage)).copied()
    }

    fn begin_stage(&mut self, now: Stamp) {
        if let Some(stage) = self.prelude.front() {
            let topic = match stage {
                Stage::Lock => Topic::Lock,
                Stage::Look => Topic::Look,
                Stage::Alone => Topic::Alone(self.facts.order_at(self.stage)),
                _ => Topic::Preflight,
            };
            self.ask(Watch::new(topic, now), now);
            return;
        }
        if let Some(next) = self.stash.take() {
            match (self.broken_off, next) {
                (true, Next::Write(_) | Next::Begin) => self.rest_unwatched(now),
                (true, next) => {
                    self.state = State::Resting(next);
                    self.rest_unwatched(now);
                }
                (false, next) => self.go_on(next, now),
            }
            return;
        }
        let stage = self.facts.stages.get(self.stage).copied().unwrap_or(Stage::Unlock);
        if stage == Stage::Unlock {
            let (verdict, why) = self.well();
            self.end(verdict, &why, now);
            return;
        }
        if self.broken_off {
            self.rest_unwatched(now);
            return;
        }
        self.step_is(StepState::Active, "", now);
        if let Some(operation) = stage.operation() {
            if self.only_watches {
                let (verdict, why) = self.broken_off_before(operation);
                self.end(verdict, &why, now);
            } else {
                self.write(1, now);
            }
            return;
        }
        if stage == Stage::Verify {
            self.begin_window(now);
        }
        let watch = Watch::new(self.topic(stage), now);
        self.ask(watch, now);
    }

    /// Keeps when the rollout had ended.
    fn begin_window(&mut self, now: Stamp) {
        if let Some(verify) = self.facts.verify.as_mut().filter(|verify| verify.from.is_none()) {
            verify.from = Some(now);
            self.remember(now);
        }
    }

    /// What a reading stage watches.
    fn topic(&self, stage: Stage) -> Topic {
        match stage {
            Stage::Rollout => Topic::Rollout(RolloutWatch::default()),
            Stage::Operation => Topic::Operation(OperationWatch::default()),
            Stage::Task => Topic::Task(TaskWatch::new(self.facts.order_at(self.stage))),
            Stage::Scale => Topic::Scale(None),
            Stage::Stopped => Topic::Stopped,
            Stage::Verify => Topic::Verify(VerifyWatch::default()),
            Stage::Look => Topic::Look,
            _ => Topic::Preflight,
        }
    }

    fn advance(&mut self, detail: &str, now: Stamp) {
        let passed = self.current();
        let reread = !self.prelude.is_empty();
        if self.prelude.pop_front().is_none() {
            self.step_is(StepState::Done, detail, now);
            self.stage += 1;
        }
        match passed {
            Some(Stage::Lock) => {
                self.lock_seen = reread;
                self.locked(now);
            }
            Some(Stage::Preflight | Stage::Look) => self.unchecked = false,
            Some(Stage::Alone) => self.alone = true,
            // others had time meanwhile
            Some(Stage::Task | Stage::RunLocal) => self.unchecked = true,
            _ => {}
        }
        self.begin_stage(now);
    }

    /// Reads whether a change in doubt took effect.
    fn doubt(stage: Stage, repeat: bool, now: Stamp) -> Watch {
        Watch::new(Topic::Effect(EffectWatch::new(stage, repeat)), now)
    }
    /// What the command on this machine tells: its process, by which it is found should this one be killed, and its lines.
    fn printed(&mut self, id: CallId, heard: Heard, now: Stamp) {
        if !matches!(self.state, State::Writing(call, _) if call == id)
            || self.current() != Some(Stage::RunLocal)
        {
            return;
        }
        let line = match heard {
            Heard::Line(line) => line,
            Heard::Began(process) => {
                let index = self.facts.order_at(self.stage);
                if let Some(order) = self.facts.orders.get_mut(index) {
                    order.process = Some(process);
                }
                self.remember(now);
                return;
            }
        };
        if self.tail.len() >= TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line.text.clone());
        self.tell(Entry::Log { line });
    }
}
