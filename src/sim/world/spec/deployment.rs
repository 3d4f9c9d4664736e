//! What a world says of how a service is deployed, and was.

/// A deployment or operation before the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Seconds before the start at which it began.
    pub ago: f64,
    /// Full image name.
    pub image: String,
    /// Full name of the image that it meant then, where its tag has moved since.
    pub meant: Option<String>,
    /// Its task definition was deregistered since.
    pub inactive: bool,
    /// It was forced, with the task definition of the one before.
    pub forced: bool,
    /// How it ended.
    pub ended: Ended,
}

/// A second task set, younger than the one in place.
#[derive(Debug, Clone, PartialEq)]
pub struct Beside {
    /// Full image name.
    pub image: String,
    /// Seconds before the start at which it was made.
    pub ago: f64,
    /// It has the production traffic already.
    pub serves: bool,
    /// Seconds from the start after which it gets the production traffic; none where nothing moves.
    pub moves: Option<f64>,
    /// Seconds from the start after which the set before it is taken away.
    pub ends: Option<f64>,
}

/// How DescribeServiceRevisions takes a service's revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revisions {
    /// It describes them.
    Described,
    /// It does not, and tells that in `failures`.
    Missing,
    /// It refuses the whole call because of them.
    Refused,
}

/// How a deployment before the start ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was put in place.
    Succeeded,
    /// The circuit breaker took it back.
    RolledBack,
    /// A newer one took over.
    Stopped,
}

/// What trips when tasks of a deployment keep failing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// Nothing.
    Off,
    /// The deployment fails and stays.
    Stop,
    /// The deployment is taken back.
    Rollback,
}

/// How an ECS service deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum StrategyName {
    Rolling,
    BlueGreen,
    Linear,
    Canary,
}

/// Failed tasks at which a circuit breaker trips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThresholdSpec {
    /// So many.
    Count(u32),
    /// Percent of the tasks wanted, from 3 to 200.
    Bounded(u32),
    /// Percent of the tasks wanted.
    Unbounded(u32),
}

/// A lifecycle hook.
#[derive(Debug, Clone, PartialEq)]
pub struct HookSpec {
    /// Name of the function it calls; none for one that pauses.
    pub function: Option<String>,
    /// Where it runs, as AWS spells stages.
    pub stages: Vec<String>,
    /// Seconds until it is decided by itself; none leaves it to AWS.
    pub timeout: Option<f64>,
    /// The deployment goes on then, instead of being taken back.
    pub proceeds: bool,
}
