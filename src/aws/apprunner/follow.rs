//! Which services of App Runner deploy an image by themselves.
//!
//! "If true, continuous integration from the source repository is enabled for the App Runner service. Each repository change
//! (including any source code commit or new image version) starts a deployment." (App Runner API reference,
//! SourceConfiguration, AutoDeploymentsEnabled). Without it a moved tag changes nothing before somebody deploys.

use super::{
    fleet::{in_scope, is_elsewhere},
    image_of,
    list::listed,
    read_service,
};
use crate::{
    aws::{clients::Clients, convert, settings::AppRunnerScope},
    model::{Trouble, TroubleKind, Version},
};
use aws_sdk_apprunner::types;
use futures_util::{StreamExt, stream};
use std::sync::Arc;

/// Services that are described at once.
const AHEAD: usize = 10;

/// The services of these names, or all of the account, that follow an image's tag; without a cluster, by name.
///
/// # Errors
/// Where one could not be read: it may follow. Who has no App Runner has no such service.
pub(in crate::aws) async fn following(
    clients: &Arc<Clients>,
    image: &str,
    wanted: Option<Vec<String>>,
) -> Result<Vec<(String, String)>, Trouble> {
    // an ARN ends in the service's id, which its name stands before
    let name = |text: String| match text.strip_prefix("arn:") {
        Some(arn) => arn.split('/').nth(1).unwrap_or(arn).to_owned(),
        None => text,
    };
    let scope = match wanted {
        None => AppRunnerScope::All,
        Some(names) if names.is_empty() => return Ok(Vec::new()),
        Some(names) => AppRunnerScope::Named(names.into_iter().map(name).collect()),
    };
    let list = match listed(clients, false).await {
        Ok(list) => list,
        Err(trouble) if is_elsewhere(&scope, &trouble) => return Ok(Vec::new()),
        Err(trouble) => return Err(trouble),
    };
    let wanted = Version::of(image, None);
    let mine: Vec<String> =
        list.iter().filter(|one| in_scope(&scope, one)).map(|one| one.arn.clone()).collect();
    let mut described = stream::iter(mine)
        .map(|arn| async move { read_service(clients, &arn).await.map(|(service, _)| service) })
        .buffer_unordered(AHEAD);
    let mut users = Vec::new();
    while let Some(service) = described.next().await {
        let service = match service {
            Ok(service) => service,
            Err(trouble) if trouble.kind == TroubleKind::NotFound => continue,
            Err(trouble) => return Err(trouble),
        };
        let automatic = service
            .source_configuration()
            .and_then(types::SourceConfiguration::auto_deployments_enabled)
            .unwrap_or(false);
        if automatic && Version::of(&image_of(&service), None).follows(&wanted) {
            users.push((String::new(), convert::name(service.service_name())));
        }
    }
    users.sort();
    Ok(users)
}
