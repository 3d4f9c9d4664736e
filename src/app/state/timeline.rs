//! What happened.

use super::ListView;
use crate::model::{EnvironmentName, Range, Stamp, TimelineEvent, Trouble};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

/// The timeline.
#[derive(Debug)]
pub struct TimelineView {
    /// What was read, newest first, bounded.
    pub events: Vec<Arc<TimelineEvent>>,
    /// Cursor and scroll of what is listed.
    pub list: ListView,
    /// What narrows it, as typed.
    pub filter: String,
    /// How far back it is told.
    pub range: Range,
    /// The moment it was opened at, from a chart's cursor.
    pub moment: Option<Stamp>,
    /// Environments that are being read.
    pub reading: HashSet<EnvironmentName>,
    /// When it was last asked for.
    pub at: Option<Stamp>,
    /// From when on it was read.
    pub since: Option<Stamp>,
    /// What could not be read, by environment.
    pub gaps: BTreeMap<EnvironmentName, Vec<Trouble>>,
    /// The same as it comes in.
    pub coming: BTreeMap<EnvironmentName, Vec<Trouble>>,
}

impl Default for TimelineView {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            list: ListView::default(),
            filter: String::new(),
            range: Range::H3,
            moment: None,
            reading: HashSet::new(),
            at: None,
            since: None,
            gaps: BTreeMap::new(),
            coming: BTreeMap::new(),
        }
    }
}
