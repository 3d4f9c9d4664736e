//! Calls for which there were no credentials.

use super::{caller::Caller, causes::chain};
use crate::{
    aws::profile::{Failed, find},
    model::TroubleKind,
};
use aws_credential_types::provider::error::CredentialsError;

/// Credentials that could not be had. Each form of profile tells its own failures; what is left is the SDK's.
pub(in crate::aws) fn credential_trouble(
    caller: &Caller,
    error: &CredentialsError,
) -> (TroubleKind, String, String) {
    if let Some(failed) = find::<Failed>(error) {
        return (failed.kind, failed.why.clone(), failed.remedy.clone());
    }
    let kind = TroubleKind::NoCredentials;
    match error {
        CredentialsError::ProviderTimedOut(_) => (
            kind,
            format!("{} gave no credentials in time", caller.source),
            "check the network and the proxy".to_owned(),
        ),
        _ => (kind, format!("{} gave no credentials: {}", caller.source, chain(error)), caller.renewed()),
    }
}
