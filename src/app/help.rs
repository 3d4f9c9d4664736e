//! Help: every verb with its keys, from the one list and the live keymap.

use super::{
    layout, list,
    state::{ListView, State},
};
use crate::action::{Action, Context};

/// A line of help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpRow {
    /// Nothing.
    Blank,
    /// Where the keys below hold.
    Heading(Context),
    /// The keys below hold on most screens: wherever there is something for them.
    Mostly,
    /// A verb.
    Verb {
        /// The keys, as text.
        keys: String,
        /// The verb.
        action: Action,
    },
}

/// All of help, by context; within one, in the order of the list of verbs.
pub fn rows(state: &State) -> Vec<HelpRow> {
    let mut rows = Vec::new();
    let section = |context: Context, mostly: bool| (context, mostly);
    let sections = std::iter::once(section(Context::Global, false))
        .chain(std::iter::once(section(Context::Global, true)))
        .chain(Context::ALL.into_iter().skip(1).map(|context| section(context, false)));
    for (context, mostly) in sections {
        let mut own: Vec<HelpRow> = Vec::new();
        for action in
            Action::ALL.iter().filter(|a| context != Context::Global || a.works_in(context) != mostly)
        {
            let keys: Vec<String> = state
                .keymap
                .bindings(context)
                .iter()
                .filter(|b| b.action == *action)
                .map(crate::config::keymap::Binding::text)
                .collect();
            if !keys.is_empty() {
                own.push(HelpRow::Verb { keys: keys.join("  "), action: *action });
            }
        }
        if !own.is_empty() {
            if !rows.is_empty() {
                rows.push(HelpRow::Blank);
            }
            rows.push(if mostly { HelpRow::Mostly } else { HelpRow::Heading(context) });
            rows.append(&mut own);
        }
    }
    rows
}

/// Scrolls; false when the verb is no movement.
pub(super) fn act(state: &mut State, action: Action) -> bool {
    let columns = usize::from(layout::help_columns(state.size.0).0);
    let (len, page) = (rows(state).len(), layout::frame(state.size).content.rows() * columns);
    let ListView { cursor, offset } = &mut state.help;
    let done = list::scroll(offset, len, page, action);
    *cursor = *offset;
    done
}
