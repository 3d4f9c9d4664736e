//! What was learnt of an account and stays true.

use crate::model::{
    AlarmBrief, Awaited, Balancer, Operation, Pointers, Service, Stamp, TaskDefinition, TimelineEvent,
    Trouble, task_definition::Facts,
};
use futures_util::lock::Mutex as AsyncMutex;
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::Instant,
};

/// The deployment that a change began.
#[derive(Debug)]
pub(in crate::aws) struct Begun {
    pub id: String,
    pub created_at: f64,
    pub at: Instant,
}

/// Entries a cache holds before it starts over; more than two revisions of 10,000 services.
const CACHE_MAX: usize = 30_000;

/// A map that is emptied when it grows beyond its bound. What it holds never changes in AWS.
#[derive(Debug)]
pub(super) struct Cache<V>(Mutex<HashMap<String, V>>);

impl<V> Default for Cache<V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<V: Clone> Cache<V> {
    /// The value, if known.
    pub fn get(&self, key: &str) -> Option<V> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Remembers a value.
    pub fn put(&self, key: &str, value: V) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= CACHE_MAX {
            map.clear();
        }
        map.insert(key.to_owned(), value);
    }
}

/// A container's image as a revision resolved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContainerImage {
    pub container: String,
    pub image: String,
    pub digest: Option<String>,
    /// What only the task definition tells.
    pub facts: Option<Facts>,
}

/// What a service revision says; never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RevisionFacts {
    pub task_definition: String,
    pub created_at: Option<Stamp>,
    pub images: Vec<ContainerImage>,
    /// Where its traffic comes in.
    pub ways: Vec<RevisionWay>,
    /// What of the service pointed at its application's container then.
    pub pointers: Pointers,
}

/// A way in that a service revision resolved to, or that Express made for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RevisionWay {
    /// ARN of its target group.
    pub group: String,
    /// Its load balancer, where the revision tells it.
    pub balancer: Option<Balancer>,
    /// ARN of the rule or listener that sends production traffic.
    pub rule: Option<String>,
    /// Which of the service's ways it is.
    pub way: u8,
}

/// An App Runner service as ListServices tells it, with its environment tag once read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub arn: String,
    pub name: String,
    pub updated: i64,
    pub status: String,
    pub environment: Option<String>,
}

/// The App Runner services of an account, as last listed.
pub(super) type AppRunnerList = Option<(Instant, Arc<Vec<Listed>>)>;

/// What happened in a whole account, and what a bound cut of it.
pub(super) type Whole = (Vec<TimelineEvent>, Option<String>);

/// What a source told of an account: when it was read, from which moment on, and what.
pub(super) type History = (Instant, Stamp, Result<Whole, Trouble>);

/// The alarms of an account that fire, as last read.
pub(super) type FiringRead = (Instant, Result<Vec<AlarmBrief>, Trouble>);

/// The alarms of an account in any state, as last read, and whether there are more.
pub(super) type AlarmsRead = (Instant, Result<(Vec<AlarmBrief>, bool), Trouble>);

/// What was learnt and stays true.
#[derive(Debug, Default)]
pub(super) struct Caches {
    /// The deployment that this process began last, by `cluster/service`.
    pub begun: Cache<Arc<Begun>>,
    /// Service revisions by ARN.
    pub revisions: Cache<Arc<RevisionFacts>>,
    /// Containers of task definitions by ARN: where there are no service revisions, or these do not tell which
    /// container is the application.
    pub images: Cache<Arc<Vec<ContainerImage>>>,
    /// Whole task definitions by ARN; few, since only screens and plans read them.
    pub definitions: Cache<Arc<TaskDefinition>>,
    /// Load balancers by target group ARN; none where the group is gone.
    pub balancers: Cache<Arc<[Balancer]>>,
    /// Target groups by the ARN of the load balancer before them.
    pub behind: Cache<Arc<[String]>>,
    /// When it was looked where production's rule points, by ARN of a service, and that it points at nothing.
    pub nowhere: Cache<(Instant, Option<String>)>,
    /// That a service's rollout waits for somebody's decision, by its ARN, as last read.
    pub waiting: Cache<Option<Awaited>>,
    /// Which ECS services are Express services, by ARN.
    pub express: Cache<bool>,
    /// App Runner rows by ARN, with the moment of the last change they show.
    pub rows: Cache<(i64, Service)>,
    /// The telling operations of App Runner services by ARN, with the moment of change they were read at.
    pub operations: Cache<(i64, Arc<Vec<Operation>>)>,
    /// Value of the tag `environment` by ARN of an App Runner service.
    pub tags: Cache<Option<String>>,
    /// Whether Container Insights has metrics, by cluster.
    pub insights: Cache<bool>,
    /// Regions of buckets that are in another one than the environment.
    pub buckets: Cache<String>,
    /// The list of App Runner services, read once for all environments of the account.
    pub apprunner: AsyncMutex<AppRunnerList>,
    /// The alarms in ALARM or why they could not be read, read once for all environments of the account.
    pub firing: AsyncMutex<Option<FiringRead>>,
    /// All alarms or why they could not be read, read once for all environments of the account.
    pub alarms: AsyncMutex<Option<AlarmsRead>>,
    /// What the whole account was told to have done, source by source, read once for all environments.
    pub history: [AsyncMutex<Option<History>>; 3],
    /// Why App Runner is not there, once that is known.
    pub no_apprunner: Mutex<Option<Trouble>>,
    /// The endpoint has no DescribeServiceRevisions.
    pub no_revisions: AtomicBool,
    /// Clusters of which not one service of a batch could be described: the next batch is not taken apart.
    pub(super) refused: Mutex<BTreeSet<String>>,
    /// Not one of a batch of service revisions could be described: the next batch is not taken apart.
    pub revisions_refused: AtomicBool,
    /// The endpoint has no ListServiceDeployments.
    pub no_deployments: AtomicBool,
}

impl Caches {
    /// Whether a batch of this cluster was refused, and each of its services by itself as well.
    pub fn is_refused(&self, cluster: &str) -> bool {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).contains(cluster)
    }

    /// Remembers that.
    pub fn refuse(&self, cluster: &str) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(cluster.to_owned());
    }

    /// A batch of this cluster was described.
    pub fn take(&self, cluster: &str) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).remove(cluster);
    }
}
