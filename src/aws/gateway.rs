//! One gateway for the whole cockpit: environments that share a way into AWS share what can be shared.

use super::{
    account::{Account, Paces},
    client::Client,
    discover::{self, Discovered},
    settings::{Access, Settings},
};
use crate::model::Trouble;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// Connections, kept for all environments. Made on first use: the certificates of the machine take time
/// to load, and a plain endpoint needs none.
#[derive(Debug, Default)]
pub(super) struct Http {
    tls: OnceLock<SharedHttpClient>,
    plain: OnceLock<SharedHttpClient>,
}

impl Http {
    /// For AWS itself.
    pub fn tls(&self) -> SharedHttpClient {
        self.tls
            .get_or_init(|| Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https())
            .clone()
    }

    /// For endpoints without TLS (the simulator, local servers).
    pub fn plain(&self) -> SharedHttpClient {
        self.plain.get_or_init(|| Builder::new().build_http()).clone()
    }
}

/// The way to AWS.
#[derive(Debug, Clone, Default)]
pub struct Gateway {
    http: Arc<Http>,
    paces: Arc<Paces>,
    accounts: Arc<Mutex<HashMap<Access, Arc<Account>>>>,
}

impl Gateway {
    /// A gateway; loads nothing and connects to nothing.
    pub fn new() -> Self {
        Self::default()
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
            .or_insert_with(|| Arc::new(Account::new(access, self.http.clone(), self.paces.clone())))
            .clone()
    }
}
