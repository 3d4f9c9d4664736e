//! What happened.

use super::{ListView, Widths};
use crate::model::{EnvironmentName, Range, Stamp, TimelineEvent, Trouble};
use std::{collections::BTreeMap, sync::Arc};

/// The timeline.
#[derive(Debug)]
pub struct TimelineView {
    /// What was read, newest first, bounded.
    pub events: Vec<Arc<TimelineEvent>>,
    /// Older entries than these were read and are not kept.
    pub full: bool,
    /// The same within the range, and the runs, put together: made anew when one of them changes.
    pub all: Vec<Arc<TimelineEvent>>,
    /// What of it passes the filter.
    pub listed: Vec<Arc<TimelineEvent>>,
    /// How wide its columns are.
    pub widths: TimelineWidths,
    /// Cursor and scroll of what is listed.
    pub list: ListView,
    /// What the cursor holds on to.
    pub hold: Hold,
    /// What narrows it, as typed.
    pub filter: String,
    /// How far back it is told.
    pub range: Range,
    /// The moment it was opened at, from a chart's cursor.
    pub moment: Option<Stamp>,
    /// When each environment was asked, and what came of it.
    pub asked: BTreeMap<EnvironmentName, Asked>,
    /// What could not be read, by environment.
    pub gaps: BTreeMap<EnvironmentName, Vec<Trouble>>,
    /// What bounds cut, by environment.
    pub bounds: BTreeMap<EnvironmentName, Vec<String>>,
    /// Both as they come in.
    pub coming: BTreeMap<EnvironmentName, (Vec<Trouble>, Vec<String>)>,
}

/// What the cursor of the timeline holds on to while entries come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The newest entry, whichever it is.
    Newest,
    /// The moment the timeline was opened at.
    Moment,
    /// The entry it was moved to.
    Entry,
}

/// What was asked of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// When it was asked, or answered.
    pub at: Stamp,
    /// From when on.
    pub since: Stamp,
    /// What came of it.
    pub came: Came,
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// Nothing yet, the first time or after it failed.
    Nothing,
    /// Nothing yet; what was told from this moment on is known.
    Again(Stamp),
    /// The answer.
    Answer,
    /// A trouble.
    Trouble,
}

/// Cells that columns of the timeline need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimelineWidths {
    /// Environments, and services.
    pub names: Widths,
    /// Who did it.
    pub who: u16,
}

impl Asked {
    /// True while it is being read.
    pub fn reads(&self) -> bool {
        matches!(self.came, Came::Nothing | Came::Again(_))
    }

    /// From when on it is known what happened; none where it is not.
    pub fn known(&self) -> Option<Stamp> {
        match self.came {
            Came::Answer => Some(self.since),
            Came::Again(since) => Some(since),
            Came::Nothing | Came::Trouble => None,
        }
    }
}

impl Default for TimelineView {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            full: false,
            all: Vec::new(),
            listed: Vec::new(),
            widths: TimelineWidths::default(),
            list: ListView::default(),
            hold: Hold::Newest,
            filter: String::new(),
            range: Range::H3,
            moment: None,
            asked: BTreeMap::new(),
            gaps: BTreeMap::new(),
            bounds: BTreeMap::new(),
            coming: BTreeMap::new(),
        }
    }
}
