//! What the cockpit is started with.

use super::{cache, clock, routes};
use crate::config::{Keymap, Settings, Theme};
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
}
