//! The palette: verbs, services, environments and ranges by a few letters.

use super::{
    charts, environments, fleet, keys, navigate,
    out::Out,
    overlay, service,
    state::{Line, ListView, Overlay, PaletteEntry, PaletteVerb, Screen, State, Tab},
    update::notice,
};
use crate::{
    action::{Action, Context},
    model::Range,
};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

/// The most entries shown.
const ENTRIES_MAX: usize = 200;

/// Opens it.
pub(super) fn open(state: &mut State) {
    state.overlay =
        Some(Overlay::Palette { line: Line::default(), entries: Vec::new(), list: ListView::default() });
    find(state);
}

/// True for verbs one would look for by name; the others are under the fingers, or belong to dialogs.
fn is_named(action: Action) -> bool {
    !matches!(
        action,
        Action::Up
            | Action::Down
            | Action::Left
            | Action::Right
            | Action::PageUp
            | Action::PageDown
            | Action::Top
            | Action::Bottom
            | Action::Open
            | Action::Back
            | Action::NextTab
            | Action::PreviousTab
            | Action::Palette
            | Action::Confirm
            | Action::Cancel
            | Action::Complete
            | Action::Note
            | Action::TakeOver
            | Action::Watch
    )
}

/// True where the verb has something to act on, on the screen below the palette.
fn makes_sense(state: &State, action: Action) -> bool {
    let screen = state.screen();
    match action {
        Action::Shorter | Action::Longer => {
            screen == Screen::Service
                && state.service.as_ref().is_some_and(|v| matches!(v.tab, Tab::Metrics | Tab::Logs))
        }
        Action::Sort | Action::SortReverse => screen == Screen::Fleet,
        Action::NextMatch | Action::PreviousMatch => screen != Screen::Help,
        Action::Export => screen == Screen::Runs && keys::subject(state).is_some(),
        Action::Stop if screen == Screen::Runs => keys::subject(state).is_some(),
        Action::Rollout
        | Action::Metrics
        | Action::Logs
        | Action::Tasks
        | Action::Revisions
        | Action::Config
        | Action::Targets
        | Action::Why
        | Action::Mark
        | Action::Copy
        | Action::Console
        | Action::Deploy
        | Action::RollBack
        | Action::Migrate
        | Action::Promote
        | Action::Release
        | Action::Continue
        | Action::Redeploy
        | Action::Scale
        | Action::Stop => keys::subject(state).is_some(),
        _ => true,
    }
}

/// Where the keys shown beside verbs hold: the screen below, or where the verb is at home.
fn keys_of(state: &State, context: Context, action: Action) -> String {
    state.keymap.keys_for(context, action).into_iter().next().unwrap_or_default()
}

/// Finds the entries that match what is typed.
pub(super) fn find(state: &mut State) {
    let Some(Overlay::Palette { line, .. }) = &state.overlay else { return };
    let pattern = Pattern::parse(line.text.trim(), CaseMatching::Ignore, Normalization::Smart);
    let everything = line.text.trim().is_empty();
    let entries = matches(state, &pattern, everything);
    let page = super::layout::picker(state.size).body.rows();
    let Some(Overlay::Palette { entries: own, list, .. }) = &mut state.overlay else { return };
    *own = entries;
    super::layout::keep(list, own.len(), page);
}

fn matches(state: &State, pattern: &Pattern, everything: bool) -> Vec<PaletteEntry> {
    let context = state.screen_context();
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
    // verbs before ranges before environments before services, where they match as well
    let mut found: Vec<(u32, u8, PaletteEntry)> = Vec::new();
    for action in Action::ALL.iter().copied().filter(|a| is_named(*a) && makes_sense(state, *a)) {
        let by_title = score(action.title());
        let by_help = score(action.help()).map(|s| s / 2);
        if let Some(points) = by_title.max(by_help).max(score(action.id())) {
            let title = format!("{}: {}", action.title(), action.help());
            let aside = keys_of(state, context, action);
            found.push((points, 0, PaletteEntry { title, aside, does: PaletteVerb::Act(action) }));
        }
    }
    if keys::subject(state).is_some()
        && let Some(points) = score("roll back to a chosen revision")
    {
        let title = "roll back to…: Choose the revision to go back to.".to_owned();
        found.push((
            points,
            0,
            PaletteEntry { title, aside: String::new(), does: PaletteVerb::PickRevision },
        ));
    }
    if keys::subject(state).is_some() {
        for range in Range::ALL {
            let title = format!("range {}", range.label());
            if let Some(points) = score(&title) {
                let aside = "metrics".to_owned();
                found.push((points, 1, PaletteEntry { title, aside, does: PaletteVerb::Range(range) }));
            }
        }
    }
    for environment in &state.environments {
        if let Some(points) = score(environment.name.as_str()) {
            let title = environment.name.to_string();
            let does = PaletteVerb::Environment(environment.name.clone());
            found.push((points, 2, PaletteEntry { title, aside: "environment".to_owned(), does }));
        }
    }
    if !everything {
        let typed = match &state.overlay {
            Some(Overlay::Palette { line, .. }) => line.text.as_str(),
            _ => "",
        };
        for chosen in environments::offered(state, typed) {
            let title = chosen.to_string();
            if let Some(points) = score(&title) {
                let aside = "for this session".to_owned();
                found.push((points, 2, PaletteEntry { title, aside, does: PaletteVerb::Session(chosen) }));
            }
        }
    }
    if !everything {
        services(state, &mut score, &mut found);
    }
    if !everything {
        found.sort_by(|a, b| {
            b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then_with(|| a.2.title.len().cmp(&b.2.title.len()))
        });
    }
    found.truncate(ENTRIES_MAX);
    found.into_iter().map(|(_, _, entry)| entry).collect()
}

fn services(
    state: &State,
    score: &mut impl FnMut(&str) -> Option<u32>,
    found: &mut Vec<(u32, u8, PaletteEntry)>,
) {
    use std::fmt::Write;
    let mut text = String::new();
    let mut best: Vec<(u32, &crate::model::ServiceKey)> = Vec::new();
    for key in state.rows.keys() {
        text.clear();
        let _ = write!(text, "{key}");
        if let Some(points) = score(&text) {
            best.push((points, key));
        }
    }
    best.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    for (points, key) in best.into_iter().take(ENTRIES_MAX) {
        let entry = PaletteEntry {
            title: key.to_string(),
            aside: key.kind.word().to_owned(),
            does: PaletteVerb::Service(key.clone()),
        };
        found.push((points, 3, entry));
    }
}

/// Does what the selected entry says.
pub(super) fn run(state: &mut State, drawn: u64, out: &mut Out) {
    let Some(Overlay::Palette { entries, list, .. }) = &state.overlay else { return };
    let Some(does) = entries.get(list.cursor).map(|entry| entry.does.clone()) else {
        notice(state, out, "nothing matches; cancel closes this", false);
        return;
    };
    state.overlay = None;
    match does {
        PaletteVerb::Act(action) => keys::act(state, action, drawn, out),
        PaletteVerb::Service(key) => service::open(state, key, None, out),
        PaletteVerb::Environment(name) => {
            navigate::go(state, Screen::Fleet, out);
            fleet::filter(state, &format!("env:{name}"));
            fleet::want_sparks(state, out);
        }
        PaletteVerb::Range(range) => keys::with_subject(state, out, |state, key, out| {
            service::open(state, key, Some(Tab::Metrics), out);
            if let Some(view) = state.service.as_mut() {
                view.charts.series.loading = false;
            }
            charts::set_range(state, range, out);
        }),
        PaletteVerb::Session(chosen) => environments::switch(state, &chosen, out),
        PaletteVerb::PickRevision => keys::with_subject(state, out, overlay::pick_revision),
    }
}
