//! What a plan says about the service as it is, and about what happens when the change fails.

use super::draft::Sheet;
use crate::model::{Kind, running};
use crate::ops::facts::{Goal, Stage};
use crate::ops::watch::{duration, label};

/// Alarms named in one warning.
const ALARMS_MAX: usize = 4;

/// Warns of what is wrong already.
pub(super) fn present_state(sheet: &mut Sheet) {
    let detail = sheet.detail;
    let failed =
        detail.deployments.iter().filter(|d| d.status == "PRIMARY").map(|d| d.failed).max().unwrap_or(0);
    if failed > 0 {
        sheet.warn(match failed {
            1 => "1 task of the current revision failed".to_owned(),
            more => format!("{more} tasks of the current revision failed in a row"),
        });
    }
    let firing: Vec<&str> =
        detail.alarms.iter().filter(|a| a.state == "ALARM").map(|a| a.name.as_str()).collect();
    if !firing.is_empty() {
        let mut names = firing.iter().take(ALARMS_MAX).copied().collect::<Vec<_>>().join(", ");
        if firing.len() > ALARMS_MAX {
            names = format!("{names} and {} more", firing.len() - ALARMS_MAX);
        }
        sheet.warn(format!("in alarm now: {names}"));
    }
    if detail.deployments.iter().any(|d| d.status == "PRIMARY" && d.rollout_state == "IN_PROGRESS")
        && crate::ops::watch::in_flight(detail).is_none()
        && detail.service.is_short()
    {
        sheet.warn("the present revision never became steady");
    }
    for gap in &detail.gaps {
        sheet.plan.warnings.push(format!("not read: {gap}"));
    }
}

/// Warns of a rollout that starts no task: it ends well whatever is rolled out.
pub(super) fn nothing_runs(sheet: &mut Sheet) {
    let rolls = sheet.facts.stages.contains(&Stage::Rollout) && sheet.facts.goal != Goal::Halted;
    let service = &sheet.detail.service;
    if !rolls || service.desired != Some(0) {
        return;
    }
    let why = if service.daemon {
        "desired count is 0, since there is no container instance for its tasks"
    } else {
        "desired count is 0"
    };
    sheet.facts.idle = true;
    sheet.warn(format!(
        "{why}: nothing will run, so nothing can be verified; it ends unverified (exit code 7)"
    ));
}

/// How ECS puts a revision in place.
pub(super) fn strategy(sheet: &mut Sheet) {
    let detail = sheet.detail;
    let mut text = detail.strategy.to_lowercase().replace('_', "/");
    if let Some((least, most)) = detail.percents {
        let comma = if text.is_empty() { "" } else { ", " };
        text = format!("{text}{comma}{least} % to {most} % of the tasks");
    }
    if !text.is_empty() {
        sheet.line("strategy", text);
    }
    if sheet.kind() != Kind::Ecs {
        return;
    }
    let breaker = match detail.breaker {
        Some((true, true)) => "on, rolls back",
        Some((true, false)) => "on, without rollback",
        _ => "off",
    };
    sheet.line("breaker", breaker);
}

/// What happens when a rollout fails.
pub(super) fn on_failure(sheet: &mut Sheet) {
    let detail = sheet.detail;
    let back = running::last_completed(detail);
    let stuck = duration(sheet.context.stuck_after_ms);
    let mut text = match sheet.kind() {
        Kind::AppRunner if detail.status == "CREATE_FAILED" => {
            "App Runner has nothing to go back to: the service never finished creating".to_owned()
        }
        Kind::AppRunner => format!(
            "App Runner goes back to {} by itself when the new version does not become healthy",
            detail.service.version.short()
        ),
        Kind::Express => match back {
            Some(back) => format!(
                "ECS goes back to {} by itself when its alarm on 4xx and 5xx answers goes into alarm",
                back.version.short()
            ),
            None => "ECS has no revision that was ever completed, and so none to go back to".to_owned(),
        },
        Kind::Ecs => match detail.breaker {
            Some((true, true)) => match back {
                Some(back) => {
                    format!("the circuit breaker goes back to {} by itself", label(back.definition))
                }
                None => "the circuit breaker has no completed revision to go back to: it stops the rollout and leaves it failed".to_owned(),
            },
            Some((true, false)) => {
                "the circuit breaker stops the rollout and leaves it failed; roll back (R) then".to_owned()
            }
            _ => format!(
                "no circuit breaker: ECS keeps starting tasks; after {stuck} without progress the run is stuck, roll back (R) then"
            ),
        },
    };
    let alarms = detail.history.first().and_then(|h| h.alarms.as_ref()).map(|(names, _)| names.join(", "));
    if sheet.kind() == Kind::Ecs
        && let Some(names) = alarms.filter(|names| !names.is_empty())
    {
        text = format!("{text}; ECS watches alarms {names}");
    }
    sheet.plan.on_failure = text;
}
