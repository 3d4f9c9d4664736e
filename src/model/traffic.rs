//! Where a service's traffic comes in: its target groups, the load balancers before them, and what each is for.

use serde::{Deserialize, Serialize};

/// What sort of load balancer it is; only one of these tells of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BalancerKind {
    /// `app/…`: requests, answers and latency are counted.
    Application,
    /// `net/…`: connections and bytes are counted, no requests.
    Network,
    /// `gwy/…`: packets pass through it.
    Gateway,
    /// One of the first generation, known by its name.
    Classic,
}

impl BalancerKind {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Application => "ALB",
            Self::Network => "NLB",
            Self::Gateway => "gateway load balancer",
            Self::Classic => "classic load balancer",
        }
    }
}

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Balancer {
    /// Its sort.
    pub kind: BalancerKind,
    /// `app/name/id`, as CloudWatch's dimension has it: the tail of its ARN; a classic one's name.
    pub id: String,
}

impl Balancer {
    /// The one of this ARN: `…:loadbalancer/app/name/id`. The classic ones' have no sort before the name.
    pub fn of_arn(arn: &str) -> Option<Self> {
        let (_, id) = arn.split_once(":loadbalancer/")?;
        Some(Self::of_id(id))
    }

    /// The one that CloudWatch calls so.
    pub fn of_id(id: &str) -> Self {
        let kind = match id.split_once('/') {
            Some(("app", _)) => BalancerKind::Application,
            Some(("net", _)) => BalancerKind::Network,
            Some(("gwy", _)) => BalancerKind::Gateway,
            _ => BalancerKind::Classic,
        };
        Self { kind, id: id.to_owned() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.id.split('/').nth(1).unwrap_or(&self.id)
    }
}

/// What a target group or a listener's rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Named first: it serves, unless a deployment moved its traffic to the alternate one.
    #[default]
    Production,
    /// The other one of a blue/green pair: it has all traffic after an odd number of deployments.
    Alternate,
    /// A rule by which new tasks are tried before traffic is moved.
    Test,
}

impl Role {
    /// Its word on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Alternate => "alternate",
            Self::Test => "test",
        }
    }
}

/// A way in: a target group behind a load balancer, or a classic load balancer alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Route {
    /// Its load balancer; none while it is not known, or where the group has none.
    pub balancer: Option<Balancer>,
    /// ARN of the target group; none behind a classic load balancer.
    pub group: Option<String>,
    /// What it is for.
    pub role: Role,
    /// Which of the service's configured ways in it belongs to: both groups of a pair have one number.
    pub way: u8,
}

/// A rule of a listener, or a whole listener, that sends traffic in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListenerRule {
    /// Its ARN: `…:listener-rule/…`, or `…:listener/…` of a network load balancer.
    pub arn: String,
    /// What its traffic is.
    pub role: Role,
}

/// Every way in of a service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Traffic {
    /// Target groups and balancers, in the order in which the service names them. A group behind two balancers is
    /// there twice.
    pub routes: Vec<Route>,
    /// Rules by which deployments shift traffic.
    pub rules: Vec<ListenerRule>,
}

impl Traffic {
    /// One target group behind one load balancer.
    pub fn one(balancer: &str, group: &str) -> Self {
        let route = Route {
            balancer: Some(Balancer::of_id(balancer)),
            group: Some(group.to_owned()),
            role: Role::Production,
            way: 0,
        };
        Self { routes: vec![route], rules: Vec::new() }
    }

    /// True where none is known.
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }

    /// Adds a way in, each once.
    pub fn add(&mut self, route: Route) {
        let known = |r: &Route| r.group == route.group && r.balancer == route.balancer;
        if !self.routes.iter().any(known) {
            self.routes.push(route);
        }
    }

    /// Adds a rule, each once.
    pub fn add_rule(&mut self, arn: String, role: Role) {
        if !self.rules.iter().any(|rule| rule.arn == arn) {
            self.rules.push(ListenerRule { arn, role });
        }
    }

    /// Its target groups, each once.
    pub fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = Vec::new();
        for group in self.routes.iter().filter_map(|route| route.group.as_deref()) {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        groups
    }

    /// Its target groups whose load balancer is not known.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().filter(|r| r.balancer.is_none()).filter_map(|r| r.group.as_deref())
    }

    /// Fills in the load balancers of groups: none where they are not known yet.
    pub fn fill<'a>(&mut self, balancers: impl Fn(&str) -> Option<Vec<Balancer>> + 'a) {
        for mut route in std::mem::take(&mut self.routes) {
            let found = match (&route.balancer, &route.group) {
                (None, Some(group)) => balancers(group).unwrap_or_default(),
                _ => Vec::new(),
            };
            if found.is_empty() {
                self.add(route);
                continue;
            }
            for balancer in found {
                route.balancer = Some(balancer);
                self.add(route.clone());
            }
        }
    }

    /// Where a group stands in the service's configuration.
    pub fn role_of(&self, group: &str) -> Option<Role> {
        self.routes.iter().find(|route| route.group.as_deref() == Some(group)).map(|route| route.role)
    }

    /// The ways in whose requests CloudWatch counts: balancer, group as its dimension `targetgroup/name/id`, and
    /// the number of the way.
    pub fn measured(&self) -> impl Iterator<Item = (&str, &str, u8)> {
        self.routes.iter().filter_map(|route| {
            let balancer = route.balancer.as_ref().filter(|b| b.kind == BalancerKind::Application)?;
            Some((balancer.id.as_str(), dimension(route.group.as_deref()?)?, route.way))
        })
    }

    /// The load balancers that answer requests themselves where no target can, each once.
    pub fn answering(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for (balancer, ..) in self.measured() {
            if !found.contains(&balancer) {
                found.push(balancer);
            }
        }
        found
    }

    /// The ways in of which CloudWatch tells neither requests nor answers, in words: `NLB edge`.
    pub fn unmeasured(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for route in &self.routes {
            let words = match (&route.balancer, &route.group) {
                (Some(balancer), _) if balancer.kind != BalancerKind::Application => {
                    format!("{} {}", balancer.kind.word(), balancer.name())
                }
                (None, Some(group)) if route.role != Role::Alternate => {
                    format!("target group {}, whose load balancer is not known", short(group))
                }
                _ => continue,
            };
            if !found.contains(&words) {
                found.push(words);
            }
        }
        found
    }
}

/// A target group as a dimension of CloudWatch: `targetgroup/name/id`, the tail of its ARN.
pub fn dimension(group: &str) -> Option<&str> {
    let at = group.find("targetgroup/")?;
    group.get(at..)
}

/// A target group's name, from its ARN.
pub fn short(group: &str) -> &str {
    let tail = dimension(group).unwrap_or(group);
    tail.split('/').nth(1).unwrap_or(tail)
}

/// That production's rule sends traffic to groups in which no target is healthy, in a clause.
pub fn points_nowhere(groups: &[&str]) -> String {
    let names: Vec<&str> = groups.iter().copied().map(short).collect();
    format!("production points at {}, which has no healthy target", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "arn:aws:elasticloadbalancing:r:1:targetgroup/prod-api/73e2";

    fn route(balancer: Option<&str>, group: &str, role: Role, way: u8) -> Route {
        Route { balancer: balancer.map(Balancer::of_id), group: Some(group.to_owned()), role, way }
    }

    #[test]
    fn balancers_are_told_by_their_arns() {
        for (tail, kind, name) in [
            ("app/prod/50dc", BalancerKind::Application, "prod"),
            ("net/edge/1", BalancerKind::Network, "edge"),
            ("gwy/x/1", BalancerKind::Gateway, "x"),
            ("old-one", BalancerKind::Classic, "old-one"),
        ] {
            let found = Balancer::of_arn(&format!("arn:aws:elasticloadbalancing:r:1:loadbalancer/{tail}"));
            let found = found.expect("an ARN");
            assert_eq!((found.kind, found.id.as_str(), found.name()), (kind, tail, name));
        }
        assert_eq!(Balancer::of_arn("x"), None);
        assert_eq!(dimension(GROUP), Some("targetgroup/prod-api/73e2"));
        assert_eq!((dimension("y"), short(GROUP), short("y")), (None, "prod-api", "y"));
    }

    #[test]
    fn what_is_measured_and_what_is_not() {
        let mut traffic = Traffic::default();
        let other = GROUP.replace("prod-api", "alt");
        traffic.add(route(None, GROUP, Role::Production, 0));
        traffic.add(route(None, &other, Role::Alternate, 0));
        traffic.add(route(Some("net/edge/1"), &GROUP.replace("prod-api", "tcp"), Role::Production, 1));
        assert_eq!(
            traffic.unmeasured(),
            ["target group prod-api, whose load balancer is not known", "NLB edge"]
        );
        let both = vec![Balancer::of_id("app/public/1"), Balancer::of_id("app/internal/2")];
        traffic.fill(|group| (group == GROUP).then(|| both.clone()));
        let measured: Vec<_> = traffic.measured().collect();
        assert_eq!(
            measured,
            [
                ("app/public/1", "targetgroup/prod-api/73e2", 0),
                ("app/internal/2", "targetgroup/prod-api/73e2", 0)
            ]
        );
        assert_eq!(traffic.answering(), ["app/public/1", "app/internal/2"]);
        assert_eq!(traffic.groups().len(), 3);
        assert_eq!(traffic.unknown().collect::<Vec<_>>(), [other.as_str()]);
        assert_eq!(traffic.unmeasured(), ["NLB edge"], "an idle alternate group is behind no balancer");
        assert_eq!(traffic.role_of(&other), Some(Role::Alternate));
    }
}
