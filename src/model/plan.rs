//! What an operation is going to do, shown before it is done.

use super::{
    Protection, ServiceKey,
    run::{RunId, RunKind},
};

/// A line of a plan: a label and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// `image`, `revision`, `command`, …
    pub label: String,
    /// What it is going to be.
    pub value: String,
    /// True for the change itself, which is drawn strongest.
    pub strong: bool,
}

/// A line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// In both.
    Same(String),
    /// Only in the old one.
    Removed(String),
    /// Only in the new one.
    Added(String),
    /// So many equal lines are left out here.
    Skipped(usize),
}

/// Everything an operation is going to do, resolved, before it is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The run it would be.
    pub run: RunId,
    /// What it does.
    pub kind: RunKind,
    /// On which service.
    pub key: ServiceKey,
    /// Twelve digits.
    pub account: String,
    /// Region.
    pub region: String,
    /// `Deploy 8be02d4 to prod-service`.
    pub title: String,
    /// What runs now, and what is going to: `1f0c9a7 → 8be02d4`. Both sides as short versions or revisions.
    pub from: String,
    /// The other side.
    pub to: String,
    /// The particulars, in order.
    pub lines: Vec<PlanLine>,
    /// Diff of the task definition; empty where there is none.
    pub diff: Vec<DiffLine>,
    /// What one should know before confirming.
    pub warnings: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<String>,
    /// What happens when it fails.
    pub on_failure: String,
    /// The AWS operations it may call, as policies name them. Nothing else can be armed.
    pub writes: Vec<&'static str>,
}

impl Plan {
    /// A plan that does nothing yet.
    pub fn empty(run: RunId, key: ServiceKey) -> Self {
        Self {
            run,
            kind: RunKind::Deploy,
            key,
            account: String::new(),
            region: String::new(),
            title: String::new(),
            from: String::new(),
            to: String::new(),
            lines: Vec::new(),
            diff: Vec::new(),
            warnings: Vec::new(),
            steps: Vec::new(),
            on_failure: String::new(),
            writes: Vec::new(),
        }
    }

    /// Where it happens, what it changes, and its own lines. What its first rows say is said once.
    pub fn particulars(&self, protection: Protection) -> Vec<PlanLine> {
        /// Labels of lines that the first rows say.
        const HEAD: [&str; 6] = ["environment", "account", "region", "cluster", "service", "kind"];
        let line = |label: &str, value: String, strong| PlanLine { label: label.to_owned(), value, strong };
        let key = &self.key;
        let service = match &*key.cluster {
            "" => format!("{} ({})", key.name, key.kind),
            cluster => format!("{} in cluster {cluster} ({})", key.name, key.kind),
        };
        let mut all = vec![
            line("environment", format!("{} ({})", key.environment, protection.word()), false),
            line("account", format!("{}, {}", self.account, self.region), false),
            line("service", service, false),
        ];
        let change = format!("{} → {}", self.from, self.to);
        if self.from != self.to && self.lines.iter().all(|line| line.value != change) {
            all.push(line("change", change, true));
        }
        all.extend(self.lines.iter().filter(|line| !HEAD.contains(&line.label.as_str())).cloned());
        all
    }

    /// The AWS operations it may call, each once.
    pub fn calls(&self) -> Vec<&'static str> {
        let mut calls = Vec::new();
        for write in &self.writes {
            if !calls.contains(write) {
                calls.push(*write);
            }
        }
        calls
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    #[test]
    fn what_the_first_rows_say_is_said_once() {
        let key = ServiceKey::new("staging", Kind::Ecs, "staging", "web");
        let line = |label: &str, value: &str| PlanLine {
            label: label.to_owned(),
            value: value.to_owned(),
            strong: false,
        };
        let mut plan = Plan { from: "2".into(), to: "20".into(), ..Plan::empty(RunId::from("r1"), key) };
        plan.lines = vec![line("region", "us-west-2"), line("image", "web:e7b41d2")];
        let labels = |plan: &Plan| -> Vec<String> {
            plan.particulars(Protection::Confirm).into_iter().map(|line| line.label).collect()
        };
        assert_eq!(labels(&plan), ["environment", "account", "service", "change", "image"]);

        plan.lines.push(line("tasks", "2 → 20"));
        assert_eq!(labels(&plan), ["environment", "account", "service", "image", "tasks"]);
        plan.to = plan.from.clone();
        assert_eq!(labels(&plan), ["environment", "account", "service", "image", "tasks"]);
    }

    #[test]
    fn a_call_that_is_made_twice_is_named_once() {
        let key = ServiceKey::new("staging", Kind::Ecs, "staging", "web");
        let mut plan = Plan::empty(RunId::from("r1"), key);
        plan.writes = vec!["ecs:UpdateService", "s3:PutObject", "ecs:UpdateService"];
        assert_eq!(plan.calls(), ["ecs:UpdateService", "s3:PutObject"]);
    }
}
