//! One run as a page: what of it needs room, and its steps as lines.

use super::{flight, list::why_ended};
use crate::{
    app::{
        State,
        layout::{self, RunAreas, RunShape, cells},
        rows,
    },
    model::{StepState, migrations::migration::Migration, run_view::RunView},
};

/// A line of a run's steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow {
    /// Which step, from 0.
    pub step: usize,
    /// Nothing for the step itself; a piece of what it says, where that does not fit beside its name.
    pub said: Option<String>,
    /// On the step itself: what it says follows below.
    pub below: bool,
}

/// The most lines that what a step says takes below it.
const SAID_MAX: usize = 4;

/// The steps as lines of a page so wide. What the step under way or the failed one says is told whole: there the
/// numbers of a verify window come in, and the reason of a failure.
pub fn step_rows(view: &RunView, width: u16) -> Vec<StepRow> {
    let mut rows = Vec::with_capacity(view.steps.len());
    for (step, own) in view.steps.iter().enumerate() {
        let telling = matches!(own.state, StepState::Active | StepState::Failed);
        // a glyph, blanks, and how long it took are on the line as well
        let used = cells(&own.name).saturating_add(cells(&own.detail)).saturating_add(16);
        let below = telling && !own.detail.is_empty() && used > width;
        rows.push(StepRow { step, said: None, below });
        if below {
            let pieces = layout::wrap(&own.detail, width.saturating_sub(6));
            let said = pieces.into_iter().take(SAID_MAX);
            rows.extend(said.map(|piece| StepRow { step, said: Some(piece), below: false }));
        }
    }
    rows
}

/// The first of the step lines shown on a page of so many: what is under way, or what ended the run, is on it.
pub fn first_step(view: &RunView, rows: &[StepRow], page: usize) -> usize {
    let reached =
        view.steps.iter().rposition(|s| !matches!(s.state, StepState::Waiting | StepState::Skipped));
    let last = rows.iter().rposition(|row| Some(row.step) == reached).unwrap_or(0);
    // one line of what comes next
    last.saturating_add(2).min(rows.len()).saturating_sub(page)
}

/// A line of the table of migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationRow {
    /// How it stands.
    pub state: StepState,
    /// The same in a word or two: `applied`, `taken back`.
    pub word: &'static str,
    /// Its file's name.
    pub name: String,
    /// How long it took, or why it failed.
    pub detail: String,
}

/// What the run's log tells of migrations: a title, and a line for each that failed, was applied by this run, or
/// is pending; those of before are counted.
pub fn migrations(view: &RunView) -> Option<(String, Vec<MigrationRow>)> {
    let found = view.migrations()?;
    let row = |state, word| {
        move |own: &Migration| MigrationRow {
            state,
            word,
            name: own.name.clone(),
            detail: own.detail.clone(),
        }
    };
    let failed = found.failed.iter().map(row(StepState::Failed, "failed"));
    let applied = found.applied.iter().rev().map(row(StepState::Done, "applied"));
    let undone = found.undone.iter().rev().map(row(StepState::Done, "taken back"));
    let pending = found.pending.iter().map(row(StepState::Waiting, "pending"));
    let rows: Vec<MigrationRow> = failed.chain(applied).chain(undone).chain(pending).collect();
    let mut title = format!("migrations: {}", found.words(|_| String::new()));
    if let Some(version) = found.current {
        title = format!("{title}, the database is at version {version}");
    }
    Some((title, rows))
}

/// Lines of the service beside a run, its title included; none where it does not stand there.
fn live(state: &State, size: (u16, u16), view: &RunView) -> Option<usize> {
    if !flight::is_beside(state, view) {
        return None;
    }
    let steps = layout::steps_width(size, true);
    let width = if layout::beside(size) { size.0.saturating_sub(steps + 1) } else { size.0 };
    let detail = flight::service(state, &view.header.key).and_then(|open| open.detail.value.as_deref());
    Some(1 + detail.map_or(1, |detail| rows::flight(detail, width).len()))
}

/// A run's parts on a screen of that size.
pub fn areas(state: &State, size: (u16, u16), view: &RunView) -> RunAreas {
    let why = why_ended(state, view);
    let live = live(state, size, view);
    let shape = RunShape {
        noted: !view.header.note.is_empty() || !view.header.identity.is_empty(),
        steps: step_rows(view, layout::steps_width(size, live.is_some())).len(),
        why: why.as_deref(),
        migrations: migrations(view).map_or(0, |(_, rows)| rows.len() + 1),
        live,
    };
    layout::run(size, &shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, RunHeader, RunId, RunKind, ServiceKey, Stamp};

    fn view(states: &[(StepState, &str)]) -> RunView {
        let header = RunHeader {
            id: RunId::from("r"),
            kind: RunKind::Release,
            key: ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"),
            account: String::new(),
            region: String::new(),
            title: String::new(),
            from: String::new(),
            to: String::new(),
            who: String::new(),
            identity: String::new(),
            note: String::new(),
            at: Stamp(0),
        };
        let names: Vec<String> = states.iter().map(|_| "step".to_owned()).collect();
        let mut view = RunView::of(header, &names);
        for (step, (state, detail)) in view.steps.iter_mut().zip(states) {
            step.state = *state;
            (*detail).clone_into(&mut step.detail);
        }
        view
    }

    #[test]
    fn what_is_under_way_is_told_whole_and_on_the_page() {
        let long = "5xx 0.2 % of 1,204 (at most 1 %), p99 118 ms (at most 400 ms), 2 alarms quiet";
        let mut states = vec![(StepState::Done, long); 9];
        states.push((StepState::Active, long));
        states.extend([(StepState::Waiting, ""); 3]);
        let view = view(&states);
        let rows = step_rows(&view, 60);
        assert_eq!(rows.len(), 13 + 2);
        assert!(rows.get(9).is_some_and(|row| row.below && row.said.is_none()));
        let said: Vec<&str> = rows.iter().filter_map(|row| row.said.as_deref()).collect();
        assert_eq!(said.join(" "), long);
        for page in [5, 8, 40] {
            let first = first_step(&view, &rows, page);
            let shown: Vec<usize> = rows.iter().skip(first).take(page).map(|row| row.step).collect();
            assert!(shown.contains(&9) && shown.contains(&10), "{page}: {shown:?}");
        }
        assert_eq!(step_rows(&view, 200).len(), 13);
    }
}
