//! Every service of an environment: names as pages arrive, rows as batches are described, then the end.

use crate::{
    aws::{
        apprunner, balancer, calls,
        client::{Memory, Parts},
        ecs::{late, rows, task_sets, versions},
        link::Link,
        text,
    },
    model::{Answer, Kind, Service, ServiceKey, Trouble, TroubleKind},
};
use aws_sdk_ecs::types;
use futures_util::{StreamExt, future, stream};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};

/// Names in one page of ListServices.
const PAGE: i32 = 100;
/// Services in one call of DescribeServices.
const BATCH: usize = 10;
/// Batches prepared ahead of the gate; it lets ten through at once, in order, so that pages of names that
/// come later are not held up by descriptions of earlier ones.
const AHEAD: usize = 40;
/// Environments of an account up to which names are worth a call more for each cluster.
const FEW: usize = 4;

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
struct Gathered {
    /// By cluster and name: a service has one kind, and the list may have named another.
    keys: BTreeMap<(Arc<str>, Arc<str>), ServiceKey>,
    gaps: Vec<Trouble>,
    beside: Vec<Trouble>,
    groups: BTreeSet<String>,
    unbalanced: Vec<Service>,
}

impl Gathered {
    fn insert(&mut self, key: ServiceKey) {
        self.keys.insert((key.cluster.clone(), key.name.clone()), key);
    }
}

/// Carries out `Ask::Fleet`.
pub(in crate::aws) async fn all(
    link: &Arc<Link>,
    memory: &Memory,
    parts: Parts<'_>,
) -> Result<Answer, Trouble> {
    let (ecs, apprunner) =
        future::join(ecs(link, memory, parts), apprunner::fleet(link, memory, parts)).await;
    let gathered = ecs?;
    let (mut gaps, mut beside) = (gathered.gaps, gathered.beside);
    gaps.extend(apprunner.gaps);
    beside.extend(apprunner.beside);
    let mut keys: Vec<ServiceKey> = gathered.keys.into_values().chain(apprunner.keys).collect();
    keys.sort();
    if keys.is_empty()
        && let Some(trouble) = gaps.iter().chain(&beside).find(|gap| gap.loses_contact())
    {
        // an environment of App Runner alone: no contact does not mean no services
        return Err(trouble.clone());
    }
    Ok(Answer::FleetDone { keys, gaps, beside })
}

async fn ecs(link: &Arc<Link>, memory: &Memory, parts: Parts<'_>) -> Result<Gathered, Trouble> {
    let names: Vec<String> = match &link.settings.clusters {
        Some(names) => names.iter().map(|n| text::tail(n).to_owned()).collect(),
        None => clusters(link).await?,
    };
    let gathered = Mutex::new(Gathered::default());
    let failures = Mutex::new(Vec::new());
    walk(link, memory, parts, names.clone(), &gathered, &failures).await;
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut gathered = gathered.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(trouble) = fatal(&failures, names.len()) {
        return Err(trouble);
    }
    remember(memory, &names, gathered.keys.values());
    if !gathered.groups.is_empty() {
        balancers(link, &mut gathered, parts).await;
    }
    Ok(gathered)
}

/// Lists, describes and versions the services of clusters, each as soon as it can be.
async fn walk(
    link: &Arc<Link>,
    memory: &Memory,
    parts: Parts<'_>,
    names: Vec<String>,
    gathered: &Mutex<Gathered>,
    failures: &Mutex<Vec<Failure>>,
) {
    let with =
        |f: &mut dyn FnMut(&mut Gathered)| f(&mut gathered.lock().unwrap_or_else(PoisonError::into_inner));
    // boxed: the streams' types nest deeper than the compiler likes
    let pages = stream::iter(names).map(|cluster| pages(link.clone(), cluster).boxed());
    let listed = pages.flatten_unordered(None).flat_map(|page| {
        let batches: Vec<(String, Vec<String>)> = match page {
            Ok(page) => {
                let keys = names_of(link, &page, parts);
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
        .map(|(cluster, arns)| describe(link.clone(), cluster, arns))
        .buffer_unordered(AHEAD)
        .chunks(2)
        .map(|batches| versioned(link.clone(), batches, parts))
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
                    .filter(|group| link.account.caches.balancers.get(group).is_none())
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
async fn balancers(link: &Arc<Link>, gathered: &mut Gathered, parts: Parts<'_>) {
    let groups: Vec<String> = std::mem::take(&mut gathered.groups).into_iter().collect();
    if let Err(trouble) = balancer::load(link, &groups).await {
        gathered.beside.push(trouble);
    }
    let rows: Vec<Service> = std::mem::take(&mut gathered.unbalanced)
        .into_iter()
        .filter_map(|mut row| {
            let before = row.traffic.clone();
            balancer::fill(link, &mut row.traffic);
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

/// Names of all clusters.
pub(in crate::aws) async fn clusters(link: &Link) -> Result<Vec<String>, Trouble> {
    let mut names = Vec::new();
    let mut next = None;
    loop {
        let request = || link.ecs().list_clusters().max_results(PAGE).set_next_token(next.take()).send();
        let page = link.call(&calls::LIST_CLUSTERS, "", request).await?;
        names.extend(page.cluster_arns().iter().map(|arn| text::name(text::tail(arn))));
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(names);
        }
    }
}

/// A page of names.
struct Page {
    cluster: String,
    arns: Vec<String>,
    /// Which of the cluster's services are Express services, where that is known already.
    express: Arc<Option<BTreeSet<String>>>,
}

type PageResult = Result<Page, (String, Trouble)>;

/// The pages of a cluster's services, one after the other. Which of them are Express services is asked beside
/// the first page, as long as few environments share the account: it costs a call for each cluster, and
/// without it rows merely come with their description instead of before it.
fn pages(link: Arc<Link>, cluster: String) -> impl futures_util::Stream<Item = PageResult> + Send {
    enum At {
        First,
        Next(String, Arc<Option<BTreeSet<String>>>),
        End,
    }
    stream::unfold(At::First, move |at| {
        let link = link.clone();
        let cluster = cluster.clone();
        async move {
            let (page, express) = match at {
                At::First if link.account.environments.load(Ordering::Relaxed) <= FEW => {
                    let (page, express) =
                        future::join(list(&link, &cluster, None), express_arns(&link, &cluster)).await;
                    (page, Arc::new(express))
                }
                At::First => (list(&link, &cluster, None).await, Arc::default()),
                At::Next(token, express) => (list(&link, &cluster, Some(token)).await, express),
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
    link: &Link,
    cluster: &str,
    token: Option<String>,
) -> Result<(Vec<String>, Option<String>), Trouble> {
    let place = format!("cluster {cluster}");
    let request =
        || link.ecs().list_services().cluster(cluster).max_results(PAGE).set_next_token(token).send();
    let page = link.call(&calls::LIST_SERVICES, &place, request).await?;
    Ok((page.service_arns.unwrap_or_default(), page.next_token))
}

/// Which services of a cluster are Express services; none where it need not or cannot be told.
async fn express_arns(link: &Link, cluster: &str) -> Option<BTreeSet<String>> {
    let seen = format!("cluster:{cluster}");
    if link.account.caches.express.get(&seen).is_some() {
        return None;
    }
    let mut arns = BTreeSet::new();
    let mut next = None;
    loop {
        let request = || {
            link.ecs()
                .list_services()
                .cluster(cluster)
                .resource_management_type(types::ResourceManagementType::Ecs)
                .max_results(PAGE)
                .set_next_token(next.take())
                .send()
        };
        let page = link.call(&calls::LIST_SERVICES, cluster, request).await.ok()?;
        arns.extend(page.service_arns().iter().cloned());
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            link.account.caches.express.put(&seen, true);
            return Some(arns);
        }
    }
}

/// Sends rows with names only, for services whose kind is certain, and tells all keys of the page.
fn names_of(link: &Arc<Link>, page: &Page, parts: Parts<'_>) -> Vec<ServiceKey> {
    // an endpoint that ignores the filter lists everything as Express: then nothing is certain
    let ignored = match page.express.as_ref() {
        Some(set) => !page.arns.is_empty() && page.arns.iter().all(|arn| set.contains(arn)),
        None => false,
    };
    let mut rows = Vec::new();
    let mut keys = Vec::new();
    for arn in &page.arns {
        let known = link.account.caches.express.get(arn);
        let told = match page.express.as_ref() {
            Some(set) if !ignored => Some(set.contains(arn)),
            _ => None,
        };
        let kind = if known.or(told).unwrap_or(false) { Kind::Express } else { Kind::Ecs };
        let row = rows::named(link, kind, &page.cluster, arn);
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

/// Services as described, and what could not be read of them.
type Described = (Vec<types::Service>, Vec<Trouble>);

/// Describes up to ten services of a cluster. One that cannot be described costs itself, and the rest is read.
async fn describe(link: Arc<Link>, cluster: String, services: Vec<String>) -> Result<Described, Trouble> {
    let asked = services.len();
    let mut described = match ask(&link, &cluster, &services).await {
        Ok(described) => {
            link.account.caches.take(&cluster);
            described
        }
        Err(trouble) if asked > 1 && trouble.is_of_one() && !link.account.caches.is_refused(&cluster) => {
            let (mut found, mut gaps) = (Vec::new(), Vec::new());
            for service in services {
                match ask(&link, &cluster, std::slice::from_ref(&service)).await {
                    Ok((services, missing)) => {
                        found.extend(services);
                        gaps.extend(missing);
                    }
                    Err(trouble) => gaps.push(trouble),
                }
            }
            if gaps.len() >= asked {
                // it is about all of them: the next batches are not taken apart
                link.account.caches.refuse(&cluster);
                return Err(trouble);
            }
            (found, gaps)
        }
        Err(trouble) => return Err(trouble),
    };
    // one may have been deleted since it was listed; all of several were not
    if described.0.is_empty() && asked > 1 && described.1.is_empty() {
        let place = format!("cluster {cluster}");
        let why = format!("ECS lists {asked} services and describes none of them");
        return Err(link.trouble(&calls::DESCRIBE_SERVICES, &place, TroubleKind::Unreadable, why));
    }
    let unread = task_sets::load(&link, &cluster, &mut described.0).await;
    described.1.extend(unread);
    Ok(described)
}

async fn ask(link: &Link, cluster: &str, services: &[String]) -> Result<Described, Trouble> {
    let place = format!("cluster {cluster}");
    let request =
        || link.ecs().describe_services().cluster(cluster).set_services(Some(services.to_vec())).send();
    let answer = link.call(&calls::DESCRIBE_SERVICES, &place, request).await?;
    let missing = answer.failures().iter().filter_map(|failure| {
        let on = format!("{cluster}/{}", text::name(text::tail(failure.arn()?)));
        let reason = text::name(failure.detail().or(failure.reason()).unwrap_or("it gives no reason"));
        let why = format!("ECS lists it and does not describe it: {reason}");
        Some(link.trouble(&calls::DESCRIBE_SERVICES, &on, TroubleKind::NotFound, why))
    });
    let missing: Vec<Trouble> = missing.collect();
    Ok((answer.services.unwrap_or_default(), missing))
}

/// Reads the versions of described services and makes rows of them.
async fn versioned(
    link: Arc<Link>,
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
    let unread = load_versions(&link, &services, &|| {
        // reading task definitions one by one takes long: show the rest meanwhile
        let seen_at = text::now();
        parts(Answer::Rows(services.iter().map(|s| rows::row(&link, s, seen_at)).collect()));
    })
    .await;
    gaps.extend(unread);
    balancer::look(&link, &services).await;
    let seen_at = text::now();
    (services.iter().map(|s| rows::row(&link, s, seen_at)).collect(), gaps)
}

/// Sees to it that the versions of services are known, and tells which could not be; `slow` is called before a slow way
/// is taken.
async fn load_versions(
    link: &Link,
    services: &[types::Service],
    slow: &(dyn Fn() + Send + Sync),
) -> Vec<Trouble> {
    let revisions: Vec<String> = services.iter().flat_map(rows::revision_arns).collect();
    let unread = versions::load_revisions(link, &revisions).await;
    // those that exist but could not be read now are read at the next refresh
    let later = |service: &types::Service| {
        let own = rows::revision_arns(service);
        unread.iter().any(|u| u.trouble.loses_contact() && own.contains(&u.arn))
    };
    let unknown = || {
        services.iter().filter_map(|s| {
            let definition = rows::definition(s)?;
            let key = rows::key(
                &link.settings,
                rows::kind(s),
                text::tail(s.cluster_arn().unwrap_or_default()),
                s.service_name().unwrap_or_default(),
            );
            let pointers = rows::pointers(link, &key, s);
            versions::known(link, definition, &rows::revision_arns(s), &pointers)
                .is_none()
                .then_some((s, definition))
        })
    };
    let missing: BTreeSet<String> =
        unknown().filter(|(s, _)| !later(s)).map(|(_, definition)| definition.to_owned()).collect();
    let mut second = Ok(());
    if !missing.is_empty() {
        slow();
        second = versions::load_definitions(link, missing).await;
    }
    // what is known after all need not be told
    let mut told: Vec<Trouble> = Vec::new();
    for (service, _) in unknown() {
        let own = rows::revision_arns(service);
        let why = unread.iter().find(|u| own.contains(&u.arn)).map(|u| &u.trouble);
        let why = second.as_ref().err().filter(|_| !later(service)).or(why);
        told.extend(why.filter(|why| !told.contains(why)).cloned());
    }
    told
}

/// Carries out `Ask::Rows` for services of ECS, by cluster.
pub(in crate::aws) async fn some(
    link: &Arc<Link>,
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
        let link = link.clone();
        async move {
            let batch = describe(link.clone(), cluster, names).await?;
            Ok::<_, Trouble>(versioned(link, vec![Ok(batch)], silent).await)
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
    link: &Arc<Link>,
    key: &ServiceKey,
) -> Result<(types::Service, Vec<Trouble>), Trouble> {
    let on = format!("{}/{}", key.cluster, key.name);
    let mut reads = 0;
    let mut found = loop {
        let request = || {
            link.ecs()
                .describe_services()
                .cluster(&*key.cluster)
                .services(&*key.name)
                // a task of its own is tagged as the service tags its tasks
                .include(types::ServiceField::Tags)
                .send()
        };
        let answer = link.call(&calls::DESCRIBE_SERVICES, &on, request).await?;
        let mut found = answer.services.unwrap_or_default();
        found.truncate(1);
        if !late::again(link, &on, found.first(), &mut reads).await {
            break found;
        }
    };
    let unread = task_sets::load(link, &key.cluster, &mut found).await;
    match found.into_iter().next() {
        Some(service) => Ok((service, unread)),
        None => Err(link.trouble(
            &calls::DESCRIBE_SERVICES,
            &on,
            TroubleKind::NotFound,
            format!("cluster {} has no service {}", key.cluster, key.name),
        )),
    }
}
