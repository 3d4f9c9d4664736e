//! Help: every verb with its keys, from the one list and the live keymap.

use crate::{
    action::{Action, Context},
    app::state::State,
    config::keymap::Binding,
};

/// A line of help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpRow {
    /// Nothing.
    Blank,
    /// Where the keys below work.
    Heading {
        /// In words.
        title: String,
        /// In all of these; empty where it depends on what there is.
        contexts: Vec<Context>,
    },
    /// A verb.
    Verb {
        /// The keys, as text.
        keys: String,
        /// The verb.
        action: Action,
    },
}

/// Where keys work.
#[derive(Debug, PartialEq, Eq)]
enum Section {
    Everywhere,
    /// On most screens: wherever there is something for them.
    Mostly,
    /// In these contexts alone.
    In(Vec<Context>),
}

impl Section {
    fn heading(&self) -> String {
        match self {
            Self::Everywhere => "everywhere".to_owned(),
            Self::Mostly => "lists, tables and charts".to_owned(),
            Self::In(contexts) => Context::places(contexts),
        }
    }
}

/// All of help: each verb once with its keys, under where they work; or what passes the filter.
pub fn rows(state: &State) -> Vec<HelpRow> {
    let wanted = state.help_filter.trim().to_lowercase();
    let mut rows = Vec::new();
    for (section, verbs) in sections(state) {
        let heading = section.heading();
        let shown = verbs.into_iter().filter(|(keys, action)| matches(&wanted, &heading, keys, *action));
        let shown: Vec<HelpRow> = shown.map(|(keys, action)| HelpRow::Verb { keys, action }).collect();
        if !shown.is_empty() {
            if !rows.is_empty() {
                rows.push(HelpRow::Blank);
            }
            let contexts = match section {
                Section::Everywhere => vec![Context::Global],
                Section::Mostly => Vec::new(),
                Section::In(contexts) => contexts,
            };
            rows.push(HelpRow::Heading { title: heading, contexts });
            rows.extend(shown);
        }
    }
    rows
}

/// How many verbs the filter lets through, and how many there are.
pub fn count(state: &State) -> (usize, usize) {
    let shown = rows(state).iter().filter(|row| matches!(row, HelpRow::Verb { .. })).count();
    (shown, sections(state).iter().map(|(_, verbs)| verbs.len()).sum())
}

/// The verbs and their keys by where they work, in the order of contexts and of the list of verbs.
fn sections(state: &State) -> Vec<(Section, Vec<(String, Action)>)> {
    let mut sections: Vec<(Section, Vec<(String, Action)>)> =
        vec![(Section::Everywhere, Vec::new()), (Section::Mostly, Vec::new())];
    let mut add =
        |section: Section, verb: (String, Action)| match sections.iter_mut().find(|(own, _)| *own == section)
        {
            Some((_, verbs)) => verbs.push(verb),
            None => sections.push((section, vec![verb])),
        };
    let keys = |context: Context, action: Action| {
        let bound = state.keymap.bindings(context).iter().filter(|b| b.action == action);
        bound.map(Binding::text).collect::<Vec<_>>().join("  ")
    };
    for action in Action::ALL {
        let keys = keys(Context::Global, *action);
        if !keys.is_empty() {
            let section =
                if action.works_in(Context::Global) { Section::Everywhere } else { Section::Mostly };
            add(section, (keys, *action));
        }
    }
    // the same keys for the same verb in several contexts are one line
    let contexts = || Context::ALL.into_iter().skip(1);
    for context in contexts() {
        for action in Action::ALL {
            let own = keys(context, *action);
            // dialogs have the movements of everything else
            if own.is_empty() || own == keys(Context::Global, *action) {
                continue;
            }
            let places: Vec<Context> = contexts().filter(|other| keys(*other, *action) == own).collect();
            if places.first() == Some(&context) {
                add(Section::In(places), (own, *action));
            }
        }
    }
    sections
}

/// True where the text is in the keys, the name, the sentence, another name, or where the keys work.
fn matches(wanted: &str, heading: &str, keys: &str, action: Action) -> bool {
    let told = [heading, keys, action.id(), action.title(), action.help()];
    let mut told = told.into_iter().chain(action.aliases().iter().copied());
    wanted.is_empty() || told.any(|text| text.to_lowercase().contains(wanted))
}
