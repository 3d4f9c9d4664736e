//! The environments screen.

use super::again;
use crate::{
    action::Action,
    app::{
        Effect, fleet,
        layout::{self, keep},
        list, navigate,
        out::Out,
        state::{Environment, Screen, State},
        update::notice,
    },
};

/// The environment under the cursor of the environments screen.
pub fn selected(state: &State) -> Option<&Environment> {
    state.environments.get(state.environments_view.cursor)
}

/// The verbs of the environments screen; false when the verb is not one of them.
pub(in crate::app) fn act(state: &mut State, action: Action, out: &mut Out) -> bool {
    let len = state.environments.len();
    let page = layout::environments(state.size, len).1.rows();
    match action {
        Action::Open => {
            let Some(name) = selected(state).map(|e| e.name.clone()) else { return true };
            navigate::go(state, Screen::Fleet, out);
            fleet::filter(state, &format!("env:{name}"));
        }
        Action::Refresh => {
            let Some(name) = selected(state).map(|e| e.name.clone()) else { return true };
            again(state, &name, true, out);
            notice(state, out, format!("loading credentials of {name} anew"), false);
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
