//! What came of a run: one verdict, one exit code, and what to do now.

use super::{paint::Paint, target::Target, watch::Ended};
use crate::{
    cli::{
        fail::{LOST, REFUSED, STUCK},
        time::iso,
    },
    model::{RunView, Verdict, run_view::Undo, stamp},
};
use serde_json::{Value, json};

/// The end of a run as the command line tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The exit code.
    pub code: u8,
    /// The run's verdict; none where it goes on unwatched.
    verdict: Option<Verdict>,
    /// The verdict, or what stands in its place.
    word: &'static str,
    why: String,
    /// What to do now; may be empty.
    remedy: String,
}

impl Outcome {
    /// Of a run that is over or not watched any more.
    pub fn of(view: &RunView, ended: Ended) -> Self {
        let verdict = view.end.as_ref().map(|(verdict, ..)| *verdict);
        let told = view.end.as_ref().map(|(_, why, _)| why.clone()).unwrap_or_default();
        let settled = matches!(
            verdict,
            Some(
                Verdict::Succeeded
                    | Verdict::Unverified
                    | Verdict::RolledBack
                    | Verdict::Superseded
                    | Verdict::Stuck
            )
        );
        let natural = verdict.map_or(LOST, Verdict::exit_code);
        let (code, word, why) = match (verdict, ended) {
            (None, Ended::Over) if !view.waits.is_empty() => (REFUSED, "not continued", view.waits.clone()),
            // broken off, but it came to its end by itself first
            (Some(verdict), Ended::Over | Ended::Enough) => (natural, verdict.word(), told),
            (Some(verdict), _) if settled => (natural, verdict.word(), told),
            (Some(verdict), Ended::Interrupted(code)) => (code, verdict.word(), told),
            (Some(verdict), Ended::TimedOut) => (STUCK, verdict.word(), format!("timed out; {told}")),
            (Some(verdict), Ended::RollBack) => (natural, verdict.word(), told),
            (None, Ended::Enough) => {
                let lock = view.writes.iter().rfind(|(write, ..)| write == "s3:DeleteObject");
                let lock = if lock.is_some() { ", and the lock was released" } else { "" };
                let why = format!("AWS has accepted the change; the result was not waited for{lock}");
                (0, "in progress", why)
            }
            (None, Ended::Interrupted(code)) => {
                (code, "not watched", "interrupted; AWS continues by itself".to_owned())
            }
            (None, Ended::TimedOut) => {
                (STUCK, "not watched", "timed out; AWS continues by itself".to_owned())
            }
            (None, Ended::RollBack) => (natural, "not watched", "rolling back".to_owned()),
            (None, Ended::Over) => (LOST, "not watched", "the run did not finish".to_owned()),
        };
        let remedy = if view.resumable() {
            format!("resume it with `flightdeck runs resume {}` or in the cockpit", view.header.id)
        } else if view.undo() == Some(Undo::RollBack) {
            format!("`flightdeck rollback {}` goes back", Target::spell(&view.header.key))
        } else {
            String::new()
        };
        Self { code, verdict, word, why, remedy }
    }

    /// For people.
    pub fn text(&self, view: &RunView, paint: Paint) -> String {
        let header = &view.header;
        let word = match self.verdict {
            Some(verdict) => paint.verdict(verdict, &self.word.replace('_', " ")),
            None => paint.warn(self.word),
        };
        let why = if self.why.is_empty() { String::new() } else { format!(": {}", self.why) };
        let change = if header.from == header.to {
            String::new()
        } else {
            format!(", {} → {}", header.from, header.to)
        };
        let took = view.end.as_ref().map(|(.., at)| stamp::precise(at.since(header.at)));
        let took = took.map(|took| format!(", {took}")).unwrap_or_default();
        let mut text = format!("{word}{why}\n{}: {}{change}{took}\n", header.key, header.title);
        if !self.remedy.is_empty() {
            text.push_str(&self.remedy);
            text.push('\n');
        }
        text
    }

    /// For programs.
    pub fn json(&self, view: &RunView) -> Value {
        let header = &view.header;
        let ended_at = view.end.as_ref().map(|(.., at)| *at);
        json!({
            "event": "result",
            "run": header.id,
            "kind": header.kind,
            "environment": header.key.environment,
            "service": header.key.name,
            "account": header.account,
            "region": header.region,
            "title": header.title,
            "from": header.from,
            "to": header.to,
            "verdict": self.verdict,
            "why": self.why,
            "remedy": self.remedy,
            "began_at": iso(header.at),
            "ended_at": ended_at.map(iso),
            "exit_code": self.code,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::progress::tests::view;
    use super::*;
    use crate::model::Stamp;

    fn ended(verdict: Option<Verdict>) -> RunView {
        let mut view = view();
        view.end = verdict.map(|verdict| (verdict, "because".into(), view.header.at.plus(95_000)));
        view
    }

    #[test]
    fn exit_codes_are_those_of_the_verdict_unless_it_was_broken_off() {
        use Ended::{Enough, Interrupted, Over, TimedOut};
        use Verdict::{Failed, Lost, Refused, RolledBack, Stuck, Succeeded, Superseded, Unverified};
        for (verdict, why, code) in [
            (Some(Succeeded), Over, 0),
            (Some(Failed), Over, 1),
            (Some(Superseded), Over, 1),
            (Some(RolledBack), Over, 3),
            (Some(Stuck), Over, 4),
            (Some(Refused), Over, 5),
            (Some(Lost), Over, 6),
            (Some(Unverified), Over, 7),
            (Some(Unverified), Interrupted(130), 7),
            // it ended by itself before it was broken off
            (Some(Succeeded), Interrupted(130), 0),
            (Some(RolledBack), TimedOut, 3),
            // interrupted before its last change
            (Some(Refused), Interrupted(130), 130),
            (Some(Failed), Interrupted(143), 143),
            (Some(Failed), TimedOut, 4),
            (None, Interrupted(130), 130),
            (None, TimedOut, 4),
            (None, Enough, 0),
            (Some(Failed), Enough, 1),
        ] {
            assert_eq!(Outcome::of(&ended(verdict), why).code, code, "{verdict:?} {why:?}");
        }
    }

    #[test]
    fn people_are_told_what_to_do_with_what_goes_on() {
        let view = ended(None);
        let text = Outcome::of(&view, Ended::Interrupted(130)).text(&view, Paint::PLAIN);
        assert!(text.starts_with("not watched: interrupted; AWS continues by itself\n"), "{text}");
        assert!(text.contains("flightdeck runs resume r1"), "{text}");
        let view = ended(Some(Verdict::RolledBack));
        assert_eq!(
            Outcome::of(&view, Ended::Over).text(&view, Paint::PLAIN),
            "rolled back: because\nstaging/web: Deploy e7b41d2 to web, 8be02d4 → e7b41d2, 1m 35s\n"
        );
    }

    #[test]
    fn what_is_in_place_tells_what_goes_back() {
        let view = ended(Some(Verdict::Succeeded));
        let outcome = Outcome::of(&view, Ended::Over);
        let text = outcome.text(&view, Paint::PLAIN);
        assert!(text.ends_with("`flightdeck rollback staging/ecs:staging/web` goes back\n"), "{text}");
        assert!(outcome.json(&view).get("remedy").unwrap().as_str().unwrap().contains("rollback"));
        let view = ended(Some(Verdict::RolledBack));
        assert!(!Outcome::of(&view, Ended::Over).text(&view, Paint::PLAIN).contains("goes back"));
    }

    #[test]
    fn what_was_left_before_its_migration_ended_has_a_way_back_in() {
        let mut view = ended(Some(Verdict::Lost));
        let outcome = Outcome::of(&view, Ended::Interrupted(130));
        assert_eq!(outcome.code, 130);
        assert!(outcome.text(&view, Paint::PLAIN).contains("flightdeck runs resume r1"));
        view.for_good = true;
        assert!(!Outcome::of(&view, Ended::Over).text(&view, Paint::PLAIN).contains("resume"));
    }

    #[test]
    fn programs_are_told_the_same() {
        let view = ended(Some(Verdict::Succeeded));
        let told = Outcome::of(&view, Ended::Over).json(&view);
        assert_eq!(told.get("verdict"), Some(&json!("succeeded")));
        assert_eq!(told.get("exit_code"), Some(&json!(0)));
        assert_eq!(told.get("ended_at"), Some(&json!("2026-09-21T14:14:55Z")));
        let view = ended(None);
        let told = Outcome::of(&view, Ended::TimedOut).json(&view);
        assert_eq!((told.get("verdict"), told.get("exit_code")), (Some(&Value::Null), Some(&json!(4))));
        assert!(iso(Stamp(i64::MAX)).is_empty());
    }
}
