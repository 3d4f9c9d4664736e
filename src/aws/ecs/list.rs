//! Names of clusters and of their services, page by page.

use crate::{
    aws::{calls, clients::Clients, convert, ecs::rows, memory::Parts},
    model::{Answer, Kind, ServiceKey, Trouble},
};
use aws_sdk_ecs::types;
use futures_util::{future, stream};
use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
};

/// Names in one page of ListServices.
const PAGE: i32 = 100;
/// Environments of an account up to which names are worth a call more for each cluster.
const FEW: usize = 4;

/// Names of all clusters.
pub(in crate::aws) async fn clusters(clients: &Clients) -> Result<Vec<String>, Trouble> {
    let mut names = Vec::new();
    let mut next = None;
    loop {
        let request = || clients.ecs().list_clusters().max_results(PAGE).set_next_token(next.take()).send();
        let page = clients.call(&calls::LIST_CLUSTERS, "", request).await?;
        names.extend(page.cluster_arns().iter().map(|arn| convert::name(convert::tail(arn))));
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(names);
        }
    }
}

/// A page of names.
pub(in crate::aws) struct Page {
    pub cluster: String,
    pub arns: Vec<String>,
    /// Which of the cluster's services are Express services, where that is known already.
    pub express: Arc<Option<BTreeSet<String>>>,
}

type PageResult = Result<Page, (String, Trouble)>;

/// The pages of a cluster's services, one after the other. Which of them are Express services is asked beside
/// the first page, as long as few environments share the account: it costs a call for each cluster, and
/// without it rows merely come with their description instead of before it.
pub(in crate::aws) fn pages(
    clients: Arc<Clients>,
    cluster: String,
) -> impl futures_util::Stream<Item = PageResult> + Send {
    enum At {
        First,
        Next(String, Arc<Option<BTreeSet<String>>>),
        End,
    }
    stream::unfold(At::First, move |at| {
        let clients = clients.clone();
        let cluster = cluster.clone();
        async move {
            let (page, express) = match at {
                At::First if clients.account.environments.load(Ordering::Relaxed) <= FEW => {
                    let (page, express) =
                        future::join(list(&clients, &cluster, None), express_arns(&clients, &cluster)).await;
                    (page, Arc::new(express))
                }
                At::First => (list(&clients, &cluster, None).await, Arc::default()),
                At::Next(token, express) => (list(&clients, &cluster, Some(token)).await, express),
                At::End => return None,
            };
            match page {
                Ok((arns, next)) => {
                    let after = next.map_or(At::End, |token| At::Next(token, express.clone()));
                    Some((Ok(Page { cluster, arns, express }), after))
                }
                Err(trouble) => Some((Err((cluster, trouble)), At::End)),
            }
        }
    })
}

/// One page of names, and the token of the next.
async fn list(
    clients: &Clients,
    cluster: &str,
    token: Option<String>,
) -> Result<(Vec<String>, Option<String>), Trouble> {
    let place = format!("cluster {cluster}");
    let request =
        || clients.ecs().list_services().cluster(cluster).max_results(PAGE).set_next_token(token).send();
    let page = clients.call(&calls::LIST_SERVICES, &place, request).await?;
    Ok((page.service_arns.unwrap_or_default(), page.next_token))
}

/// Which services of a cluster are Express services; none where it need not or cannot be told.
async fn express_arns(clients: &Clients, cluster: &str) -> Option<BTreeSet<String>> {
    let seen = format!("cluster:{cluster}");
    if clients.account.caches.express.get(&seen).is_some() {
        return None;
    }
    let mut arns = BTreeSet::new();
    let mut next = None;
    loop {
        let request = || {
            clients
                .ecs()
                .list_services()
                .cluster(cluster)
                .resource_management_type(types::ResourceManagementType::Ecs)
                .max_results(PAGE)
                .set_next_token(next.take())
                .send()
        };
        let page = clients.call(&calls::LIST_SERVICES, cluster, request).await.ok()?;
        arns.extend(page.service_arns().iter().cloned());
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            clients.account.caches.express.put(&seen, true);
            return Some(arns);
        }
    }
}

/// Sends rows with names only, for services whose kind is certain, and tells all keys of the page.
pub(in crate::aws) fn names_of(clients: &Arc<Clients>, page: &Page, parts: Parts<'_>) -> Vec<ServiceKey> {
    // an endpoint that ignores the filter lists everything as Express: then nothing is certain
    let ignored = match page.express.as_ref() {
        Some(set) => !page.arns.is_empty() && page.arns.iter().all(|arn| set.contains(arn)),
        None => false,
    };
    let mut rows = Vec::new();
    let mut keys = Vec::new();
    for arn in &page.arns {
        let known = clients.account.caches.express.get(arn);
        let told = match page.express.as_ref() {
            Some(set) if !ignored => Some(set.contains(arn)),
            _ => None,
        };
        let kind = if known.or(told).unwrap_or(false) { Kind::Express } else { Kind::Ecs };
        let row = rows::named(clients, kind, &page.cluster, arn);
        keys.push(row.key.clone());
        // rows that were described before are not sent without their description again
        if known.is_none() && told.is_some() {
            rows.push(row);
        }
    }
    if !rows.is_empty() {
        parts(Answer::Rows(rows));
    }
    keys
}
