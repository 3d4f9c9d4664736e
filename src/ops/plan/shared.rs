//! What several plans have in common: the definition, its container, the copy to register.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::{diff, notes};
use crate::model::container::{Doubt, Reason};
use crate::model::{ContainerBrief, Kind, Pointers, TaskDefinition, Version, secret};
use crate::ops::facts::{Stage, Template};

/// The task definition that the service is set to.
pub(super) fn definition<'a>(sheet: &Sheet<'a>) -> Part<&'a TaskDefinition> {
    match &sheet.detail.task_definition {
        Some(definition) => Ok(definition),
        None if sheet.detail.service.task_definition.is_empty() => Err(Halt::refuse(
            format!("AWS does not say which task definition {} runs", sheet.name()),
            "try again",
        )),
        None => sheet.found.definition(&sheet.detail.service.task_definition),
    }
}

/// What points at the application's container.
fn pointers(sheet: &Sheet) -> Pointers {
    Pointers {
        configured: sheet.context.container.clone(),
        repository: sheet.context.repository.clone(),
        express: sheet.kind() == Kind::Express,
        ..sheet.detail.pointers.clone()
    }
}

/// The container that the application ships in, and why it is taken for it. `asked` is the repository of the image
/// that was asked for, where one is named.
pub(super) fn main_container<'a>(
    sheet: &Sheet,
    definition: &'a TaskDefinition,
    asked: Option<&str>,
) -> Part<(&'a ContainerBrief, Reason)> {
    resolved(&pointers(sheet), definition, asked)
}

/// The same in another definition than the service's own, which need not have the configured container.
pub(super) fn container_elsewhere<'a>(
    sheet: &Sheet,
    definition: &'a TaskDefinition,
) -> Part<(&'a ContainerBrief, Reason)> {
    let mut pointers = pointers(sheet);
    let has = |name: &String| definition.containers.iter().any(|c| c.name == *name);
    pointers.configured = pointers.configured.filter(has);
    resolved(&pointers, definition, None)
}

fn resolved<'a>(
    pointers: &Pointers,
    definition: &'a TaskDefinition,
    asked: Option<&str>,
) -> Part<(&'a ContainerBrief, Reason)> {
    let (why, remedy) = match pointers.resolve_in(definition, asked) {
        Ok((place, reason)) => match definition.containers.get(place) {
            Some(container) => return Ok((container, reason)),
            None => (format!("{} has no container at all", definition.label()), String::new()),
        },
        Err(Doubt::Missing(name)) => (
            format!("{} has no container {name}", definition.label()),
            format!("its containers are {}; name one in the configuration", names(definition)),
        ),
        Err(Doubt::Several(names)) => (
            format!(
                "which container of {} is the application is not known: {}",
                definition.label(),
                names.join(" or ")
            ),
            "set container under [[application]]".to_owned(),
        ),
        Err(Doubt::Unread | Doubt::None) => {
            (format!("{} has no container at all", definition.label()), String::new())
        }
    };
    Err(Halt::refuse(why, remedy))
}

/// The container that the application ships in.
pub(super) fn container<'a>(sheet: &Sheet, definition: &'a TaskDefinition) -> Part<&'a ContainerBrief> {
    main_container(sheet, definition, None).map(|(container, _)| container)
}

/// Tells the container, and why it is taken for the application's.
pub(super) fn tell_container(sheet: &mut Sheet, container: &ContainerBrief, reason: Reason) {
    sheet.line("container", format!("{}: {}", container.name, reason.words()));
}

/// The names of a definition's containers.
pub(super) fn names(definition: &TaskDefinition) -> String {
    definition.containers.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The repository to look for images in.
pub(super) fn repository(sheet: &Sheet, image: &str) -> String {
    Version::of(image, None).repository_named(sheet.context.repository.as_deref())
}

/// Refuses an image that names who may read it: what AWS has is masked where it enters, and is not what would be set.
pub(super) fn without_reader(image: &str) -> Part<()> {
    if secret::is_masked(image) {
        return Err(Halt::refuse(
            format!("the image {image} has a name or a password in it, which no image has"),
            "set an image without one by the tool that registers it",
        ));
    }
    Ok(())
}

/// Takes a copy of `definition` with `image` in these containers into the plan; gives its place among the copies.
pub(super) fn register(
    sheet: &mut Sheet,
    definition: &TaskDefinition,
    containers: &[String],
    image: &str,
    deployed: bool,
) -> Part<usize> {
    without_reader(image)?;
    let document = definition.with_images(containers, image).ok_or_else(|| {
        Halt::refuse(
            format!(
                "{} cannot be copied: its document names no container {}",
                definition.label(),
                containers.join(" or ")
            ),
            "deploy it once with the tool that registers it",
        )
    })?;
    sheet.documents.push(Some(document));
    sheet.facts.templates.push(Template::of(definition, containers, image, deployed));
    Ok(sheet.facts.templates.len() - 1)
}

/// The rest of a plan that gives an Express service another image.
pub(super) fn change_express(sheet: &mut Sheet, reference: String) -> Part<()> {
    without_reader(&reference)?;
    notes::present_state(sheet);
    notes::on_failure(sheet);
    if let Some(definition) = &sheet.detail.task_definition
        && let Ok((container, reason)) = container_elsewhere(sheet, definition)
    {
        tell_container(sheet, container, reason);
        let changed = [container.name.clone()];
        sheet.plan.diff =
            diff::between(&definition.shown, &definition.shown_with_images(&changed, &reference));
    }
    sheet.facts.image = reference;
    sheet.preflight();
    sheet.step(Stage::Express, format!("give {} the image", sheet.name()));
    sheet.step(Stage::Rollout, "watch until traffic is shifted and its tasks are replaced");
    Ok(())
}
