//! Which task definition a command runs with, and with which image.

use super::draft::Chosen;
use super::draft::Sheet;
use super::found::Part;
use super::image;
use super::shared;
use crate::model::{
    ContainerBrief, ImageChoice, Kind, TaskDefinition, Version, reference::same_repository,
    version::is_moving,
};

/// Which task definition is run.
pub(super) enum Which {
    /// The one there is.
    Same,
    /// The copy that the service is going to be set to.
    Deployed(usize),
    /// A copy for the command alone, with this image.
    New(String),
}

/// What is run before a change: the revision that is going to be put in place, or a copy with its image.
pub(super) fn of_change(
    sheet: &mut Sheet,
    definition: &TaskDefinition,
    container: &ContainerBrief,
    chosen: &Chosen,
) -> Part<Which> {
    let own = image_setting(sheet, container);
    let repository = Version::of(&container.image, None).repository().to_owned();
    let reference = if let Some((repository, choice)) = own {
        digest_of(&image::choose(sheet, &repository, &choice)?)
    } else if same_repository(chosen.version.repository(), &repository) {
        let deployed = sheet.facts.templates.iter().position(|template| {
            template.deployed
                && template.definition == definition.arn
                && template.containers().contains(&container.name)
        });
        if let Some(place) = deployed {
            return Ok(Which::Deployed(place));
        }
        digest_of(chosen)
    } else {
        sheet.warn(format!(
            "container {} of {} has an image of another repository: its own is run",
            container.name,
            definition.label()
        ));
        digest_of(&image::choose(sheet, &repository, &image::choice_of(&container.image))?)
    };
    Ok(settled(definition, container, reference))
}

fn digest_of(chosen: &Chosen) -> String {
    match &chosen.version.digest {
        Some(digest) => format!("{}@{digest}", chosen.version.repository()),
        None => chosen.reference.clone(),
    }
}

fn settled(definition: &TaskDefinition, container: &ContainerBrief, reference: String) -> Which {
    let inactive = !definition.status.is_empty() && definition.status != "ACTIVE";
    if inactive || reference != container.image { Which::New(reference) } else { Which::Same }
}

/// The configured image, where another one than the service's is.
fn image_setting(sheet: &Sheet, container: &ContainerBrief) -> Option<(String, ImageChoice)> {
    let choice = match sheet.context.migration.image.as_ref()? {
        ImageChoice::Current => image::choice_of(&container.image),
        other => other.clone(),
    };
    Some((shared::repository(sheet, &container.image), choice))
}

/// The image to run: a configured one, App Runner's own, or the one that the definition names.
fn wanted_image(sheet: &Sheet, container: &ContainerBrief) -> (String, ImageChoice) {
    if let Some(own) = image_setting(sheet, container) {
        return own;
    }
    let repository = Version::of(&container.image, None).repository().to_owned();
    let running = &sheet.detail.service.version;
    if sheet.kind() == Kind::AppRunner && same_repository(&running.image, &repository) {
        let choice = match &running.digest {
            Some(digest) if running.tag.as_deref().is_none_or(is_moving) => {
                ImageChoice::Digest(digest.clone())
            }
            _ => image::choice_of(&running.image),
        };
        return (repository, choice);
    }
    (repository, image::choice_of(&container.image))
}

/// What is run on its own: the picked image, or the one in use; a copy where the definition does not name that image
/// for good.
pub(super) fn of_choice(
    sheet: &mut Sheet,
    definition: &TaskDefinition,
    container: &ContainerBrief,
    picked: Option<&ImageChoice>,
) -> Part<Which> {
    let (repository, choice) = match picked {
        Some(choice) => (shared::repository(sheet, &container.image), choice.clone()),
        None => wanted_image(sheet, container),
    };
    let mut chosen = image::choose(sheet, &repository, &choice)?;
    if picked.is_some() && chosen.reference != container.image {
        // the copy is made for this one run: nobody reads its tag in a list, and the digest cannot move
        chosen.reference = digest_of(&chosen);
    }
    image::tell(sheet, &chosen);
    sheet.plan.to.clone_from(&chosen.label);
    let running = sheet.detail.service.version.clone();
    if running.digest.is_some() && chosen.version.digest.is_some() && !running.same_image(&chosen.version) {
        sheet.warn(format!("{} is not the image that runs ({})", chosen.label, running.short()));
    }
    Ok(settled(definition, container, chosen.reference))
}
