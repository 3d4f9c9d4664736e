//! A service in depth: what the service screen and the operations read.

use super::{
    Balancer, ContainerBrief, Launch, Pointers, Service, Stamp, TaskDefinition, Version,
    container::{Doubt, Reason},
    deployment::{Deployment, HistoricDeployment},
    launch::Network,
    task::TaskBrief,
    traffic,
    traffic::Role,
};
use serde::{Deserialize, Serialize};

/// A listener's rule, and how it shares traffic out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleWeights {
    /// ARN of the rule, or of the listener.
    pub arn: String,
    /// What its traffic is.
    pub role: Role,
    /// ARNs of target groups and their weights.
    pub forwards: Vec<(String, u32)>,
}

/// A target of one of the service's target groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// ARN of the target group.
    pub group: String,
    /// Address or instance.
    pub id: String,
    /// Port.
    pub port: u16,
    /// `healthy`, `unhealthy`, `initial`, `draining`, …
    pub state: String,
    /// `Target.ResponseCodeMismatch` and the like.
    pub reason: String,
    /// AWS's sentence.
    pub description: String,
}

/// A line of a service's history in AWS's words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RolloutEvent {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Stamp,
    /// What.
    pub text: String,
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlarmBrief {
    /// Its name as it is shown.
    pub name: String,
    /// Its name as AWS has it, to be asked for and told apart by, where that is not what is shown.
    pub whole: Option<String>,
    /// `OK`, `ALARM`, `INSUFFICIENT_DATA`.
    pub state: String,
    /// AWS's reason.
    pub reason: String,
    /// Since when it is in that state.
    pub since: Option<Stamp>,
    /// What it watches, for people: `CPUUtilization > 80 for 3 of 3 × 60 s`.
    pub rule: String,
    /// The metric it watches; none for one of several metrics, and for one of other alarms.
    pub watched: Option<Box<Watched>>,
    /// The newest values that decided its state, oldest first, as AWS told them with it.
    pub values: Vec<f64>,
}

impl AlarmBrief {
    /// Its name as AWS has it; never shown or written.
    pub fn own_name(&self) -> &str {
        self.whole.as_ref().unwrap_or(&self.name)
    }
}

/// A metric that an alarm watches.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Watched {
    /// `AWS/ECS` and the like.
    pub namespace: String,
    /// Its name.
    pub metric: String,
    /// Names and values of its dimensions.
    pub dimensions: Vec<(String, String)>,
    /// `Average`, `Sum`, `p99`, …
    pub statistic: String,
    /// Seconds of a data point.
    pub period: i32,
    /// What it is compared with.
    pub threshold: f64,
}

/// An operation of App Runner.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operation {
    /// Its id.
    pub id: String,
    /// `START_DEPLOYMENT`, `UPDATE_SERVICE`, …
    pub kind: String,
    /// `PENDING`, `IN_PROGRESS`, `SUCCEEDED`, `FAILED`, `ROLLBACK_SUCCEEDED`, …
    pub status: String,
    /// When it began.
    pub started_at: Option<Stamp>,
    /// When it ended.
    pub ended_at: Option<Stamp>,
}

/// A revision a service ran or can run: the Revisions tab and the targets of a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Revision {
    /// `prod-service:41`, or an App Runner image reference.
    pub label: String,
    /// Task definition ARN; empty for App Runner.
    pub task_definition: String,
    /// The image.
    pub version: Version,
    /// When it was put in place, or registered.
    pub at: Option<Stamp>,
    /// How its last deployment ended, where known.
    pub outcome: String,
    /// True for the one that is set now.
    pub current: bool,
}

/// Everything about one service at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceDetail {
    /// The row.
    pub service: Service,
    /// AWS's own word for it: `ACTIVE`, `RUNNING`, `CREATE_FAILED`, …
    pub status: String,
    /// `deployments[]`, newest first (ECS).
    pub deployments: Vec<Deployment>,
    /// Service deployments, newest first (ECS, where the operations exist).
    pub history: Vec<HistoricDeployment>,
    /// Whether the endpoint has the service-deployment operations (moto has not).
    pub history_known: bool,
    /// Its tasks: running and those stopped in the last hour.
    pub tasks: Vec<TaskBrief>,
    /// Events, newest first.
    pub events: Vec<RolloutEvent>,
    /// Targets of all its target groups.
    pub targets: Vec<Target>,
    /// Where the rules of its deployments send traffic now, as far as they may be read.
    pub rules: Vec<RuleWeights>,
    /// Target groups of others behind its load balancers: balancer, and their names.
    pub neighbours: Vec<(Balancer, Vec<String>)>,
    /// Alarms named by its deployment configuration, or by its name.
    pub alarms: Vec<AlarmBrief>,
    /// Operations, newest first (App Runner).
    pub operations: Vec<Operation>,
    /// The task definition it is set to run (ECS).
    pub task_definition: Option<TaskDefinition>,
    /// What points at the container that the application ships in.
    pub pointers: Pointers,
    /// Whether the breaker is on, and whether it rolls back.
    pub breaker: Option<(bool, bool)>,
    /// `ROLLING`, `BLUE_GREEN`, …
    pub strategy: String,
    /// minimumHealthyPercent, maximumPercent.
    pub percents: Option<(u32, u32)>,
    /// Subnets, security groups, public address: what a one-off task of this service runs with.
    pub network: Option<Network>,
    /// `FARGATE`, `EC2`, … or empty when capacity providers are used.
    pub launch_type: String,
    /// Capacity providers: name, weight, base.
    pub capacity_providers: Vec<(String, i32, i32)>,
    /// What else it gives its tasks.
    pub launch: Launch,
    /// Seconds for which health checks of a new task do not count.
    pub grace_s: Option<u32>,
    /// App Runner: whether a push to the tag deploys by itself.
    pub auto_deploy: Option<bool>,
    /// App Runner: the whole SourceConfiguration, to be sent back with another image.
    pub source: Option<super::Sealed>,
    /// What of all this could not be read, and why.
    pub gaps: Vec<super::Trouble>,
    /// Configuration for the Config tab: section, name, value (masked), in order.
    pub config: Vec<(String, String, String)>,
    /// When AWS said all this.
    pub seen_at: Stamp,
}

impl ServiceDetail {
    /// Whether the load balancers before it are known to serve nobody else: then what they answer themselves is about it.
    pub fn is_alone(&self) -> bool {
        let known = &self.neighbours;
        let answering = self.service.traffic.answering();
        answering
            .iter()
            .all(|id| known.iter().any(|(balancer, others)| balancer.id == *id && others.is_empty()))
    }

    /// Groups that a production rule sends traffic to although no target in them is healthy, while others of the
    /// service are; with the rule. None where rules or health could not be read, and nothing is wanted.
    pub fn dead_ends<'a>(&'a self, rule: &'a RuleWeights) -> Vec<&'a str> {
        let healthy = |group: &str| self.targets.iter().any(|t| t.group == group && t.state == "healthy");
        if rule.role != Role::Production || self.service.desired == Some(0) || self.health_unread() {
            return Vec::new();
        }
        let forwards = rule.forwards.iter().filter(|(_, weight)| *weight > 0);
        forwards.map(|(group, _)| group.as_str()).filter(|group| !healthy(group)).collect()
    }

    /// That production points at nothing, in a clause; none where it does not, or nobody can tell.
    pub fn points_nowhere(&self) -> Option<String> {
        let dead: Vec<&str> = self.rules.iter().flat_map(|rule| self.dead_ends(rule)).collect();
        (!dead.is_empty() && self.targets.iter().any(|target| target.state == "healthy"))
            .then(|| traffic::points_nowhere(&dead))
    }

    /// Whether the health of targets could not be read.
    pub fn health_unread(&self) -> bool {
        self.gaps.iter().any(|gap| gap.what.contains("health of targets"))
    }

    /// The container that the application ships in, and why it is taken for it.
    ///
    /// # Errors
    /// Says why none is.
    pub fn main_container(&self) -> Result<(&ContainerBrief, Reason), Doubt> {
        let definition = self.task_definition.as_ref().ok_or(Doubt::Unread)?;
        let (place, reason) = self.pointers.resolve_in(definition, None)?;
        definition.containers.get(place).map(|container| (container, reason)).ok_or(Doubt::None)
    }
}
