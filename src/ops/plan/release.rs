//! Checks, migration, deploy and verify window in one run.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::{between, deploy, migrate, verify};
use crate::model::{ImageChoice, RunKind};

/// Plans a release.
pub(super) fn plan(sheet: &mut Sheet, choice: &ImageChoice) -> Part<()> {
    deploy::plan(sheet, choice)?;
    let to = sheet.plan.to.clone();
    sheet.plan.kind = RunKind::Release;
    sheet.plan.title = format!("Release {to} to {}", sheet.name());
    between::images(sheet)?;
    gate(sheet)
}

/// Puts the migration that is configured before the change, and the verify window behind it.
pub(super) fn gate(sheet: &mut Sheet) -> Part<()> {
    let settings = &sheet.context.migration;
    if settings.command.is_empty() {
        if !settings.checks.is_empty() {
            return Err(Halt::refuse(
                format!("checks are configured for {}, and no migration", sheet.name()),
                "set command under [application.migration]",
            ));
        }
        if sheet.plan.kind == RunKind::Release {
            sheet.line("migration", "none is configured");
        }
    } else {
        let (steps, at) = (migrate::gate(sheet)?, first(sheet)?);
        for (place, (stage, name)) in (at..).zip(steps) {
            sheet.facts.stages.insert(place, stage);
            sheet.plan.steps.insert(place, name);
        }
        let stays = "when a check or the migration fails, nothing is deployed";
        sheet.plan.on_failure = format!("{stays}; once deploying: {}", sheet.plan.on_failure);
    }
    match &sheet.context.verify {
        Some(settings) if settings.window_ms > 0 => verify::plan(sheet, settings)?,
        _ if sheet.plan.kind == RunKind::Release => sheet.line("verify", "no window is configured"),
        _ => {}
    }
    Ok(())
}

/// Where the change of the service begins.
fn first(sheet: &Sheet) -> Part<usize> {
    let found = sheet.facts.stages.iter().position(|stage| stage.deploys());
    found.ok_or_else(|| Halt::refuse("nothing is deployed by this plan", ""))
}
