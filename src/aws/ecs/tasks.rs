//! Tasks.

use crate::{
    aws::{asked, calls, clients::Clients, convert, ecs::definition},
    model::{
        TaskBrief, Trouble, TroubleKind,
        task::{STARTED_BY, TaskContainer},
    },
};
use aws_sdk_ecs::{operation::list_tasks::builders::ListTasksFluentBuilder, types};
use std::sync::Arc;

/// Tasks in one call of DescribeTasks.
const BATCH: usize = 100;

/// Tasks of a family that are looked through for those of flightdeck.
const FAMILY_MAX: usize = 5_000;

/// Task definitions read for the tasks of a service that stopped; each is read once and kept.
const DEFINITIONS: usize = 3;

/// The running tasks of a service and those that stopped within the hour, newest first.
pub(in crate::aws) async fn of_service(
    clients: &Arc<Clients>,
    cluster: &str,
    service: &str,
) -> Result<Vec<TaskBrief>, Trouble> {
    let on = format!("{cluster}/{service}");
    let of = |status: types::DesiredStatus| {
        move |request: ListTasksFluentBuilder| request.service_name(service).desired_status(status.clone())
    };
    let (running, stopped) = futures_util::join!(
        arns(clients, cluster, &on, of(types::DesiredStatus::Running)),
        arns(clients, cluster, &on, of(types::DesiredStatus::Stopped)),
    );
    described(clients, cluster, &on, [running?, stopped?].concat()).await
}

/// The tasks of a cluster that stopped within the hour, newest first, no more than `most`.
pub(in crate::aws) async fn stopped(
    clients: &Clients,
    cluster: &str,
    most: usize,
) -> Result<Vec<TaskBrief>, Trouble> {
    let request = |request: ListTasksFluentBuilder| request.desired_status(types::DesiredStatus::Stopped);
    let mut all = arns(clients, cluster, cluster, request).await?;
    all.truncate(most);
    described(clients, cluster, cluster, all).await
}

/// The tasks that were started by this name, running or stopped within the hour, newest first. "When you specify
/// `startedBy` as the filter, it must be the only filter" (ListTasks), and it finds none that stopped: those are looked
/// for among the family's.
pub(in crate::aws) async fn started(
    clients: &Clients,
    cluster: &str,
    by: &str,
    family: &str,
) -> Result<Vec<TaskBrief>, Trouble> {
    let on = format!("{cluster}, started by {by}");
    let (running, stopped) = futures_util::join!(
        arns(clients, cluster, &on, |request| request.started_by(by)),
        arns(clients, cluster, &on, |request| {
            request.family(family).desired_status(types::DesiredStatus::Stopped)
        }),
    );
    let mut tasks = described(clients, cluster, &on, [running?, stopped?].concat()).await?;
    tasks.retain(|task| task.started_by == by);
    Ok(tasks)
}

/// The tasks of a family that any flightdeck started and that are not stopped, newest first. ListTasks takes one whole name
/// in `startedBy` and no beginning of one (botocore, ecs/2014-11-13, `ListTasksRequest$startedBy`), and its `desiredStatus` is
/// what ECS wants: a task that was told to stop and runs on is among those it wants stopped.
pub(in crate::aws) async fn begun(
    clients: &Clients,
    cluster: &str,
    family: &str,
) -> Result<Vec<TaskBrief>, Trouble> {
    let on = format!("{cluster}, family {family}");
    let of = |status: types::DesiredStatus| {
        move |request: ListTasksFluentBuilder| request.family(family).desired_status(status.clone())
    };
    let (running, stopped) = futures_util::join!(
        arns(clients, cluster, &on, of(types::DesiredStatus::Running)),
        arns(clients, cluster, &on, of(types::DesiredStatus::Stopped)),
    );
    let all = [running?, stopped?].concat();
    if all.len() > FAMILY_MAX {
        let why = format!("it has {} tasks, more than {FAMILY_MAX}", all.len());
        return Err(clients.trouble(&calls::LIST_TASKS, &on, TroubleKind::Refused, why));
    }
    let mut tasks = described(clients, cluster, &on, all).await?;
    let told = tasks.iter().map(|task| task.task_definition.as_str()).filter(|arn| !arn.is_empty()).map(Some);
    asked::about(clients, &calls::LIST_TASKS, &on, &[family], told)?;
    tasks.retain(|task| task.started_by.starts_with(STARTED_BY) && task.last_status != "STOPPED");
    Ok(tasks)
}

async fn described(
    clients: &Clients,
    cluster: &str,
    on: &str,
    mut all: Vec<String>,
) -> Result<Vec<TaskBrief>, Trouble> {
    all.sort();
    all.dedup();
    let mut tasks = Vec::new();
    for batch in all.chunks(BATCH) {
        let request =
            || clients.ecs().describe_tasks().cluster(cluster).set_tasks(Some(batch.to_vec())).send();
        let answer = clients.call(&calls::DESCRIBE_TASKS, on, request).await?;
        let told = answer.tasks().iter().map(types::Task::task_arn);
        asked::about(clients, &calls::DESCRIBE_TASKS, on, batch, told)?;
        tasks.extend(answer.tasks().iter().map(brief));
    }
    tasks.sort_by_key(|t| std::cmp::Reverse(t.created_at));
    Ok(tasks)
}

async fn arns(
    clients: &Clients,
    cluster: &str,
    on: &str,
    narrowed: impl Fn(ListTasksFluentBuilder) -> ListTasksFluentBuilder,
) -> Result<Vec<String>, Trouble> {
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let request = || {
            let all = clients.ecs().list_tasks().cluster(cluster).max_results(100);
            narrowed(all).set_next_token(next.take()).send()
        };
        let page = clients.call(&calls::LIST_TASKS, on, request).await?;
        let told = page.task_arns().iter().map(|arn| Some(arn.as_str()));
        asked::within(clients, &calls::LIST_TASKS, on, cluster, told)?;
        found.extend(page.task_arns().iter().cloned());
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// One task; none once AWS forgot it.
pub(in crate::aws) async fn one(
    clients: &Clients,
    cluster: &str,
    task: &str,
) -> Result<Option<TaskBrief>, Trouble> {
    let on = format!("{cluster}/{}", convert::tail(task));
    let request = || clients.ecs().describe_tasks().cluster(cluster).tasks(task).send();
    match clients.call(&calls::DESCRIBE_TASKS, &on, request).await {
        Ok(answer) => {
            let told = answer.tasks().iter().map(types::Task::task_arn);
            asked::about(clients, &calls::DESCRIBE_TASKS, &on, &[task], told)?;
            Ok(answer.tasks().first().map(brief))
        }
        Err(trouble) if trouble.kind == TroubleKind::NotFound => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// Tells of the containers of stopped tasks which of them a task ends with: DescribeTasks does not say. What cannot
/// be read stays untold.
pub(in crate::aws) async fn tell_essential(clients: &Clients, tasks: &mut [TaskBrief]) {
    let mut wanted: Vec<String> = Vec::new();
    for task in tasks.iter().filter(|t| t.last_status == "STOPPED" && t.containers.len() > 1) {
        if !wanted.contains(&task.task_definition) && wanted.len() < DEFINITIONS {
            wanted.push(task.task_definition.clone());
        }
    }
    let reads = wanted.iter().filter(|arn| !arn.is_empty()).map(|arn| definition::read(clients, arn));
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
    let arn = convert::name(task.task_arn().unwrap_or_default());
    TaskBrief {
        id: convert::tail(&arn).to_owned(),
        task_definition: convert::name(task.task_definition_arn().unwrap_or_default()),
        last_status: convert::name(task.last_status().unwrap_or_default()),
        desired_status: convert::name(task.desired_status().unwrap_or_default()),
        health: task.health_status().map(|h| convert::name(h.as_str())).unwrap_or_default(),
        group: convert::name(task.group().unwrap_or_default()),
        started_by: convert::name(task.started_by().unwrap_or_default()),
        created_at: convert::stamp(task.created_at()),
        started_at: convert::stamp(task.started_at()),
        stopped_at: convert::stamp(task.stopped_at()),
        stop_code: task.stop_code().map(|c| convert::name(c.as_str())).unwrap_or_default(),
        stopped_reason: convert::line(task.stopped_reason()),
        containers: task.containers().iter().map(container).collect(),
        address: address(task),
        zone: convert::name(task.availability_zone().unwrap_or_default()),
        size: size(task),
        arn,
    }
}

fn container(container: &types::Container) -> TaskContainer {
    TaskContainer {
        name: convert::name(container.name().unwrap_or_default()),
        last_status: convert::name(container.last_status().unwrap_or_default()),
        exit_code: container.exit_code(),
        reason: convert::line(container.reason()),
        image: convert::image(container.image().unwrap_or_default()),
        digest: container.image_digest().map(convert::name),
        essential: None,
        runtime_id: container.runtime_id().map(convert::name),
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
    of_container.or_else(of_attachment).map(convert::name).or_else(of_instance)
}

fn size(task: &types::Task) -> String {
    match (task.cpu(), task.memory()) {
        (Some(cpu), Some(memory)) => format!("{} CPU, {} MiB", convert::name(cpu), convert::name(memory)),
        (Some(cpu), None) => format!("{} CPU", convert::name(cpu)),
        (None, Some(memory)) => format!("{} MiB", convert::name(memory)),
        (None, None) => String::new(),
    }
}
