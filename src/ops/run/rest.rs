//! A run that rests: contact was lost, or the operator broke the watch off.

use super::{Leave, Next, Run, Stage, State, Wait};
use crate::model::{Entry, Stamp, StepState, Verdict, stamp};
use crate::ops::watch::{TaskWatch, Topic, Watch};

impl Run {
    pub(super) fn lose(&mut self, next: Next, why: &str, now: Stamp) {
        self.tell_lock(now);
        self.tell(Entry::End { at: now, verdict: Verdict::Lost, why: why.to_owned(), for_good: false });
        self.state = State::Resting(next);
    }

    /// Says of the lock of a run that comes to rest, and may not write or may go on soon, that it is still there and for
    /// how long.
    pub(super) fn tell_lock(&mut self, now: Stamp) {
        let Some(lock) = self.facts.lock.as_ref().filter(|lock| lock.lost_to.is_none()) else { return };
        let what = match (lock.etag.is_some(), self.facts.commands_go_on()) {
            (true, true) => "still held for as long as its command may take",
            (true, false) => "still held",
            (false, _) => "it may be held",
        };
        let place = lock.place.to_string();
        let asked = self.view.writes.iter().any(|(write, on, _)| write == "s3:PutObject" && *on == place);
        let let_go = self
            .view
            .writes
            .iter()
            .any(|(write, on, result)| write == "s3:DeleteObject" && *on == place && result.is_some());
        let (true, Some(step)) = (asked && (lock.etag.is_some() || !let_go), self.unlock_step()) else {
            return;
        };
        let say = match lock.expires_at {
            Some(at) if at > now => {
                format!("{what}; it expires by itself in {}", stamp::brief(at.since(now)))
            }
            Some(_) => "it has expired since".to_owned(),
            None => format!("{what}; it expires by itself"),
        };
        self.set_step(step, StepState::Waiting, &say, now);
    }

    /// The operator breaks off. Changes that were not begun are not made any more; what AWS has begun goes on
    /// there.
    pub(super) fn break_off(&mut self, now: Stamp) {
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
                self.leave_lock(now);
                self.close_at_once(now);
            }
            State::Pausing(_, attempt) => {
                self.state = State::Resting(Next::Write(attempt));
                self.rest_unwatched(now);
            }
            State::Reading(watch, _) => {
                self.state = State::Resting(Next::Read(watch));
                if self.entering.is_some() {
                    self.tell_lock(now);
                    self.tell(Entry::Unwatched { at: now, why: String::new() });
                } else {
                    self.rest_unwatched(now);
                }
            }
        }
    }

    /// Stops watching; where changes are still to come, that is the end of the run.
    pub(super) fn rest_unwatched(&mut self, now: Stamp) {
        // a change that is in doubt may have been made, and is not to come any more
        let in_doubt = match &self.state {
            State::Resting(Next::Read(watch)) => watch.is_about_a_write(),
            State::Resting(Next::Write(_) | Next::Begin) => true,
            _ => false,
        } || matches!(&self.stash, Some(Next::Read(watch)) if watch.is_about_a_write());
        let first = self.stage + usize::from(in_doubt);
        if let Some(operation) = self.facts.stages.iter().skip(first).find_map(|stage| stage.operation()) {
            if self.facts.goes_on && self.view.changed() {
                self.leave_before(operation, now);
            } else {
                let (verdict, why) = self.broken_off_before(operation);
                self.end(verdict, &why, now);
            }
            return;
        }
        if !matches!(self.state, State::Resting(_)) {
            self.state = State::Resting(Next::Read(self.watch_of_stage(now)));
        }
        self.broken_off = false;
        // who has no leave writes nothing; and while its task goes on, nobody else's may begin beside it: the lock is left
        // to expire
        let leaves = self.facts.commands_go_on() || matches!(self.leave, Leave::Withheld(_));
        if leaves {
            self.tell_lock(now);
        }
        self.tell(Entry::Unwatched { at: now, why: String::new() });
        if !leaves {
            self.give_back(now);
        }
    }

    /// Changes are still to come, of a run that can be gone on with: how it ends is not known, and the way back in
    /// stays open. Nothing more is changed until somebody takes it up.
    fn leave_before(&mut self, operation: &str, now: Stamp) {
        let next = match std::mem::replace(&mut self.state, State::Over) {
            State::Resting(next) => next,
            _ if self.current().is_some_and(|stage| stage.operation().is_some()) => Next::Write(1),
            _ => Next::Read(self.watch_of_stage(now)),
        };
        self.broken_off = false;
        self.unchecked = true;
        let (_, why) = self.broken_off_before(operation);
        self.tell(Entry::Unwatched { at: now, why: String::new() });
        self.lose(
            next,
            &format!("no longer watched: {why}; resume it soon and it continues from there"),
            now,
        );
    }

    pub(super) fn broken_off_before(&self, operation: &str) -> (Verdict, String) {
        let under_way = match self.facts.stages.get(self.stage) {
            Some(Stage::Task)
                if !self.facts.orders.get(self.facts.order_at(self.stage)).is_some_and(|o| o.done) =>
            {
                "its task continues in AWS, "
            }
            _ => "",
        };
        if self.view.changed() {
            (Verdict::Failed, format!("interrupted before {operation}; {under_way}the service is as it was"))
        } else {
            (Verdict::Refused, "interrupted before anything was changed".to_owned())
        }
    }

    /// The watch that belongs to the present step.
    pub(super) fn watch_of_stage(&self, now: Stamp) -> Watch {
        let stage = self.facts.stages.get(self.stage).copied().unwrap_or(Stage::Preflight);
        let topic = if stage == Stage::Task {
            let asked = self.stopped.contains(&self.stage);
            let order = self.facts.order_at(self.stage);
            let only = matches!(self.leave, Leave::Withheld(_));
            Topic::Task(TaskWatch::resumed(&self.facts, order, &self.view, asked, only, now))
        } else {
            self.topic(stage)
        };
        Watch::new(topic, now)
    }

    pub(super) fn resume(&mut self, now: Stamp) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Resting(next) => {
                self.tell(Entry::Resumed { at: now, who: String::new() });
                let held = self.facts.lock.as_ref().is_some_and(|lock| lock.etag.is_some());
                let may = matches!(self.leave, Leave::Given(_)) && self.late.is_none();
                if held && may && self.prelude.is_empty() && self.current() != Some(Stage::Lock) {
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

    pub(super) fn go_on(&mut self, next: Next, now: Stamp) {
        match next {
            Next::Read(mut watch) => {
                watch.refresh(now);
                self.ask(watch, now);
            }
            Next::Write(attempt) => self.write(attempt, now),
            Next::Begin => self.begin_stage(now),
        }
    }
}
