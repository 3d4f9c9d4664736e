//! Services that are known by name: described, and with what runs in them.

use super::{
    arns,
    describe::{BATCH, Described, describe},
};
use crate::{
    aws::{
        asked, balancer, calls,
        clients::Clients,
        convert,
        ecs::{hooks, late, rows, task_sets, versions},
        memory::Parts,
    },
    model::{Answer, Service, ServiceKey, Trouble, TroubleKind},
};
use aws_sdk_ecs::types;
use futures_util::{StreamExt, stream};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Reads the versions of described services and makes rows of them.
pub(in crate::aws) async fn versioned(
    clients: Arc<Clients>,
    batches: Vec<Result<Described, Trouble>>,
    parts: Parts<'_>,
) -> (Vec<Service>, Vec<Trouble>) {
    let mut gaps = Vec::new();
    let mut services = Vec::new();
    for batch in batches {
        match batch {
            Ok((batch, unread)) => {
                services.extend(batch);
                gaps.extend(unread);
            }
            Err(trouble) => gaps.push(trouble),
        }
    }
    let unread = load_versions(&clients, &services, &|| {
        // reading task definitions one by one takes long: show the rest meanwhile
        let seen_at = convert::now();
        parts(Answer::Rows(services.iter().map(|s| rows::row(&clients, s, seen_at)).collect()));
    })
    .await;
    gaps.extend(unread);
    futures_util::join!(balancer::look(&clients, &services), hooks::look(&clients, &services));
    let seen_at = convert::now();
    (services.iter().map(|s| rows::row(&clients, s, seen_at)).collect(), gaps)
}

/// Sees to it that the versions of services are known, and tells which could not be; `slow` is called before a slow way
/// is taken.
async fn load_versions(
    clients: &Clients,
    services: &[types::Service],
    slow: &(dyn Fn() + Send + Sync),
) -> Vec<Trouble> {
    let revisions: Vec<String> = services.iter().flat_map(arns::revision_arns).collect();
    let unread = versions::load_revisions(clients, &revisions).await;
    // those that exist but could not be read now are read at the next refresh
    let later = |service: &types::Service| {
        let own = arns::revision_arns(service);
        unread.iter().any(|u| u.trouble.loses_contact() && own.contains(&u.arn))
    };
    let unknown = || {
        services.iter().filter_map(|s| {
            let definition = rows::definition(s)?;
            let key = rows::key(
                &clients.settings,
                rows::kind(s),
                convert::tail(s.cluster_arn().unwrap_or_default()),
                s.service_name().unwrap_or_default(),
            );
            let pointers = rows::pointers(clients, &key, s);
            versions::known(clients, definition, &arns::revision_arns(s), &pointers)
                .is_none()
                .then_some((s, definition))
        })
    };
    let missing: BTreeSet<String> =
        unknown().filter(|(s, _)| !later(s)).map(|(_, definition)| definition.to_owned()).collect();
    let mut second = Ok(());
    if !missing.is_empty() {
        slow();
        second = versions::load_definitions(clients, missing).await;
    }
    // what is known after all need not be told
    let mut told: Vec<Trouble> = Vec::new();
    for (service, _) in unknown() {
        let own = arns::revision_arns(service);
        let why = unread.iter().find(|u| own.contains(&u.arn)).map(|u| &u.trouble);
        let why = second.as_ref().err().filter(|_| !later(service)).or(why);
        told.extend(why.filter(|why| !told.contains(why)).cloned());
    }
    told
}

/// Carries out `Ask::Rows` for services of ECS, by cluster.
pub(in crate::aws) async fn some(
    clients: &Arc<Clients>,
    clusters: HashMap<Arc<str>, Vec<ServiceKey>>,
) -> Result<Vec<Service>, Trouble> {
    let batches: Vec<(String, Vec<String>)> = clusters
        .into_iter()
        .flat_map(|(cluster, keys)| {
            let names: Vec<String> = keys.iter().map(|k| k.name.to_string()).collect();
            names.chunks(BATCH).map(|c| (cluster.to_string(), c.to_vec())).collect::<Vec<_>>()
        })
        .collect();
    let silent = |_: Answer| {};
    let silent: Parts<'_> = &silent;
    let mut answers = stream::iter(batches.into_iter().map(|(cluster, names)| {
        let clients = clients.clone();
        async move {
            let batch = describe(clients.clone(), cluster, names).await?;
            Ok::<_, Trouble>(versioned(clients, vec![Ok(batch)], silent).await)
        }
    }))
    .buffer_unordered(AHEAD);
    let mut found = Vec::new();
    let mut failure = None;
    while let Some(answer) = answers.next().await {
        match answer {
            Ok((services, gaps)) => {
                found.extend(services);
                failure = gaps.into_iter().next().or(failure);
            }
            Err(trouble) => failure = Some(trouble),
        }
    }
    match failure {
        Some(trouble) if found.is_empty() => Err(trouble),
        _ => Ok(found),
    }
}

/// One service as AWS describes it, and what could not be read of it.
pub(in crate::aws) async fn one(
    clients: &Arc<Clients>,
    key: &ServiceKey,
) -> Result<(types::Service, Vec<Trouble>), Trouble> {
    let on = format!("{}/{}", key.cluster, key.name);
    let mut reads = 0;
    let mut found = loop {
        let request = || {
            clients
                .ecs()
                .describe_services()
                .cluster(&*key.cluster)
                .services(&*key.name)
                // a task of its own is tagged as the service tags its tasks
                .include(types::ServiceField::Tags)
                .send()
        };
        let answer = clients.call(&calls::DESCRIBE_SERVICES, &on, request).await?;
        let told = answer.services().iter().map(types::Service::service_arn);
        asked::about(clients, &calls::DESCRIBE_SERVICES, &on, &[&*key.name], told)?;
        let told = answer.services().iter().flat_map(|s| [s.cluster_arn(), s.service_arn()]);
        asked::within(clients, &calls::DESCRIBE_SERVICES, &on, &key.cluster, told)?;
        let mut found = answer.services.unwrap_or_default();
        found.truncate(1);
        if !late::again(clients, &on, found.first(), &mut reads).await {
            break found;
        }
    };
    let unread = task_sets::load(clients, &key.cluster, &mut found).await;
    match found.into_iter().next() {
        Some(service) => Ok((service, unread)),
        None => Err(clients.trouble(
            &calls::DESCRIBE_SERVICES,
            &on,
            TroubleKind::NotFound,
            format!("cluster {} has no service {}", key.cluster, key.name),
        )),
    }
}

/// Batches prepared ahead of the concurrency limit; it lets ten through at once, in order, so that pages of names that
/// come later are not held up by descriptions of earlier ones.
pub(in crate::aws) const AHEAD: usize = 40;
