//! A run: a confirmed draft, flown step by step to a verdict.
//!
//! Whatever happens is told by journal entries first; [`RunView`] is built from these alone, so what is on
//! screen is what another process would read back. Every change is preceded by its [`Entry::Before`].

mod back;
mod change;
mod closing;
mod side;
mod take_up;

use super::facts::{Facts, Stage};
use super::plan::Draft;
use super::watch::{
    AfterTrouble, EffectWatch, Finish, Made, OperationWatch, RolloutWatch, Seen, TaskWatch, Topic,
    VerifyWatch, Watch,
};
use super::{CallId, Effect, Event, TimerId};
use crate::model::{
    Answer, Authority, Entry, LogLine, RunHeader, RunView, Sealed, Stamp, StepState, Trouble, TroubleKind,
    Verdict, Version,
};
use closing::Close;
use side::{Job, Side};
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
#[derive(Debug)]
enum Next {
    /// Reads on.
    Read(Watch),
    /// Makes the change of its step again; only those for which that is safe.
    Write(u32),
}

#[derive(Debug)]
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
pub struct Run {
    view: RunView,
    facts: Facts,
    /// The documents of the copies to register, in their order; gone in a run that was taken up again, and made
    /// anew when they are needed.
    documents: Vec<Option<Sealed>>,
    /// The App Runner source to put in place; likewise.
    source: Option<Sealed>,
    authority: Authority,
    stage: usize,
    /// Stages to be gone through once more before the present one goes on.
    prelude: VecDeque<Stage>,
    /// How the present one goes on then.
    stash: Option<Next>,
    state: State,
    /// Changes beside the steps that are not answered yet.
    sides: Vec<Side>,
    /// When the lock is to be refreshed, and when that was asked for last.
    refresh: Option<TimerId>,
    refresh_at: Stamp,
    /// The record of the beginning was sent.
    recorded: bool,
    /// So much time passed that it has to be seen once more that nobody changed the service.
    unchecked: bool,
    /// No change is made that was not begun.
    only_watches: bool,
    /// Steps whose task was told to stop, since its time was over.
    stopped: Vec<usize>,
    /// The last lines of a command on this machine.
    tail: VecDeque<String>,
    /// The operator broke off while a change was on its way.
    broken_off: bool,
    next_id: u64,
    out: Vec<Effect>,
}

impl Run {
    /// Flies a confirmed draft.
    pub fn fly(draft: Draft, authority: Authority, now: Stamp) -> (Self, Vec<Effect>) {
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
        let begin = Entry::Begin { format: FORMAT, run: header.clone(), steps: steps.clone() };
        let mut run = Self::idle(RunView::of(header, &steps), draft.facts, authority, now);
        run.documents = draft.documents;
        run.source = draft.source;
        if let Some(verify) = &mut run.facts.verify {
            verify.began_at = Some(now);
        }
        run.out.push(Effect::Journal(begin));
        run.remember(now);
        if run.authority.run() == &run.view.header.id {
            if !run.facts.stages.contains(&Stage::Lock) {
                run.record_begin(now);
            }
            run.begin_stage(now);
        } else {
            run.facts.lock = None;
            run.end(Verdict::Refused, "the confirmation was given for another plan", now);
        }
        let out = run.flush();
        (run, out)
    }

    fn idle(view: RunView, facts: Facts, authority: Authority, now: Stamp) -> Self {
        Self {
            view,
            facts,
            documents: Vec::new(),
            source: None,
            authority,
            stage: 0,
            prelude: VecDeque::new(),
            stash: None,
            state: State::Over,
            sides: Vec::new(),
            refresh: None,
            refresh_at: now,
            recorded: false,
            unchecked: false,
            only_watches: false,
            stopped: Vec::new(),
            tail: VecDeque::new(),
            broken_off: false,
            // begun at the present moment, ids of an earlier life of the same run are not met again
            next_id: u64::try_from(now.0).unwrap_or_default().saturating_mul(1_000),
            out: Vec::new(),
        }
    }

    /// Takes an event in. Answers and timers that are no longer waited for change nothing.
    pub fn step(&mut self, event: Event, now: Stamp) -> Vec<Effect> {
        match event {
            Event::Written(id, result) => self.written(id, result, now),
            Event::Answer(id, result) => self.answered(id, result, now),
            Event::Printed(id, line) => self.printed(id, line),
            Event::Timer(id) => self.timer(id, now),
            Event::Stop(_) => self.break_off(now),
            Event::Resume => self.resume(now),
        }
        self.flush()
    }

    /// The run as screens show it.
    pub fn view(&self) -> &RunView {
        &self.view
    }

    /// True when nothing is under way any more: it ended, was lost, or is not watched. A lost or unwatched run
    /// goes on with [`Event::Resume`].
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over | State::Resting(_)) && self.sides.is_empty()
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
        self.tell(Entry::Memo { at: now, before, memo });
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
                _ => Topic::Preflight,
            };
            self.ask(Watch::new(topic, now), now);
            return;
        }
        if let Some(next) = self.stash.take() {
            match (self.broken_off, next) {
                (true, Next::Write(_)) => self.rest_unwatched(now),
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
            let why = self.well();
            self.end(Verdict::Succeeded, &why, now);
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

    fn ask(&mut self, watch: Watch, now: Stamp) {
        let id = CallId(self.fresh_id());
        self.out.push(Effect::Ask(id, watch.ask(&self.facts, now)));
        self.state = State::Reading(watch, Wait::Call(id));
    }

    fn ask_after(&mut self, watch: Watch, millis: u64) {
        let id = TimerId(self.fresh_id());
        self.out.push(Effect::Timer(id, millis));
        self.state = State::Reading(watch, Wait::Timer(id));
    }

    fn timer(&mut self, id: TimerId, now: Stamp) {
        if self.refresh == Some(id) {
            self.refresh_lock(now);
            return;
        }
        match std::mem::replace(&mut self.state, State::Over) {
            State::Reading(watch, Wait::Timer(waited)) if waited == id => self.ask(watch, now),
            State::Pausing(waited, attempt) if waited == id => self.write(attempt, now),
            other => self.state = other,
        }
    }

    fn answered(&mut self, id: CallId, result: Result<Answer, Trouble>, now: Stamp) {
        let mut watch = match std::mem::replace(&mut self.state, State::Over) {
            State::Reading(watch, Wait::Call(waited)) if waited == id => watch,
            other => {
                self.state = other;
                self.close_answered(id, &result, now);
                return;
            }
        };
        let seen = result.and_then(|answer| {
            watch.answer(&mut self.facts, &answer, now).ok_or_else(|| Trouble {
                kind: TroubleKind::Unreadable,
                what: "watch the run".to_owned(),
                on: self.view.header.key.to_string(),
                why: "the answer belongs to another question".to_owned(),
                remedy: String::new(),
            })
        });
        match seen {
            Ok(seen) => self.seen(watch, seen, now),
            Err(trouble) => match watch.trouble(&self.facts, &trouble, now) {
                AfterTrouble::GoOn => {
                    let pause = watch.pause(&self.facts, now);
                    self.ask_after(watch, pause);
                }
                AfterTrouble::Wait(pause, say) => {
                    self.step_is(StepState::Active, &say, now);
                    self.ask_after(watch, pause);
                }
                AfterTrouble::Lost(why) => self.lose(Next::Read(watch), &why, now),
            },
        }
    }

    fn seen(&mut self, watch: Watch, seen: Seen, now: Stamp) {
        if seen.learnt {
            self.remember(now);
        }
        for line in seen.log {
            self.tell(Entry::Log { line });
        }
        if let Some(write) = seen.write {
            self.stopped.push(self.stage);
            self.aside(write, Job::Stop(self.stage), 1, now);
        }
        match seen.made {
            Some(Made::Document(place, document)) => {
                if let Some(slot) = self.documents.get_mut(place) {
                    *slot = Some(document);
                }
            }
            Some(Made::Source(source)) => self.source = Some(source),
            None => {}
        }
        match seen.finish {
            Some(Finish::Done(detail)) => self.advance(&detail, now),
            Some(Finish::End(verdict, why)) => self.found(verdict, why, now),
            Some(Finish::Again) => self.write(2, now),
            Some(Finish::Make) => self.write(1, now),
            Some(Finish::Back(why)) => self.turn_back(&why, now),
            None => {
                self.step_is(StepState::Active, &seen.say, now);
                if seen.more {
                    self.ask(watch, now);
                } else {
                    let pause = watch.pause(&self.facts, now);
                    self.ask_after(watch, pause);
                }
            }
        }
    }

    /// Something was found that ends the run; while stages are gone through once more, what that means depends on
    /// what was changed already.
    fn found(&mut self, verdict: Verdict, why: String, now: Stamp) {
        match self.prelude.front() {
            Some(Stage::Lock) if verdict == Verdict::Refused => {
                // what is under way is watched on; nothing is changed any more
                if let Some(lock) = &mut self.facts.lock {
                    side::lost(lock, &why);
                }
                self.remember(now);
                self.prelude.pop_front();
                self.begin_stage(now);
            }
            Some(_) if verdict == Verdict::Refused && self.view.changed() => {
                self.end(Verdict::Superseded, &why, now);
            }
            _ => self.end(verdict, &why, now),
        }
    }

    fn advance(&mut self, detail: &str, now: Stamp) {
        let passed = self.current();
        if self.prelude.pop_front().is_none() {
            self.step_is(StepState::Done, detail, now);
            self.stage += 1;
        }
        match passed {
            Some(Stage::Lock) => self.locked(now),
            Some(Stage::Preflight | Stage::Look) => self.unchecked = false,
            // others had time meanwhile
            Some(Stage::Task | Stage::RunLocal) => self.unchecked = true,
            _ => {}
        }
        self.begin_stage(now);
    }

    fn lose(&mut self, next: Next, why: &str, now: Stamp) {
        self.tell(Entry::End { at: now, verdict: Verdict::Lost, why: why.to_owned() });
        self.state = State::Resting(next);
    }

    /// The operator breaks off. Changes that were not begun are not made any more; what AWS has begun goes on
    /// there.
    fn break_off(&mut self, now: Stamp) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Over => {}
            // its answer is taken down first
            State::Writing(call, attempt) => {
                self.broken_off = true;
                self.state = State::Writing(call, attempt);
            }
            State::Resting(next) => self.state = State::Resting(next),
            State::Closing(close) => {
                self.state = State::Closing(close);
                self.closed(now);
            }
            State::Pausing(_, attempt) => {
                self.state = State::Resting(Next::Write(attempt));
                self.rest_unwatched(now);
            }
            State::Reading(watch, _) => {
                self.state = State::Resting(Next::Read(watch));
                self.rest_unwatched(now);
            }
        }
    }

    /// Stops watching; where changes are still to come, that is the end of the run.
    fn rest_unwatched(&mut self, now: Stamp) {
        // a change that is in doubt may have been made, and is not to come any more
        let in_doubt = match &self.state {
            State::Resting(Next::Read(watch)) => watch.is_about_a_write(),
            State::Resting(Next::Write(_)) => true,
            _ => false,
        } || matches!(&self.stash, Some(Next::Read(watch)) if watch.is_about_a_write());
        let first = self.stage + usize::from(in_doubt);
        if let Some(operation) = self.facts.stages.iter().skip(first).find_map(|stage| stage.operation()) {
            let (verdict, why) = self.broken_off_before(operation);
            self.end(verdict, &why, now);
            return;
        }
        if !matches!(self.state, State::Resting(_)) {
            self.state = State::Resting(Next::Read(self.watch_of_stage(now)));
        }
        self.broken_off = false;
        self.tell(Entry::Unwatched { at: now });
    }

    fn broken_off_before(&self, operation: &str) -> (Verdict, String) {
        let under_way = match self.facts.stages.get(self.stage) {
            Some(Stage::Task)
                if !self.facts.orders.get(self.facts.order_at(self.stage)).is_some_and(|o| o.done) =>
            {
                "its task goes on in AWS, "
            }
            _ => "",
        };
        if self.view.changed() {
            (Verdict::Failed, format!("broken off before {operation}; {under_way}the service is as it was"))
        } else {
            (Verdict::Refused, "broken off before anything was changed".to_owned())
        }
    }

    /// The watch that belongs to the present step.
    fn watch_of_stage(&self, now: Stamp) -> Watch {
        let stage = self.facts.stages.get(self.stage).copied().unwrap_or(Stage::Preflight);
        let topic = if stage == Stage::Task {
            let asked = self.stopped.contains(&self.stage);
            let order = self.facts.order_at(self.stage);
            Topic::Task(TaskWatch::resumed(&self.facts, order, &self.view, asked, now))
        } else {
            self.topic(stage)
        };
        Watch::new(topic, now)
    }

    fn resume(&mut self, now: Stamp) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Resting(next) => {
                self.tell(Entry::Resumed { at: now });
                let held = self.facts.lock.as_ref().is_some_and(|lock| lock.etag.is_some());
                if held && self.prelude.is_empty() && self.current() != Some(Stage::Lock) {
                    // nobody refreshed it meanwhile
                    self.prelude.push_back(Stage::Lock);
                    self.stash = Some(next);
                    self.begin_stage(now);
                } else {
                    self.go_on(next, now);
                }
            }
            // contact is back: no need to wait for the timer
            State::Reading(watch, Wait::Timer(_)) => self.ask(watch, now),
            State::Pausing(_, attempt) => self.write(attempt, now),
            other => self.state = other,
        }
    }

    fn go_on(&mut self, next: Next, now: Stamp) {
        match next {
            Next::Read(mut watch) => {
                watch.refresh(now);
                self.ask(watch, now);
            }
            Next::Write(attempt) => self.write(attempt, now),
        }
    }

    /// Reads whether a change in doubt took effect.
    fn doubt(stage: Stage, repeat: bool, now: Stamp) -> Watch {
        Watch::new(Topic::Effect(EffectWatch::new(stage, repeat)), now)
    }
    /// A line of the command on this machine.
    fn printed(&mut self, id: CallId, line: LogLine) {
        if !matches!(self.state, State::Writing(call, _) if call == id)
            || self.current() != Some(Stage::RunLocal)
        {
            return;
        }
        if self.tail.len() >= TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line.text.clone());
        self.tell(Entry::Log { line });
    }
}
