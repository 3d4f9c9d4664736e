//! What happens to a machine, and what it wants done.

use crate::model::{Answer, Armed, Ask, Entry, Gate, Trouble, Written, process::Heard};

/// Identifies a call that a machine wants made; unique within one planner or run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// Identifies a timer; unique within one planner or run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId(pub u64);

/// The operator breaks the watch off. What AWS has begun goes on there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopWatching;

/// Something happened outside.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "an event is moved once, from the executor into the machine")]
pub enum Event {
    /// A read was answered.
    Answer(CallId, Result<Answer, Trouble>),
    /// A change was answered.
    Written(CallId, Result<Written, Trouble>),
    /// A local command was begun, or printed a line.
    Printed(CallId, Heard),
    /// A timer went off.
    Timer(TimerId),
    /// The operator breaks off.
    Stop(StopWatching),
    /// Contact is back, or the operator asks for a lost or unwatched run to be watched again.
    Resume,
    /// Somebody confirms that a run which rests before a change goes on.
    GoOn(Gate),
}

/// Something the machine wants done. Effects of one step are carried out in their order.
#[derive(Debug, PartialEq)]
#[cfg_attr(test, derive(Clone))]
pub enum Effect {
    /// Make this read; answer with [`Event::Answer`].
    Ask(CallId, Ask),
    /// Make this change; answer with [`Event::Written`]. Comes after the [`Entry::Before`] that tells of it,
    /// which must be on disk first.
    Write(CallId, Armed),
    /// Send [`Event::Timer`] after so many milliseconds.
    Timer(TimerId, u64),
    /// Append this to the run's journal and sync it.
    Journal(Entry),
}
