//! Watching what AWS does with a change: one machine for all sorts, with its pace, its patience and its
//! way with trouble. What an answer means is told by the topic.

mod after_trouble;
mod beside;
mod effect;
mod elapsed;
mod evidence;
mod find;
mod lock;
mod numbers;
mod operation;
mod process;
mod rebuild;
mod rollout;
mod seen;
mod simple;
mod task;
mod verify;
mod words;

use super::facts::{Facts, Stage};
use crate::model::{Answer, Ask, Stamp, Trouble, TroubleKind, Verdict, process::Process};
pub(super) use after_trouble::AfterTrouble;
use after_trouble::LOST_AFTER;
pub(super) use beside::{UNTOLD, begun, is_unlisted, other};
pub(super) use effect::EffectWatch;
pub(super) use elapsed::Elapsed;
pub(super) use find::FindWatch;
pub(super) use numbers::{asks, unread};
pub(super) use operation::OperationWatch;
pub(super) use process::BEGUN_HERE;
pub(super) use rollout::RolloutWatch;
pub(super) use seen::Made;
pub(super) use seen::Stop;
pub(super) use seen::{Finish, LATE_MS, Seen};
pub(super) use task::{TaskWatch, stop};
pub(super) use verify::{METRICS, VerifyWatch};
pub(super) use words::{InFlight, duration, gone, hook_name, in_flight, label};

/// Milliseconds of nothing but trouble after which contact is lost.
pub(super) const LOST_AFTER_MS: i64 = 120_000;

/// Milliseconds after which an answer about the lock is too old to change anything by.
const FRESH_MS: i64 = 15_000;

/// Reads in a row that it is read again for that. An answer that always takes so long is gone by: what it tells counts from
/// when it was asked for.
const AGAIN: u32 = 3;

/// Polls without progress that it takes to be stuck, besides the time: a process that was stopped for a while has
/// not watched.
const QUIET_POLLS: u32 = 2;

/// The longest pause between two polls, milliseconds.
const PAUSE_MAX: u64 = 10_000;

/// The longest pause between two attempts after trouble, milliseconds.
const BACKOFF_MAX: u64 = 30_000;

/// What is watched.
#[derive(Debug, Clone)]
pub(super) enum Topic {
    /// Who is calling: what the gate wants to know of whoever takes a run up.
    Gate,
    /// A task that may have been started.
    Find(FindWatch),
    /// Tasks of other runs beside that of this command.
    Alone(usize),
    /// A command on this machine that another process began.
    Process(Process),
    /// Nothing changed since the plan.
    Preflight,
    /// Whether a change whose answer was lost took effect.
    Effect(EffectWatch),
    /// A rollout of ECS.
    Rollout(RolloutWatch),
    /// An operation of App Runner.
    Operation(OperationWatch),
    /// A task run to its exit code.
    Task(TaskWatch),
    /// The number of tasks; holds the least distance from the wanted number so far.
    Scale(Option<u32>),
    /// A task being stopped.
    Stopped,
    /// The team's lock.
    Lock,
    /// What the change of this stage sends, at this place among those of its sort, is to be made again.
    Rebuild(Stage, usize),
    /// The window after a deploy.
    Verify(VerifyWatch),
    /// It is still this run's revision that is set.
    Look,
}

/// A watch under way.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    topic: Box<Topic>,
    began: Stamp,
    time: Elapsed,
    mark: String,
    progress_at: Stamp,
    trouble_since: Option<Stamp>,
    failures: u32,
    quiet: u32,
    /// When its present read was asked for, and how often an answer was too old to go by.
    asked: Stamp,
    old: u32,
}

impl Watch {
    /// Begins to watch.
    pub(super) fn new(topic: Topic, now: Stamp) -> Self {
        Self {
            topic: Box::new(topic),
            began: now,
            time: Elapsed::after(0, now),
            mark: String::new(),
            progress_at: now,
            trouble_since: None,
            failures: 0,
            quiet: 0,
            asked: now,
            old: 0,
        }
    }

    /// Its next read is asked for now: what its answer tells was so then.
    pub(super) fn asks(&mut self, now: Stamp) {
        self.asked = now;
    }

    /// Whether an answer about the lock lay so long, while this process was stopped or this machine slept, that it is read
    /// again.
    fn is_too_old(&mut self, now: Stamp) -> bool {
        let old = matches!(*self.topic, Topic::Lock) && now.since(self.asked) > FRESH_MS && self.old < AGAIN;
        self.old = if old { self.old + 1 } else { 0 };
        old
    }

    /// Begins anew after a time of not watching: what went on meanwhile is neither progress nor trouble.
    pub(super) fn refresh(&mut self, now: Stamp) {
        self.time.resume(now);
        self.progress_at = now;
        self.trouble_since = None;
        self.failures = 0;
        self.quiet = 0;
    }

    /// Whether this is about a change whose answer was lost, and not about what came of it.
    pub(super) fn is_about_a_write(&self) -> bool {
        matches!(*self.topic, Topic::Effect(_) | Topic::Find(_) | Topic::Process(_))
    }

    /// The next read.
    pub(super) fn ask(&self, facts: &Facts, now: Stamp) -> Ask {
        match &*self.topic {
            Topic::Preflight | Topic::Look | Topic::Effect(_) => Ask::Detail(facts.key.clone()),
            Topic::Gate => Ask::Identity,
            Topic::Find(watch) => watch.ask(facts),
            Topic::Alone(order) => beside::ask(facts, *order),
            Topic::Process(process) => Ask::Process(process.clone()),
            Topic::Lock => lock::ask(facts).unwrap_or_else(|| Ask::Detail(facts.key.clone())),
            Topic::Rebuild(stage, place) => rebuild::ask(facts, *stage, *place),
            Topic::Verify(watch) => watch.ask(facts, now),
            Topic::Rollout(watch) => watch.ask(facts),
            Topic::Operation(watch) => watch.ask(facts),
            Topic::Task(watch) => watch.ask(facts),
            Topic::Scale(_) => Ask::Rows(vec![facts.key.clone()]),
            Topic::Stopped => simple::task_ask(facts),
        }
    }

    /// Takes an answer in. `None` when it is not the answer that was asked for.
    pub(super) fn answer(&mut self, facts: &mut Facts, answer: &Answer, now: Stamp) -> Option<Seen> {
        if self.is_too_old(now) {
            return Some(Seen {
                more: true,
                ..Seen::say("the answer about the lock is old; reading it again")
            });
        }
        let mut seen = match &mut *self.topic {
            Topic::Gate => rebuild::identity(answer),
            Topic::Find(watch) => watch.take(facts, answer, self.began, now),
            Topic::Alone(order) => beside::take(facts, *order, answer, now),
            Topic::Process(process) => process::take(facts, process, answer),
            Topic::Preflight => simple::preflight(facts, answer),
            Topic::Look => simple::look(facts, answer),
            Topic::Lock => lock::take(facts, answer, self.asked, now),
            Topic::Rebuild(stage, place) => rebuild::take(facts, *stage, *place, answer),
            Topic::Verify(watch) => watch.take(facts, answer, now),
            Topic::Effect(watch) => watch.take(facts, answer),
            Topic::Rollout(watch) => watch.take(facts, answer, now),
            Topic::Operation(watch) => watch.take(facts, answer, now),
            Topic::Task(watch) => watch.take(facts, answer, self.time.ms(), now),
            Topic::Scale(least) => simple::scale(least, facts, answer, now.since(self.began) < LATE_MS),
            Topic::Stopped => simple::stopped(answer),
        }?;
        self.trouble_since = None;
        self.failures = 0;
        if seen.mark.is_empty() || seen.mark == self.mark {
            self.quiet = self.quiet.saturating_add(1);
        } else {
            self.mark = std::mem::take(&mut seen.mark);
            self.progress_at = now;
            self.quiet = 0;
        }
        if seen.finish.is_none() && !seen.more {
            seen.finish = self.stuck(facts, &seen, now);
        }
        Some(seen)
    }

    /// Something was heard: a clock that jumped since then is neither a standstill nor lost contact.
    pub(super) fn look(&mut self, now: Stamp) {
        let jump = self.time.look(now);
        self.progress_at = self.progress_at.plus(jump);
        self.trouble_since = self.trouble_since.map(|since| since.plus(jump));
    }

    /// Takes a failed read in.
    pub(super) fn trouble(&mut self, facts: &Facts, trouble: &Trouble, now: Stamp) -> AfterTrouble {
        if let Topic::Find(watch) = &mut *self.topic
            && is_unlisted(trouble)
        {
            return watch.unlisted(trouble);
        }
        if matches!(*self.topic, Topic::Alone(_))
            && let Some(after) = beside::unread(facts, trouble, self.failures.saturating_add(1))
        {
            return after;
        }
        let expected = match &mut *self.topic {
            Topic::Verify(watch) => watch.expects(facts, trouble),
            Topic::Rollout(watch) => watch.expects(trouble),
            Topic::Task(watch) => watch.expects(trouble),
            _ => false,
        };
        if expected {
            return AfterTrouble::GoOn;
        }
        let since = *self.trouble_since.get_or_insert(now);
        self.failures = self.failures.saturating_add(1);
        let hopeless = matches!(
            trouble.kind,
            TroubleKind::NoCredentials
                | TroubleKind::Expired
                | TroubleKind::Denied
                | TroubleKind::WrongAccount
        );
        if hopeless || (now.since(since) >= LOST_AFTER_MS && self.failures >= LOST_AFTER) {
            return AfterTrouble::Lost(format!("contact lost: {trouble}"));
        }
        let pause = backoff(self.failures);
        AfterTrouble::Wait(pause, format!("{}, trying again: {trouble}", trouble.word()))
    }

    /// Milliseconds until the next poll: the configured pace while things move, slower by and by while they
    /// do not.
    pub(super) fn pause(&self, facts: &Facts, now: Stamp) -> u64 {
        if matches!(*self.topic, Topic::Verify(_)) {
            return VerifyWatch::pause(facts, now);
        }
        let base = facts.poll_ms.max(100);
        let factor = 10 + u64::from(self.quiet.saturating_sub(8).min(40));
        (base.saturating_mul(factor) / 10).min(PAUSE_MAX.max(base))
    }

    fn stuck(&self, facts: &Facts, seen: &Seen, now: Stamp) -> Option<Finish> {
        if !matches!(
            *self.topic,
            Topic::Rollout(_) | Topic::Operation(_) | Topic::Scale(_) | Topic::Stopped | Topic::Look
        ) {
            return None;
        }
        // somebody is asked, and AWS decides by itself in the end
        if seen.until.is_some_and(|until| now < until) {
            return None;
        }
        let patience =
            facts.stuck_after_ms.saturating_mul(seen.patience.max(1)).saturating_add(seen.waits_ms);
        let quiet = now.since(self.progress_at);
        if quiet < i64::try_from(patience).unwrap_or(i64::MAX) || self.quiet < QUIET_POLLS {
            return None;
        }
        let mut why = format!("no progress for {}", crate::model::stamp::precise(quiet));
        if !seen.say.is_empty() {
            why.push_str(": ");
            why.push_str(&seen.say);
        }
        why.push_str("; AWS may continue by itself");
        Some(Finish::End(Verdict::Stuck, why))
    }
}

/// Milliseconds to wait after so many failures in a row.
pub(super) fn backoff(failures: u32) -> u64 {
    1_000_u64.saturating_mul(1 << failures.min(6)).min(BACKOFF_MAX)
}
