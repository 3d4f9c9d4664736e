//! The palette: verbs, services, environments and ranges by their names.
//!
//! What is typed is held against names, word by word from their beginnings; letters scattered through a sentence
//! find nothing. What changes AWS, or leaves, comes after everything else, and is done only when its whole name is
//! typed or somebody moved to it.

mod fit;

use super::revisions::pick_revision;
use crate::{
    action::{Action, Context},
    app::{
        flow::{Intent, Out, notice},
        layout,
        state::{Line, ListView, Overlay, PaletteEntry, PaletteVerb, Screen, State, Tab},
        store::session::{offered, switch},
        subject::{subject, with_subject},
    },
    model::{Range, ServiceKey},
};
use fit::{Fit, Typed};

/// The most entries shown.
const ENTRIES_MAX: usize = 200;

/// The entry that leads to a chosen revision; its name, and what it says.
const PICK_REVISION: (&str, &str) = ("roll back to", "roll back to…: Choose the revision to go back to.");

/// Opens it.
pub(in crate::app) fn open(state: &mut State) {
    state.overlay = Some(Overlay::Palette {
        line: Line::default(),
        entries: Vec::new(),
        list: ListView::default(),
        moved: false,
    });
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
fn makes_sense(state: &State, action: Action, some: bool) -> bool {
    let selected = match state.screen() {
        Screen::Environments | Screen::Help => true,
        _ => some,
    };
    let needs_one = action.is_about_a_service() || matches!(action, Action::Open | Action::Export);
    let tab = state.service.as_ref().filter(|_| state.screen() == Screen::Service).map(|view| view.tab);
    // none of several revisions needs attention, and one run is only one
    let alone = tab == Some(Tab::Revisions) || state.screen() == Screen::Runs && state.runs.open.is_some();
    let looks = matches!(action, Action::NextMatch | Action::PreviousMatch);
    action.works_in(state.screen_context()) && (selected || !needs_one) && !(looks && alone)
}

/// Where the keys shown beside verbs hold: the screen below, or where the verb is at home.
fn keys_of(state: &State, context: Context, action: Action) -> String {
    state.keymap.keys_for(context, action).into_iter().next().unwrap_or_default()
}

/// Finds the entries that match what is typed.
pub(in crate::app) fn find(state: &mut State) {
    let Some(Overlay::Palette { line, .. }) = &state.overlay else { return };
    let entries = matches(state, line.text.trim());
    let page = layout::picker(state.size).body.rows();
    let Some(Overlay::Palette { entries: own, list, .. }) = &mut state.overlay else { return };
    *own = entries;
    layout::keep(list, own.len(), page);
}

/// An entry that was found, and what decides its place: how well its name fits, and which kind of thing it is.
struct Found {
    fit: Fit,
    kind: u8,
    entry: PaletteEntry,
}

fn matches(state: &State, text: &str) -> Vec<PaletteEntry> {
    let context = state.screen_context();
    let typed = Typed::new(text);
    // verbs before ranges before environments before services, where they match as well
    let mut found: Vec<Found> = Vec::new();
    let mut add = |fit: Option<Fit>, kind: u8, title: String, aside: &str, does: PaletteVerb, whole: bool| {
        if let Some(fit) = fit {
            let guarded = whole && fit != Fit::Whole;
            let entry = PaletteEntry { title, aside: aside.to_owned(), does, guarded };
            found.push(Found { fit, kind, entry });
        }
    };
    let some = subject(state).is_some();
    for action in Action::ALL.iter().copied().filter(|a| is_named(*a) && makes_sense(state, *a, some)) {
        let name = typed.fits(action.title()).max(typed.fits(action.id()));
        let others = action.aliases().iter().filter_map(|alias| typed.fits(alias)).max();
        // another word for it finds it, and is not its name
        let others = others.map(|fit| if action.is_named_whole() { Fit::Words } else { fit });
        let title = format!("{}: {}", action.title(), action.help());
        let does = PaletteVerb::Act(action);
        add(name.max(others), 0, title, &keys_of(state, context, action), does, action.is_named_whole());
    }
    if some {
        let (name, title) = PICK_REVISION;
        add(typed.fits(name), 0, title.to_owned(), "", PaletteVerb::PickRevision, true);
        for range in Range::ALL {
            let title = format!("range {}", range.label());
            add(typed.fits(&title), 1, title, "metrics", PaletteVerb::Range(range), false);
        }
    }
    for environment in &state.environments {
        let title = environment.name.to_string();
        let does = PaletteVerb::Environment(environment.name.clone());
        add(typed.fits(&title), 2, title, "environment", does, false);
    }
    if !typed.is_empty() {
        for chosen in offered(state, text) {
            let title = chosen.to_string();
            add(typed.fits(&title), 2, title, "for this session", PaletteVerb::Session(chosen), false);
        }
        services(state, &typed, &mut found);
        found.sort_by(|a, b| {
            let place = |one: &Found| (one.entry.guarded, std::cmp::Reverse(one.fit), one.kind);
            place(a).cmp(&place(b)).then_with(|| a.entry.title.len().cmp(&b.entry.title.len()))
        });
    }
    found.truncate(ENTRIES_MAX);
    found.into_iter().map(|found| found.entry).collect()
}

fn services(state: &State, typed: &Typed, found: &mut Vec<Found>) {
    use std::fmt::Write;
    let mut text = String::new();
    let mut best: Vec<(Fit, &ServiceKey)> = Vec::new();
    for key in state.rows.keys() {
        text.clear();
        let _ = write!(text, "{key}");
        if let Some(fit) = typed.fits(&text).max(typed.fits(&key.name)) {
            best.push((fit, key));
        }
    }
    best.sort_by_key(|(fit, _)| std::cmp::Reverse(*fit));
    for (fit, key) in best.into_iter().take(ENTRIES_MAX) {
        let entry = PaletteEntry {
            title: key.to_string(),
            aside: key.kind.word().to_owned(),
            does: PaletteVerb::Service(key.clone()),
            guarded: false,
        };
        found.push(Found { fit, kind: 3, entry });
    }
}

/// The name of an entry, as it is typed.
pub(in crate::app) fn name(entry: &PaletteEntry) -> &str {
    match &entry.does {
        PaletteVerb::Act(action) => action.title(),
        PaletteVerb::PickRevision => PICK_REVISION.0,
        _ => &entry.title,
    }
}

/// The entry that is taken by confirming; none where the one under the cursor has to be named or moved to first.
pub fn taken(entries: &[PaletteEntry], list: ListView, moved: bool) -> Option<&PaletteEntry> {
    entries.get(list.cursor).filter(|entry| moved || !entry.guarded)
}

/// Somebody moves in the palette; true where this chose the entry under the cursor, which was not chosen before.
pub(in crate::app) fn moved(state: &mut State) -> bool {
    let Some(Overlay::Palette { entries, list, moved, .. }) = &mut state.overlay else { return false };
    let chose = !*moved && !entries.is_empty() && taken(entries, *list, false).is_none();
    *moved = true;
    chose
}

/// Does what the selected entry says.
pub(in crate::app) fn run(state: &mut State, drawn: u64, out: &mut Out) {
    let Some(Overlay::Palette { entries, list, moved, .. }) = &state.overlay else { return };
    let Some(does) = taken(entries, *list, *moved).map(|entry| entry.does.clone()) else {
        let text = match entries.get(list.cursor) {
            Some(entry) => format!("select “{}” or type its full name to run it", name(entry)),
            None => "no match; cancel closes this".to_owned(),
        };
        notice(state, out, text, false);
        return;
    };
    state.overlay = None;
    match does {
        PaletteVerb::Act(action) => out.intend(Intent::Act(action, drawn)),
        PaletteVerb::Service(key) => out.intend(Intent::Open(key, None)),
        PaletteVerb::Environment(name) => out.intend(Intent::Fleet(format!("env:{name}"))),
        PaletteVerb::Range(range) => {
            with_subject(state, out, |_, key, out| out.intend(Intent::Charts(key, range)));
        }
        PaletteVerb::Session(chosen) => switch(state, &chosen, out),
        PaletteVerb::PickRevision => with_subject(state, out, pick_revision),
    }
}
