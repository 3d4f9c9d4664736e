//! Objects: locks, and records of runs.

use super::send;
use crate::{
    aws::{
        calls,
        link::Link,
        s3::{self, Call, Said},
    },
    model::{
        Trouble, TroubleKind, Written,
        call::{Place, PutWhen},
    },
};

/// Writes an object on a condition. Where somebody else writes it at the same moment AWS refuses both to decide;
/// it is tried once more, and then the condition is taken not to hold.
pub(super) async fn put(link: &Link, place: &Place, body: &str, when: &PutWhen) -> Result<Written, Trouble> {
    let call = Call::put(&place.key, body, when);
    for _ in 0..2 {
        let reply = send(|| s3::change(link, &calls::PUT_OBJECT, place, call.clone())).await?;
        match reply.said {
            Said::Whole if reply.etag.is_empty() => return Err(no_receipt(link, place)),
            Said::Whole => return Ok(Written::Object { etag: reply.etag }),
            Said::Unmet | Said::Absent => return Ok(Written::Unmet),
            Said::Conflict => {}
        }
    }
    Ok(Written::Unmet)
}

/// A page of a proxy says that all is well as well, but names no entity tag.
fn no_receipt(link: &Link, place: &Place) -> Trouble {
    let why = "the answer has no entity tag, as S3's have";
    let mut trouble = link.trouble(&calls::PUT_OBJECT, &place.to_string(), TroubleKind::Unreadable, why);
    "check that the endpoint is AWS's".clone_into(&mut trouble.remedy);
    trouble
}

/// Deletes an object; one that is not there is as good as deleted.
pub(super) async fn delete(link: &Link, place: &Place) -> Result<Written, Trouble> {
    send(|| s3::change(link, &calls::DELETE_OBJECT, place, Call::delete(&place.key))).await?;
    Ok(Written::Done)
}
