//! Reads of services that speak awsJson 1.1 and of which little is asked: Application Auto Scaling and CloudTrail.

use super::{
    endpoint::{self, Wanted},
    signed::{self, Of, Service, configured},
};
use aws_runtime::service_clock_skew::ServiceClockSkewInterceptor;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::SharedInterceptor,
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::SdkError,
    },
    http::Response,
};
use aws_smithy_types::{
    body::SdkBody,
    error::{ErrorMetadata, metadata::ProvideErrorMetadata},
};
use serde_json::Value;
use std::{error::Error, fmt, sync::OnceLock};

/// The most that is read of an answer, bytes.
const ANSWER_MAX: usize = 8 << 20;

/// A service.
#[derive(Debug)]
pub(super) struct Speaker {
    /// As signatures and addresses name it.
    name: &'static str,
    /// As the AWS configuration names it.
    id: &'static str,
    /// As people name it.
    title: &'static str,
    /// What stands before the operation in `x-amz-target`.
    target: &'static str,
    operation: OnceLock<Operation<(String, Value), Value, Failure>>,
}

impl Speaker {
    /// Application Auto Scaling (botocore, application-autoscaling/2016-02-06).
    pub fn scaling() -> Self {
        Self::new(
            "application-autoscaling",
            "application_auto_scaling",
            "Application Auto Scaling",
            "AnyScaleFrontendService",
        )
    }

    /// CloudTrail (botocore, cloudtrail/2013-11-01).
    pub fn trail() -> Self {
        let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101";
        Self::new("cloudtrail", "cloudtrail", "CloudTrail", target)
    }

    fn new(name: &'static str, id: &'static str, title: &'static str, target: &'static str) -> Self {
        Self { name, id, title, target, operation: OnceLock::new() }
    }

    /// Asks in the region of the session; what passes is tried again.
    pub async fn ask(
        &self,
        of: &Of<'_>,
        region: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, SdkError<Failure, Response>> {
        let client = self.operation.get_or_init(|| {
            let url = configured(of, self.id)
                .unwrap_or_else(|| endpoint::regional(self.name, region, Wanted::of(of.sdk)));
            let skew = SharedInterceptor::new(ServiceClockSkewInterceptor::new());
            let to = Service {
                name: self.name,
                title: self.title,
                url: &url,
                region,
                paths_as_they_are: false,
                most: ANSWER_MAX,
            };
            signed::operation(of, &to, &skew, true, request, reply)
        });
        client.invoke((format!("{}.{operation}", self.target), input)).await
    }
}

fn request((target, input): (String, Value)) -> Result<HttpRequest, BoxError> {
    let body = input.to_string();
    let length = body.len().to_string();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("user-agent", concat!("flightdeck/", env!("CARGO_PKG_VERSION")));
    headers.insert("content-type", "application/x-amz-json-1.1");
    headers.try_insert("content-length", length)?;
    headers.try_insert("x-amz-target", target)?;
    Ok(request)
}

fn reply(response: &HttpResponse) -> Result<Value, OrchestratorError<Failure>> {
    let body = response.body().bytes().unwrap_or_default();
    let told: Result<Value, String> =
        serde_json::from_slice(body).map_err(|mistake| format!("the answer is not JSON: {mistake}"));
    if response.status().is_success() {
        return told.map_err(|why| OrchestratorError::response(why.into()));
    }
    let told = told.unwrap_or_default();
    let text = |name: &str| told.get(name).and_then(Value::as_str);
    let code = text("__type").or_else(|| text("code")).or_else(|| response.headers().get("x-amzn-errortype"));
    // `com.amazonaws…#AccessDeniedException:http://…`
    let code = code.unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or(code);
    let code = code.split(':').next().unwrap_or(code);
    let mut meta = ErrorMetadata::builder();
    if !code.is_empty() {
        meta = meta.code(code);
    }
    if let Some(message) = text("message").or_else(|| text("Message")) {
        meta = meta.message(message);
    }
    Err(OrchestratorError::operation(Failure { meta: meta.build() }))
}

/// A failure that the service told.
#[derive(Debug, Clone, Default)]
pub(super) struct Failure {
    meta: ErrorMetadata,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meta.message().or(self.meta.code()).unwrap_or("AWS refused"))
    }
}

impl Error for Failure {}

impl ProvideErrorMetadata for Failure {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}
