//! What flightdeck keeps on disk and reads again: cache, journal, saved plans.

use flightdeck::{
    model::{Entry, RunView, Stamp, object::Object},
    ops::{LockRecord, PlanFile, RunRecord},
    runtime::{
        cache::{Cache, Found},
        journal::{Journal, Purpose, Reading},
    },
};
use std::{fs, path::Path};

use super::common::{count, harmless, harmless_value, listing, mark, place, text};

/// The configuration that the cache of a seed belongs to.
pub const FLEET_KEY: &str = "k";

/// A fleet reads back as it was written, and can be shown; what is none is set aside, and is not met again.
pub fn cache(input: &[u8]) -> u64 {
    let dir = place();
    let cache = Cache::new(&dir, FLEET_KEY);
    cache.save(&[]).unwrap();
    let (path, _) = listing(&dir).pop().unwrap();
    fs::write(&path, input).unwrap();
    match cache.load() {
        Found::Fleet(services) => {
            for service in &services {
                harmless_value(&serde_json::to_value(service).unwrap());
            }
            cache.save(&services).unwrap();
            assert_eq!(cache.load(), Found::Fleet(services.clone()));
            2 + count(services.len())
        }
        Found::Nothing => 1,
        Found::SetAside(told) => {
            harmless(&told);
            let kept = listing(&dir);
            assert!(
                matches!(kept.as_slice(), [(aside, bytes)] if *aside != path && bytes == input),
                "{kept:?}"
            );
            assert_eq!(cache.load(), Found::Nothing);
            // without where in the file it is
            mark(told.split(" at line").next().unwrap_or_default())
        }
    }
}

/// A journal that is only looked at stays as it is. What is put in order loses nothing, reads back as it was read,
/// and can be shown.
pub fn journal(input: &[u8]) -> u64 {
    let dir = place();
    let path = dir.join("0198f3.jsonl");
    fs::write(&path, input).unwrap();
    let look = Journal::new(dir.clone()).read(Purpose::Look);
    assert_eq!(listing(&dir), [(path.clone(), input.to_vec())], "looking changed it");
    look.notices.iter().for_each(|notice| harmless(notice));
    let first = read(&dir);
    assert_eq!(entries(&look), entries(&first));
    let aside: Vec<u8> = fs::read(path.with_extension("jsonl.corrupt")).unwrap_or_default();
    let lines = |bytes: &[u8]| {
        bytes.split(|b| *b == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace)).count()
    };
    let kept = fs::read(&path).unwrap_or_default();
    assert_eq!(lines(&kept) + lines(&aside), lines(input), "a line is lost: {:?}", first.notices);
    let again = read(&dir);
    assert_eq!(entries(&first), entries(&again));
    if !aside.is_empty() {
        assert_eq!(again.notices, Vec::<String>::new(), "put in order, and not");
    }
    let mut view_marks = 0;
    for record in &first.runs {
        let Some(Entry::Begin { run, steps, .. }) = record.entries.first() else { panic!("{record:?}") };
        let mut view = RunView::of(run.clone(), steps);
        for entry in &record.entries {
            view.apply(entry);
            let mut value = serde_json::to_value(entry).unwrap();
            // screens show neither what `ops` keeps for itself nor what is given back to AWS
            for own in ["memo", "token", "confirmed"] {
                value.as_object_mut().and_then(|fields| fields.remove(own));
            }
            harmless_value(&value);
        }
        view_marks = count(view.log.len()) + 8 * count(view.steps.len()) + 64 * u64::from(view.end.is_some());
        written(&run.id.to_string(), &record.entries);
    }
    let told = first.notices.first().map_or("", String::as_str);
    mark(told.split_once(&dir.display().to_string()).map_or("", |(_, rest)| rest))
        ^ (view_marks + count(kept.len()))
}

fn read(dir: &Path) -> Reading {
    // dropped, so that it lets go of what it took
    Journal::new(dir.to_owned()).read(Purpose::TakeUp)
}

fn entries(reading: &Reading) -> Vec<&[Entry]> {
    reading.runs.iter().map(|record| record.entries.as_slice()).collect()
}

/// What is appended is read back.
fn written(id: &str, entries: &[Entry]) {
    let dir = place();
    let mut journal = Journal::new(dir.clone());
    for entry in entries {
        journal.append(&id.into(), entry).unwrap();
    }
    drop(journal);
    let reading = read(&dir);
    assert_eq!(reading.runs.first().map(|record| record.entries.as_slice()), Some(entries), "{id:?}");
}

/// A plan reads back as it was written.
pub fn plan_file(input: &[u8]) -> u64 {
    let Some(text) = text(input) else { return 0 };
    match PlanFile::read(text) {
        Ok(plan) => {
            let written = plan.text();
            assert_eq!(PlanFile::read(&written).as_ref(), Ok(&plan), "{written}");
            mark(&written)
        }
        Err(refusal) => {
            harmless(&refusal.to_string());
            mark(refusal.to_string().split(" at line").next().unwrap_or_default())
        }
    }
}

/// What a bucket tells of locks and runs reads back as it was written, and can be shown.
pub fn record(input: &[u8]) -> u64 {
    let Some(text) = text(input) else { return 0 };
    let object = |body: &str| Object {
        body: body.to_owned(),
        etag: "1".to_owned(),
        modified_at: None,
        read_at: None,
        date_in_doubt: false,
    };
    let lock_of = |text: &str| LockRecord::read(&object(text), Stamp(1));
    let lock = lock_of(text);
    if let Some(lock) = &lock {
        harmless_value(&serde_json::to_value(lock).unwrap());
        assert_eq!(lock_of(&serde_json::to_string(lock).unwrap()).as_ref(), Some(lock));
    }
    match RunRecord::read(&object(text)) {
        Ok(run) => {
            let written = serde_json::to_value(&run).unwrap();
            harmless_value(&written);
            assert_eq!(RunRecord::read(&object(&written.to_string())).as_ref(), Ok(&run));
            let (steps, ended) = (run.steps.len(), run.end.is_some());
            let view = run.into_view();
            assert_eq!((view.steps.len(), view.end.is_some()), (steps, ended));
            2 + count(steps)
        }
        Err(why) => {
            harmless(&why);
            mark(why.split(" at line").next().unwrap_or_default()) ^ u64::from(lock.is_some())
        }
    }
}
