//! The team's lock: who holds it now, and whether this run is going to take it.

use super::draft::Sheet;
use super::found::{Halt, Part};
use crate::model::{RunKind, stamp};
use crate::ops::facts::LockFacts;
use crate::ops::watch::duration;
use crate::ops::{HeldLock, LockRecord};

/// Plans the lock, once everything else is planned.
pub(super) fn plan(sheet: &mut Sheet) -> Part<()> {
    let Some(settings) = &sheet.context.lock else { return Ok(()) };
    let application = &sheet.context.service.application;
    let place = settings.lock(&sheet.plan.account, &sheet.plan.region, &sheet.facts.key, application);
    let read = sheet.found.object(&place)?;
    let undoes = sheet.plan.kind == RunKind::Rollback;
    let mut lock = LockFacts {
        record: settings.record(&sheet.plan.run),
        ttl_ms: settings.ttl_ms,
        etag: None,
        taken_at: None,
        expires_at: None,
        over: None,
        steal: sheet.context.steal.clone(),
        run: sheet.plan.run.0.as_ref().to_owned(),
        tries: 0,
        lost_to: None,
        doubted: false,
        expired: None,
        own: if undoes { sheet.context.own.clone() } else { Vec::new() },
        once: false,
        place,
    };
    let joins = sheet.facts.joins_rollout
        || matches!(sheet.plan.kind, RunKind::Scale | RunKind::Stop | RunKind::Continue);
    if joins {
        // what is under way has its lock already, and has to be stopped without it
        if let Ok(Some(object)) = read
            && let Some(record) =
                LockRecord::read(object, sheet.now).filter(|record| !record.has_expired(sheet.now))
        {
            sheet.warn(format!("the application is locked: {}", record.told(sheet.now)));
        }
        sheet.facts.lock = Some(lock);
        return Ok(());
    }
    let object = match read {
        Ok(object) => object,
        Err(trouble) => {
            let mut why = trouble.clone();
            why.remedy.clear();
            return Err(Halt::refuse(
                format!("the lock {} cannot be read: {why}", lock.place),
                "nothing is changed without it; see that bucket and permissions are right",
            ));
        }
    };
    if let Some(object) = object {
        let ours = sheet.context.steal.as_ref() == Some(&object.etag);
        lock.over = Some(object.etag.clone());
        match LockRecord::read(object, sheet.now) {
            Some(record) if record.has_expired(sheet.now) && !ours && object.date_in_doubt => {
                sheet.warn(record.date_in_doubt());
                lock.over = None;
            }
            Some(record) if record.has_expired(sheet.now) && !ours => {
                sheet.warn(format!(
                    "the lock of {} expired {} ago and is taken over",
                    record.holder,
                    stamp::brief(sheet.now.since(record.expires_at))
                ));
                // one answer does not decide: it is asked for once more when it is taken
                lock.over = None;
            }
            Some(record) if ours => sheet.warn(format!(
                "the lock is taken from {}, whose run {} makes no more changes; a migration that it began may still be running",
                record.holder, record.run
            )),
            Some(record) if lock.own.contains(&record.run) => sheet.warn(format!(
                "the lock is taken from run {}, which was rolled back and makes no more changes",
                record.run
            )),
            // a plan changes nothing: whoever holds the lock is told, and taking it decides
            Some(record) => {
                sheet.warn(format!("the application is locked: {}", record.told(sheet.now)));
                if sheet.context.busy.contains(&record.run) {
                    let run = &record.run;
                    sheet.warn(format!(
                        "run {run} was begun here, and its migration is still to come or may still be running: wait until it \
                         has ended (`flightdeck runs resume {run}` watches it), or take the lock over; a rollback leaves \
                         what a migration did, and a migration that runs goes on beside it"
                    ));
                }
                sheet.held = Some(HeldLock { record, etag: object.etag.clone() });
                lock.over = None;
            }
            None if ours => sheet.warn("what is there instead of the lock is overwritten"),
            None => {
                return Err(Halt::refuse(
                    format!("{} is there and is not a flightdeck lock", lock.place),
                    "look at it, and remove it where nobody needs it",
                ));
            }
        }
    }
    let mut told = format!("{}, {}, refreshed while the run lives", lock.place, duration(lock.ttl_ms));
    let ttl = lock.ttl_ms;
    sheet.facts.lock = Some(lock);
    let lasts = sheet.facts.lock_ms();
    if lasts > ttl {
        told = format!("{told}; {} while a command runs", duration(lasts));
    }
    sheet.line("lock", told);
    sheet.locks = true;
    Ok(())
}
