//! What environments with the same way into AWS share: credentials, connections, rate limit and caches.

use super::caches::Caches;
use super::session::{RateLimits, SIGN_IN, Session, sign_in_trouble};
use super::{
    concurrency::ConcurrencyLimit,
    http::{Bundle, Http, Unusable},
    known_identity::{ExpiryRecorder, Known},
    profile::{Base, Failed, Files, Flaw, Helper, Role, Way, default_way, followed, variable},
    rate_limit::RateLimit,
    settings::Access,
    silence::Silence,
    trouble::Caller,
};
use crate::config::paths;
use crate::model::{Trouble, TroubleKind};
use aws_config::{
    BehaviorVersion, identity::IdentityCache, imds::region::ImdsRegionProvider, meta::region::ProvideRegion,
    profile::ProfileFileRegionProvider, provider_config::ProviderConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{
    os_shim_internal::{Env, Fs},
    region::Region,
};
use futures_util::lock::Mutex as AsyncMutex;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Calls of one account and region that are under way at once.
const AT_ONCE: usize = 10;
/// For so long it is not tried again to sign in: many calls at once would fail one after the other.
const FAILED_FOR: Duration = Duration::from_secs(2);

/// One way into one account and region.
#[derive(Debug)]
pub(super) struct Account {
    access: Access,
    shared: Shared,
    generation: AtomicU64,
    session: AsyncMutex<Loaded>,
    /// Calls under way.
    pub concurrency: ConcurrencyLimit,
    /// Whether AWS answers.
    pub silence: Silence,
    /// What was learnt.
    pub caches: Caches,
    /// Environments that share it.
    pub environments: AtomicUsize,
}

/// What all accounts share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub http: Arc<Http>,
    pub rate_limits: Arc<RateLimits>,
    /// Who starts the programs of profiles.
    pub helper: Option<Arc<dyn Helper>>,
}

/// The session, or why and when there was none.
#[derive(Debug, Default)]
struct Loaded {
    session: Option<Arc<Session>>,
    failed: Option<(u64, Instant, Trouble)>,
}

impl Account {
    /// Makes it; nothing is loaded yet.
    pub fn new(access: Access, shared: Shared) -> Self {
        Self {
            access,
            shared,
            generation: AtomicU64::new(0),
            session: AsyncMutex::default(),
            concurrency: ConcurrencyLimit::new(AT_ONCE),
            silence: Silence::default(),
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
        for source in &self.caches.history {
            if let Some(mut source) = source.try_lock() {
                *source = None;
            }
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
        if let Some(Err(flaw @ Flaw::NoFile(_))) = &files {
            return Err(sign_in_trouble(&source, flaw.failed()));
        }
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
        let credentials = SharedCredentialsProvider::new(ExpiryRecorder::new(provider, known.clone()));
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
            rate_limit: Mutex::new(Arc::new(RateLimit::default())),
            rate_limits: self.shared.rate_limits.clone(),
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
