//! How the earlier revision is put back where the window after a deploy fails.

use super::draft::Sheet;
use super::found::Part;
use super::pinned::twins;
use super::{image, shared};
use crate::model::{Kind, Version, running, version::is_moving};
use crate::ops::facts::{Stage, TagOrder, Template, WayBack};
use crate::ops::watch::label;

/// The stages that put back what is set now, or why there are none.
pub(super) fn way_back(sheet: &mut Sheet) -> Part<Result<WayBack, String>> {
    let digest = sheet.facts.earlier_digest.clone();
    let new = sheet.chosen.as_ref().and_then(|chosen| chosen.version.digest.clone());
    if digest.is_some() && digest == new {
        return Ok(Err("the same image ran before".to_owned()));
    }
    let service = &sheet.detail.service;
    let completed = running::last_completed(sheet.detail);
    if sheet.kind() != Kind::AppRunner && completed.is_none_or(|c| c.definition != service.task_definition) {
        return Ok(Err(format!(
            "{}, which is set, is not known to have been deployed completely",
            label(&service.task_definition)
        )));
    }
    if sheet.detail.status == "CREATE_FAILED" {
        return Ok(Err("the service never finished creating".to_owned()));
    }
    let short = sheet.detail.service.version.short();
    let mut way = WayBack {
        stages: vec![(Stage::Look, "check that nobody changed it since".to_owned())],
        definition: None,
        image: String::new(),
        tag: None,
        force: false,
        label: short,
    };
    if let Some(order) = sheet.facts.tag.clone() {
        return Ok(tag(sheet, way, order));
    }
    let stages = sheet.facts.stages.clone();
    let has = |stage| stages.contains(&stage);
    let earlier = Version::of(&sheet.facts.earlier_image, digest.as_deref());
    if has(Stage::Update) {
        return set(sheet, way, &earlier);
    }
    let Some(reference) = pinned(&earlier) else {
        return Ok(Err(format!("which image {} named before is not known", earlier.short())));
    };
    if has(Stage::Start) {
        return Ok(Err("App Runner does not say which image of the tag ran before".to_owned()));
    }
    way.image = reference;
    if has(Stage::Express) {
        way.stages.push((Stage::Express, "give it the earlier image".to_owned()));
        way.stages.push((Stage::Rollout, "watch until traffic is shifted back".to_owned()));
    } else {
        way.stages.push((Stage::AppRunner, "update it with the earlier image".to_owned()));
        way.stages.push((Stage::Operation, "watch the operation to its end".to_owned()));
    }
    Ok(Ok(way))
}

/// A reference that names this image for good; none where its tag moves and its digest is not known.
fn pinned(earlier: &Version) -> Option<String> {
    let moves = Version::of(&earlier.image, None);
    if earlier.image.is_empty() {
        return None;
    }
    if moves.digest.is_some() || moves.tag.as_deref().is_some_and(|tag| !is_moving(tag)) {
        return Some(earlier.image.clone());
    }
    earlier.digest.as_ref().map(|digest| format!("{}@{digest}", earlier.repository()))
}

fn tag(sheet: &Sheet, mut way: WayBack, order: TagOrder) -> Result<WayBack, String> {
    let Some(digest) = sheet.tag_before.clone() else {
        return Err(format!("what the tag {} named before is not known", order.tag));
    };
    way.image.clone_from(&sheet.facts.image);
    way.stages
        .push((Stage::TagImage, format!("move the tag {} back to {}", order.tag, image::short(&digest))));
    way.force = sheet.facts.force;
    way.definition.clone_from(&sheet.facts.definition);
    for stage in sheet.facts.stages.iter().skip_while(|s| **s != Stage::TagImage).skip(1) {
        let name = match stage {
            Stage::Update => "force a new deployment of it",
            Stage::Express => "give it the image of the tag again",
            Stage::Start => "start a deployment of the tag",
            Stage::Rollout => "watch until its tasks are replaced",
            Stage::Operation => "watch the operation to its end",
            _ => continue,
        };
        way.stages.push((*stage, name.to_owned()));
    }
    way.tag = Some(TagOrder { digest, ..order });
    Ok(way)
}

/// The way back of an ECS service: the earlier definition, or a copy of it whose image is pinned.
fn set(sheet: &mut Sheet, mut way: WayBack, earlier: &Version) -> Part<Result<WayBack, String>> {
    let definition = shared::definition(sheet)?;
    let container = shared::container(sheet, definition)?;
    let configured = Version::of(&container.image, earlier.digest.as_deref());
    let Some(reference) = pinned(&configured) else {
        return Ok(Err(format!("which image {} named before is not known", configured.short())));
    };
    let active = definition.status.is_empty() || definition.status == "ACTIVE";
    if reference == container.image && active {
        if sheet.facts.force {
            return Ok(Err("the same revision ran before".to_owned()));
        }
        way.definition = Some(definition.arn.clone());
        way.stages.push((Stage::Update, format!("update {} to {}", sheet.name(), definition.label())));
        way.label = definition.label();
    } else {
        sheet.documents.push(None);
        let changed = twins(definition, container);
        sheet.facts.templates.push(Template::of(definition, &changed, &reference, true));
        let of = label(&definition.arn).to_owned();
        way.stages.push((Stage::Register, format!("register a copy of {of} with its image pinned")));
        way.stages.push((Stage::Update, format!("update {} to the copy", sheet.name())));
        way.label = format!("a copy of {of}");
    }
    way.image = reference;
    way.stages.push((Stage::Rollout, "watch until its tasks are replaced".to_owned()));
    Ok(Ok(way))
}
