//! What an operation is asked to do, and what is known around it.

use serde::{Deserialize, Serialize};

use crate::model::{
    EnvironmentName, ImageChoice, Protection, Revision, RunId, Service, ServiceKey, Stamp, Version,
    launch::Network, object::Place, process::Process,
};

/// What the operator wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Put the image in place that runs in another environment, with the gates that are configured.
    Promote {
        /// Where it runs: a service of the same application, read beside this one.
        from: ServiceKey,
    },
    /// Checks, migrations, deploy and verify window in one, with this image.
    Release(ImageChoice),
    /// Decide the lifecycle hook that the rollout waits at.
    Continue {
        /// Roll back rather than go on.
        rollback: bool,
    },
}

/// How migrations are run. Everything may be left out where the service itself tells it, but the command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MigrationSettings {
    /// The container whose command is replaced and whose exit code counts; none for the application's.
    pub container: Option<String>,
    /// The command, word by word; empty when migrations are not configured.
    pub command: Vec<String>,
    /// Commands to run before it, each with its own exit code.
    pub checks: Vec<Vec<String>>,
    /// Variables set besides the container's own.
    pub environment: Vec<(String, String)>,
    /// Whether a command is configured that takes the last migration back; it is offered, never run unasked.
    pub down: bool,
    /// Run the commands on this machine instead of in a task.
    pub local: bool,
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

/// What is watched after a deploy before it counts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct VerifySettings {
    /// Milliseconds that the window lasts.
    pub window_ms: u64,
    /// The largest share of answers that may be 5xx, 0 to 1.
    pub max_5xx_ratio: Option<f64>,
    /// By how much that share may be larger than in the hour before, 0 to 1.
    #[serde(default)]
    pub max_5xx_rise: Option<f64>,
    /// The longest p99, milliseconds.
    pub max_p99_ms: Option<u64>,
    /// By how much p99 may be longer than in the hour before: 0.5 for half as long again.
    #[serde(default)]
    pub max_p99_rise: Option<f64>,
    /// Alarms that have to stay quiet.
    pub alarms: Vec<String>,
    /// What becomes of a change of which nothing can be told.
    #[serde(default)]
    pub no_evidence: NoEvidence,
}

impl VerifySettings {
    /// Whether 5xx answers are asked for.
    pub(in crate::ops) fn asks_errors(&self) -> bool {
        self.max_5xx_ratio.is_some() || self.max_5xx_rise.is_some()
    }

    /// Whether p99 is asked for.
    pub(in crate::ops) fn asks_p99(&self) -> bool {
        self.max_p99_ms.is_some() || self.max_p99_rise.is_some()
    }

    /// Whether metrics have to be read.
    pub(in crate::ops) fn asks_metrics(&self) -> bool {
        self.asks_errors() || self.asks_p99()
    }
}

/// What becomes of a change whose window gave no evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoEvidence {
    /// It stays, and the run ends so.
    #[default]
    Unverified,
    /// It stays, and the run succeeds.
    Pass,
    /// It is taken back.
    RollBack,
}

/// How an image is promoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Promotion {
    /// A revision with the digest.
    #[default]
    Pinned,
    /// The tag that the service is set to is moved to the digest, then its tasks are replaced.
    Tag,
}

/// Where locks and records of runs are kept for a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockSettings {
    /// Bucket and prefix.
    pub place: Place,
    /// Milliseconds after which a lock that is not refreshed has expired.
    pub ttl_ms: u64,
}

impl LockSettings {
    /// The lock of an application where a service is: by what is locked, not by what the environment is called.
    pub fn lock(&self, account: &str, region: &str, key: &ServiceKey, application: &str) -> Place {
        let cluster = key.cluster.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("apprunner");
        let parts = [account, region, cluster, application].map(segment);
        self.within(&format!("locks/{}.json", parts.join("/")))
    }

    /// The record of a run.
    pub fn record(&self, run: &RunId) -> Place {
        self.within(&format!("runs/{}.json", segment(&run.0)))
    }

    /// What the keys of all records begin with.
    pub fn records(&self) -> Place {
        self.within("runs/")
    }

    fn within(&self, rest: &str) -> Place {
        let prefix = self.place.key.trim_matches('/');
        let key = if prefix.is_empty() { rest.to_owned() } else { format!("{prefix}/{rest}") };
        Place { bucket: self.place.bucket.clone(), key }
    }
}

/// A name as a part of a key: what could be taken for another part, or needs quoting, is replaced.
fn segment(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
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

/// Environments beside that of the service.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Beside {
    /// How the service's own environment is protected.
    pub own: Protection,
    /// Those that are protected more strictly, wherever they are.
    pub stricter: Vec<Neighbour>,
    /// None is configured: each cluster is an environment, protected by what its name says.
    pub discovered: bool,
}

/// An environment beside that of the service.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// Its name.
    pub name: EnvironmentName,
    /// How it is protected.
    pub protection: Protection,
    /// The names of its clusters; none for all there are.
    pub clusters: Option<Vec<String>>,
    /// The names of its services of App Runner; none for all there are.
    pub apprunner: Option<Vec<String>>,
    /// Whether it may be in the same account and region.
    pub beside: bool,
    /// Whether it is asked with credentials of its own; else with those of the service's environment.
    pub reached: bool,
}

impl Beside {
    /// Whether there are services that are protected more strictly, as far as is told.
    pub(in crate::ops) fn any(&self) -> bool {
        if self.discovered {
            // no name says more than that
            return self.own < Protection::Typed;
        }
        self.near().any(|neighbour| neighbour.clusters.as_ref().is_none_or(|own| !own.is_empty()))
    }

    /// Those that may be in the same account and region.
    pub(in crate::ops) fn near(&self) -> impl Iterator<Item = &Neighbour> {
        self.stricter.iter().filter(|neighbour| neighbour.beside)
    }

    /// The clusters that they may be in; none for all there are.
    pub(in crate::ops) fn clusters(&self) -> Option<Vec<String>> {
        if self.discovered {
            return None;
        }
        let mut named: Vec<String> = Vec::new();
        for neighbour in self.near() {
            named.extend(neighbour.clusters.as_ref()?.iter().cloned());
        }
        named.sort();
        named.dedup();
        Some(named)
    }

    /// The environment that a cluster belongs to, where that is protected more strictly, and how.
    pub(in crate::ops) fn over(&self, cluster: &str) -> Option<(String, Protection)> {
        if self.discovered {
            let protection = Protection::for_name(cluster);
            return (protection > self.own).then(|| (cluster.to_owned(), protection));
        }
        let has = |neighbour: &&Neighbour| {
            neighbour.clusters.as_ref().is_none_or(|clusters| clusters.iter().any(|own| own == cluster))
        };
        let strictest = self.near().filter(has).max_by_key(|neighbour| neighbour.protection)?;
        Some((strictest.name.to_string(), strictest.protection))
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
    /// Whether other containers with an image of its repository keep theirs when it is changed.
    pub others_stay: bool,
    /// Migrations.
    pub migration: MigrationSettings,
    /// What is watched after a deploy; none for nothing.
    pub verify: Option<VerifySettings>,
    /// Whether the same is watched after a rollback.
    pub verify_rollback: bool,
    /// Whether a rollback is watched without being asked to where numbers say that something is to be mended.
    pub prove_rollback: bool,
    /// How an image is promoted.
    pub promotion: Promotion,
    /// The team's lock; none where none is configured.
    pub lock: Option<LockSettings>,
    /// The lock's entity tag to take it over from its holder, once the holder's name was typed.
    pub steal: Option<String>,
    /// Runs of this service that this machine began, and that run no command: the lock of one of them is none of somebody else's for the
    /// rollback that puts it back.
    pub own: Vec<String>,
    /// Those of them that have a command still to come, or one that may still run: their lock is left alone, for it keeps
    /// others' migrations away.
    pub busy: Vec<String>,
    /// Commands of runs of this application here that were begun on this machine, and not seen to end.
    pub begun_here: Vec<(RunId, Process)>,
    /// Why, in the operator's words; may be empty.
    pub note: String,
    /// Images that ran here before, as this machine's journal knows.
    pub previous: Vec<(Version, Ran)>,
    /// When this machine's runs last put something in place here: reads that do not tell of it are too old.
    pub changed_at: Option<Stamp>,
    /// Whether the environment allows no change.
    pub read_only: bool,
    /// Why its environment is stricter than its own entry says, a clause; empty where it is not.
    pub stricter: String,
    /// What else there is in the same account and region, and how it is protected.
    pub beside: Beside,
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
            others_stay: false,
            migration: MigrationSettings::default(),
            verify: None,
            verify_rollback: false,
            prove_rollback: false,
            promotion: Promotion::Pinned,
            lock: None,
            steal: None,
            own: Vec::new(),
            busy: Vec::new(),
            begun_here: Vec::new(),
            note: String::new(),
            previous: Vec::new(),
            changed_at: None,
            read_only: false,
            stricter: String::new(),
            beside: Beside::default(),
            poll_ms: POLL_MS,
            stuck_after_ms: STUCK_AFTER_MS,
        }
    }

    /// The service.
    pub fn key(&self) -> &ServiceKey {
        &self.service.key
    }
}
