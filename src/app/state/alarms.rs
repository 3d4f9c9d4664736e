//! Alarms.

use super::{ListView, Widths};
use crate::model::{AlarmBrief, EnvironmentName, Series, ServiceKey, Stamp, Trouble};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// An alarm of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarmed {
    /// The environment that it is of, or that it was read for.
    pub environment: EnvironmentName,
    /// The service it means; none where its name names none.
    pub key: Option<ServiceKey>,
    /// The alarm.
    pub alarm: AlarmBrief,
}

/// Names an alarm: account, region and its name, which is unique there.
pub type AlarmId = (String, String, String);

/// The alarms.
#[derive(Debug, Default)]
pub struct AlarmsView {
    /// What was read, by the environment that read it for its account and region.
    pub read: BTreeMap<EnvironmentName, Vec<Arc<Alarmed>>>,
    /// Environments whose account has more alarms than are read.
    pub more: BTreeSet<EnvironmentName>,
    /// Every alarm once: made anew when one of them changes.
    pub all: Vec<Arc<Alarmed>>,
    /// What of it passes the filter.
    pub listed: Vec<Arc<Alarmed>>,
    /// How wide its columns are.
    pub widths: AlarmWidths,
    /// Cursor and scroll.
    pub list: ListView,
    /// What narrows the list, as typed.
    pub filter: String,
    /// Environments that are being read.
    pub reading: HashSet<EnvironmentName>,
    /// When they were last asked for.
    pub at: Option<Stamp>,
    /// Why they could not be read.
    pub troubles: BTreeMap<EnvironmentName, Trouble>,
    /// What they watch, as far as it was looked at, and when.
    pub series: HashMap<AlarmId, (Stamp, Result<Series, Trouble>)>,
    /// The one whose metric is being read.
    pub asked: Option<AlarmId>,
    /// Until when the cost limit puts off what the selected one watches.
    pub waits: Option<Stamp>,
}

/// Cells that columns of the alarms need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlarmWidths {
    /// Environments, and services.
    pub names: Widths,
    /// Names of alarms.
    pub name: u16,
    /// Their rules.
    pub rule: u16,
}
