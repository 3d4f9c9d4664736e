//! Which image a revision resolves to.
//!
//! Service revisions tell image and digest of every container and never change, so they are read twenty at
//! a time and kept for good. An endpoint without them (local servers) has the task definition read instead,
//! which names the image but not its digest.

use crate::{
    aws::{
        account::{ContainerImage, RevisionFacts},
        balancer, calls,
        link::Link,
        text,
    },
    model::{Trouble, TroubleKind, Version},
};
use aws_sdk_ecs::types;
use futures_util::{StreamExt, stream};
use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
};

/// Service revisions in one call.
const BATCH: usize = 20;

/// A service revision that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Unread {
    /// Which.
    pub arn: String,
    /// Why.
    pub trouble: Trouble,
}

/// Reads the service revisions that are not known yet; tells those that could not be read. One that cannot be
/// described costs itself, and the others of its batch are read.
pub(in crate::aws) async fn load_revisions(link: &Link, arns: &[String]) -> Vec<Unread> {
    let caches = &link.account.caches;
    if caches.no_revisions.load(Ordering::Relaxed) {
        return Vec::new();
    }
    let wanted: BTreeSet<&String> = arns.iter().filter(|arn| caches.revisions.get(arn).is_none()).collect();
    let wanted: Vec<String> = wanted.into_iter().cloned().collect();
    let batches: Vec<Vec<String>> = wanted.chunks(BATCH).map(<[String]>::to_vec).collect();
    let answers: Vec<Vec<Unread>> = stream::iter(batches.into_iter().map(|batch| load_batch(link, batch)))
        .buffer_unordered(10)
        .collect()
        .await;
    let unread: Vec<Unread> = answers.into_iter().flatten().collect();
    if unread.iter().any(|u| u.trouble.kind == TroubleKind::Unsupported) {
        caches.no_revisions.store(true, Ordering::Relaxed);
        return Vec::new();
    }
    unread
}

async fn load_batch(link: &Link, batch: Vec<String>) -> Vec<Unread> {
    let caches = &link.account.caches;
    let trouble = match describe(link, &batch).await {
        Ok(unread) => {
            caches.revisions_refused.store(false, Ordering::Relaxed);
            return unread;
        }
        Err(trouble) => trouble,
    };
    // an error that one member may have caused is looked into, unless it turned out to concern all of them before
    let look = batch.len() > 1 && trouble.is_of_one() && !caches.revisions_refused.load(Ordering::Relaxed);
    if !look {
        return batch.into_iter().map(|arn| Unread { arn, trouble: trouble.clone() }).collect();
    }
    let asked = batch.len();
    let mut unread = Vec::new();
    for arn in batch {
        match describe(link, std::slice::from_ref(&arn)).await {
            Ok(missing) => unread.extend(missing),
            Err(trouble) => unread.push(Unread { arn, trouble }),
        }
    }
    if unread.len() == asked {
        caches.revisions_refused.store(true, Ordering::Relaxed);
    }
    unread
}

/// Describes up to twenty; gives those that AWS says it cannot describe.
async fn describe(link: &Link, batch: &[String]) -> Result<Vec<Unread>, Trouble> {
    let request =
        || link.ecs().describe_service_revisions().set_service_revision_arns(Some(batch.to_vec())).send();
    let answer = link.call(&calls::DESCRIBE_REVISIONS, "", request).await?;
    for revision in answer.service_revisions() {
        let Some(arn) = revision.service_revision_arn() else { continue };
        link.account.caches.revisions.put(arn, Arc::new(facts(revision)));
    }
    let missing = batch.iter().filter(|arn| link.account.caches.revisions.get(arn).is_none());
    Ok(missing
        .map(|arn| {
            let failure = answer.failures().iter().find(|f| f.arn() == Some(arn.as_str()));
            let why = match failure.and_then(|f| f.detail().or(f.reason())) {
                Some(reason) => format!("AWS does not describe it: {}", text::name(reason)),
                None => "AWS does not describe it".to_owned(),
            };
            let on = text::name(text::tail(arn));
            Unread {
                arn: arn.clone(),
                trouble: link.trouble(&calls::DESCRIBE_REVISIONS, &on, TroubleKind::NotFound, why),
            }
        })
        .collect())
}

fn facts(revision: &types::ServiceRevision) -> RevisionFacts {
    RevisionFacts {
        task_definition: text::name(revision.task_definition().unwrap_or_default()),
        created_at: text::stamp(revision.created_at()),
        images: revision
            .container_images()
            .iter()
            .map(|image| ContainerImage {
                container: text::name(image.container_name().unwrap_or_default()),
                image: text::name(image.image().unwrap_or_default()),
                digest: image.image_digest().map(text::name),
            })
            .collect(),
        ways: balancer::ways(revision),
    }
}

/// The image among a revision's containers that the application ships in: the named container's, else that
/// of one called `service` or `app`, else the first.
pub(in crate::aws) fn main_image(images: &[ContainerImage], wanted: Option<&str>) -> Version {
    let named = |name: &str| images.iter().find(|i| i.container == name);
    let found = wanted
        .and_then(named)
        .or_else(|| named("service"))
        .or_else(|| named("app"))
        .or_else(|| named("Main"))
        .or_else(|| images.first());
    found.map(|i| Version::of(&i.image, i.digest.as_deref())).unwrap_or_default()
}

/// The version of a task definition from what is cached; none when it must be read first.
pub(in crate::aws) fn known(
    link: &Link,
    definition: &str,
    revisions: &[String],
    wanted: Option<&str>,
) -> Option<Version> {
    let caches = &link.account.caches;
    let facts = revisions
        .iter()
        .filter_map(|arn| caches.revisions.get(arn))
        .filter(|facts| facts.task_definition == definition && !facts.images.is_empty())
        // a forced redeploy has the same task definition, and maybe another digest behind its tag
        .max_by_key(|facts| facts.created_at);
    if let Some(facts) = facts {
        return Some(main_image(&facts.images, wanted));
    }
    caches.images.get(definition).map(|images| main_image(&images, wanted))
}

/// Reads task definitions for their images, those that are not known yet; as many as can be read.
pub(in crate::aws) async fn load_definitions(link: &Link, arns: BTreeSet<String>) -> Result<(), Trouble> {
    let unknown: Vec<String> =
        arns.into_iter().filter(|arn| link.account.caches.images.get(arn).is_none()).collect();
    let mut answers =
        stream::iter(unknown.into_iter().map(|arn| load_definition(link, arn))).buffer_unordered(10);
    let mut failure = Ok(());
    while let Some(answer) = answers.next().await {
        if let Err(trouble) = answer {
            failure = Err(trouble);
        }
    }
    failure
}

async fn load_definition(link: &Link, arn: String) -> Result<(), Trouble> {
    let request = || link.ecs().describe_task_definition().task_definition(&arn).send();
    let answer = link.call(&calls::DESCRIBE_DEFINITION, text::tail(&arn), request).await?;
    let containers = answer.task_definition().map(types::TaskDefinition::container_definitions);
    let mut containers: Vec<&types::ContainerDefinition> = containers.unwrap_or_default().iter().collect();
    // the application's container is an essential one; keep AWS's order among equals
    containers.sort_by_key(|c| !c.essential().unwrap_or(true));
    let images = containers
        .into_iter()
        .map(|c| ContainerImage {
            container: text::name(c.name().unwrap_or_default()),
            image: text::name(c.image().unwrap_or_default()),
            digest: None,
        })
        .collect();
    link.account.caches.images.put(&arn, Arc::new(images));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_applications_container_is_found() {
        let image = |container: &str, image: &str| ContainerImage {
            container: container.into(),
            image: image.into(),
            digest: Some("sha256:1".into()),
        };
        let images = [image("proxy", "p:1"), image("service", "s:1"), image("web", "w:1")];
        assert_eq!(main_image(&images, None).image, "s:1");
        assert_eq!(main_image(&images, Some("web")).image, "w:1");
        assert_eq!(main_image(&images, Some("gone")).image, "s:1");
        assert_eq!(main_image(&images[..1], None).image, "p:1");
        assert_eq!(main_image(&[], None), Version::default());
    }
}
