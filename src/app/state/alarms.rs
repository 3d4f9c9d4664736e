//! Alarms.

use super::ListView;
use crate::model::{AlarmBrief, EnvironmentName, Series, ServiceKey, Stamp, Trouble};
use std::collections::{BTreeMap, HashMap, HashSet};

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
    /// What was read, by environment.
    pub read: BTreeMap<EnvironmentName, Vec<Alarmed>>,
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
}
