//! An earlier revision.
//!
//! The mechanism follows from the state: a rollout in flight is stopped with ROLLBACK, and ECS puts the last
//! successful revision back; otherwise the service is set to an earlier revision. In both cases the run is a
//! rollback, so `succeeded` means that the earlier revision is back, and `rolled_back` that this very change was
//! undone again.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::shared;
use super::{apprunner, diff, hook, image, notes};
use crate::model::reference::is_ecr;
use crate::model::{
    DeploymentStatus, ImageChoice, Kind, Revision, RunKind, TaskDefinition, Version, running,
    task_definition::ContainerBrief, version::is_moving,
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
    if let (None, Some(_)) = (to, hook::waiting(sheet)) {
        return hook::decide(sheet, true);
    }
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
            found: "the revision you chose".to_owned(),
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
    let back = running::last_completed(sheet.detail)
        .map(|back| back.definition.to_owned())
        .or_else(|| flight.before.clone());
    let to = back.as_deref().map_or("the last successful revision", label).to_owned();
    if back.is_none() {
        sheet.warn("no revision of it is known to have been completed: ECS may have none to go back to");
    }
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
    "ECS reports that the rollback failed; the service stays between both revisions until the next deploy"
        .clone_into(&mut sheet.plan.on_failure);
    sheet.facts.goal = Goal::PutBack;
    sheet.facts.joins_rollout = true;
    sheet.facts.service_deployment = Some(flight.id.clone());
    if let Some(back) = back {
        sheet.facts.completed_definition.clear();
        sheet.facts.earlier_definition = back;
    }
    sheet.step(Stage::StopRollout, "stop the rollout with ROLLBACK");
    sheet.step(Stage::Rollout, format!("watch until {to} is back"));
    Ok(())
}

/// Whether a revision is the one that is set: the same definition with the same image, or a copy of it with its
/// image pinned.
fn is_set(sheet: &Sheet, arn: &str, version: &Version) -> Part<bool> {
    let service = &sheet.detail.service;
    let same = version.same_image(&service.version);
    if sheet.kind() == Kind::Express {
        return Ok(same || arn == service.task_definition);
    }
    if arn == service.task_definition {
        // one definition with a tag that moves may have run two images
        let told_apart = version.digest.is_some() && service.version.digest.is_some();
        return Ok(same || !told_apart);
    }
    if !same {
        return Ok(false);
    }
    let set = shared::definition(sheet)?;
    let other = match sheet.found.definition(arn) {
        Ok(other) => other,
        Err(Halt::Refuse(_)) => return Ok(true),
        Err(need) => return Err(need),
    };
    let changed = twins(set, shared::container(sheet, set)?);
    let apart_from_image = |definition: &TaskDefinition| definition.shown_with_images(&changed, "");
    Ok(diff::between(&apart_from_image(set), &apart_from_image(other)).is_empty())
}

/// Whether `arn` was registered after what is set, in the same family: then it came after it, whenever either was
/// put in place.
fn came_later(sheet: &Sheet, arn: &str) -> bool {
    let parts = |arn: &str| {
        let (family, revision) = label(arn).rsplit_once(':')?;
        Some((family.to_owned(), revision.parse::<u32>().ok()?))
    };
    match (parts(arn), parts(&sheet.detail.service.task_definition)) {
        (Some((family, revision)), Some((ours, set))) => family == ours && revision > set,
        _ => false,
    }
}

/// The revision to go back to: the newest that was put in place successfully before the one that is set was first
/// put there. What came after it is never proposed: going back twice must not go forward again.
fn find(sheet: &mut Sheet) -> Part<Target> {
    let current = sheet.detail.service.task_definition.as_str();
    let mut first = None;
    let mut found: Option<(&String, &Version)> = None;
    // what is newer than the one found, and why it is not the one
    let mut skipped = Skipped::default();
    for past in &sheet.detail.history {
        let Some(arn) = &past.task_definition else { continue };
        let name = called(sheet, arn, &past.version);
        if past.status != DeploymentStatus::Successful {
            if found.is_none() && past.status.is_over() && arn != current {
                skipped.add(&name, &format!("its rollout ended as “{}”", past.status.word()));
            }
            continue;
        }
        let put_at = past.started_at.or(past.created_at);
        if is_set(sheet, arn, &past.version)? {
            // an older placement of the same: what was found since came after it
            if let Some((arn, version)) = found.take() {
                let why = format!("it came after {}", called(sheet, current, &past.version));
                skipped.add(&called(sheet, arn, version), &why);
            }
            first = put_at;
        } else if found.is_some() {
            // older than the one found
        } else if came_later(sheet, arn) {
            skipped.add(&name, &format!("it was registered after {}", label(current)));
        } else if apprunner::left_behind(sheet, &past.version, put_at) {
            skipped.add(&name, "it was rolled back from");
        } else {
            found = Some((arn, &past.version));
        }
    }
    if let Some((definition, version)) = found {
        let target = Target {
            definition: definition.clone(),
            version: version.clone(),
            found: "the last revision deployed successfully before the current one".to_owned(),
        };
        skipped.between(current, &target.definition);
        skipped.tell(sheet);
        return Ok(target);
    }
    let revisions = sheet.found.revisions(&sheet.context.service.key)?;
    let mut usable = Vec::new();
    let mut skipped = Skipped::default();
    for revision in revisions.iter().filter(|r| !r.current && !r.task_definition.is_empty()) {
        let after = first.is_some_and(|first| revision.at.is_some_and(|at| at >= first));
        if !after
            && !came_later(sheet, &revision.task_definition)
            && !is_set(sheet, &revision.task_definition, &revision.version)?
            && !apprunner::left_behind(sheet, &revision.version, revision.at)
        {
            usable.push(revision);
        } else if usable.is_empty() && apprunner::left_behind(sheet, &revision.version, revision.at) {
            skipped
                .add(&called(sheet, &revision.task_definition, &revision.version), "it was rolled back from");
        }
    }
    let proven = |r: &&Revision| {
        let outcome = r.outcome.to_lowercase();
        outcome.starts_with("succe") || outcome == "completed"
    };
    if let Some(place) = usable.iter().position(proven) {
        for other in usable.iter().take(place) {
            let why = match other.outcome.as_str() {
                "" => NEVER.to_owned(),
                outcome => format!("its rollout ended as “{outcome}”"),
            };
            skipped.add(&called(sheet, &other.task_definition, &other.version), &why);
        }
        if let Some(found) = usable.get(place) {
            let target = Target {
                definition: found.task_definition.clone(),
                version: found.version.clone(),
                found: "the last revision deployed successfully before the current one".to_owned(),
            };
            skipped.tell(sheet);
            return Ok(target);
        }
    }
    let nothing = || {
        Halt::refuse(
            format!("no earlier revision of {} is known to have run before {}", sheet.name(), label(current)),
            "choose one on the Revisions tab, or deploy the image you want (D)",
        )
    };
    if sheet.detail.history_known {
        return Err(nothing());
    }
    let found = usable.first().ok_or_else(nothing)?;
    let target = Target {
        definition: found.task_definition.clone(),
        version: found.version.clone(),
        found: "the revision registered before".to_owned(),
    };
    skipped.tell(sheet);
    sheet.warn("AWS has no deployment history here: whether this revision ever ran is not known");
    Ok(target)
}

/// Why a revision is skipped of which no rollout is known.
const NEVER: &str = "it is not known to have been deployed";

/// What people call a revision: its definition, or its image where the service has no definitions of its own.
fn called(sheet: &Sheet, arn: &str, version: &Version) -> String {
    match sheet.kind() {
        Kind::Express => version.short(),
        _ => label(arn).to_owned(),
    }
}

/// Revisions that a rollback passes over, each with the reason: newest first, each once.
#[derive(Debug, Default)]
struct Skipped(Vec<(String, String)>);

impl Skipped {
    fn add(&mut self, name: &str, why: &str) {
        if !name.is_empty() && !self.0.iter().any(|(known, _)| known == name) {
            self.0.push((name.to_owned(), why.to_owned()));
        }
    }

    /// Numbers of the family between both of which nothing is known.
    fn between(&mut self, current: &str, to: &str) {
        let parts = |arn: &str| {
            let (family, number) = label(arn).rsplit_once(':')?;
            Some((family.to_owned(), number.parse::<u32>().ok()?))
        };
        let (Some((family, current)), Some((other, to))) = (parts(current), parts(to)) else { return };
        if family != other || to >= current {
            return;
        }
        let known = |number: &u32| self.0.iter().any(|(name, _)| *name == format!("{family}:{number}"));
        let unknown: Vec<u32> = (to + 1..current).rev().take(SPAN).filter(|number| !known(number)).collect();
        match (unknown.first(), unknown.last()) {
            (Some(newest), Some(oldest)) if newest == oldest => {
                self.add(&format!("{family}:{newest}"), NEVER);
            }
            (Some(newest), Some(oldest)) => {
                let why = format!("no rollout of {} revisions up to there is known", unknown.len());
                self.add(&format!("{family}:{oldest} to {newest}"), &why);
            }
            _ => {}
        }
    }

    /// Says which, and why.
    fn tell(self, sheet: &mut Sheet) {
        for (name, why) in self.0.iter().take(SKIPPED_MAX) {
            sheet.warn(format!("{name} is skipped: {why}"));
        }
        if self.0.len() > SKIPPED_MAX {
            sheet.warn(format!("{} more revisions are skipped", self.0.len() - SKIPPED_MAX));
        }
    }
}

/// Revisions that are told one by one.
const SKIPPED_MAX: usize = 6;

/// Numbers between two revisions that are looked through.
const SPAN: usize = 1_000;

/// The service is set to an earlier revision, or to a copy of it whose image is pinned.
fn set(sheet: &mut Sheet, target: &Target) -> Part<()> {
    let current = sheet.detail.service.task_definition.clone();
    if target.definition.is_empty() {
        return Err(Halt::refuse("the chosen revision names no task definition", "choose another"));
    }
    let set_already = || {
        Halt::refuse(
            format!("{} is what the service is set to", label(&current)),
            "choose an earlier one, or redeploy it (F)",
        )
    };
    if target.definition == current && is_set(sheet, &current, &target.version)? {
        return Err(set_already());
    }
    let definition = sheet.found.definition(&target.definition)?;
    let (container, reason) = shared::container_elsewhere(sheet, definition)?;
    let (reference, version, label_of_image) = pinned(sheet, definition, container, &target.version)?;
    if target.definition == current && reference.is_none() {
        return Err(set_already());
    }
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
    sheet.line("target", &target.found);
    sheet.strong("image", reference.clone().unwrap_or_else(|| container.image.clone()));
    if let Some(digest) = &version.digest {
        sheet.line("digest", digest.clone());
    }
    shared::tell_container(sheet, container, reason);
    sheet.line(
        "mechanism",
        if copy {
            "a copy of the earlier revision is registered, and the service is updated to the copy"
        } else {
            "the service is updated to the earlier revision"
        },
    );
    let now_set = shared::definition(sheet)?;
    if now_set.family == definition.family && definition.revision > now_set.revision {
        sheet.warn(format!("{old_label} is newer than {}: this undoes an earlier rollback", now_set.label()));
    }
    notes::strategy(sheet);
    notes::present_state(sheet);
    notes::on_failure(sheet);
    let changed = twins(definition, container);
    let shown = match &reference {
        Some(reference) => definition.shown_with_images(&changed, reference),
        None => definition.shown.clone(),
    };
    sheet.plan.diff = diff::between(&now_set.shown, &shown);
    sheet.facts.image = reference.clone().unwrap_or_else(|| container.image.clone());
    sheet.preflight();
    if let Some(reference) = reference {
        shared::register(sheet, definition, &changed, &reference, true)?;
        sheet.step(Stage::Register, format!("register a copy of {old_label} with its image pinned"));
        sheet.step(Stage::Update, format!("update {} to the copy", sheet.name()));
    } else {
        sheet.facts.definition = Some(target.definition.clone());
        sheet.step(Stage::Update, format!("update {} to {old_label}", sheet.name()));
    }
    sheet.step(Stage::Rollout, "watch until its tasks are replaced");
    Ok(())
}

/// The container, and those that have the very same image: what is pinned in a copy.
pub(super) fn twins(definition: &TaskDefinition, container: &ContainerBrief) -> Vec<String> {
    let twins = definition.twins(&container.name);
    std::iter::once(container).chain(twins).map(|container| container.name.clone()).collect()
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
    if configured.digest.is_some() || !is_ecr(&repository) {
        if is_ecr(&repository) {
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
        image::called(sheet)?,
        &chosen.label,
    );
    sheet.line("target", &target.found);
    image::tell(sheet, &chosen);
    sheet.line("mechanism", "the Express service is updated with the earlier image");
    shared::change_express(sheet, chosen.reference)
}
