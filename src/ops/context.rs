//! What an operation is asked to do, and what is known around it.

use crate::model::{ImageChoice, Revision, Service, ServiceKey, Stamp, Version, detail::Network};

/// What the operator wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Put this image in place.
    Deploy(ImageChoice),
    /// Put an earlier revision back: this one, or the one that fits.
    RollBack {
        /// The chosen revision; none to let the plan find it.
        to: Option<Revision>,
    },
    /// Run the migration command once; the service itself stays as it is.
    Migrate {
        /// The image to run it from; none for the one in use.
        image: Option<ImageChoice>,
    },
    /// The same revision again.
    Redeploy,
    /// So many tasks.
    Scale(u32),
    /// Stop the rollout that is under way where it is.
    StopRollout,
    /// Stop one task.
    StopTask {
        /// Its ARN or id.
        task: String,
    },
}

/// How migrations are run. Everything may be left out where the service itself tells it, but the command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MigrationSettings {
    /// The container whose command is replaced; none for the service's main container.
    pub container: Option<String>,
    /// The command, word by word; empty when migrations are not configured.
    pub command: Vec<String>,
    /// Seconds until the task is stopped; 0 for ten minutes.
    pub timeout_s: u64,
    /// Another image than the one that is set.
    pub image: Option<ImageChoice>,
    /// The cluster to run in; needed for App Runner services, else the service's own.
    pub cluster: Option<String>,
    /// The task definition to run, family or ARN; needed for App Runner services, else the service's own.
    pub task_definition: Option<String>,
    /// The network to run in; none for the service's own.
    pub network: Option<Network>,
    /// The launch type; empty for the service's own, or the cluster's default.
    pub launch_type: String,
}

/// Milliseconds without any progress after which a run is stuck, unless configured otherwise.
pub const STUCK_AFTER_MS: u64 = 15 * 60 * 1000;

/// Milliseconds between two polls while things move, unless configured otherwise.
pub const POLL_MS: u64 = 2_500;

/// What this machine's journal knows of an image that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// A run put it in place then.
    PutInPlace(Stamp),
    /// A run put another one in its place then.
    Until(Stamp),
    /// A rollback left it then, for an earlier one.
    RolledBackFrom(Stamp),
    /// It was set then, when a run began that left it in place.
    Seen(Stamp),
}

impl Ran {
    /// The moment.
    pub fn at(self) -> Stamp {
        match self {
            Self::PutInPlace(at) | Self::Until(at) | Self::RolledBackFrom(at) | Self::Seen(at) => at,
        }
    }
}

/// What a planner is told from outside: no settings are read here.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// The row of the service as it was on screen.
    pub service: Service,
    /// The account it must be, twelve digits; empty where none is known.
    pub account: String,
    /// The region.
    pub region: String,
    /// `user@host`.
    pub who: String,
    /// The application's ECR repository, without tag: a name in the registry in use, or with its registry; none
    /// for the one in use.
    pub repository: Option<String>,
    /// The container the application ships in; none to find it.
    pub container: Option<String>,
    /// Migrations.
    pub migration: MigrationSettings,
    /// Images that ran here before, as this machine's journal knows.
    pub previous: Vec<(Version, Ran)>,
    /// Whether the environment allows no change.
    pub read_only: bool,
    /// Milliseconds between two polls while things move.
    pub poll_ms: u64,
    /// Milliseconds without any progress after which a run is stuck.
    pub stuck_after_ms: u64,
}

impl Context {
    /// A context with defaults for everything that configuration may say.
    pub fn new(service: Service, account: &str, region: &str, who: &str) -> Self {
        Self {
            service,
            account: account.to_owned(),
            region: region.to_owned(),
            who: who.to_owned(),
            repository: None,
            container: None,
            migration: MigrationSettings::default(),
            previous: Vec::new(),
            read_only: false,
            poll_ms: POLL_MS,
            stuck_after_ms: STUCK_AFTER_MS,
        }
    }

    /// The service.
    pub fn key(&self) -> &ServiceKey {
        &self.service.key
    }
}
