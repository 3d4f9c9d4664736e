//! Small parts that several screens share.

use crate::model::{Metric, Stamp, Trouble};

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Table or matrix of services.
    Fleet,
    /// One service.
    Service,
    /// Runs: the list, or one run.
    Runs,
    /// Environments.
    Environments,
    /// What happened.
    Timeline,
    /// Alarms.
    Alarms,
    /// Pinned services.
    Board,
    /// Help.
    Help,
}

impl Screen {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Fleet,
        Self::Service,
        Self::Runs,
        Self::Environments,
        Self::Timeline,
        Self::Alarms,
        Self::Board,
        Self::Help,
    ];
}

/// Cursor and scroll of a plain list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListView {
    /// The selected line.
    pub cursor: usize,
    /// The first line shown.
    pub offset: usize,
}

/// Something that is asked for: nothing yet, the last good one, and the last trouble if it is newer.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// The last good one.
    pub value: Option<T>,
    /// When it came.
    pub at: Option<Stamp>,
    /// The trouble since then.
    pub trouble: Option<Trouble>,
    /// True while asked for.
    pub loading: bool,
}

impl<T> Default for Loaded<T> {
    fn default() -> Self {
        Self { value: None, at: None, trouble: None, loading: false }
    }
}

/// A sentence on the hint line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// True when it is bad news.
    pub bad: bool,
}

/// The metrics the charts show, in order.
pub const CHARTS: [Metric; 8] = Metric::ALL;
