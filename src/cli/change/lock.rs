//! The team's lock: who holds it, and taking it over from them.

use crate::{
    cli::fail::{Failure, REFUSED},
    model::{Answer, Ask, Refusal, Stamp, object::Object, text},
    ops::{Context, Draft, LockRecord},
    runtime::headless::HeadlessDriver,
};

/// What is in the place of the lock now; none where nothing is, or none is configured.
async fn object(headless: &HeadlessDriver, context: &Context) -> Result<Option<Object>, Failure> {
    let Some(settings) = &context.lock else { return Ok(None) };
    let environment = &context.key().environment;
    let place = settings.lock(&context.account, &context.region, context.key(), &context.service.application);
    match headless.ask(environment, Ask::Object { place }).await {
        Ok(Answer::Object(object)) => Ok(object),
        Ok(_) => Ok(None),
        Err(trouble) => Err(Failure::from(&trouble)),
    }
}

/// What takes the lock over from its holder; none where nobody holds it by now.
///
/// # Errors
/// Exit code 2 where no lock is configured, 5 where somebody else holds it.
pub async fn steal(
    headless: &HeadlessDriver,
    context: &Context,
    holder: &str,
) -> Result<Option<String>, Failure> {
    if context.lock.is_none() {
        return Err(Failure::usage("--steal-lock: no lock is configured; set s3 under [lock]"));
    }
    let found = object(headless, context).await?;
    taken(found.as_ref(), holder, headless.now())
}

fn taken(object: Option<&Object>, holder: &str, now: Stamp) -> Result<Option<String>, Failure> {
    let Some(object) = object else { return Ok(None) };
    match LockRecord::read(object, now) {
        Some(record) if !is_holder(&record, holder) => Err(Failure::new(
            REFUSED,
            format!(
                "nothing was changed: --steal-lock {}: the lock is held by {}, for run {}",
                text::line(holder),
                name(&record),
                text::line(&record.run)
            ),
        )),
        _ => Ok(Some(object.etag.clone())),
    }
}

/// `ana@laptop`.
fn name(record: &LockRecord) -> String {
    match record.host.as_str() {
        "" => text::line(&record.holder),
        host => text::line(&format!("{}@{host}", record.holder)),
    }
}

fn is_holder(record: &LockRecord, typed: &str) -> bool {
    typed.trim() == record.holder || typed.trim() == format!("{}@{}", record.holder, record.host)
}

/// A refusal because of the lock, with the words of the command line that take it over.
pub fn with_way_out(draft: &Draft, refusal: Refusal) -> Refusal {
    match &draft.held {
        Some(held) => Refusal {
            remedy: format!("wait for it, or take it over with --steal-lock {}", name(&held.record)),
            ..refusal
        },
        None => refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_taken_over_from_the_one_who_was_named() {
        let record = LockRecord {
            holder: "ana".into(),
            host: "laptop".into(),
            run: "r1".into(),
            title: "Release".into(),
            at: Stamp(1),
            expires_at: Stamp(2),
            format: 1,
            ttl_ms: None,
        };
        let body = serde_json::to_string(&record).unwrap();
        let object = Object { body, etag: "e".into(), ..Object::default() };
        for holder in ["ana", "ana@laptop", " ana "] {
            assert_eq!(taken(Some(&object), holder, Stamp(1)), Ok(Some("e".into())), "{holder}");
        }
        let failure = taken(Some(&object), "bob", Stamp(1)).unwrap_err();
        assert!(failure.code == REFUSED && failure.message.contains("held by ana@laptop"), "{failure}");
        assert_eq!(taken(None, "ana", Stamp(1)), Ok(None));
        // what is no lock is written over by whoever says so
        let other = Object { body: "?".into(), etag: "f".into(), ..Object::default() };
        assert_eq!(taken(Some(&other), "ana", Stamp(1)), Ok(Some("f".into())));
    }
}
