//! Objects: locks, and records of runs.

use super::attempt::send;
use crate::{
    aws::{
        calls,
        clients::Clients,
        s3::{self, Call, Said},
    },
    model::{Trouble, TroubleKind, Written, object::Place, write::PutWhen},
};

/// Writes an object on a condition. Where somebody else writes it at the same moment AWS refuses both to decide;
/// it is tried once more, and then the condition is taken not to hold.
pub(super) async fn put(
    clients: &Clients,
    place: &Place,
    body: &str,
    when: &PutWhen,
) -> Result<Written, Trouble> {
    let call = Call::put(&place.key, body, when);
    for _ in 0..2 {
        let reply = send(|| s3::change(clients, &calls::PUT_OBJECT, place, call.clone())).await?;
        match reply.said {
            Said::Whole if reply.etag.is_empty() => return Err(no_receipt(clients, place)),
            Said::Whole => return Ok(Written::Object { etag: reply.etag }),
            Said::Unmet | Said::Absent => return Ok(Written::Unmet),
            Said::Conflict => {}
        }
    }
    Ok(Written::Unmet)
}

/// A page of a proxy says that all is well as well, but names no entity tag.
fn no_receipt(clients: &Clients, place: &Place) -> Trouble {
    let why = "the answer has no entity tag, as S3's have";
    let mut trouble = clients.trouble(&calls::PUT_OBJECT, &place.to_string(), TroubleKind::Unreadable, why);
    "check that the endpoint is AWS's".clone_into(&mut trouble.remedy);
    trouble
}

/// Deletes an object while it is the one with this entity tag; one that is not there is as good as deleted. General
/// purpose buckets answer 412 where it is another one, 404 `NoSuchKey` where there is none, and 409 where somebody
/// writes it at the same moment (S3 user guide, "How to perform conditional deletes"; with an entity tag it takes
/// s3:GetObject as well).
pub(super) async fn delete(clients: &Clients, place: &Place, etag: &str) -> Result<Written, Trouble> {
    let call = Call::delete(&place.key, etag);
    for _ in 0..2 {
        match send(|| s3::change(clients, &calls::DELETE_OBJECT, place, call.clone())).await?.said {
            Said::Whole | Said::Absent => return Ok(Written::Done),
            Said::Unmet => return Ok(Written::Unmet),
            Said::Conflict => {}
        }
    }
    Ok(Written::Unmet)
}
