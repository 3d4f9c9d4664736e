//! Watching what AWS does with a change: one machine for all sorts, with its pace, its patience and its
//! way with trouble. What an answer means is told by the topic.

mod effect;
mod evidence;
mod find;
mod lock;
mod numbers;
mod operation;
mod rebuild;
mod rollout;
mod simple;
mod task;
mod verify;
mod words;

use super::facts::{Facts, Stage};
use crate::model::{Answer, Ask, LogLine, Stamp, Trouble, TroubleKind, Verdict};
pub(super) use effect::EffectWatch;
pub(super) use find::FindWatch;
pub(super) use numbers::{asks, unread};
pub(super) use operation::OperationWatch;
pub(super) use rebuild::Made;
pub(super) use rollout::RolloutWatch;
pub(super) use task::{Stop, TaskWatch, stop};
pub(super) use verify::{METRICS, VerifyWatch};
pub(super) use words::{InFlight, duration, gone, hook_name, in_flight, label};

/// Milliseconds of nothing but trouble after which contact is lost.
pub(super) const LOST_AFTER_MS: i64 = 120_000;

/// Failures in a row that it takes besides: one slow answer after a pause is no lost contact.
const LOST_AFTER: u32 = 5;

/// Polls without progress that it takes to be stuck, besides the time: a process that was stopped for a while has
/// not watched.
const QUIET_POLLS: u32 = 2;

/// The longest pause between two polls, milliseconds.
const PAUSE_MAX: u64 = 10_000;

/// The longest pause between two attempts after trouble, milliseconds.
const BACKOFF_MAX: u64 = 30_000;

/// For so many milliseconds after a change a read may still tell what was before it: AWS's reads are consistent
/// eventually, and no sooner is promised.
pub(super) const LATE_MS: i64 = 20_000;

/// How a step ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finish {
    /// Done; the run goes on with its next step, or has succeeded.
    Done(String),
    /// The run ends here.
    End(Verdict, String),
    /// The change did not take effect and is to be made again.
    Again,
    /// What the change needs is known now: it is to be made.
    Make,
    /// The new version is not what was asked for: the earlier one is to be put back. Holds why.
    Back(String),
}

/// What an answer told.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// A clause for the step.
    pub(super) say: String,
    /// Changes with every progress and only then.
    pub(super) mark: String,
    /// How much longer than otherwise AWS may take here by itself, as in a bake time; 0 as 1.
    pub(super) patience: u64,
    /// Milliseconds for which AWS waits here on purpose, on top of that.
    pub(super) waits_ms: u64,
    /// Until when AWS waits for somebody's decision.
    pub(super) until: Option<Stamp>,
    /// How it ended.
    pub(super) finish: Option<Finish>,
    /// Ask the next thing at once.
    pub(super) more: bool,
    /// New log lines.
    pub(super) log: Vec<LogLine>,
    /// The facts changed.
    pub(super) learnt: bool,
    /// A task to be stopped besides, and why.
    pub(super) stop: Option<Stop>,
    /// What a change needs and no journal keeps.
    pub(super) made: Option<Made>,
}

impl Seen {
    /// Nothing but a clause.
    pub(super) fn say(text: impl Into<String>) -> Self {
        Self { say: text.into(), ..Self::default() }
    }

    /// The end of the step.
    pub(super) fn finish(finish: Finish) -> Self {
        Self { finish: Some(finish), ..Self::default() }
    }

    /// The end of the run.
    pub(super) fn end(verdict: Verdict, why: impl Into<String>) -> Self {
        Self::finish(Finish::End(verdict, why.into()))
    }
}

/// What is watched.
#[derive(Debug, Clone)]
pub(super) enum Topic {
    /// Who is calling: what the gate wants to know of whoever takes a run up.
    Gate,
    /// A task that may have been started.
    Find(FindWatch),
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

/// What to do after trouble.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AfterTrouble {
    /// Try again after so many milliseconds; the clause is for the step.
    Wait(u64, String),
    /// Go on as if nothing had happened.
    GoOn,
    /// Contact is lost.
    Lost(String),
    /// It cannot be found out: the change is to be made as if it was not begun.
    Make,
}

/// A watch under way.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    topic: Box<Topic>,
    began: Stamp,
    mark: String,
    progress_at: Stamp,
    trouble_since: Option<Stamp>,
    failures: u32,
    quiet: u32,
}

impl Watch {
    /// Begins to watch.
    pub(super) fn new(topic: Topic, now: Stamp) -> Self {
        Self {
            topic: Box::new(topic),
            began: now,
            mark: String::new(),
            progress_at: now,
            trouble_since: None,
            failures: 0,
            quiet: 0,
        }
    }

    /// Begins anew after a time of not watching: what went on meanwhile is neither progress nor trouble.
    pub(super) fn refresh(&mut self, now: Stamp) {
        self.progress_at = now;
        self.trouble_since = None;
        self.failures = 0;
        self.quiet = 0;
    }

    /// Whether this is about a change whose answer was lost, and not about what came of it.
    pub(super) fn is_about_a_write(&self) -> bool {
        matches!(*self.topic, Topic::Effect(_) | Topic::Find(_))
    }

    /// The next read.
    pub(super) fn ask(&self, facts: &Facts, now: Stamp) -> Ask {
        match &*self.topic {
            Topic::Preflight | Topic::Look | Topic::Effect(_) => Ask::Detail(facts.key.clone()),
            Topic::Gate => Ask::Identity,
            Topic::Find(watch) => watch.ask(facts),
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
        let mut seen = match &mut *self.topic {
            Topic::Gate => rebuild::identity(answer),
            Topic::Find(watch) => watch.take(facts, answer, self.began, now),
            Topic::Preflight => simple::preflight(facts, answer),
            Topic::Look => simple::look(facts, answer),
            Topic::Lock => lock::take(facts, answer, now),
            Topic::Rebuild(stage, place) => rebuild::take(facts, *stage, *place, answer),
            Topic::Verify(watch) => watch.take(facts, answer, now),
            Topic::Effect(watch) => watch.take(facts, answer),
            Topic::Rollout(watch) => watch.take(facts, answer, now),
            Topic::Operation(watch) => watch.take(facts, answer, now),
            Topic::Task(watch) => watch.take(facts, answer, now),
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

    /// Takes a failed read in.
    pub(super) fn trouble(&mut self, facts: &Facts, trouble: &Trouble, now: Stamp) -> AfterTrouble {
        let unlisted = matches!(
            trouble.kind,
            TroubleKind::Denied | TroubleKind::Unsupported | TroubleKind::NotFound | TroubleKind::Refused
        );
        if unlisted && matches!(*self.topic, Topic::Find(_)) {
            return AfterTrouble::Make;
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
        why.push_str("; AWS may go on by itself");
        Some(Finish::End(Verdict::Stuck, why))
    }
}

/// Milliseconds to wait after so many failures in a row.
pub(super) fn backoff(failures: u32) -> u64 {
    1_000_u64.saturating_mul(1 << failures.min(6)).min(BACKOFF_MAX)
}
