//! Images that are pinned in a copy of an earlier task definition.

use super::draft::Sheet;
use super::found::Part;
use super::image;
use crate::model::reference::is_ecr;
use crate::model::{
    ImageChoice, TaskDefinition, Version, task_definition::ContainerBrief, version::is_moving,
};

/// The container, and those that have the very same image: what is pinned in a copy.
pub(super) fn twins(definition: &TaskDefinition, container: &ContainerBrief) -> Vec<String> {
    let twins = definition.twins(&container.name);
    std::iter::once(container).chain(twins).map(|container| container.name.clone()).collect()
}

/// The reference of a copy where one is needed, the image, and what to call it. A copy is needed because its tag moves or
/// moved, or because AWS takes no deployment of a definition that is not ACTIVE.
pub(super) fn pinned(
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
