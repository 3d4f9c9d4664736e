//! What the cockpit is started with.

use super::{cache, clock, routes};
use crate::{
    config::{Keymap, Settings, Theme},
    model::EnvironmentName,
};
use std::{path::PathBuf, sync::Arc};

/// Everything a flight needs.
pub struct Launch {
    /// Settings as loaded.
    pub settings: Arc<Settings>,
    /// The live keymap.
    pub keymap: Arc<Keymap>,
    /// The theme, reduced to what the terminal can show.
    pub theme: Arc<Theme>,
    /// `user@host`, for the journal.
    pub who: String,
    /// The clock to go by.
    pub clock: clock::Clock,
    /// How the environments are reached.
    pub routes: routes::Routes,
    /// Where the last known fleet is kept, if it is.
    pub cache: Option<cache::Cache>,
    /// Where the journal and exports are kept.
    pub state_dir: PathBuf,
    /// Where it begins.
    pub begin: Begin,
}

/// Where the cockpit begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Begin {
    /// The service that is opened as soon as it is known: its environment and name.
    pub open: Option<(EnvironmentName, String)>,
    /// By what the fleet is filtered.
    pub filter: String,
}
