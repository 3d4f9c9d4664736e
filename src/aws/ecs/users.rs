//! Which services use a family of task definitions, or an image by its tag.

use super::{
    describe::{BATCH, describe},
    list::{clusters as all_clusters, pages},
    rows,
    services::{AHEAD, versioned},
};
use crate::{
    aws::{clients::Clients, convert},
    model::{Service, Trouble, TroubleKind, Version, ask::Used},
};
use aws_sdk_ecs::types;
use futures_util::{StreamExt, stream};
use std::sync::Arc;

/// The services of these clusters, or of all of the account, that are set to this or leaving it; by cluster and name.
///
/// # Errors
/// Where part of it could not be read: what is not known may be a user. A cluster that is not there has no service of its own
/// account and region; whoever moves a tag asks about clusters wherever they are, and where one that is named is not found, it
/// was looked for in the wrong place.
pub(in crate::aws) async fn of(
    clients: &Arc<Clients>,
    used: &Used,
    wanted: Option<Vec<String>>,
) -> Result<Vec<(String, String)>, Trouble> {
    let named = wanted.is_some();
    let names = match wanted {
        Some(names) => names.iter().map(|name| convert::tail(name).to_owned()).collect(),
        None => all_clusters(clients).await?,
    };
    let mut batches = Vec::new();
    let mut listed = std::pin::pin!(
        stream::iter(names).map(|cluster| pages(clients.clone(), cluster).boxed()).flatten_unordered(None)
    );
    while let Some(page) = listed.next().await {
        match page {
            Ok(page) => batches.extend(page.arns.chunks(BATCH).map(|c| (page.cluster.clone(), c.to_vec()))),
            Err((_, trouble))
                if trouble.kind == TroubleKind::NotFound && !(named && matches!(used, Used::Image(_))) => {}
            Err((_, trouble)) => return Err(trouble),
        }
    }
    let mut described =
        stream::iter(batches)
            .map(|(cluster, arns)| async move {
                (cluster.clone(), describe(clients.clone(), cluster, arns).await)
            })
            .buffer_unordered(AHEAD);
    let mut services = Vec::new();
    while let Some((cluster, batch)) = described.next().await {
        let (batch, gaps) = batch?;
        if let Some(gap) = gaps.into_iter().next() {
            return Err(gap);
        }
        services.extend(batch.into_iter().map(|service| (cluster.clone(), service)));
    }
    let mut users = match used {
        Used::Family(family) => of_family(&services, family),
        Used::Image(image) => of_image(clients, services, image).await?,
    };
    users.sort();
    Ok(users)
}

fn of_family(services: &[(String, types::Service)], family: &str) -> Vec<(String, String)> {
    let uses = |service: &types::Service| {
        rows::definitions(service).into_iter().any(|definition| convert::family(definition).0 == family)
    };
    let using = services.iter().filter(|(_, service)| uses(service));
    using.map(|(cluster, s)| (cluster.clone(), s.service_name().unwrap_or_default().to_owned())).collect()
}

/// By the container that ships, as the fleet's rows tell it: service revisions are read by the score, task definitions one
/// by one.
async fn of_image(
    clients: &Arc<Clients>,
    services: Vec<(String, types::Service)>,
    image: &str,
) -> Result<Vec<(String, String)>, Trouble> {
    let wanted = Version::of(image, None);
    let services = services.into_iter().map(|(_, service)| service).collect();
    let (rows, gaps) = versioned(clients.clone(), vec![Ok((services, Vec::new()))], &|_| ()).await;
    if let Some(gap) = gaps.into_iter().next() {
        return Err(gap);
    }
    let uses = |row: &&Service| Version::of(&row.version.image, None).follows(&wanted);
    let using = rows.iter().filter(uses);
    Ok(using.map(|row| (row.key.cluster.to_string(), row.key.name.to_string())).collect())
}
