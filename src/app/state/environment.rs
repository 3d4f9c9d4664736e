//! What is known of an environment.

use crate::{
    config::settings::{self, Settings},
    model::{EnvironmentName, Protection, ServiceKey, Stamp, Trouble, identity::Identity},
};

/// One environment as the cockpit knows it.
#[derive(Debug)]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// Region, as configured or found.
    pub region: String,
    /// How it is protected.
    pub protection: Protection,
    /// The caller, once known.
    pub identity: Option<Identity>,
    /// The last trouble; cleared by the next success.
    pub trouble: Option<Trouble>,
    /// Parts that could not be read although the rest could.
    pub gaps: Vec<Trouble>,
    /// When all rows were last read.
    pub seen_at: Option<Stamp>,
    /// True while rows are being read.
    pub loading: bool,
    /// Calls, throttled calls, dollars so far.
    pub meter: (u64, u64, f64),
    /// When its calls began, for the cost per hour.
    pub since: Stamp,
    /// Milliseconds between reads of all rows, as the schedule set it.
    pub every: u64,
    /// Reads of all rows that failed in a row.
    pub failures: u32,
    /// When all rows are read next, where that is known.
    pub next_at: Option<Stamp>,
    /// Rows that change fast are being read.
    pub rows_loading: bool,
    /// Sparklines are being read.
    pub sparks_loading: bool,
    /// Trouble with metrics; the rest may be well.
    pub metrics_trouble: Option<Trouble>,
    /// When sparklines of rows that came up are going to be asked for.
    pub sparks_soon: Option<Stamp>,
    /// When sparklines were last asked for.
    pub sparks_at: Option<Stamp>,
    /// The services whose sparklines were asked for last.
    pub sparks_for: Vec<ServiceKey>,
    /// Alarms are being read.
    pub alarms_loading: bool,
    /// When alarms were last asked for.
    pub alarms_at: Option<Stamp>,
    /// Why alarms could not be read, since they last could.
    pub alarms_trouble: Option<Trouble>,
}

impl Environment {
    /// An environment of which nothing is known but its configuration.
    pub fn new(configured: &settings::Environment, settings: &Settings, now: Stamp) -> Self {
        let protection = if settings.read_only { Protection::ReadOnly } else { configured.protection };
        Self {
            name: configured.name.clone(),
            region: configured.region.clone().or_else(|| settings.region.clone()).unwrap_or_default(),
            protection,
            identity: None,
            trouble: None,
            gaps: Vec::new(),
            seen_at: None,
            loading: false,
            meter: (0, 0, 0.0),
            since: now,
            every: 0,
            failures: 0,
            next_at: None,
            rows_loading: false,
            sparks_loading: false,
            metrics_trouble: None,
            sparks_soon: None,
            sparks_at: None,
            sparks_for: Vec::new(),
            alarms_loading: false,
            alarms_at: None,
            alarms_trouble: None,
        }
    }
}
