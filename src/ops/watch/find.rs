//! A task that may have been started, and whose answer is not known: looked for by whom it says it was started by. An answer
//! that says that there was no room for it may be the answer to somebody else's call, and the token of the next one would start
//! another task: it is looked for as long.
//!
//! Whoever may change nothing finds out this way all the same, and nothing is asked for that is there already.

use super::after_trouble::AfterTrouble;
use super::seen::{Finish, LATE_MS, Seen};
use crate::model::{Answer, Ask, Stamp, Trouble, Verdict};
use crate::ops::facts::Facts;

/// Looks that it takes besides the time: lists lag behind.
const LOOKS: u32 = 3;

/// A task that is looked for.
#[derive(Debug, Clone)]
pub(in crate::ops) struct FindWatch {
    /// Which of the run's commands it runs.
    order: usize,
    looks: u32,
    /// What becomes of it where it is not found, and where nobody lets it be looked for.
    nothing: Nothing,
}

/// What becomes of a task that is not found.
#[derive(Debug, Clone)]
enum Nothing {
    /// It is asked for.
    Make,
    /// Whether it was started is not known: AWS refused it, behind an attempt that was not answered. Holds why.
    Unknown(String),
    /// It never started. Holds why.
    Failed(String),
}

impl FindWatch {
    /// The task of one of the run's commands.
    pub(in crate::ops) fn new(order: usize) -> Self {
        Self { order, looks: 0, nothing: Nothing::Make }
    }

    /// The same behind a refusal that proves nothing.
    pub(in crate::ops) fn refused(order: usize, why: String) -> Self {
        Self { nothing: Nothing::Unknown(why), ..Self::new(order) }
    }

    /// The same where AWS had no room for it, and it is not asked for any more.
    pub(in crate::ops) fn given_up(order: usize, why: String) -> Self {
        Self { nothing: Nothing::Failed(why), ..Self::new(order) }
    }

    /// What becomes of it where its tasks are not listed for whoever asks.
    pub(super) fn unlisted(&mut self, trouble: &Trouble) -> AfterTrouble {
        match std::mem::replace(&mut self.nothing, Nothing::Make) {
            Nothing::Make => AfterTrouble::Make,
            Nothing::Unknown(why) => {
                AfterTrouble::Lost(format!("{why}; it could not be looked for: {trouble}"))
            }
            Nothing::Failed(why) => AfterTrouble::Failed(why),
        }
    }

    /// The next read.
    pub(super) fn ask(&self, facts: &Facts) -> Ask {
        let order = facts.orders.get(self.order);
        let definition = order.and_then(|order| facts.runs(order)).unwrap_or_default();
        let family = super::words::label(definition);
        Ask::Started {
            cluster: order.map(|order| order.asked.cluster.clone()).unwrap_or_default(),
            by: order.map(|order| order.asked.started_by.clone()).unwrap_or_default(),
            family: family.rsplit_once(':').map_or(family, |(family, _)| family).to_owned(),
        }
    }

    /// Takes an answer in; `began` is when the search did.
    pub(super) fn take(
        &mut self,
        facts: &mut Facts,
        answer: &Answer,
        began: Stamp,
        now: Stamp,
    ) -> Option<Seen> {
        let Answer::Tasks(tasks) = answer else { return None };
        let of_others: Vec<String> = facts.orders.iter().filter_map(|order| order.task.clone()).collect();
        let found = tasks.iter().find(|task| !of_others.contains(&task.arn)).map(|task| task.arn.clone());
        if let Some(arn) = found {
            let say = format!("it was started: {}", super::words::label(&arn));
            facts.orders.get_mut(self.order)?.task = Some(arn);
            return Some(Seen { learnt: true, ..Seen::finish(Finish::Done(say)) });
        }
        self.looks += 1;
        if self.looks < LOOKS || now.since(began) < LATE_MS {
            return Some(Seen::say("checking whether it was started"));
        }
        // whoever takes it up asks anew
        Some(Seen::finish(match std::mem::replace(&mut self.nothing, Nothing::Make) {
            Nothing::Make => Finish::Make,
            Nothing::Unknown(why) => Finish::Rest(why),
            Nothing::Failed(why) => Finish::End(Verdict::Failed, why),
        }))
    }
}
