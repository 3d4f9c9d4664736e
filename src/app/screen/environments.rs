//! The verbs of the environments screen.

use super::handler::{Handler, line};
use crate::{
    action::Action,
    app::{
        Effect, Mouse,
        environments::selected,
        flow::{Intent, Out, notice},
        layout::{self, keep},
        list,
        state::State,
        store::environments::again,
    },
};

/// The environments.
pub(super) struct Environments;

impl Handler for Environments {
    fn act(&self, state: &mut State, action: Action, out: &mut Out) -> bool {
        act(state, action, out)
    }

    fn keep(&self, state: &mut State) {
        let count = state.environments.len();
        let page = layout::environments(state.size, count).1.rows();
        keep(&mut state.environments_view, count, page);
    }

    fn click(&self, state: &mut State, event: Mouse, twice: bool, out: &mut Out) {
        let count = state.environments.len();
        let Some(nth) = line(layout::environments(state.size, count).1, event) else { return };
        let at = state.environments_view.offset + nth;
        if at < count {
            state.environments_view.cursor = at;
            out.touch();
            if twice {
                act(state, Action::Open, out);
            }
        }
    }
}

fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let len = state.environments.len();
    let page = layout::environments(state.size, len).1.rows();
    match action {
        Action::Open => {
            let Some(name) = selected(state).map(|e| e.name.clone()) else { return true };
            out.intend(Intent::Fleet(format!("env:{name}")));
        }
        Action::Refresh => {
            let Some(name) = selected(state).map(|e| e.name.clone()) else { return true };
            again(state, &name, true, out);
            notice(state, out, format!("reloading credentials of {name}"), false);
        }
        Action::Copy => {
            let arn = selected(state).and_then(|e| e.identity.as_ref()).map(|i| i.arn.clone());
            match arn {
                Some(arn) => {
                    notice(state, out, format!("copied {arn}"), false);
                    out.push(Effect::Copy(arn));
                }
                None => notice(state, out, "the caller is not known yet", true),
            }
        }
        Action::NextMatch | Action::PreviousMatch => {
            let from = state.environments_view.cursor;
            let found = (1..=len)
                .map(|step| {
                    if action == Action::NextMatch { (from + step) % len } else { (from + len - step) % len }
                })
                .find(|at| {
                    state.environments.get(*at).is_some_and(|e| e.trouble.is_some() || !e.gaps.is_empty())
                });
            match found {
                Some(at) => {
                    state.environments_view.cursor = at;
                    keep(&mut state.environments_view, len, page);
                }
                None => notice(state, out, "no environment is in trouble", false),
            }
        }
        _ => return list::act(&mut state.environments_view, len, page, action),
    }
    true
}
