//! The reads of a run: asked, answered, and what they tell.

use super::{Next, Run, Stage, State, Wait, side};
use crate::model::{Answer, Entry, Stamp, StepState, Trouble, TroubleKind, Verdict};
use crate::ops::watch::{AfterTrouble, Finish, Made, Seen, Watch};
use crate::ops::{CallId, Effect, TimerId};

impl Run {
    pub(super) fn ask(&mut self, mut watch: Watch, now: Stamp) {
        watch.asks(now);
        let id = CallId(self.fresh_id());
        self.out.push(Effect::Ask(id, watch.ask(&self.facts, now)));
        self.state = State::Reading(watch, Wait::Call(id));
    }

    pub(super) fn ask_after(&mut self, watch: Watch, millis: u64) {
        let id = TimerId(self.fresh_id());
        self.out.push(Effect::Timer(id, millis));
        self.state = State::Reading(watch, Wait::Timer(id));
    }

    pub(super) fn timer(&mut self, id: TimerId, now: Stamp) {
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

    pub(super) fn answered(&mut self, id: CallId, result: Result<Answer, Trouble>, now: Stamp) {
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
                why: "the response belongs to another request".to_owned(),
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
                AfterTrouble::Refused(why) => self.not_told(watch, &why, now),
                AfterTrouble::Failed(why) => self.end(Verdict::Failed, &why, now),
                AfterTrouble::Pass => self.advance("", now),
                AfterTrouble::Make => self.write(1, now),
            },
        }
    }

    /// What has to be known before the change is made is not to be found out.
    fn not_told(&mut self, watch: Watch, why: &str, now: Stamp) {
        if self.unknown().is_some() {
            let why = self.untold(why);
            self.lose(Next::Read(watch), &why, now);
            return;
        }
        let verdict = if self.view.changed() { Verdict::Failed } else { Verdict::Refused };
        self.end(verdict, &format!("the task was not started: {why}"), now);
    }

    pub(super) fn seen(&mut self, watch: Watch, seen: Seen, now: Stamp) {
        if seen.learnt {
            self.remember(now);
        }
        for line in seen.log {
            self.tell(Entry::Log { line });
        }
        if let Some(why) = seen.stop {
            self.stopped.push(self.stage);
            self.stop_task(self.stage, why, 1, now);
        }
        match seen.made {
            Some(Made::Document(place, document)) => {
                if let Some(slot) = self.documents.get_mut(place) {
                    *slot = Some(document);
                }
            }
            Some(Made::Source(source)) => self.source = Some(source),
            Some(Made::Identity(identity)) => {
                self.entered(&identity, now);
                return;
            }
            None => {}
        }
        match seen.finish {
            Some(Finish::Done(detail)) => self.advance(&detail, now),
            Some(Finish::End(verdict, why)) => self.found(verdict, why, now),
            Some(Finish::Again) => {
                // others may have changed what this run changed, or what it did not
                self.unchecked = true;
                self.write(2, now);
            }
            Some(Finish::Make) => self.write(1, now),
            Some(Finish::Rest(why)) => self.lose(Next::Read(watch), &why, now),
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
    pub(super) fn found(&mut self, verdict: Verdict, why: String, now: Stamp) {
        match self.prelude.front() {
            Some(Stage::Lock) if matches!(verdict, Verdict::Refused | Verdict::Superseded) => {
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
}
