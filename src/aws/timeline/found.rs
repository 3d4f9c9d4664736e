//! What sources find, and the services it is sorted to.

use crate::model::{ServiceKey, TimelineEvent, Trouble};
use std::collections::HashMap;

/// What a source told, and what of it could not be read.
pub(super) type Told = (Vec<TimelineEvent>, Vec<Trouble>);

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
