//! Redeploy, scale, stop.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::shared;
use super::{apprunner, image, notes};
use crate::model::reference::is_ecr;
use crate::model::{ImageChoice, Kind, RunKind, Version, version::is_moving};
use crate::ops::facts::{Goal, Stage};
use crate::ops::watch::{in_flight, label};

/// Growing by more than this factor is warned of.
const GROWTH: u32 = 5;

/// Plans the same revision again.
pub(super) fn redeploy(sheet: &mut Sheet) -> Part<()> {
    sheet.needs_own_controller()?;
    sheet.needs_rest()?;
    if sheet.kind() == Kind::AppRunner {
        return apprunner::redeploy(sheet);
    }
    let current = sheet.detail.service.version.clone();
    let revision = sheet.detail.service.revision.clone();
    sheet.title(RunKind::Redeploy, format!("Redeploy {}", sheet.name()), current.short(), current.short());
    tell_resolved(sheet, &current)?;
    if sheet.kind() == Kind::Express {
        let reference = current.image.clone();
        return shared::change_express(sheet, reference);
    }
    sheet.strong("revision", format!("{} again", label(&revision)));
    notes::strategy(sheet);
    notes::present_state(sheet);
    notes::on_failure(sheet);
    sheet.facts.definition = Some(sheet.detail.service.task_definition.clone());
    sheet.facts.force = true;
    sheet.facts.image = current.image;
    sheet.preflight();
    sheet.step(Stage::Update, format!("force a new deployment of {}", label(&revision)));
    sheet.step(Stage::Rollout, "watch until its tasks are replaced");
    Ok(())
}

/// Tells what the configured tag names now, which is what the new tasks are going to run.
fn tell_resolved(sheet: &mut Sheet, current: &Version) -> Part<()> {
    if current.image.is_empty() {
        // which container is the application is not known: that is told of each
        for sidecar in &sheet.detail.service.sidecars {
            sheet.line("image", format!("{}: {}", sidecar.name, sidecar.version.image));
        }
        return Ok(());
    }
    if !is_ecr(current.repository()) {
        sheet.strong("image", current.image.clone());
        return Ok(());
    }
    let repository = current.repository().to_owned();
    let choice = image::choice_of(&current.image);
    let chosen = image::choose(sheet, &repository, &choice)?;
    sheet.strong("image", chosen.told.clone());
    sheet.chosen = Some(chosen.clone());
    let moving = matches!(&choice, ImageChoice::Tag(tag) if is_moving(tag));
    if moving
        && let (Some(now), Some(runs)) = (&chosen.version.digest, &current.digest)
        && now != runs
    {
        sheet.warn(format!("the tag names another image now than the one that runs ({})", current.short()));
        sheet.plan.to.clone_from(&chosen.label);
    }
    Ok(())
}

/// Plans another number of tasks.
pub(super) fn scale(sheet: &mut Sheet, count: u32) -> Part<()> {
    match sheet.kind() {
        Kind::AppRunner => {
            return Err(Halt::refuse("App Runner scales by itself", "change its auto scaling configuration"));
        }
        Kind::Express => {
            return Err(Halt::refuse("ECS Express Mode scales by itself", "change its scaling target"));
        }
        Kind::Ecs => {}
    }
    if sheet.detail.service.daemon {
        return Err(Halt::refuse(
            format!(
                "{} runs one task on each container instance (scheduling strategy DAEMON), and ECS takes no number for it",
                sheet.name()
            ),
            "add or drain container instances",
        ));
    }
    let set = sheet.detail.service.desired;
    let from = set.map_or_else(|| "?".to_owned(), |n| n.to_string());
    if set == Some(count) {
        return Err(Halt::refuse(format!("{} is set to {count} already", sheet.name()), ""));
    }
    sheet.title(RunKind::Scale, format!("Scale {} to {count}", sheet.name()), &from, count.to_string());
    sheet.strong("tasks", format!("{from} → {count}"));
    if count == 0 {
        sheet.warn("at 0 nothing answers requests");
    }
    if set.is_some_and(|set| set > 0 && count > set.saturating_mul(GROWTH)) {
        sheet.warn(format!("more than {GROWTH} times as many as now"));
    }
    if let Some(flight) = in_flight(sheet.detail) {
        sheet.warn(format!("a rollout is in flight: {} {}", flight.what, flight.state));
    }
    notes::present_state(sheet);
    "the number that runs stays; an auto scaling policy may set another one"
        .clone_into(&mut sheet.plan.on_failure);
    sheet.facts.desired = Some(count);
    sheet.facts.earlier_desired = set;
    sheet.step(Stage::Update, format!("set {} to {count}", sheet.name()));
    sheet.step(Stage::Scale, format!("watch until {count} run"));
    Ok(())
}

/// Plans to stop the rollout in flight where it is.
pub(super) fn stop_rollout(sheet: &mut Sheet) -> Part<()> {
    let Some(flight) = in_flight(sheet.detail) else {
        return Err(Halt::refuse(format!("no rollout is in flight on {}", sheet.name()), ""));
    };
    if sheet.kind() == Kind::AppRunner {
        return Err(Halt::refuse(
            format!("App Runner cannot stop an operation ({} {})", flight.what, flight.state),
            "wait until it has ended; when it fails, App Runner goes back by itself",
        ));
    }
    if !flight.stoppable {
        return Err(Halt::refuse(
            "this endpoint has no service deployments, so a rollout cannot be stopped",
            "roll back (R)",
        ));
    }
    sheet.title(
        RunKind::Stop,
        format!("Stop the rollout of {} on {} where it is", flight.what, sheet.name()),
        &flight.what,
        "stopped",
    );
    sheet.strong("rollout", format!("{}, {}", flight.what, flight.state));
    sheet.line("deployment", label(&flight.id));
    sheet.line("mechanism", "StopServiceDeployment with ABORT: nothing is rolled back");
    sheet.warn("tasks of both revisions keep running; R rolls back instead");
    "the rollout continues".clone_into(&mut sheet.plan.on_failure);
    sheet.facts.goal = Goal::Halted;
    sheet.facts.joins_rollout = true;
    sheet.facts.service_deployment = Some(flight.id);
    sheet.step(Stage::StopRollout, "stop the rollout where it is");
    sheet.step(Stage::Rollout, "watch until it is stopped");
    Ok(())
}

/// Plans to stop one task.
pub(super) fn stop_task(sheet: &mut Sheet, task: &str) -> Part<()> {
    if sheet.kind() == Kind::AppRunner {
        return Err(Halt::refuse("App Runner has no tasks to stop", ""));
    }
    let listed = sheet.detail.tasks.iter().find(|t| t.arn == task || t.id == task);
    let cluster = sheet.facts.cluster.clone();
    let found = match listed {
        Some(found) => found,
        None => sheet
            .found
            .task(&cluster, task)?
            .ok_or_else(|| Halt::refuse(format!("AWS knows no task {task} in {cluster}"), ""))?,
    };
    if found.last_status == "STOPPED" || found.desired_status == "STOPPED" {
        return Err(Halt::refuse(format!("task {} is stopped or stopping already", found.id), ""));
    }
    let revision = label(&found.task_definition).to_owned();
    sheet.title(
        RunKind::Stop,
        format!("Stop task {} of {}", found.id, sheet.name()),
        found.last_status.to_lowercase(),
        "stopped",
    );
    sheet.strong("task", found.id.clone());
    sheet.line("revision", revision);
    sheet.line("state", format!("{} {}", found.last_status.to_lowercase(), found.health.to_lowercase()));
    if found.started_by.starts_with("ecs-svc/") {
        sheet.warn("the service starts another one in its place");
    }
    if sheet.detail.service.running.is_some_and(|running| running <= 1) && found.last_status == "RUNNING" {
        sheet.warn("it is the only one that runs");
    }
    "the task continues".clone_into(&mut sheet.plan.on_failure);
    sheet.facts.task = Some(found.arn.clone());
    sheet.step(Stage::StopTask, "stop the task");
    sheet.step(Stage::Stopped, "watch until it is stopped");
    Ok(())
}
