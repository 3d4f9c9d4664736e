//! From keys to verbs.

use super::verbs::act;
use crate::{
    action::{Action, Context},
    app::{
        TimerKey,
        flow::{Out, notice},
        overlay::keys as overlay,
        schedule,
        state::{Overlay, State},
        store::environments::leave,
        subject,
    },
    config::{
        key::{Key, KeyCode},
        keymap::Found,
    },
};

/// A key was pressed when frame `drawn` was the last on the screen.
pub(in crate::app) fn key(state: &mut State, key: Key, drawn: u64, out: &mut Out) {
    state.drawn = state.drawn.max(drawn);
    // leaving works everywhere, whatever is bound or open
    if key.code() == KeyCode::Char('c') && key.ctrl() {
        leave(state, out);
        return;
    }
    // what was typed before a dialog was on the screen was not meant for it
    if overlay::came_too_early(state, drawn) {
        return;
    }
    if state.pending_keys.is_empty()
        && let Some(ch) = key.typed()
        && overlay::takes_text(state)
    {
        overlay::typed(state, ch, out);
        return;
    }
    let context = state.context();
    state.pending_keys.push(key);
    match state.keymap.lookup(context, &state.pending_keys) {
        Found::Action(action) => {
            state.pending_keys.clear();
            if action != Action::Quit {
                state.quit_asked = false;
            }
            if state.notice.take().is_some() {
                out.touch();
            }
            act(state, action, drawn, out);
        }
        Found::Prefix => {
            out.timer(TimerKey::Sequence, schedule::SEQUENCE_MS);
            out.touch();
        }
        Found::None => {
            let begun = state.pending_keys.len() > 1;
            state.pending_keys.clear();
            if begun {
                out.touch();
            } else if overlay::is_only_read(state) {
                // the key that opened it, or the one that leaves, closes what is only there to be read
                let below = state.keymap.lookup(state.screen_context(), &[key]);
                if matches!(below, Found::Action(Action::Why | Action::Console | Action::Quit)) {
                    state.overlay = None;
                    out.touch();
                } else if let (Found::Action(action), Some(Overlay::Why { key, .. })) =
                    (below, &state.overlay)
                    && helps(action)
                {
                    // what helps is one key away from what is told, and means what was told; rows may have moved below it
                    let same = subject::subject(state).as_ref() == Some(key);
                    let moved =
                        format!("{key} is not what is selected any more: select it, and press the key again");
                    state.overlay = None;
                    out.touch();
                    if same {
                        act(state, action, drawn, out);
                    } else {
                        notice(state, out, moved, true);
                    }
                }
            } else if state.overlay.is_none() {
                elsewhere(state, key, out);
            } else {
                overlay::edit(state, key, out);
            }
        }
    }
}

/// What may help a service that is explained.
fn helps(action: Action) -> bool {
    action.changes()
        || matches!(
            action,
            Action::Logs | Action::Metrics | Action::Tasks | Action::Rollout | Action::Targets
        )
}

/// A key that means nothing on this screen: says where it does.
fn elsewhere(state: &mut State, key: Key, out: &mut Out) {
    let meaning = |context: &Context| match state.keymap.lookup(*context, &[key]) {
        Found::Action(action) if action.works_in(*context) => Some(action),
        _ => None,
    };
    let Some(action) = Context::SCREENS.iter().find_map(meaning) else { return };
    let places: Vec<Context> =
        Context::SCREENS.into_iter().filter(|context| meaning(context) == Some(action)).collect();
    notice(state, out, format!("“{}” works on {}", action.title(), Context::places(&places)), false);
}
