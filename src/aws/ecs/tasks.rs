//! Tasks.

use crate::{
    aws::{calls, ecs::definition, link::Link, text},
    model::{TaskBrief, Trouble, TroubleKind, detail::TaskContainer},
};
use aws_sdk_ecs::{operation::list_tasks::builders::ListTasksFluentBuilder, types};
use std::sync::Arc;

/// Tasks in one call of DescribeTasks.
const BATCH: usize = 100;

/// Task definitions read for the tasks of a service that stopped; each is read once and kept.
const DEFINITIONS: usize = 3;

/// The running tasks of a service and those that stopped within the hour, newest first.
pub(in crate::aws) async fn of_service(
    link: &Arc<Link>,
    cluster: &str,
    service: &str,
) -> Result<Vec<TaskBrief>, Trouble> {
    let on = format!("{cluster}/{service}");
    let of = |status: types::DesiredStatus| {
        move |request: ListTasksFluentBuilder| request.service_name(service).desired_status(status.clone())
    };
    let (running, stopped) = futures_util::join!(
        arns(link, cluster, &on, of(types::DesiredStatus::Running)),
        arns(link, cluster, &on, of(types::DesiredStatus::Stopped)),
    );
    described(link, cluster, &on, [running?, stopped?].concat()).await
}

/// The tasks that were started by this name, running or stopped within the hour, newest first. "When you specify
/// `startedBy` as the filter, it must be the only filter" (ListTasks), and it finds none that stopped: those are looked
/// for among the family's.
pub(in crate::aws) async fn started(
    link: &Link,
    cluster: &str,
    by: &str,
    family: &str,
) -> Result<Vec<TaskBrief>, Trouble> {
    let on = format!("{cluster}, started by {by}");
    let (running, stopped) = futures_util::join!(
        arns(link, cluster, &on, |request| request.started_by(by)),
        arns(link, cluster, &on, |request| {
            request.family(family).desired_status(types::DesiredStatus::Stopped)
        }),
    );
    let mut tasks = described(link, cluster, &on, [running?, stopped?].concat()).await?;
    tasks.retain(|task| task.started_by == by);
    Ok(tasks)
}

async fn described(
    link: &Link,
    cluster: &str,
    on: &str,
    mut all: Vec<String>,
) -> Result<Vec<TaskBrief>, Trouble> {
    all.sort();
    all.dedup();
    let mut tasks = Vec::new();
    for batch in all.chunks(BATCH) {
        let request = || link.ecs().describe_tasks().cluster(cluster).set_tasks(Some(batch.to_vec())).send();
        let answer = link.call(&calls::DESCRIBE_TASKS, on, request).await?;
        tasks.extend(answer.tasks().iter().map(brief));
    }
    tasks.sort_by_key(|t| std::cmp::Reverse(t.created_at));
    Ok(tasks)
}

async fn arns(
    link: &Link,
    cluster: &str,
    on: &str,
    narrowed: impl Fn(ListTasksFluentBuilder) -> ListTasksFluentBuilder,
) -> Result<Vec<String>, Trouble> {
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let request = || {
            let all = link.ecs().list_tasks().cluster(cluster).max_results(100);
            narrowed(all).set_next_token(next.take()).send()
        };
        let page = link.call(&calls::LIST_TASKS, on, request).await?;
        found.extend(page.task_arns().iter().cloned());
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// One task; none once AWS forgot it.
pub(in crate::aws) async fn one(
    link: &Link,
    cluster: &str,
    task: &str,
) -> Result<Option<TaskBrief>, Trouble> {
    let on = format!("{cluster}/{}", text::tail(task));
    let request = || link.ecs().describe_tasks().cluster(cluster).tasks(task).send();
    match link.call(&calls::DESCRIBE_TASKS, &on, request).await {
        Ok(answer) => Ok(answer.tasks().first().map(brief)),
        Err(trouble) if trouble.kind == TroubleKind::NotFound => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// Tells of the containers of stopped tasks which of them a task ends with: DescribeTasks does not say. What cannot
/// be read stays untold.
pub(in crate::aws) async fn tell_essential(link: &Link, tasks: &mut [TaskBrief]) {
    let mut wanted: Vec<String> = Vec::new();
    for task in tasks.iter().filter(|t| t.last_status == "STOPPED" && t.containers.len() > 1) {
        if !wanted.contains(&task.task_definition) && wanted.len() < DEFINITIONS {
            wanted.push(task.task_definition.clone());
        }
    }
    let reads = wanted.iter().filter(|arn| !arn.is_empty()).map(|arn| definition::read(link, arn));
    let known: Vec<_> = futures_util::future::join_all(reads).await.into_iter().flatten().collect();
    for task in tasks {
        let Some(definition) = known.iter().find(|d| d.arn == task.task_definition) else { continue };
        for container in &mut task.containers {
            let found = definition.containers.iter().find(|c| c.name == container.name);
            container.essential = found.map(|c| c.essential);
        }
    }
}

/// A task of AWS's as the model has it.
pub(in crate::aws) fn brief(task: &types::Task) -> TaskBrief {
    let arn = text::name(task.task_arn().unwrap_or_default());
    TaskBrief {
        id: text::tail(&arn).to_owned(),
        task_definition: text::name(task.task_definition_arn().unwrap_or_default()),
        last_status: text::name(task.last_status().unwrap_or_default()),
        desired_status: text::name(task.desired_status().unwrap_or_default()),
        health: task.health_status().map(|h| text::name(h.as_str())).unwrap_or_default(),
        started_by: text::name(task.started_by().unwrap_or_default()),
        created_at: text::stamp(task.created_at()),
        started_at: text::stamp(task.started_at()),
        stopped_at: text::stamp(task.stopped_at()),
        stop_code: task.stop_code().map(|c| text::name(c.as_str())).unwrap_or_default(),
        stopped_reason: text::line(task.stopped_reason()),
        containers: task.containers().iter().map(container).collect(),
        address: address(task),
        zone: text::name(task.availability_zone().unwrap_or_default()),
        size: size(task),
        arn,
    }
}

fn container(container: &types::Container) -> TaskContainer {
    TaskContainer {
        name: text::name(container.name().unwrap_or_default()),
        last_status: text::name(container.last_status().unwrap_or_default()),
        exit_code: container.exit_code(),
        reason: text::line(container.reason()),
        image: text::name(container.image().unwrap_or_default()),
        digest: container.image_digest().map(text::name),
        essential: None,
        runtime_id: container.runtime_id().map(text::name),
    }
}

fn address(task: &types::Task) -> Option<String> {
    let of_container = task
        .containers()
        .iter()
        .flat_map(types::Container::network_interfaces)
        .find_map(|i| i.private_ipv4_address());
    let of_attachment = || {
        task.attachments()
            .iter()
            .flat_map(types::Attachment::details)
            .find(|d| d.name() == Some("privateIPv4Address"))
            .and_then(|d| d.value())
    };
    // without an interface of its own it is reached through its instance, by the port it was given there
    let of_instance = || {
        let mut bindings = task.containers().iter().flat_map(types::Container::network_bindings);
        bindings.find_map(types::NetworkBinding::host_port).map(|port| format!(":{port}"))
    };
    of_container.or_else(of_attachment).map(text::name).or_else(of_instance)
}

fn size(task: &types::Task) -> String {
    match (task.cpu(), task.memory()) {
        (Some(cpu), Some(memory)) => format!("{} CPU, {} MiB", text::name(cpu), text::name(memory)),
        (Some(cpu), None) => format!("{} CPU", text::name(cpu)),
        (None, Some(memory)) => format!("{} MiB", text::name(memory)),
        (None, None) => String::new(),
    }
}
