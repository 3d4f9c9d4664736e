//! Calls to a bucket and their answers.

use super::wire::{Call, Failure, Reply};
use crate::{
    aws::{calls::Op, clients::Clients, convert},
    model::{Trouble, TroubleKind, object::Place},
};
use aws_smithy_runtime_api::{client::result::SdkError, http::Response};

/// Makes a read of a bucket; the SDK tries again what passes.
pub(in crate::aws) async fn read(
    clients: &Clients,
    op: &'static Op,
    place: &Place,
    call: Call,
) -> Result<Reply, Trouble> {
    named(clients, op, place)?;
    let answer = clients.call(op, &place.to_string(), || knock(clients, &place.bucket, call, true)).await;
    answer.map_err(|trouble| advised(trouble, op, clients))
}

/// Makes a change, once.
pub(in crate::aws) async fn change(
    clients: &Clients,
    op: &'static Op,
    place: &Place,
    call: Call,
) -> Result<Reply, Trouble> {
    named(clients, op, place)?;
    let answer = clients.change(op, &place.to_string(), || knock(clients, &place.bucket, call, false)).await;
    answer.map_err(|trouble| advised(trouble, op, clients))
}

/// Sends a call to where the bucket is thought to be; where S3 names another region, there, once, and from then on.
async fn knock(
    clients: &Clients,
    bucket: &str,
    call: Call,
    again: bool,
) -> Result<Reply, SdkError<Failure, Response>> {
    let of = clients.of();
    let known = &clients.account.caches.buckets;
    let region = known.get(bucket).unwrap_or_else(|| clients.session.caller.region.clone());
    let answer = clients.s3.client(&of, bucket, &region).send(call.clone(), again).await;
    let elsewhere = match &answer {
        Err(error) => error.as_service_error().and_then(|failure| failure.elsewhere(&region)),
        Ok(_) => None,
    };
    let Some(other) = elsewhere else { return answer };
    let answer = clients.s3.client(&of, bucket, &other).send(call, again).await;
    // remembered once it proved true
    if answer.as_ref().map_or_else(|error| error.as_service_error().is_some(), |_| true) {
        known.put(bucket, other);
    }
    answer
}

/// Refuses names that no bucket has: they would become part of a host name.
pub(in crate::aws) fn named(clients: &Clients, op: &Op, place: &Place) -> Result<(), Trouble> {
    let bucket = place.bucket.as_str();
    let fine = (3..=63).contains(&bucket.len())
        && bucket.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
        && bucket.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && bucket.bytes().last().is_some_and(|b| b.is_ascii_alphanumeric())
        && !bucket.contains("..");
    if fine {
        return Ok(());
    }
    let why = format!("“{}” is not a bucket name", convert::name(bucket));
    let mut trouble = clients.trouble(op, &convert::name(&place.to_string()), TroubleKind::Refused, why);
    "correct [lock] s3 in the configuration".clone_into(&mut trouble.remedy);
    Err(trouble)
}

/// What to do about it, where S3 gives cause to say more than of others.
fn advised(mut trouble: Trouble, op: &Op, clients: &Clients) -> Trouble {
    let says = |code: &str| trouble.why.ends_with(&format!("({code})"));
    let source = &clients.session.caller.source;
    let remedy = if says("NoSuchBucket") {
        Some("create the bucket, or correct [lock] s3 in the configuration".to_owned())
    } else if trouble.kind == TroubleKind::Denied && op.action == "s3:GetObject" {
        Some(format!(
            "ask for s3:GetObject on its objects and s3:ListBucket on the bucket in the policy of {source}; \
             without the second AWS refuses to say that an object is not there"
        ))
    } else if trouble.kind == TroubleKind::Denied {
        Some(format!("ask for {} in the policy of {source}, and look at the bucket's own policy", op.action))
    } else if says("PermanentRedirect") || says("AuthorizationHeaderMalformed") || says("TemporaryRedirect") {
        Some(
            "the bucket is in another region, which AWS did not name; set the environment's region"
                .to_owned(),
        )
    } else {
        None
    };
    if let Some(remedy) = remedy {
        trouble.remedy = remedy;
    }
    trouble
}
