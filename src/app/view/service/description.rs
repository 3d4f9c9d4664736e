//! All that is known of the line under the cursor: to be read, and to be copied.

use super::cursor::row;
use crate::{
    app::{rows::BodyRow, state::State},
    model::blame,
};

/// All that is known of the line under the cursor: title and lines.
pub(in crate::app) fn describe(state: &State) -> Option<(String, Vec<String>)> {
    let detail = state.service.as_ref()?.detail.value.as_deref()?;
    Some(match row(state)? {
        BodyRow::Task { index, .. } => {
            let task = detail.tasks.get(index)?;
            let mut lines = vec![
                task.arn.clone(),
                format!(
                    "{} (wanted {}), {}",
                    task.last_status,
                    task.desired_status,
                    task.health.to_lowercase()
                ),
                task.task_definition.clone(),
            ];
            for container in &task.containers {
                let code = container
                    .exit_code
                    .map_or_else(|| "no exit code".to_owned(), |c| format!("exit code {c}"));
                lines.push(format!(
                    "{}: {}, {code} {}",
                    container.name, container.last_status, container.reason
                ));
                lines.push(format!(
                    "  {} {}",
                    container.image,
                    container.digest.as_deref().unwrap_or_default()
                ));
            }
            if task.is_stopped() {
                lines.insert(1, format!("ended by: {}", blame::why(task)));
            }
            lines.push([task.stop_code.as_str(), task.stopped_reason.as_str()].join(" "));
            lines.push(
                [task.size.as_str(), task.zone.as_str(), task.address.as_deref().unwrap_or_default()]
                    .join(" "),
            );
            lines.retain(|line| !line.trim().is_empty());
            (format!("Task {}", task.id), lines)
        }
        BodyRow::Deployment(index) => {
            let found = detail.deployments.get(index)?;
            let lines = vec![
                found.id.clone(),
                found.task_definition.clone(),
                found.version.image.clone(),
                format!("{} of {} run, {} on their way", found.running, found.desired, found.pending),
                format!("{} {}", found.rollout_state, found.reason),
            ];
            (format!("Deployment {}", found.status.to_lowercase()), lines)
        }
        BodyRow::History(index) | BodyRow::Progress(index) => {
            let found = detail.history.get(index)?;
            let mut lines = vec![
                found.arn.clone(),
                format!("{} {}", found.status.word(), found.reason),
                found.task_definition.clone().unwrap_or_default(),
                found.version.image.clone(),
            ];
            if let Some((why, _)) = &found.rollback {
                lines.push(format!("rolled back: {why}"));
            }
            lines.retain(|line| !line.trim().is_empty());
            ("Rollout".to_owned(), lines)
        }
        BodyRow::Operation(index) => {
            let found = detail.operations.get(index)?;
            (found.kind.clone(), vec![found.id.clone(), found.status.clone()])
        }
        BodyRow::Alarm(index) => {
            let found = detail.alarms.get(index)?;
            (found.name.clone(), vec![found.state.clone(), found.rule.clone(), found.reason.clone()])
        }
        BodyRow::Target(index) => {
            let found = detail.targets.get(index)?;
            (
                format!("Target {}:{}", found.id, found.port),
                vec![found.state.clone(), found.reason.clone(), found.description.clone()],
            )
        }
        BodyRow::Event(index) => ("Event".to_owned(), vec![detail.events.get(index)?.text.clone()]),
        BodyRow::Gap(index) => ("Not readable".to_owned(), vec![detail.gaps.get(index)?.to_string()]),
        BodyRow::Config(index) => {
            let (section, name, value) = detail.config.get(index)?;
            (format!("{section}: {name}"), vec![value.clone()])
        }
        BodyRow::Waiting(index) => {
            let hook = detail.history.get(index)?.awaiting()?;
            let mut lines = vec![format!("hook {} ({})", hook.id, hook.kind), hook.target.clone()];
            if !hook.timeout_action.is_empty() {
                lines.push(format!("when its time is over AWS decides: {}", hook.timeout_action));
            }
            lines.retain(|line| !line.is_empty());
            ("The rollout is waiting for approval".to_owned(), lines)
        }
        BodyRow::Blank
        | BodyRow::Heading(_)
        | BodyRow::Section(_)
        | BodyRow::Way(_)
        | BodyRow::Sides
        | BodyRow::Pair { .. } => return None,
    })
}
