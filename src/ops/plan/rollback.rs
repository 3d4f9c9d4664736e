//! An earlier revision.
//!
//! The mechanism follows from the state: a rollout in flight is stopped with ROLLBACK, and ECS puts the last
//! successful revision back; otherwise the service is set to an earlier revision. In both cases the run is a
//! rollback, so `succeeded` means that the earlier revision is back, and `rolled_back` that this very change was
//! undone again.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::{apprunner, deploy, diff, image, notes};
use crate::model::{
    DeploymentStatus, ImageChoice, Kind, Revision, RunKind, TaskDefinition, Version, service::is_moving,
    task_definition::ContainerBrief,
};
use crate::ops::facts::{Goal, Stage};
use crate::ops::watch::{InFlight, in_flight, label};

/// A revision to go back to.
#[derive(Debug, Clone)]
struct Target {
    definition: String,
    version: Version,
    found: String,
}

/// Plans a rollback.
pub(super) fn plan(sheet: &mut Sheet, to: Option<&Revision>) -> Part<()> {
    if sheet.kind() == Kind::AppRunner {
        return apprunner::roll_back(sheet, to);
    }
    sheet.needs_own_controller()?;
    if let Some(flight) = in_flight(sheet.detail) {
        return match (flight.stoppable, &flight.before, to) {
            (true, _, Some(_)) => Err(Halt::refuse(
                format!("a rollout is in flight: {} {}", flight.what, flight.state),
                "roll it back first, without choosing a revision, or wait until it has ended",
            )),
            (true, _, None) => stop(sheet, &flight),
            (false, Some(before), None) => {
                let target = Target {
                    definition: before.clone(),
                    version: Version::default(),
                    found: format!("what runs beside the rollout of {}", flight.what),
                };
                sheet.facts.joins_rollout = true;
                set(sheet, &target)
            }
            _ => Err(Halt::refuse(
                format!("a rollout is in flight: {} {}", flight.what, flight.state),
                "wait until it has ended",
            )),
        };
    }
    let target = match to {
        Some(revision) => Target {
            definition: revision.task_definition.clone(),
            version: revision.version.clone(),
            found: "chosen".to_owned(),
        },
        None => find(sheet)?,
    };
    match sheet.kind() {
        Kind::Express => express(sheet, &target),
        _ => set(sheet, &target),
    }
}

/// The rollout in flight is stopped, and ECS goes back.
fn stop(sheet: &mut Sheet, flight: &InFlight) -> Part<()> {
    let found = sheet.detail.history.iter().find(|h| h.arn == flight.id);
    if let Some(found) = found
        && matches!(
            found.status,
            DeploymentStatus::RollbackRequested
                | DeploymentStatus::RollbackInProgress
                | DeploymentStatus::StopRequested
        )
    {
        return Err(Halt::refuse(
            format!("the rollout of {} is being stopped already: {}", flight.what, flight.state),
            "wait until it has ended",
        ));
    }
    let back = sheet
        .detail
        .history
        .iter()
        .find(|h| h.status == DeploymentStatus::Successful)
        .and_then(|h| h.task_definition.clone())
        .or_else(|| flight.before.clone());
    let to = back.as_deref().map_or("the last successful revision", label).to_owned();
    sheet.title(
        RunKind::Rollback,
        format!("Roll back the rollout of {} on {}", flight.what, sheet.name()),
        &flight.what,
        &to,
    );
    sheet.strong("revision", format!("{} → {to}", flight.what));
    sheet.line("rollout", format!("{}, {}", label(&flight.id), flight.state));
    sheet.line("mechanism", "the rollout in flight is stopped with ROLLBACK; ECS goes back by itself");
    notes::strategy(sheet);
    "ECS tells that the rollback failed; the service stays between both revisions until the next deploy"
        .clone_into(&mut sheet.plan.on_failure);
    sheet.facts.goal = Goal::PutBack;
    sheet.facts.joins_rollout = true;
    sheet.facts.service_deployment = Some(flight.id.clone());
    if let Some(back) = back {
        sheet.facts.earlier_definition = back;
    }
    sheet.step(Stage::StopRollout, "stop the rollout with ROLLBACK");
    sheet.step(Stage::Rollout, format!("watch until {to} is back"));
    Ok(())
}

/// The revision to go back to: the last that was put in place successfully and is not the one that is set.
fn find(sheet: &mut Sheet) -> Part<Target> {
    let current = sheet.detail.service.task_definition.as_str();
    let express = sheet.kind() == Kind::Express;
    let other = |definition: &str, version: &Version| {
        definition != current && !(express && version.same_image(&sheet.detail.service.version))
    };
    let from_history = sheet
        .detail
        .history
        .iter()
        .filter(|h| h.status == DeploymentStatus::Successful)
        .find(|h| h.task_definition.as_deref().is_some_and(|arn| other(arn, &h.version)));
    if let Some(found) = from_history {
        return Ok(Target {
            definition: found.task_definition.clone().unwrap_or_default(),
            version: found.version.clone(),
            found: "the last revision before that was put in place successfully".to_owned(),
        });
    }
    let revisions = sheet.found.revisions(&sheet.context.service.key)?;
    let usable =
        |r: &&Revision| !r.current && !r.task_definition.is_empty() && other(&r.task_definition, &r.version);
    let proven = |r: &&Revision| {
        let outcome = r.outcome.to_lowercase();
        outcome.starts_with("succe") || outcome == "completed"
    };
    if let Some(found) = revisions.iter().filter(usable).find(proven) {
        return Ok(Target {
            definition: found.task_definition.clone(),
            version: found.version.clone(),
            found: "the last revision before that was put in place successfully".to_owned(),
        });
    }
    let nothing = || {
        Halt::refuse(
            format!("no earlier revision of {} was put in place in the last 90 days", sheet.name()),
            "choose one on the Revisions tab, or deploy the image you want (D)",
        )
    };
    if sheet.detail.history_known {
        return Err(nothing());
    }
    let mut after = revisions.iter().skip_while(|r| r.task_definition != current).skip(1);
    let found = after.find(usable).or_else(|| revisions.iter().find(usable)).ok_or_else(nothing)?;
    let target = Target {
        definition: found.task_definition.clone(),
        version: found.version.clone(),
        found: "the revision registered before".to_owned(),
    };
    sheet.warn("AWS tells no history of deployments here: whether this revision ever ran is not known");
    Ok(target)
}

/// The service is set to an earlier revision, or to a copy of it whose image is pinned.
fn set(sheet: &mut Sheet, target: &Target) -> Part<()> {
    let current = sheet.detail.service.task_definition.clone();
    if target.definition.is_empty() {
        return Err(Halt::refuse("the chosen revision names no task definition", "choose another"));
    }
    if target.definition == current {
        return Err(Halt::refuse(
            format!("{} is what the service is set to", label(&current)),
            "choose an earlier one, or redeploy it (F)",
        ));
    }
    let definition = sheet.found.definition(&target.definition)?;
    let container = deploy::container(sheet, definition)?;
    let (reference, version, label_of_image) = pinned(sheet, definition, container, &target.version)?;
    let old_label = label(&target.definition).to_owned();
    sheet.title(
        RunKind::Rollback,
        format!("Roll {} back to {old_label}", sheet.name()),
        sheet.detail.service.version.short(),
        label_of_image,
    );
    let copy = reference.is_some();
    let arrow = if copy { format!("a copy of {old_label}") } else { old_label.clone() };
    sheet.strong("revision", format!("{} → {arrow}", label(&current)));
    sheet.strong("image", reference.clone().unwrap_or_else(|| container.image.clone()));
    if let Some(digest) = &version.digest {
        sheet.line("digest", digest.clone());
    }
    sheet.line("found", &target.found);
    sheet.line("container", &container.name);
    sheet.line(
        "mechanism",
        if copy {
            "a copy of the earlier revision is registered, and the service is set to it"
        } else {
            "the service is set to the earlier revision"
        },
    );
    let now_set = deploy::definition(sheet)?;
    if now_set.family == definition.family && definition.revision > now_set.revision {
        sheet.warn(format!("{old_label} is newer than {}: this undoes an earlier rollback", now_set.label()));
    }
    notes::strategy(sheet);
    notes::present_state(sheet);
    notes::on_failure(sheet);
    let shown = match &reference {
        Some(reference) => definition.shown_with_image(&container.name, reference),
        None => definition.shown.clone(),
    };
    sheet.plan.diff = diff::between(&now_set.shown, &shown);
    sheet.facts.image = reference.clone().unwrap_or_else(|| container.image.clone());
    sheet.preflight();
    if let Some(reference) = reference {
        deploy::register(sheet, definition, &container.name, &reference)?;
        sheet.step(Stage::Register, format!("register a copy of {old_label} with its image pinned"));
        sheet.step(Stage::Update, format!("set {} to it", sheet.name()));
    } else {
        sheet.facts.definition = Some(target.definition.clone());
        sheet.step(Stage::Update, format!("set {} to {old_label}", sheet.name()));
    }
    sheet.step(Stage::Rollout, "watch until its tasks are replaced");
    Ok(())
}

/// The reference of a copy where one is needed, the image, and what to call it. A copy is needed because its tag moves or
/// moved, or because AWS takes no deployment of a definition that is not ACTIVE.
fn pinned(
    sheet: &mut Sheet,
    definition: &TaskDefinition,
    container: &ContainerBrief,
    ran: &Version,
) -> Part<(Option<String>, Version, String)> {
    let configured = Version::of(&container.image, None);
    let repository = configured.repository().to_owned();
    let inactive = !definition.status.is_empty() && definition.status != "ACTIVE";
    if inactive {
        sheet.warn(format!("{} is no longer active: a copy of it is registered", definition.label()));
    }
    let copy_anyway = |version: Version| {
        let label = version.short();
        (inactive.then(|| container.image.clone()), version, label)
    };
    if configured.digest.is_some() || !image::is_ecr(&repository) {
        if image::is_ecr(&repository) {
            image::choose(sheet, "", &ImageChoice::Reference(container.image.clone()))?;
        }
        return Ok(copy_anyway(configured));
    }
    let tag = configured.tag.clone().unwrap_or_else(|| "latest".to_owned());
    let Some(digest) = &ran.digest else {
        if is_moving(&tag) {
            sheet.warn(format!(
                "{tag} is a tag that moves, and which image it named then is not known: what it names now is going to run"
            ));
        }
        let now_named = image::choose(sheet, &repository, &ImageChoice::Tag(tag))?;
        return Ok(copy_anyway(Version { digest: now_named.version.digest, ..configured }));
    };
    let chosen = if is_moving(&tag) {
        image::choose(sheet, &repository, &ImageChoice::Digest(digest.clone()))?
    } else {
        let named = image::choose(sheet, &repository, &ImageChoice::Tag(tag.clone()))?;
        if named.version.digest.as_ref().is_none_or(|now| now == digest) {
            return Ok(copy_anyway(Version { digest: Some(digest.clone()), ..configured }));
        }
        sheet
            .warn(format!("{tag} names another image now than the one that ran: the one that ran is pinned"));
        image::choose(sheet, &repository, &ImageChoice::Digest(digest.clone()))?
    };
    Ok((Some(chosen.reference), chosen.version, chosen.label))
}

/// Express takes an image, not a revision.
fn express(sheet: &mut Sheet, target: &Target) -> Part<()> {
    let reference = match (&target.version.digest, &target.version.tag) {
        (_, Some(tag)) if !is_moving(tag) => target.version.image.clone(),
        (Some(digest), _) => format!("{}@{digest}", target.version.repository()),
        _ => target.version.image.clone(),
    };
    if reference.is_empty() {
        return Err(Halt::refuse(
            "the earlier revision's image is not known",
            "deploy the image you want (D)",
        ));
    }
    let chosen = image::choose(sheet, "", &ImageChoice::Reference(reference))?;
    let current = sheet.detail.service.version.clone();
    if current.same_image(&chosen.version) {
        return Err(Halt::refuse(format!("{} is what runs now", chosen.label), "choose an earlier one"));
    }
    sheet.title(
        RunKind::Rollback,
        format!("Roll {} back to {}", sheet.name(), chosen.label),
        current.short(),
        &chosen.label,
    );
    image::tell(sheet, &chosen);
    sheet.line("found", &target.found);
    sheet.line("mechanism", "the Express service is updated with the earlier image");
    deploy::fly_express(sheet, chosen.reference);
    Ok(())
}
