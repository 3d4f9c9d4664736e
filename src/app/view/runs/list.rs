//! The runs known: which are listed, where each stands, and what is told of it.

use super::filter;
use crate::{
    action::{Action, Context},
    app::state::State,
    model::{
        Holder, RunId, Standing,
        run_view::{RunView, Undo},
    },
    ops::Run,
};

/// Every run known, newest first.
pub fn all(state: &State) -> Vec<&RunView> {
    let mut runs: Vec<&RunView> = state
        .runs
        .live
        .values()
        .map(Run::view)
        .chain(&state.runs.past)
        .chain(state.runs.team.views.values())
        .collect();
    runs.sort_by(|a, b| b.header.at.cmp(&a.header.at).then_with(|| b.header.id.cmp(&a.header.id)));
    runs
}

/// The runs of the list: those that pass the filter, newest first.
pub fn listed(state: &State) -> Vec<&RunView> {
    let mut runs = all(state);
    runs.retain(|view| filter::holds(&state.runs.filter, view));
    runs
}

/// A run by its id.
pub fn find<'a>(state: &'a State, id: &RunId) -> Option<&'a RunView> {
    let live = state.runs.live.get(id).map(Run::view);
    let past = || state.runs.past.iter().find(|view| view.header.id == *id);
    live.or_else(past).or_else(|| state.runs.team.views.get(id))
}

/// The open run, or the one under the cursor of the list.
pub fn selected(state: &State) -> Option<&RunView> {
    match &state.runs.open {
        Some(id) => find(state, id),
        None => listed(state).get(state.runs.list.cursor).copied(),
    }
}

/// Where a run stands, in a few words.
pub fn standing(state: &State, view: &RunView) -> String {
    match view.standing(holder(state, view)) {
        Standing::Ended(verdict) => verdict.word().to_owned(),
        Standing::Elsewhere => "run by another flightdeck".to_owned(),
        Standing::Theirs => format!("run by {}", view.header.who),
        Standing::Waits => "waiting for confirmation".to_owned(),
        Standing::Unwatched => "not watched".to_owned(),
        Standing::UnderWay => {
            view.active().map_or_else(|| "in progress".to_owned(), |step| step.name.clone())
        }
        Standing::Open => "not finished".to_owned(),
    }
}

/// Who has a run now.
pub fn holder(state: &State, view: &RunView) -> Holder {
    let id = &view.header.id;
    if state.runs.live.contains_key(id) {
        Holder::Here
    } else if state.runs.held.contains(id) {
        Holder::Elsewhere
    } else if state.runs.team.views.contains_key(id) {
        Holder::Theirs
    } else {
        Holder::Nowhere
    }
}

/// The key of a verb on Runs, else its name for the palette.
pub(in crate::app) fn key_of(state: &State, action: Action) -> String {
    let key = state.keymap.keys_for(Context::Runs, action).into_iter().next();
    key.unwrap_or_else(|| format!(":{}", action.id()))
}

/// The key that goes back on a run that is in place, and what to: `R goes back to 8be02d4`.
pub fn undo_words(state: &State, view: &RunView) -> Option<String> {
    let key = |action: Action| key_of(state, action);
    Some(match view.undo()? {
        Undo::RollBack => match view.header.from.as_str() {
            "" => format!("{} goes back", key(Action::RollBack)),
            from if from == view.header.to => {
                format!("{} goes back to what was there before", key(Action::RollBack))
            }
            from => format!("{} goes back to {from}", key(Action::RollBack)),
        },
        Undo::Scale(count) => format!("{}, then {count}, goes back", key(Action::Scale)),
    })
}

/// Why a run ended as it did, and what goes back on it.
pub fn why_ended(state: &State, view: &RunView) -> Option<String> {
    let (_, why, _) = view.end.as_ref()?;
    Some(match (why.as_str(), undo_words(state, view)) {
        (why, None) => why.to_owned(),
        ("", Some(undo)) => undo,
        (why, Some(undo)) => format!("{why}; {undo}"),
    })
}
