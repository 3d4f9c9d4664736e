//! What is kept in S3 for a team: who holds the lock of an application, and records of runs.

use crate::model::{Entry, RunHeader, RunView, Stamp, Step, StepState, Verdict, call::Object, stamp};
use serde::{Deserialize, Serialize};

/// Version of both formats that is written; later ones are read as far as they have the same members.
pub(super) const FORMAT: u32 = 1;

/// Milliseconds by which the clocks of two machines may differ.
const SKEW_MS: i64 = 10_000;

/// The lock of an application in an environment, as its object tells.
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
    /// Reads the object of a lock; `None` where it is not one.
    pub fn read(object: &Object) -> Option<Self> {
        serde_json::from_str(&object.body).ok()
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

    /// `ana on laptop: Release 8be02d4 to prod-service (run 0198f3), for 3m, until in 12m`.
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

    /// Reads the object of a record.
    ///
    /// # Errors
    /// A clause where it is none.
    pub fn read(object: &Object) -> Result<Self, String> {
        serde_json::from_str(&object.body).map_err(|error| format!("it is not the record of a run: {error}"))
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
            view.apply(&Entry::End { at: end.at, verdict: end.verdict, why: end.why });
        }
        view
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, RunKind, ServiceKey};

    fn object(body: &str) -> Object {
        Object { body: body.to_owned(), etag: "1".to_owned(), modified_at: None }
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
        view.apply(&Entry::End { at: Stamp(3), verdict: Verdict::Failed, why: "it broke".into() });
        let text = serde_json::to_string(&RunRecord::of(&view)).unwrap();
        assert_eq!(RunRecord::read(&object(&text)).unwrap().into_view(), view);
        assert!(RunRecord::read(&object("{}")).unwrap_err().contains("not the record"));
    }

    #[test]
    fn a_lock_of_a_later_version_is_read_as_far_as_it_goes() {
        let body = r#"{"holder": "ana", "run": "r1", "at": 1, "expires_at": 2, "format": 7, "new": {}}"#;
        let lock = LockRecord::read(&object(body)).unwrap();
        assert_eq!((lock.holder.as_str(), lock.host.as_str(), lock.format), ("ana", "", 7));
        assert_eq!(LockRecord::read(&object("held by ana")), None);
    }
}
