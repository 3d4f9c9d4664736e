//! The verbs of help.

use super::handler::Handler;
use crate::{
    action::Action,
    app::{
        flow::Out,
        help, layout, list,
        state::{ListView, State},
    },
};

/// The help.
pub(super) struct Help;

impl Handler for Help {
    fn act(&self, state: &mut State, action: Action, out: &mut Out) -> bool {
        if action == Action::Back && !state.help_filter.is_empty() {
            self.narrow(state, "", out);
            return true;
        }
        let columns = usize::from(layout::help_columns(state.size.0).0);
        let (len, page) = (help::rows(state).len(), layout::frame(state.size).content.rows() * columns);
        let ListView { cursor, offset } = &mut state.help;
        let done = list::scroll(offset, len, page, action);
        *cursor = *offset;
        done
    }

    // scrolled from where it is
    fn keep(&self, _: &mut State) {}

    fn filter<'a>(&self, state: &'a State) -> Option<&'a str> {
        Some(&state.help_filter)
    }

    fn narrow(&self, state: &mut State, text: &str, _: &mut Out) {
        text.clone_into(&mut state.help_filter);
        state.help = ListView::default();
    }
}
