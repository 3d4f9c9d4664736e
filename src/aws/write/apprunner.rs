//! Changes of App Runner services.

use super::attempt::{is_of_this, lost, send};
use crate::{
    aws::{asked, calls, clients::Clients, convert, raw_json},
    model::{Sealed, Trouble, Written},
};
use aws_smithy_types::retry::RetryConfig;
use serde_json::json;

fn once() -> aws_sdk_apprunner::config::Builder {
    aws_sdk_apprunner::config::Builder::new().retry_config(RetryConfig::disabled())
}

/// Puts a whole source configuration in place.
pub(super) async fn update(clients: &Clients, service: &str, source: Sealed) -> Result<Written, Trouble> {
    let on = service_name(service);
    let answer = send(|| {
        let body =
            Sealed::new(json!({ "ServiceArn": service, "SourceConfiguration": source.open().clone() }));
        let request = || {
            clients
                .apprunner()
                .update_service()
                .service_arn(service)
                .customize()
                .config_override(once())
                .mutate_request(move |request| raw_json::replace_body(request, body.open()))
                .send()
        };
        clients.change(&calls::AR_UPDATE, &on, request)
    })
    .await?;
    let told = answer.service().map(aws_sdk_apprunner::types::Service::service_arn).unwrap_or_default();
    is_of_this(clients, &calls::AR_UPDATE, &on, told.is_empty() || asked::is(service, told), told)?;
    let id = answer.operation_id();
    if id.is_empty() {
        Err(lost(clients, &calls::AR_UPDATE, &on))
    } else {
        Ok(Written::Operation { id: convert::name(id) })
    }
}

/// Deploys the configured tag again.
pub(super) async fn start(clients: &Clients, service: &str) -> Result<Written, Trouble> {
    let on = service_name(service);
    let answer = send(|| {
        let request = || {
            clients
                .apprunner()
                .start_deployment()
                .service_arn(service)
                .customize()
                .config_override(once())
                .send()
        };
        clients.change(&calls::AR_START, &on, request)
    })
    .await?;
    let id = answer.operation_id();
    if id.is_empty() {
        Err(lost(clients, &calls::AR_START, &on))
    } else {
        Ok(Written::Operation { id: convert::name(id) })
    }
}

/// `name` of `arn:aws:apprunner:region:account:service/name/id`.
fn service_name(arn: &str) -> String {
    convert::name(arn.split('/').nth(1).unwrap_or(arn))
}
