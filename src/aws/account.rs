//! What environments with the same way into AWS share: credentials, connections, pace and caches.

use super::{
    ecs::late::Begun,
    gate::Gate,
    http::{Bundle, Http, Unusable},
    identity::{Known, Told},
    pace::Pace,
    profile::{Base, Failed, Files, Helper, Role, Way, default_way, followed, variable},
    settings::Access,
    trouble::{self, Caller},
    wire::Wire,
};
use crate::config::paths;
use crate::model::{
    AlarmBrief, Balancer, Operation, Pointers, Service, Stamp, TaskDefinition, Trouble, TroubleKind,
    container::Facts,
};
use aws_config::{
    BehaviorVersion, identity::IdentityCache, imds::region::ImdsRegionProvider, meta::region::ProvideRegion,
    profile::ProfileFileRegionProvider, provider_config::ProviderConfig,
};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{AsyncSleep, TokioSleep, default_async_sleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{
    SdkConfig,
    os_shim_internal::{Env, Fs},
    region::Region,
};
use futures_util::future::{Either, select};
use futures_util::lock::Mutex as AsyncMutex;
use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Calls of one account and region that are under way at once.
const AT_ONCE: usize = 10;
/// Entries a cache holds before it starts over; more than two revisions of 10,000 services.
const CACHE_MAX: usize = 30_000;

/// Signing in takes no longer; the limit of a profile's program is below it.
const SIGN_IN: Duration = Duration::from_secs(75);
/// For so long it is not tried again to sign in: many calls at once would fail one after the other.
const FAILED_FOR: Duration = Duration::from_secs(2);

/// A map that is emptied when it grows beyond its bound. What it holds never changes in AWS.
#[derive(Debug)]
pub(super) struct Cache<V>(Mutex<HashMap<String, V>>);

impl<V> Default for Cache<V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<V: Clone> Cache<V> {
    /// The value, if known.
    pub fn get(&self, key: &str) -> Option<V> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Remembers a value.
    pub fn put(&self, key: &str, value: V) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= CACHE_MAX {
            map.clear();
        }
        map.insert(key.to_owned(), value);
    }
}

/// A container's image as a revision resolved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContainerImage {
    pub container: String,
    pub image: String,
    pub digest: Option<String>,
    /// What only the task definition tells.
    pub facts: Option<Facts>,
}

/// What a service revision says; never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RevisionFacts {
    pub task_definition: String,
    pub created_at: Option<Stamp>,
    pub images: Vec<ContainerImage>,
    /// Where its traffic comes in.
    pub ways: Vec<RevisionWay>,
    /// What of the service pointed at its application's container then.
    pub pointers: Pointers,
}

/// A way in that a service revision resolved to, or that Express made for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RevisionWay {
    /// ARN of its target group.
    pub group: String,
    /// Its load balancer, where the revision tells it.
    pub balancer: Option<Balancer>,
    /// ARN of the rule or listener that sends production traffic.
    pub rule: Option<String>,
    /// Which of the service's ways it is.
    pub way: u8,
}

/// An App Runner service as ListServices tells it, with its environment tag once read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub arn: String,
    pub name: String,
    pub updated: i64,
    pub status: String,
    pub environment: Option<String>,
}

/// The App Runner services of an account, as last listed.
pub(super) type AppRunnerList = Option<(Instant, Arc<Vec<Listed>>)>;

/// The alarms of an account that fire, as last read.
pub(super) type FiringRead = (Instant, Result<Vec<AlarmBrief>, Trouble>);

/// What was learnt and stays true.
#[derive(Debug, Default)]
pub(super) struct Caches {
    /// The deployment that this process began last, by `cluster/service`.
    pub begun: Cache<Arc<Begun>>,
    /// Service revisions by ARN.
    pub revisions: Cache<Arc<RevisionFacts>>,
    /// Containers of task definitions by ARN: where there are no service revisions, or these do not tell which
    /// container is the application.
    pub images: Cache<Arc<Vec<ContainerImage>>>,
    /// Whole task definitions by ARN; few, since only screens and plans read them.
    pub definitions: Cache<Arc<TaskDefinition>>,
    /// Load balancers by target group ARN; none where the group is gone.
    pub balancers: Cache<Arc<[Balancer]>>,
    /// Target groups by the ARN of the load balancer before them.
    pub behind: Cache<Arc<[String]>>,
    /// When it was looked where production's rule points, by ARN of a service, and that it points at nothing.
    pub nowhere: Cache<(Instant, Option<String>)>,
    /// Which ECS services are Express services, by ARN.
    pub express: Cache<bool>,
    /// App Runner rows by ARN, with the moment of the last change they show.
    pub rows: Cache<(i64, Service)>,
    /// The telling operations of App Runner services by ARN, with the moment of change they were read at.
    pub operations: Cache<(i64, Arc<Vec<Operation>>)>,
    /// Value of the tag `environment` by ARN of an App Runner service.
    pub tags: Cache<Option<String>>,
    /// Whether Container Insights has metrics, by cluster.
    pub insights: Cache<bool>,
    /// Regions of buckets that are in another one than the environment.
    pub buckets: Cache<String>,
    /// The list of App Runner services, read once for all environments of the account.
    pub apprunner: AsyncMutex<AppRunnerList>,
    /// The alarms in ALARM or why they could not be read, read once for all environments of the account.
    pub firing: AsyncMutex<Option<FiringRead>>,
    /// Why App Runner is not there, once that is known.
    pub no_apprunner: Mutex<Option<Trouble>>,
    /// The endpoint has no DescribeServiceRevisions.
    pub no_revisions: AtomicBool,
    /// Clusters of which not one service of a batch could be described: the next batch is not taken apart.
    refused: Mutex<BTreeSet<String>>,
    /// Not one of a batch of service revisions could be described: the next batch is not taken apart.
    pub revisions_refused: AtomicBool,
    /// The endpoint has no ListServiceDeployments.
    pub no_deployments: AtomicBool,
}

impl Caches {
    /// Whether a batch of this cluster was refused, and each of its services by itself as well.
    pub fn is_refused(&self, cluster: &str) -> bool {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).contains(cluster)
    }

    /// Remembers that.
    pub fn refuse(&self, cluster: &str) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(cluster.to_owned());
    }

    /// A batch of this cluster was described.
    pub fn take(&self, cluster: &str) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).remove(cluster);
    }
}

/// One way into one account and region.
#[derive(Debug)]
pub(super) struct Account {
    access: Access,
    shared: Shared,
    generation: AtomicU64,
    session: AsyncMutex<Loaded>,
    /// Calls under way.
    pub gate: Gate,
    /// Whether AWS answers.
    pub wire: Wire,
    /// What was learnt.
    pub caches: Caches,
    /// Environments that share it.
    pub environments: AtomicUsize,
}

/// What all accounts share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub http: Arc<Http>,
    pub paces: Arc<Paces>,
    /// Who starts the programs of profiles.
    pub helper: Option<Arc<dyn Helper>>,
}

/// The session, or why and when there was none.
#[derive(Debug, Default)]
struct Loaded {
    session: Option<Arc<Session>>,
    failed: Option<(u64, Instant, Trouble)>,
}

/// The paces of all accounts and regions; environments that turn out to be in the same one share it.
#[derive(Debug, Default)]
pub(super) struct Paces(Mutex<HashMap<(String, String), Arc<Pace>>>);

impl Paces {
    fn of(&self, account: &str, region: &str) -> Arc<Pace> {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.entry((account.to_owned(), region.to_owned())).or_default().clone()
    }
}

/// Loaded configuration and credentials; thrown away by a reset.
#[derive(Debug)]
pub(super) struct Session {
    generation: u64,
    /// For making the SDK's clients.
    pub sdk: SdkConfig,
    /// Who is calling, once known.
    pub known: Known,
    /// Names for sentences.
    pub caller: Caller,
    /// Where the credentials come from, in full.
    pub source: String,
    credentials: SharedCredentialsProvider,
    pace: Mutex<Arc<Pace>>,
    paces: Arc<Paces>,
}

impl Session {
    /// The pace of its account and region.
    pub fn pace(&self) -> Arc<Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Joins the pace of the account that the caller turned out to be in.
    pub fn settle(&self, account: &str) {
        let _ = self.caller.account.set(account.to_owned());
        *self.pace.lock().unwrap_or_else(PoisonError::into_inner) =
            self.paces.of(account, &self.caller.region);
    }

    /// Sees that there are credentials that last, fetched now where they are about to expire.
    pub async fn sign_in(&self) -> Result<(), Trouble> {
        let fetched = self.credentials.provide_credentials();
        let patience = TokioSleep::new().sleep(SIGN_IN);
        let failed = match select(fetched, patience).await {
            Either::Left((Ok(_), _)) => return Ok(()),
            Either::Left((Err(error), _)) => {
                let (kind, why, remedy) = trouble::credential_trouble(&self.caller, &error);
                Failed { kind, why, remedy }
            }
            Either::Right(_) => Failed {
                kind: TroubleKind::NoCredentials,
                why: format!("{} gave no credentials within {} s", self.caller.source, SIGN_IN.as_secs()),
                remedy: "check the network and the proxy".to_owned(),
            },
        };
        Err(sign_in_trouble(&self.caller.region, failed))
    }

    /// The caller's account, once it is known.
    pub async fn known_account(&self) -> Option<String> {
        self.known.account().await
    }

    /// Which session of its account this is.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

impl Account {
    /// Makes it; nothing is loaded yet.
    pub fn new(access: Access, shared: Shared) -> Self {
        Self {
            access,
            shared,
            generation: AtomicU64::new(0),
            session: AsyncMutex::default(),
            gate: Gate::new(AT_ONCE),
            wire: Wire::default(),
            caches: Caches::default(),
            environments: AtomicUsize::new(0),
        }
    }

    /// Forgets credentials and configuration, so that the next call loads them anew.
    pub fn reset(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        if let Some(mut firing) = self.caches.firing.try_lock() {
            *firing = None;
        }
        *self.caches.no_apprunner.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.caches.no_revisions.store(false, Ordering::Relaxed);
        self.caches.no_deployments.store(false, Ordering::Relaxed);
        self.caches.revisions_refused.store(false, Ordering::Relaxed);
        self.caches.refused.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Starts anew unless that was done since `generation`: of many calls that fail with the same expired
    /// credentials, one is enough.
    pub fn renew(&self, generation: u64) {
        let next = generation.saturating_add(1);
        let _ = self.generation.compare_exchange(generation, next, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// The session, loaded when there is none, with credentials that last.
    pub async fn session(&self) -> Result<Arc<Session>, Trouble> {
        let session = {
            let mut slot = self.session.lock().await;
            let generation = self.generation.load(Ordering::SeqCst);
            match &slot.session {
                Some(session) if session.generation == generation => session.clone(),
                _ => {
                    if let Some((of, at, trouble)) = &slot.failed
                        && *of == generation
                        && at.elapsed() < FAILED_FOR
                    {
                        return Err(trouble.clone());
                    }
                    match Box::pin(self.load(generation)).await {
                        Ok(session) => {
                            let session = Arc::new(session);
                            *slot = Loaded { session: Some(session.clone()), failed: None };
                            return Ok(session);
                        }
                        Err(trouble) => {
                            slot.failed = Some((generation, Instant::now(), trouble.clone()));
                            return Err(trouble);
                        }
                    }
                }
            }
        };
        // here rather than within a call, which has less patience than a program that a person has to answer
        session.sign_in().await?;
        Ok(session)
    }

    async fn load(&self, generation: u64) -> Result<Session, Trouble> {
        let access = &self.access;
        let source = access.source();
        let given = access.credentials.is_some();
        // given keys are the demo's: do not look around on the machine
        let files = if given {
            None
        } else {
            Some(Files::read(&Env::real(), &Fs::real(), access.profile.as_deref()).await)
        };
        let own = files.as_ref().and_then(|files| files.as_ref().ok());
        let bundle = if given { None } else { bundle(own) };
        let tls = self.shared.http.tls(bundle.as_ref()).map_err(|wrong| unusable(&source, wrong))?;
        let plain = self.shared.http.plain().map_err(|wrong| unusable(&source, wrong))?;
        let Some(region) = self.region(&tls).await else {
            // a profile that is not there, or not read, has no region either: that is told first
            if let Some(Err(failed)) =
                files.as_ref().map(|files| default_way(access.profile.is_some(), files.as_ref()))
            {
                return Err(sign_in_trouble(&source, failed));
            }
            return Err(Trouble {
                kind: TroubleKind::Refused,
                what: "load the AWS configuration".to_owned(),
                on: source,
                why: "no region is configured".to_owned(),
                remedy: "set region for the environment, or AWS_REGION".to_owned(),
            });
        };
        let refused = |failed: Failed| sign_in_trouble(&region, failed);
        let (way, empty) = match files {
            None => (self.given(), None),
            Some(files) => default_way(access.profile.is_some(), files.as_ref()).map_err(refused)?,
        };
        let way = self.with_role(way);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_millis(3_100))
            .read_timeout(Duration::from_secs(10))
            .operation_attempt_timeout(Duration::from_secs(15))
            .operation_timeout(Duration::from_secs(30))
            .build();
        // The credentials are made here and never by the loader: it would let AWS_ACCESS_KEY_ID win over the
        // profile that the environment names, and act on another account.
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .timeout_config(timeouts.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .identity_cache(IdentityCache::lazy().load_timeout(SIGN_IN).build())
            .no_credentials();
        if let Some(profile) = &access.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &access.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let http = |url: Option<&str>| match url {
            Some(url) if url.starts_with("http://") => plain.clone(),
            _ => tls.clone(),
        };
        let mut sdk = loader.http_client(http(access.endpoint_url.as_deref())).load().await;
        if access.endpoint_url.is_none() && sdk.endpoint_url().is_some_and(|u| u.starts_with("http://")) {
            let plain = http(sdk.endpoint_url());
            sdk = sdk.into_builder().http_client(plain).build();
        }
        let config = provider_config(&tls)
            .with_region(Some(Region::new(region.clone())))
            .with_timeout_config(timeouts);
        let known = Known::default();
        let provider = followed(&way, &config, &sdk, self.shared.helper.clone()).await;
        let credentials = SharedCredentialsProvider::new(Told::new(provider, known.clone()));
        sdk = sdk.into_builder().credentials_provider(credentials.clone()).build();
        let caller = Caller {
            renew: if given { String::new() } else { way.sign_in().remedy() },
            source: source.clone(),
            account: std::sync::OnceLock::new(),
            endpoint: sdk.endpoint_url().map(str::to_owned),
            region,
            proxies: self.shared.http.proxies().ok().cloned(),
            bundle,
        };
        let session = Session {
            generation,
            sdk,
            known,
            caller,
            source: if given { source } else { way.source() },
            credentials,
            pace: Mutex::new(Arc::new(Pace::default())),
            paces: self.shared.paces.clone(),
        };
        match (session.sign_in().await, empty) {
            (Ok(()), _) => Ok(session),
            // a profile was named, holds nothing, and the machine gives nothing either
            (Err(_), Some(empty)) => Err(sign_in_trouble(&session.caller.region, empty)),
            (Err(trouble), None) => Err(trouble),
        }
    }

    /// The way of the keys that are given.
    fn given(&self) -> Way {
        let (id, secret) = self.access.credentials.clone().unwrap_or_default();
        Way { profile: None, base_profile: None, base: Base::Keys { id, secret, token: None }, roles: vec![] }
    }

    /// A way with the role of the environment at its end.
    fn with_role(&self, mut way: Way) -> Way {
        if let Some(arn) = &self.access.role_arn {
            way.roles.push(Role {
                by: "role_arn of the environment".to_owned(),
                arn: arn.clone(),
                external_id: None,
                session: None,
                mfa: None,
                seconds: None,
            });
        }
        way
    }

    async fn region(&self, http: &SharedHttpClient) -> Option<String> {
        if let Some(region) = &self.access.region {
            return Some(region.clone());
        }
        if let Some(profile) = &self.access.profile {
            let found = ProfileFileRegionProvider::builder().profile_name(profile).build().region().await;
            if let Some(region) = found {
                return Some(region.to_string());
            }
        }
        if self.access.credentials.is_some() {
            // given keys are the demo's: do not look around on the machine
            return Some("us-east-1".to_owned());
        }
        if let Some(region) = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")) {
            return Some(region);
        }
        if let Some(region) = ProfileFileRegionProvider::builder().build().region().await {
            return Some(region.to_string());
        }
        // The SDK's own chain would do all this, but takes no client for the last of it.
        let instance = ImdsRegionProvider::builder().configure(&provider_config(http)).build();
        instance.region().await.map(|region| region.to_string())
    }
}

/// For what looks for regions and credentials; some of it asks over the network.
fn provider_config(http: &SharedHttpClient) -> ProviderConfig {
    let config = ProviderConfig::default().with_http_client(http.clone());
    match default_async_sleep() {
        Some(sleep) => config.with_sleep_impl(sleep),
        None => config,
    }
}

/// The authorities that AWS_CA_BUNDLE or the profile names.
fn bundle(files: Option<&Files>) -> Option<Bundle> {
    let home = paths::home();
    let profile = files.and_then(|files| Some((files.selected(), files.setting("ca_bundle")?)));
    Bundle::of(&variable, profile, home.to_str())
}

fn sign_in_trouble(region: &str, failed: Failed) -> Trouble {
    Trouble {
        kind: failed.kind,
        what: "sign in".to_owned(),
        on: region.to_owned(),
        why: failed.why,
        remedy: failed.remedy,
    }
}

fn unusable(source: &str, wrong: Unusable) -> Trouble {
    Trouble {
        kind: TroubleKind::Refused,
        what: "load the AWS configuration".to_owned(),
        on: source.to_owned(),
        why: format!("{}: {}", wrong.what, wrong.why),
        remedy: wrong.remedy,
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("profile", &self.profile)
            .field("role_arn", &self.role_arn)
            .field("region", &self.region)
            .field("endpoint_url", &self.endpoint_url)
            .finish_non_exhaustive()
    }
}
