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
    let place = settings.lock(sheet.facts.key.environment.as_str(), application);
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
        own: if undoes { sheet.context.own.clone() } else { Vec::new() },
        place,
    };
    let joins = sheet.facts.joins_rollout
        || matches!(sheet.plan.kind, RunKind::Scale | RunKind::Stop | RunKind::Continue);
    if joins {
        // what is under way has its lock already, and has to be stopped without it
        if let Ok(Some(object)) = read
            && let Some(record) = LockRecord::read(object).filter(|record| !record.has_expired(sheet.now))
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
        match LockRecord::read(object) {
            Some(record) if record.has_expired(sheet.now) => sheet.warn(format!(
                "the lock of {} expired {} ago and is taken over",
                record.holder,
                stamp::brief(sheet.now.since(record.expires_at))
            )),
            Some(record) if ours => sheet.warn(format!(
                "the lock is taken from {}, whose run {} changes nothing any more",
                record.holder, record.run
            )),
            Some(record) if lock.own.contains(&record.run) => sheet.warn(format!(
                "the lock is taken from run {}, which is put back and changes nothing any more",
                record.run
            )),
            // a plan changes nothing: whoever holds the lock is told, and taking it decides
            Some(record) => {
                sheet.warn(format!("the application is locked: {}", record.told(sheet.now)));
                sheet.held = Some(HeldLock { record, etag: object.etag.clone() });
                lock.over = None;
            }
            None if ours => sheet.warn("what is there in place of the lock is written over"),
            None => {
                return Err(Halt::refuse(
                    format!("{} is there and is no lock of flightdeck", lock.place),
                    "look at it, and remove it where nobody needs it",
                ));
            }
        }
    }
    sheet.line("lock", format!("{}, {}, refreshed while the run lives", lock.place, duration(lock.ttl_ms)));
    sheet.locks = true;
    sheet.facts.lock = Some(lock);
    Ok(())
}
