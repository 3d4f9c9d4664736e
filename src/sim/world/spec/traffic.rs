//! What a world says of a service's ways in.

/// What sort a load balancer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BalancerSort {
    /// `app/…`.
    #[default]
    Application,
    /// `net/…`.
    Network,
    /// Known by its name, without target groups.
    Classic,
}

/// Ways in of a service besides its first target group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WaysSpec {
    /// What sort its first load balancer is.
    pub sort: BalancerSort,
    /// A second load balancer before the first target group.
    pub also_behind: Option<String>,
    /// Name of the alternate target group: deployments that shift traffic go from one to the other.
    pub alternate: Option<String>,
    /// Where the production rule points whatever deployments did: to the alternate group or to the first.
    pub rule: Option<bool>,
    /// Further target groups.
    pub groups: Vec<GroupSpec>,
}

/// A further target group of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSpec {
    /// Its name.
    pub name: String,
    /// Its load balancer.
    pub balancer: String,
    /// What sort that is.
    pub sort: BalancerSort,
    /// The share of the service's requests that come in here, 0 to 1; the rest comes in by the first group.
    pub share: f64,
    /// Images that answer with errors do so here, and not where this is not said.
    pub faulty: bool,
}
