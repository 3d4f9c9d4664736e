//! Objects read, and keys listed.

use super::{Call, Reply, Said, read, wire, xml};
use crate::{
    aws::{calls, clients::Clients, convert},
    model::{
        Trouble, TroubleKind,
        object::{Object, Place},
    },
};
use std::collections::VecDeque;

/// Pages of a list that are read: 100,000 keys.
const PAGES_MAX: usize = 100;

/// Carries out `Ask::Object`: none where there is no such object.
pub(in crate::aws) async fn object(clients: &Clients, place: &Place) -> Result<Option<Object>, Trouble> {
    let op = &calls::GET_OBJECT;
    let mut reply = read(clients, op, place, Call::get(&place.key)).await?;
    if reply.said == Said::Whole && reply.length == Some(0) {
        reply = read(clients, op, place, Call::get_empty(&place.key)).await?;
    }
    let bad = |kind, why: String, remedy: &str| {
        let mut trouble = clients.trouble(op, &place.to_string(), kind, why);
        remedy.clone_into(&mut trouble.remedy);
        Err(trouble)
    };
    let Reply { said: Said::Whole, etag, modified_at, answered_at, length, body } = reply else {
        return Ok(None);
    };
    if etag.is_empty() {
        // a proxy's page, as likely as not; taken for a lock it would stop every release
        let why = "the answer has no entity tag, as every object of S3 has".to_owned();
        return bad(TroubleKind::Unreadable, why, "check that the endpoint is AWS's");
    }
    let most = u64::try_from(wire::OBJECT_MAX).unwrap_or(u64::MAX);
    let whole = length.unwrap_or_else(|| u64::try_from(body.len()).unwrap_or(u64::MAX));
    if whole > most {
        let why = format!("it has {whole} bytes, and at most {most} are read");
        return bad(TroubleKind::Refused, why, "this object is none of flightdeck's; put it elsewhere");
    }
    match String::from_utf8(body) {
        Ok(body) => Ok(Some(Object { body, etag, modified_at, read_at: answered_at, date_in_doubt: false })),
        Err(_) => bad(
            TroubleKind::Refused,
            "it is not text".to_owned(),
            "this object is none of flightdeck's; put it elsewhere",
        ),
    }
}

/// Carries out `Ask::Objects`: the last `limit` keys with the prefix, in order.
pub(in crate::aws) async fn objects(
    clients: &Clients,
    place: &Place,
    limit: u32,
) -> Result<Vec<String>, Trouble> {
    let op = &calls::LIST_OBJECTS;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut last: VecDeque<String> = VecDeque::new();
    let mut next: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let reply = read(clients, op, place, Call::list(&place.key, next.as_deref())).await?;
        let page = match reply.said {
            Said::Whole => xml::page(&reply.body),
            _ => Err("it is not a list".to_owned()),
        };
        let page = page.map_err(|why| {
            let why = format!("the list cannot be read: {why}");
            clients.trouble(op, &place.to_string(), TroubleKind::Unreadable, why)
        })?;
        for key in page.keys {
            // no key of ours needs neutralising, and one that does could not be read by its shown name
            if convert::name(&key) != key || !key.starts_with(&place.key) {
                continue;
            }
            if last.len() >= limit {
                last.pop_front();
            }
            if limit > 0 {
                last.push_back(key);
            }
        }
        if page.next.is_none() || page.next == next {
            return Ok(last.into());
        }
        next = page.next;
    }
    let why = format!("more than {} keys begin so", PAGES_MAX * 1_000);
    let mut trouble = clients.trouble(op, &place.to_string(), TroubleKind::Refused, why);
    "move old records elsewhere, as a lifecycle rule of the bucket does".clone_into(&mut trouble.remedy);
    Err(trouble)
}
