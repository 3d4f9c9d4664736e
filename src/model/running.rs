//! What runs of an ECS service: one view over `deployments[]` and `taskSets[]`.
//!
//! With the controller ECS a service has `deployments`; with CODE_DEPLOY or EXTERNAL it has task sets instead, and
//! `deployments` is empty (aws/copilot-cli#1061; recorded answers hold that). Both are [`Deployment`]s here, PRIMARY
//! first, and everybody who wants to know what is in place asks this module.

use super::{
    Controller, Deployment, DeploymentStatus, HistoricDeployment, ServiceDetail, TaskBrief, Version,
};

/// The deployment or task set that is PRIMARY: the one that ECS puts in place, or the task set that serves production
/// traffic.
pub fn primary(all: &[Deployment]) -> Option<&Deployment> {
    all.iter().find(|d| d.status == "PRIMARY")
}

/// Whether it still has, or is going to have, tasks: a task set that is DRAINING and a deployment that is INACTIVE are
/// on their way out.
fn live(deployment: &Deployment) -> bool {
    deployment.status == "PRIMARY"
        || (deployment.status == "ACTIVE" && deployment.desired + deployment.running + deployment.pending > 0)
}

/// Two task sets that live at once: traffic is being moved from one to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift<'a> {
    /// The one made last.
    pub new: &'a Deployment,
    /// The one that was there before.
    pub old: &'a Deployment,
}

impl Shift<'_> {
    /// Whether production traffic goes to the new one already: only a PRIMARY task set serves it.
    pub fn moved(&self) -> bool {
        self.new.status == "PRIMARY"
    }
}

/// The shift under way between task sets, if there is one.
pub fn shift(all: &[Deployment]) -> Option<Shift<'_>> {
    let mut sets: Vec<&Deployment> = all.iter().filter(|d| d.task_set && live(d)).collect();
    sets.sort_by_key(|d| std::cmp::Reverse(d.created_at));
    match sets.as_slice() {
        [new, old, ..] => Some(Shift { new, old }),
        _ => None,
    }
}

/// Whether a task is one of a deployment's or a task set's; by its task definition alone where nothing of the service
/// started it.
pub fn is_of(deployment: &Deployment, task: &TaskBrief) -> bool {
    task.started_by == deployment.id
        || (!task.started_by.starts_with("ecs-svc/") && task.task_definition == deployment.task_definition)
}

/// Whether a task is one of what is in place, or is being put there. Deaths of others are history.
///
/// ECS starts a service's tasks as `startedBy` the deployment's or task set's id; only where it names none of a
/// service does the task definition decide.
pub fn in_place(all: &[Deployment], task: &TaskBrief) -> bool {
    let mut standing = all.iter().filter(|d| live(d) && d.rollout_state != "FAILED");
    if task.started_by.starts_with("ecs-svc/") && all.iter().any(|d| d.id.starts_with("ecs-svc/")) {
        return standing.any(|d| d.id == task.started_by);
    }
    standing.any(|d| d.task_definition == task.task_definition)
}

/// A revision that was put in place whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completed<'a> {
    /// Full ARN of its task definition.
    pub definition: &'a str,
    /// Its image, as far as known.
    pub version: &'a Version,
}

/// The revision that AWS goes back to when the next rollout fails: the last that was completed, never one that is in
/// progress or failed. None where none is known to have been.
pub fn last_completed(detail: &ServiceDetail) -> Option<Completed<'_>> {
    completed(&detail.deployments, &detail.history)
}

fn completed<'a>(all: &'a [Deployment], history: &'a [HistoricDeployment]) -> Option<Completed<'a>> {
    let completed = |d: &&Deployment| d.rollout_state == "COMPLETED";
    // ECS tells no rollout state for task sets, for other strategies than rolling, and behind classic balancers
    let stands = |d: &&Deployment| {
        d.rollout_state.is_empty() && d.desired > 0 && d.pending == 0 && d.running >= d.desired
    };
    let put = all.iter().position(|d| d.status == "PRIMARY" && completed(&d));
    let mut done = history.iter().filter(|h| h.status == DeploymentStatus::Successful);
    let past =
        done.find_map(|h| Some(Completed { definition: h.task_definition.as_deref()?, version: &h.version }));
    let other = || all.iter().position(|d| completed(&d));
    let lone = || all.iter().position(|d| all.len() == 1 && stands(&d));
    let here = |place: usize| {
        all.get(place).map(|d| Completed { definition: d.task_definition.as_str(), version: &d.version })
    };
    put.and_then(here)
        .or(past)
        .or_else(|| other().or_else(lone).and_then(here))
        .filter(|found| !found.definition.is_empty())
}

impl Controller {
    /// Whether its services have task sets in place of deployments.
    pub fn has_task_sets(self) -> bool {
        matches!(self, Self::CodeDeploy | Self::External)
    }

    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ecs => "ecs",
            Self::CodeDeploy => "code_deploy",
            Self::External => "external",
            Self::AppRunner => "app_runner",
        }
    }

    /// Who that is, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ecs => "ECS",
            Self::CodeDeploy => "AWS CodeDeploy",
            Self::External => "a controller of its own",
            Self::AppRunner => "App Runner",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stamp;

    fn set(id: &str, status: &str, made: i64, running: u32) -> Deployment {
        Deployment {
            id: format!("ecs-svc/{id}"),
            status: status.into(),
            task_definition: format!("arn:aws:ecs:r:a:task-definition/shop:{id}"),
            running,
            desired: running,
            created_at: Some(Stamp(made)),
            task_set: true,
            ..Deployment::default()
        }
    }

    #[test]
    fn two_live_task_sets_are_a_shift() {
        let told = |all: &[Deployment]| {
            shift(all).map(|s| format!("{} {} {}", s.new.id, s.old.id, s.moved())).unwrap_or_default()
        };
        assert_eq!(told(&[set("1", "PRIMARY", 1, 2)]), "");
        let before = [set("1", "PRIMARY", 1, 2), set("2", "ACTIVE", 2, 2)];
        assert_eq!(told(&before), "ecs-svc/2 ecs-svc/1 false");
        let after = [set("2", "PRIMARY", 2, 2), set("1", "ACTIVE", 1, 2)];
        assert_eq!(told(&after), "ecs-svc/2 ecs-svc/1 true");
        assert_eq!(told(&[set("2", "PRIMARY", 2, 2), set("1", "DRAINING", 1, 1)]), "");
        assert_eq!(told(&[set("2", "PRIMARY", 2, 2), set("1", "ACTIVE", 1, 0)]), "");
    }

    #[test]
    fn tasks_of_what_was_replaced_are_history() {
        let mut all = [set("41", "PRIMARY", 3, 2), set("42", "ACTIVE", 2, 0)];
        all[1].task_set = false;
        let task = |by: &str, revision: &str| TaskBrief {
            started_by: by.into(),
            task_definition: format!("arn:aws:ecs:r:a:task-definition/shop:{revision}"),
            ..TaskBrief::default()
        };
        for (by, revision, here) in [
            ("ecs-svc/41", "41", true),
            ("ecs-svc/42", "42", false),
            ("ecs-svc/40", "41", false),
            ("", "41", true),
            ("", "42", false),
        ] {
            assert_eq!(in_place(&all, &task(by, revision)), here, "{by} {revision}");
        }
        let failed = [Deployment { rollout_state: "FAILED".into(), ..set("42", "PRIMARY", 2, 0) }];
        assert!(!in_place(&failed[1..], &task("ecs-svc/42", "42")));
    }

    #[test]
    fn nobody_goes_back_to_what_was_never_completed() {
        let deployment = |id: &str, status: &str, state: &str| Deployment {
            task_set: false,
            rollout_state: state.into(),
            ..set(id, status, 1, 2)
        };
        let alone = |state: &str| vec![deployment("2", "PRIMARY", state)];
        let two = |state: &str, other: &str| {
            vec![deployment("2", "PRIMARY", state), deployment("4", "ACTIVE", other)]
        };
        let told = |all: Vec<Deployment>| {
            completed(&all, &[]).map(|found| found.definition.rsplit(':').next().unwrap().to_owned())
        };
        for (all, back) in [
            (alone("COMPLETED"), Some("2")),
            (alone("IN_PROGRESS"), None),
            (alone("FAILED"), None),
            (alone(""), Some("2")),
            (two("IN_PROGRESS", "COMPLETED"), Some("4")),
            (two("IN_PROGRESS", "IN_PROGRESS"), None),
            (two("COMPLETED", "COMPLETED"), Some("2")),
            (two("", ""), None),
            (vec![], None),
        ] {
            let words: Vec<String> = all.iter().map(|d| format!("{} {}", d.id, d.rollout_state)).collect();
            assert_eq!(told(all).as_deref(), back, "{words:?}");
        }
    }
}
