//! `flightdeck runs`: what this machine did, from the journal.

mod one;
mod resume;

use super::{
    args::{Common, Runs, RunsCommand},
    change::iso,
    fail::{self, Failure},
    load,
    table::{Align, table},
};
use crate::{
    model::{Entry, Stamp, StepState, run::RunView, stamp},
    runtime::{
        clock::wall,
        journal::{Journal, Purpose, Reading, Record},
    },
};
use serde::Serialize;
use std::io::Write;

/// Carries the command out.
pub fn run(common: &Common, runs: &Runs) -> Result<u8, Failure> {
    match &runs.command {
        None => list(runs.json),
        Some(RunsCommand::Show { id }) => one::show(id, runs.json),
        Some(RunsCommand::Export { id }) => one::export(id),
        Some(RunsCommand::Resume { id, yes, timeout }) => {
            resume::resume(common, id, *yes, timeout.as_deref(), runs.json)
        }
    }
}

/// Reads and prints, newest first.
fn list(json: bool) -> Result<u8, Failure> {
    let reading = read(&mut Journal::new(load::journal_dir()));
    let runs: Vec<(RunView, bool)> = reading.runs.iter().rev().filter_map(seen).collect();
    fail::print(&if json { to_json(&runs) } else { to_text(&runs, wall()) })?;
    Ok(if reading.partial { fail::LOST } else { 0 })
}

/// Reads the journal, and tells what of it cannot be read.
fn read(journal: &mut Journal) -> Reading {
    let reading = journal.read(Purpose::Look);
    for notice in &reading.notices {
        let _ = writeln!(std::io::stderr(), "flightdeck: {notice}");
    }
    reading
}

/// A run as its lines tell it; none where they do not begin as a run does.
pub fn view(entries: &[Entry]) -> Option<RunView> {
    let mut view = RunView::begin(entries.first()?)?;
    for entry in entries {
        view.apply(entry);
    }
    Some(view)
}

fn seen(record: &Record) -> Option<(RunView, bool)> {
    Some((view(&record.entries)?, record.held))
}

/// The verdict, or what stands in its place.
fn word(view: &RunView, held: bool) -> &'static str {
    match &view.end {
        Some((verdict, ..)) => verdict.word(),
        None if held => "under way",
        None if !view.waits.is_empty() => "waits for somebody",
        None => "not watched",
    }
}

#[derive(Serialize)]
struct Document<'a> {
    runs: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: String,
    kind: &'a str,
    environment: &'a str,
    service: &'a str,
    account: &'a str,
    region: &'a str,
    title: &'a str,
    from: &'a str,
    to: &'a str,
    who: &'a str,
    identity: &'a str,
    note: &'a str,
    began_at: String,
    ended_at: Option<String>,
    verdict: Option<&'a str>,
    why: Option<&'a str>,
    under_way: bool,
    steps: Vec<StepRow<'a>>,
}

#[derive(Serialize)]
struct StepRow<'a> {
    name: &'a str,
    state: StepState,
    detail: &'a str,
    began_at: Option<String>,
    ended_at: Option<String>,
}

fn row(view: &RunView, held: bool) -> Row<'_> {
    let header = &view.header;
    Row {
        id: header.id.to_string(),
        kind: header.kind.word(),
        environment: header.key.environment.as_str(),
        service: &header.key.name,
        account: &header.account,
        region: &header.region,
        title: &header.title,
        from: &header.from,
        to: &header.to,
        who: &header.who,
        identity: &header.identity,
        note: &header.note,
        began_at: iso(header.at),
        ended_at: view.end.as_ref().map(|(_, _, at)| iso(*at)),
        verdict: view.end.as_ref().map(|(verdict, ..)| verdict.word()),
        why: view.end.as_ref().map(|(_, why, _)| why.as_str()),
        under_way: view.end.is_none() && held,
        steps: view
            .steps
            .iter()
            .map(|step| StepRow {
                name: &step.name,
                state: step.state,
                detail: &step.detail,
                began_at: step.started_at.map(iso),
                ended_at: step.ended_at.map(iso),
            })
            .collect(),
    }
}

fn to_json(runs: &[(RunView, bool)]) -> String {
    let runs = runs.iter().map(|(view, held)| row(view, *held)).collect();
    let mut text = serde_json::to_string_pretty(&Document { runs }).unwrap_or_default();
    text.push('\n');
    text
}

fn to_text(runs: &[(RunView, bool)], now: Stamp) -> String {
    if runs.is_empty() {
        return "no runs yet\n".into();
    }
    let rows: Vec<Vec<String>> = runs
        .iter()
        .map(|(view, held)| {
            let header = &view.header;
            let took =
                view.end.as_ref().map_or_else(String::new, |(_, _, at)| stamp::precise(at.since(header.at)));
            vec![
                stamp::brief(now.since(header.at)),
                header.kind.word().to_owned(),
                header.key.to_string(),
                header.from.clone(),
                header.to.clone(),
                word(view, *held).to_owned(),
                took,
                header.id.to_string(),
                view.end.as_ref().map(|(_, why, _)| why.clone()).unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        ("AGO", Align::Right),
        ("RUN", Align::Left),
        ("SERVICE", Align::Left),
        ("FROM", Align::Left),
        ("TO", Align::Left),
        ("VERDICT", Align::Left),
        ("TOOK", Align::Right),
        ("ID", Align::Left),
        ("", Align::Left),
    ];
    table(&columns, &rows)
}
