//! A way, followed: providers made of the SDK's own, one a form.

use super::{
    Failed, Helper,
    default::variable,
    form::{Base, Role, Source, Way},
    login::Login,
    mfa,
    process::{Command, Process},
    words::{code_asked, find, role_failed},
};
use crate::config::paths;
use aws_config::{
    ecs::EcsCredentialsProvider,
    environment::EnvironmentVariableCredentialsProvider,
    imds::credentials::ImdsCredentialsProvider,
    provider_config::ProviderConfig,
    sso::SsoCredentialsProvider,
    sts::AssumeRoleProvider,
    web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider},
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use aws_types::{SdkConfig, region::Region};
use futures_util::lock::Mutex as AsyncMutex;
use std::{
    fmt,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Credentials that last no longer than this are fetched anew.
const SOON: Duration = Duration::from_mins(1);

/// Credentials that last no longer than this are not used any more, whether or not newer ones can be had.
const OVER: Duration = Duration::from_secs(5);

type Words = Box<dyn Fn(&CredentialsError) -> Failed + Send + Sync>;

/// One step of a way: keeps what it was given until that expires, and puts failures into words.
pub(in crate::aws) struct Step {
    inner: SharedCredentialsProvider,
    words: Words,
    kept: AsyncMutex<Option<Credentials>>,
}

impl Step {
    /// A step whose failures are told by `words`.
    pub fn new(
        inner: impl ProvideCredentials + 'static,
        words: impl Fn(&CredentialsError) -> Failed + Send + Sync + 'static,
    ) -> Self {
        Self {
            inner: SharedCredentialsProvider::new(inner),
            words: Box::new(words),
            kept: AsyncMutex::new(None),
        }
    }

    async fn provide(&self) -> Result<Credentials, CredentialsError> {
        // one at a time: who waits takes what the first one fetched
        let mut kept = self.kept.lock().await;
        let lasts = |own: &Credentials, least: Duration| {
            own.expiry().is_none_or(|until| until > SystemTime::now() + least)
        };
        if let Some(own) = kept.as_ref().filter(|own| lasts(own, SOON)) {
            return Ok(own.clone());
        }
        match self.inner.provide_credentials().await {
            Ok(fresh) => Ok(kept.insert(fresh).clone()),
            Err(error) => match kept.as_ref().filter(|own| lasts(own, OVER)) {
                Some(own) => Ok(own.clone()),
                None => Err(CredentialsError::provider_error((self.words)(&error))),
            },
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").finish_non_exhaustive()
    }
}

impl ProvideCredentials for Step {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}

/// The provider for where a way begins.
fn begin(way: &Way, config: &ProviderConfig, helper: Option<Arc<dyn Helper>>) -> SharedCredentialsProvider {
    match &way.base {
        Base::Keys { id, secret, token } => {
            SharedCredentialsProvider::new(Credentials::new(id, secret, token.clone(), None, "profile"))
        }
        Base::Sso { session, account, role, region, start_url } => {
            let mut sso = SsoCredentialsProvider::builder()
                .configure(config)
                .account_id(account)
                .role_name(role)
                .region(Region::new(region.clone()))
                .start_url(start_url);
            sso.set_session_name(session.clone());
            SharedCredentialsProvider::new(sso.build())
        }
        Base::Login { session } => {
            let usual = || paths::home().join(".aws/login/cache");
            SharedCredentialsProvider::new(Login {
                session: session.clone(),
                profile: way.base_profile.clone().unwrap_or_default(),
                cache: variable("AWS_LOGIN_CACHE_DIRECTORY").map_or_else(usual, PathBuf::from),
                helper,
            })
        }
        Base::Process { command } => {
            SharedCredentialsProvider::new(Process { helper, command: Command(command.clone()) })
        }
        Base::WebIdentity { role, file, session } => SharedCredentialsProvider::new(
            WebIdentityTokenCredentialsProvider::builder()
                .static_configuration(StaticConfiguration {
                    web_identity_token_file: PathBuf::from(file),
                    role_arn: role.clone(),
                    session_name: session.clone().unwrap_or_else(|| "flightdeck".to_owned()),
                })
                .configure(config)
                .build(),
        ),
        Base::Source(Source::Environment) => {
            SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())
        }
        Base::Source(Source::Instance) => {
            SharedCredentialsProvider::new(ImdsCredentialsProvider::builder().configure(config).build())
        }
        Base::Source(Source::Container) => {
            SharedCredentialsProvider::new(EcsCredentialsProvider::builder().configure(config).build())
        }
    }
}

/// A role whose MFA code the AWS command line asked for.
#[derive(Debug)]
struct ByCode {
    role: Role,
    home: Option<PathBuf>,
}

impl ProvideCredentials for ByCode {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let kept = match &self.home {
            Some(home) => mfa::kept(home, &self.role, SystemTime::now()),
            None => mfa::Kept::Nothing,
        };
        let failed = |over| CredentialsError::provider_error(code_asked(&self.role, over));
        future::ProvideCredentials::ready(match kept {
            mfa::Kept::Session(credentials) => Ok(credentials),
            mfa::Kept::Over => Err(failed(true)),
            mfa::Kept::Nothing => Err(failed(false)),
        })
    }
}

/// Providers along a way: its begin, and its roles on top, which are asked for with `sdk`.
pub(in crate::aws) async fn followed(
    way: &Way,
    config: &ProviderConfig,
    sdk: &SdkConfig,
    helper: Option<Arc<dyn Helper>>,
) -> SharedCredentialsProvider {
    let told = way.clone();
    let base = Step::new(begin(way, config, helper), move |error| told.failed(error));
    let mut provider = SharedCredentialsProvider::new(base);
    for role in &way.roles {
        let inner = if role.mfa.is_some() {
            let home = Some(paths::home());
            SharedCredentialsProvider::new(ByCode { role: role.clone(), home })
        } else {
            let mut asked = AssumeRoleProvider::builder(&role.arn)
                .session_name(role.session.as_deref().unwrap_or("flightdeck"))
                .configure(sdk);
            if let Some(id) = &role.external_id {
                asked = asked.external_id(id);
            }
            if let Some(seconds) = role.seconds {
                asked = asked.session_length(Duration::from_secs(seconds.into()));
            }
            SharedCredentialsProvider::new(asked.build_from_provider(provider).await)
        };
        let (own, told) = (role.clone(), way.clone());
        provider = SharedCredentialsProvider::new(Step::new(inner, move |error| {
            let known = find::<Failed>(error).cloned();
            let mut failed = known.unwrap_or_else(|| role_failed(&own, error));
            if failed.remedy.is_empty() {
                failed.remedy = told.sign_in().remedy();
            }
            failed
        }));
    }
    provider
}
