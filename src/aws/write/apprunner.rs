//! Changes of App Runner services.

use super::{lost, send};
use crate::{
    aws::{calls, link::Link, raw, text},
    model::{Sealed, Trouble, Written},
};
use aws_smithy_types::retry::RetryConfig;
use serde_json::json;

fn once() -> aws_sdk_apprunner::config::Builder {
    aws_sdk_apprunner::config::Builder::new().retry_config(RetryConfig::disabled())
}

/// Puts a whole source configuration in place.
pub(super) async fn update(link: &Link, service: &str, source: Sealed) -> Result<Written, Trouble> {
    let on = service_name(service);
    let answer = send(|| {
        let body =
            Sealed::new(json!({ "ServiceArn": service, "SourceConfiguration": source.open().clone() }));
        let request = || {
            link.apprunner()
                .update_service()
                .service_arn(service)
                .customize()
                .config_override(once())
                .mutate_request(move |request| raw::replace_body(request, body.open()))
                .send()
        };
        link.change(&calls::AR_UPDATE, &on, request)
    })
    .await?;
    let id = answer.operation_id();
    if id.is_empty() {
        Err(lost(link, &calls::AR_UPDATE, &on))
    } else {
        Ok(Written::Operation { id: text::name(id) })
    }
}

/// Deploys the configured tag again.
pub(super) async fn start(link: &Link, service: &str) -> Result<Written, Trouble> {
    let on = service_name(service);
    let answer = send(|| {
        let request = || {
            link.apprunner()
                .start_deployment()
                .service_arn(service)
                .customize()
                .config_override(once())
                .send()
        };
        link.change(&calls::AR_START, &on, request)
    })
    .await?;
    let id = answer.operation_id();
    if id.is_empty() {
        Err(lost(link, &calls::AR_START, &on))
    } else {
        Ok(Written::Operation { id: text::name(id) })
    }
}

/// `name` of `arn:aws:apprunner:region:account:service/name/id`.
fn service_name(arn: &str) -> String {
    text::name(arn.split('/').nth(1).unwrap_or(arn))
}
