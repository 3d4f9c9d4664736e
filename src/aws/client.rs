//! The client of one environment: every ask and every write goes through it.

use super::{
    account::Account,
    alarms, apprunner, ecs, identity, images,
    link::Link,
    logs,
    meter::{Meter, Tally},
    metrics, permissions, s3,
    settings::Settings,
    write,
};
use crate::model::{Answer, Armed, Ask, Kind, ServiceKey, Trouble, TroubleKind, Written};
use futures_util::future::BoxFuture;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

/// Where parts of an answer go as they become known.
pub(super) type Parts<'a> = &'a (dyn Fn(Answer) + Send + Sync);

/// A client for one environment; cheap to clone.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Arc<Settings>,
    account: Arc<Account>,
    tally: Arc<Tally>,
    link: Mutex<Option<Arc<Link>>>,
    memory: Memory,
}

/// Services of the environment as last listed, by where they were listed. When one source fails, its
/// services are still said to exist.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<BTreeMap<String, Vec<ServiceKey>>>);

impl Memory {
    /// Remembers what a source listed.
    pub fn put(&self, source: &str, keys: Vec<ServiceKey>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(source.to_owned(), keys);
    }

    /// What a source listed last.
    pub fn get(&self, source: &str) -> Vec<ServiceKey> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(source).cloned().unwrap_or_default()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.account.environments.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Client {
    pub(super) fn new(settings: Settings, account: Arc<Account>) -> Self {
        account.environments.fetch_add(1, Ordering::Relaxed);
        Self(Arc::new(Inner {
            settings: Arc::new(settings),
            account,
            tally: Arc::default(),
            link: Mutex::new(None),
            memory: Memory::default(),
        }))
    }

    /// The environment's settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// What watching this environment has cost so far.
    pub fn meter(&self) -> Meter {
        self.0.tally.read()
    }

    /// For how long AWS has said nothing that was waited for. Calls that the pace holds back are not AWS's to answer.
    pub fn silence(&self) -> Duration {
        self.0.account.wire.silence(Instant::now())
    }

    /// Forgets credentials and everything loaded with them, so that the next call starts anew: a profile
    /// that failed once stays broken otherwise. Environments that share the account start anew as well.
    pub fn reset(&self) {
        self.0.account.reset();
    }

    pub(super) async fn link(&self) -> Result<Arc<Link>, Trouble> {
        let session = self.0.account.session().await?;
        let mut slot = self.0.link.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(link) = slot.as_ref().filter(|l| l.session.generation() == session.generation()) {
            return Ok(link.clone());
        }
        let link = Arc::new(Link::new(
            self.0.settings.clone(),
            self.0.account.clone(),
            session,
            self.0.tally.clone(),
        ));
        *slot = Some(link.clone());
        Ok(link)
    }

    /// Carries out a read. `parts` is called with what is known early ([`Ask::Fleet`] sends rows); the last
    /// word is returned.
    ///
    /// # Errors
    /// A [`Trouble`] in words. Partial failures of large reads are gaps in their answers instead.
    pub async fn ask(&self, ask: Ask, parts: &(dyn Fn(Answer) + Send + Sync)) -> Result<Answer, Trouble> {
        let answer = self.answer(ask, parts).await;
        self.note(answer.as_ref().err());
        answer
    }

    /// Remembers how the last call ended. Credentials that AWS refuses are loaded anew by the next call: the
    /// SDK keeps those of a file until they expire, whoever signed in again meanwhile.
    fn note(&self, trouble: Option<&Trouble>) {
        self.0.tally.trouble(trouble);
        if trouble.is_some_and(|t| matches!(t.kind, TroubleKind::Expired | TroubleKind::NoCredentials)) {
            let link = self.0.link.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(link) = link.as_ref() {
                self.0.account.renew(link.session.generation());
            }
        }
    }

    fn answer<'a>(&'a self, ask: Ask, parts: Parts<'a>) -> BoxFuture<'a, Result<Answer, Trouble>> {
        Box::pin(async move {
            let link = self.link().await?;
            if ask == Ask::Permissions {
                return Ok(Answer::Permissions(permissions::all(&link).await));
            }
            let identity = identity::checked(&link).await?;
            let memory = &self.0.memory;
            match ask {
                Ask::Identity | Ask::Permissions => Ok(Answer::Identity(identity)),
                Ask::Fleet => ecs::fleet::all(&link, memory, parts).await,
                Ask::Rows(keys) => rows(&link, keys).await,
                Ask::Detail(key) => {
                    let detail = match key.kind {
                        Kind::AppRunner => apprunner::detail(&link, &key).await?,
                        Kind::Ecs | Kind::Express => ecs::detail::read(&link, &key).await?,
                    };
                    Ok(Answer::Detail(Box::new(detail)))
                }
                Ask::Definition(arn) => {
                    let definition = ecs::definition::read(&link, &arn).await?;
                    Ok(Answer::Definition(Box::new((*definition).clone())))
                }
                Ask::Revisions(key) => Ok(Answer::Revisions(match key.kind {
                    Kind::AppRunner => apprunner::revisions(&link, &key).await?,
                    Kind::Ecs | Kind::Express => ecs::revisions::read(&link, &key).await?,
                })),
                Ask::Images { repository } => Ok(Answer::Images(images::list(&link, &repository).await?)),
                Ask::Image { repository, choice } => {
                    Ok(Answer::Image(images::find(&link, &repository, &choice).await?))
                }
                Ask::Metrics { targets, metrics: wanted, range, end } => {
                    Ok(Answer::Metrics(metrics::read(&link, &targets, &wanted, range, end).await?))
                }
                Ask::Logs { source, since, next, limit } => {
                    Ok(Answer::Logs(logs::read(&link, &source, since, next, limit).await?))
                }
                Ask::Task { cluster, task } => {
                    Ok(Answer::Task(ecs::tasks::one(&link, &cluster, &task).await?))
                }
                Ask::Started { cluster, by, family } => {
                    Ok(Answer::Tasks(ecs::tasks::started(&link, &cluster, &by, &family).await?))
                }
                Ask::Deployment { arn } => {
                    Ok(Answer::Deployment(ecs::deployments::one(&link, &arn).await?.map(Box::new)))
                }
                Ask::Operation { service, id } => {
                    Ok(Answer::Operation(apprunner::operation(&link, &service, &id).await?))
                }
                Ask::Alarms { names } => Ok(Answer::Alarms(alarms::read(&link, &names).await?)),
                Ask::Object { place } => Ok(Answer::Object(s3::object(&link, &place).await?)),
                Ask::Objects { place, limit } => {
                    Ok(Answer::Objects(s3::objects(&link, &place, limit).await?))
                }
            }
        })
    }

    /// Carries out a change, after comparing the account of its plan with the caller's once more.
    ///
    /// # Errors
    /// A [`Trouble`]. Where [`Trouble::loses_contact`] holds, the change may have happened: read before
    /// trying again.
    pub async fn write(&self, armed: Armed) -> Result<Written, Trouble> {
        let written = Box::pin(async {
            let link = self.link().await?;
            write::carry_out(&link, armed).await
        })
        .await;
        self.note(written.as_ref().err());
        written
    }
}

async fn rows(link: &Arc<Link>, keys: Vec<ServiceKey>) -> Result<Answer, Trouble> {
    let mut clusters: HashMap<Arc<str>, Vec<ServiceKey>> = HashMap::new();
    let mut apprunner_keys = Vec::new();
    for key in keys {
        if key.kind == Kind::AppRunner {
            apprunner_keys.push(key);
        } else {
            clusters.entry(key.cluster.clone()).or_default().push(key);
        }
    }
    let (ecs, apprunner) =
        futures_util::join!(ecs::fleet::some(link, clusters), apprunner::some(link, &apprunner_keys));
    let mut services = Vec::new();
    let mut failure = None;
    for part in [ecs, apprunner] {
        match part {
            Ok(part) => services.extend(part),
            Err(trouble) => failure = Some(trouble),
        }
    }
    match failure {
        Some(trouble) if services.is_empty() => Err(trouble),
        _ => Ok(Answer::Rows(services)),
    }
}
