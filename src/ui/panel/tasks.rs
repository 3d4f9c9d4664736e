//! A task as a row: how it is, and why it stopped.

use crate::ui::panel::lines::Spans;
use crate::{
    model::{Blame, ServiceDetail, Target, TaskBrief, blame},
    ui::view::View,
};
use ratatui::text::Span;

/// The row of a task; a branch of the deployment above where it is nested.
pub fn task(
    view: &View<'_>,
    detail: &ServiceDetail,
    task: &TaskBrief,
    nested: bool,
    last: bool,
) -> Vec<Span<'static>> {
    let skin = &view.skin;
    let mut spans = Spans::default();
    if nested {
        spans.push(if last { "  └ " } else { "  ├ " }, skin.faint);
    } else {
        let (mark, style) = mark(view, task);
        spans.push(format!("{mark} "), style);
    }
    spans.column(&short(&task.id), 8, skin.text);
    spans.column(&task.last_status.to_lowercase(), 12, skin.word(&task.last_status));
    if task.last_status == "STOPPED" {
        stopped(view, task, &mut spans);
        return spans.0;
    }
    let health = if task.health.is_empty() || task.health == "UNKNOWN" { "-" } else { &task.health };
    spans.column(&health.to_lowercase(), 9, skin.word(health));
    spans.number(&view.times.maybe(task.started_at.or(task.created_at)), 4, skin.muted);
    if let Some(target) = target_of(&detail.targets, task).filter(|t| t.state != "healthy") {
        let why = [target.reason.as_str(), target.description.as_str()];
        let why: Vec<&str> = why.into_iter().filter(|w| !w.is_empty()).collect();
        let told = format!("target {} {}", target.state, why.join(": ")).trim_end().to_owned();
        spans.clause(told, skin.word(&target.state));
    }
    if task.desired_status == "STOPPED" {
        spans.clause("stopping", skin.busy);
    }
    spans.clause(task.stopped_reason.clone(), skin.warn);
    if !nested {
        let revision = task.task_definition.rsplit('/').next().unwrap_or_default();
        spans.clause(revision, skin.muted);
        spans.clause(task.zone.clone(), skin.muted);
        spans.clause(task.size.clone(), skin.muted);
        spans.clause(task.address.clone().unwrap_or_default(), skin.muted);
    }
    spans.0
}

fn stopped(view: &View<'_>, task: &TaskBrief, spans: &mut Spans) {
    let skin = &view.skin;
    spans.number(&view.times.maybe(task.stopped_at), 4, skin.muted);
    spans.clause(blame::why(task), if has_failed(task) { skin.bad } else { skin.muted });
    let revision = task.task_definition.rsplit('/').next().unwrap_or_default();
    spans.clause(revision, skin.muted);
}

/// Whether a stopped task is one to look at: the revision is to blame, and it has not done its work.
fn has_failed(task: &TaskBrief) -> bool {
    let blame = Blame::of(task);
    blame.is_failure() && blame.code() != Some(0)
}

fn mark(view: &View<'_>, task: &TaskBrief) -> (char, ratatui::style::Style) {
    let skin = &view.skin;
    match (task.last_status.as_str(), task.health.as_str()) {
        ("RUNNING", "UNHEALTHY") => ('▲', skin.bad),
        ("RUNNING", _) => ('●', skin.ok),
        ("STOPPED", _) if has_failed(task) => ('▲', skin.bad),
        ("STOPPED", _) => ('×', skin.muted),
        _ => ('◐', skin.busy),
    }
}

/// The target that is this task: the one of its address, else the only one of its port.
fn target_of<'a>(targets: &'a [Target], task: &TaskBrief) -> Option<&'a Target> {
    let address = task.address.as_deref()?;
    let Some(port) = address.strip_prefix(':') else {
        return targets.iter().find(|t| t.id == address);
    };
    let port: u16 = port.parse().ok()?;
    // another instance may have given the same port to another task
    let mut found = targets.iter().filter(|t| t.port == port);
    let first = found.next()?;
    found.all(|t| t.id == first.id).then_some(first)
}

/// The first characters of an id.
fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_found_by_address_or_by_the_only_port() {
        let target = |id: &str, port| Target { id: id.into(), port, ..Target::default() };
        let targets =
            vec![target("10.0.1.7", 80), target("i-1", 32768), target("i-1", 32770), target("i-2", 32770)];
        for (address, want) in [
            (Some("10.0.1.7"), Some("10.0.1.7")),
            (Some("10.0.1.8"), None),
            (Some(":32768"), Some("i-1")),
            (Some(":32770"), None),
            (None, None),
        ] {
            let task = TaskBrief { address: address.map(str::to_owned), ..TaskBrief::default() };
            assert_eq!(target_of(&targets, &task).map(|t| t.id.as_str()), want, "{address:?}");
        }
    }
}
