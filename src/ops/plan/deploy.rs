//! Another image.

use super::draft::Chosen;
use super::draft::Sheet;
use super::found::{Halt, Part};
use super::shared::{change_express, definition, main_container, register, repository, tell_container};
use super::{apprunner, diff, image, notes, simple};
use crate::model::{
    ContainerBrief, ImageChoice, Kind, Reference, RunKind, TaskDefinition, Version, container::Reason,
    reference::same_repository,
};
use crate::ops::facts::Stage;
use crate::ops::watch::label;

/// Plans a deploy.
pub(super) fn plan(sheet: &mut Sheet, choice: &ImageChoice) -> Part<()> {
    if *choice == ImageChoice::Current {
        return simple::redeploy(sheet);
    }
    sheet.needs_own_controller()?;
    sheet.needs_rest()?;
    match sheet.kind() {
        Kind::AppRunner => apprunner::deploy(sheet, choice),
        Kind::Express => express(sheet, choice),
        Kind::Ecs => ecs(sheet, choice),
    }
}

fn ecs(sheet: &mut Sheet, choice: &ImageChoice) -> Part<()> {
    let definition = definition(sheet)?;
    let asked = match choice {
        ImageChoice::Reference(text) => Some(Reference::split(text)).filter(|parts| parts.registry.is_some()),
        _ => None,
    };
    let (container, reason) = main_container(sheet, definition, asked.map(|parts| parts.name))?;
    let repository = repository(sheet, &container.image);
    let chosen = image::choose(sheet, &repository, choice)?;
    fits(sheet, definition, (container, reason), &chosen)?;
    let others = definition.siblings(&container.name);
    let (follow, stay): (Vec<_>, Vec<_>) = others.into_iter().partition(|_| !sheet.context.others_stay);
    let same = |c: &ContainerBrief| Reference::split(&c.image).same(&Reference::split(&chosen.reference));
    if same(container) && follow.iter().all(|other| same(other)) {
        sheet.warn(format!("{} is set already: no new revision, its tasks are replaced", chosen.label));
        return simple::redeploy(sheet);
    }
    let from = image::called(sheet)?;
    sheet.title(RunKind::Deploy, format!("Deploy {} to {}", chosen.label, sheet.name()), from, &chosen.label);
    image::tell(sheet, &chosen);
    sheet.strong("revision", format!("{} → a new revision of {}", definition.label(), definition.family));
    tell_container(sheet, container, reason);
    for other in &follow {
        let was = Version::of(&other.image, None).short();
        sheet.strong(
            "changes too",
            format!("{}: {was} → {}, of the same repository", other.name, chosen.label),
        );
    }
    for other in &stay {
        sheet.warn(format!("container {} has an image of the same repository and keeps it", other.name));
    }
    notes::strategy(sheet);
    image::compare(sheet, &chosen)?;
    notes::present_state(sheet);
    notes::on_failure(sheet);
    let changed: Vec<String> =
        std::iter::once(container).chain(follow).map(|container| container.name.clone()).collect();
    register(sheet, definition, &changed, &chosen.reference, true)?;
    sheet.plan.diff =
        diff::between(&definition.shown, &definition.shown_with_images(&changed, &chosen.reference));
    sheet.facts.image = chosen.reference;
    let label = label(&definition.arn).to_owned();
    sheet.preflight();
    sheet.step(Stage::Register, format!("register a copy of {label} with the image"));
    sheet.step(Stage::Update, format!("update {} to the copy", sheet.name()));
    sheet.step(Stage::Rollout, "watch until its tasks are replaced");
    Ok(())
}

/// Refuses an image that belongs to another container than the one it would be put into, and tells where the
/// repository is another one from now on.
fn fits(
    sheet: &mut Sheet,
    definition: &TaskDefinition,
    (container, reason): (&ContainerBrief, Reason),
    chosen: &Chosen,
) -> Part<()> {
    let repository = chosen.version.repository();
    if same_repository(&container.image, repository) {
        return Ok(());
    }
    let others: Vec<&str> = definition
        .containers
        .iter()
        .filter(|other| same_repository(&other.image, repository))
        .map(|other| other.name.as_str())
        .collect();
    if !others.is_empty() && reason != Reason::Configured {
        return Err(Halt::refuse(
            format!(
                "{repository} is the repository of {}, and the application is in container {} ({})",
                others.join(", "),
                container.name,
                reason.words()
            ),
            "set container under [[application]], or choose an image of its repository",
        ));
    }
    let own = Version::of(&container.image, None);
    sheet.warn(format!(
        "container {} has an image of {} now: another repository",
        container.name,
        own.repository()
    ));
    Ok(())
}

fn express(sheet: &mut Sheet, choice: &ImageChoice) -> Part<()> {
    let current = sheet.detail.service.version.clone();
    let repository = repository(sheet, &current.image);
    let chosen = image::choose(sheet, &repository, choice)?;
    sheet.title(
        RunKind::Deploy,
        format!("Deploy {} to {}", chosen.label, sheet.name()),
        image::called(sheet)?,
        &chosen.label,
    );
    image::tell(sheet, &chosen);
    notes::strategy(sheet);
    image::compare(sheet, &chosen)?;
    change_express(sheet, chosen.reference)
}
