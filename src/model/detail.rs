//! A service in depth: what the service screen and the operations read.

use super::{
    Awaited, Balancer, ContainerBrief, Launch, Pointers, Service, Stamp, TaskDefinition, Version,
    container::{Doubt, Reason},
    launch::Network,
    task::TaskBrief,
    traffic,
    traffic::Role,
};
use serde::{Deserialize, Serialize};

/// One of ECS's `deployments[]`, or one of its `taskSets[]` where another controller moves them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deployment {
    /// `ecs-svc/…`.
    pub id: String,
    /// `PRIMARY`, `ACTIVE`, `INACTIVE`.
    pub status: String,
    /// Full ARN of its task definition.
    pub task_definition: String,
    /// The image of its main container, as far as known.
    pub version: Version,
    /// Tasks wanted.
    pub desired: u32,
    /// Tasks on their way.
    pub pending: u32,
    /// Tasks running.
    pub running: u32,
    /// Consecutive failures; back to 0 after a success.
    pub failed: u32,
    /// `IN_PROGRESS`, `COMPLETED`, `FAILED`, or empty.
    pub rollout_state: String,
    /// AWS's reason for it.
    pub reason: String,
    /// When it was made.
    pub created_at: Option<Stamp>,
    /// When it last changed.
    pub updated_at: Option<Stamp>,
    /// Whether it is a task set: made by CodeDeploy or by somebody's own controller.
    pub task_set: bool,
    /// Who made a task set, as they name it: CodeDeploy's deployment id, or an external id; empty where nobody told.
    pub external_id: String,
    /// Share of the service's tasks that a task set is to have, percent.
    pub scale: Option<u32>,
    /// `STEADY_STATE` or `STABILIZING` of a task set; empty otherwise.
    pub stability: String,
    /// Subnets, security groups, public address of its tasks.
    pub network: Option<Network>,
    /// `FARGATE`, `EC2`, … or empty when capacity providers are used.
    pub launch_type: String,
    /// Capacity providers: name, weight, base.
    pub capacity_providers: Vec<(String, i32, i32)>,
    /// ARNs of the target groups of a task set.
    pub target_groups: Vec<String>,
}

/// ServiceDeployment.status of ECS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeploymentStatus {
    /// Not begun.
    Pending,
    /// Under way.
    InProgress,
    /// A stop was asked for.
    StopRequested,
    /// Stopped where it was.
    Stopped,
    /// A rollback was asked for.
    RollbackRequested,
    /// Rolling back.
    RollbackInProgress,
    /// Rolled back.
    RollbackSuccessful,
    /// The rollback failed.
    RollbackFailed,
    /// In place.
    Successful,
    /// A status this version does not know; treated as under way.
    Unknown,
}

impl DeploymentStatus {
    /// Reads AWS's word.
    pub fn parse(word: &str) -> Self {
        match word {
            "PENDING" => Self::Pending,
            "IN_PROGRESS" => Self::InProgress,
            "STOP_REQUESTED" => Self::StopRequested,
            "STOPPED" => Self::Stopped,
            "ROLLBACK_REQUESTED" => Self::RollbackRequested,
            "ROLLBACK_IN_PROGRESS" => Self::RollbackInProgress,
            "ROLLBACK_SUCCESSFUL" => Self::RollbackSuccessful,
            "ROLLBACK_FAILED" => Self::RollbackFailed,
            "SUCCESSFUL" => Self::Successful,
            _ => Self::Unknown,
        }
    }

    /// The word people read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in progress",
            Self::StopRequested => "stop requested",
            Self::Stopped => "stopped",
            Self::RollbackRequested => "rollback requested",
            Self::RollbackInProgress => "rolling back",
            Self::RollbackSuccessful => "rolled back",
            Self::RollbackFailed => "rollback failed",
            Self::Successful => "succeeded",
            Self::Unknown => "unknown",
        }
    }

    /// True once it will not change any more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed | Self::Successful)
    }
}

/// A service deployment of ECS (at most 90 days of them are kept by AWS).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoricDeployment {
    /// Service deployment ARN.
    pub arn: String,
    /// Where it stands.
    pub status: DeploymentStatus,
    /// AWS's reason.
    pub reason: String,
    /// `SCALE_UP`, `BAKE_TIME`, …; empty when none.
    pub stage: String,
    /// `ROLLING`, `CANARY`, …
    pub strategy: String,
    /// When it was made.
    pub created_at: Option<Stamp>,
    /// When it began.
    pub started_at: Option<Stamp>,
    /// When it ended.
    pub finished_at: Option<Stamp>,
    /// ARN of the service revision it puts in place.
    pub target_revision: Option<String>,
    /// Its task definition, once the revision was read.
    pub task_definition: Option<String>,
    /// Its image, once the revision was read.
    pub version: Version,
    /// Tasks of the target revision: requested, running, pending.
    pub target_counts: Option<(u32, u32, u32)>,
    /// Tasks of the source revisions that still run.
    pub source_running: Option<u32>,
    /// Circuit breaker: status word, failures counted, threshold.
    pub breaker: Option<(String, u32, u32)>,
    /// Alarms watched and those that fired.
    pub alarms: Option<(Vec<String>, Vec<String>)>,
    /// Share of production traffic that the target revision is to have, percent; none where AWS shares none out
    /// (rolling), or does not say.
    pub traffic: Option<u32>,
    /// Why and when it was rolled back.
    pub rollback: Option<(String, Option<Stamp>)>,
    /// The task definition that the rollback puts in place, where AWS tells.
    pub back_to: Option<String>,
    /// Its lifecycle hooks so far: those that ran, and the one it waits for.
    pub hooks: Vec<Hook>,
}

impl HistoricDeployment {
    /// The hook that waits for somebody's decision.
    pub fn awaiting(&self) -> Option<&Hook> {
        self.hooks.iter().find(|hook| hook.waits())
    }
}

impl Hook {
    /// Whether it waits for somebody's decision.
    pub fn waits(&self) -> bool {
        self.status == "AWAITING_ACTION"
    }

    /// What a row tells of it, where it waits.
    pub fn awaited(&self) -> Awaited {
        let back = match self.timeout_action.as_str() {
            "ROLLBACK" => Some(true),
            "CONTINUE" => Some(false),
            _ => None,
        };
        Awaited { until: self.expires_at, back }
    }
}

/// A lifecycle hook of a service deployment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hook {
    /// AWS's hookId, by which ContinueServiceDeployment names it.
    pub id: String,
    /// `PAUSE` or `AWS_LAMBDA`.
    pub kind: String,
    /// What it calls: a function's ARN; empty for a pause.
    pub target: String,
    /// `AWAITING_ACTION`, `IN_PROGRESS`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`.
    pub status: String,
    /// When AWS decides by itself.
    pub expires_at: Option<Stamp>,
    /// What AWS decides then: `CONTINUE` or `ROLLBACK`.
    pub timeout_action: String,
}

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
    /// Name.
    pub name: String,
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
