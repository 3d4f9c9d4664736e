//! Why a service is not well: everything known that explains it, on one panel.

use super::state::State;
use crate::model::{
    Blame, DeploymentStatus, Service, ServiceDetail, ServiceKey, ServiceState, Stamp, TaskBrief,
    blame::{self, By},
    running,
    stamp::brief,
    traffic,
};

/// What explains the state of a service, most telling first: (label, text). Never empty.
pub fn lines(state: &State, key: &ServiceKey) -> Vec<(String, String)> {
    let mut lines = Lines(Vec::new());
    let detail =
        state.service.as_ref().filter(|view| &view.key == key).and_then(|view| view.detail.value.as_deref());
    let row = state.rows.get(key).or_else(|| detail.map(|d| &d.service));
    alarms(&mut lines, state, key, detail);
    let nowhere = detail.and_then(ServiceDetail::points_nowhere);
    lines.add("traffic", &nowhere.filter(|told| row.is_none_or(|row| row.note != *told)).unwrap_or_default());
    match row {
        Some(row) => {
            of_row(&mut lines, row);
            version(&mut lines, state, row);
        }
        None => lines.add("state", "not known: AWS has not told about this service yet"),
    }
    if let Some(trouble) = state.environment(&key.environment).and_then(|e| e.trouble.as_ref()) {
        lines.add("environment", &trouble.to_string());
    }
    if let Some(detail) = detail {
        of_detail(&mut lines, detail, state.now);
    } else {
        let view = state.service.as_ref().filter(|view| &view.key == key);
        match view.and_then(|view| view.detail.trouble.as_ref()) {
            Some(trouble) => lines.add("particulars", &trouble.to_string()),
            None => lines.add("particulars", "being read"),
        }
    }
    lines.0
}

struct Lines(Vec<(String, String)>);

impl Lines {
    fn add(&mut self, label: &str, text: &str) {
        if !text.is_empty() {
            self.0.push((label.to_owned(), text.to_owned()));
        }
    }
}

/// What it runs: behind a moving tag the commit, as the fleet names it.
fn version(lines: &mut Lines, state: &State, row: &Service) {
    let version = state.images.words(&row.version);
    let text = match (version.as_str(), row.revision.as_str()) {
        ("-", revision) => revision.to_owned(),
        (version, "") => version.to_owned(),
        (version, revision) if revision == row.version.image => version.to_owned(),
        (version, revision) => format!("{version}, revision {revision}"),
    };
    lines.add("version", &text);
}

fn of_row(lines: &mut Lines, row: &Service) {
    let mut text = row.state.word().to_owned();
    match (row.running, row.desired) {
        (Some(running), Some(desired)) => text = format!("{text}, {running} of {desired} tasks run"),
        (Some(running), None) => text = format!("{text}, {running} run"),
        (None, _) => {}
    }
    if !row.note.is_empty() {
        text = format!("{text}: {}", row.note);
    }
    lines.add("state", &text);
    if row.controller.has_task_sets() {
        lines.add("deployed by", row.controller.told());
    }
    if row.daemon {
        lines.add("scheduling", "DAEMON: one task on each container instance");
    }
    if let Some(rollout) = &row.rollout {
        let mut text = format!("{} of {} new tasks run", rollout.new_running, rollout.new_desired);
        if rollout.failed > 0 {
            text = format!("{text}, {} failed in a row", rollout.failed);
        }
        if rollout.rolling_back {
            text = format!("{text}; AWS is putting the earlier revision back");
        }
        if !rollout.stage.is_empty() {
            text = format!("{text}; stage {}", rollout.stage);
        }
        lines.add("rollout", &text);
    }
}

fn of_detail(lines: &mut Lines, detail: &ServiceDetail, now: Stamp) {
    for deployment in &detail.deployments {
        let label = deployment.task_definition.rsplit('/').next().unwrap_or_default();
        if !deployment.reason.is_empty() && deployment.rollout_state != "COMPLETED" {
            lines.add("deployment", &format!("{label}: {}", deployment.reason));
        }
        if deployment.failed > 0 {
            lines.add("deployment", &format!("{label}: {} tasks failed in a row", deployment.failed));
        }
    }
    if let Some(last) = detail.history.first() {
        let bad = matches!(
            last.status,
            DeploymentStatus::RollbackSuccessful
                | DeploymentStatus::RollbackInProgress
                | DeploymentStatus::RollbackFailed
                | DeploymentStatus::RollbackRequested
                | DeploymentStatus::Stopped
        );
        if bad {
            let why = match &last.rollback {
                Some((reason, _)) if !reason.is_empty() => reason.as_str(),
                _ => &last.reason,
            };
            lines.add("last rollout", &format!("{}: {why}", last.status.word()));
        }
        if let Some((status, failures, threshold)) = &last.breaker
            && *failures > 0
        {
            lines.add("breaker", &format!("{failures} of {threshold} failures, {}", status.to_lowercase()));
        }
        if let Some((_, fired)) = last.alarms.as_ref().filter(|(_, fired)| !fired.is_empty()) {
            lines.add("rollout alarms", &fired.join(", "));
        }
    }
    if let Some(operation) = detail.operations.first()
        && (operation.status.contains("FAIL") || operation.status.contains("ROLLBACK"))
    {
        lines.add("last operation", &format!("{}: {}", operation.kind, operation.status));
    }
    for task in detail.tasks.iter().filter(|t| t.health == "UNHEALTHY" && t.stopped_at.is_none()) {
        lines.add("unhealthy task", &format!("{}: {}", short(&task.id), task.last_status));
    }
    let mut stopped: Vec<&TaskBrief> = detail.tasks.iter().filter(|t| super::rows::is_stopped(t)).collect();
    stopped.sort_by_key(|t| std::cmp::Reverse(t.stopped_at));
    let telling = stopped.into_iter().filter(|t| is_telling(t));
    // what was replaced since explains nothing any more; it is told last, as what it is
    let (present, past): (Vec<&TaskBrief>, Vec<&TaskBrief>) =
        telling.partition(|task| running::in_place(&detail.deployments, task));
    for (words, last, count) in grouped(present.into_iter()).into_iter().take(4) {
        lines
            .add(if count == 1 { "stopped task" } else { "stopped tasks" }, &ended(&words, last, count, now));
    }
    for target in detail.targets.iter().filter(|t| t.state != "healthy") {
        let reason = if target.description.is_empty() { &target.reason } else { &target.description };
        // a service of several target groups has the same task in more than one
        let several = detail.service.traffic.groups().len() > 1 && !target.group.is_empty();
        let of = if several { format!(" in {}", traffic::short(&target.group)) } else { String::new() };
        lines.add("target", &format!("{}:{}{of} {}: {reason}", target.id, target.port, target.state));
    }
    let quiet = matches!(detail.service.state, ServiceState::Steady | ServiceState::Paused);
    for event in detail.events.iter().take(if quiet { 2 } else { 4 }) {
        lines.add("event", &event.text);
    }
    for (words, last, count) in grouped(past.into_iter()).into_iter().take(2) {
        let revision = last.task_definition.rsplit('/').next().unwrap_or_default();
        let told = ended(&words, last, count, now);
        lines.add("before", &format!("{revision}, replaced since: {told}"));
    }
    for gap in &detail.gaps {
        lines.add("not readable", &gap.to_string());
    }
}

/// How tasks ended: one in full, several by what they have in common.
fn ended(words: &str, last: &TaskBrief, count: usize, now: Stamp) -> String {
    match (last.stopped_at, count) {
        (_, 1) => format!("{} {words}", short(&last.id)),
        (Some(at), _) => format!("{count} tasks, {words}, last {} ago", brief(now.since(at))),
        (None, _) => format!("{count} tasks, {words}"),
    }
}

/// Alarms that fire: those the fleet knows of, and those the open service tells.
fn alarms(lines: &mut Lines, state: &State, key: &ServiceKey, detail: Option<&ServiceDetail>) {
    let known = state.health.firing(key).iter();
    let own = detail.into_iter().flat_map(|d| d.alarms.iter()).filter(|a| a.state == "ALARM");
    let mut told: Vec<&str> = Vec::new();
    for alarm in known.chain(own) {
        if !told.contains(&alarm.name.as_str()) {
            told.push(&alarm.name);
            lines.add("alarm", &format!("{} fires: {}", alarm.name, alarm.reason));
        }
    }
    if let Some(trouble) = state.environment(&key.environment).and_then(|e| e.alarms_trouble.as_ref()) {
        lines.add("alarms", &trouble.to_string());
    }
}

/// Stopped tasks, newest first, put together by how they ended: in words, the newest one, how many.
fn grouped<'a>(tasks: impl Iterator<Item = &'a TaskBrief>) -> Vec<(String, &'a TaskBrief, usize)> {
    let mut groups: Vec<(String, &TaskBrief, usize)> = Vec::new();
    for task in tasks {
        let words = blame::why(task);
        match groups.iter_mut().find(|group| group.0 == words) {
            Some(group) => group.2 += 1,
            None => groups.push((words, task, 1)),
        }
    }
    groups
}

/// Tasks that were replaced in good order explain nothing.
pub(super) fn is_telling(task: &TaskBrief) -> bool {
    Blame::of(task).by != By::Scheduler
}

fn short(id: &str) -> String {
    id.chars().take(8).collect()
}
