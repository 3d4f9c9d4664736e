//! A way, followed: providers made of the SDK's own, one a form.

use super::{
    Failed, Helper,
    default::variable,
    failed::find,
    form::{Base, Role, Source, Way},
    login::Login,
    mfa,
    process::{Command, Process},
    words::{code_asked, role_failed},
};
use crate::{config::paths, model::TroubleKind};
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
            Ok(fresh) => {
                sound(&fresh).map_err(CredentialsError::provider_error)?;
                Ok(kept.insert(fresh).clone())
            }
            Err(error) => match kept.as_ref().filter(|own| lasts(own, OVER)) {
                Some(own) => Ok(own.clone()),
                None => Err(CredentialsError::provider_error((self.words)(&error))),
            },
        }
    }
}

/// Refuses credentials that no request can carry: they stand in headers, where a line end has no place. The SDK would
/// panic.
fn sound(credentials: &Credentials) -> Result<(), Failed> {
    let parts = [
        ("access key id", "AWS_ACCESS_KEY_ID", credentials.access_key_id()),
        ("secret access key", "AWS_SECRET_ACCESS_KEY", credentials.secret_access_key()),
        ("session token", "AWS_SESSION_TOKEN", credentials.session_token().unwrap_or_default()),
    ];
    for (what, name, value) in parts {
        let Some(odd) = value.chars().find(|c| c.is_control()) else { continue };
        let odd = if matches!(odd, '\n' | '\r') { "a line end" } else { "a control character" };
        let of = if variable(name).is_some_and(|own| own == value) {
            format!("{name} has {odd} in it")
        } else {
            format!("the {what} has {odd} in it")
        };
        return Err(Failed {
            kind: TroubleKind::NoCredentials,
            why: of,
            remedy: "set it again without that: where it was copied or read from a file, only its text"
                .to_owned(),
        });
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn credentials_that_no_request_can_carry_are_a_sentence() {
        for (id, secret, token, told) in [
            ("AKIA\n", "s", None, "the access key id has a line end in it"),
            ("AKIA", "s\r", None, "the secret access key has a line end in it"),
            ("AKIA", "s", Some("t\u{7}"), "the session token has a control character in it"),
        ] {
            let given = Credentials::new(id, secret, token.map(str::to_owned), None, "test");
            let step = Step::new(given, |_| unreachable!());
            let error = step.provide_credentials().now_or_never().unwrap().unwrap_err();
            let failed = find::<Failed>(&error).unwrap();
            assert_eq!(failed.why, told);
            assert!(!failed.why.contains("AKIA"));
        }
        let step = Step::new(Credentials::new("AKIA", "s", None, None, "test"), |_| unreachable!());
        assert!(step.provide_credentials().now_or_never().unwrap().is_ok());
    }
}
