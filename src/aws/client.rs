//! The client of one environment: every ask and every write goes through it.

use super::memory::{Memory, Parts};
use super::{
    account::Account,
    alarms, apprunner,
    clients::Clients,
    ecs, identity, images, logs,
    meter::{Meter, Tally},
    metrics, permissions, s3,
    settings::Settings,
    timeline, watched, write,
};
use crate::aws;
use crate::model::{
    Answer, Armed, Ask, Kind, ServiceKey, Trouble, TroubleKind, Written, ask::Used, process::Life,
};
use futures_util::future::BoxFuture;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

/// A client for one environment; cheap to clone.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Arc<Settings>,
    account: Arc<Account>,
    tally: Arc<Tally>,
    clients: Mutex<Option<Arc<Clients>>>,
    memory: Memory,
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
            clients: Mutex::new(None),
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

    /// For how long AWS has said nothing that was waited for. Calls that the rate limit holds back are not AWS's to
    /// answer.
    pub fn silence(&self) -> Duration {
        self.0.account.silence.silence(Instant::now())
    }

    /// Forgets credentials and everything loaded with them, so that the next call starts anew: a profile
    /// that failed once stays broken otherwise. Environments that share the account start anew as well.
    pub fn reset(&self) {
        self.0.account.reset();
    }

    pub(super) async fn clients(&self) -> Result<Arc<Clients>, Trouble> {
        let session = self.0.account.session().await?;
        let mut slot = self.0.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(clients) = slot.as_ref().filter(|l| l.session.generation() == session.generation()) {
            return Ok(clients.clone());
        }
        let clients = Arc::new(Clients::new(
            self.0.settings.clone(),
            self.0.account.clone(),
            session,
            self.0.tally.clone(),
        ));
        *slot = Some(clients.clone());
        Ok(clients)
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
            let clients = self.0.clients.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(clients) = clients.as_ref() {
                self.0.account.renew(clients.session.generation());
            }
        }
    }

    fn answer<'a>(&'a self, ask: Ask, parts: Parts<'a>) -> BoxFuture<'a, Result<Answer, Trouble>> {
        Box::pin(async move {
            let clients = self.clients().await?;
            if ask == Ask::Permissions {
                return Ok(Answer::Permissions(permissions::all(&clients).await));
            }
            let identity = identity::checked(&clients).await?;
            let memory = &self.0.memory;
            match ask {
                Ask::Identity | Ask::Permissions => Ok(Answer::Identity(identity)),
                Ask::Fleet => aws::fleet::all(&clients, memory, parts).await,
                Ask::Rows(keys) => rows(&clients, keys).await,
                Ask::Detail(key) => {
                    let detail = match key.kind {
                        Kind::AppRunner => apprunner::detail(&clients, &key).await?,
                        Kind::Ecs | Kind::Express => ecs::detail::read(&clients, &key).await?,
                    };
                    Ok(Answer::Detail(Box::new(detail)))
                }
                Ask::Definition(arn) => {
                    let definition = ecs::definition::read(&clients, &arn).await?;
                    Ok(Answer::Definition(Box::new((*definition).clone())))
                }
                Ask::Revisions(key) => Ok(Answer::Revisions(match key.kind {
                    Kind::AppRunner => apprunner::revisions(&clients, &key).await?,
                    Kind::Ecs | Kind::Express => ecs::revisions::read(&clients, &key).await?,
                })),
                Ask::Images { repository } => Ok(Answer::Images(images::list(&clients, &repository).await?)),
                Ask::Image { repository, choice } => {
                    Ok(Answer::Image(images::find(&clients, &repository, &choice).await?))
                }
                Ask::Metrics { targets, metrics: wanted, range, end } => {
                    Ok(Answer::Metrics(metrics::read(&clients, &targets, &wanted, range, end).await?))
                }
                Ask::Logs { source, since, next, limit } => {
                    Ok(Answer::Logs(logs::read(&clients, &source, since, next, limit).await?))
                }
                Ask::Task { cluster, task } => {
                    Ok(Answer::Task(ecs::tasks::one(&clients, &cluster, &task).await?))
                }
                Ask::Started { cluster, by, family } => {
                    Ok(Answer::Tasks(ecs::tasks::started(&clients, &cluster, &by, &family).await?))
                }
                Ask::Begun { cluster, family } => {
                    Ok(Answer::Tasks(ecs::tasks::begun(&clients, &cluster, &family).await?))
                }
                Ask::Users { of, clusters, apprunner: services, .. } => {
                    let mut users = ecs::users::of(&clients, &of, clusters).await?;
                    if let Used::Image(image) = &of {
                        users.extend(apprunner::following(&clients, image, services).await?);
                    }
                    Ok(Answer::Users(users))
                }
                // it is not AWS's to say: whoever carries questions out answers it
                Ask::Process(_) => Ok(Answer::Process(Life::Unknown)),
                Ask::Deployment { arn } => {
                    Ok(Answer::Deployment(ecs::deployments::one(&clients, &arn).await?.map(Box::new)))
                }
                Ask::Operation { service, id } => {
                    Ok(Answer::Operation(apprunner::operation(&clients, &service, &id).await?))
                }
                Ask::Alarms { names } => Ok(Answer::Alarms(alarms::read(&clients, &names).await?)),
                Ask::AllAlarms => {
                    let (alarms, more) = alarms::all(&clients).await?;
                    Ok(Answer::AllAlarms { alarms, more })
                }
                Ask::Watched { metric, since, end } => {
                    Ok(Answer::Watched(watched::read(&clients, &metric, since, end).await?))
                }
                Ask::Timeline { keys, recent, since, trail } => {
                    Ok(timeline::read(&clients, &keys, &recent, since, trail, parts).await)
                }
                Ask::Object { place } => Ok(Answer::Object(s3::object(&clients, &place).await?)),
                Ask::Objects { place, limit } => {
                    Ok(Answer::Objects(s3::objects(&clients, &place, limit).await?))
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
            let clients = self.clients().await?;
            write::carry_out(&clients, armed).await
        })
        .await;
        self.note(written.as_ref().err());
        written
    }
}

async fn rows(clients: &Arc<Clients>, keys: Vec<ServiceKey>) -> Result<Answer, Trouble> {
    let mut clusters: HashMap<Arc<str>, Vec<ServiceKey>> = HashMap::new();
    let mut apprunner_keys = Vec::new();
    for key in keys {
        if key.kind == Kind::AppRunner {
            apprunner_keys.push(key);
        } else {
            clusters.entry(key.cluster.clone()).or_default().push(key);
        }
    }
    let (ecs, apprunner) = futures_util::join!(
        ecs::services::some(clients, clusters),
        apprunner::some(clients, &apprunner_keys)
    );
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
