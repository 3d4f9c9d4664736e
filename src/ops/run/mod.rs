//! A run: a confirmed draft, flown step by step to a verdict.
//!
//! Whatever happens is told by journal entries first; [`RunView`] is built from these alone, so what is on
//! screen is what another process would read back. Every change is preceded by its [`Entry::Before`].

mod change;
mod take_up;

use super::facts::{Facts, Stage};
use super::plan::Draft;
use super::watch::{
    AfterTrouble, EffectWatch, Finish, OperationWatch, RolloutWatch, Seen, TaskWatch, Topic, Watch,
};
use super::{CallId, Effect, Event, TimerId};
use crate::model::{
    Answer, Authority, Entry, RunHeader, RunView, Sealed, Stamp, StepState, Trouble, TroubleKind, Verdict,
    Version,
};

/// Version of the journal's format that is written and taken up again.
const FORMAT: u32 = 1;

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
    /// The document to register, and its family; gone in a run that was taken up again.
    document: Option<(String, Sealed)>,
    /// The App Runner source to put in place; gone in a run that was taken up again.
    source: Option<Sealed>,
    authority: Authority,
    stage: usize,
    state: State,
    /// StopTask, when a task's time is over, beside the watch; with the number of attempts.
    side: Option<(CallId, u32)>,
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
        run.document = draft.document;
        run.source = draft.source;
        run.out.push(Effect::Journal(begin));
        run.remember(now);
        if run.authority.run() == &run.view.header.id {
            run.begin_stage(now);
        } else {
            run.end(Verdict::Refused, "the confirmation was given for another plan", now);
        }
        let out = run.flush();
        (run, out)
    }

    fn idle(view: RunView, facts: Facts, authority: Authority, now: Stamp) -> Self {
        Self {
            view,
            facts,
            document: None,
            source: None,
            authority,
            stage: 0,
            state: State::Over,
            side: None,
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
            Event::Printed(..) => {}
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
        matches!(self.state, State::Over | State::Resting(_)) && self.side.is_none()
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
        let before = (!facts.earlier_image.is_empty())
            .then(|| Version::of(&facts.earlier_image, facts.earlier_digest.as_deref()));
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

    fn begin_stage(&mut self, now: Stamp) {
        let Some(stage) = self.facts.stages.get(self.stage).copied() else {
            let why = self.view.steps.last().map(|s| s.detail.clone()).unwrap_or_default();
            self.end(Verdict::Succeeded, &why, now);
            return;
        };
        if self.broken_off {
            self.rest_unwatched(now);
            return;
        }
        self.step_is(StepState::Active, "", now);
        if stage.operation().is_some() {
            self.write(1, now);
            return;
        }
        let topic = match stage {
            Stage::Rollout => Topic::Rollout(RolloutWatch::default()),
            Stage::Operation => Topic::Operation(OperationWatch::default()),
            Stage::Task => Topic::Task(TaskWatch::default()),
            Stage::Scale => Topic::Scale(None),
            Stage::Stopped => Topic::Stopped,
            _ => Topic::Preflight,
        };
        self.ask(Watch::new(topic, now));
    }

    fn ask(&mut self, watch: Watch) {
        let id = CallId(self.fresh_id());
        self.out.push(Effect::Ask(id, watch.ask(&self.facts)));
        self.state = State::Reading(watch, Wait::Call(id));
    }

    fn ask_after(&mut self, watch: Watch, millis: u64) {
        let id = TimerId(self.fresh_id());
        self.out.push(Effect::Timer(id, millis));
        self.state = State::Reading(watch, Wait::Timer(id));
    }

    fn timer(&mut self, id: TimerId, now: Stamp) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Reading(watch, Wait::Timer(waited)) if waited == id => self.ask(watch),
            State::Pausing(waited, attempt) if waited == id => self.write(attempt, now),
            other => self.state = other,
        }
    }

    fn answered(&mut self, id: CallId, result: Result<Answer, Trouble>, now: Stamp) {
        let mut watch = match std::mem::replace(&mut self.state, State::Over) {
            State::Reading(watch, Wait::Call(waited)) if waited == id => watch,
            other => {
                self.state = other;
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
            Err(trouble) => match watch.trouble(&trouble, now) {
                AfterTrouble::GoOn => {
                    let pause = watch.pause(&self.facts);
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
            let Some(call) = self.send(write, now) else { return };
            self.side = Some((call, 1));
        }
        match seen.finish {
            Some(Finish::Done(detail)) => self.advance(&detail, now),
            Some(Finish::End(verdict, why)) => self.end(verdict, &why, now),
            Some(Finish::Again) => self.write(2, now),
            None => {
                self.step_is(StepState::Active, &seen.say, now);
                if seen.more {
                    self.ask(watch);
                } else {
                    let pause = watch.pause(&self.facts);
                    self.ask_after(watch, pause);
                }
            }
        }
    }

    fn advance(&mut self, detail: &str, now: Stamp) {
        self.step_is(StepState::Done, detail, now);
        self.stage += 1;
        self.begin_stage(now);
    }

    fn end(&mut self, verdict: Verdict, why: &str, now: Stamp) {
        let state = if verdict == Verdict::Succeeded { StepState::Done } else { StepState::Failed };
        if self.stage < self.view.steps.len() {
            self.step_is(state, why, now);
            for step in self.stage + 1..self.view.steps.len() {
                self.set_step(step, StepState::Skipped, "", now);
            }
        }
        self.tell(Entry::End { at: now, verdict, why: why.to_owned() });
        self.state = State::Over;
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
        };
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
        if self.view.writes.is_empty() {
            (Verdict::Refused, "broken off before anything was changed".to_owned())
        } else {
            (Verdict::Failed, format!("broken off before {operation}; the service is as it was"))
        }
    }

    /// The watch that belongs to the present step.
    fn watch_of_stage(&self, now: Stamp) -> Watch {
        let topic = match self.facts.stages.get(self.stage) {
            Some(Stage::Rollout) => Topic::Rollout(RolloutWatch::default()),
            Some(Stage::Operation) => Topic::Operation(OperationWatch::default()),
            Some(Stage::Task) => {
                let asked = self.view.writes.iter().any(|w| w.0 == "ecs:StopTask");
                Topic::Task(TaskWatch::resumed(&self.view, asked, now))
            }
            Some(Stage::Scale) => Topic::Scale(None),
            Some(Stage::Stopped) => Topic::Stopped,
            _ => Topic::Preflight,
        };
        Watch::new(topic, now)
    }

    fn resume(&mut self, now: Stamp) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Resting(next) => {
                self.tell(Entry::Resumed { at: now });
                self.go_on(next, now);
            }
            // contact is back: no need to wait for the timer
            State::Reading(watch, Wait::Timer(_)) => self.ask(watch),
            State::Pausing(_, attempt) => self.write(attempt, now),
            other => self.state = other,
        }
    }

    fn go_on(&mut self, next: Next, now: Stamp) {
        match next {
            Next::Read(mut watch) => {
                watch.refresh(now);
                self.ask(watch);
            }
            Next::Write(attempt) => self.write(attempt, now),
        }
    }

    /// Reads whether a change in doubt took effect.
    fn doubt(stage: Stage, repeat: bool, now: Stamp) -> Watch {
        Watch::new(Topic::Effect(EffectWatch::new(stage, repeat)), now)
    }
}
