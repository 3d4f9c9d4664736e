//! Another image.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::{apprunner, diff, image, notes, simple};
use crate::model::{ImageChoice, Kind, RunKind, TaskDefinition, Version, task_definition::ContainerBrief};
use crate::ops::facts::{Stage, Template};
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

/// The task definition that the service is set to.
pub(super) fn definition<'a>(sheet: &Sheet<'a>) -> Part<&'a TaskDefinition> {
    match &sheet.detail.task_definition {
        Some(definition) => Ok(definition),
        None if sheet.detail.service.task_definition.is_empty() => Err(Halt::refuse(
            format!("AWS does not tell which task definition {} runs", sheet.name()),
            "try again",
        )),
        None => sheet.found.definition(&sheet.detail.service.task_definition),
    }
}

/// The container that the application ships in: the configured one, else the only one with an image of the
/// application's repository, else the main one.
pub(super) fn container<'a>(sheet: &Sheet, definition: &'a TaskDefinition) -> Part<&'a ContainerBrief> {
    let wanted = sheet.context.container.as_deref();
    let named = sheet.context.repository.as_deref().filter(|_| wanted.is_none());
    let by_image = named.and_then(|_| {
        let mut fitting = definition
            .containers
            .iter()
            .filter(|c| Version::of(&c.image, None).repository() == repository(sheet, &c.image));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    });
    // Express Mode calls its container Main, whatever the application calls it elsewhere
    let express = || (sheet.kind() == Kind::Express).then(|| definition.main_container(None)).flatten();
    by_image.or_else(|| definition.main_container(wanted)).or_else(express).ok_or_else(|| {
        Halt::refuse(
            format!("{} has no container {}", definition.label(), wanted.unwrap_or("at all")),
            format!("its containers are {}; name one in the configuration", names(definition)),
        )
    })
}

/// The names of a definition's containers.
pub(super) fn names(definition: &TaskDefinition) -> String {
    definition.containers.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The repository to look for images in.
pub(super) fn repository(sheet: &Sheet, image: &str) -> String {
    Version::of(image, None).repository_named(sheet.context.repository.as_deref())
}

fn ecs(sheet: &mut Sheet, choice: &ImageChoice) -> Part<()> {
    let definition = definition(sheet)?;
    let container = container(sheet, definition)?;
    let repository = repository(sheet, &container.image);
    let chosen = image::choose(sheet, &repository, choice)?;
    if chosen.reference == container.image {
        sheet.warn(format!("{} is set already: no new revision, its tasks are replaced", chosen.label));
        return simple::redeploy(sheet);
    }
    let from = sheet.detail.service.version.short();
    sheet.title(RunKind::Deploy, format!("Deploy {} to {}", chosen.label, sheet.name()), from, &chosen.label);
    image::tell(sheet, &chosen);
    sheet.strong("revision", format!("{} → the next one of {}", definition.label(), definition.family));
    sheet.line("container", &container.name);
    let ours = Version::of(&container.image, None).repository().to_owned();
    for other in &definition.containers {
        if other.name != container.name && Version::of(&other.image, None).repository() == ours {
            sheet.warn(format!("container {} has an image of the same repository and keeps it", other.name));
        }
    }
    notes::strategy(sheet);
    image::compare(sheet, &chosen)?;
    notes::present_state(sheet);
    notes::on_failure(sheet);
    register(sheet, definition, &container.name, &chosen.reference, true)?;
    sheet.plan.diff =
        diff::between(&definition.shown, &definition.shown_with_image(&container.name, &chosen.reference));
    sheet.facts.image = chosen.reference;
    let label = label(&definition.arn).to_owned();
    sheet.preflight();
    sheet.step(Stage::Register, format!("register a copy of {label} with the image"));
    sheet.step(Stage::Update, format!("set {} to it", sheet.name()));
    sheet.step(Stage::Rollout, "watch until its tasks are replaced");
    Ok(())
}

/// Takes a copy of `definition` with `image` in `container` into the plan; gives its place among the copies.
pub(super) fn register(
    sheet: &mut Sheet,
    definition: &TaskDefinition,
    container: &str,
    image: &str,
    deployed: bool,
) -> Part<usize> {
    let document = definition.with_image(container, image).ok_or_else(|| {
        Halt::refuse(
            format!("{} cannot be copied: its document names no container {container}", definition.label()),
            "deploy it once with the tool that registers it",
        )
    })?;
    sheet.documents.push(Some(document));
    sheet.facts.templates.push(Template {
        definition: definition.arn.clone(),
        family: definition.family.clone(),
        container: container.to_owned(),
        image: image.to_owned(),
        deployed,
        arn: None,
    });
    Ok(sheet.facts.templates.len() - 1)
}

fn express(sheet: &mut Sheet, choice: &ImageChoice) -> Part<()> {
    let current = sheet.detail.service.version.clone();
    let repository = repository(sheet, &current.image);
    let chosen = image::choose(sheet, &repository, choice)?;
    sheet.title(
        RunKind::Deploy,
        format!("Deploy {} to {}", chosen.label, sheet.name()),
        current.short(),
        &chosen.label,
    );
    image::tell(sheet, &chosen);
    notes::strategy(sheet);
    image::compare(sheet, &chosen)?;
    fly_express(sheet, chosen.reference);
    Ok(())
}

/// The rest of a plan that gives an Express service another image.
pub(super) fn fly_express(sheet: &mut Sheet, reference: String) {
    notes::present_state(sheet);
    notes::on_failure(sheet);
    if let Some(definition) = &sheet.detail.task_definition
        && let Some(container) = definition.main_container(None)
    {
        sheet.plan.diff =
            diff::between(&definition.shown, &definition.shown_with_image(&container.name, &reference));
    }
    sheet.facts.image = reference;
    sheet.preflight();
    sheet.step(Stage::Express, format!("give {} the image", sheet.name()));
    sheet.step(Stage::Rollout, "watch until traffic is shifted and its tasks are replaced");
}
