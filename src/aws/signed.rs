//! Calls to services for which the SDK's own client would be compiled for one or two operations: the SDK's runtime,
//! signatures, retries and connections, with requests and answers of our own.

use super::{meter::Tally, retry::PagesAreFinal, settings::Settings};
use aws_runtime::{
    auth::{
        SigV4OperationSigningConfig, SigningOptions,
        sigv4::{SCHEME_ID, SigV4AuthScheme},
    },
    retries::classifiers::AwsErrorCodeClassifier,
    service_clock_skew::ServiceClockSkewClassifier,
};
use aws_smithy_runtime::client::{
    orchestrator::operation::Operation,
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        auth::{
            AuthSchemeOptionResolverParams, SharedAuthSchemeOptionResolver,
            static_resolver::StaticAuthSchemeOptionResolver,
        },
        identity::SharedIdentityResolver,
        interceptors::{Intercept, SharedInterceptor, context::BeforeDeserializationInterceptorContextMut},
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        runtime_components::{RuntimeComponents, RuntimeComponentsBuilder},
        runtime_plugin::StaticRuntimePlugin,
    },
};
use aws_smithy_types::{
    body::SdkBody,
    config_bag::{ConfigBag, Layer},
    error::metadata::ProvideErrorMetadata,
    retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_types::{
    SdkConfig, SigningName,
    region::{Region, SigningRegion},
    service_config::ServiceConfigKey,
};
use std::{error::Error, fmt, sync::Arc};

/// Whose calls they are.
pub(super) struct Of<'a> {
    /// The environment.
    pub settings: &'a Settings,
    /// The SDK's configuration of the session.
    pub sdk: &'a SdkConfig,
    /// What counts the calls.
    pub tally: &'a Arc<Tally>,
}

/// What is called.
pub(super) struct Service<'a> {
    /// As signatures name it.
    pub name: &'static str,
    /// As people do.
    pub title: &'static str,
    /// Where it is.
    pub url: &'a str,
    /// The region that is signed for.
    pub region: &'a str,
    /// Paths are signed as they are written, as S3 wants it.
    pub paths_as_they_are: bool,
    /// The most that is read of an answer, bytes.
    pub most: usize,
}

/// Where a service is, if not at AWS's own address: the environment's endpoint, else what the AWS configuration says of
/// it, else what it says of every service. `id` is the service's id in the AWS configuration.
pub(super) fn configured(of: &Of<'_>, id: &'static str) -> Option<String> {
    if let Some(url) = &of.settings.endpoint_url {
        return Some(url.clone());
    }
    let sdk = of.sdk;
    let key = ServiceConfigKey::builder()
        .service_id(id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok();
    let own = sdk.service_config().and_then(|config| config.load_config(key?));
    own.or_else(|| sdk.endpoint_url().map(str::to_owned))
}

/// Ends the reading of a body that is longer than anything asked for can be: a broken proxy may send without end.
#[derive(Debug)]
struct Bounded(usize);

impl Intercept for Bounded {
    fn name(&self) -> &'static str {
        "Bounded"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = std::mem::replace(context.response_mut().body_mut(), SdkBody::taken());
        *context.response_mut().body_mut() = within(body, self.0);
        Ok(())
    }
}

/// The body, of which no more than so many bytes are read.
fn within(body: SdkBody, most: usize) -> SdkBody {
    SdkBody::from_body_1_x(http_body_util::Limited::new(body, most))
}

/// An operation, signed; `again`: what passes is tried again, else only what was surely not done.
pub(super) fn operation<C, R, F>(
    of: &Of<'_>,
    to: &Service<'_>,
    skew: &SharedInterceptor,
    again: bool,
    request: impl Fn(C) -> Result<HttpRequest, BoxError> + Send + Sync + 'static,
    reply: impl Fn(&HttpResponse) -> Result<R, OrchestratorError<F>> + Send + Sync + 'static,
) -> Operation<C, R, F>
where
    C: fmt::Debug + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
    F: Error + ProvideErrorMetadata + fmt::Debug + Send + Sync + 'static,
{
    let sdk = of.sdk;
    let mut options = SigningOptions::default();
    if to.paths_as_they_are {
        options.double_uri_encode = false;
        options.normalize_uri_path = false;
        options.content_sha256_header = true;
    }
    let (region, name) =
        (SigningRegion::from(Region::new(to.region.to_owned())), SigningName::from_static(to.name));
    let mut config = Layer::new(to.name);
    config.store_put(AuthSchemeOptionResolverParams::new(()));
    config.store_put(SigV4OperationSigningConfig {
        region: Some(region.clone()),
        region_set: None,
        name: Some(name.clone()),
        signing_options: options,
    });
    config.store_put(region);
    config.store_put(name);
    let mut components = RuntimeComponentsBuilder::new(to.name)
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
            StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
        )))
        .with_interceptor(of.tally.interceptor_without_dates())
        .with_interceptor(skew.clone())
        .with_interceptor(SharedInterceptor::new(Bounded(to.most)))
        .with_http_client(sdk.http_client());
    components.set_identity_cache(sdk.identity_cache());
    components.set_sleep_impl(sdk.sleep_impl());
    components.set_time_source(sdk.time_source());
    if let Some(credentials) = sdk.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
    }
    let operation = Operation::builder()
        .service_name(to.title)
        .operation_name(to.title)
        .endpoint_url(to.url)
        .timeout_config(sdk.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
        .runtime_plugin(
            StaticRuntimePlugin::new().with_config(config.freeze()).with_runtime_components(components),
        );
    // what AWS refused because this machine's clock is wrong was not done, and is sent again by AWS's clock
    let operation = operation.retry_classifier(ServiceClockSkewClassifier::<F>::new());
    let retries = sdk.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
    let operation = if again {
        operation
            .standard_retry(&retries)
            .retry_classifier(TransientErrorClassifier::<F>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(AwsErrorCodeClassifier::<F>::new())
            .retry_classifier(PagesAreFinal)
    } else {
        operation.standard_retry(&retries.with_max_attempts(2))
    };
    operation.serializer(request).deserializer(reply).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use http_body_util::BodyExt;

    #[test]
    fn no_more_of_a_body_is_read_than_is_wanted() {
        let read = |most| within(SdkBody::from(vec![b'x'; 100]), most).collect().now_or_never();
        assert!(read(100).is_some_and(|read| read.is_ok_and(|body| body.to_bytes().len() == 100)));
        assert!(read(99).is_some_and(|read| read.is_err()));
    }
}
