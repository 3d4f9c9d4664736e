//! Who is calling: checked before anything else is asked, and once more before each change.

use super::{calls, link::Link, text};
use crate::model::{Stamp, Trouble, TroubleKind, call::Identity};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, future},
};
use futures_util::lock::Mutex as AsyncMutex;
use std::sync::{Arc, Mutex, PoisonError};

/// What is known of the caller of a session.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    identity: AsyncMutex<Option<Identity>>,
    expires_at: Mutex<Option<Stamp>>,
}

impl Known {
    fn expires_at(&self) -> Option<Stamp> {
        *self.0.expires_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The caller's account, once it was asked for.
    pub async fn account(&self) -> Option<String> {
        self.0.identity.lock().await.as_ref().map(|identity| identity.account.clone())
    }

    fn saw(&self, credentials: &Credentials) {
        let expiry = credentials
            .expiry()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
            .and_then(|since| i64::try_from(since.as_millis()).ok())
            .map(Stamp);
        *self.0.expires_at.lock().unwrap_or_else(PoisonError::into_inner) = expiry;
    }
}

/// Credentials whose expiry is told.
#[derive(Debug)]
pub(super) struct Told {
    inner: SharedCredentialsProvider,
    known: Known,
}

impl Told {
    /// Wraps a provider.
    pub fn new(inner: SharedCredentialsProvider, known: Known) -> Self {
        Self { inner, known }
    }
}

impl ProvideCredentials for Told {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let credentials = self.inner.provide_credentials().await?;
            self.known.saw(&credentials);
            Ok(credentials)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.inner.fallback_on_interrupt()
    }
}

/// The caller, asked once per session, whichever account it is.
pub(super) async fn caller(link: &Link) -> Result<Identity, Trouble> {
    let known = &link.session.known;
    let mut slot = known.0.identity.lock().await;
    let mut identity = if let Some(identity) = slot.as_ref() {
        identity.clone()
    } else {
        let answer =
            link.call(&calls::CALLER_IDENTITY, "", || link.sts().get_caller_identity().send()).await?;
        let identity = Identity {
            account: text::name(answer.account().unwrap_or_default()),
            arn: text::name(answer.arn().unwrap_or_default()),
            region: link.session.caller.region.clone(),
            expires_at: None,
            source: link.session.source.clone(),
        };
        link.session.settle(&identity.account);
        *slot = Some(identity.clone());
        identity
    };
    drop(slot);
    identity.expires_at = known.expires_at();
    Ok(identity)
}

/// The caller, if it is in the account that the environment is configured for.
pub(super) async fn checked(link: &Link) -> Result<Identity, Trouble> {
    let identity = caller(link).await?;
    match &link.settings.account {
        Some(wanted) if *wanted != identity.account => Err(wrong_account(link, wanted, &identity)),
        _ => Ok(identity),
    }
}

/// The refusal when the caller is in another account.
pub(super) fn wrong_account(link: &Link, wanted: &str, identity: &Identity) -> Trouble {
    Trouble {
        kind: TroubleKind::WrongAccount,
        what: format!("use environment {}", text::name(link.settings.name.as_str())),
        on: link.session.caller.region.clone(),
        why: format!(
            "it belongs to account {}, but {} signs in to account {}",
            text::name(wanted),
            link.session.caller.source,
            identity.account
        ),
        remedy: "name the right profile or account in the configuration".to_owned(),
    }
}
