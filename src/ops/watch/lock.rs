//! The team's lock, read: whose it is, and whether it may be written over.

use super::seen::{Finish, Seen};
use crate::model::{Answer, Ask, Stamp, Verdict};
use crate::ops::LockRecord;
use crate::ops::facts::{Facts, LockFacts};

/// Attempts at a lock that changes hands all the time.
const TRIES: u32 = 5;

/// Answers of S3 in a row that have to say that somebody's lock has expired: one date may be wrong.
const AGREE: u32 = 3;

/// The lock's object.
pub(super) fn ask(facts: &Facts) -> Option<Ask> {
    Some(Ask::Object { place: facts.lock.as_ref()?.place.clone() })
}

/// Takes an answer in that was asked for at `asked`.
pub(super) fn take(facts: &mut Facts, answer: &Answer, asked: Stamp, now: Stamp) -> Option<Seen> {
    let Answer::Object(object) = answer else { return None };
    let lock = facts.lock.as_mut()?;
    let make = |lock: &mut LockFacts, over: Option<String>| {
        lock.tries = lock.tries.saturating_add(1);
        lock.over = over;
        if lock.tries > TRIES {
            return Seen::end(Verdict::Refused, "the lock keeps changing hands; try again");
        }
        Seen { learnt: true, ..Seen::finish(Finish::Make) }
    };
    // whoever held it once and finds another's, or none, has lost it: others had time to change what it guards
    let held = lock.etag.is_some();
    let Some(object) = object else {
        if held {
            return Some(lose(lock, "the lock this run held is gone: somebody removed it"));
        }
        return Some(make(lock, None));
    };
    let etag = object.etag.clone();
    let Some(record) = LockRecord::read(object, now) else {
        if held {
            return Some(lose(lock, "the lock was overwritten with something that is not a lock"));
        }
        if lock.steal.as_ref() == Some(&etag) {
            return Some(make(lock, Some(etag)));
        }
        let why = format!("{} is there and is not a flightdeck lock; look at it", lock.place);
        return Some(Seen::end(Verdict::Refused, why));
    };
    if record.run == lock.run {
        // as this process wrote it: what is left of it counts from then, whatever dates tell
        if lock.etag.as_ref() == Some(&etag) && lock.expires_at.is_some_and(|at| now < at) {
            lock.doubted = false;
            return Some(Seen { learnt: true, ..Seen::finish(Finish::Done("the lock is held".to_owned())) });
        }
        // what is left of this run's own counts from when it was asked, of somebody else's from when it was answered
        let record = LockRecord::read(object, asked).unwrap_or(record);
        lock.taken_at = Some(record.at);
        lock.expires_at = Some(record.expires_at);
        if now >= record.expires_at {
            return Some(make(lock, Some(etag)));
        }
        lock.etag = Some(etag);
        lock.doubted = false;
        return Some(Seen { learnt: true, ..Seen::finish(Finish::Done("the lock is held".to_owned())) });
    }
    if held {
        return Some(lose(lock, &format!("the lock was taken over by {}", record.by())));
    }
    if lock.steal.as_ref() == Some(&etag) || lock.own.contains(&record.run) {
        return Some(make(lock, Some(etag)));
    }
    if record.has_expired(now) {
        let before = lock.expired.take().filter(|(known, _)| *known == etag).map_or(0, |(_, times)| times);
        if before + 1 >= AGREE && object.date_in_doubt {
            return Some(Seen::end(Verdict::Refused, record.date_in_doubt()));
        }
        if before + 1 >= AGREE {
            return Some(make(lock, Some(etag)));
        }
        lock.expired = Some((etag, before + 1));
        let say = format!("the lock of {} has expired; asking S3 once more", record.holder);
        return Some(Seen { learnt: true, ..Seen::say(say) });
    }
    lock.expired = None;
    Some(Seen::end(Verdict::Refused, format!("the application is locked: {}", record.told(now))))
}

/// The lock is not this run's any more.
fn lose(lock: &mut LockFacts, why: &str) -> Seen {
    lock.etag = None;
    lock.lost_to = Some(why.to_owned());
    Seen { learnt: true, ..Seen::end(Verdict::Superseded, why) }
}
