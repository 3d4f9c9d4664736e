//! A command on this machine that was begun, and not seen to end: whoever began it was killed.

use super::seen::{Finish, Seen};
use crate::model::{
    Answer, Verdict,
    process::{Life, Process},
};
use crate::ops::facts::Facts;

/// What is known of it.
pub(in crate::ops) const BEGUN_HERE: &str =
    "it was started on this machine, and its end is not known; see what it did before you run it again";

/// Takes an answer in.
pub(super) fn take(facts: &mut Facts, process: &Process, answer: &Answer) -> Option<Seen> {
    let Answer::Process(life) = answer else { return None };
    let id = process.id;
    let order = facts.orders.iter_mut().find(|order| order.process.as_ref() == Some(process));
    if let Some(order) = order.filter(|_| *life == Life::Gone) {
        order.ended = true;
    }
    Some(match life {
        Life::Runs => Seen::finish(Finish::Rest(format!(
            "its command still runs on this machine, as process {id}, and nobody stops it when its time is over: wait until \
             it has ended, or end it (kill {id}), then resume the run"
        ))),
        Life::Gone => Seen::end(Verdict::Lost, BEGUN_HERE),
        Life::Unknown => {
            Seen::end(Verdict::Lost, format!("{BEGUN_HERE}; it was process {id}, which may still run"))
        }
    })
}
