//! ListTasks, DescribeTasks.

use serde_json::json;

use super::task_shape::{launched_on, shape, task_arn};
use super::{at_most, find_service, invalid, is_here, missing, paging, service_not_found, the_cluster};
use crate::sim::api::{Answer, Call};
use crate::sim::args::{Args, Out};
use crate::sim::engine::Engine;
use crate::sim::engine::state::{Owner, Task, TaskId};
use crate::sim::hash;

pub(super) fn list(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let cluster = the_cluster(engine, call)?;
    let stopped = match args.text("desiredStatus") {
        None | Some("RUNNING") => false,
        Some("STOPPED") => true,
        // AWS takes PENDING and finds nothing: it is never a task's desired status.
        Some("PENDING") => return Ok(json!({ "taskArns": [] })),
        Some(other) => {
            return Err(invalid(format!("desiredStatus {other} is not one of RUNNING, PENDING, STOPPED")));
        }
    };
    let service = match args.text("serviceName") {
        None => None,
        Some(name) => Some(find_service(engine, cluster, name).ok_or_else(service_not_found)?),
    };
    let launch = args.text("launchType");
    let elsewhere = args.text("daemonName").is_some();
    let instance = args.text("containerInstance").map(|name| name.rsplit('/').next().unwrap_or(name));
    let on_instance = |task: &Task| {
        instance
            .is_none_or(|id| task.seat.as_ref().is_some_and(|seat| format!("{:032x}", seat.instance) == id))
    };
    let family = args.text("family");
    let started_by = args.text("startedBy");
    let fits = |task: &&Task| {
        let of_service = service.is_none_or(|ix| matches!(task.owner, Owner::Service(own, _) if own == ix));
        let of_family = || {
            family.is_none_or(|family| engine.definition(task.definition).is_some_and(|d| d.family == family))
        };
        task.wanted() != stopped
            && of_service
            && started_by.is_none_or(|by| by == task.started_by)
            && launch.is_none_or(|kind| kind == launched_on(task))
            && on_instance(task)
            && !elsewhere
            && of_family()
    };
    let all = engine.cluster(cluster).map(|c| c.tasks.as_slice()).unwrap_or_default();
    let mut found: Vec<&Task> = all.iter().filter_map(|id| engine.tasks.get(id)).filter(fits).collect();
    if stopped {
        // nobody promises an order of those that are over
        found.sort_by_key(|task| hash::of(&task.id.0.to_be_bytes(), 53));
    }
    let (page, next) = paging(100).page(args, found)?;
    let arns: Vec<String> = page.into_iter().map(|task| task_arn(engine, task)).collect();
    Ok(Out::new().set("taskArns", arns).maybe("nextToken", next).done())
}

pub(super) fn describe(engine: &Engine, call: &Call) -> Answer {
    let args = Args(&call.input);
    let cluster = the_cluster(engine, call)?;
    let names = args.texts("tasks");
    if names.is_empty() {
        return Err(invalid("Tasks cannot be empty."));
    }
    at_most("Tasks", names.len(), 100)?;
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for name in names {
        let here = !name.starts_with("arn:") || is_here(call, name);
        let task = find(engine, name).and_then(|id| engine.tasks.get(&id));
        match task.filter(|task| here && task.cluster == cluster) {
            Some(task) => tasks.push(shape(engine, task, args.asks("include", "TAGS"))),
            None if name.starts_with("arn:") => failures.push(missing(name)),
            None => {
                let cluster = engine.cluster(cluster).map(|c| c.name.as_str()).unwrap_or_default();
                failures.push(missing(&super::arn(
                    &call.account,
                    &call.region,
                    &format!("task/{cluster}/{name}"),
                )));
            }
        }
    }
    Ok(json!({ "tasks": tasks, "failures": failures }))
}

/// A task by id or ARN.
pub(super) fn find(engine: &Engine, name: &str) -> Option<TaskId> {
    let id = name.rsplit('/').next().unwrap_or(name);
    let id = (id.len() == 32).then(|| u128::from_str_radix(id, 16).ok()).flatten().map(TaskId)?;
    engine.tasks.contains_key(&id).then_some(id)
}
