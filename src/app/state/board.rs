//! Pinned services.

use super::ListView;
use crate::model::{Boards, EnvironmentName, Metric, Series, ServiceKey, Stamp, Trouble, board};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a board charts, one of them at a time.
pub const BOARD_METRICS: [Metric; 5] =
    [Metric::Requests, Metric::Errors, Metric::LatencyP99, Metric::Cpu, Metric::Memory];

/// The board.
#[derive(Debug, Default)]
pub struct BoardView {
    /// The boards that are kept.
    pub boards: Boards,
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
}

impl BoardView {
    /// The services that are pinned.
    pub fn pins(&self) -> &[ServiceKey] {
        let own = self.boards.boards.iter().find(|one| one.name == board::DEFAULT);
        own.map(|one| one.services.as_slice()).unwrap_or_default()
    }

    /// What is charted.
    pub fn metric(&self) -> Metric {
        BOARD_METRICS.get(self.metric).copied().unwrap_or(Metric::Requests)
    }
}
