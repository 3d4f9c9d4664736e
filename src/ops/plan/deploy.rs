//! Another image.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::image::Chosen;
use super::{apprunner, diff, image, notes, simple};
use crate::model::{
    ContainerBrief, ImageChoice, Kind, Pointers, Reference, RunKind, TaskDefinition, Version,
    container::{Doubt, Reason},
    reference::same_repository,
};
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
    sheet.strong("revision", format!("{} → the next one of {}", definition.label(), definition.family));
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
    sheet.step(Stage::Update, format!("set {} to it", sheet.name()));
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

/// Takes a copy of `definition` with `image` in these containers into the plan; gives its place among the copies.
pub(super) fn register(
    sheet: &mut Sheet,
    definition: &TaskDefinition,
    containers: &[String],
    image: &str,
    deployed: bool,
) -> Part<usize> {
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
    fly_express(sheet, chosen.reference);
    Ok(())
}

/// The rest of a plan that gives an Express service another image.
pub(super) fn fly_express(sheet: &mut Sheet, reference: String) {
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
}
