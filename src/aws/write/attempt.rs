//! Changes are tried again only where AWS did not take them.

use crate::{
    aws::{calls::Op, clients::Clients, convert},
    model::{Trouble, TroubleKind},
};
use aws_smithy_async::rt::sleep::{AsyncSleep, TokioSleep};
use std::{future::Future, time::Duration};

/// Waits before what was throttled is tried again.
const AGAIN: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// Sends a change; where AWS refused it for going too fast, which means that it was not done, again.
pub(super) async fn send<T, F, Fut>(attempt: F) -> Result<T, Trouble>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, Trouble>>,
{
    let mut waits = AGAIN.into_iter();
    loop {
        match attempt().await {
            Err(trouble) if trouble.kind == TroubleKind::Throttled => match waits.next() {
                Some(wait) => TokioSleep::new().sleep(wait).await,
                None => return Err(trouble),
            },
            answer => return answer,
        }
    }
}

/// Holds what an answer names against the change that was asked for. What stands between this machine and AWS may answer
/// with what it kept of another change: then nothing is known of this one.
pub(super) fn is_of_this(
    clients: &Clients,
    op: &'static Op,
    on: &str,
    holds: bool,
    told: &str,
) -> Result<(), Trouble> {
    if holds {
        return Ok(());
    }
    let why = format!("the answer is of another change: it names {}", convert::name(told));
    let mut trouble = clients.trouble(op, on, TroubleKind::Unreadable, why);
    "see what stands between this machine and AWS, and look at the service before trying again"
        .clone_into(&mut trouble.remedy);
    Err(trouble)
}

/// AWS said yes but not what became of it.
pub(super) fn lost(clients: &Clients, op: &'static Op, on: &str) -> Trouble {
    let mut trouble = clients.trouble(
        op,
        on,
        TroubleKind::Unreadable,
        "AWS accepted it, but the answer does not name the result",
    );
    "look at the service before trying again".clone_into(&mut trouble.remedy);
    trouble
}
