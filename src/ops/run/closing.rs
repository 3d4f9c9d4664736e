//! The end of a run: the lock is let go of and the record is written, then the verdict is told. Neither changes it.

use super::beside::Close;
use super::{CallId, Run, Stage, State};
use crate::model::{
    Answer, Ask, Entry, Stamp, StepState, Trouble, Verdict, Write, Written, object::Object, stamp,
};
use crate::ops::facts::{Closing, Goal};
use crate::ops::{Effect, LockRecord, RunRecord};

/// What is said of a new revision of which no task runs.
const UNVERIFIED: &str = "the desired count is 0, so none of it runs, and whether it works was not verified";

impl Run {
    /// Ends the run for good.
    pub(super) fn end(&mut self, verdict: Verdict, why: &str, now: Stamp) {
        if matches!(self.state, State::Closing(_)) {
            return;
        }
        let (verdict, why) = self.in_full(verdict, why);
        self.prelude.clear();
        self.stash = None;
        // on disk before a step is told to have failed: a process that takes the run up must not go on behind it
        self.facts.closing = Some(Closing { verdict, why });
        self.remember(now);
        self.close(now);
    }

    /// Tells of the steps that are left, once the verdict is known.
    fn close_steps(&mut self, now: Stamp) {
        let Some(Closing { verdict, why }) = self.facts.closing.clone() else { return };
        let last = self.unlock_step().unwrap_or(self.view.steps.len());
        if self.stage < last {
            let state = if verdict.in_place() { StepState::Done } else { StepState::Failed };
            self.step_is(state, &why, now);
            for step in self.stage + 1..last {
                self.set_step(step, StepState::Skipped, "", now);
            }
        }
    }

    pub(super) fn unlock_step(&self) -> Option<usize> {
        self.facts.stages.iter().position(|stage| *stage == Stage::Unlock)
    }

    fn tell_end(&mut self, verdict: Verdict, why: &str, now: Stamp) {
        let for_good = verdict == Verdict::Lost;
        self.tell(Entry::End { at: now, verdict, why: why.to_owned(), for_good });
        self.state = State::Over;
    }

    /// Begins to close; once more where the process died meanwhile.
    pub(super) fn close(&mut self, now: Stamp) {
        self.close_steps(now);
        if self.facts.lock.is_none() {
            self.close_at_once(now);
            return;
        }
        let place = self.facts.lock.as_ref().map(|lock| lock.place.clone());
        let (Some(place), Some(step)) = (place, self.unlock_step()) else {
            self.close_record(now);
            return;
        };
        let asked = self
            .view
            .writes
            .iter()
            .any(|(write, target, _)| write == "s3:PutObject" && *target == place.to_string());
        if !asked {
            self.set_step(step, StepState::Skipped, "it was not taken", now);
            self.close_record(now);
            return;
        }
        if self.facts.commands_go_on() {
            // nobody else's command may begin beside it: the lock outlives the run, and expires by itself
            self.keep_lock(step, now);
            self.close_record(now);
            return;
        }
        self.set_step(step, StepState::Active, "", now);
        let id = CallId(self.fresh_id());
        self.out.push(Effect::Ask(id, Ask::Object { place }));
        self.state = State::Closing(Close::Read(id));
    }

    /// Takes the answer to a read in while the run is closing.
    pub(super) fn close_answered(&mut self, id: CallId, result: &Result<Answer, Trouble>, now: Stamp) {
        if !matches!(self.state, State::Closing(Close::Read(call)) if call == id) {
            return;
        }
        match result {
            Ok(Answer::Object(Some(object))) => self.close_lock(object, now),
            Ok(Answer::Object(None)) => self.unlocked(StepState::Done, "it was gone already", now),
            Ok(_) => self.kept("what is there could not be read", now),
            Err(trouble) => self.kept(&trouble.to_string(), now),
        }
    }

    fn close_lock(&mut self, object: &Object, now: Stamp) {
        let ours = LockRecord::read(object, now).filter(|record| record.run == *self.view.header.id.0);
        let place = self.facts.lock.as_ref().map(|lock| lock.place.clone());
        let (Some(_), Some(place)) = (ours, place) else {
            let who =
                LockRecord::read(object, now).map_or_else(|| "somebody".to_owned(), |record| record.holder);
            self.unlocked(StepState::Done, &format!("{who} has it by now; it is left alone"), now);
            return;
        };
        match self.try_send(Write::DeleteObject { place, etag: object.etag.clone() }, None, now) {
            Ok(call) => self.state = State::Closing(Close::Delete(call)),
            Err(refusal) => self.kept(&refusal.to_string(), now),
        }
    }

    /// Says of the lock of a run whose command may still run that it is left where it is.
    fn keep_lock(&mut self, step: usize, now: Stamp) {
        let lock = self.facts.lock.as_ref();
        let (state, say) = if let Some(why) = lock.and_then(|lock| lock.lost_to.clone()) {
            (StepState::Skipped, why)
        } else {
            let until = lock.and_then(|lock| lock.expires_at).filter(|at| *at > now);
            let until = until.map_or_else(String::new, |at| format!(" in {}", stamp::brief(at.since(now))));
            let say = format!("not released: the command may still be running; it expires by itself{until}");
            (StepState::Failed, say)
        };
        self.set_step(step, state, &say, now);
    }

    /// The lock could not be let go of.
    fn kept(&mut self, why: &str, now: Stamp) {
        let until = self.facts.lock.as_ref().and_then(|lock| lock.expires_at);
        let until = until.map_or_else(String::new, |at| {
            format!("; it expires by itself in {}", stamp::brief(at.since(now)))
        });
        self.unlocked(StepState::Failed, &format!("not released: {why}{until}"), now);
    }

    /// Nobody waits until the lock is let go of.
    pub(super) fn leave_lock(&mut self, now: Stamp) {
        let Some(step) = self.unlock_step() else { return };
        if self.view.steps.get(step).is_some_and(|told| told.state == StepState::Active) {
            let say = "not waited for; if it was not released, it expires by itself";
            self.set_step(step, StepState::Failed, say, now);
        }
    }

    fn unlocked(&mut self, state: StepState, say: &str, now: Stamp) {
        if let Some(step) = self.unlock_step() {
            self.set_step(step, state, say, now);
        }
        self.close_record(now);
    }

    /// Takes the answer to a change in while the run is closing; false where it is another's.
    pub(super) fn close_written(
        &mut self,
        id: CallId,
        result: &Result<Written, Trouble>,
        now: Stamp,
    ) -> bool {
        match self.state {
            State::Closing(Close::Delete(call)) if call == id => {
                self.take_down("s3:DeleteObject", None, result, now);
                match result {
                    Ok(Written::Unmet) => {
                        self.unlocked(StepState::Done, "somebody has it by now; it is left alone", now);
                    }
                    Ok(_) => self.unlocked(StepState::Done, "released", now),
                    Err(trouble) => self.kept(&trouble.to_string(), now),
                }
            }
            State::Closing(Close::Record(call)) if call == id => {
                self.take_down("s3:PutObject", None, result, now);
                if let Err(trouble) = result {
                    let say = format!("the run's record was not written: {}", trouble.why);
                    self.add_to_last(&say, now);
                }
                self.closed(now);
            }
            _ => return false,
        }
        true
    }

    fn add_to_last(&mut self, say: &str, now: Stamp) {
        let step = self.unlock_step().unwrap_or(self.view.steps.len().saturating_sub(1));
        let Some((state, detail)) = self.view.steps.get(step).map(|s| (s.state, s.detail.clone())) else {
            return;
        };
        let joined = if detail.is_empty() { say.to_owned() } else { format!("{detail}; {say}") };
        self.set_step(step, state, &joined, now);
    }

    /// Something beside the steps was answered.
    pub(super) fn close_side(&mut self, now: Stamp) {
        match self.state {
            State::Closing(Close::Earlier) => self.close_record(now),
            State::Closing(Close::Sides) => self.closed(now),
            _ => {}
        }
    }

    fn close_record(&mut self, now: Stamp) {
        if self.sides.iter().any(|side| side.job == super::beside::Job::Record) {
            self.state = State::Closing(Close::Earlier);
            return;
        }
        let Some(closing) = self.facts.closing.clone() else { return };
        if self.recorded == super::beside::Recorded::Elsewhere {
            // the record is of whoever applied the plan
            self.closed(now);
            return;
        }
        let mut view = self.view.clone();
        view.apply(&Entry::End {
            at: now,
            verdict: closing.verdict,
            why: closing.why,
            for_good: closing.verdict == Verdict::Lost,
        });
        let sent = self.record(&RunRecord::of(&view)).and_then(|write| self.try_send(write, None, now).ok());
        match sent {
            Some(call) => self.state = State::Closing(Close::Record(call)),
            None => self.closed(now),
        }
    }

    /// Tells the verdict, once nothing is to be waited for any more.
    fn closed(&mut self, now: Stamp) {
        if self.sides.is_empty() {
            self.close_at_once(now);
        } else {
            self.state = State::Closing(Close::Sides);
        }
    }

    /// Tells the verdict without waiting for anything.
    pub(super) fn close_at_once(&mut self, now: Stamp) {
        if let Some(Closing { verdict, why }) = self.facts.closing.clone() {
            self.tell_end(verdict, &why, now);
        }
    }

    /// The verdict and its reason, with what else one has to know.
    fn in_full(&self, verdict: Verdict, why: &str) -> (Verdict, String) {
        let facts = &self.facts;
        let mut text = why.to_owned();
        let mut verdict = verdict;
        if let Some(back) = &facts.back {
            let failed = &back.why;
            (verdict, text) = match verdict {
                Verdict::Succeeded => (Verdict::RolledBack, format!("{failed}; {} is back", facts.label)),
                Verdict::Superseded | Verdict::Stuck | Verdict::Lost | Verdict::Unverified => {
                    (verdict, format!("{failed}; {why}"))
                }
                Verdict::RolledBack => {
                    (Verdict::Failed, format!("{failed}; {} did not come back: {why}", facts.label))
                }
                Verdict::Failed | Verdict::Refused => {
                    (Verdict::Failed, format!("{failed}; {} was not put back: {why}", facts.label))
                }
            };
        }
        if verdict.in_place() {
            return (verdict, text);
        }
        let here = facts.stages.get(self.stage);
        let rest = facts.stages.get(self.stage..).unwrap_or_default();
        if facts.migrated() {
            text.push_str("; what the migration did stays");
            if let Some(undo) = &facts.undo {
                text = format!("{text}, and is taken back by `{undo}` if that is wanted");
            }
        } else if matches!(here, Some(Stage::Task | Stage::RunLocal)) && rest.iter().any(|s| s.deploys()) {
            text.push_str("; nothing was deployed");
        }
        let held = facts.lock.as_ref().is_some_and(|lock| lock.etag.is_some());
        if held && facts.commands_go_on() {
            text.push_str("; the lock is kept, since the command may still be running");
        }
        if let Some(tag) = self.tag_told().filter(|told| !text.contains(told.as_str())) {
            text = format!("{text}; {tag}");
        }
        (verdict, text)
    }

    /// What a tag names that was moved and not moved back; nothing where it is where it was.
    fn tag_told(&self) -> Option<String> {
        let order = self.facts.tag.as_ref()?;
        if let Some(unknown) = self.unknown().filter(|_| order.doubted) {
            return Some(unknown);
        }
        let done = self.facts.stages.iter().zip(&self.view.steps);
        let moves = done.filter(|(stage, step)| **stage == Stage::TagImage && step.state == StepState::Done);
        // there, and back
        (moves.count() == 1).then(|| format!("the tag {} stays moved", order.tag))
    }

    /// The end of a run that went through all its steps, and why: what was put in place, and what its window showed.
    /// Where nothing was to run, that it is in place is no evidence that it works.
    pub(super) fn well(&self) -> (Verdict, String) {
        let deploys = self.facts.stages.contains(&Stage::Rollout) && self.facts.goal != Goal::Halted;
        if deploys && self.facts.idle && self.facts.back.is_none() {
            return (Verdict::Unverified, format!("{}; {UNVERIFIED}", self.went()));
        }
        (Verdict::Succeeded, self.went())
    }

    fn went(&self) -> String {
        let told = |wanted: &[Stage]| -> Vec<&str> {
            let stages = self.facts.stages.iter().zip(&self.view.steps);
            stages.filter(|(stage, _)| wanted.contains(stage)).map(|(_, step)| step.detail.as_str()).collect()
        };
        let deployed = told(&[Stage::Rollout, Stage::Operation, Stage::Verify]);
        if !deployed.is_empty() {
            return deployed.join("; ");
        }
        let last =
            self.facts.stages.iter().zip(&self.view.steps).rfind(|(stage, _)| **stage != Stage::Unlock);
        last.map(|(_, step)| step.detail.clone()).unwrap_or_default()
    }
}
