//! Who calls in a session, once it was asked, and until when the credentials last.

use crate::model::{Stamp, identity::Identity};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, future},
};
use futures_util::lock::Mutex as AsyncMutex;
use std::sync::{Arc, Mutex, PoisonError};

/// What is known of the caller of a session.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(pub(super) Arc<Inner>);

#[derive(Debug, Default)]
pub(super) struct Inner {
    pub identity: AsyncMutex<Option<Identity>>,
    expires_at: Mutex<Option<Stamp>>,
}

impl Known {
    pub fn expires_at(&self) -> Option<Stamp> {
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
pub(super) struct ExpiryRecorder {
    inner: SharedCredentialsProvider,
    known: Known,
}

impl ExpiryRecorder {
    /// Wraps a provider.
    pub fn new(inner: SharedCredentialsProvider, known: Known) -> Self {
        Self { inner, known }
    }
}

impl ProvideCredentials for ExpiryRecorder {
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
