//! Who is calling: checked before anything else is asked, and once more before each change.

use super::{calls, clients::Clients, convert};
use crate::model::{Trouble, TroubleKind, identity::Identity};

/// The caller, asked once per session, whichever account it is.
pub(super) async fn caller(clients: &Clients) -> Result<Identity, Trouble> {
    let known = &clients.session.known;
    let mut slot = known.0.identity.lock().await;
    let mut identity = if let Some(identity) = slot.as_ref() {
        identity.clone()
    } else {
        let answer =
            clients.call(&calls::CALLER_IDENTITY, "", || clients.sts().get_caller_identity().send()).await?;
        let identity = Identity {
            account: convert::name(answer.account().unwrap_or_default()),
            arn: convert::name(answer.arn().unwrap_or_default()),
            region: clients.session.caller.region.clone(),
            expires_at: None,
            source: clients.session.source.clone(),
        };
        clients.session.settle(&identity.account);
        *slot = Some(identity.clone());
        identity
    };
    drop(slot);
    identity.expires_at = known.expires_at();
    Ok(identity)
}

/// The caller, if it is in the account that the environment is configured for.
pub(super) async fn checked(clients: &Clients) -> Result<Identity, Trouble> {
    let identity = caller(clients).await?;
    match &clients.settings.account {
        Some(wanted) if *wanted != identity.account => Err(wrong_account(clients, wanted, &identity)),
        _ => Ok(identity),
    }
}

/// The refusal when the caller is in another account.
pub(super) fn wrong_account(clients: &Clients, wanted: &str, identity: &Identity) -> Trouble {
    Trouble {
        kind: TroubleKind::WrongAccount,
        what: format!("use environment {}", convert::name(clients.settings.name.as_str())),
        on: clients.session.caller.region.clone(),
        why: format!(
            "it belongs to account {}, but {} signs in to account {}",
            convert::name(wanted),
            clients.session.caller.source,
            identity.account
        ),
        remedy: "name the right profile or account in the configuration".to_owned(),
    }
}
