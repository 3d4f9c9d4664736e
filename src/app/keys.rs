//! From keys to verbs, and from verbs to what carries them out.

use super::{
    Effect, TimerKey, changes, charts, console, environments, fleet, help, navigate,
    out::Out,
    overlay, palette, runs, schedule, service,
    state::{Line, Overlay, Screen, State, Tab},
    update::{self, notice},
};
use crate::{
    action::{Action, Context},
    config::{
        key::{Key, KeyCode},
        keymap::Found,
    },
    model::ServiceKey,
};

/// A key was pressed when frame `drawn` was the last on the screen.
pub(super) fn key(state: &mut State, key: Key, drawn: u64, out: &mut Out) {
    state.drawn = state.drawn.max(drawn);
    // leaving works everywhere, whatever is bound or open
    if key.code() == KeyCode::Char('c') && key.ctrl() {
        update::quit(state, out);
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
                }
            } else if state.overlay.is_none() {
                elsewhere(state, key, out);
            } else {
                overlay::edit(state, key, out);
            }
        }
    }
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

/// Carries out a verb, wherever it comes from. Every verb leads to something everywhere: if nothing else, to
/// a sentence why not.
pub(super) fn act(state: &mut State, action: Action, drawn: u64, out: &mut Out) {
    if state.overlay.is_some() {
        out.touch();
        overlay::act(state, action, drawn, out);
        return;
    }
    let before = state.fleet.offset;
    let context = state.screen_context();
    if !action.works_in(context) {
        notice(state, out, nothing_here(action, context), false);
        return;
    }
    if !everywhere(state, action, out) && !on_screen(state, action, out) {
        notice(state, out, nothing_here(action, context), false);
    }
    // a move of the cursor changes what is seen; so does nearly every other verb
    out.touch();
    if state.screen() == Screen::Fleet && state.fleet.offset != before {
        fleet::want_sparks(state, out);
    }
}

/// Why a verb did nothing: it is at home elsewhere, or there is nothing for it at this moment.
fn nothing_here(action: Action, context: Context) -> String {
    let title = action.title();
    if action.works_in(context) {
        return format!("“{title}” has nothing to act on here at this moment");
    }
    let works = |contexts: &[Context]| -> Vec<Context> {
        contexts.iter().copied().filter(|context| action.works_in(*context)).collect()
    };
    let mut places = works(&Context::SCREENS);
    if places.is_empty() {
        places = works(&[Context::Dialog, Context::Input]);
    }
    format!("“{title}” works on {}", Context::places(&places))
}

/// Verbs that mean the same on every screen; false for the others.
fn everywhere(state: &mut State, action: Action, out: &mut Out) -> bool {
    match action {
        Action::Fleet => navigate::go(state, Screen::Fleet, out),
        Action::Runs => {
            state.runs.open = None;
            navigate::go(state, Screen::Runs, out);
        }
        Action::Environments => navigate::go(state, Screen::Environments, out),
        Action::Help => {
            if state.screen() == Screen::Help {
                navigate::back(state, out);
            } else {
                state.help = super::state::ListView::default();
                navigate::go(state, Screen::Help, out);
            }
        }
        Action::Palette => palette::open(state),
        Action::Filter => {
            if state.screen() == Screen::Service
                && let Some(view) = state.service.as_ref().filter(|view| view.tab == Tab::Logs)
            {
                state.overlay = Some(Overlay::Filter(Line::new(&view.log_filter)));
                return true;
            }
            if state.screen() == Screen::Runs && state.runs.open.is_none() {
                state.overlay = Some(Overlay::Filter(Line::new(&state.runs.filter)));
                return true;
            }
            if state.screen() != Screen::Fleet {
                navigate::go(state, Screen::Fleet, out);
            }
            state.overlay = Some(Overlay::Filter(Line::new(&state.fleet.filter)));
        }
        Action::Times => {
            state.absolute_times = !state.absolute_times;
            let text = if state.absolute_times { "times are absolute" } else { "times are relative" };
            notice(state, out, text, false);
        }
        Action::Mouse => {
            state.mouse = !state.mouse;
            out.push(Effect::Mouse(state.mouse));
            let text = if state.mouse {
                "the mouse is flightdeck's; hold shift to select text"
            } else {
                "the mouse is the terminal's"
            };
            notice(state, out, text, false);
        }
        Action::Suspend => out.push(Effect::Suspend),
        Action::Quit => quit(state, out),
        Action::Rollout => tab(state, Tab::Rollout, out),
        Action::Metrics => tab(state, Tab::Metrics, out),
        Action::Logs => tab(state, Tab::Logs, out),
        Action::Tasks => tab(state, Tab::Tasks, out),
        Action::Revisions => tab(state, Tab::Revisions, out),
        Action::Config => tab(state, Tab::Config, out),
        Action::Targets => tab(state, Tab::Targets, out),
        Action::Why => with_subject(state, out, service::why),
        Action::Mark => with_subject(state, out, charts::mark),
        Action::Console => console::show(state, out),
        Action::SignIn => environments::sign_in(state, out),
        Action::Deploy
        | Action::RollBack
        | Action::Migrate
        | Action::Promote
        | Action::Release
        | Action::Continue
        | Action::Redeploy
        | Action::Scale
        | Action::Stop => changes::begin(state, action, out),
        Action::Copy if state.screen() != Screen::Environments => copy(state, out),
        Action::Refresh if !matches!(state.screen(), Screen::Environments | Screen::Runs) => {
            refresh(state, out);
        }
        _ => return false,
    }
    true
}

fn on_screen(state: &mut State, action: Action, out: &mut Out) -> bool {
    match state.screen() {
        Screen::Fleet => match action {
            Action::Open => {
                with_subject(state, out, |state, key, out| service::open(state, key, None, out));
            }
            Action::Back => {
                if state.fleet.filter.is_empty() {
                    notice(state, out, "this is the fleet; quit leaves flightdeck", false);
                } else {
                    fleet::filter(state, "");
                    fleet::want_sparks(state, out);
                }
            }
            _ => return fleet::act(state, action, out),
        },
        screen => {
            let done = match screen {
                Screen::Service => service::act(state, action, out),
                Screen::Runs => runs::act(state, action, out),
                Screen::Environments => environments::act(state, action, out),
                _ => help::act(state, action),
            };
            if !done && action == Action::Back {
                navigate::back(state, out);
                return true;
            }
            return done;
        }
    }
    true
}

/// The service that verbs act on, on this screen.
pub fn subject(state: &State) -> Option<&ServiceKey> {
    match state.screen() {
        Screen::Fleet => fleet::selected(state),
        Screen::Service => state.service.as_ref().map(|view| &view.key),
        Screen::Runs => runs::selected(state).map(|view| &view.header.key),
        Screen::Environments | Screen::Help => None,
    }
}

/// Does something with the service that verbs act on, or says that there is none.
pub(super) fn with_subject(
    state: &mut State,
    out: &mut Out,
    act: impl FnOnce(&mut State, ServiceKey, &mut Out),
) {
    if let Some(key) = subject(state).cloned() {
        act(state, key, out);
        return;
    }
    let text = match state.screen() {
        Screen::Fleet if state.fleet.shown.is_empty() && !state.fleet.filter.is_empty() => {
            "no service passes the filter; back clears it"
        }
        Screen::Fleet if state.rows.is_empty() => "no service is known yet",
        Screen::Fleet => "no service is selected: this cell is empty",
        Screen::Runs => "no run is selected",
        _ => "no service is selected here; go to the fleet first",
    };
    notice(state, out, text, false);
}

fn tab(state: &mut State, tab: Tab, out: &mut Out) {
    with_subject(state, out, |state, key, out| service::open(state, key, Some(tab), out));
}

fn copy(state: &mut State, out: &mut Out) {
    if state.screen() == Screen::Service && service::copy(state, out) {
        return;
    }
    with_subject(state, out, |state, key, out| fleet::copy(state, &key, out));
}

fn refresh(state: &mut State, out: &mut Out) {
    if state.screen() == Screen::Service {
        service::refresh(state, out);
        return;
    }
    let names: Vec<_> = state.environments.iter().map(|e| e.name.clone()).collect();
    if state.lost.is_some() {
        // the runtime looks for environments, and waits before it looks again
        out.push(Effect::Reconnect(names.first().cloned().unwrap_or_else(|| "".into())));
        notice(state, out, "looking for environments again", false);
        return;
    }
    if names.is_empty() {
        notice(state, out, "still looking for environments", false);
    }
    for name in &names {
        environments::again(state, name, false, out);
    }
}

/// Leaves at once; when runs are under way, after telling what becomes of them and being asked again.
fn quit(state: &mut State, out: &mut Out) {
    let live = state.runs.live.len();
    if live == 0 || state.quit_asked {
        update::quit(state, out);
        return;
    }
    state.quit_asked = true;
    let what = match live {
        _ if state.demo => "what is under way ends with the demo".to_owned(),
        1 => "1 run goes on in AWS and is taken up again next time".to_owned(),
        many => format!("{many} runs go on in AWS and are taken up again next time"),
    };
    notice(state, out, format!("{what}; quit again to leave"), false);
}
