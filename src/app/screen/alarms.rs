//! The verbs of the alarms.

use super::handler::{Handler, line};
use crate::{
    action::Action,
    app::{
        Effect, Mouse,
        alarms::{keep, listed, narrow, selected},
        flow::{Intent, Out, notice},
        layout, list,
        state::{State, Tab},
        store::alarm_list as store,
    },
};

/// The alarms.
pub(super) struct Alarms;

impl Handler for Alarms {
    fn act(&self, state: &mut State, action: Action, out: &mut Out) -> bool {
        act(state, action, out)
    }

    fn keep(&self, state: &mut State) {
        keep(state);
    }

    fn shown(&self, state: &mut State, out: &mut Out) {
        keep(state);
        store::wake(state, out);
    }

    fn filter<'a>(&self, state: &'a State) -> Option<&'a str> {
        Some(&state.alarms.filter)
    }

    fn narrow(&self, state: &mut State, text: &str, out: &mut Out) {
        narrow(state, text);
        store::selected(out);
    }

    fn click(&self, state: &mut State, event: Mouse, twice: bool, out: &mut Out) {
        let Some(nth) = line(layout::alarms(state.size).1, event) else { return };
        let at = state.alarms.list.offset + nth;
        if at < listed(state).len() {
            state.alarms.list.cursor = at;
            store::selected(out);
            out.touch();
            if twice {
                act(state, Action::Open, out);
            }
        }
    }
}

fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let count = listed(state).len();
    let page = layout::alarms(state.size).1.rows();
    match action {
        Action::Open => {
            match selected(state).and_then(|one| one.key.clone()).filter(|key| state.rows.contains_key(key)) {
                Some(key) => out.intend(Intent::Open(key, Some(Tab::Targets))),
                None => notice(state, out, "no service is named in this alarm's name", false),
            }
        }
        Action::Back if !state.alarms.filter.is_empty() => narrow(state, ""),
        Action::Refresh => {
            state.alarms.at = None;
            store::due(state, out);
            notice(state, out, "reading alarms again", false);
        }
        Action::Copy => match selected(state).map(|one| one.alarm.name.clone()) {
            Some(name) => {
                notice(state, out, format!("copied {name}"), false);
                out.push(Effect::Copy(name));
            }
            None => notice(state, out, "no alarm is selected", false),
        },
        Action::NextMatch | Action::PreviousMatch => {
            let from = state.alarms.list.cursor;
            let all = listed(state);
            let firing = |at: &usize| all.get(*at).is_some_and(|one| one.alarm.state == "ALARM");
            let found = (1..=count)
                .map(|step| {
                    if action == Action::NextMatch {
                        (from + step) % count
                    } else {
                        (from + count - step) % count
                    }
                })
                .find(firing);
            match found {
                Some(at) => {
                    state.alarms.list.cursor = at;
                    keep(state);
                    store::selected(out);
                }
                None => notice(state, out, "nothing is in alarm", false),
            }
        }
        _ => {
            let moved = list::act(&mut state.alarms.list, count, page, action);
            if moved {
                store::selected(out);
            }
            return moved;
        }
    }
    true
}
