//! The verbs of the timeline.

use super::handler::{Handler, line};
use crate::{
    action::Action,
    app::{
        Mouse,
        flow::{Intent, Out, notice},
        layout, list,
        state::State,
        store::{team, timeline as store},
        timeline::{arrange, keep, listed, moved, narrow, selected, subject},
    },
    model::{Range, Tone},
};

/// The timeline.
pub(super) struct Timeline;

impl Handler for Timeline {
    fn act(&self, state: &mut State, action: Action, out: &mut Out) -> bool {
        act(state, action, out)
    }

    fn keep(&self, state: &mut State) {
        keep(state);
    }

    fn shown(&self, state: &mut State, out: &mut Out) {
        arrange(state);
        store::wake(state, out);
        team::wake(state, out);
    }

    fn filter<'a>(&self, state: &'a State) -> Option<&'a str> {
        Some(&state.timeline.filter)
    }

    fn narrow(&self, state: &mut State, text: &str, _: &mut Out) {
        narrow(state, text);
    }

    fn click(&self, state: &mut State, event: Mouse, twice: bool, out: &mut Out) {
        let Some(nth) = line(layout::timeline(state.size).1, event) else { return };
        let at = state.timeline.list.offset + nth;
        if at < listed(state).len() {
            state.timeline.list.cursor = at;
            moved(state);
            out.touch();
            if twice {
                act(state, Action::Open, out);
            }
        }
    }
}

fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let count = listed(state).len();
    let page = layout::timeline(state.size).1.rows();
    match action {
        Action::Open => match subject(state).filter(|key| state.rows.contains_key(key)) {
            Some(key) => out.intend(Intent::Open(key, None)),
            None => notice(state, out, "what is selected is about no service that is shown", false),
        },
        Action::Back if !state.timeline.filter.is_empty() => narrow(state, ""),
        Action::Refresh => {
            store::again(state, out);
            notice(state, out, "reading what happened again", false);
        }
        Action::Copy => match selected(state).map(|event| event.text.clone()) {
            Some(text) => {
                out.push(crate::app::Effect::Copy(text));
                notice(state, out, "copied what it says", false);
            }
            None => notice(state, out, "nothing is selected", false),
        },
        Action::Shorter | Action::Longer => {
            let place = Range::ALL.iter().position(|r| *r == state.timeline.range).unwrap_or(0);
            let to = if action == Action::Longer { Some(place + 1) } else { place.checked_sub(1) };
            if let Some(range) = to.and_then(|to| Range::ALL.get(to)) {
                state.timeline.range = *range;
                arrange(state);
                store::wake(state, out);
            } else {
                let end = if place == 0 { "shortest" } else { "longest" };
                notice(state, out, format!("{} is the {end} range", state.timeline.range.label()), false);
            }
        }
        Action::NextMatch | Action::PreviousMatch => {
            let (from, events) = (state.timeline.list.cursor, listed(state));
            let bad = |at: &usize| events.get(*at).is_some_and(|event| event.tone == Tone::Bad);
            let found = (1..=count)
                .map(|step| {
                    if action == Action::NextMatch {
                        (from + step) % count
                    } else {
                        (from + count - step) % count
                    }
                })
                .find(bad);
            match found {
                Some(at) => {
                    state.timeline.list.cursor = at;
                    keep(state);
                    moved(state);
                }
                None => notice(state, out, "nothing of it is bad news", false),
            }
        }
        _ => {
            let done = list::act(&mut state.timeline.list, count, page, action);
            if done {
                moved(state);
            }
            return done;
        }
    }
    true
}
