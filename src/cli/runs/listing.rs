//! Runs of the journal, read and as rows.

use crate::{
    cli::time::iso,
    model::{Entry, Holder, Standing, StepState, run_view::RunView},
    runtime::journal::{Journal, Purpose, Reading, Record},
};
use serde::Serialize;
use std::io::Write;

/// Reads the journal, and tells what of it cannot be read.
pub fn read(journal: &mut Journal) -> Reading {
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

pub fn seen(record: &Record) -> Option<(RunView, bool)> {
    Some((view(&record.entries)?, record.held))
}

/// The verdict, or what stands in its place.
pub(super) fn word(view: &RunView, held: bool) -> &'static str {
    match view.standing(if held { Holder::Elsewhere } else { Holder::Nowhere }) {
        Standing::Ended(verdict) => verdict.word(),
        Standing::UnderWay | Standing::Elsewhere | Standing::Theirs => "in progress",
        Standing::Waits => "waiting for confirmation",
        Standing::Unwatched | Standing::Open => "not watched",
    }
}

#[derive(Serialize)]
pub(super) struct Document<'a> {
    pub(super) runs: Vec<Row<'a>>,
}

#[derive(Serialize)]
pub(super) struct Row<'a> {
    pub(super) id: String,
    pub(super) kind: &'a str,
    pub(super) environment: &'a str,
    pub(super) service: &'a str,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) title: &'a str,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) who: &'a str,
    pub(super) identity: &'a str,
    pub(super) note: &'a str,
    pub(super) began_at: String,
    pub(super) ended_at: Option<String>,
    pub(super) verdict: Option<&'a str>,
    pub(super) why: Option<&'a str>,
    pub(super) under_way: bool,
    pub(super) steps: Vec<StepRow<'a>>,
}

#[derive(Serialize)]
pub(super) struct StepRow<'a> {
    pub(super) name: &'a str,
    pub(super) state: StepState,
    pub(super) detail: &'a str,
    pub(super) began_at: Option<String>,
    pub(super) ended_at: Option<String>,
}

pub(super) fn row(view: &RunView, held: bool) -> Row<'_> {
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
