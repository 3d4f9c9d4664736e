//! What is due when. Nothing polls: a service at rest has nothing in here and costs nothing.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::state::{AppIx, RolloutId, ServiceIx, TaskId};

/// The next thing to happen to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It goes on to its next status.
    Next,
    /// It has passed its checks.
    Ready,
    /// Its target begins to fail its checks.
    Failing,
    /// It has failed its checks too often.
    Unhealthy,
    /// Its container ends by itself.
    Exit,
}

/// Something that becomes due.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Event {
    /// A step of a task; void when the task's plan is another one by then.
    Task(TaskId, u32, Step),
    /// A line that a one-off task prints, with the version of its environment's database that it has
    /// then, when it changes it.
    Line(TaskId, u32, String, Option<u32>),
    /// A service is looked at again.
    Service(ServiceIx),
    /// A stage of a deployment ends; void when it is in another stage or step by then.
    Stage(ServiceIx, RolloutId, super::state::Stage, usize),
    /// The function of a lifecycle hook answers, or the hook's time is up; void when it was decided.
    Hook(ServiceIx, RolloutId, usize),
    /// Another controller moves production traffic to this task set.
    Moves(ServiceIx, RolloutId),
    /// Another controller takes every task set away but the one that serves.
    Ends(ServiceIx),
    /// The alarms of a deployment are looked at.
    Alarms(ServiceIx, RolloutId),
    /// A step of an App Runner operation; void when another operation is under way.
    App(AppIx, u128, u32),
    /// The instance that a capacity provider asked for is there.
    Instance(usize),
    /// A stopped task can no longer be described.
    Forget(TaskId),
    /// One of the world's happenings.
    Happening(usize),
}

#[derive(Debug)]
struct Due {
    at: f64,
    order: u64,
    event: Event,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.total_cmp(&other.at).then(self.order.cmp(&other.order))
    }
}

/// Events by the time at which they are due; those due together in the order in which they were planned.
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Due>>,
    order: u64,
}

impl Queue {
    /// Plans an event.
    pub fn push(&mut self, at: f64, event: Event) {
        self.order += 1;
        self.heap.push(Reverse(Due { at, order: self.order, event }));
    }

    /// Takes the next event that is due at `now` or before.
    pub fn pop(&mut self, now: f64) -> Option<(f64, Event)> {
        if self.heap.peek().is_none_or(|Reverse(due)| due.at > now) {
            return None;
        }
        self.heap.pop().map(|Reverse(due)| (due.at, due.event))
    }

    /// When the next event is due.
    #[cfg(test)]
    pub fn next_at(&self) -> Option<f64> {
        self.heap.peek().map(|Reverse(due)| due.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_order_of_time_then_of_planning() {
        let mut queue = Queue::default();
        queue.push(2.0, Event::Happening(1));
        queue.push(1.0, Event::Happening(2));
        queue.push(2.0, Event::Happening(3));
        assert_eq!(queue.next_at(), Some(1.0));
        assert_eq!(queue.pop(0.5), None);
        let seen: Vec<_> = std::iter::from_fn(|| queue.pop(9.0)).collect();
        assert_eq!(
            seen,
            vec![(1.0, Event::Happening(2)), (2.0, Event::Happening(1)), (2.0, Event::Happening(3))]
        );
    }
}
