//! The decision that a rollout waits for at a lifecycle hook.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::notes;
use crate::model::{HistoricDeployment, Hook, RunKind, running, stamp};
use crate::ops::facts::{Goal, Stage};
use crate::ops::watch::{hook_name, label};

/// The rollout that waits for a decision, and its hook.
pub(super) fn waiting<'a>(sheet: &Sheet<'a>) -> Option<(&'a HistoricDeployment, &'a Hook)> {
    let found = sheet.detail.history.iter().take(3).find(|h| !h.status.is_over())?;
    Some((found, found.awaiting()?))
}

/// Plans the decision.
pub(super) fn decide(sheet: &mut Sheet, rollback: bool) -> Part<()> {
    let Some((found, hook)) = waiting(sheet) else {
        return Err(Halt::refuse(
            format!("no rollout of {} is waiting for approval", sheet.name()),
            "it continues by itself; R rolls it back, X stops it",
        ));
    };
    let new = found.task_definition.as_deref().map_or("the revision", label).to_owned();
    let before = running::last_completed(sheet.detail).map(|back| back.definition.to_owned());
    let back = before.as_deref().map_or("the last successful revision", label).to_owned();
    let name = hook_name(hook);
    let (kind, to) = if rollback { (RunKind::Rollback, &back) } else { (RunKind::Continue, &new) };
    let title = if rollback {
        format!("Reject the rollout of {new} on {}", sheet.name())
    } else {
        format!("Approve the rollout of {new} on {}", sheet.name())
    };
    let from = if rollback { new.clone() } else { format!("{new}, waiting") };
    sheet.title(kind, title, from, to);
    sheet.strong("decision", if rollback { "roll back" } else { "approve" });
    sheet.line("revision", new.clone());
    sheet.line("hook", format!("{name} ({})", hook.kind.to_lowercase().replace('_', " ")));
    if !found.stage.is_empty() {
        sheet.line("stage", found.stage.to_lowercase().replace('_', " "));
    }
    if let Some(at) = hook.expires_at {
        let then = if hook.timeout_action == "ROLLBACK" { "rolls back" } else { "continues" };
        sheet.line("otherwise", format!("AWS {then} by itself in {}", stamp::brief(at.since(sheet.now))));
    }
    let action = if rollback { "ROLLBACK" } else { "CONTINUE" };
    sheet.line("mechanism", format!("ContinueServiceDeployment with {action}"));
    notes::strategy(sheet);
    notes::present_state(sheet);
    sheet.plan.on_failure = if rollback {
        "ECS reports that the rollback failed; the service stays between both revisions until the next deploy"
            .to_owned()
    } else {
        format!("ECS goes back to {back} when a later stage fails, as its configuration says")
    };
    sheet.facts.goal = if rollback { Goal::PutBack } else { Goal::InPlace };
    sheet.facts.joins_rollout = true;
    sheet.facts.hook = Some((hook.id.clone(), rollback));
    sheet.facts.service_deployment = Some(found.arn.clone());
    sheet.facts.definition.clone_from(&found.task_definition);
    sheet.facts.completed_definition.clear();
    sheet.facts.earlier_definition = before.unwrap_or_default();
    sheet.step(Stage::Continue, format!("decide hook {name}: {}", action.to_lowercase()));
    let until = if rollback {
        format!("watch until {back} is back")
    } else {
        format!("watch until {new} is in place")
    };
    sheet.step(Stage::Rollout, until);
    Ok(())
}
