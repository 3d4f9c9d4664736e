//! The wire's own JSON, beside the SDK's types: what this version of the SDK does not know must survive.

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::AfterDeserializationInterceptorContextRef},
        orchestrator::HttpRequest,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps the body of the answer to one call.
#[derive(Clone, Default)]
pub(super) struct Capture(Arc<Mutex<Vec<u8>>>);

impl std::fmt::Debug for Capture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Capture(…)") // the body may hold secrets
    }
}

impl Capture {
    /// The answer as JSON; none when there was no answer or it was not JSON.
    pub fn json(&self) -> Option<Value> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        serde_json::from_slice(&bytes).ok()
    }
}

impl Intercept for Capture {
    fn name(&self) -> &'static str {
        "Capture"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(bytes) = context.response().body().bytes() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bytes.to_vec();
        }
        Ok(())
    }
}

/// Puts `document` in place of what the SDK serialised; to be used before the request is signed.
pub(super) fn replace_body(request: &mut HttpRequest, document: &Value) {
    let bytes = document.to_string().into_bytes();
    request.headers_mut().insert("content-length", bytes.len().to_string());
    *request.body_mut() = SdkBody::from(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_body_and_its_length_are_replaced() {
        let mut request = HttpRequest::new(SdkBody::from("old"));
        request.headers_mut().insert("content-length", "3");
        replace_body(&mut request, &json!({"family": "a"}));
        assert_eq!(request.body().bytes(), Some(br#"{"family":"a"}"#.as_slice()));
        assert_eq!(request.headers().get("content-length"), Some("14"));
    }
}
