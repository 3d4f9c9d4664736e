//! What happened in an environment: deployments and operations, deaths of tasks, alarms, scaling, and who asked for what.

mod account;
mod alarms;
mod found;
mod scaling;
mod services;
mod trail;

use super::{clients::Clients, memory::Parts};
use crate::model::{Answer, ServiceKey, Stamp, TimelineEvent, Trouble, TroubleKind};
use found::{Services, Told};
use std::sync::Arc;

/// Carries out `Ask::Timeline`: each source is sent as it is known, and what one of them does not tell costs no other.
pub(super) async fn read(
    clients: &Arc<Clients>,
    keys: &[ServiceKey],
    recent: &[ServiceKey],
    since: Stamp,
    parts: Parts<'_>,
) -> Answer {
    let services = Services::of(keys);
    let send = |(events, gaps): Told| {
        if !events.is_empty() || !gaps.is_empty() {
            parts(Answer::Timeline { events, gaps });
        }
    };
    futures_util::join!(
        async { send(services::deployments(clients, recent, since).await) },
        async { send(services::deaths(clients, &services, keys, since).await) },
        async { send(told(account::alarms(clients, since).await)) },
        async { send(told(scaled(clients, &services, since).await)) },
        async { send(told(asked(clients, &services, since).await)) },
    );
    Answer::Timeline { events: Vec::new(), gaps: Vec::new() }
}

fn told(result: Result<Vec<TimelineEvent>, Trouble>) -> Told {
    match result {
        Ok(events) => (events, Vec::new()),
        // an endpoint that has no such operation has nothing to tell
        Err(trouble) if trouble.kind == TroubleKind::Unsupported => (Vec::new(), Vec::new()),
        Err(trouble) => (Vec::new(), vec![trouble]),
    }
}

/// Scaling of the environment's own services.
async fn scaled(
    clients: &Clients,
    services: &Services<'_>,
    since: Stamp,
) -> Result<Vec<TimelineEvent>, Trouble> {
    let all = account::scaling(clients, since).await?;
    Ok(all.into_iter().filter_map(|event| known(services, event)).collect())
}

/// Changes to the environment's own services, and to tasks of its clusters.
async fn asked(
    clients: &Clients,
    services: &Services<'_>,
    since: Stamp,
) -> Result<Vec<TimelineEvent>, Trouble> {
    let all = account::trail(clients, since).await?;
    let own = |event: TimelineEvent| match &event.key {
        Some(key) if key.name.is_empty() => {
            services.has_cluster(&key.cluster).then_some(TimelineEvent { key: None, ..event })
        }
        _ => known(services, event),
    };
    Ok(all.into_iter().filter_map(own).collect())
}

/// The event of a service that is the environment's own, by its whole key.
fn known(services: &Services<'_>, mut event: TimelineEvent) -> Option<TimelineEvent> {
    let key = event.key.as_ref()?;
    event.key = Some(services.find(&key.cluster, &key.name)?.clone());
    Some(event)
}
