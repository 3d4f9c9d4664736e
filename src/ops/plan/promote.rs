//! The image that runs in another environment.

use super::draft::Sheet;
use super::found::{Halt, Part};
use super::shared;
use super::{apprunner, between, deploy, image, notes, release};
use crate::model::reference::is_ecr;
use crate::model::{
    ImageChoice, Kind, RunKind, ServiceDetail, ServiceKey, ServiceState, Version, version::is_moving,
};
use crate::ops::Promotion;
use crate::ops::facts::{Stage, TagOrder};
use crate::ops::watch::{gone, in_flight, label};

/// Plans a promotion.
pub(super) fn plan(sheet: &mut Sheet, from: &ServiceKey) -> Part<()> {
    if *from == sheet.facts.key {
        return Err(Halt::refuse(format!("{from} cannot be promoted to itself"), ""));
    }
    sheet.needs_own_controller()?;
    sheet.needs_rest()?;
    let source = sheet.found.detail(from)?;
    let digest = runs(source)?;
    let used = in_use(sheet)?;
    let already = match &sheet.detail.service.version.digest {
        Some(own) => Some(own.clone()),
        None => image::running(sheet)?.map(|image| image.digest.clone()),
    };
    if already.as_ref() == Some(&digest) {
        return Err(Halt::refuse(
            format!("{} runs what {from} runs ({})", sheet.name(), image::short(&digest)),
            "there is nothing to promote; redeploy it (F) to have its tasks replaced",
        ));
    }
    let repository = repository(sheet, source, &used, &digest)?;
    let version = &source.service.version;
    if matches!(source.service.state, ServiceState::Failing | ServiceState::Degraded) {
        sheet.warn(format!("{from} is {} with it", source.service.state.word()));
    }
    sheet.line("promoted from", format!("{from}, {}, {}", version.short(), image::short(&digest)));
    match sheet.context.promotion {
        Promotion::Pinned => {
            deploy::plan(sheet, &ImageChoice::Reference(format!("{repository}@{digest}")))?;
        }
        Promotion::Tag => tag(sheet, &used, &repository, &digest)?,
    }
    let to = sheet.plan.to.clone();
    sheet.plan.kind = RunKind::Promote;
    sheet.plan.title = format!("Promote {to} from {} to {}", from.environment, sheet.name());
    between::images(sheet)?;
    between::names(sheet, source);
    release::gate(sheet)
}

/// The digest that runs there; refused where that is not one, or not for long.
fn runs(source: &ServiceDetail) -> Part<String> {
    let from = &source.service.key;
    if gone(source) {
        return Err(Halt::refuse(
            format!("{from} is inactive: nothing runs there"),
            "promote from another one",
        ));
    }
    if let Some(flight) = in_flight(source) {
        return Err(Halt::refuse(
            format!("a rollout is in flight on {from}: {} {}", flight.what, flight.state),
            "wait until what runs there is in place",
        ));
    }
    let version = &source.service.version;
    let of_tasks = || {
        let mut digests = source
            .tasks
            .iter()
            .filter(|t| t.last_status == "RUNNING" && t.task_definition == source.service.task_definition)
            .flat_map(|t| &t.containers)
            .filter(|c| c.image == version.image)
            .filter_map(|c| c.digest.clone());
        let first = digests.next()?;
        digests.all(|other| other == first).then_some(first)
    };
    version.digest.clone().or_else(of_tasks).ok_or_else(|| {
        Halt::refuse(
            format!("which image {from} runs is not known by its digest ({})", version.short()),
            "deploy the image you want (D)",
        )
    })
}

/// The image reference that is configured here.
fn in_use(sheet: &Sheet) -> Part<String> {
    Ok(match sheet.kind() {
        Kind::AppRunner => apprunner::configured(sheet)?,
        Kind::Express => sheet.detail.service.version.image.clone(),
        Kind::Ecs => shared::container(sheet, shared::definition(sheet)?)?.image.clone(),
    })
}

/// Where the image is taken from: the repository in use here, or the one in use there where it is only there.
fn repository(sheet: &Sheet, source: &ServiceDetail, used: &str, digest: &str) -> Part<String> {
    let own = shared::repository(sheet, used);
    let theirs = source.service.version.repository();
    if !is_ecr(&own) {
        return Ok(own);
    }
    let choice = ImageChoice::Digest(digest.to_owned());
    // why it cannot be told is told where the image is resolved
    if !matches!(sheet.found.image(&own, &choice)?, Ok(None)) {
        return Ok(own);
    }
    let elsewhere = theirs != own && sheet.context.promotion == Promotion::Pinned && !theirs.is_empty();
    if elsewhere && !(is_ecr(theirs) && matches!(sheet.found.image(theirs, &choice)?, Ok(None))) {
        return Ok(theirs.to_owned());
    }
    Err(Halt::refuse(
        format!("{own} has no image {}, which {} runs", image::short(digest), source.service.key),
        "push it there, or see whether a lifecycle policy removed it",
    ))
}

/// The tag that is configured is moved to the digest, and the tasks are replaced.
fn tag(sheet: &mut Sheet, used: &str, repository: &str, digest: &str) -> Part<()> {
    let configured = Version::of(used, None);
    let named = configured.tag.clone().filter(|tag| configured.digest.is_none() && is_moving(tag));
    let Some(tag) = named.filter(|_| configured.repository() == repository) else {
        return Err(Halt::refuse(
            format!("{} is set to {used}: that is not a tag of {repository} that moves", sheet.name()),
            "set promotion = \"pinned\", or set the service to a tag such as prod once",
        ));
    };
    let choice = ImageChoice::Digest(digest.to_owned());
    let chosen = image::choose(sheet, repository, &choice)?;
    let before = match sheet.found.image(repository, &ImageChoice::Tag(tag.clone()))? {
        Ok(found) => found.map(|image| image.digest.clone()),
        Err(_) => None,
    };
    sheet.title(RunKind::Promote, String::new(), image::called(sheet)?, &chosen.label);
    image::tell(sheet, &chosen);
    let was = before.as_deref().map_or_else(|| "nothing".to_owned(), image::short);
    let name = repository.rsplit('/').next().unwrap_or(repository).to_owned();
    sheet.strong("tag", format!("{name}:{tag} → {}, was {was}", image::short(digest)));
    image::compare(sheet, &chosen)?;
    sheet.facts.tag = Some(TagOrder {
        repository: repository.to_owned(),
        digest: digest.to_owned(),
        tag: tag.clone(),
        doubted: false,
    });
    sheet.tag_before = before;
    used.clone_into(&mut sheet.facts.image);
    let auto = sheet.kind() == Kind::AppRunner && sheet.detail.auto_deploy == Some(true);
    if sheet.kind() == Kind::AppRunner {
        apprunner::remember(sheet)?;
        if auto {
            sheet.line("mechanism", "the tag is moved; App Runner deploys it by itself");
        }
    } else {
        notes::strategy(sheet);
    }
    notes::present_state(sheet);
    notes::on_failure(sheet);
    sheet.plan.on_failure.push_str("; the tag stays moved then");
    sheet.preflight();
    sheet.step(Stage::TagImage, format!("move the tag {tag} to the image"));
    again(sheet, auto);
    Ok(())
}

/// The steps that have what is configured deployed again.
fn again(sheet: &mut Sheet, auto: bool) {
    match sheet.kind() {
        Kind::AppRunner => {
            if !auto {
                sheet.step(Stage::Start, "start a deployment of the configured tag");
            }
            sheet.step(Stage::Operation, "watch the operation to its end");
        }
        Kind::Express => {
            sheet.step(Stage::Express, format!("give {} the image again", sheet.name()));
            sheet.step(Stage::Rollout, "watch until traffic is shifted and its tasks are replaced");
        }
        Kind::Ecs => {
            let set = sheet.detail.service.task_definition.clone();
            sheet.step(Stage::Update, format!("force a new deployment of {}", label(&set)));
            sheet.step(Stage::Rollout, "watch until its tasks are replaced");
            sheet.facts.definition = Some(set);
            sheet.facts.force = true;
        }
    }
}
