//! Deployments of services, and the deaths of their tasks.

use super::found::{Services, Told};
use crate::{
    aws::{apprunner, caches::Whole, clients::Clients, convert, ecs},
    model::{
        DeploymentStatus, EventKind, HistoricDeployment, Kind, Operation, ServiceKey, Stamp, TaskBrief,
        TimelineEvent, Tone, Trouble, TroubleKind, blame,
    },
};
use std::{collections::BTreeSet, sync::Arc};

/// Stopped tasks of a cluster looked at at most.
const TASKS: usize = 500;

/// How the deployments of these services went.
pub(super) async fn deployments(clients: &Arc<Clients>, keys: &[ServiceKey], since: Stamp) -> Told {
    let reads = keys.iter().map(|key| of_one(clients, key, since));
    let mut told = Told::default();
    for (key, result) in keys.iter().zip(futures_util::future::join_all(reads).await) {
        match result {
            Ok((events, bound)) => {
                told.bounds.extend(bound);
                told.events.extend(events.into_iter().filter(|event| event.at >= since));
            }
            // the service is gone since it was listed, or moved by another controller, which keeps its own
            Err(trouble) if matches!(trouble.kind, TroubleKind::NotFound | TroubleKind::Refused) => {}
            // one service after the other is denied alike
            Err(trouble) => {
                let same = |known: &Trouble| known.what == trouble.what && known.kind == trouble.kind;
                if !told.gaps.iter().any(same) {
                    let mut trouble = trouble;
                    key.environment.as_str().clone_into(&mut trouble.on);
                    told.gaps.push(trouble);
                }
            }
        }
    }
    told
}

async fn of_one(clients: &Arc<Clients>, key: &ServiceKey, since: Stamp) -> Result<Whole, Trouble> {
    if key.kind == Kind::AppRunner {
        let arn = apprunner::arn_of(clients, key).await?;
        let all = apprunner::operations(clients, &arn, apprunner::NEWEST).await?;
        let whole = all.len() < apprunner::NEWEST
            || all.iter().any(|one| one.started_at.is_some_and(|at| at < since));
        let bound = (!whole).then(|| format!("the newest {} operations of {}", all.len(), key.name));
        return Ok((all.iter().flat_map(|one| of_operation(key, one)).collect(), bound));
    }
    let pointers = clients.settings.pointers(key);
    let (all, more) = ecs::deployments::since(clients, &key.cluster, &key.name, &pointers, since).await?;
    let bound = more.then(|| format!("some of the deployments of {}", key.name));
    Ok((all.iter().flat_map(|one| of_deployment(key, one)).collect(), bound))
}

fn event(key: &ServiceKey, id: String, at: Stamp, text: String, tone: Tone) -> TimelineEvent {
    TimelineEvent {
        id,
        at,
        environment: key.environment.clone(),
        key: Some(key.clone()),
        kind: EventKind::Deployment,
        name: String::new(),
        text,
        begins: false,
        who: String::new(),
        tone,
    }
}

/// When it began, and when it ended.
fn of_deployment(key: &ServiceKey, one: &HistoricDeployment) -> Vec<TimelineEvent> {
    let what = match one.version.short() {
        // not known
        version if version.is_empty() || version == "-" => "deployment".to_owned(),
        version => format!("deployment of {version}"),
    };
    let mut events = Vec::new();
    if let Some(at) = one.started_at.or(one.created_at) {
        let mut began = event(key, format!("{} begins", one.arn), at, format!("{what} began"), Tone::Plain);
        began.name = one.version.short();
        began.begins = true;
        events.push(began);
    }
    if let (Some(at), true) = (one.finished_at, one.status.is_over()) {
        let tone = if one.status == DeploymentStatus::Successful { Tone::Good } else { Tone::Bad };
        let reason = one.reason.trim();
        let because =
            if tone == Tone::Good || reason.is_empty() { String::new() } else { format!(": {reason}") };
        let text = format!("{what} {}{because}", one.status.word());
        events.push(event(key, format!("{} ends", one.arn), at, text, tone));
    }
    events
}

fn of_operation(key: &ServiceKey, one: &Operation) -> Vec<TimelineEvent> {
    let what = match one.kind.as_str() {
        "START_DEPLOYMENT" => "deployment".to_owned(),
        "UPDATE_SERVICE" => "update".to_owned(),
        "CREATE_SERVICE" => "creation".to_owned(),
        "PAUSE_SERVICE" => "pause".to_owned(),
        "RESUME_SERVICE" => "resumption".to_owned(),
        "DELETE_SERVICE" => "deletion".to_owned(),
        other => other.to_lowercase().replace('_', " "),
    };
    let mut events = Vec::new();
    if let Some(at) = one.started_at {
        let mut began = event(key, format!("{} begins", one.id), at, format!("{what} began"), Tone::Plain);
        began.begins = true;
        events.push(began);
    }
    if let Some(at) = one.ended_at {
        let tone = if one.status == "SUCCEEDED" { Tone::Good } else { Tone::Bad };
        let status = one.status.to_lowercase().replace('_', " ");
        events.push(event(key, format!("{} ends", one.id), at, format!("{what} {status}"), tone));
    }
    events
}

/// Tasks of the environment's services that died; AWS tells of those that stopped within the hour.
pub(super) async fn deaths(
    clients: &Arc<Clients>,
    services: &Services<'_>,
    keys: &[ServiceKey],
    since: Stamp,
) -> Told {
    let clusters: BTreeSet<&str> =
        keys.iter().filter(|key| key.kind != Kind::AppRunner).map(|key| &*key.cluster).collect();
    let reads = clusters.iter().map(|cluster| ecs::tasks::stopped(clients, cluster, TASKS));
    let mut told = Told::default();
    for (cluster, result) in clusters.iter().zip(futures_util::future::join_all(reads).await) {
        match result {
            Ok(tasks) => {
                let own = tasks.iter().filter_map(|task| death(services, cluster, task));
                told.events.extend(own.filter(|event| event.at >= since));
                if tasks.len() >= TASKS {
                    told.bounds.push(format!("the newest {TASKS} stopped tasks of {cluster}"));
                }
            }
            Err(trouble) => told.gaps.push(trouble),
        }
    }
    told
}

fn death(services: &Services<'_>, cluster: &str, task: &TaskBrief) -> Option<TimelineEvent> {
    let key = services.find(cluster, task.group.strip_prefix("service:")?)?;
    let at = task.stopped_at.filter(|_| blame::died(task))?;
    let short: String = task.id.chars().take(8).collect();
    let code = blame::Blame::of(task).code();
    Some(TimelineEvent {
        id: task.arn.clone(),
        at,
        environment: key.environment.clone(),
        key: Some(key.clone()),
        kind: EventKind::Task,
        name: code.map_or_else(|| "died".to_owned(), |code| format!("exit {code}")),
        text: convert::line(Some(&format!("task {short} died: {}", blame::why(task)))),
        begins: false,
        who: String::new(),
        tone: Tone::Bad,
    })
}
