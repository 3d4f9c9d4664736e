//! What sources find, and the services it is sorted to.

use crate::model::{ServiceKey, TimelineEvent, Trouble, TroubleKind};
use std::collections::HashMap;

/// What a source told.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    /// What happened.
    pub events: Vec<TimelineEvent>,
    /// What of it could not be read.
    pub gaps: Vec<Trouble>,
    /// What bounds cut.
    pub bounds: Vec<String>,
}

impl Told {
    /// What a source that is asked as one told.
    pub fn of(result: Result<(Vec<TimelineEvent>, Option<String>), Trouble>) -> Self {
        match result {
            Ok((events, bound)) => Self { events, gaps: Vec::new(), bounds: bound.into_iter().collect() },
            // an endpoint that has no such operation has nothing to tell
            Err(trouble) if trouble.kind == TroubleKind::Unsupported => Self::default(),
            Err(trouble) => Self { gaps: vec![trouble], ..Self::default() },
        }
    }

    /// A source told nothing.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.gaps.is_empty() && self.bounds.is_empty()
    }
}

/// The services of the environment, by cluster and name as AWS calls them.
pub(super) struct Services<'a>(HashMap<(&'a str, &'a str), &'a ServiceKey>);

impl<'a> Services<'a> {
    pub(super) fn of(keys: &'a [ServiceKey]) -> Self {
        Self(keys.iter().map(|key| ((&*key.cluster, &*key.name), key)).collect())
    }

    /// The service of a cluster and name; App Runner's have no cluster.
    pub(super) fn find(&self, cluster: &str, name: &str) -> Option<&'a ServiceKey> {
        self.0.get(&(cluster, name)).copied()
    }

    /// Whether any of them is in this cluster.
    pub(super) fn has_cluster(&self, cluster: &str) -> bool {
        self.0.keys().any(|(own, _)| *own == cluster)
    }
}
