//! Runs and planners.

use super::ListView;
use crate::{
    model::{Entry, RunId, ServiceKey, Stamp, Trouble, Version, run_view::RunView},
    ops::{Planner, Run, Wish},
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Runs.
#[derive(Debug, Default)]
pub struct RunsView {
    /// Live machines.
    pub live: HashMap<RunId, Run>,
    /// Planners at work.
    pub planners: HashMap<RunId, Planner>,
    /// Every run known that is not live, newest first.
    pub past: Vec<RunView>,
    /// Cursor and scroll of the list, newest first, live ones included.
    pub list: ListView,
    /// Runs of others.
    pub team: Team,
    /// What narrows the list, as typed.
    pub filter: String,
    /// The service that is read because it stands beside the open run.
    pub watched: Option<ServiceKey>,
    /// The run that is open.
    pub open: Option<RunId>,
    /// The run was not opened from the list: going back leaves the screen.
    pub direct: bool,
    /// Scroll of the open run's log: lines up from the end.
    pub log_up: usize,
    /// Characters of its lines left of the screen.
    pub log_left: usize,
    /// Runs that another process of this machine is flying.
    pub held: HashSet<RunId>,
    /// Machines of runs that were lost or are not watched, to be resumed.
    pub resting: HashMap<RunId, Run>,
    /// Entries of runs that the journal says were lost, to be taken up again.
    pub lost: HashMap<RunId, Vec<Entry>>,
    /// What each planner at work is to plan.
    pub wanted: HashMap<RunId, Wanted>,
}

/// Runs of others, as their records in S3 tell them.
#[derive(Debug, Default)]
pub struct Team {
    /// The runs that this machine's journal does not have.
    pub views: BTreeMap<RunId, RunView>,
    /// The list of records is being read.
    pub loading: bool,
    /// When it was last asked for.
    pub at: Option<Stamp>,
    /// Why records could not be read, since they last could.
    pub trouble: Option<Trouble>,
}

/// What a planner was asked for, kept to plan it anew when the plan is void.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The wish.
    pub wish: Wish,
    /// The service.
    pub key: ServiceKey,
    /// `Deploy 8be02d4 to prod-service`, as far as known before planning.
    pub title: String,
    /// When planning began.
    pub at: Stamp,
    /// Task definition and revision of the service when planning began.
    pub was: (String, String),
    /// Why it is planned anew; empty the first time.
    pub again: String,
    /// What ran in the environment it is promoted from when planning began.
    pub source: Version,
    /// Why it is done, as typed into the plan before.
    pub note: String,
    /// The entity tag of the lock to take over.
    pub steal: Option<String>,
    /// Whether a rollback is watched afterwards; none for what the configuration says.
    pub watched: Option<bool>,
}
