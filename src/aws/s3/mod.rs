//! The few operations of S3 that locks and records of runs need, on the SDK's own runtime: its signer, its
//! connections, its credentials and timeouts. A whole S3 client would be the largest part of the program.

mod door;
mod read;
mod wire;
mod xml;

pub(super) use door::Doors;
pub(super) use read::{object, objects};
pub(super) use wire::{Call, Reply, Said};

use super::{calls::Op, link::Link, text};
use crate::model::{Trouble, TroubleKind, call::Place};
use aws_smithy_runtime_api::{client::result::SdkError, http::Response};
use wire::Failure;

/// Makes a read of a bucket; the SDK tries again what passes.
async fn read(link: &Link, op: &'static Op, place: &Place, call: Call) -> Result<Reply, Trouble> {
    named(link, op, place)?;
    let answer = link.call(op, &place.to_string(), || knock(link, &place.bucket, call, true)).await;
    answer.map_err(|trouble| advised(trouble, op, link))
}

/// Makes a change, once.
pub(super) async fn change(
    link: &Link,
    op: &'static Op,
    place: &Place,
    call: Call,
) -> Result<Reply, Trouble> {
    named(link, op, place)?;
    let answer = link.change(op, &place.to_string(), || knock(link, &place.bucket, call, false)).await;
    answer.map_err(|trouble| advised(trouble, op, link))
}

/// Sends a call to where the bucket is thought to be; where S3 names another region, there, once, and from then on.
async fn knock(
    link: &Link,
    bucket: &str,
    call: Call,
    again: bool,
) -> Result<Reply, SdkError<Failure, Response>> {
    let known = &link.account.caches.buckets;
    let region = known.get(bucket).unwrap_or_else(|| link.session.caller.region.clone());
    let answer = link.s3.door(link, bucket, &region).send(call.clone(), again).await;
    let elsewhere = match &answer {
        Err(error) => error.as_service_error().and_then(|failure| failure.elsewhere(&region)),
        Ok(_) => None,
    };
    let Some(other) = elsewhere else { return answer };
    let answer = link.s3.door(link, bucket, &other).send(call, again).await;
    // remembered once it proved true
    if answer.as_ref().map_or_else(|error| error.as_service_error().is_some(), |_| true) {
        known.put(bucket, other);
    }
    answer
}

/// Refuses names that no bucket has: they would become part of a host name.
fn named(link: &Link, op: &Op, place: &Place) -> Result<(), Trouble> {
    let bucket = place.bucket.as_str();
    let fine = (3..=63).contains(&bucket.len())
        && bucket.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
        && bucket.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && bucket.bytes().last().is_some_and(|b| b.is_ascii_alphanumeric())
        && !bucket.contains("..");
    if fine {
        return Ok(());
    }
    let why = format!("“{}” is no name of a bucket", text::name(bucket));
    let mut trouble = link.trouble(op, &text::name(&place.to_string()), TroubleKind::Refused, why);
    "correct [lock] s3 in the configuration".clone_into(&mut trouble.remedy);
    Err(trouble)
}

/// What to do about it, where S3 gives cause to say more than of others.
fn advised(mut trouble: Trouble, op: &Op, link: &Link) -> Trouble {
    let says = |code: &str| trouble.why.ends_with(&format!("({code})"));
    let source = &link.session.caller.source;
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
