//! A task run once, to its exit code, with its log.

use super::{Finish, Seen, words};
use crate::model::{
    Answer, Ask, LogChunk, LogLine, LogSource, RunView, Stamp, TaskBrief, Trouble, Verdict, Write, blame,
};
use crate::ops::facts::{Facts, TaskOrder};
use std::collections::VecDeque;

/// Milliseconds for which a task that AWS does not know is waited for.
const UNSEEN_MS: i64 = 120_000;

/// Reads in a row that it takes besides, there and with a task that does not stop.
const READS_AT_LEAST: u32 = 5;

/// Milliseconds for which a task that was told to stop is waited for.
const GRACE_MS: i64 = 150_000;

/// Log reads in a row before the task is looked at again.
const READS_IN_A_ROW: u32 = 10;

/// Empty log reads after which the log of a stopped task is taken to be complete.
const EMPTY_READS: u32 = 2;

/// Log reads after the task stopped, however much comes.
const READS_AFTER: u32 = 40;

/// Lines told with a failure.
const TAIL: usize = 3;

/// A task that is watched.
#[derive(Debug, Default)]
pub(in crate::ops) struct TaskWatch {
    /// Which of the run's commands it runs.
    order: usize,
    /// The log is to be read next, not the task.
    log_due: bool,
    /// Where the log goes on.
    next: Option<String>,
    /// The time of the last line, and how many lines of that time were taken.
    since: Stamp,
    taken: usize,
    /// Log reads in a row, empty ones in a row, and those after the stop.
    row: u32,
    empty: u32,
    after: u32,
    /// What the log could not be read for.
    log_trouble: Option<String>,
    /// The task, once it stopped.
    stopped: Option<Box<TaskBrief>>,
    /// The task's last state.
    status: String,
    /// When it was told to stop, because its time was over.
    told: Option<Stamp>,
    /// Whether AWS ever knew it; since when it does not.
    seen: bool,
    unseen: Option<(Stamp, u32)>,
    /// Reads since it was told to stop.
    told_reads: u32,
    tail: VecDeque<String>,
}

impl TaskWatch {
    /// The task of one of the run's commands.
    pub(in crate::ops) fn new(order: usize) -> Self {
        Self { order, ..Self::default() }
    }

    /// Goes on where a journal ends.
    pub(in crate::ops) fn resumed(
        facts: &Facts,
        order: usize,
        view: &RunView,
        stop_was_asked: bool,
        now: Stamp,
    ) -> Self {
        let mut watch = Self { told: stop_was_asked.then_some(now), ..Self::new(order) };
        let stream = facts.orders.get(order).and_then(source).and_then(|source| source.stream);
        for line in view.log.iter().filter(|line| stream.as_ref().is_none_or(|own| *own == line.stream)) {
            watch.note(line);
        }
        watch
    }

    fn source(&self, facts: &Facts) -> Option<LogSource> {
        source(facts.orders.get(self.order)?)
    }

    /// The next read.
    pub(super) fn ask(&self, facts: &Facts) -> Ask {
        if let Some(source) = self.source(facts).filter(|_| self.log_due) {
            return Ask::Logs { source, since: self.since, next: self.next.clone(), limit: 1_000 };
        }
        let order = facts.orders.get(self.order);
        Ask::Task {
            cluster: order.map(|o| o.cluster.clone()).unwrap_or_default(),
            task: order.and_then(|o| o.task.clone()).unwrap_or_default(),
        }
    }

    /// Whether this trouble concerns the log only, which a run does not fail for.
    pub(super) fn expects(&mut self, trouble: &Trouble) -> bool {
        if !self.log_due {
            return false;
        }
        // before the first line there is no stream yet
        if trouble.kind != crate::model::TroubleKind::NotFound {
            self.log_trouble = Some(format!("log not read: {}", trouble.why));
        }
        self.empty += 1;
        self.after += u32::from(self.stopped.is_some());
        self.log_due = self.stopped.is_some() && !self.log_is_complete();
        self.next = None;
        true
    }

    /// Takes an answer in.
    pub(super) fn take(&mut self, facts: &mut Facts, answer: &Answer, now: Stamp) -> Option<Seen> {
        match answer {
            Answer::Task(task) if !self.log_due => {
                Some(self.ended(facts, |watch, facts| watch.task(facts, task.as_ref(), now)))
            }
            Answer::Logs(chunk) if self.log_due => {
                Some(self.ended(facts, |watch, facts| watch.log(facts, chunk)))
            }
            _ => None,
        }
    }

    /// Keeps that the command ended well, once it did.
    fn ended(&mut self, facts: &mut Facts, take: impl FnOnce(&mut Self, &Facts) -> Seen) -> Seen {
        let mut seen = take(self, facts);
        if matches!(seen.finish, Some(Finish::Done(_)))
            && let Some(order) = facts.orders.get_mut(self.order)
        {
            order.done = true;
            seen.learnt = true;
        }
        seen
    }

    fn task(&mut self, facts: &Facts, task: Option<&TaskBrief>, now: Stamp) -> Seen {
        let Some(task) = task else { return self.missing(now) };
        self.seen = true;
        self.unseen = None;
        self.status = task.last_status.to_lowercase();
        self.row = 0;
        if task.last_status == "STOPPED" {
            if self.stopped.is_none() {
                self.empty = 0;
            }
            self.stopped = Some(Box::new(task.clone()));
        }
        self.log_due = self.source(facts).is_some() && !(self.stopped.is_some() && self.log_is_complete());
        let mut seen = self.say();
        seen.more = self.log_due;
        if self.stopped.is_some() {
            if !self.log_due {
                seen.finish = Some(self.judge(facts));
            }
            return seen;
        }
        match self.told {
            None if self.is_over_time(facts, now) => {
                self.told = Some(now);
                seen.write = stop_over_time(facts, self.order);
            }
            Some(told) if now.since(told) > GRACE_MS && self.told_reads >= READS_AT_LEAST => {
                seen.finish = Some(Finish::End(
                    Verdict::Failed,
                    format!(
                        "timed out after {}, and the task has not stopped; it may still be running",
                        limit(facts, self.order)
                    ),
                ));
            }
            Some(_) => self.told_reads += 1,
            None => {}
        }
        seen
    }

    fn missing(&mut self, now: Stamp) -> Seen {
        let (since, reads) = self.unseen.get_or_insert((now, 0));
        *reads += 1;
        if now.since(*since) < UNSEEN_MS || *reads < READS_AT_LEAST {
            return Seen::say("waiting for AWS to tell of the task");
        }
        let why = if self.seen {
            "AWS no longer knows the task, and its exit code was not read"
        } else {
            "AWS does not know the task; without an exit code the run counts as failed"
        };
        Seen::end(Verdict::Failed, why)
    }

    fn log(&mut self, facts: &Facts, chunk: &LogChunk) -> Seen {
        self.log_trouble = None;
        self.row += 1;
        self.after += u32::from(self.stopped.is_some());
        let fresh = self.fresh(chunk);
        for line in &fresh {
            self.note(line);
        }
        let goes_on = chunk.next.is_some() && chunk.next != self.next && !fresh.is_empty();
        if chunk.next.is_some() {
            self.next.clone_from(&chunk.next);
        } else {
            self.next = None;
        }
        if fresh.is_empty() {
            self.empty += 1;
        } else {
            self.empty = 0;
        }
        let stopped = self.stopped.is_some();
        let more = goes_on && self.row < READS_IN_A_ROW;
        self.log_due = stopped || more;
        if !more {
            self.row = 0;
        }
        let mut seen = self.say();
        seen.log = fresh;
        seen.more = more;
        if stopped && self.log_is_complete() {
            seen.finish = Some(self.judge(facts));
            seen.more = false;
        }
        seen
    }

    /// The lines that were not taken before. A read without a token begins at the last line's time, whose
    /// lines come again.
    fn fresh(&self, chunk: &LogChunk) -> Vec<LogLine> {
        if self.next.is_some() {
            return chunk.lines.clone();
        }
        let mut skip = self.taken;
        let mut fresh = Vec::new();
        for line in &chunk.lines {
            if line.at < self.since {
                continue;
            }
            if line.at == self.since && skip > 0 {
                skip -= 1;
                continue;
            }
            fresh.push(line.clone());
        }
        fresh
    }

    fn note(&mut self, line: &LogLine) {
        if line.at > self.since {
            self.since = line.at;
            self.taken = 1;
        } else if line.at == self.since {
            self.taken += 1;
        }
        if self.tail.len() >= TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line.text.clone());
    }

    fn log_is_complete(&self) -> bool {
        self.empty >= EMPTY_READS || self.after >= READS_AFTER
    }

    fn is_over_time(&self, facts: &Facts, now: Stamp) -> bool {
        let Some(order) = facts.orders.get(self.order) else { return false };
        let limit = i64::try_from(order.timeout_ms).unwrap_or(i64::MAX);
        order.asked_at.is_some_and(|asked| now.since(asked) >= limit)
    }

    fn say(&self) -> Seen {
        let mut say = self.status.clone();
        if self.told.is_some() && self.stopped.is_none() {
            say = format!("time is over, stopping; {say}");
        } else if self.stopped.is_some() {
            "stopped, reading the rest of its log".clone_into(&mut say);
        }
        if let Some(trouble) = &self.log_trouble {
            say.push_str(", ");
            say.push_str(trouble);
        }
        Seen { mark: say.clone(), say, ..Seen::default() }
    }

    fn judge(&self, facts: &Facts) -> Finish {
        let Some(task) = &self.stopped else { return Finish::End(Verdict::Failed, String::new()) };
        let order = facts.orders.get(self.order);
        let wanted = order.map(|o| o.container.as_str()).unwrap_or_default();
        let container = task.containers.iter().find(|c| c.name == wanted);
        let code = container.and_then(|c| c.exit_code);
        // it may have ended by itself in the moment it was told to stop
        let by_itself = task.stop_code == "EssentialContainerExited";
        if self.told.is_some() && !(by_itself && code == Some(0)) {
            let ended = code.map_or("no exit code".to_owned(), |code| format!("exit code {code}"));
            return self
                .failed(format!("timed out after {} and was stopped, {ended}", limit(facts, self.order)));
        }
        match code {
            Some(0) => Finish::Done(format!("{wanted} exited with code 0")),
            Some(code) => {
                let reason = container.map(|c| c.reason.as_str()).filter(|r| !r.is_empty());
                self.failed(match reason {
                    Some(reason) => format!("{wanted} exited with code {code} ({reason})"),
                    None => format!("{wanted} exited with code {code}"),
                })
            }
            None => {
                let code =
                    if task.stop_code.is_empty() { String::new() } else { format!("{}: ", task.stop_code) };
                self.failed(format!("{wanted} has no exit code: {code}{}", blame::why(task)))
            }
        }
    }

    fn failed(&self, mut why: String) -> Finish {
        if !self.tail.is_empty() {
            let lines: Vec<&str> = self.tail.iter().map(|l| l.trim()).collect();
            why.push_str("; last lines: ");
            why.push_str(&lines.join(" / "));
        }
        Finish::End(Verdict::Failed, why)
    }
}

/// The change that stops a task whose time is over.
pub(in crate::ops) fn stop_over_time(facts: &Facts, order: usize) -> Option<Write> {
    let found = facts.orders.get(order)?;
    Some(Write::StopTask {
        cluster: found.cluster.clone(),
        task: found.task.clone()?,
        reason: format!("flightdeck: timed out after {}", limit(facts, order)),
    })
}

/// The stream of the task's container.
fn source(order: &TaskOrder) -> Option<LogSource> {
    let (group, prefix) = order.log.as_ref()?;
    let task = words::label(order.task.as_deref()?);
    Some(LogSource { group: group.clone(), stream: Some(format!("{prefix}/{}/{task}", order.container)) })
}

fn limit(facts: &Facts, order: usize) -> String {
    words::duration(facts.orders.get(order).map_or(0, |order| order.timeout_ms))
}
