//! A row of an App Runner service, from its description.

use super::{
    list::key,
    operations::{NEWEST, deployed, operations, telling},
};
use crate::{
    aws::{asked, calls, clients::Clients, convert, ecs::rows, raw_json::Capture, state},
    model::{Operation, RolloutBrief, Sealed, Service, ServiceState, Trouble, TroubleKind, Version},
};
use aws_sdk_apprunner::types;
use std::sync::Arc;

/// A described service, and the wire's own JSON of its source where that is asked for.
pub(in crate::aws) async fn read_service(
    clients: &Clients,
    arn: &str,
) -> Result<(types::Service, Option<Sealed>), Trouble> {
    let capture = Capture::default();
    let on = arn.split('/').nth(1).unwrap_or(arn).to_owned();
    let request = || {
        clients
            .apprunner()
            .describe_service()
            .service_arn(arn)
            .customize()
            .interceptor(capture.clone())
            .send()
    };
    let answer = clients.call(&calls::AR_DESCRIBE_SERVICE, &on, request).await?;
    let told = answer.service().map(|service| Some(service.service_arn()));
    asked::about(clients, &calls::AR_DESCRIBE_SERVICE, &on, &[arn], told)?;
    let source = capture
        .json()
        .and_then(|mut json| json.pointer_mut("/Service/SourceConfiguration").map(serde_json::Value::take))
        .map(Sealed::new);
    match answer.service {
        Some(service) => Ok((service, source)),
        None => Err(clients.trouble(
            &calls::AR_DESCRIBE_SERVICE,
            &on,
            TroubleKind::Unreadable,
            "the answer holds no service",
        )),
    }
}

pub(in crate::aws) async fn describe(clients: &Clients, arn: &str) -> Result<Service, Trouble> {
    let (service, operations) =
        futures_util::join!(read_service(clients, arn), operations(clients, arn, NEWEST));
    let (service, _) = service?;
    // without its operations a row lacks why and since when, no more
    let operations = telling(operations.unwrap_or_default());
    let updated = service.updated_at().secs();
    clients.account.caches.operations.put(arn, (updated, Arc::new(operations.clone())));
    Ok(row(clients, &service, &operations))
}

pub(in crate::aws) fn row(clients: &Clients, service: &types::Service, operations: &[Operation]) -> Service {
    let mut row = Service::named(key(clients, service.service_name()), convert::name(service.service_arn()));
    rows::name_application(clients, &mut row);
    row.service_id = convert::name(service.service_id());
    let image = image_of(service);
    row.version = version_of(service, &image);
    row.revision = image;
    row.deployed_at = convert::stamp(Some(service.updated_at()));
    apply(&mut row, service.status().as_str(), operations);
    row.seen_at = convert::now();
    clients.account.caches.rows.put(service.service_arn(), (service.updated_at().secs(), row.clone()));
    row
}

/// What status and operations, newest first, say of a service.
pub(in crate::aws) fn apply(row: &mut Service, status: &str, operations: &[Operation]) {
    let newest = operations.first();
    let (state, note) = state::apprunner(status, newest.map(|o| (o.kind.as_str(), o.status.as_str())));
    row.state = state;
    row.note = note;
    row.rollout = (state == ServiceState::Rolling).then(|| {
        let running = newest.filter(|o| o.ended_at.is_none());
        RolloutBrief {
            started_at: running.and_then(|o| o.started_at).or(row.deployed_at),
            stage: running.map(|o| o.kind.clone()).unwrap_or_default(),
            rolling_back: running.is_some_and(|o| o.status.starts_with("ROLLBACK")),
            ..RolloutBrief::default()
        }
    });
    let since = operations.iter().find(|o| deployed(o)).and_then(|o| o.ended_at.or(o.started_at));
    row.deployed_at = since.or(row.deployed_at);
}

/// The image reference, or the repository and branch of a service that is built from code.
pub(in crate::aws) fn image_of(service: &types::Service) -> String {
    let Some(source) = service.source_configuration() else { return String::new() };
    match (source.image_repository(), source.code_repository()) {
        (Some(image), _) => convert::image(image.image_identifier()),
        (None, Some(code)) => {
            let branch = code.source_code_version().map(|v| convert::said(v.value())).unwrap_or_default();
            format!("{}#{branch}", convert::image(code.repository_url()))
        }
        (None, None) => String::new(),
    }
}

/// The version of an image; of a service that is built from code its branch, since App Runner tells no commit
/// (SourceCodeVersion has the type BRANCH alone).
fn version_of(service: &types::Service, image: &str) -> Version {
    let code = service.source_configuration().filter(|s| s.image_repository().is_none());
    let Some(code) = code.and_then(types::SourceConfiguration::code_repository) else {
        return Version::of(image, None);
    };
    let branch = code.source_code_version().map(|v| convert::said(v.value())).filter(|b| !b.is_empty());
    let image = if branch.is_some() { image.to_owned() } else { String::new() };
    Version { image, tag: branch, digest: None }
}
