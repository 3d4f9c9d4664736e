//! What tells one state from others.

use super::super::super::world::NOW;
use super::Node;
use crate::model::Entry;
use crate::ops::Effect;
use std::hash::{DefaultHasher, Hash, Hasher};

impl Node {
    /// What tells it from others: without ids, and times to the hour.
    pub(in super::super) fn key(&self) -> u64 {
        let journal = self.driver.journal.iter().filter_map(brief).collect::<Vec<_>>();
        let queue = self.driver.queue.iter().map(|effect| match effect {
            Effect::Journal(entry) => brief(entry).unwrap_or_default(),
            Effect::Ask(_, ask) => format!("{ask:?}"),
            Effect::Write(_, armed) => armed.write().target(),
            Effect::Timer(..) => "timer".to_owned(),
        });
        let told = format!(
            "{} {journal:?} {:?} {:?} {:?} {:?} {:?} {} {}",
            self.driver.run.fingerprint(),
            queue.collect::<Vec<_>>(),
            self.aws.tasks,
            self.aws.lock(),
            self.aws.tags,
            self.aws.world.detail.operations,
            self.aws.world.detail.service.task_definition,
            self.aws.world.detail.history.len(),
        );
        let mut plain = String::with_capacity(told.len());
        let mut digits = String::new();
        for c in told.chars().chain([' ']) {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            match digits.len() {
                0..13 => plain.push_str(&digits),
                13 => {
                    let hours = (digits.parse::<i64>().unwrap_or_default() - NOW.0) / 3_600_000;
                    plain.push_str(&hours.to_string());
                }
                _ => plain.push('#'),
            }
            digits.clear();
            plain.push(c);
        }
        let flags = [
            self.may,
            self.late,
            self.foreign,
            self.theirs,
            self.stale,
            self.robbed,
            self.bucket,
            self.broken,
        ];
        let mut hasher = DefaultHasher::new();
        (plain, self.left, flags, self.gone_on, self.driver.timers.len()).hash(&mut hasher);
        hasher.finish()
    }
}

/// What of the journal decides how a run is taken up.
fn brief(entry: &Entry) -> Option<String> {
    match entry {
        Entry::Before { write, step, .. } => Some(format!("before {write} {step:?}")),
        Entry::After { write, ok, step, .. } => Some(format!("after {write} {ok} {step:?}")),
        Entry::Resumed { .. } => Some("resumed".to_owned()),
        Entry::End { verdict, .. } => Some(format!("{verdict:?}")),
        _ => None,
    }
}
