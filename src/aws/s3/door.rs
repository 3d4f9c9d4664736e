//! Where a bucket is reached, and the SDK's runtime set up for it.

use super::wire::{self, Call, Failure, Reply};
use crate::aws::{link::Link, retry::PagesAreFinal};
use aws_runtime::{
    auth::{
        SigV4OperationSigningConfig, SigningOptions,
        sigv4::{SCHEME_ID, SigV4AuthScheme},
    },
    retries::classifiers::AwsErrorCodeClassifier,
    service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor},
};
use aws_smithy_runtime::client::{
    orchestrator::operation::Operation,
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::{
    client::{
        auth::{
            AuthSchemeOptionResolverParams, SharedAuthSchemeOptionResolver,
            static_resolver::StaticAuthSchemeOptionResolver,
        },
        identity::SharedIdentityResolver,
        interceptors::SharedInterceptor,
        result::SdkError,
        runtime_components::RuntimeComponentsBuilder,
        runtime_plugin::StaticRuntimePlugin,
    },
    http::Response,
};
use aws_smithy_types::{config_bag::Layer, retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{
    SigningName,
    region::{Region, SigningRegion},
    service_config::ServiceConfigKey,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The buckets that were reached, by bucket and region.
#[derive(Debug, Default)]
pub(in crate::aws) struct Doors(Mutex<HashMap<(String, String), Arc<Door>>>);

impl Doors {
    /// The way to a bucket in a region.
    pub(super) fn door(&self, link: &Link, bucket: &str, region: &str) -> Arc<Door> {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        doors
            .entry((bucket.to_owned(), region.to_owned()))
            .or_insert_with(|| Arc::new(Door::new(link, bucket, region)))
            .clone()
    }
}

/// The way to one bucket.
#[derive(Debug)]
pub(super) struct Door {
    /// What stands before the key in a path: the bucket, where the host does not name it.
    prefix: String,
    again: Operation<Call, Reply, Failure>,
    once: Operation<Call, Reply, Failure>,
}

impl Door {
    fn new(link: &Link, bucket: &str, region: &str) -> Self {
        let place = place(configured(link).as_deref(), bucket, region);
        let skew = SharedInterceptor::new(ServiceClockSkewInterceptor::new());
        let operation = |again| operation(link, &place.url, region, &skew, again);
        Self { again: operation(true), once: operation(false), prefix: place.prefix }
    }

    /// Sends a call.
    pub(super) async fn send(&self, call: Call, again: bool) -> Result<Reply, SdkError<Failure, Response>> {
        let operation = if again { &self.again } else { &self.once };
        operation.invoke(call.under(&self.prefix)).await
    }
}

/// Where S3 is, if not at AWS's own address: the environment's endpoint, else what the AWS configuration says of
/// S3, else what it says of every service.
fn configured(link: &Link) -> Option<String> {
    if let Some(url) = &link.settings.endpoint_url {
        return Some(url.clone());
    }
    let sdk = &link.session.sdk;
    let key = ServiceConfigKey::builder()
        .service_id("s3")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok();
    let own = sdk.service_config().and_then(|config| config.load_config(key?));
    own.or_else(|| sdk.endpoint_url().map(str::to_owned))
}

#[derive(Debug, PartialEq, Eq)]
struct Where {
    url: String,
    prefix: String,
}

/// A bucket's address. One whose name has dots does not fit AWS's certificates as a host.
fn place(endpoint: Option<&str>, bucket: &str, region: &str) -> Where {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let in_path = format!("/{bucket}");
    match endpoint {
        Some(url) => Where { url: url.to_owned(), prefix: in_path },
        None if bucket.contains('.') => {
            Where { url: format!("https://s3.{region}.{suffix}"), prefix: in_path }
        }
        None => Where { url: format!("https://{bucket}.s3.{region}.{suffix}"), prefix: String::new() },
    }
}

fn operation(
    link: &Link,
    url: &str,
    region: &str,
    skew: &SharedInterceptor,
    again: bool,
) -> Operation<Call, Reply, Failure> {
    let sdk = &link.session.sdk;
    let mut options = SigningOptions::default();
    options.double_uri_encode = false;
    options.normalize_uri_path = false;
    options.content_sha256_header = true;
    let (region, name) =
        (SigningRegion::from(Region::new(region.to_owned())), SigningName::from_static("s3"));
    let mut config = Layer::new("s3");
    config.store_put(AuthSchemeOptionResolverParams::new(()));
    config.store_put(SigV4OperationSigningConfig {
        region: Some(region.clone()),
        region_set: None,
        name: Some(name.clone()),
        signing_options: options,
    });
    config.store_put(region);
    config.store_put(name);
    let mut components = RuntimeComponentsBuilder::new("s3")
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
            StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
        )))
        .with_interceptor(link.tally.interceptor())
        .with_interceptor(skew.clone())
        .with_http_client(sdk.http_client());
    components.set_identity_cache(sdk.identity_cache());
    components.set_sleep_impl(sdk.sleep_impl());
    components.set_time_source(sdk.time_source());
    if let Some(credentials) = sdk.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
    }
    let operation = Operation::builder()
        .service_name("S3")
        .operation_name("S3")
        .endpoint_url(url)
        .timeout_config(sdk.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
        .runtime_plugin(
            StaticRuntimePlugin::new().with_config(config.freeze()).with_runtime_components(components),
        );
    // what AWS refused because this machine's clock is wrong was not done, and is sent again by AWS's clock
    let operation = operation.retry_classifier(ServiceClockSkewClassifier::<Failure>::new());
    let retries = sdk.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
    let operation = if again {
        operation
            .standard_retry(&retries)
            .retry_classifier(TransientErrorClassifier::<Failure>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(AwsErrorCodeClassifier::<Failure>::new())
            .retry_classifier(PagesAreFinal)
    } else {
        operation.standard_retry(&retries.with_max_attempts(2))
    };
    operation.serializer(wire::request).deserializer(wire::reply).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_hosts_where_they_can_be() {
        for (endpoint, bucket, region, url, prefix) in [
            (None, "team", "us-west-2", "https://team.s3.us-west-2.amazonaws.com", ""),
            (None, "team.locks", "us-west-2", "https://s3.us-west-2.amazonaws.com", "/team.locks"),
            (None, "team", "cn-north-1", "https://team.s3.cn-north-1.amazonaws.com.cn", ""),
            (Some("http://127.0.0.1:5000"), "team", "us-west-2", "http://127.0.0.1:5000", "/team"),
        ] {
            let expected = Where { url: url.to_owned(), prefix: prefix.to_owned() };
            assert_eq!(place(endpoint, bucket, region), expected);
        }
    }
}
