//! A task that may have been started, and whose answer is not known: looked for by whom it says it was started by.
//!
//! Whoever may change nothing finds out this way all the same, and nothing is asked for that is there already.

use super::{Finish, LATE_MS, Seen};
use crate::model::{Answer, Ask, Stamp};
use crate::ops::facts::Facts;

/// Looks that it takes besides the time: lists lag behind.
const LOOKS: u32 = 3;

/// A task that is looked for.
#[derive(Debug, Clone)]
pub(in crate::ops) struct FindWatch {
    /// Which of the run's commands it runs.
    order: usize,
    looks: u32,
}

impl FindWatch {
    /// The task of one of the run's commands.
    pub(in crate::ops) fn new(order: usize) -> Self {
        Self { order, looks: 0 }
    }

    /// The next read.
    pub(super) fn ask(&self, facts: &Facts) -> Ask {
        let order = facts.orders.get(self.order);
        let definition = order.and_then(|order| facts.runs(order)).unwrap_or_default();
        let family = super::label(definition);
        Ask::Started {
            cluster: order.map(|order| order.cluster.clone()).unwrap_or_default(),
            by: order.map(|order| order.started_by.clone()).unwrap_or_default(),
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
            let say = format!("it was started: {}", super::label(&arn));
            facts.orders.get_mut(self.order)?.task = Some(arn);
            return Some(Seen { learnt: true, ..Seen::finish(Finish::Done(say)) });
        }
        self.looks += 1;
        if self.looks < LOOKS || now.since(began) < LATE_MS {
            return Some(Seen::say("not answered; looking whether it was started"));
        }
        Some(Seen::finish(Finish::Make))
    }
}
