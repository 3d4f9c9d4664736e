//! What is told of a whole account at once: one environment reads it, and the others of the account wait for it.

use super::{alarms, scaling, trail};
use crate::{
    aws::{caches::Whole, clients::Clients},
    model::{Stamp, TimelineEvent, Trouble, TroubleKind},
};
use futures_util::future::BoxFuture;
use std::time::{Duration, Instant};

/// How long what was read for one environment serves the others of its account.
const FRESH: Duration = Duration::from_secs(20);
/// How long it is not asked again where it may not be read.
const DENIED: Duration = Duration::from_mins(5);

/// How alarms changed.
pub(super) async fn alarms(clients: &Clients, since: Stamp) -> Result<Whole, Trouble> {
    shared(clients, 0, since, Box::pin(alarms::read(clients, since))).await
}

/// What Application Auto Scaling did.
pub(super) async fn scaling(clients: &Clients, since: Stamp) -> Result<Whole, Trouble> {
    shared(clients, 1, since, Box::pin(scaling::read(clients, since))).await
}

/// Who changed what.
pub(super) async fn trail(clients: &Clients, since: Stamp) -> Result<Whole, Trouble> {
    shared(clients, 2, since, Box::pin(trail::read(clients, since))).await
}

async fn shared(
    clients: &Clients,
    source: usize,
    since: Stamp,
    read: BoxFuture<'_, Result<Whole, Trouble>>,
) -> Result<Whole, Trouble> {
    let Some(slot) = clients.account.caches.history.get(source) else { return read.await };
    let mut slot = slot.lock().await;
    let serves = |(at, from, told): &(Instant, Stamp, Result<_, Trouble>)| {
        let denied = told.as_ref().is_err_and(|trouble: &Trouble| trouble.kind == TroubleKind::Denied);
        at.elapsed() < if denied { DENIED } else { FRESH } && (denied || *from <= since)
    };
    if !slot.as_ref().is_some_and(serves) {
        *slot = Some((Instant::now(), since, read.await));
    }
    let Some((_, _, told)) = slot.as_ref() else { return Ok((Vec::new(), None)) };
    let own = |event: &TimelineEvent| {
        let mut event = event.clone();
        event.environment.clone_from(&clients.settings.name);
        if let Some(key) = event.key.as_mut() {
            key.environment.clone_from(&clients.settings.name);
        }
        event
    };
    let since_then = |(events, bound): &Whole| {
        (events.iter().filter(|event| event.at >= since).map(own).collect(), bound.clone())
    };
    told.as_ref().map(since_then).map_err(Clone::clone)
}
