//! What `update` wants done. `runtime` does it; nothing else does.

use crate::{
    app::state::AlarmId,
    config::{Settings, settings::Means},
    model::{
        Armed, Ask, Entry, EnvironmentName, Metric, Range, RunId, Service, ServiceKey, Stamp,
        board::BoardChange,
        why::{Kept, Want},
    },
    ops::{CallId, TimerId},
};

/// Something to do outside the state. Effects of one update are begun in order; an [`Effect::Journal`] is on
/// disk and synced before any later effect of the same list is begun.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Ask AWS; parts and the result come back as [`super::Msg::Part`] and [`super::Msg::Answered`] with the
    /// same purpose. A second ask with an equal purpose replaces one that is still in flight.
    Ask {
        /// Which environment.
        environment: EnvironmentName,
        /// What for; routes the answer.
        purpose: Purpose,
        /// What.
        ask: Ask,
    },
    /// Change something; answered by [`super::Msg::Written`].
    Write {
        /// The run it belongs to.
        run: RunId,
        /// The call within the run.
        call: CallId,
        /// The change.
        armed: Armed,
    },
    /// Write a line to a run's journal file and sync it.
    Journal {
        /// The run.
        run: RunId,
        /// The line.
        entry: Entry,
    },
    /// Send [`super::Msg::Timer`] after so many milliseconds; a timer with an equal key is replaced.
    Timer {
        /// Which.
        key: TimerKey,
        /// In how many milliseconds.
        after: u64,
    },
    /// Forget credentials and connections of an environment and load them anew.
    Reconnect(EnvironmentName),
    /// Leave the screen, sign in to a profile (none: to what counts where none is named) on the terminal, and come
    /// back; answered by [`super::Msg::SignedIn`].
    SignIn(Option<String>),
    /// Reach the environments as these settings say: those that are reached in another way are connected anew, or
    /// looked for again where the settings name none. A run keeps the way it began with.
    Reroute(Box<Settings>),
    /// Keep what was done to the boards; answered by [`super::Msg::Boards`].
    SaveBoards(BoardChange),
    /// Keep these rows as the last known fleet.
    SaveFleet(Vec<Service>),
    /// Put this to what is kept of a service on this machine; answered by [`super::Msg::Remembered`] where anything is.
    Remember {
        /// The service.
        key: ServiceKey,
        /// Its ARN.
        arn: String,
        /// What is new.
        kept: Box<Kept>,
    },
    /// Put text on the terminal's clipboard (OSC 52).
    Copy(String),
    /// Tell somebody who looks elsewhere, by these means of the terminal.
    Notify {
        /// The sentence; nothing in it means anything to a terminal.
        text: String,
        /// By which means.
        by: Vec<Means>,
    },
    /// Write text to a file of the state directory and tell its path as a notice.
    Export {
        /// File name, no directories.
        name: String,
        /// Contents.
        text: String,
    },
    /// Switch mouse reporting.
    Mouse(bool),
    /// Stop the process until it is continued (Ctrl-Z).
    Suspend,
    /// Restore the terminal and leave.
    Quit,
}

/// What an ask is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The caller's identity.
    Identity,
    /// All rows of the environment.
    Fleet,
    /// Some rows again.
    Rows,
    /// The sparklines of the fleet.
    Sparks,
    /// The open service in depth.
    Detail(ServiceKey),
    /// Its charts.
    Charts(ServiceKey, Range),
    /// The numbers beside a rollout of it.
    Numbers(ServiceKey),
    /// Its revisions.
    Revisions(ServiceKey),
    /// What explains it besides.
    Why(ServiceKey, Box<Want>),
    /// A task definition for the difference on the Revisions tab.
    Definition(ServiceKey, String),
    /// Its log.
    Logs(ServiceKey),
    /// The images to pick from.
    Images(ServiceKey),
    /// The images of a repository, for the whole fleet.
    Repository(String),
    /// The alarms of an environment that fire.
    Alarms,
    /// The charts of the board.
    Board,
    /// Every alarm, for the screen of alarms.
    AllAlarms,
    /// What an alarm of it watches.
    Watched(AlarmId),
    /// What happened since a moment.
    Timeline(Stamp),
    /// What happened to the service whose charts are shown.
    Markers(ServiceKey),
    /// The list of the team's runs.
    Records,
    /// The record of one of them.
    Record(RunId),
    /// A call of a planner.
    Plan(RunId, CallId),
    /// A call of a run.
    Run(RunId, CallId),
}

/// Names a timer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TimerKey {
    /// The environment's rows are due.
    Fleet(EnvironmentName),
    /// Rows that change fast are due.
    Rows(EnvironmentName),
    /// Sparklines are due.
    Sparks(EnvironmentName),
    /// The environment's alarms are due.
    Alarms(EnvironmentName),
    /// The open service is due.
    Detail,
    /// Its charts are due.
    Charts,
    /// Its log is due.
    Logs,
    /// The board is due.
    Board,
    /// The screen of alarms is due.
    AllAlarms,
    /// What the selected alarm watches is due.
    Watched,
    /// The timeline is due.
    Timeline,
    /// The team's runs are due.
    Records,
    /// The order of a large fleet is due.
    Order,
    /// A relative time on the screen changes its text.
    Clock,
    /// A notice has been read.
    Notice,
    /// A pending key sequence is given up.
    Sequence,
    /// A planner's timer.
    Plan(RunId, TimerId),
    /// A run's timer.
    Run(RunId, TimerId),
}

/// The metrics of a sparkline row, in the order of columns.
pub const SPARKS: [Metric; 5] =
    [Metric::Cpu, Metric::Memory, Metric::Errors, Metric::Requests, Metric::LatencyP99];
