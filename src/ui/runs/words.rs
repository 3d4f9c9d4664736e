//! Runs in words: of the list and of the page.

use crate::{
    app::runs::holder,
    model::{RunView, Standing, StepState, Verdict, stamp::precise},
    ui::{glyph, view::View},
};
use ratatui::style::Style;

/// Whether this process runs or watches it.
pub fn is_live(view: &View<'_>, run: &RunView) -> bool {
    view.state.runs.live.contains_key(&run.header.id)
}

/// How a run stands: glyph, word, style.
pub fn standing(view: &View<'_>, run: &RunView) -> (char, String, Style) {
    let skin = &view.skin;
    match run.standing(holder(view.state, run)) {
        Standing::Ended(verdict) => (glyph::verdict(verdict), of(verdict), skin.verdict(verdict)),
        Standing::UnderWay => {
            let done =
                run.steps.iter().filter(|s| matches!(s.state, StepState::Done | StepState::Skipped)).count();
            ('◐', format!("step {} of {}", (done + 1).min(run.steps.len()), run.steps.len()), skin.busy)
        }
        Standing::Elsewhere => ('◐', "running elsewhere".to_owned(), skin.busy),
        Standing::Theirs => ('◐', format!("by {}", run.header.who), skin.busy),
        Standing::Waits => ('▲', "waiting for confirmation".to_owned(), skin.warn),
        Standing::Unwatched => ('○', "not watched".to_owned(), skin.muted),
        Standing::Open => ('?', "open".to_owned(), skin.warn),
    }
}

/// A verdict in words.
pub fn of(verdict: Verdict) -> String {
    verdict.word().replace('_', " ")
}

/// How long it took, or has taken so far.
pub fn lasted(view: &View<'_>, run: &RunView) -> String {
    match (&run.end, is_live(view, run)) {
        (Some((_, _, at)), _) => precise(at.since(run.header.at)),
        (None, true) => precise(view.state.now.since(run.header.at)),
        (None, false) => "-".to_owned(),
    }
}

/// From which version to which.
pub fn change(run: &RunView) -> String {
    match (run.header.from.as_str(), run.header.to.as_str()) {
        ("", "") => String::new(),
        ("", to) => to.to_owned(),
        (from, "") => from.to_owned(),
        (from, to) if from == to => to.to_owned(),
        (from, to) => format!("{from} → {to}"),
    }
}
