//! `flightdeck runs`: what this machine did, from the journal.

use super::{
    fail::{self, Failure},
    load, status,
    table::{Align, table},
};
use crate::{
    model::{Stamp, StepState, run::RunView, stamp},
    runtime::{
        clock::wall,
        journal::{Journal, Purpose, Record},
    },
};
use serde::Serialize;
use std::io::Write;

/// Reads and prints, newest first.
pub fn print(json: bool) -> Result<u8, Failure> {
    let reading = Journal::new(load::journal_dir()).read(Purpose::Look);
    for notice in &reading.notices {
        let _ = writeln!(std::io::stderr(), "flightdeck: {notice}");
    }
    let runs: Vec<(RunView, bool)> = reading.runs.iter().rev().filter_map(view).collect();
    fail::print(&if json { to_json(&runs) } else { to_text(&runs, wall()) })?;
    Ok(0)
}

fn view(record: &Record) -> Option<(RunView, bool)> {
    let mut view = RunView::begin(record.entries.first()?)?;
    for entry in &record.entries {
        view.apply(entry);
    }
    Some((view, record.held))
}

/// The verdict, or what stands in its place.
fn word(view: &RunView, held: bool) -> &'static str {
    match &view.end {
        Some((verdict, ..)) => verdict.word(),
        None if held => "under way",
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
}

fn to_json(runs: &[(RunView, bool)]) -> String {
    let runs = runs
        .iter()
        .map(|(view, held)| Row {
            id: view.header.id.to_string(),
            kind: view.header.kind.word(),
            environment: view.header.key.environment.as_str(),
            service: &view.header.key.name,
            account: &view.header.account,
            region: &view.header.region,
            title: &view.header.title,
            from: &view.header.from,
            to: &view.header.to,
            who: &view.header.who,
            began_at: status::iso(view.header.at),
            ended_at: view.end.as_ref().map(|(_, _, at)| status::iso(*at)),
            verdict: view.end.as_ref().map(|(verdict, ..)| verdict.word()),
            why: view.end.as_ref().map(|(_, why, _)| why.as_str()),
            under_way: view.end.is_none() && *held,
            steps: view
                .steps
                .iter()
                .map(|step| StepRow { name: &step.name, state: step.state, detail: &step.detail })
                .collect(),
        })
        .collect();
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
        ("", Align::Left),
    ];
    table(&columns, &rows)
}
