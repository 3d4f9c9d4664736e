//! Connections, past a proxy or through one.

use super::{
    address::address,
    proxy::{Proxies, Proxy},
    trust::Bundle,
    unusable::Unusable,
};
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// Connections, kept for all environments. Made on first use: the certificates of the machine take time
/// to load, and a plain endpoint needs none.
#[derive(Debug, Default)]
pub(in crate::aws) struct Http {
    proxies: OnceLock<Result<Arc<Proxies>, Unusable>>,
    tls: Mutex<HashMap<Option<Bundle>, SharedHttpClient>>,
    plain: OnceLock<SharedHttpClient>,
}

impl Http {
    /// The proxies in force.
    ///
    /// # Errors
    /// Where a variable holds no address of a proxy.
    pub fn proxies(&self) -> Result<&Arc<Proxies>, Unusable> {
        let read = || Proxies::read(&|name| std::env::var(name).ok()).map(Arc::new);
        self.proxies.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    /// For AWS itself; `bundle` takes the place of the machine's authorities.
    ///
    /// # Errors
    /// Where the bundle or a proxy cannot be used.
    pub fn tls(&self, bundle: Option<&Bundle>) -> Result<SharedHttpClient, Unusable> {
        let proxies = self.proxies()?;
        let mut made = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = bundle.cloned();
        if let Some(client) = made.get(&slot) {
            return Ok(client.clone());
        }
        let context = match bundle {
            Some(bundle) => bundle.read()?.0,
            None => TlsContext::default(),
        };
        let client = past_or_through(proxies, &context);
        made.insert(slot, client.clone());
        Ok(client)
    }

    /// For endpoints without TLS (the simulator, local servers).
    ///
    /// # Errors
    /// Where a proxy cannot be used.
    pub fn plain(&self) -> Result<SharedHttpClient, Unusable> {
        let proxies = self.proxies()?;
        // one that is reached through a proxy is none of this machine, and may well need TLS on its way
        if proxies.http.is_some() {
            return self.tls(None);
        }
        Ok(self.plain.get_or_init(|| Builder::new().build_http()).clone())
    }
}

const TLS: Provider = Provider::Rustls(CryptoMode::Ring);

fn past_or_through(proxies: &Arc<Proxies>, context: &TlsContext) -> SharedHttpClient {
    let direct = Builder::new().tls_provider(TLS).tls_context(context.clone()).build_https();
    let through = |proxy: &Option<Proxy>| through(proxy.as_ref()?, context);
    let (https, http) = (through(&proxies.https), through(&proxies.http));
    if https.is_none() && http.is_none() {
        return direct;
    }
    SharedHttpClient::new(Roads { proxies: Arc::clone(proxies), direct, https, http })
}

/// A client all of whose requests go through the proxy.
pub(in crate::aws) fn through(proxy: &Proxy, context: &TlsContext) -> Option<SharedHttpClient> {
    let config = ProxyConfig::all(proxy.url.as_str()).ok()?;
    let context = context.clone();
    Some(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(config.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.tls_provider(TLS).tls_context(context.clone()).build()
    }))
}

/// A client whose requests go straight or through a proxy, each as the rules say of its address.
#[derive(Debug)]
struct Roads<T = SharedHttpClient> {
    proxies: Arc<Proxies>,
    direct: T,
    https: Option<T>,
    http: Option<T>,
}

impl HttpClient for Roads {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let of = |client: &SharedHttpClient| client.http_connector(settings, components);
        SharedHttpConnector::new(Roads {
            proxies: Arc::clone(&self.proxies),
            direct: of(&self.direct),
            https: self.https.as_ref().map(of),
            http: self.http.as_ref().map(of),
        })
    }
}

impl HttpConnector for Roads<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (scheme, host, port) = address(request.uri());
        let road = match (self.proxies.of(&scheme, host, port), scheme.as_str()) {
            (Some(_), "https") => self.https.as_ref(),
            (Some(_), _) => self.http.as_ref(),
            (None, _) => None,
        };
        road.unwrap_or(&self.direct).call(request)
    }
}

#[cfg(test)]
mod tests {
    use crate::aws::http::address::address;

    #[test]
    fn addresses_are_taken_apart() {
        for (url, scheme, host, port) in [
            ("https://sts.us-west-2.amazonaws.com/", "https", "sts.us-west-2.amazonaws.com", Some(443)),
            ("http://127.0.0.1:5000", "http", "127.0.0.1", Some(5000)),
            ("HTTP://u:p@[::1]:8080/x?y", "http", "[::1]", Some(8080)),
            ("http://[::1]/", "http", "[::1]", Some(80)),
            ("nothing", "", "nothing", None),
        ] {
            assert_eq!(address(url), (scheme.to_owned(), host, port), "{url}");
        }
    }
}
