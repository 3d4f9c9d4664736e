//! `flightdeck runs`: what this machine did, from the journal.

pub mod listing;
mod one;
mod resume;

use super::{
    args::{Common, Runs, RunsCommand},
    fail::{self, Failure},
    load,
    table::{Align, table},
};
use crate::{
    model::{Stamp, run_view::RunView, stamp},
    runtime::{clock::wall, journal::Journal},
};
use listing::{Document, read, row, seen, word};

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
