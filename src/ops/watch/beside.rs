//! Tasks that other runs of flightdeck started: nobody's migration begins beside somebody else's.
//!
//! The team's lock keeps two of them apart as long as it lasts. A task outlives the lock of whoever left it: it is seen in
//! AWS alone.

use super::after_trouble::{AfterTrouble, LOST_AFTER};
use super::seen::{Finish, Seen};
use super::words::label;
use crate::model::{Answer, Ask, Stamp, TaskBrief, Trouble, TroubleKind, Verdict, stamp, task::STARTED_BY};
use crate::ops::facts::{Facts, Stage, TaskOrder};

/// What to do where nobody tells whether another one runs, and no lock keeps two apart.
pub(in crate::ops) const UNTOLD: &str =
    "allow ecs:ListTasks and ecs:DescribeTasks there, or configure a lock (s3 under [lock])";

/// Whether this trouble stays however often it is asked: tasks are not listed for whoever asks.
pub(in crate::ops) fn is_unlisted(trouble: &Trouble) -> bool {
    matches!(
        trouble.kind,
        TroubleKind::Denied | TroubleKind::Unsupported | TroubleKind::NotFound | TroubleKind::Refused
    )
}

/// What becomes of a task that is to be asked for where the tasks beside it cannot be read; `failures` is how often they could
/// not. None where it is asked again, as after any other trouble.
pub(super) fn unread(facts: &Facts, trouble: &Trouble, failures: u32) -> Option<AfterTrouble> {
    if is_unlisted(trouble) && facts.stages.contains(&Stage::Lock) {
        // the plan has warned of it, and the lock keeps others away
        return Some(AfterTrouble::Pass);
    }
    // an answer that cannot be read does not get better by waiting for contact
    let unreadable = trouble.kind == TroubleKind::Unreadable && failures >= LOST_AFTER;
    let remedy = if is_unlisted(trouble) { format!("; {UNTOLD}") } else { String::new() };
    (is_unlisted(trouble) || unreadable).then(|| {
        AfterTrouble::Refused(format!("whether another migration runs could not be read: {trouble}{remedy}"))
    })
}

/// What is asked for a family in a cluster; `definition` is its name, or one of its revisions.
pub(in crate::ops) fn begun(cluster: &str, definition: &str) -> Ask {
    let family = label(definition);
    Ask::Begun {
        cluster: cluster.to_owned(),
        family: family.rsplit_once(':').map_or(family, |(family, _)| family).to_owned(),
    }
}

/// The read before a command's task is asked for.
pub(super) fn ask(facts: &Facts, order: usize) -> Ask {
    let order = facts.orders.get(order);
    let definition = order.and_then(|order| facts.runs(order)).unwrap_or_default();
    begun(order.map_or("", |order| order.asked.cluster.as_str()), definition)
}

/// Takes its answer in.
pub(super) fn take(facts: &Facts, order: usize, answer: &Answer, now: Stamp) -> Option<Seen> {
    let Answer::Tasks(tasks) = answer else { return None };
    let own = facts.orders.get(order).map(TaskOrder::started_by).unwrap_or_default();
    Some(match other(tasks, own, now) {
        Some(told) => Seen::end(Verdict::Refused, format!("{told}; wait until it has ended, or stop it")),
        None => Seen::finish(Finish::Done("no other task of flightdeck runs".to_owned())),
    })
}

/// Tells of a task among these that another run started, and whose command is not over. One that only has its network
/// taken down is: DEPROVISIONING comes "after the task has stopped but before the task transitions to the STOPPED state"
/// (Amazon ECS developer guide, "Task lifecycle states"), and its run has gone on by the exit code already.
pub(in crate::ops) fn other(tasks: &[TaskBrief], own: &str, now: Stamp) -> Option<String> {
    let over = |task: &TaskBrief| matches!(task.last_status.as_str(), "STOPPED" | "DEPROVISIONING");
    let begun = |task: &&TaskBrief| task.started_by.starts_with(STARTED_BY) && !over(task);
    let task = tasks.iter().filter(begun).find(|task| task.started_by != own)?;
    let run = task.started_by.strip_prefix(STARTED_BY).unwrap_or_default();
    let age = task.created_at.or(task.started_at);
    let age = age.map_or_else(String::new, |at| format!(", for {}", stamp::brief(now.since(at))));
    let state = task.last_status.to_lowercase();
    Some(format!("task {}, which run {run} of flightdeck started, is {state}{age}", label(&task.arn)))
}
