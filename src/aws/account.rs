//! What environments with the same way into AWS share: credentials, connections, pace and caches.

use super::{
    ecs::late::Begun,
    gate::Gate,
    gateway::Http,
    identity::{Known, Told},
    pace::Pace,
    settings::Access,
    trouble::Caller,
    wire::Wire,
};
use crate::model::{
    AlarmBrief, Balancer, Operation, Pointers, Service, Stamp, TaskDefinition, Trouble, TroubleKind,
    container::Facts,
};
use aws_config::{
    BehaviorVersion,
    default_provider::credentials::DefaultCredentialsChain,
    imds::region::ImdsRegionProvider,
    meta::region::ProvideRegion,
    profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider},
    provider_config::ProviderConfig,
    sts::AssumeRoleProvider,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};
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
    http: Arc<Http>,
    paces: Arc<Paces>,
    generation: AtomicU64,
    session: AsyncMutex<Option<Arc<Session>>>,
    /// Calls under way.
    pub gate: Gate,
    /// Whether AWS answers.
    pub wire: Wire,
    /// What was learnt.
    pub caches: Caches,
    /// Environments that share it.
    pub environments: AtomicUsize,
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
    pub fn new(access: Access, http: Arc<Http>, paces: Arc<Paces>) -> Self {
        Self {
            access,
            http,
            paces,
            generation: AtomicU64::new(0),
            session: AsyncMutex::new(None),
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

    /// The session, loaded when there is none.
    pub async fn session(&self) -> Result<Arc<Session>, Trouble> {
        let mut slot = self.session.lock().await;
        let generation = self.generation.load(Ordering::SeqCst);
        if let Some(session) = slot.as_ref().filter(|s| s.generation == generation) {
            return Ok(session.clone());
        }
        let session = Arc::new(self.load(generation).await?);
        *slot = Some(session.clone());
        Ok(session)
    }

    async fn load(&self, generation: u64) -> Result<Session, Trouble> {
        let access = &self.access;
        let source = access.source();
        let Some(region) = self.region().await else {
            return Err(Trouble {
                kind: TroubleKind::Refused,
                what: "load the AWS configuration".to_owned(),
                on: source,
                why: "no region is configured".to_owned(),
                remedy: "set region for the environment, or AWS_REGION".to_owned(),
            });
        };
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_millis(3_100))
            .read_timeout(Duration::from_secs(10))
            .operation_attempt_timeout(Duration::from_secs(15))
            .operation_timeout(Duration::from_secs(30))
            .build();
        let known = Known::default();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3));
        if let Some(profile) = &access.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &access.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        // The base credentials are made here and never by the loader: it would let AWS_ACCESS_KEY_ID win
        // over the profile that the environment names, and act on another account.
        let base = self.base_credentials(&region).await;
        loader = loader.credentials_provider(Told::new(base.clone(), known.clone()));
        let http = |url: Option<&str>| match url {
            Some(url) if url.starts_with("http://") => self.http.plain(),
            _ => self.http.tls(),
        };
        let mut sdk = loader.http_client(http(access.endpoint_url.as_deref())).load().await;
        if access.endpoint_url.is_none() && sdk.endpoint_url().is_some_and(|u| u.starts_with("http://")) {
            let plain = http(sdk.endpoint_url());
            sdk = sdk.into_builder().http_client(plain).build();
        }
        if let Some(role) = &access.role_arn {
            let role = AssumeRoleProvider::builder(role)
                .session_name("flightdeck")
                .region(Region::new(region.clone()))
                .configure(&sdk)
                .build_from_provider(base)
                .await;
            sdk = sdk
                .into_builder()
                .credentials_provider(SharedCredentialsProvider::new(Told::new(
                    SharedCredentialsProvider::new(role),
                    known.clone(),
                )))
                .build();
        }
        let caller = Caller {
            profile: access.profile_name(),
            source,
            account: std::sync::OnceLock::new(),
            endpoint: sdk.endpoint_url().map(str::to_owned),
            region,
        };
        Ok(Session {
            generation,
            sdk,
            known,
            caller,
            pace: Mutex::new(Arc::new(Pace::default())),
            paces: self.paces.clone(),
        })
    }

    async fn region(&self) -> Option<String> {
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
        let variable = |name| std::env::var(name).ok().filter(|region| !region.is_empty());
        if let Some(region) = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")) {
            return Some(region);
        }
        if let Some(region) = ProfileFileRegionProvider::builder().build().region().await {
            return Some(region.to_string());
        }
        // The SDK's own chain would do all this, but takes no client for the last of it.
        let instance = ImdsRegionProvider::builder().configure(&self.provider_config()).build();
        instance.region().await.map(|region| region.to_string())
    }

    /// For what looks for regions and credentials; some of it asks over the network.
    fn provider_config(&self) -> ProviderConfig {
        let config = ProviderConfig::default().with_http_client(self.http.tls());
        match default_async_sleep() {
            Some(sleep) => config.with_sleep_impl(sleep),
            None => config,
        }
    }

    async fn base_credentials(&self, region: &str) -> SharedCredentialsProvider {
        if let Some((id, secret)) = &self.access.credentials {
            return SharedCredentialsProvider::new(Credentials::new(id, secret, None, None, "given"));
        }
        let config = self.provider_config().with_region(Some(Region::new(region.to_owned())));
        match &self.access.profile {
            Some(profile) => SharedCredentialsProvider::new(
                ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build(),
            ),
            None => SharedCredentialsProvider::new(
                DefaultCredentialsChain::builder()
                    .configure(config)
                    .region(Region::new(region.to_owned()))
                    .build()
                    .await,
            ),
        }
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
