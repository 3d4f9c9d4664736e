//! Every service of an environment: names as pages arrive, rows as batches are described, then the end.

use super::services::AHEAD;
use super::{
    describe::{BATCH, describe},
    list::{clusters, names_of, pages},
    services::versioned,
};
use crate::{
    aws::{
        balancer,
        clients::Clients,
        convert,
        memory::{Memory, Parts},
    },
    model::{Answer, Service, ServiceKey, Trouble, TroubleKind},
};
use futures_util::{StreamExt, stream};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

/// A cluster whose services could not be listed.
struct Failure {
    trouble: Trouble,
    /// Whether its services are known from before.
    remembered: bool,
}

/// The failure that ends the whole read, if there is one: nothing could be listed, the credentials are gone,
/// or services that nobody remembers would seem to be gone because AWS had a bad moment.
fn fatal(failures: &[Failure], clusters: usize) -> Option<Trouble> {
    let all = failures.len() >= clusters;
    failures
        .iter()
        .find(|f| {
            let credentials = matches!(f.trouble.kind, TroubleKind::NoCredentials | TroubleKind::Expired);
            all || credentials || (!f.remembered && f.trouble.loses_contact())
        })
        .map(|f| f.trouble.clone())
}

/// Gathers what streams run side by side have to tell.
#[derive(Default)]
pub(in crate::aws) struct Gathered {
    /// By cluster and name: a service has one kind, and the list may have named another.
    pub keys: BTreeMap<(Arc<str>, Arc<str>), ServiceKey>,
    pub gaps: Vec<Trouble>,
    pub beside: Vec<Trouble>,
    pub groups: BTreeSet<String>,
    pub unbalanced: Vec<Service>,
}

impl Gathered {
    fn insert(&mut self, key: ServiceKey) {
        self.keys.insert((key.cluster.clone(), key.name.clone()), key);
    }
}

pub(in crate::aws) async fn ecs(
    clients: &Arc<Clients>,
    memory: &Memory,
    parts: Parts<'_>,
) -> Result<Gathered, Trouble> {
    let names: Vec<String> = match &clients.settings.clusters {
        Some(names) => names.iter().map(|n| convert::tail(n).to_owned()).collect(),
        None => clusters(clients).await?,
    };
    let gathered = Mutex::new(Gathered::default());
    let failures = Mutex::new(Vec::new());
    walk(clients, memory, parts, names.clone(), &gathered, &failures).await;
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut gathered = gathered.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(trouble) = fatal(&failures, names.len()) {
        return Err(trouble);
    }
    remember(memory, &names, gathered.keys.values());
    if !gathered.groups.is_empty() {
        balancers(clients, &mut gathered, parts).await;
    }
    Ok(gathered)
}

/// Lists, describes and versions the services of clusters, each as soon as it can be.
async fn walk(
    clients: &Arc<Clients>,
    memory: &Memory,
    parts: Parts<'_>,
    names: Vec<String>,
    gathered: &Mutex<Gathered>,
    failures: &Mutex<Vec<Failure>>,
) {
    let with =
        |f: &mut dyn FnMut(&mut Gathered)| f(&mut gathered.lock().unwrap_or_else(PoisonError::into_inner));
    // boxed: the streams' types nest deeper than the compiler likes
    let pages = stream::iter(names).map(|cluster| pages(clients.clone(), cluster).boxed());
    let listed = pages.flatten_unordered(None).flat_map(|page| {
        let batches: Vec<(String, Vec<String>)> = match page {
            Ok(page) => {
                let keys = names_of(clients, &page, parts);
                with(&mut |g| keys.iter().cloned().for_each(|key| g.insert(key)));
                page.arns.chunks(BATCH).map(|c| (page.cluster.clone(), c.to_vec())).collect()
            }
            Err((cluster, trouble)) => {
                // what a source listed last still counts while it cannot be read
                let remembered = memory.get(&cluster);
                with(&mut |g| {
                    remembered.iter().cloned().for_each(|key| g.insert(key));
                    g.gaps.push(trouble.clone());
                });
                let failure = Failure { trouble, remembered: !remembered.is_empty() };
                failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
                Vec::new()
            }
        };
        stream::iter(batches)
    });
    let described = listed
        .map(|(cluster, arns)| describe(clients.clone(), cluster, arns))
        .buffer_unordered(AHEAD)
        .chunks(2)
        .map(|batches| versioned(clients.clone(), batches, parts))
        .buffer_unordered(AHEAD);
    let mut described = std::pin::pin!(described);
    while let Some((services, gaps)) = described.next().await {
        with(&mut |g| {
            g.gaps.extend(gaps.iter().cloned());
            for service in &services {
                // replaces the name that the list gave: its kind is certain now
                g.insert(service.key.clone());
                let unknown: Vec<&str> = service
                    .traffic
                    .unknown()
                    .filter(|group| clients.account.caches.balancers.get(group).is_none())
                    .collect();
                if !unknown.is_empty() {
                    g.groups.extend(unknown.into_iter().map(str::to_owned));
                    g.unbalanced.push(service.clone());
                }
            }
        });
        if !services.is_empty() {
            parts(Answer::Rows(services));
        }
    }
}

/// Reads the load balancers of rows that were sent without, and sends those again.
async fn balancers(clients: &Arc<Clients>, gathered: &mut Gathered, parts: Parts<'_>) {
    let groups: Vec<String> = std::mem::take(&mut gathered.groups).into_iter().collect();
    if let Err(trouble) = balancer::load(clients, &groups).await {
        gathered.beside.push(trouble);
    }
    let rows: Vec<Service> = std::mem::take(&mut gathered.unbalanced)
        .into_iter()
        .filter_map(|mut row| {
            let before = row.traffic.clone();
            balancer::fill(clients, &mut row.traffic);
            (row.traffic != before).then_some(row)
        })
        .collect();
    if !rows.is_empty() {
        parts(Answer::Rows(rows));
    }
}

fn remember<'a>(memory: &Memory, clusters: &[String], keys: impl Iterator<Item = &'a ServiceKey>) {
    let mut by_cluster: HashMap<&str, Vec<ServiceKey>> =
        clusters.iter().map(|cluster| (cluster.as_str(), Vec::new())).collect();
    for key in keys {
        by_cluster.entry(&key.cluster).or_default().push(key.clone());
    }
    for (cluster, keys) in by_cluster {
        memory.put(cluster, keys);
    }
}
