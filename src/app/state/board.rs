//! Pinned services.

use super::ListView;
use crate::model::{Boards, EnvironmentName, Metric, Series, ServiceKey, Stamp, Trouble, board};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a board charts, one of them at a time.
pub const BOARD_METRICS: [Metric; 5] =
    [Metric::Requests, Metric::Errors, Metric::LatencyP99, Metric::Cpu, Metric::Memory];

/// The board.
#[derive(Debug)]
pub struct BoardView {
    /// The boards that are kept.
    pub boards: Boards,
    /// The name of the one that is shown.
    pub name: String,
    /// The one that was shown before another was looked for.
    pub before: Option<String>,
    /// The selected service, and the first one shown.
    pub list: ListView,
    /// Which of [`BOARD_METRICS`] is charted.
    pub metric: usize,
    /// What was read.
    pub series: HashMap<ServiceKey, Vec<Series>>,
    /// Environments that are being read.
    pub reading: HashSet<EnvironmentName>,
    /// When it was last asked for.
    pub at: Option<Stamp>,
    /// Why metrics could not be read.
    pub troubles: BTreeMap<EnvironmentName, Trouble>,
    /// Until when the cost limit puts them off.
    pub waits: Option<Stamp>,
}

impl Default for BoardView {
    fn default() -> Self {
        Self {
            boards: Boards::default(),
            name: board::DEFAULT.to_owned(),
            before: None,
            list: ListView::default(),
            metric: 0,
            series: HashMap::new(),
            reading: HashSet::new(),
            at: None,
            troubles: BTreeMap::new(),
            waits: None,
        }
    }
}

impl BoardView {
    /// The services that are pinned to the board that is shown.
    pub fn pins(&self) -> &[ServiceKey] {
        self.boards.services(&self.name)
    }

    /// What is charted.
    pub fn metric(&self) -> Metric {
        BOARD_METRICS.get(self.metric).copied().unwrap_or(Metric::Requests)
    }
}
