//! App Runner: deploy, roll back, redeploy.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::notes;
use super::shared;
use super::{draft::Chosen, image};
use crate::model::reference::is_ecr;
use crate::model::{ImageChoice, Revision, RunKind, Stamp, Version, stamp, version::is_moving};
use crate::ops::Ran;
use crate::ops::facts::Stage;
use crate::ops::source::{image_of, with_image};

/// Plans a deploy.
pub(super) fn deploy(sheet: &mut Sheet, choice: &ImageChoice) -> Part<()> {
    let current = configured(sheet)?;
    let repository = shared::repository(sheet, &current);
    let chosen = image::choose(sheet, &repository, choice)?;
    let tag_stays = match choice {
        ImageChoice::Tag(tag) => current == format!("{repository}:{tag}"),
        _ => chosen.reference == current,
    };
    let from = before(sheet, &chosen)?;
    let title = format!("Deploy {} to {}", chosen.label, sheet.name());
    sheet.title(RunKind::Deploy, title, from, &chosen.label);
    // one that was never created is built anew by UpdateService (model of App Runner: Service.Status)
    if tag_stays && !was_never_created(sheet) {
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
    put(sheet, &current, chosen.reference)
}

/// Plans StartDeployment of the configured tag.
pub(super) fn redeploy(sheet: &mut Sheet) -> Part<()> {
    let current = configured(sheet)?;
    let version = sheet.detail.service.version.clone();
    sheet.title(RunKind::Redeploy, format!("Redeploy {}", sheet.name()), version.short(), version.short());
    let repository = version.repository().to_owned();
    if is_ecr(&repository) {
        let chosen = image::choose(sheet, &repository, &image::choice_of(&current))?;
        sheet.strong("image", chosen.told.clone());
        sheet.plan.from = before(sheet, &chosen)?;
        sheet.plan.to.clone_from(&chosen.label);
        sheet.chosen = Some(chosen);
    } else {
        sheet.strong("image", current.clone());
    }
    auto_deploy(sheet);
    if was_never_created(sheet) {
        return put(sheet, &current.clone(), current);
    }
    notes::on_failure(sheet);
    start(sheet, current)
}

/// Whether its creation failed: nothing of it ever ran.
fn was_never_created(sheet: &Sheet) -> bool {
    sheet.detail.status == "CREATE_FAILED"
}

/// What to call the image that is set; where it is the chosen one, as that is called.
fn before(sheet: &Sheet, chosen: &Chosen) -> Part<String> {
    let version = &sheet.detail.service.version;
    if version.same_image(&chosen.version) { Ok(chosen.label.clone()) } else { image::called(sheet) }
}

/// Plans an earlier image: the chosen one, the one the journal knows, or the next older one in ECR.
pub(super) fn roll_back(sheet: &mut Sheet, to: Option<&Revision>) -> Part<()> {
    sheet.needs_rest()?;
    if was_never_created(sheet) {
        return Err(Halt::refuse(
            format!(
                "{} has nothing to go back to: its creation failed, and no version of it ever ran",
                sheet.name()
            ),
            "deploy an image that works (D); App Runner then rebuilds the service",
        ));
    }
    let current = sheet.detail.service.version.clone();
    let configured = configured(sheet)?;
    let (reference, how) = if let Some(revision) = to {
        let reference = match (&revision.version.digest, revision.version.image.as_str()) {
            (Some(digest), image) if !image.is_empty() => {
                format!("{}@{digest}", revision.version.repository())
            }
            (_, image) => image.to_owned(),
        };
        (reference, "the image you chose".to_owned())
    } else if let Some((version, ran)) = previous(sheet, &current) {
        skip_left_behind(sheet, &current, ran.at());
        let reference = match &version.digest {
            Some(digest) => format!("{}@{digest}", version.repository()),
            None => version.image.clone(),
        };
        let ago = stamp::brief(sheet.now.since(ran.at()));
        let how = match ran {
            Ran::PutInPlace(_) => format!("deployed {ago} ago"),
            Ran::Until(_) | Ran::RolledBackFrom(_) => format!("ran until {ago} ago"),
            Ran::Seen(_) => format!("was set {ago} ago"),
        };
        (reference, format!("{how}, according to this machine's journal"))
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
        image::called(sheet)?,
        &chosen.label,
    );
    sheet.line("target", how);
    image::tell(sheet, &chosen);
    sheet.line("mechanism", "App Runner has no rollback: the service is updated with the earlier image");
    put(sheet, &configured, chosen.reference)
}

/// The newest image of the journal that was in place before the one that runs now was first put there. What came
/// after it is never proposed: going back twice must not go forward again.
fn previous(sheet: &Sheet, current: &Version) -> Option<(Version, Ran)> {
    let entries = || sheet.context.previous.iter();
    let first = entries()
        .filter(|(version, _)| version.same_image(current))
        .map(|(_, ran)| ran.at())
        .min()
        .or(sheet.detail.service.deployed_at)
        .unwrap_or(sheet.now);
    let (version, ran) = entries()
        .filter(|(version, ran)| {
            !version.image.is_empty()
                && !version.same_image(current)
                && ran.at() < first
                && !left_behind(sheet, version, Some(ran.at()))
        })
        .max_by_key(|(_, ran)| ran.at())?;
    // when it was put in place tells more than until when it ran
    let put = entries()
        .filter(|(other, ran)| {
            matches!(ran, Ran::PutInPlace(at) if *at <= first) && other.same_image(version)
        })
        .map(|(_, ran)| *ran)
        .max_by_key(|ran| ran.at());
    Some((version.clone(), put.unwrap_or(*ran)))
}

/// Says which images of the journal are passed over, since somebody rolled back from them.
fn skip_left_behind(sheet: &mut Sheet, current: &Version, since: Stamp) {
    let mut names: Vec<String> = Vec::new();
    for (version, ran) in &sheet.context.previous {
        let name = version.short();
        if ran.at() > since
            && !version.same_image(current)
            && left_behind(sheet, version, Some(ran.at()))
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    for name in names {
        sheet.warn(format!("{name} is skipped: it was rolled back from"));
    }
}

/// Whether a rollback left this image, and nothing put it in place again since.
pub(super) fn left_behind(sheet: &Sheet, version: &Version, put_at: Option<Stamp>) -> bool {
    sheet.context.previous.iter().any(|(other, ran)| {
        matches!(ran, Ran::RolledBackFrom(at) if put_at.is_none_or(|put| put <= *at))
            && other.same_image(version)
    })
}

fn older(sheet: &Sheet, current: &Version) -> Part<String> {
    let repository = current.repository().to_owned();
    let nothing = || {
        Halt::refuse(
            format!("no earlier image of {} is known", sheet.name()),
            "choose one on the Revisions tab, or deploy the image you want (D)",
        )
    };
    if !is_ecr(&repository) {
        return Err(nothing());
    }
    let running = image::running(sheet)?.ok_or_else(nothing)?;
    let images = sheet.found.images(&repository)?;
    let before = images
        .iter()
        .filter(|i| i.digest != running.digest && i.pushed_at < running.pushed_at)
        .filter(|i| !left_behind(sheet, &Version::of(&format!("{repository}@{}", i.digest), None), None))
        .max_by_key(|i| i.pushed_at)
        .ok_or_else(nothing)?;
    Ok(match before.telling() {
        Some(tag) => format!("{repository}:{tag}"),
        None => format!("{repository}@{}", before.digest),
    })
}

/// The rest of a plan that updates the service with its whole source and another image.
fn put(sheet: &mut Sheet, configured: &str, reference: String) -> Part<()> {
    leaves(sheet, configured, &reference);
    let source =
        sheet.detail.source.as_ref().and_then(|source| with_image(source, &reference)).ok_or_else(|| {
            Halt::refuse("App Runner did not return the service's configuration", "try again")
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
pub(super) fn remember(sheet: &mut Sheet) -> Part<()> {
    if sheet.facts.earlier_digest.is_none() {
        sheet.facts.earlier_digest = image::running(sheet)?.map(|image| image.digest.clone());
    }
    Ok(())
}

pub(super) fn auto_deploy(sheet: &mut Sheet) {
    if sheet.detail.auto_deploy == Some(true) {
        sheet.warn("automatic deployments are on: a push to the configured tag deploys by itself");
    }
}

/// Warns where the service no longer follows the tag it was set to follow.
fn leaves(sheet: &mut Sheet, configured: &str, reference: &str) {
    let (old, new) = (Version::of(configured, None), Version::of(reference, None));
    let Some(tag) = old.tag.filter(|tag| old.digest.is_none() && is_moving(tag)) else { return };
    let stays = new.digest.is_none() && new.tag.as_ref() == Some(&tag);
    if sheet.detail.auto_deploy == Some(true) && !stays {
        sheet.warn(format!(
            "leaves the tag {tag}: pushes to it no longer deploy until the service follows it again"
        ));
    }
}

/// The configured image reference; refused where the service is built from source code.
pub(super) fn configured(sheet: &Sheet) -> Part<String> {
    let source = sheet.detail.source.as_ref();
    if source.is_some_and(|s| !crate::ops::source::has_image(s)) {
        return Err(Halt::refuse(
            format!("{} is built from source code, not from an image", sheet.name()),
            "deploy it by a push to its repository",
        ));
    }
    shared::without_reader(&sheet.detail.service.version.image)?;
    let told = source.and_then(image_of).unwrap_or(&sheet.detail.service.version.image);
    Ok(told.to_owned())
}
