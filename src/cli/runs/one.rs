//! One run of the journal: found by its id, told whole.

use super::listing::{Row, read, row, seen, word};
use crate::{
    cli::{
        fail::{self, Failure, USAGE},
        load,
        time::iso,
    },
    model::{Migrations, RunView, StepState, migrations::migration::Migration, report, stamp, text},
    runtime::journal::{Journal, Reading, Record},
};
use serde::Serialize;
use std::{fmt::Write, path::PathBuf};

/// Ids listed where one is not enough.
const LISTED: usize = 5;

/// The record whose id is this, or begins with it when only one does.
///
/// # Errors
/// Exit code 2 where there is none, or more than one.
pub fn find<'a>(reading: &'a Reading, wanted: &str) -> Result<(&'a Record, RunView, bool), Failure> {
    let runs: Vec<(&Record, RunView, bool)> = reading
        .runs
        .iter()
        .rev()
        .filter_map(|record| seen(record).map(|(view, held)| (record, view, held)))
        .filter(|(_, view, _)| !wanted.is_empty() && view.header.id.0.starts_with(wanted))
        .collect();
    let exact = runs.iter().position(|(_, view, _)| *view.header.id.0 == *wanted);
    let shown = text::line(wanted);
    if runs.is_empty() {
        return Err(Failure::new(
            USAGE,
            format!("there is no run {shown} on this machine; `flightdeck runs` lists them"),
        ));
    }
    if exact.is_none() && runs.len() > 1 {
        let ids: Vec<String> =
            runs.iter().take(LISTED).map(|(_, view, _)| view.header.id.to_string()).collect();
        return Err(Failure::new(
            USAGE,
            format!("{} runs begin with {shown}; write more of the id, as in {}", runs.len(), ids.join(", ")),
        ));
    }
    let missing = || Failure::usage(format!("there is no run {shown} on this machine"));
    runs.into_iter().nth(exact.unwrap_or_default()).ok_or_else(missing)
}

/// The run of that id: of those at hand, or of those that were put away.
fn look(id: &str) -> Result<(RunView, bool), Failure> {
    let at_hand = load::journal_dir();
    let put_away = at_hand.join("archive");
    let find = |dir: PathBuf| {
        let reading = read(&mut Journal::new(dir));
        find(&reading, id).map(|(_, view, held)| (view, held))
    };
    find(at_hand).or_else(|failure| find(put_away).map_err(|_| failure))
}

/// Prints a run.
pub fn show(id: &str, json: bool) -> Result<u8, Failure> {
    let (view, held) = look(id)?;
    fail::print(&if json { to_json(&view, held) } else { to_text(&view, held) })?;
    Ok(0)
}

/// Prints a run as Markdown.
pub fn export(id: &str) -> Result<u8, Failure> {
    let (view, _) = look(id)?;
    fail::print(&report::markdown(&view))?;
    Ok(0)
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    changes: Vec<Change<'a>>,
    log: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    operation: &'a str,
    target: &'a str,
    result: Option<&'a str>,
}

#[derive(Serialize)]
struct Line<'a> {
    at: String,
    stream: &'a str,
    text: &'a str,
}

fn to_json(view: &RunView, held: bool) -> String {
    let changes = view
        .writes
        .iter()
        .map(|(operation, target, result)| Change { operation, target, result: result.as_deref() })
        .collect();
    let log = view
        .log
        .iter()
        .map(|line| Line { at: iso(line.at), stream: &line.stream, text: &line.text })
        .collect();
    let whole = Whole { row: row(view, held), changes, log };
    let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
    text.push('\n');
    text
}

fn to_text(view: &RunView, held: bool) -> String {
    let header = &view.header;
    let mut out = format!("{}\n", header.title);
    let mut field = |label: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "  {label:<12}{value}");
        }
    };
    field("run", &header.id.0);
    field("service", &format!("{} ({})", header.key, header.key.kind));
    field("account", &format!("{}, {}", header.account, header.region));
    if header.from != header.to {
        field("change", &format!("{} → {}", header.from, header.to));
    }
    field("by", &header.who);
    field("identity", &header.identity);
    field("note", &header.note);
    field("began", &iso(header.at));
    if let Some((.., at)) = &view.end {
        field("ended", &format!("{}, after {}", iso(*at), stamp::precise(at.since(header.at))));
    }
    for (number, step) in view.steps.iter().enumerate() {
        let state = match step.state {
            StepState::Waiting => "waiting",
            StepState::Active => "in progress",
            StepState::Done => "done",
            StepState::Failed => "failed",
            StepState::Skipped => "skipped",
        };
        let detail = if step.detail.is_empty() { String::new() } else { format!(": {}", step.detail) };
        let took = match (step.started_at, step.ended_at) {
            (Some(start), Some(end)) => format!(", {}", stamp::precise(end.since(start))),
            _ => String::new(),
        };
        let label = if number == 0 { "steps" } else { "" };
        let _ = writeln!(out, "  {label:<12}{}. {}: {state}{took}{detail}", number + 1, step.name);
    }
    for (number, (operation, target, result)) in view.writes.iter().enumerate() {
        let label = if number == 0 { "changes" } else { "" };
        let result = result.as_deref().map_or_else(String::new, |result| format!(": {result}"));
        let _ = writeln!(out, "  {label:<12}{operation} {target}{result}");
    }
    if let Some(told) = view.migrations().map(|migrations| migrated(&migrations)) {
        let _ = writeln!(out, "  {:<12}{told}", "migrations");
    }
    if !view.log.is_empty() {
        out.push_str("  log\n");
        for line in &view.log {
            let _ = writeln!(out, "    {}  {}", iso(line.at), line.text);
        }
    }
    let why = view.end.as_ref().map(|(_, why, _)| format!(": {why}")).unwrap_or_default();
    let _ = writeln!(out, "{}{why}", word(view, held).replace('_', " "));
    out
}

/// `2 applied (00013_a.sql, 00014_b.sql), 0 pending, version 14`.
fn migrated(migrations: &Migrations) -> String {
    let names = |list: &[Migration]| match list {
        [] => String::new(),
        list => format!(" ({})", list.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ")),
    };
    let mut text = migrations.words(names);
    if let Some(failed) = &migrations.failed {
        let _ = write!(text, ", failed: {} {}", failed.name, failed.detail);
    }
    if let Some(current) = migrations.current {
        let _ = write!(text, ", version {current}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Entry, Kind, LogLine, RunHeader, RunId, RunKind, ServiceKey, Stamp, Verdict};

    fn record(id: &str) -> Record {
        let at = Stamp::from_secs(1_790_000_000);
        let run = RunHeader {
            id: RunId::from(id),
            kind: RunKind::Migrate,
            key: ServiceKey::new("staging", Kind::Ecs, "staging", "web"),
            account: "111122223333".into(),
            region: "us-west-2".into(),
            title: "Run migrations of e7b41d2 for web".into(),
            from: "8be02d4".into(),
            to: "e7b41d2".into(),
            who: "me@here".into(),
            identity: "arn:aws:sts::111122223333:assumed-role/ci/1".into(),
            note: "ticket 42".into(),
            at,
        };
        let entries = vec![
            Entry::Begin {
                format: 1,
                run,
                steps: vec!["start one task".into()],
                confirmed: std::collections::BTreeMap::default(),
            },
            Entry::Step { at, step: 0, state: StepState::Active, detail: String::new() },
            Entry::Before {
                at,
                write: "ecs:RunTask".into(),
                target: "staging web:17 goose up".into(),
                token: None,
                step: None,
            },
            Entry::After { at, write: "ecs:RunTask".into(), result: "task/1".into(), ok: true, step: None },
            Entry::Log {
                line: LogLine { at, stream: "svc/1".into(), text: "OK   00013_add.sql (8ms)".into() },
            },
            Entry::Step {
                at: at.plus(65_000),
                step: 0,
                state: StepState::Done,
                detail: "exit code 0".into(),
            },
            Entry::End {
                at: at.plus(65_000),
                verdict: Verdict::Succeeded,
                why: "exit code 0".into(),
                for_good: false,
            },
        ];
        Record { entries, held: false }
    }

    #[test]
    fn a_run_is_found_by_as_much_of_its_id_as_is_unique() {
        let reading = Reading { runs: ["0193a", "0193b1", "0193b"].map(record).into(), ..Reading::default() };
        for (wanted, found) in [("0193a", "0193a"), ("0193b1", "0193b1"), ("0193b", "0193b")] {
            assert_eq!(*find(&reading, wanted).unwrap().1.header.id.0, *found, "{wanted}");
        }
        for (wanted, told) in [("0193", "3 runs begin with 0193"), ("7", "no run 7"), ("", "no run")] {
            let failure = find(&reading, wanted).unwrap_err();
            assert!(failure.code == USAGE && failure.message.contains(told), "{wanted}: {failure}");
        }
    }

    #[test]
    fn a_run_is_told_whole() {
        let (view, held) = seen(&record("r1")).unwrap();
        assert_eq!(
            to_text(&view, held),
            "Run migrations of e7b41d2 for web\n\
             \x20 run         r1\n\
             \x20 service     staging/web (ecs)\n\
             \x20 account     111122223333, us-west-2\n\
             \x20 change      8be02d4 → e7b41d2\n\
             \x20 by          me@here\n\
             \x20 identity    arn:aws:sts::111122223333:assumed-role/ci/1\n\
             \x20 note        ticket 42\n\
             \x20 began       2026-09-21T14:13:20Z\n\
             \x20 ended       2026-09-21T14:14:25Z, after 1m 5s\n\
             \x20 steps       1. start one task: done, 1m 5s: exit code 0\n\
             \x20 changes     ecs:RunTask staging web:17 goose up: task/1\n\
             \x20 migrations  1 applied (00013_add.sql)\n\
             \x20 log\n\
             \x20   2026-09-21T14:13:20Z  OK   00013_add.sql (8ms)\n\
             succeeded: exit code 0\n"
        );
        let json: serde_json::Value = serde_json::from_str(&to_json(&view, held)).unwrap();
        assert_eq!(json.pointer("/changes/0/result"), Some(&"task/1".into()));
        assert_eq!(json.pointer("/log/0/text"), Some(&"OK   00013_add.sql (8ms)".into()));
        assert_eq!(json.pointer("/note"), Some(&"ticket 42".into()));
    }
}
