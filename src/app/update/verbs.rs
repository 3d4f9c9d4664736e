//! From verbs to what carries them out.

use super::navigate;
use crate::{
    action::{Action, Context},
    app::{
        Effect, charts,
        flow::{Out, notice},
        overlay::{keys as overlay, palette, wish},
        screen::{self, console},
        state::{Line, ListView, Overlay, Screen, State, Tab},
        store::{
            board,
            environments::{again, leave},
            sign_in,
            sparks::want_sparks,
        },
        subject::with_subject,
        timeline,
    },
};

/// Carries out a verb, wherever it comes from. Every verb leads to something everywhere: if nothing else, to
/// a sentence why not.
pub(in crate::app) fn act(state: &mut State, action: Action, drawn: u64, out: &mut Out) {
    if matches!(state.overlay, Some(Overlay::Filter(_))) && overlay::is_movement(action) {
        out.touch();
        move_below(state, action, out);
        return;
    }
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
    if !carried_out(state, action, out) {
        notice(state, out, nothing_here(action, context), false);
    }
    // a move of the cursor changes what is seen; so does nearly every other verb
    out.touch();
    if state.screen() == Screen::Fleet && state.fleet.offset != before {
        want_sparks(state, out);
    }
}

/// By the screen that is shown, if the verb is its own, else as everywhere.
fn carried_out(state: &mut State, action: Action, out: &mut Out) -> bool {
    if screen::of(state.screen()).act(state, action, out) || everywhere(state, action, out) {
        return true;
    }
    if action == Action::Back {
        navigate::back(state, out);
    }
    action == Action::Back
}

/// The lines below are moved over while the filter is typed.
fn move_below(state: &mut State, action: Action, out: &mut Out) {
    let line = state.overlay.take();
    screen::of(state.screen()).act(state, action, out);
    state.overlay = line;
}

/// Why a verb did nothing: it is at home elsewhere, or there is nothing for it at this moment.
fn nothing_here(action: Action, context: Context) -> String {
    let title = action.title();
    if action.works_in(context) {
        return format!("“{title}” has nothing to act on right now");
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
        Action::Timeline => {
            // from a chart's cursor, the moment it stands on
            let moment = charts::moment(state);
            timeline::open_at(state, moment);
            navigate::go(state, Screen::Timeline, out);
        }
        Action::Alarms => navigate::go(state, Screen::Alarms, out),
        Action::Board => navigate::go(state, Screen::Board, out),
        Action::Pin => with_subject(state, out, |state, key, out| board::pin(state, &key, out)),
        Action::Help => {
            if state.screen() == Screen::Help {
                navigate::back(state, out);
            } else {
                state.help = ListView::default();
                navigate::go(state, Screen::Help, out);
            }
        }
        Action::Palette => palette::open(state),
        Action::Filter => {
            if screen::of(state.screen()).filter(state).is_none() {
                navigate::go(state, Screen::Fleet, out);
            }
            let text = screen::of(state.screen()).filter(state).unwrap_or_default();
            state.overlay = Some(Overlay::Filter(Line::new(text)));
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
        Action::Why => with_subject(state, out, screen::service::why),
        Action::Mark => with_subject(state, out, screen::mark),
        Action::Console => console::show(state, out),
        Action::SignIn => sign_in::begin(state, out),
        Action::Deploy
        | Action::RollBack
        | Action::Migrate
        | Action::Promote
        | Action::Release
        | Action::Continue
        | Action::Redeploy
        | Action::Scale
        | Action::Stop => wish::begin(state, action, out),
        Action::Copy => with_subject(state, out, |state, key, out| screen::fleet::copy(state, &key, out)),
        Action::Refresh => refresh(state, out),
        _ => return false,
    }
    true
}

fn tab(state: &mut State, tab: Tab, out: &mut Out) {
    with_subject(state, out, |state, key, out| navigate::open(state, key, Some(tab), out));
}

fn refresh(state: &mut State, out: &mut Out) {
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
        again(state, name, false, out);
    }
}

/// Leaves at once; when runs are under way, after telling what becomes of them and being asked again.
fn quit(state: &mut State, out: &mut Out) {
    let live = state.runs.live.len();
    if live == 0 || state.quit_asked {
        leave(state, out);
        return;
    }
    state.quit_asked = true;
    let what = match live {
        _ if state.demo => "what is in progress ends with the demo".to_owned(),
        1 => "1 run continues in AWS and is resumed next time".to_owned(),
        many => format!("{many} runs continue in AWS and are resumed next time"),
    };
    notice(state, out, format!("{what}; quit again to leave"), false);
}
