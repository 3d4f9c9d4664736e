//! From (state, message) to (state, effects).

use super::{keys, mouse, perform::perform};
use crate::{
    app::{
        Effect, Msg, Purpose, State, TimerKey, clock, dialog,
        flight::{self, planning},
        flow::{Out, notice},
        overlay, screen,
        state::Screen,
        store::{
            alarm_list, alarms, board, charts, environments, images, logs, numbers, order, revisions, rows,
            service, sign_in, sparks, team, timeline, watched, why,
        },
    },
    model::{Answer, EnvironmentName, Trouble},
};

/// Takes in one message. Effects are to be begun in their order; the screen is to be drawn anew when
/// [`State::revision`] changed.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    let mut out = Out::default();
    let over = overlay::keys::which(state);
    match msg {
        // ages move on by the clock's timer, not by every message
        Msg::Now(now) => {
            state.now = now;
            return Vec::new();
        }
        Msg::Start => environments::start(state, &mut out),
        Msg::Key { key, drawn } => keys::key(state, key, drawn, &mut out),
        Msg::Paste { text, drawn } => overlay::keys::paste(state, &text, drawn, &mut out),
        Msg::Mouse(event) => mouse::mouse(state, event, &mut out),
        Msg::Resize(width, height) => resize(state, (width, height), &mut out),
        Msg::Timer(key) => timer(state, key, &mut out),
        Msg::Part { environment, purpose, answer } => part(state, &environment, purpose, answer, &mut out),
        Msg::Answered { environment, purpose, result } => {
            answered(state, &environment, purpose, result, &mut out);
        }
        Msg::Written { run, call, result } => flight::written(state, &run, call, result, &mut out),
        Msg::Printed { run, call, heard } => flight::printed(state, &run, call, heard, &mut out),
        Msg::Environments(configured) => environments::known(state, configured, &mut out),
        Msg::SignedIn(result) => sign_in::signed_in(state, result, &mut out),
        Msg::Profiles(profiles, regions) => {
            state.profiles = profiles;
            state.regions = regions;
        }
        Msg::Lost(trouble) => environments::lost(state, trouble, &mut out),
        Msg::Remembered(key, kept) => why::remembered(state, &key, *kept, &mut out),
        Msg::Boards(boards) => board::kept(state, boards, &mut out),
        Msg::Cached(rows) => rows::cached(state, rows, &mut out),
        Msg::Journaled { entries, held } => flight::journaled(state, entries, held, &mut out),
        Msg::Meter { environment, calls, throttled, dollars } => {
            environments::meter(state, &environment, (calls, throttled, dollars), &mut out);
        }
        Msg::Notice { text, bad } => notice(state, &mut out, text, bad),
        Msg::Terminate => environments::leave(state, &mut out),
        Msg::Continued => out.touch(),
    }
    perform(state, &mut out);
    watched::tend(state, &mut out);
    overlay::keys::followed(state, over);
    if out.changed {
        state.revision = state.revision.wrapping_add(1);
    }
    clock::arm(state, &mut out);
    out.effects
}

fn resize(state: &mut State, size: (u16, u16), out: &mut Out) {
    if state.size == size {
        return;
    }
    state.size = size;
    out.touch();
    keep_all(state);
    dialog::resized(state);
    sparks::want_sparks(state, out);
}

/// Puts every cursor back on its page.
fn keep_all(state: &mut State) {
    for shown in Screen::ALL {
        screen::of(shown).keep(state);
    }
    overlay::keep(state);
}

fn timer(state: &mut State, key: TimerKey, out: &mut Out) {
    match key {
        TimerKey::Fleet(name) => environments::fleet_due(state, &name, out),
        TimerKey::Rows(name) => environments::rows_due(state, &name, out),
        TimerKey::Sparks(name) => sparks::sparks_due(state, &name, out),
        TimerKey::Alarms(name) => alarms::due(state, &name, out),
        TimerKey::Detail => service::due(state, out),
        TimerKey::Charts => charts::due(state, out),
        TimerKey::Logs => logs::due(state, out),
        TimerKey::Order => order::order_due(state, out),
        TimerKey::Board => board::due(state, out),
        TimerKey::AllAlarms => alarm_list::due(state, out),
        TimerKey::Watched => alarm_list::watched_due(state, out),
        TimerKey::Timeline => timeline::due(state, out),
        TimerKey::Records => team::due(state, out),
        TimerKey::Clock => {
            state.clock_at = None;
            out.touch();
        }
        TimerKey::Notice => {
            out.changed |= state.notice.take().is_some();
            state.quit_asked = false;
        }
        TimerKey::Sequence => {
            out.changed |= !state.pending_keys.is_empty();
            state.pending_keys.clear();
        }
        TimerKey::Plan(run, timer) => planning::timer(state, &run, timer, out),
        TimerKey::Run(run, timer) => flight::timer(state, &run, timer, out),
    }
}

fn part(state: &mut State, name: &EnvironmentName, purpose: Purpose, answer: Answer, out: &mut Out) {
    match (purpose, answer) {
        (Purpose::Fleet | Purpose::Rows, Answer::Rows(rows)) => {
            rows::apply(state, rows, out);
        }
        (Purpose::Fleet, Answer::Identity(identity)) => {
            environments::identity(state, name, Ok(Answer::Identity(identity)), out);
        }
        (Purpose::Sparks, answer) => sparks::sparks_part(state, answer, out),
        (Purpose::Charts(key, range), answer) => charts::part(state, &key, range, answer, out),
        (Purpose::Markers(_), answer) => {
            timeline::marks(state, name, answer, out);
            charts::mark_deployments(state);
        }
        (Purpose::Timeline(_), answer) => timeline::part(state, name, answer, out),
        // the whole answer follows
        _ => {}
    }
}

fn answered(
    state: &mut State,
    name: &EnvironmentName,
    purpose: Purpose,
    result: Result<Answer, Trouble>,
    out: &mut Out,
) {
    match purpose {
        Purpose::Identity => environments::identity(state, name, result, out),
        Purpose::Fleet => environments::fleet_answered(state, name, result, out),
        Purpose::Rows => environments::rows_answered(state, name, result, out),
        Purpose::Sparks => sparks::sparks_answered(state, name, result, out),
        Purpose::Detail(key) => service::answered(state, &key, result, out),
        Purpose::Charts(key, range) => charts::answered(state, &key, range, result, out),
        Purpose::Numbers(key) => numbers::answered(state, &key, result, out),
        Purpose::Revisions(key) => {
            overlay::revisions::revisions(state, &key, &result, out);
            revisions::answered(state, &key, result, out);
        }
        Purpose::Why(key, want) => why::answered(state, &key, *want, result, out),
        Purpose::Definition(key, arn) => revisions::definition(state, &key, &arn, result, out),
        Purpose::Logs(key) => logs::answered(state, &key, result, out),
        Purpose::Images(key) => overlay::images::images(state, &key, result, out),
        Purpose::Repository(repository) => images::answered(state, &repository, &result, out),
        Purpose::Alarms => alarms::answered(state, name, result, out),
        // its parts told it, and what of it may not be read is told by the timeline
        Purpose::Markers(_) => {}
        Purpose::Board => board::answered(state, name, result, out),
        Purpose::AllAlarms => alarm_list::answered(state, name, result, out),
        Purpose::Watched(id) => alarm_list::watched(state, id, result, out),
        Purpose::Timeline(since) => timeline::answered(state, name, since, result, out),
        Purpose::Records => team::listed(state, result, out),
        Purpose::Record(run) => team::record(state, &run, result, out),
        Purpose::Plan(run, call) => planning::answered(state, &run, call, result, out),
        Purpose::Run(run, call) => flight::answered(state, &run, call, result, out),
    }
}
