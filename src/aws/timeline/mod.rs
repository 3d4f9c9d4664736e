//! What happened in an environment: deployments and operations, deaths of tasks, alarms, scaling, and who asked for what.

mod account;
mod alarms;
mod found;
mod scaling;
mod services;
mod trail;

use super::{caches::Whole, clients::Clients, memory::Parts};
use crate::model::{Answer, ServiceKey, Stamp, TimelineEvent, Trouble};
use found::{Services, Told};
use std::sync::Arc;

/// Carries out `Ask::Timeline`: each source is sent as it is known, and what one of them does not tell costs no other.
pub(super) async fn read(
    clients: &Arc<Clients>,
    keys: &[ServiceKey],
    recent: &[ServiceKey],
    since: Stamp,
    trail: bool,
    parts: Parts<'_>,
) -> Answer {
    let services = Services::of(keys);
    let send = |told: Told| {
        if !told.is_empty() {
            let Told { events, gaps, bounds } = told;
            parts(Answer::Timeline { events, gaps, bounds });
        }
    };
    futures_util::join!(
        async { send(services::deployments(clients, recent, since).await) },
        async { send(services::deaths(clients, &services, keys, since).await) },
        async { send(Told::of(account::alarms(clients, since).await)) },
        async { send(Told::of(scaled(clients, &services, since).await)) },
        async {
            if trail {
                send(Told::of(asked(clients, &services, since).await));
            }
        },
    );
    Answer::Timeline { events: Vec::new(), gaps: Vec::new(), bounds: Vec::new() }
}

/// Scaling of the environment's own services.
async fn scaled(clients: &Clients, services: &Services<'_>, since: Stamp) -> Result<Whole, Trouble> {
    let (all, bound) = account::scaling(clients, since).await?;
    Ok((all.into_iter().filter_map(|event| known(services, event)).collect(), bound))
}

/// Changes to the environment's own services, to tasks of its clusters, and those that CloudTrail names no service of.
async fn asked(clients: &Clients, services: &Services<'_>, since: Stamp) -> Result<Whole, Trouble> {
    let (all, bound) = account::trail(clients, since).await?;
    let own = |event: TimelineEvent| match &event.key {
        None => Some(event),
        Some(key) if key.name.is_empty() => {
            services.has_cluster(&key.cluster).then_some(TimelineEvent { key: None, ..event })
        }
        Some(_) => known(services, event),
    };
    Ok((all.into_iter().filter_map(own).collect(), bound))
}

/// The event of a service that is the environment's own, by its whole key.
fn known(services: &Services<'_>, mut event: TimelineEvent) -> Option<TimelineEvent> {
    let key = event.key.as_ref()?;
    event.key = Some(services.find(&key.cluster, &key.name)?.clone());
    Some(event)
}
