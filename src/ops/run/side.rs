//! Changes beside the steps: a task whose time is over is stopped, the lock is refreshed, the record is written.
//! None of them decides a run.

use super::beside::{Job, Side};
use super::{CallId, Run, Stage, State};
use crate::model::{Stamp, StepState, Trouble, Write, Written, write::PutWhen};
use crate::ops::facts::LockFacts;
use crate::ops::watch::{Stop, stop};
use crate::ops::{Effect, LockRecord, TimerId, record};

/// Attempts at stopping a task whose time is over.
const ATTEMPTS: u32 = 3;

/// Parts of its time after which a lock is refreshed, and after which that is tried again.
const REFRESH: (u64, u64) = (3, 12);

impl Run {
    /// Sends a change beside the steps.
    pub(super) fn aside(&mut self, write: Write, job: Job, attempt: u32, now: Stamp) {
        let step = match job {
            Job::Stop(step, _) => Some(step),
            Job::Refresh | Job::Record | Job::GiveBack => None,
        };
        if let Ok(call) = self.try_send(write, step, now) {
            self.sides.push(Side { call, job, attempt });
        }
    }

    /// Stops the task of a step.
    pub(super) fn stop_task(&mut self, step: usize, why: Stop, attempt: u32, now: Stamp) {
        if let Some(write) = stop(&self.facts, self.facts.order_at(step), why) {
            self.aside(write, Job::Stop(step, why), attempt, now);
        }
    }

    /// Takes the answer to such a change in; false where it is none.
    pub(super) fn aside_written(
        &mut self,
        id: CallId,
        result: &Result<Written, Trouble>,
        now: Stamp,
    ) -> bool {
        let Some(place) = self.sides.iter().position(|side| side.call == id) else { return false };
        let side = self.sides.swap_remove(place);
        match side.job {
            Job::Stop(step, why) => {
                self.take_down("ecs:StopTask", Some(step), result, now);
                // a task that only goes on beside its end is still to be stopped when the run has gone on
                let again = side.attempt < ATTEMPTS
                    && (why == Stop::Ended || matches!(self.state, State::Reading(..)))
                    && result.as_ref().is_err_and(Trouble::loses_contact);
                if again {
                    self.stop_task(step, why, side.attempt + 1, now);
                }
            }
            Job::Refresh => {
                self.take_down("s3:PutObject", None, result, now);
                self.refreshed(result, now);
            }
            Job::Record => {
                self.take_down("s3:PutObject", None, result, now);
                self.recorded(result, side.attempt, now);
            }
            Job::GiveBack => {
                self.take_down("s3:DeleteObject", None, result, now);
                self.given_back(result, now);
            }
        }
        self.close_side(now);
        true
    }

    /// Puts the time on the log of the run: the timer after which the lock is refreshed.
    pub(super) fn watch_lock(&mut self, part: u64) {
        let Some(lock) = &self.facts.lock else { return };
        let pause = (lock.ttl_ms / part).max(1_000);
        let timer = TimerId(self.fresh_id());
        self.refresh = Some(timer);
        self.out.push(Effect::Timer(timer, pause));
    }

    /// The lock is held: it is going to be refreshed, and the run is recorded where it is not yet.
    pub(super) fn locked(&mut self, now: Stamp) {
        if let Some(lock) = &mut self.facts.lock {
            lock.tries = 0;
        }
        self.watch_lock(REFRESH.0);
        self.record_begin(1, now);
    }

    /// The change that writes the lock over what is there.
    pub(super) fn lock_write(&mut self, over: Option<String>, now: Stamp) -> Option<Write> {
        let header = &self.view.header;
        let ttl = self.facts.lock_ms();
        let lasts = i64::try_from(ttl).unwrap_or(i64::MAX);
        let lock = self.facts.lock.as_mut()?;
        let (holder, host) = header.who.rsplit_once('@').unwrap_or((&header.who, ""));
        let taken_at = *lock.taken_at.get_or_insert(now);
        let expires_at = now.plus(lasts);
        let body = serde_json::to_string(&LockRecord {
            holder: holder.to_owned(),
            host: host.to_owned(),
            run: header.id.0.as_ref().to_owned(),
            title: header.title.clone(),
            at: taken_at,
            expires_at,
            format: record::FORMAT,
            ttl_ms: Some(ttl),
        })
        .ok()?;
        // what counts is when it was asked for, not when it was answered
        lock.expires_at = Some(expires_at);
        let when = over.map_or(PutWhen::Absent, PutWhen::Same);
        Some(Write::PutObject { place: lock.place.clone(), body, when })
    }

    /// The lock's timer.
    pub(super) fn refresh_lock(&mut self, now: Stamp) {
        self.refresh = None;
        let lives = matches!(self.state, State::Reading(..) | State::Writing(..) | State::Pausing(..));
        let Some(etag) = self.facts.lock.as_ref().and_then(|lock| lock.etag.clone()).filter(|_| lives) else {
            return;
        };
        if self.current() == Some(Stage::Lock) {
            self.watch_lock(REFRESH.1);
            return;
        }
        let expires = self.facts.lock.as_ref().and_then(|lock| lock.expires_at);
        let write = self.lock_write(Some(etag), now);
        let refreshed = self.facts.lock.as_ref().and_then(|lock| lock.expires_at);
        // as long as it is not written, the time before counts
        if let Some(lock) = &mut self.facts.lock {
            lock.expires_at = expires;
        }
        if let Some(write) = write {
            self.refreshed_until = refreshed;
            self.aside(write, Job::Refresh, 1, now);
        }
    }

    fn refreshed(&mut self, result: &Result<Written, Trouble>, now: Stamp) {
        if matches!(self.state, State::Over | State::Resting(_) | State::Closing(_)) {
            return;
        }
        let until = self.refreshed_until;
        let Some(lock) = &mut self.facts.lock else { return };
        match result {
            Ok(Written::Object { etag }) => {
                lock.etag = Some(etag.clone());
                lock.expires_at = until;
                // whoever takes the run up says until when it is held
                self.remember(now);
                self.watch_lock(REFRESH.0);
            }
            Ok(_) => {
                // whose it is now is read before anything else is changed
                lock.doubted = true;
                self.remember(now);
            }
            Err(_) => self.watch_lock(REFRESH.1),
        }
    }
}

impl Run {
    /// Lets go of the lock of a run that nobody watches any more: it would only keep others out until it expires. A
    /// change that is still to come takes it anew.
    pub(super) fn give_back(&mut self, now: Stamp) {
        let held = self.facts.lock.as_ref().and_then(|lock| Some((lock.place.clone(), lock.etag.clone()?)));
        if let Some((place, etag)) = held {
            self.aside(Write::DeleteObject { place, etag }, Job::GiveBack, 1, now);
        }
    }

    fn given_back(&mut self, result: &Result<Written, Trouble>, now: Stamp) {
        if !matches!(self.state, State::Resting(_)) {
            return;
        }
        let Some(lock) = &mut self.facts.lock else { return };
        let (state, say) = match result {
            Ok(Written::Done) => {
                lock.etag = None;
                lock.taken_at = None;
                lock.expires_at = None;
                (StepState::Done, "released, since nobody is watching".to_owned())
            }
            Ok(_) => {
                lock.doubted = true;
                (StepState::Failed, "not released: it was written over".to_owned())
            }
            Err(trouble) => (StepState::Failed, format!("not released: {trouble}")),
        };
        self.remember(now);
        if let Some(step) = self.unlock_step() {
            self.set_step(step, state, &say, now);
        }
    }
}

/// The lock is somebody else's now.
pub(super) fn lost(lock: &mut LockFacts, why: &str) {
    lock.etag = None;
    lock.lost_to = Some(why.to_owned());
}
