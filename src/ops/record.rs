//! What is kept in S3 for a team: who holds the lock of an application, and records of runs.

use crate::model::{
    Entry, RunHeader, RunView, Stamp, Step, StepState, Verdict, neutral::clean, object::Object, stamp, text,
};
use serde::{Deserialize, Serialize};

/// Version of both formats that is written; later ones are read as far as they have the same members.
pub(super) const FORMAT: u32 = 1;

/// Milliseconds by which the clocks of two machines may differ: those of who reads and of who writes, or of S3's hosts.
const SKEW_MS: i64 = 10_000;

/// The lock of an application in an environment.
///
/// Its object tells times by its holder's clock; what is read has them by the clock of whoever reads, see
/// [`LockRecord::read`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockRecord {
    /// Who holds it.
    pub holder: String,
    /// On which machine.
    #[serde(default)]
    pub host: String,
    /// For which run.
    pub run: String,
    /// What that run does.
    #[serde(default)]
    pub title: String,
    /// When it was taken.
    pub at: Stamp,
    /// When it ends unless it is refreshed before.
    pub expires_at: Stamp,
    /// Version of the format.
    #[serde(default)]
    pub format: u32,
    /// Milliseconds that it lasts from when it was written; versions before this one did not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
}

/// A lock that somebody else holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLock {
    /// What it says.
    pub record: LockRecord,
    /// Its entity tag: what [`super::Context::steal`] takes to take it over.
    pub etag: String,
}

impl LockRecord {
    /// Reads the object of a lock, its texts made harmless; `None` where it is not one. `now` is the clock of whoever
    /// reads, by which its times are told from then on.
    ///
    /// How old it is, and so whether it lives, goes by the clock of S3 alone: when it was written (`Last-Modified`) and
    /// when it was read (`Date`: "the date and time Amazon S3 responded", S3 API reference, Common response headers) are
    /// told by the same answer. For an object that is put at once `Last-Modified` is when S3 took it (S3 user guide,
    /// "System-defined object metadata": of a multipart upload it is when that began). Clocks of machines, and of other
    /// services of AWS, are asked only where S3 tells neither.
    pub fn read(object: &Object, now: Stamp) -> Option<Self> {
        let mut read: Self = serde_json::from_str(&object.body).ok()?;
        [&mut read.holder, &mut read.host, &mut read.run, &mut read.title].into_iter().for_each(clean);
        // written by versions before this one: the holder's clock against S3's
        let then = object.read_at.unwrap_or(now);
        let (mut left, mut held) = (read.expires_at.since(then), then.since(read.at));
        if let (Some(ttl), Some(read_at), Some(written)) = (read.ttl_ms, object.read_at, object.modified_at) {
            let ttl = i64::try_from(ttl).unwrap_or(i64::MAX);
            // a date before its writing is no reason to take it for dead
            let age = read_at.since(written).max(0);
            let before = read.expires_at.plus(ttl.saturating_neg()).since(read.at);
            (left, held) = (ttl.saturating_sub(age), before.max(0).saturating_add(age));
        }
        (read.at, read.expires_at) = (now.plus(held.saturating_neg()), now.plus(left));
        Some(read)
    }

    /// Whether it was not refreshed in its time; clocks may differ by a few seconds.
    pub fn has_expired(&self, now: Stamp) -> bool {
        now.since(self.expires_at) > SKEW_MS
    }

    /// `ana on laptop, for “Release 8be02d4 to prod-service” (run 0198f3)`.
    pub(super) fn by(&self) -> String {
        let host = if self.host.is_empty() { String::new() } else { format!(" on {}", self.host) };
        let title = if self.title.is_empty() { String::new() } else { format!(", for “{}”", self.title) };
        format!("{}{host}{title} (run {})", self.holder, self.run)
    }

    /// That it has expired by a date that cannot be relied on.
    pub(super) fn date_in_doubt(&self) -> String {
        format!(
            "the lock of {} has expired by S3's date, which differs from this machine's clock by more than 15 minutes, \
             and one of the two is wrong: set the clock, or take the lock over with --steal-lock {}",
            self.holder, self.holder
        )
    }

    /// Who holds it, for what, in which run, since when and for how long.
    pub(super) fn told(&self, now: Stamp) -> String {
        let host = if self.host.is_empty() { String::new() } else { format!(" on {}", self.host) };
        let title = if self.title.is_empty() { String::new() } else { format!(" for “{}”", self.title) };
        format!(
            "{}{host} holds it{title}, run {}, since {} ago, for {} more unless it is refreshed",
            self.holder,
            self.run,
            stamp::brief(now.since(self.at)),
            stamp::brief(self.expires_at.since(now)),
        )
    }
}

/// A run as its record tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of the format.
    pub format: u32,
    /// What is known of the run.
    pub run: RunHeader,
    /// Its steps.
    pub steps: Vec<StepRecord>,
    /// How it ended; none while it goes on, or where its end could not be written down.
    #[serde(default)]
    pub end: Option<EndRecord>,
}

/// A step as the record of its run tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// What it does.
    pub name: String,
    /// Where it stands.
    pub state: StepState,
    /// A clause about it.
    #[serde(default)]
    pub detail: String,
    /// When it began.
    #[serde(default)]
    pub started_at: Option<Stamp>,
    /// When it ended.
    #[serde(default)]
    pub ended_at: Option<Stamp>,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndRecord {
    /// How.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
    /// When.
    pub at: Stamp,
}

impl RunRecord {
    /// The record of a run as it stands.
    pub fn of(view: &RunView) -> Self {
        let step = |step: &Step| StepRecord {
            name: step.name.clone(),
            state: step.state,
            detail: step.detail.clone(),
            started_at: step.started_at,
            ended_at: step.ended_at,
        };
        Self {
            format: FORMAT,
            run: view.header.clone(),
            steps: view.steps.iter().map(step).collect(),
            end: view.end.clone().map(|(verdict, why, at)| EndRecord { verdict, why, at }),
        }
    }

    /// Reads the object of a record, its texts made harmless.
    ///
    /// # Errors
    /// A clause where it is none.
    pub fn read(object: &Object) -> Result<Self, String> {
        let mut read: Self = serde_json::from_str(&object.body)
            .map_err(|error| text::line(&format!("it is not the record of a run: {error}")))?;
        read.run = read.run.neutral();
        for step in &mut read.steps {
            [&mut step.name, &mut step.detail].into_iter().for_each(clean);
        }
        read.end.iter_mut().for_each(|end| clean(&mut end.why));
        Ok(read)
    }

    /// The run as screens show it; without log and changes, which the journal of its machine keeps.
    pub fn into_view(self) -> RunView {
        let names: Vec<String> = self.steps.iter().map(|step| step.name.clone()).collect();
        let mut view = RunView::of(self.run, &names);
        for (shown, told) in view.steps.iter_mut().zip(self.steps) {
            shown.state = told.state;
            shown.detail = told.detail;
            shown.started_at = told.started_at;
            shown.ended_at = told.ended_at;
        }
        if let Some(end) = self.end {
            view.apply(&Entry::End { at: end.at, verdict: end.verdict, why: end.why, for_good: false });
        }
        view
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, RunKind, ServiceKey};

    fn object(body: &str) -> Object {
        Object { body: body.to_owned(), etag: "1".to_owned(), ..Object::default() }
    }

    #[test]
    fn a_record_is_read_back_as_the_run_it_tells() {
        let header = RunHeader {
            id: "r1".into(),
            kind: RunKind::Release,
            key: ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"),
            account: "111122223333".into(),
            region: "us-west-2".into(),
            title: "Release".into(),
            from: "a".into(),
            to: "b".into(),
            who: "ana@laptop".into(),
            identity: String::new(),
            note: "why not".into(),
            at: Stamp(1),
        };
        let mut view = RunView::of(header, &["one".to_owned(), "two".to_owned()]);
        for (step, state) in [(0, StepState::Active), (0, StepState::Done), (1, StepState::Active)] {
            view.apply(&Entry::Step { at: Stamp(2), step, state, detail: "so".into() });
        }
        view.apply(&Entry::End {
            at: Stamp(3),
            verdict: Verdict::Failed,
            why: "it broke".into(),
            for_good: false,
        });
        let text = serde_json::to_string(&RunRecord::of(&view)).unwrap();
        assert_eq!(RunRecord::read(&object(&text)).unwrap().into_view(), view);
        assert!(RunRecord::read(&object("{}")).unwrap_err().contains("not the record"));
    }

    #[test]
    fn a_lock_of_a_later_version_is_read_as_far_as_it_goes() {
        let body = r#"{"holder": "ana", "run": "r1", "at": 1, "expires_at": 2, "format": 7, "new": {}}"#;
        let lock = LockRecord::read(&object(body), Stamp(1)).unwrap();
        assert_eq!((lock.holder.as_str(), lock.host.as_str(), lock.format), ("ana", "", 7));
        assert_eq!(LockRecord::read(&object("held by ana"), Stamp(1)), None);
    }

    #[test]
    fn whether_a_lock_lives_goes_by_the_clock_of_its_bucket() {
        let (minute, hour) = (60_000, 3_600_000);
        let s3 = Stamp(1_800_000_000_000);
        // what the holder's clock is ahead of S3's, what the reader's is; how long ago by S3 it was written; its own time
        for (holder, reader, age, ttl, lives) in [
            (0, 0, minute, Some(15 * minute), true),
            (0, 0, 16 * minute, Some(15 * minute), false),
            (0, 2 * hour, 14 * minute, Some(15 * minute), true),
            (0, -2 * hour, 16 * minute, Some(15 * minute), false),
            (2 * hour, 0, 16 * minute, Some(15 * minute), false),
            (-2 * hour, 0, 14 * minute, Some(15 * minute), true),
            // within what whole seconds and ways take
            (0, 0, 15 * minute + 9_000, Some(15 * minute), true),
            // it is read before it was written: clocks of two hosts
            (0, 0, -hour, Some(15 * minute), true),
            // of an earlier version: by its holder's clock and S3's
            (0, 2 * hour, 14 * minute, None, true),
            (0, -2 * hour, 16 * minute, None, false),
        ] {
            let written = s3.plus(-age);
            let body = serde_json::json!({
                "holder": "ana", "run": "r1", "at": written.plus(holder - minute),
                "expires_at": written.plus(holder + 15 * minute), "ttl_ms": ttl,
            });
            let now = s3.plus(reader);
            let dated = |modified_at, read_at| Object { modified_at, read_at, ..object(&body.to_string()) };
            let read = LockRecord::read(&dated(Some(written), Some(s3)), now).unwrap();
            let why = format!("{holder} {reader} {age} {ttl:?}: {}", read.told(now));
            assert_eq!(!read.has_expired(now), lives, "{why}");
            assert_eq!(now.since(read.at), age.max(0) + minute, "{why}");
            // S3 tells nothing: the reader's own clock is all there is
            let own = LockRecord::read(&dated(None, None), now).unwrap();
            assert_eq!(own.expires_at, written.plus(holder + 15 * minute), "{why}");
        }
        for hostile in ["0", "18446744073709551615"] {
            let body = format!(
                r#"{{"holder":"a","run":"r","at":{},"expires_at":{},"ttl_ms":{hostile}}}"#,
                i64::MIN,
                i64::MAX
            );
            let dated = Object { modified_at: Some(s3), read_at: Some(s3), ..object(&body) };
            let read = LockRecord::read(&dated, s3).unwrap();
            assert_eq!(read.has_expired(s3.plus(minute)), hostile == "0", "{read:?}");
        }
    }

    #[test]
    fn what_others_wrote_into_the_bucket_is_harmless() {
        let hostile = r#""a\u001b[31m\u202e""#;
        let body = format!(
            r#"{{"holder":{hostile},"host":{hostile},"run":{hostile},"title":{hostile},"at":1,"expires_at":2}}"#
        );
        let lock = LockRecord::read(&object(&body), Stamp(1)).unwrap();
        let told = format!("{}{}", lock.by(), lock.told(Stamp(1)));
        assert!(!told.contains(['\u{1b}', '\u{202e}']) && told.contains("a\\e[31m"), "{told}");
        let body = format!(
            r#"{{"format":1,"run":{{"id":"r1","kind":"deploy","key":{{"environment":"prod","kind":"ecs","cluster":"c",
               "name":{hostile}}},"account":"","region":"","title":{hostile},"from":"","to":"","who":{hostile},"at":1}},
               "steps":[{{"name":{hostile},"state":"done","detail":{hostile}}}],
               "end":{{"verdict":"failed","why":{hostile},"at":2}}}}"#
        );
        let view = format!("{:?}", RunRecord::read(&object(&body)).unwrap().into_view());
        // debug output writes what is left of them in escapes
        assert!(!view.contains("\\u{1b}[31m") && view.contains("e[31m"), "{view}");
        let wrong = body.replace("\"deploy\"", hostile);
        let why = RunRecord::read(&object(&wrong)).unwrap_err();
        assert!(!why.contains(['\u{1b}', '\u{202e}']), "{why}");
    }
}
