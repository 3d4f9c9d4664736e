//! The image an operation puts in place, resolved to its digest.
//!
//! How it is written down: a tag that names a commit or a release stays a tag (`repo:8be02d4`), since people
//! read it in every list, after its digest was looked up; a tag that people move (`latest`, `staging`) is
//! replaced by the digest it has now (`repo@sha256:…`), since ECS and App Runner would resolve it again at
//! every later start of a task.

use super::draft::Chosen;
use super::draft::Sheet;
use super::found::{Halt, Part};
use super::short::in_full;
use crate::model::reference::is_ecr;
use crate::model::{
    Image, ImageChoice, Reference, TroubleKind, Version, stamp,
    version::{is_moving, short_tag},
};

/// Resolves a choice. `repository` is where tags and digests are looked for.
pub(super) fn choose(sheet: &mut Sheet, repository: &str, choice: &ImageChoice) -> Part<Chosen> {
    let meant = choice.clone().beside(repository).map_err(Halt::Refuse)?;
    let (repository, choice) = match meant {
        ImageChoice::Reference(text) => taken_apart(&text),
        other => (repository.to_owned(), other),
    };
    let name = match &choice {
        ImageChoice::Tag(tag) => tag.clone(),
        ImageChoice::Digest(digest) => digest.clone(),
        _ => String::new(),
    };
    if repository.is_empty() || name.is_empty() {
        return Err(Halt::refuse("no image was named", "choose one from the list, or type a tag"));
    }
    let (choice, name) = in_full(sheet, &repository, choice, name)?;
    let image = look_up(sheet, &repository, &choice, &name)?;
    let digest = image.as_ref().map(|i| i.digest.clone());
    let (reference, pinned) = match (&choice, &digest) {
        (ImageChoice::Digest(digest), _) => (format!("{repository}@{digest}"), false),
        (_, Some(digest)) if is_moving(&name) => (format!("{repository}@{digest}"), true),
        _ => {
            if is_moving(&name) {
                sheet
                    .warn(format!("{name} is a tag that moves, and its digest is unknown: it is not pinned"));
            }
            (format!("{repository}:{name}"), false)
        }
    };
    let version = Version::of(&reference, digest.as_deref());
    // as it is called once it is in place
    let label = version.words(image.as_ref().and_then(Image::telling));
    let mut told = match &choice {
        ImageChoice::Tag(tag) => format!("{}:{tag}", last(&repository)),
        _ => format!("{}@{}", last(&repository), short(&name)),
    };
    if let Some(image) = &image {
        if let (ImageChoice::Tag(_), digest) = (&choice, &image.digest) {
            told.push_str(", ");
            told.push_str(&short(digest));
        }
        // a commit is often tagged twice, in short and in full
        let same = |tag: &&str| tag.starts_with(&name) || name.starts_with(tag);
        let other: Vec<String> =
            image.tags.iter().filter(|tag| !same(&tag.as_str())).map(|tag| short_tag(tag)).take(4).collect();
        if !other.is_empty() {
            told.push_str(", also ");
            told.push_str(&other.join(" "));
        }
        if let Some(at) = image.pushed_at {
            told = format!("{told}, pushed {} ago", stamp::brief(sheet.now.since(at)));
        }
    }
    let pushed_at = image.and_then(|i| i.pushed_at);
    Ok(Chosen { reference, version, label, pushed_at, told, pinned })
}

fn look_up(sheet: &mut Sheet, repository: &str, choice: &ImageChoice, name: &str) -> Part<Option<Image>> {
    if !is_ecr(repository) {
        sheet.warn(format!("{repository} is not in ECR: whether {name} exists there was not checked"));
        return Ok(None);
    }
    match sheet.found.image(repository, choice)? {
        Ok(Some(image)) => match &image.artifact {
            None => Ok(Some(image.clone())),
            Some(what) => Err(Halt::refuse(
                format!("{name} in {repository} is {what}: no container can be started from it"),
                "choose an image",
            )),
        },
        Ok(None) => {
            Err(Halt::refuse(format!("{repository} has no image {name}"), "push it first, or choose another"))
        }
        Err(trouble) if matches!(trouble.kind, TroubleKind::Denied | TroubleKind::Unsupported) => {
            sheet.warn(format!("digest of {name} unknown: {}", trouble.why));
            Ok(None)
        }
        Err(trouble) => Err(Halt::from(trouble)),
    }
}

/// A whole reference as repository and tag or digest; `latest` where it names neither.
fn taken_apart(text: &str) -> (String, ImageChoice) {
    let parts = Reference::split(text.trim());
    let choice = match parts.digest {
        Some(digest) => ImageChoice::Digest(digest.to_owned()),
        None => ImageChoice::Tag(parts.tag.unwrap_or("latest").to_owned()),
    };
    (parts.name.to_owned(), choice)
}

/// The choice that a configured reference stands for.
pub(super) fn choice_of(reference: &str) -> ImageChoice {
    taken_apart(reference).1
}

/// `sha256:41ac07f9e2b1`: enough of a digest to recognise it.
pub(super) fn short(digest: &str) -> String {
    digest.chars().take(7 + 12).collect()
}

fn last(repository: &str) -> &str {
    repository.rsplit('/').next().unwrap_or(repository)
}

/// Tells the image in the plan.
pub(super) fn tell(sheet: &mut Sheet, chosen: &Chosen) {
    sheet.strong("image", chosen.told.clone());
    sheet.chosen = Some(chosen.clone());
    let how = if chosen.pinned { " (pinned: the tag moves)" } else { "" };
    sheet.line("reference", format!("{}{how}", chosen.reference));
}

/// Warns where the image is the one that runs, or older than it.
pub(super) fn compare(sheet: &mut Sheet, chosen: &Chosen) -> Part<()> {
    let current = sheet.detail.service.version.clone();
    // one moving tag may be two images
    let told_apart = current.digest.is_some() || !current.tag.as_deref().is_none_or(is_moving);
    if told_apart && current.same_image(&chosen.version) {
        sheet.warn(format!("{} is what runs now", chosen.label));
        return Ok(());
    }
    let Some(pushed_at) = chosen.pushed_at else { return Ok(()) };
    if let Some(running_at) = running(sheet)?.and_then(|image| image.pushed_at)
        && pushed_at < running_at
    {
        let by = stamp::brief(running_at.since(pushed_at));
        let current = called(sheet)?;
        sheet.warn(format!("{} is {by} older than {current}, which runs now", chosen.label));
    }
    Ok(())
}

/// What to call the image that is set now: as everywhere, with the commit behind a tag that moves.
pub(super) fn called(sheet: &Sheet) -> Part<String> {
    let current = &sheet.detail.service.version;
    if current.image.is_empty() || current.tag.as_deref().is_some_and(|tag| !is_moving(tag)) {
        return Ok(current.short());
    }
    Ok(current.words(running(sheet)?.and_then(Image::telling)))
}

/// The image that is set now: by its digest, or as what its tag names now.
pub(super) fn running<'a>(sheet: &Sheet<'a>) -> Part<Option<&'a Image>> {
    let current = &sheet.detail.service.version;
    if !is_ecr(current.repository()) {
        return Ok(None);
    }
    let images = sheet.found.images(current.repository())?;
    Ok(images.iter().find(|image| match (&current.digest, &current.tag) {
        (Some(digest), _) => &image.digest == digest,
        (None, Some(tag)) => image.tags.contains(tag),
        (None, None) => false,
    }))
}
