//! A task run once, to its exit code, with its log.

use super::seen::Stop;
use super::{
    seen::{Finish, Seen},
    words,
};
use crate::model::{
    Answer, Ask, Blame, LogChunk, LogLine, LogSource, RunView, Stamp, TaskBrief, Trouble, TroubleKind,
    Verdict, Write,
    blame::{self, By},
    task::{TaskContainer, runtime_of},
};
use crate::ops::facts::Facts;
use std::collections::VecDeque;

/// Milliseconds for which a task that AWS does not know is waited for.
const UNSEEN_MS: i64 = 120_000;

/// Reads in a row that it takes besides, there and with a task that does not stop.
const READS_AT_LEAST: u32 = 5;

/// Milliseconds within which a task is placed where there is room for it.
const PLACED_MS: i64 = 60_000;

/// Milliseconds for which a task that was told to stop is waited for.
const GRACE_MS: i64 = 150_000;

/// Log reads in a row before the task is looked at again.
const READS_IN_A_ROW: u32 = 10;

/// Empty log reads after which the log of a stopped task is taken to be complete.
const EMPTY_READS: u32 = 2;

/// Log reads after the end, however much comes.
const READS_AFTER: u32 = 40;

/// Milliseconds after the end for which its log is read, however much comes: a verdict does not wait for its log.
const READ_MS: i64 = 10_000;

/// Lines told with a failure.
const TAIL: usize = 3;

/// A task that is watched.
#[derive(Debug, Clone, Default)]
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
    /// How long it was watched. What it was given is measured by this, not by what clocks show.
    time: i64,
    /// What of it went by before it was watched here.
    before: i64,
    /// The time when it was looked at last.
    looked: i64,
    /// The task, once its container or itself ended, and since when that is known.
    stopped: Option<(Box<TaskBrief>, i64)>,
    /// The task's last state.
    status: String,
    /// The id of its container, which is its stream where streams have no prefix.
    runtime: Option<String>,
    /// When it began.
    began: Option<i64>,
    /// Nothing is placed for longer than that takes: this is how waiting for instances looks.
    starved: bool,
    /// When it was told to stop, and what for; what for is not known of what another process told it.
    told: Option<(i64, Option<Stop>)>,
    /// Whether AWS ever knew it; since when it does not.
    seen: bool,
    unseen: Option<(i64, u32)>,
    /// Reads since it was told to stop.
    told_reads: u32,
    tail: VecDeque<String>,
    /// It is not told to stop, whatever it does: there is no leave for that.
    only_watched: bool,
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
        only_watched: bool,
        now: Stamp,
    ) -> Self {
        // what went by while nobody watched is told by AWS's clock alone
        let asked = facts.orders.get(order).and_then(|order| order.asked_at);
        let before = asked.map_or(0, |asked| now.since(asked)).max(0);
        let told = stop_was_asked.then_some((before, None));
        let mut watch = Self { before, told, only_watched, ..Self::new(order) };
        let stream = facts.orders.get(order).and_then(|o| o.source(None)).and_then(|source| source.stream);
        for line in view.log.iter().filter(|line| stream.as_ref().is_none_or(|own| *own == line.stream)) {
            watch.note(line);
        }
        watch
    }

    fn source(&self, facts: &Facts) -> Option<LogSource> {
        facts.orders.get(self.order)?.source(self.runtime.as_deref())
    }

    /// The next read.
    pub(super) fn ask(&self, facts: &Facts) -> Ask {
        if let Some(source) = self.source(facts).filter(|_| self.log_due) {
            return Ask::Logs { source, since: self.since, next: self.next.clone(), limit: 1_000 };
        }
        let order = facts.orders.get(self.order);
        Ask::Task {
            cluster: order.map(|o| o.asked.cluster.clone()).unwrap_or_default(),
            task: order.and_then(|o| o.task.clone()).unwrap_or_default(),
        }
    }

    /// Whether this trouble concerns the log only, which a run does not fail for.
    pub(super) fn expects(&mut self, trouble: &Trouble) -> bool {
        if !self.log_due {
            return false;
        }
        // that a stream has no line yet is no trouble: what is missing is its group
        self.log_trouble = Some(match trouble.kind {
            TroubleKind::NotFound => format!("log not read: {} does not exist", trouble.on),
            _ => format!("log not read: {}", trouble.why),
        });
        self.empty += 1;
        self.after += u32::from(self.stopped.is_some());
        self.log_due = self.stopped.is_some() && !self.log_is_read();
        self.next = None;
        true
    }

    /// Takes an answer in, when it was watched for so many milliseconds.
    pub(super) fn take(
        &mut self,
        facts: &mut Facts,
        answer: &Answer,
        watched: i64,
        now: Stamp,
    ) -> Option<Seen> {
        self.time = self.before.saturating_add(watched);
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

    /// Keeps that the command ended, and that it ended well, once it did.
    fn ended(&mut self, facts: &mut Facts, take: impl FnOnce(&mut Self, &Facts) -> Seen) -> Seen {
        let mut seen = take(self, facts);
        if seen.finish.is_some()
            && self.stopped.is_some()
            && let Some(order) = facts.orders.get_mut(self.order)
        {
            order.done = matches!(seen.finish, Some(Finish::Done(_)));
            order.ended = true;
            seen.learnt = true;
        }
        seen
    }

    fn task(&mut self, facts: &Facts, task: Option<&TaskBrief>, now: Stamp) -> Seen {
        let Some(task) = task else { return self.missing(facts) };
        let looked = std::mem::replace(&mut self.looked, self.time);
        self.seen = true;
        self.unseen = None;
        self.status = task.last_status.to_lowercase();
        self.row = 0;
        let order = facts.orders.get(self.order);
        let wanted = order.map(|o| o.asked.container.as_str()).unwrap_or_default();
        if let Some(id) = runtime_of(task, wanted) {
            self.runtime = Some(id.to_owned());
        }
        if has_begun(task) && self.began.is_none() {
            // it began after it was asked for, and after it was last seen not to have begun
            let asked = order.and_then(|o| o.asked_at);
            let told = task.started_at.map(|at| asked.map_or(at, |asked| at.max(asked)));
            let ran = told.map_or(0, |told| now.since(told)).clamp(0, self.time - looked);
            self.began = Some(self.time - ran);
        }
        self.starved = task.last_status == "PROVISIONING" && self.time >= PLACED_MS;
        let mut stop = None;
        let container = task.containers.iter().find(|c| c.name == wanted);
        if task.last_status == "STOPPED" || container.is_some_and(is_over) {
            if self.stopped.is_none() {
                self.empty = 0;
                // whatever else is in the task has no end of its own
                let goes_on = task.last_status != "STOPPED" && task.desired_status != "STOPPED";
                if goes_on
                    && !self.only_watched
                    && self.told.is_none()
                    && order.is_some_and(|o| o.essential != Some(true))
                {
                    stop = Some(Stop::Ended);
                }
            }
            let since = self.stopped.as_ref().map_or(self.time, |(_, since)| *since);
            self.stopped = Some((Box::new(task.clone()), since));
        }
        self.log_due = self.source(facts).is_some() && !(self.stopped.is_some() && self.log_is_complete());
        let mut seen = self.say(facts);
        seen.stop = stop;
        seen.more = self.log_due;
        if self.stopped.is_some() {
            if !self.log_due {
                seen.finish = Some(self.judge(facts));
            }
            return seen;
        }
        match self.told {
            None => {
                if let Some(why) = self.is_over_time(facts) {
                    self.told = Some((self.time, Some(why)));
                    seen.stop = Some(why);
                }
            }
            Some((told, why)) if self.time - told > GRACE_MS && self.told_reads >= READS_AT_LEAST => {
                seen.finish = Some(Finish::End(
                    Verdict::Failed,
                    format!(
                        "{}, and the task has not stopped; it may still be running",
                        self.late(facts, why)
                    ),
                ));
            }
            Some(_) => self.told_reads += 1,
        }
        seen
    }

    /// "Currently, stopped tasks appear in the returned results for at least one hour" (ECS API reference, DescribeTasks), and
    /// no exit code is kept anywhere else. Who called StopTask stays in the event history of CloudTrail for 90 days.
    fn missing(&mut self, facts: &Facts) -> Seen {
        let now = self.time;
        let (since, reads) = self.unseen.get_or_insert((now, 0));
        *reads += 1;
        if now - *since < UNSEEN_MS || *reads < READS_AT_LEAST {
            return Seen::say("waiting for AWS to report the task");
        }
        // it may have done what it was for
        let told = if self.seen {
            "AWS no longer knows the task, and its exit code was not read: what came of it is not known"
        } else {
            "AWS does not know the task (it forgets one an hour or more after its end), so what came of it is not known"
        };
        let order = facts.orders.get(self.order);
        let log = match self.source(facts) {
            Some(source) => format!("look at its log ({source})"),
            None => "its log cannot be read from here".to_owned(),
        };
        let id = order.and_then(|order| order.task.as_deref()).map_or("", words::label);
        let does = match order {
            Some(order) if order.check => "it only checked: run it again",
            _ => "check the database's migrations table to see whether it migrated",
        };
        let why =
            format!("{told}; {log}; who stopped task {id}, if anybody, is in CloudTrail (StopTask); {does}");
        Seen::end(Verdict::Lost, why)
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
        let mut seen = self.say(facts);
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

    /// Whether it is read, or long enough was spent on it.
    fn log_is_complete(&self) -> bool {
        self.log_is_read() || self.stopped.as_ref().is_some_and(|(_, since)| self.time - since >= READ_MS)
    }

    fn log_is_read(&self) -> bool {
        self.empty >= EMPTY_READS || self.after >= READS_AFTER
    }

    /// Whether the command's time is over, counted from when it began; or that in which a task begins.
    fn is_over_time(&self, facts: &Facts) -> Option<Stop> {
        let order = facts.orders.get(self.order).filter(|_| !self.only_watched)?;
        let millis = |limit: u64| i64::try_from(limit).unwrap_or(i64::MAX);
        match self.began {
            Some(began) => (self.time - began >= millis(order.timeout_ms)).then_some(Stop::Late),
            None => (self.time >= millis(order.start_ms())).then_some(Stop::Unstarted),
        }
    }

    fn say(&self, facts: &Facts) -> Seen {
        let mut say = self.status.clone();
        match (&self.stopped, self.told) {
            (Some((task, _)), _) => {
                let order = facts.orders.get(self.order);
                let code = order
                    .and_then(|o| task.containers.iter().find(|c| c.name == o.asked.container)?.exit_code);
                let ended = code.map_or_else(|| "stopped".to_owned(), blame::exit);
                say = format!("{ended}, reading the rest of its log");
            }
            (None, Some((_, Some(Stop::Unstarted)))) => say = format!("it has not started, stopping; {say}"),
            (None, Some(_)) => say = format!("time is over, stopping; {say}"),
            (None, None) if self.starved => say.push_str(", waiting for capacity"),
            (None, None) => {}
        }
        if let Some(trouble) = &self.log_trouble {
            say.push_str(", ");
            say.push_str(trouble);
        }
        Seen { mark: say.clone(), say, ..Seen::default() }
    }

    fn judge(&self, facts: &Facts) -> Finish {
        let Some((task, _)) = &self.stopped else { return Finish::End(Verdict::Failed, String::new()) };
        let order = facts.orders.get(self.order);
        let wanted = order.map(|o| o.asked.container.as_str()).unwrap_or_default();
        let container = task.containers.iter().find(|c| c.name == wanted);
        let code = container.and_then(|c| c.exit_code);
        // it may have ended by itself in the moment it was told to stop; what another process told it is in AWS's
        // reason, but for a read that is older than that: there the container's end was before it
        let by_itself = code == Some(0)
            && (task.stop_code == "EssentialContainerExited" || task.stopped_reason == ended(wanted))
            || task.desired_status != "STOPPED" && container.is_some_and(is_over);
        if let Some((_, why)) = self.told.filter(|_| !by_itself) {
            let ended = code.map_or("no exit code".to_owned(), |code| format!("exit code {code}"));
            let late = self.late(facts, why);
            return self.failed(match why {
                Some(Stop::Unstarted) if code.is_none() => format!("{late}, and was stopped"),
                _ => format!("{late} and was stopped, {ended}"),
            });
        }
        let blame = Blame::of(task);
        // what is told to stop may end with 0 without having done its work
        let stopped_by_others = !by_itself && matches!(blame.by, By::Person | By::Spot | By::Host);
        match code {
            Some(0) if stopped_by_others => self.failed(format!(
                "{}, and {wanted} exited with code 0 when it was told to stop: whether it had done its work is not known",
                blame.clause(task)
            )),
            Some(0) => Finish::Done(match &self.log_trouble {
                Some(trouble) => format!("{wanted} exited with code 0; {trouble}"),
                None => format!("{wanted} exited with code 0"),
            }),
            // somebody or something else ended it
            Some(code) if matches!(blame.by, By::Person | By::Spot | By::Host) => {
                self.failed(format!("{}, {wanted} exited with code {code}", blame.clause(task)))
            }
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
                let nothing = match order {
                    Some(order) if task.started_at.is_none() => format!("; {}", order.nothing()),
                    _ => String::new(),
                };
                self.failed(format!("{wanted} has no exit code: {code}{}{nothing}", blame.clause(task)))
            }
        }
    }

    /// What is late, in a clause.
    fn late(&self, facts: &Facts, why: Option<Stop>) -> String {
        match (why, facts.orders.get(self.order)) {
            (Some(Stop::Unstarted), Some(order)) => {
                format!("never started within {}, {}", words::duration(order.start_ms()), order.nothing())
            }
            _ => format!("timed out after {}", limit(facts, self.order)),
        }
    }

    fn failed(&self, mut why: String) -> Finish {
        if !self.tail.is_empty() {
            let lines: Vec<&str> = self.tail.iter().map(|l| l.trim()).collect();
            why.push_str("; last lines: ");
            why.push_str(&lines.join(" / "));
        } else if let Some(trouble) = &self.log_trouble {
            why.push_str("; ");
            why.push_str(trouble);
        }
        Finish::End(Verdict::Failed, why)
    }
}

/// The change that stops the task of one of the run's commands.
pub(in crate::ops) fn stop(facts: &Facts, order: usize, why: Stop) -> Option<Write> {
    let found = facts.orders.get(order)?;
    Some(Write::StopTask {
        cluster: found.asked.cluster.clone(),
        task: found.task.clone()?,
        reason: match why {
            Stop::Late => format!("flightdeck: timed out after {}", limit(facts, order)),
            Stop::Unstarted => format!("flightdeck: not started after {}", words::duration(found.start_ms())),
            Stop::Ended => ended(&found.asked.container),
        },
    })
}

/// What a task is stopped with whose container ended.
fn ended(container: &str) -> String {
    format!("flightdeck: {container} has ended")
}

/// Whether a container ended with a code, whatever the rest of its task does.
fn is_over(container: &TaskContainer) -> bool {
    container.last_status == "STOPPED" && container.exit_code.is_some()
}

/// Whether what a task is for has begun: AWS tells the time once its containers run.
fn has_begun(task: &TaskBrief) -> bool {
    task.started_at.is_some() || matches!(task.last_status.as_str(), "RUNNING" | "DEACTIVATING" | "STOPPING")
}

fn limit(facts: &Facts, order: usize) -> String {
    words::duration(facts.orders.get(order).map_or(0, |order| order.timeout_ms))
}
