//! What happens to the cockpit.

use super::{Purpose, TimerKey};
use crate::{
    config::key::Key,
    model::{
        Answer, Boards, Entry, EnvironmentName, RunId, Service, ServiceKey, Stamp, Trouble, Written,
        process::Heard, why::Kept,
    },
    ops::CallId,
};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// The program began; `now` and `size` of the state are set. Starts the first asks.
    Start,
    /// A key. `drawn` is the number of the last frame on the screen when it was read: a dialog ignores keys
    /// read before its own first frame.
    Key {
        /// The key.
        key: Key,
        /// The last frame drawn before it was read.
        drawn: u64,
    },
    /// Text pasted (bracketed paste); only where text is typed.
    Paste {
        /// The text.
        text: String,
        /// The last frame that was on the screen when it was read.
        drawn: u64,
    },
    /// The mouse.
    Mouse(Mouse),
    /// The terminal's size: columns, rows.
    Resize(u16, u16),
    /// A timer went off.
    Timer(TimerKey),
    /// Part of an answer.
    Part {
        /// Environment.
        environment: EnvironmentName,
        /// What it was for.
        purpose: Purpose,
        /// The part.
        answer: Answer,
    },
    /// An answer.
    Answered {
        /// Environment.
        environment: EnvironmentName,
        /// What it was for.
        purpose: Purpose,
        /// The answer or the trouble.
        result: Result<Answer, Trouble>,
    },
    /// A change was answered.
    Written {
        /// The run.
        run: RunId,
        /// The call.
        call: CallId,
        /// The answer or the trouble.
        result: Result<Written, Trouble>,
    },
    /// Something was heard of a local command of a run.
    Printed {
        /// The run.
        run: RunId,
        /// The call.
        call: CallId,
        /// What.
        heard: Heard,
    },
    /// The environments, where the settings name none: discovered, or made by the demo. In display order.
    Environments(Vec<crate::config::Environment>),
    /// Somebody signed in on the terminal, or did not: what to tell. Not asked for where nothing could be run.
    SignedIn(Result<String, String>),
    /// The profiles that are written down, and the regions they name.
    Profiles(Vec<String>, Vec<String>),
    /// Environments could not be discovered; it is tried again.
    Lost(Trouble),
    /// The boards, from the disk.
    Boards(Boards),
    /// The last known fleet, from the cache on disk.
    Cached(Vec<Service>),
    /// What is kept of a service on this machine.
    Remembered(ServiceKey, Box<Kept>),
    /// A run read from the journal at the start: its entries, and whether another process of this machine
    /// is flying it now.
    Journaled {
        /// Its lines.
        entries: Vec<Entry>,
        /// True when another process holds it.
        held: bool,
    },
    /// What the calls of an environment cost so far.
    Meter {
        /// Environment.
        environment: EnvironmentName,
        /// Calls made.
        calls: u64,
        /// Of them throttled.
        throttled: u64,
        /// Estimated dollars for the metrics asked.
        dollars: f64,
    },
    /// Something to tell that came from the runtime (a cache set aside, a file exported).
    Notice {
        /// The sentence.
        text: String,
        /// True when it is bad news.
        bad: bool,
    },
    /// SIGTERM, SIGHUP, SIGINT or SIGQUIT.
    Terminate,
    /// The process was continued after Ctrl-Z.
    Continued,
    /// The wall clock, sent before every other message when it has moved.
    Now(Stamp),
}

/// A mouse event, in cells from the top left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// What.
    pub kind: MouseKind,
    /// Column.
    pub column: u16,
    /// Row.
    pub row: u16,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// Wheel up.
    WheelUp,
    /// Wheel down.
    WheelDown,
    /// Left button pressed.
    Click,
    /// Left button pressed twice within 400 ms on one cell.
    DoubleClick,
}
