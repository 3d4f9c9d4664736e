//! One gateway for the whole cockpit: environments that share a way into AWS share what can be shared.

use super::{
    account::{Account, Shared},
    client::Client,
    discover::{self, Discovered},
    http::Http,
    profile::Helper,
    session::RateLimits,
    settings::{Access, Settings},
};
use crate::model::Trouble;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The way to AWS.
#[derive(Debug, Clone, Default)]
pub struct Gateway {
    http: Arc<Http>,
    rate_limits: Arc<RateLimits>,
    helper: Option<Arc<dyn Helper>>,
    accounts: Arc<Mutex<HashMap<Access, Arc<Account>>>>,
}

impl Gateway {
    /// A gateway; loads nothing and connects to nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that starts the programs of profiles by `helper`; others tell that they cannot.
    pub fn with_helper(helper: Arc<dyn Helper>) -> Self {
        Self { helper: Some(helper), ..Self::default() }
    }

    /// A client for an environment. Cheap: credentials are loaded and connections made by the first call.
    pub fn connect(&self, settings: Settings) -> Client {
        let account = self.account(&settings);
        Client::new(settings, account)
    }

    /// What there is where no configuration says it: the clusters of the account, and the environments that
    /// tags of App Runner services name.
    ///
    /// # Errors
    /// Where the account cannot be read at all. App Runner alone failing is a gap in [`Discovered`].
    pub async fn discover(&self, settings: &Settings) -> Result<Discovered, Trouble> {
        let client = self.connect(settings.clone());
        discover::discover(&client).await
    }

    fn account(&self, settings: &Settings) -> Arc<Account> {
        let access = settings.access();
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts
            .entry(access.clone())
            .or_insert_with(|| {
                let shared = Shared {
                    http: self.http.clone(),
                    rate_limits: self.rate_limits.clone(),
                    helper: self.helper.clone(),
                };
                Arc::new(Account::new(access, shared))
            })
            .clone()
    }
}
