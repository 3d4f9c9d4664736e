//! Objects: locks, and records of runs.

use super::send;
use crate::{
    aws::{
        calls,
        link::Link,
        s3::{self, Call, Said},
    },
    model::{
        Trouble, Written,
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
            Said::Whole => return Ok(Written::Object { etag: reply.etag }),
            Said::Unmet | Said::Absent => return Ok(Written::Unmet),
            Said::Conflict => {}
        }
    }
    Ok(Written::Unmet)
}

/// Deletes an object; one that is not there is as good as deleted.
pub(super) async fn delete(link: &Link, place: &Place) -> Result<Written, Trouble> {
    send(|| s3::change(link, &calls::DELETE_OBJECT, place, Call::delete(&place.key))).await?;
    Ok(Written::Done)
}
