//! The least permissions: which operations of AWS the cockpit can call, and on what.
//!
//! What an operation can be narrowed to is told by the service authorization reference
//! (docs.aws.amazon.com/service-authorization). Where it names no resource, `*` is all there is.

use super::calls;
use serde_json::{Value, json};
use std::fmt::Write;

/// An operation, as a policy names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// `ecs:UpdateService`.
    pub action: &'static str,
    /// What it is for, a verb phrase.
    pub what: &'static str,
    /// What it can be narrowed to.
    pub on: On,
}

/// What a permission can be narrowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum On {
    /// Reads that a policy cannot narrow, or that go through a whole account.
    Read,
    /// The bucket of the team's lock.
    Bucket,
    /// Locks and records in it, to be read.
    Records,
    /// Locks and records in it, to be written.
    Objects,
    /// Services of the clusters.
    Services,
    /// Rollouts of services of the clusters.
    Deployments,
    /// Tasks of the clusters.
    Tasks,
    /// Task definitions, to be run.
    Definitions,
    /// Task definitions, to be registered: a policy cannot narrow it.
    Registration,
    /// Repositories of images.
    Repositories,
    /// Services of App Runner.
    AppRunner,
    /// Roles that tasks and services are given.
    Roles,
}

/// Permissions that no call of the cockpit is named after: a copy of a task definition is registered with its tags,
/// tasks get the tags of their service, and AWS asks whether the caller may hand on the roles.
const BESIDES: [Permission; 2] = [
    Permission { action: "ecs:TagResource", what: "tag what it makes", on: On::Registration },
    Permission { action: "iam:PassRole", what: "hand on the roles of tasks and services", on: On::Roles },
];

/// Every operation that can be called, reads first.
pub fn all() -> Vec<Permission> {
    let called = calls::ALL.iter().filter(|op| op.action != FREE);
    let mut found: Vec<Permission> =
        called.map(|op| Permission { action: op.action, what: op.what, on: on(op.action) }).collect();
    found.extend(BESIDES);
    found.sort_by_key(|permission| (permission.on != On::Read, permission.action));
    found.dedup_by_key(|permission| permission.action);
    found
}

/// Nobody can be forbidden to ask who he is.
const FREE: &str = "sts:GetCallerIdentity";

fn on(action: &str) -> On {
    match action {
        "s3:ListBucket" => On::Bucket,
        "s3:GetObject" => On::Records,
        "s3:PutObject" | "s3:DeleteObject" => On::Objects,
        "ecs:UpdateService" | "ecs:UpdateExpressGatewayService" => On::Services,
        "ecs:StopServiceDeployment" | "ecs:ContinueServiceDeployment" => On::Deployments,
        "ecs:StopTask" => On::Tasks,
        "ecs:RunTask" => On::Definitions,
        "ecr:BatchGetImage" | "ecr:PutImage" => On::Repositories,
        "apprunner:UpdateService" | "apprunner:StartDeployment" => On::AppRunner,
        "ecs:RegisterTaskDefinition" => On::Registration,
        _ => On::Read,
    }
}

/// Where the permissions are to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The account, twelve digits; empty for any.
    pub account: String,
    /// The region; empty for any.
    pub region: String,
    /// ECS clusters; none for all.
    pub clusters: Option<Vec<String>>,
    /// Whether services of App Runner are among it.
    pub apprunner: bool,
    /// Whether changes are allowed.
    pub changes: bool,
    /// Whether images are promoted by tag.
    pub tags: bool,
    /// Bucket and prefix of the team's lock.
    pub lock: Option<(String, String)>,
}

impl Reach {
    /// The ARN pattern of something of `service`, in the partition that the region is in.
    fn arn(&self, service: &str, what: &str) -> String {
        let any = |text: &str| if text.is_empty() { "*".to_owned() } else { text.to_owned() };
        let (partition, region, account) = (self.partition(), any(&self.region), any(&self.account));
        format!("arn:{partition}:{service}:{region}:{account}:{what}")
    }

    fn partition(&self) -> &'static str {
        match self.region.split('-').next() {
            Some("cn") => "aws-cn",
            _ if self.region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    fn in_clusters(&self, kind: &str, rest: &str) -> Vec<String> {
        let all = vec!["*".to_owned()];
        let clusters = self.clusters.as_ref().unwrap_or(&all);
        clusters.iter().map(|cluster| self.arn("ecs", &format!("{kind}/{cluster}/{rest}"))).collect()
    }

    /// What a permission is narrowed to; none where it is not needed here.
    fn resources(&self, on: On) -> Option<Vec<String>> {
        let ecs = self.clusters.as_ref().is_none_or(|clusters| !clusters.is_empty());
        let change = |needed: bool, found: Vec<String>| (self.changes && needed).then_some(found);
        match on {
            On::Read => Some(vec!["*".to_owned()]),
            On::Bucket => {
                self.lock.as_ref().map(|(bucket, _)| vec![format!("arn:{}:s3:::{bucket}", self.partition())])
            }
            On::Records | On::Objects => {
                let (bucket, prefix) = self.lock.as_ref()?;
                let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
                let found = vec![format!("arn:{}:s3:::{bucket}/{prefix}*", self.partition())];
                if on == On::Records { Some(found) } else { change(true, found) }
            }
            On::Services => change(ecs, self.in_clusters("service", "*")),
            On::Deployments => change(ecs, self.in_clusters("service-deployment", "*")),
            On::Tasks => change(ecs, self.in_clusters("task", "*")),
            // App Runner's migrations are tasks of ECS
            On::Definitions => change(true, vec![self.arn("ecs", "task-definition/*")]),
            On::Registration => change(true, vec!["*".to_owned()]),
            On::Repositories => change(self.tags, vec![self.arn("ecr", "repository/*")]),
            On::AppRunner => change(self.apprunner, vec![self.arn("apprunner", "service/*")]),
            On::Roles => {
                let account = if self.account.is_empty() { "*" } else { &self.account };
                change(true, vec![format!("arn:{}:iam::{account}:role/*", self.partition())])
            }
        }
    }
}

/// The policy of what is reached, a document as IAM takes it.
pub fn document(reach: &Reach) -> Value {
    let mut statements: Vec<(On, Vec<&str>)> = Vec::new();
    for permission in all() {
        match statements.iter_mut().find(|(on, _)| *on == permission.on) {
            Some((_, actions)) => actions.push(permission.action),
            None => statements.push((permission.on, vec![permission.action])),
        }
    }
    let statements: Vec<Value> = statements
        .into_iter()
        .filter_map(|(on, actions)| {
            let resources = reach.resources(on)?;
            let mut statement = json!({
                "Sid": format!("{on:?}"), "Effect": "Allow", "Action": actions, "Resource": resources,
            });
            if on == On::Roles
                && let Some(members) = statement.as_object_mut()
            {
                let to = ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com", "apprunner.amazonaws.com"];
                let condition = json!({ "StringLike": { "iam:PassedToService": to } });
                members.insert("Condition".to_owned(), condition);
            }
            Some(statement)
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Every permission as a table in Markdown, for `docs/iam.md`.
pub fn markdown() -> String {
    let mut text = "| permission | to | on |\n|---|---|---|\n".to_owned();
    for permission in all() {
        let on = match permission.on {
            On::Read | On::Registration => "`*`",
            On::Bucket => "the bucket of the lock",
            On::Records | On::Objects => "the objects below the lock's prefix",
            On::Services => "services of the clusters",
            On::Deployments => "service deployments of the clusters",
            On::Tasks => "tasks of the clusters",
            On::Definitions => "task definitions",
            On::Repositories => "repositories, where images are promoted by tag",
            On::AppRunner => "services of App Runner",
            On::Roles => "roles, handed to ECS, its tasks and App Runner",
        };
        let _ = writeln!(text, "| `{}` | {} | {on} |", permission.action, permission.what);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_never_taken_for_a_read() {
        for permission in all() {
            let verb = permission.action.split_once(':').unwrap().1;
            let reads = ["List", "Describe", "Get", "Filter", "BatchGet", "Lookup"]
                .iter()
                .any(|v| verb.starts_with(v));
            assert!(reads || permission.on != On::Read, "{permission:?}");
        }
    }

    #[test]
    fn who_only_watches_gets_nothing_that_changes() {
        let reach = Reach { lock: Some(("b".into(), "team".into())), ..Reach::default() };
        let document = document(&reach);
        let actions: Vec<&str> = document["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|statement| statement["Action"].as_array().unwrap())
            .map(|action| action.as_str().unwrap())
            .collect();
        assert!(actions.contains(&"ecs:DescribeServices") && actions.contains(&"s3:ListBucket"));
        for change in ["ecs:UpdateService", "ecs:RunTask", "iam:PassRole", "s3:PutObject", "ecr:PutImage"] {
            assert!(!actions.contains(&change), "{change}");
        }
    }

    #[test]
    fn changes_reach_no_further_than_the_environment() {
        let reach = Reach {
            account: "111122223333".into(),
            region: "cn-north-1".into(),
            clusters: Some(vec!["prod".into()]),
            changes: true,
            lock: Some(("b".into(), String::new())),
            ..Reach::default()
        };
        let document = document(&reach).to_string();
        for told in [
            "arn:aws-cn:ecs:cn-north-1:111122223333:service/prod/*",
            "arn:aws-cn:ecs:cn-north-1:111122223333:service-deployment/prod/*",
            "arn:aws-cn:ecs:cn-north-1:111122223333:task/prod/*",
            "arn:aws-cn:iam::111122223333:role/*",
            "arn:aws-cn:s3:::b/*",
        ] {
            assert!(document.contains(told), "{told}: {document}");
        }
        assert!(!document.contains("apprunner:UpdateService") && !document.contains("ecr:PutImage"));
    }
}
