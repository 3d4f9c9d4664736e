//! App Runner: deploy, roll back, redeploy.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::image::{self, Chosen};
use super::{deploy, notes};
use crate::model::{ImageChoice, Revision, RunKind, Sealed, Version, stamp};
use crate::ops::facts::Stage;
use serde_json::Value;

/// Plans a deploy.
pub(super) fn deploy(sheet: &mut Sheet, choice: &ImageChoice) -> Part<()> {
    let current = configured(sheet)?;
    let repository = deploy::repository(sheet, &current);
    let chosen = image::choose(sheet, &repository, choice)?;
    let tag_stays = match choice {
        ImageChoice::Tag(tag) => current == format!("{repository}:{tag}"),
        _ => chosen.reference == current,
    };
    sheet.title(
        RunKind::Deploy,
        format!("Deploy {} to {}", chosen.label, sheet.name()),
        sheet.detail.service.version.short(),
        &chosen.label,
    );
    if tag_stays {
        // what the tag names now is deployed; the configuration keeps the tag
        let chosen = Chosen { reference: current, pinned: false, ..chosen };
        image::tell(sheet, &chosen);
        image::compare(sheet, &chosen)?;
        auto_deploy(sheet);
        notes::on_failure(sheet);
        return start(sheet, chosen.reference);
    }
    image::tell(sheet, &chosen);
    image::compare(sheet, &chosen)?;
    auto_deploy(sheet);
    put(sheet, chosen.reference)
}

/// Plans StartDeployment of the configured tag.
pub(super) fn redeploy(sheet: &mut Sheet) -> Part<()> {
    let current = configured(sheet)?;
    let version = sheet.detail.service.version.clone();
    sheet.title(RunKind::Redeploy, format!("Redeploy {}", sheet.name()), version.short(), version.short());
    let repository = version.repository().to_owned();
    if image::is_ecr(&repository) {
        let chosen = image::choose(sheet, &repository, &image::choice_of(&current))?;
        sheet.strong("image", chosen.told.clone());
        sheet.plan.to = chosen.label;
    } else {
        sheet.strong("image", current.clone());
    }
    auto_deploy(sheet);
    notes::on_failure(sheet);
    start(sheet, current)
}

/// Plans an earlier image: the chosen one, the one the journal knows, or the next older one in ECR.
pub(super) fn roll_back(sheet: &mut Sheet, to: Option<&Revision>) -> Part<()> {
    sheet.needs_rest()?;
    let current = sheet.detail.service.version.clone();
    let _ = configured(sheet)?;
    let (reference, how) = if let Some(revision) = to {
        let reference = match (&revision.version.digest, revision.version.image.as_str()) {
            (Some(digest), image) if !image.is_empty() => {
                format!("{}@{digest}", revision.version.repository())
            }
            (_, image) => image.to_owned(),
        };
        (reference, "chosen".to_owned())
    } else if let Some((version, at)) = previous(sheet, &current) {
        let reference = match &version.digest {
            Some(digest) => format!("{}@{digest}", version.repository()),
            None => version.image.clone(),
        };
        (
            reference,
            format!(
                "put in place {} ago, as this machine's journal tells",
                stamp::brief(sheet.now.since(at))
            ),
        )
    } else {
        let reference = older(sheet, &current)?;
        sheet.warn(
            "a guess: App Runner keeps no history of images, and this machine's journal knows none; this is the next older image in ECR",
        );
        (reference, "the next older image in ECR".to_owned())
    };
    if reference.is_empty() {
        return Err(Halt::refuse("the chosen revision names no image", "choose another"));
    }
    let chosen = image::choose(sheet, "", &ImageChoice::Reference(reference))?;
    if chosen.version.same_image(&current) {
        return Err(Halt::refuse(format!("{} is what runs now", chosen.label), "choose an earlier one"));
    }
    sheet.title(
        RunKind::Rollback,
        format!("Roll {} back to {}", sheet.name(), chosen.label),
        current.short(),
        &chosen.label,
    );
    image::tell(sheet, &chosen);
    sheet.line("found", how);
    sheet.line("mechanism", "App Runner has no rollback: the service is updated with the earlier image");
    auto_deploy(sheet);
    put(sheet, chosen.reference)
}

fn previous(sheet: &Sheet, current: &Version) -> Option<(Version, crate::model::Stamp)> {
    sheet
        .context
        .previous
        .iter()
        .filter(|(version, _)| !version.image.is_empty() && !version.same_image(current))
        .max_by_key(|(_, at)| *at)
        .cloned()
}

fn older(sheet: &Sheet, current: &Version) -> Part<String> {
    let repository = current.repository().to_owned();
    let nothing = || {
        Halt::refuse(
            format!("no earlier image of {} is known", sheet.name()),
            "deploy the image you want (D)",
        )
    };
    if !image::is_ecr(&repository) {
        return Err(nothing());
    }
    let running = image::running(sheet)?.ok_or_else(nothing)?;
    let images = sheet.found.images(&repository)?;
    let before = images
        .iter()
        .filter(|i| i.digest != running.digest && i.pushed_at < running.pushed_at)
        .max_by_key(|i| i.pushed_at)
        .ok_or_else(nothing)?;
    let telling = before.tags.iter().find(|tag| !crate::model::service::is_moving(tag));
    Ok(match telling {
        Some(tag) => format!("{repository}:{tag}"),
        None => format!("{repository}@{}", before.digest),
    })
}

/// The rest of a plan that updates the service with its whole source and another image.
fn put(sheet: &mut Sheet, reference: String) -> Part<()> {
    let source =
        sheet.detail.source.as_ref().and_then(|source| with_image(source, &reference)).ok_or_else(|| {
            Halt::refuse("App Runner did not tell how the service is configured", "try again")
        })?;
    remember(sheet)?;
    notes::present_state(sheet);
    notes::on_failure(sheet);
    sheet.source = Some(source);
    sheet.facts.image = reference;
    sheet.preflight();
    sheet.step(Stage::AppRunner, format!("update {} with the image, all else as it is", sheet.name()));
    sheet.step(Stage::Operation, "watch the operation to its end");
    Ok(())
}

fn start(sheet: &mut Sheet, reference: String) -> Part<()> {
    remember(sheet)?;
    notes::present_state(sheet);
    sheet.facts.image = reference;
    sheet.preflight();
    sheet.step(Stage::Start, "start a deployment of the configured tag");
    sheet.step(Stage::Operation, "watch the operation to its end");
    Ok(())
}

/// App Runner does not tell digests: which image its tag names is kept for a later rollback.
fn remember(sheet: &mut Sheet) -> Part<()> {
    if sheet.facts.earlier_digest.is_none() {
        sheet.facts.earlier_digest = image::running(sheet)?.map(|image| image.digest.clone());
    }
    Ok(())
}

fn auto_deploy(sheet: &mut Sheet) {
    if sheet.detail.auto_deploy == Some(true) {
        sheet.warn("automatic deployments are on: a push to the configured tag deploys by itself");
    }
}

/// The configured image reference; refused where the service is built from source code.
fn configured(sheet: &Sheet) -> Part<String> {
    let source = sheet.detail.source.as_ref().map(Sealed::open);
    if source.is_some_and(|s| member(s, "ImageRepository").is_none()) {
        return Err(Halt::refuse(
            format!("{} is built from source code, not from an image", sheet.name()),
            "deploy it by a push to its repository",
        ));
    }
    let told = source
        .and_then(|s| member(s, "ImageRepository"))
        .and_then(|r| member(r, "ImageIdentifier"))
        .and_then(Value::as_str)
        .unwrap_or(&sheet.detail.service.version.image);
    Ok(told.to_owned())
}

fn with_image(source: &Sealed, reference: &str) -> Option<Sealed> {
    let mut document = source.open().clone();
    let repository = member_mut(&mut document, "ImageRepository")?;
    *member_mut(repository, "ImageIdentifier")? = Value::String(reference.to_owned());
    Some(Sealed::new(document))
}

/// A member by AWS's name, in whichever case its first letter is written.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn member_mut<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    value.as_object_mut()?.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
