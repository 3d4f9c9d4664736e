//! Every service of an environment: names as pages arrive, rows as batches are described, then the end.

use super::ecs::fleet::ecs;
use crate::{
    aws::{
        apprunner,
        clients::Clients,
        memory::{Memory, Parts},
    },
    model::{Answer, ServiceKey, Trouble},
};
use futures_util::future;
use std::sync::Arc;

/// Carries out `Ask::Fleet`.
pub(in crate::aws) async fn all(
    clients: &Arc<Clients>,
    memory: &Memory,
    parts: Parts<'_>,
) -> Result<Answer, Trouble> {
    let (ecs, apprunner) =
        future::join(ecs(clients, memory, parts), apprunner::fleet(clients, memory, parts)).await;
    let gathered = ecs?;
    let (mut gaps, mut beside) = (gathered.gaps, gathered.beside);
    gaps.extend(apprunner.gaps);
    beside.extend(apprunner.beside);
    let mut keys: Vec<ServiceKey> = gathered.keys.into_values().chain(apprunner.keys).collect();
    keys.sort();
    if keys.is_empty()
        && let Some(trouble) = gaps.iter().chain(&beside).find(|gap| gap.loses_contact())
    {
        // an environment of App Runner alone: no contact does not mean no services
        return Err(trouble.clone());
    }
    Ok(Answer::FleetDone { keys, gaps, beside })
}
