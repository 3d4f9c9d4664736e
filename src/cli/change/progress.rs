//! What happens to a run, line by line: for people on standard error, for programs on standard output.

use super::paint::Paint;
use crate::{
    cli::time::iso,
    model::{Entry, RunView, Stamp, StepState},
};
use serde_json::{Value, json};

/// Time of day in the time zone of this machine.
fn time_of_day(stamp: Stamp) -> String {
    let zone = crate::config::zone::system();
    jiff::Timestamp::from_millisecond(stamp.0).map_or_else(
        |_| "--:--:--".to_owned(),
        |moment| moment.to_zoned(zone).strftime("%H:%M:%S").to_string(),
    )
}

/// What is told to people: lines that say something new, under a time of day that never goes back.
#[derive(Debug, Default)]
pub struct Teller {
    /// The latest moment told.
    at: Stamp,
    /// What the step under way said last, without its times.
    said: Option<(usize, StepState, String)>,
}

impl Teller {
    /// An entry for people; none where nothing but a time passed since the last.
    pub fn text(&mut self, view: &RunView, entry: &Entry, paint: Paint) -> Option<String> {
        if let Entry::Step { step, state, detail, .. } = entry {
            let said = (*step, *state, without_times(detail));
            if self.said.as_ref() == Some(&said) {
                return None;
            }
            self.said = Some(said);
        }
        let (at, text) = line(view, entry, paint)?;
        // a log is read late, and the clock follows AWS's dates
        self.at = self.at.max(at);
        Some(format!("{}  {text}", paint.quiet(&time_of_day(self.at))))
    }
}

/// A text in which every length of time is the same: `3m 20s of 5m` and `4m of 5m`.
fn without_times(text: &str) -> String {
    let is_time = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let digits = word.trim_end_matches(|c: char| c.is_alphabetic());
        let unit = word.strip_prefix(digits).unwrap_or_default();
        !digits.is_empty()
            && digits.chars().all(|c| c.is_ascii_digit())
            && matches!(unit, "s" | "m" | "h" | "d")
    };
    let mut out: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if !is_time(word) {
            out.push(word.to_owned());
            continue;
        }
        // the commas behind it stay
        let tail = word.trim_start_matches(|c: char| c.is_alphanumeric() || c == '(');
        if out.last().is_some_and(|last| last == "…") {
            out.pop();
        }
        out.push(format!("…{tail}"));
    }
    out.join(" ")
}

/// The moment of an entry, and what it says to people; none for those that say nothing to them. The end is told by the
/// result.
fn line(view: &RunView, entry: &Entry, paint: Paint) -> Option<(Stamp, String)> {
    Some(match entry {
        Entry::Begin { run, .. } => (run.at, format!("run {}: {}", run.id, paint.strong(&run.title))),
        Entry::Step { at, step, state, detail } => (*at, step_text(view, *step, *state, detail, paint)?),
        // locks and records are kept beside the run; what they are about is told by its steps
        Entry::Before { write, .. } | Entry::After { write, ok: true, .. } if write.starts_with("s3:") => {
            return None;
        }
        Entry::Before { at, write, target, .. } => (*at, format!("     {write} {target}")),
        Entry::After { ok: true, result, .. } if result.is_empty() => return None,
        Entry::After { at, ok: true, result, .. } => {
            (*at, paint.quiet(&format!("     accepted: {}", resource(result))))
        }
        Entry::After { at, result, .. } => (*at, paint.bad(&format!("     not accepted: {result}"))),
        Entry::Log { line } => (line.at, format!("     {} {}", paint.quiet("|"), line.text)),
        Entry::Unwatched { at, why } if !why.is_empty() => (*at, format!("not continued: {why}")),
        Entry::Unwatched { at, .. } => (*at, "no longer watched; AWS continues by itself".to_owned()),
        Entry::Resumed { at, .. } => (*at, "resumed".to_owned()),
        Entry::Steps { at, steps, .. } => {
            (*at, paint.warn(&format!("     steps changed: {}", steps.join(", "))))
        }
        Entry::Memo { .. } | Entry::End { .. } => return None,
    })
}

/// An ARN without what is the same for everything of the environment.
fn resource(text: &str) -> &str {
    match text.splitn(6, ':').last() {
        Some(rest) if text.starts_with("arn:") && !rest.is_empty() => rest,
        _ => text,
    }
}

fn step_text(view: &RunView, step: usize, state: StepState, detail: &str, paint: Paint) -> Option<String> {
    let name = view.steps.get(step).map_or("", |step| step.name.as_str());
    let with = |word: &str| if detail.is_empty() { word.to_owned() } else { format!("{word}: {detail}") };
    let told = match state {
        StepState::Waiting => return None,
        StepState::Active if detail.is_empty() => name.to_owned(),
        StepState::Active => detail.to_owned(),
        StepState::Done => paint.good(&with("done")),
        StepState::Failed => paint.bad(&with("failed")),
        StepState::Skipped => paint.quiet(&with("skipped")),
    };
    Some(format!("{:<4} {told}", format!("{}/{}", step + 1, view.steps.len())))
}

/// An entry for programs; none for those that are for later processes alone.
pub fn json(view: &RunView, entry: &Entry) -> Option<Value> {
    Some(match entry {
        Entry::Begin { run, steps, .. } => json!({
            "event": "begin",
            "at": iso(run.at),
            "run": run.id,
            "kind": run.kind,
            "environment": run.key.environment,
            "service": run.key.name,
            "title": run.title,
            "who": run.who,
            "identity": run.identity,
            "note": run.note,
            "steps": steps,
        }),
        Entry::Step { at, step, state, detail } => json!({
            "event": "step",
            "at": iso(*at),
            "step": step + 1,
            "of": view.steps.len(),
            "name": view.steps.get(*step).map_or("", |step| step.name.as_str()),
            "state": state,
            "detail": detail,
        }),
        Entry::Before { at, write, target, token, step } => json!({
            "event": "change",
            "at": iso(*at),
            "step": step.map(|step| step + 1),
            "operation": write,
            "target": target,
            "token": token,
        }),
        Entry::After { at, write, result, ok, step } => json!({
            "event": "answer",
            "at": iso(*at),
            "step": step.map(|step| step + 1),
            "operation": write,
            "result": result,
            "ok": ok,
        }),
        Entry::Steps { at, from, steps } => {
            json!({"event": "steps", "at": iso(*at), "from": from + 1, "steps": steps})
        }
        Entry::Log { line } => {
            json!({"event": "log", "at": iso(line.at), "stream": line.stream, "text": line.text})
        }
        Entry::Unwatched { at, why } => json!({"event": "unwatched", "at": iso(*at), "why": why}),
        Entry::Resumed { at, who } => json!({"event": "resumed", "at": iso(*at), "who": who}),
        Entry::End { at, verdict, why, .. } => {
            json!({"event": "verdict", "at": iso(*at), "verdict": verdict, "why": why})
        }
        Entry::Memo { .. } => return None,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::{Kind, LogLine, RunHeader, RunId, RunKind, ServiceKey, Verdict};

    pub fn header() -> RunHeader {
        RunHeader {
            id: RunId::from("r1"),
            kind: RunKind::Deploy,
            key: ServiceKey::new("staging", Kind::Ecs, "staging", "web"),
            account: "111122223333".into(),
            region: "us-west-2".into(),
            title: "Deploy e7b41d2 to web".into(),
            from: "8be02d4".into(),
            to: "e7b41d2".into(),
            who: "me@here".into(),
            identity: String::new(),
            note: String::new(),
            at: Stamp::from_secs(1_790_000_000),
        }
    }

    pub fn view() -> RunView {
        RunView::of(header(), &["check".to_owned(), "update".to_owned()])
    }

    fn entries() -> Vec<Entry> {
        let at = Stamp::from_secs(1_790_000_000);
        let before = |write: &str, target: &str| Entry::Before {
            at,
            write: write.into(),
            target: target.into(),
            token: None,
            step: Some(1),
        };
        let step = |state, detail: &str| Entry::Step { at, step: 1, state, detail: detail.into() };
        vec![
            Entry::Begin {
                format: 1,
                run: header(),
                steps: vec!["check".into(), "update".into()],
                confirmed: std::collections::BTreeMap::default(),
            },
            step(StepState::Active, ""),
            before("s3:PutObject", "s3://locks/staging/web.json"),
            before("ecs:UpdateService", "staging/web"),
            Entry::After {
                at,
                write: "ecs:UpdateService".into(),
                result: String::new(),
                ok: true,
                step: None,
            },
            step(StepState::Active, "1 of 2 new"),
            Entry::Log { line: LogLine { at, stream: "svc/1".into(), text: "goose: OK".into() } },
            step(StepState::Done, ""),
            Entry::Memo { at, before: None, process: None, commands: None, memo: Value::Null },
            Entry::Steps { at, from: 2, steps: vec!["put web:17 back".into(), "watch".into()] },
            Entry::End { at, verdict: Verdict::Succeeded, why: "steady".into(), for_good: false },
        ]
    }

    #[test]
    fn forty_polls_of_one_wait_are_one_line_and_time_never_goes_back() {
        let start = Stamp::from_secs(1_790_000_000);
        let mut teller = Teller::default();
        let mut lines = Vec::new();
        for poll in 0..40_i64 {
            let detail = match poll {
                0..35 => {
                    format!(
                        "2 of 2 new, waiting for approval at hook h1, AWS rolls back by itself in {}m",
                        35 - poll
                    )
                }
                // the breadth of what is told may shrink, and grow again
                35..38 => format!("bake time, {}m {}s of 5m", poll - 35, poll),
                _ => "bake time, 40s of 5m, 1 of 3 failed".to_owned(),
            };
            // every other answer is dated earlier
            let at = start.plus(poll * 60_000 - (poll % 2) * 300_000);
            let entry = Entry::Step { at, step: 1, state: StepState::Active, detail };
            lines.extend(teller.text(&view(), &entry, Paint::PLAIN));
        }
        let said: Vec<&str> =
            lines.iter().filter_map(|line| line.split_once("  ")).map(|(_, said)| said).collect();
        assert_eq!(said.len(), 3, "{said:#?}");
        assert!(said[0].ends_with("by itself in 35m") && said[1].contains("of 5m"), "{said:#?}");
        assert!(said[2].ends_with("1 of 3 failed"), "{said:#?}");
        let times: Vec<&str> =
            lines.iter().filter_map(|line| line.split_once("  ")).map(|(at, _)| at).collect();
        assert!(times.is_sorted(), "{times:?}");
    }

    #[test]
    fn lengths_of_time_are_told_apart_from_numbers() {
        for (text, same) in [
            ("3m 20s of 5m, 5xx 0 of 1204", "… of …, 5xx 0 of 1204"),
            ("2 of 4 new (for 3m)", "2 of 4 new (for …)"),
            ("p99 118ms of v2", "p99 118ms of v2"),
        ] {
            assert_eq!(without_times(text), same);
        }
    }

    #[test]
    fn people_read_steps_changes_and_the_log() {
        let mut teller = Teller::default();
        let told: Vec<String> = entries()
            .iter()
            .filter_map(|entry| teller.text(&view(), entry, Paint::PLAIN))
            .map(|line| line.split_once("  ").unwrap().1.to_owned())
            .collect();
        assert_eq!(
            told,
            [
                "run r1: Deploy e7b41d2 to web",
                "2/2  update",
                "     ecs:UpdateService staging/web",
                "2/2  1 of 2 new",
                "     | goose: OK",
                "2/2  done",
                "     steps changed: put web:17 back, watch",
            ]
        );
    }

    #[test]
    fn what_was_accepted_is_told_without_its_place() {
        for (text, told) in [
            ("arn:aws:ecs:us-west-2:1:task-definition/web:18", "task-definition/web:18"),
            ("arn:aws:ecs", "ecs"),
            ("ecs-svc/123", "ecs-svc/123"),
            ("", ""),
        ] {
            assert_eq!(resource(text), told);
        }
    }

    #[test]
    fn programs_read_one_object_an_entry() {
        let told: Vec<Value> = entries().iter().filter_map(|entry| json(&view(), entry)).collect();
        let events: Vec<&str> = told.iter().filter_map(|value| value.get("event")?.as_str()).collect();
        assert_eq!(
            events,
            ["begin", "step", "change", "change", "answer", "step", "log", "step", "steps", "verdict"]
        );
        assert_eq!(told.get(1).and_then(|step| step.get("step")), Some(&json!(2)));
        assert_eq!(told.get(1).and_then(|step| step.get("at")), Some(&json!("2026-09-21T14:13:20Z")));
        assert_eq!(told.last().and_then(|end| end.get("verdict")), Some(&json!("succeeded")));
    }
}
