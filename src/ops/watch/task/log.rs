//! The log of a task that is watched.

use super::TaskWatch;
use crate::model::{LogChunk, LogLine};
use crate::ops::facts::Facts;
use crate::ops::watch::seen::Seen;

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

impl TaskWatch {
    pub(super) fn log(&mut self, facts: &Facts, chunk: &LogChunk) -> Seen {
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

    pub(super) fn note(&mut self, line: &LogLine) {
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
    pub(super) fn log_is_complete(&self) -> bool {
        self.log_is_read() || self.stopped.as_ref().is_some_and(|(_, since)| self.time - since >= READ_MS)
    }

    pub(super) fn log_is_read(&self) -> bool {
        self.empty >= EMPTY_READS || self.after >= READS_AFTER
    }
}
