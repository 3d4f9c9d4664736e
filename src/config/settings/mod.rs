//! The settings in force, checked, and where they came from.

mod alone;
mod application;
mod environment;
mod file;
pub mod glyphs;
mod layers;
pub mod load;
mod lock;
pub mod notify;
mod own;
mod place;
mod reach;
#[cfg(test)]
mod tests;
pub mod value;
mod variables;

pub use application::{Application, LaunchType, Migration, NoEvidence, OtherContainers, Promotion, Verify};
pub use environment::{AccessKey, Environment, Scope};
pub use glyphs::Glyphs;
pub use lock::Lock;
pub use notify::{Means, Notify, Occasion};
pub use variables::stray;

pub use place::{Place, Stricter, bare};

use crate::model::{EnvironmentName, Protection, ServiceKey};
use std::{path::PathBuf, time::Duration};

/// How moments are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Times {
    /// `3m`, `2h`.
    #[default]
    Relative,
    /// Date and time of day.
    Absolute,
}

/// How long the journal keeps a run where nothing is configured.
const JOURNAL_KEEP: Duration = Duration::from_hours(365 * 24);

/// Everything that can be set, with nothing left open but what AWS has to tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The theme's name.
    pub theme: String,
    /// The keymap's name.
    pub keymap: String,
    /// Which glyphs are drawn.
    pub glyphs: Glyphs,
    /// How often the fleet is asked about; 1 s to 1 h.
    pub refresh: Duration,
    /// How long a rollout may show no progress before its run ends `stuck`; 5 s to 24 h.
    pub stuck_after: Duration,
    /// Whether the mouse is taken from the terminal.
    pub mouse: bool,
    /// Whether the line to the terminal is slow: nothing is drawn more often than every two seconds unless a key asks.
    pub slow: bool,
    /// How moments are shown at first.
    pub times: Times,
    /// Whether every environment is read-only, whatever its own protection.
    pub read_only: bool,
    /// The most that watching metrics may cost, in US dollars an hour.
    pub cost_limit: f64,
    /// Whether the last known fleet is kept on disk.
    pub cache: bool,
    /// The region where an environment names none; none asks the AWS configuration.
    pub region: Option<String>,
    /// The profile where an environment names neither profile nor role.
    pub profile: Option<String>,
    /// The endpoint where an environment names none.
    pub endpoint_url: Option<String>,
    /// Where the team's lock and the records of its runs are; none: nothing is locked, nothing shared.
    pub lock: Option<Lock>,
    /// How long the journal keeps a run before it is put into the archive; 1 day to 10 years, none: forever.
    pub journal_keep: Option<Duration>,
    /// What is told beyond the screen, and how.
    pub notify: Notify,
    /// The environments in the order in which they were written; none: they are discovered.
    pub environments: Vec<Environment>,
    /// The applications.
    pub applications: Vec<Application>,
    /// All environments, whichever of them this session is about, and those that its user's own file makes strict as that
    /// file describes them.
    pub places: Vec<Place>,
    /// Where none is configured: those that are stricter than their names say.
    pub by_name: Vec<Environment>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: "dark".into(),
            keymap: "default".into(),
            glyphs: Glyphs::Auto,
            refresh: Duration::from_secs(10),
            stuck_after: Duration::from_mins(15),
            mouse: true,
            slow: false,
            times: Times::Relative,
            read_only: false,
            cost_limit: 0.10,
            cache: true,
            region: None,
            profile: None,
            endpoint_url: None,
            lock: None,
            journal_keep: Some(JOURNAL_KEEP),
            notify: Notify::default(),
            environments: Vec::new(),
            applications: Vec::new(),
            places: Vec::new(),
            by_name: Vec::new(),
        }
    }
}

impl Settings {
    /// The configured environment of this name.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == *name)
    }

    /// How an environment is protected, configured or not; `read_only` wins over everything.
    pub fn protection(&self, name: &EnvironmentName) -> Protection {
        if self.read_only {
            return Protection::ReadOnly;
        }
        let known = self.environment(name).or_else(|| self.stricter_than_its_name(name));
        known.map_or_else(|| Protection::for_name(name.as_str()), |e| e.protection)
    }

    /// An environment that is not configured, where it is stricter than its name says.
    pub fn stricter_than_its_name(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.by_name.iter().find(|environment| environment.name == *name)
    }

    /// The application that this service belongs to, where one is configured.
    pub fn application_for(&self, key: &ServiceKey) -> Option<&Application> {
        self.applications.iter().find(|application| application.has(key))
    }

    /// The environment that this one is promoted from.
    pub fn promoted_from(&self, name: &EnvironmentName) -> Option<&EnvironmentName> {
        self.environment(name)?.promote_from.as_ref()
    }
}

/// What the command line sets; it wins over every other layer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags {
    /// `--config FILE`: read instead of looking for a project's `flightdeck.toml`.
    pub config: Option<PathBuf>,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--keymap`.
    pub keymap: Option<String>,
    /// `--glyphs`.
    pub glyphs: Option<String>,
    /// `--refresh`.
    pub refresh: Option<String>,
    /// `--cost-limit`.
    pub cost_limit: Option<String>,
    /// `--read-only`.
    pub read_only: bool,
    /// `--no-mouse`.
    pub no_mouse: bool,
    /// `--slow`.
    pub slow: bool,
    /// `--no-cache`.
    pub no_cache: bool,
    /// `--region`.
    pub region: Option<String>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// Neither the user's nor the project's file is read: for `demo`, which brings its own environments.
    pub no_files: bool,
}
