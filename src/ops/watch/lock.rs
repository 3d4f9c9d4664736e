//! The team's lock, read: whose it is, and whether it may be written over.

use super::{Finish, Seen};
use crate::model::{Answer, Ask, Stamp, Verdict};
use crate::ops::LockRecord;
use crate::ops::facts::{Facts, LockFacts};

/// Attempts at a lock that changes hands all the time.
const TRIES: u32 = 5;

/// The lock's object.
pub(super) fn ask(facts: &Facts) -> Option<Ask> {
    Some(Ask::Object { place: facts.lock.as_ref()?.place.clone() })
}

/// Takes an answer in.
pub(super) fn take(facts: &mut Facts, answer: &Answer, now: Stamp) -> Option<Seen> {
    let Answer::Object(object) = answer else { return None };
    let lock = facts.lock.as_mut()?;
    let make = |lock: &mut LockFacts, over: Option<String>| {
        lock.tries = lock.tries.saturating_add(1);
        lock.over = over;
        if lock.tries > TRIES {
            return Seen::end(Verdict::Refused, "the lock changes hands all the time; try again");
        }
        Seen { learnt: true, ..Seen::finish(Finish::Make) }
    };
    // whoever held it once and finds another's, or none, has lost it: others had time to change what it guards
    let held = lock.etag.is_some();
    let Some(object) = object else {
        if held {
            return Some(lose(lock, "the lock is gone, which this run held: somebody removed it"));
        }
        return Some(make(lock, None));
    };
    let etag = object.etag.clone();
    let Some(record) = LockRecord::read(object) else {
        if held {
            return Some(lose(lock, "the lock was written over with something that is no lock"));
        }
        if lock.steal.as_ref() == Some(&etag) {
            return Some(make(lock, Some(etag)));
        }
        let why = format!("{} is there and is no lock of flightdeck; look at it", lock.place);
        return Some(Seen::end(Verdict::Refused, why));
    };
    if record.run == lock.run {
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
    if record.has_expired(now) || lock.steal.as_ref() == Some(&etag) || lock.own.contains(&record.run) {
        return Some(make(lock, Some(etag)));
    }
    Some(Seen::end(Verdict::Refused, format!("the application is locked: {}", record.told(now))))
}

/// The lock is not this run's any more.
fn lose(lock: &mut LockFacts, why: &str) -> Seen {
    lock.etag = None;
    lock.lost_to = Some(why.to_owned());
    Seen { learnt: true, ..Seen::end(Verdict::Superseded, why) }
}
