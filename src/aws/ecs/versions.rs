//! Which image a revision resolves to.
//!
//! Service revisions tell image and digest of every container and never change, so they are read twenty at
//! a time and kept for good. The task definition is read where they do not tell which container is the application
//! (what is essential, routes logs or has a port's name), and where there are none of them (local servers): it names
//! the image but not its digest.

use crate::{
    aws::{
        asked, balancer,
        caches::{ContainerImage, RevisionFacts},
        calls,
        clients::Clients,
        convert,
    },
    model::{
        MainContainer, Pointers, Sidecar, Trouble, TroubleKind, Version,
        container::{Candidate, Doubt},
        task_definition::Facts,
    },
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
pub(in crate::aws) async fn load_revisions(clients: &Clients, arns: &[String]) -> Vec<Unread> {
    let caches = &clients.account.caches;
    if caches.no_revisions.load(Ordering::Relaxed) {
        return Vec::new();
    }
    let wanted: BTreeSet<&String> = arns.iter().filter(|arn| caches.revisions.get(arn).is_none()).collect();
    let wanted: Vec<String> = wanted.into_iter().cloned().collect();
    let batches: Vec<Vec<String>> = wanted.chunks(BATCH).map(<[String]>::to_vec).collect();
    let answers: Vec<Vec<Unread>> = stream::iter(batches.into_iter().map(|batch| load_batch(clients, batch)))
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

async fn load_batch(clients: &Clients, batch: Vec<String>) -> Vec<Unread> {
    let caches = &clients.account.caches;
    let trouble = match describe(clients, &batch).await {
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
        match describe(clients, std::slice::from_ref(&arn)).await {
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
async fn describe(clients: &Clients, batch: &[String]) -> Result<Vec<Unread>, Trouble> {
    let request =
        || clients.ecs().describe_service_revisions().set_service_revision_arns(Some(batch.to_vec())).send();
    let answer = clients.call(&calls::DESCRIBE_REVISIONS, "", request).await?;
    for revision in answer.service_revisions() {
        let Some(arn) = revision.service_revision_arn() else { continue };
        clients.account.caches.revisions.put(arn, Arc::new(facts(revision)));
    }
    let missing = batch.iter().filter(|arn| clients.account.caches.revisions.get(arn).is_none());
    Ok(missing
        .map(|arn| {
            let failure = answer.failures().iter().find(|f| f.arn() == Some(arn.as_str()));
            let why = match failure.and_then(|f| f.detail().or(f.reason())) {
                Some(reason) => format!("AWS does not describe it: {}", convert::name(reason)),
                None => "AWS does not describe it".to_owned(),
            };
            let on = convert::name(convert::tail(arn));
            Unread {
                arn: arn.clone(),
                trouble: clients.trouble(&calls::DESCRIBE_REVISIONS, &on, TroubleKind::NotFound, why),
            }
        })
        .collect())
}

fn facts(revision: &types::ServiceRevision) -> RevisionFacts {
    RevisionFacts {
        task_definition: convert::name(revision.task_definition().unwrap_or_default()),
        created_at: convert::stamp(revision.created_at()),
        images: revision
            .container_images()
            .iter()
            .map(|image| ContainerImage {
                container: convert::name(image.container_name().unwrap_or_default()),
                image: convert::image(image.image().unwrap_or_default()),
                digest: image.image_digest().map(convert::name),
                facts: None,
            })
            .collect(),
        ways: balancer::ways(revision),
        pointers: pointers(
            revision.load_balancers(),
            revision.service_registries(),
            revision.service_connect_configuration().into_iter(),
        ),
    }
}

/// What of a service, a revision of it or a task set points at the application's container.
pub(in crate::aws) fn pointers<'a>(
    balancers: &[types::LoadBalancer],
    registries: &[types::ServiceRegistry],
    connects: impl Iterator<Item = &'a types::ServiceConnectConfiguration>,
) -> Pointers {
    let mut found = Pointers {
        balancers: balancers.iter().filter_map(|b| b.container_name()).map(convert::name).collect(),
        registries: registries.iter().filter_map(|r| r.container_name()).map(convert::name).collect(),
        ports: connects
            .filter(|c| c.enabled())
            .flat_map(types::ServiceConnectConfiguration::services)
            .map(|s| convert::name(s.port_name()))
            .collect(),
        ..Pointers::default()
    };
    for names in [&mut found.balancers, &mut found.registries, &mut found.ports] {
        names.sort();
        names.dedup();
    }
    found
}

/// What tasks of a revision run: the application's image, and the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::aws) struct Shipped {
    pub version: Version,
    pub container: Option<MainContainer>,
    pub sidecars: Vec<Sidecar>,
}

/// What is shipped with these images; none where the task definition has to be read for that.
pub(in crate::aws) fn shipped(
    images: &[ContainerImage],
    definition: Option<&[ContainerImage]>,
    pointers: &Pointers,
) -> Option<Shipped> {
    let facts = |image: &ContainerImage| {
        definition.into_iter().flatten().find(|other| other.container == image.container)?.facts.clone()
    };
    let facts: Vec<Option<Facts>> = images.iter().map(|i| i.facts.clone().or_else(|| facts(i))).collect();
    let candidates: Vec<Candidate<'_>> = images
        .iter()
        .zip(&facts)
        .map(|(i, facts)| Candidate { name: &i.container, image: &i.image, facts: facts.as_ref() })
        .collect();
    let mut found = pointers.resolve(&candidates, None);
    if matches!(found, Err(Doubt::Missing(_))) {
        // an earlier revision may call it otherwise
        found = Pointers { configured: None, ..pointers.clone() }.resolve(&candidates, None);
    }
    let place = match found {
        Ok((place, reason)) => Some((place, reason)),
        Err(Doubt::Unread) => return None,
        Err(_) => None,
    };
    let version = |i: &ContainerImage| Version::of(&i.image, i.digest.as_deref());
    let main = place.and_then(|(place, reason)| Some((place, reason, images.get(place)?)));
    Some(Shipped {
        version: main.map(|(.., image)| version(image)).unwrap_or_default(),
        container: main.map(|(_, reason, image)| MainContainer { name: image.container.clone(), reason }),
        sidecars: images
            .iter()
            .enumerate()
            .filter(|(nth, _)| main.is_none_or(|(place, ..)| place != *nth))
            .map(|(_, image)| Sidecar { name: image.container.clone(), version: version(image) })
            .collect(),
    })
}

/// What is shipped with a task definition, from what is cached; none when something must be read first.
pub(in crate::aws) fn known(
    clients: &Clients,
    definition: &str,
    revisions: &[String],
    pointers: &Pointers,
) -> Option<Shipped> {
    let caches = &clients.account.caches;
    let facts = revisions
        .iter()
        .filter_map(|arn| caches.revisions.get(arn))
        .filter(|facts| facts.task_definition == definition && !facts.images.is_empty())
        // a forced redeploy has the same task definition, and maybe another digest behind its tag
        .max_by_key(|facts| facts.created_at);
    let read = caches.images.get(definition);
    let read = read.as_ref().map(|images| images.as_slice());
    match facts {
        Some(facts) => shipped(&facts.images, read, pointers),
        None => shipped(read?, None, pointers),
    }
}

/// Reads task definitions for their images, those that are not known yet; as many as can be read.
pub(in crate::aws) async fn load_definitions(
    clients: &Clients,
    arns: BTreeSet<String>,
) -> Result<(), Trouble> {
    let unknown: Vec<String> =
        arns.into_iter().filter(|arn| clients.account.caches.images.get(arn).is_none()).collect();
    let mut answers =
        stream::iter(unknown.into_iter().map(|arn| load_definition(clients, arn))).buffer_unordered(10);
    let mut failure = Ok(());
    while let Some(answer) = answers.next().await {
        if let Err(trouble) = answer {
            failure = Err(trouble);
        }
    }
    failure
}

async fn load_definition(clients: &Clients, arn: String) -> Result<(), Trouble> {
    let request = || clients.ecs().describe_task_definition().task_definition(&arn).send();
    let answer = clients.call(&calls::DESCRIBE_DEFINITION, convert::tail(&arn), request).await?;
    let definition = answer.task_definition();
    let told = definition.map(types::TaskDefinition::task_definition_arn);
    asked::about(clients, &calls::DESCRIBE_DEFINITION, convert::tail(&arn), &[&arn], told)?;
    let proxy = definition.and_then(|d| d.proxy_configuration()).map(|p| p.container_name().to_owned());
    let containers = definition.map(types::TaskDefinition::container_definitions).unwrap_or_default();
    let images = containers
        .iter()
        .map(|c| {
            let container = convert::name(c.name().unwrap_or_default());
            let facts = Facts {
                essential: c.essential().unwrap_or(true),
                helper: c.firelens_configuration().is_some() || proxy.as_deref() == c.name(),
                ports: c.port_mappings().iter().filter_map(|p| p.name()).map(convert::name).collect(),
            };
            let image = convert::image(c.image().unwrap_or_default());
            ContainerImage { container, image, digest: None, facts: Some(facts) }
        })
        .collect();
    clients.account.caches.images.put(&arn, Arc::new(images));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::container::Reason;

    fn image(container: &str, image: &str) -> ContainerImage {
        ContainerImage {
            container: container.into(),
            image: image.into(),
            digest: Some("sha256:1".into()),
            facts: None,
        }
    }

    #[test]
    fn the_applications_image_stands_for_the_service_and_the_others_beside_it() {
        let images = [image("log_router", "amazon/aws-for-fluent-bit:2"), image("web", "r/web:1")];
        let found = shipped(&images, None, &Pointers::default()).unwrap();
        assert_eq!(found.version.image, "r/web:1");
        assert_eq!(found.container.map(|c| (c.name, c.reason)), Some(("web".into(), Reason::Helpers)));
        assert_eq!(found.sidecars.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["log_router"]);
        assert_eq!(shipped(&[], None, &Pointers::default()), Some(Shipped::default()));
    }

    #[test]
    fn a_definition_is_read_only_where_nothing_else_tells() {
        let images = [image("web", "r/web:1"), image("cron", "r/cron:1")];
        assert_eq!(shipped(&images, None, &Pointers::default()), None);
        let named = Pointers { balancers: vec!["web".into()], ..Pointers::default() };
        assert_eq!(shipped(&images, None, &named).unwrap().version.image, "r/web:1");
        let facts = |essential| Some(Facts { essential, ..Facts::default() });
        let mut read = images.clone();
        read[0].facts = facts(true);
        read[1].facts = facts(false);
        assert_eq!(shipped(&images, Some(&read), &Pointers::default()).unwrap().version.image, "r/web:1");
        read[1].facts = facts(true);
        let open = shipped(&images, Some(&read), &Pointers::default()).unwrap();
        assert_eq!((open.version, open.container, open.sidecars.len()), (Version::default(), None, 2));
        // a name that an earlier revision does not have
        let gone = Pointers { configured: Some("app".into()), ..named };
        assert_eq!(shipped(&images, None, &gone).unwrap().version.image, "r/web:1");
    }
}
