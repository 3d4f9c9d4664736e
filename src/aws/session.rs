//! A session: loaded configuration and credentials, and the rate limits of the account they belong to.

use super::{
    known_identity::Known,
    profile::Failed,
    rate_limit::RateLimit,
    trouble::{self, Caller},
};
use crate::model::{Trouble, TroubleKind};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{AsyncSleep, TokioSleep};
use aws_types::SdkConfig;
use futures_util::future::{Either, select};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Signing in takes no longer; the limit of a profile's program is below it.
pub(super) const SIGN_IN: Duration = Duration::from_secs(75);

/// The rate limits of all accounts and regions; environments that turn out to be in the same one share it.
#[derive(Debug, Default)]
pub(super) struct RateLimits(Mutex<HashMap<(String, String), Arc<RateLimit>>>);

impl RateLimits {
    pub(super) fn of(&self, account: &str, region: &str) -> Arc<RateLimit> {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.entry((account.to_owned(), region.to_owned())).or_default().clone()
    }
}

/// Loaded configuration and credentials; thrown away by a reset.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) generation: u64,
    /// For making the SDK's clients.
    pub sdk: SdkConfig,
    /// Who is calling, once known.
    pub known: Known,
    /// Names for sentences.
    pub caller: Caller,
    /// Where the credentials come from, in full.
    pub source: String,
    pub(super) credentials: SharedCredentialsProvider,
    pub(super) rate_limit: Mutex<Arc<RateLimit>>,
    pub(super) rate_limits: Arc<RateLimits>,
}

impl Session {
    /// The rate limit of its account and region.
    pub fn rate_limit(&self) -> Arc<RateLimit> {
        self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Joins the rate limit of the account that the caller turned out to be in.
    pub fn settle(&self, account: &str) {
        let _ = self.caller.account.set(account.to_owned());
        *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner) =
            self.rate_limits.of(account, &self.caller.region);
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

pub(super) fn sign_in_trouble(region: &str, failed: Failed) -> Trouble {
    Trouble {
        kind: failed.kind,
        what: "sign in".to_owned(),
        on: region.to_owned(),
        why: failed.why,
        remedy: failed.remedy,
    }
}
