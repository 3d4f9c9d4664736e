//! From (state, message) to (state, effects).

use super::{
    Effect, Msg, Purpose, State, TimerKey, changes, charts, clock, dialog, environments, fleet, health,
    images, keys,
    layout::keep,
    logs, mouse, navigate,
    out::Out,
    overlay, revisions, runs, schedule, service,
    state::{Notice, Overlay, Screen},
};
use crate::model::{Answer, EnvironmentName, Trouble};

/// Takes in one message. Effects are to be begun in their order; the screen is to be drawn anew when
/// [`State::revision`] changed.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    let mut out = Out::default();
    let over = overlay::which(state);
    match msg {
        // ages move on by the clock's timer, not by every message
        Msg::Now(now) => {
            state.now = now;
            return Vec::new();
        }
        Msg::Start => environments::start(state, &mut out),
        Msg::Key { key, drawn } => keys::key(state, key, drawn, &mut out),
        Msg::Paste { text, drawn } => overlay::paste(state, &text, drawn, &mut out),
        Msg::Mouse(event) => mouse::mouse(state, event, &mut out),
        Msg::Resize(width, height) => resize(state, (width, height), &mut out),
        Msg::Timer(key) => timer(state, key, &mut out),
        Msg::Part { environment, purpose, answer } => part(state, &environment, purpose, answer, &mut out),
        Msg::Answered { environment, purpose, result } => {
            answered(state, &environment, purpose, result, &mut out);
        }
        Msg::Written { run, call, result } => runs::written(state, &run, call, result, &mut out),
        Msg::Printed { run, call, line } => runs::printed(state, &run, call, line, &mut out),
        Msg::Environments(configured) => environments::known(state, configured, &mut out),
        Msg::SignedIn(result) => environments::signed_in(state, result, &mut out),
        Msg::Profiles(profiles, regions) => {
            state.profiles = profiles;
            state.regions = regions;
        }
        Msg::Lost(trouble) => environments::lost(state, trouble, &mut out),
        Msg::Cached(rows) => environments::cached(state, rows, &mut out),
        Msg::Journaled { entries, held } => runs::journaled(state, entries, held, &mut out),
        Msg::Meter { environment, calls, throttled, dollars } => {
            environments::meter(state, &environment, (calls, throttled, dollars), &mut out);
        }
        Msg::Notice { text, bad } => notice(state, &mut out, text, bad),
        Msg::Terminate => quit(state, &mut out),
        Msg::Continued => out.touch(),
    }
    overlay::followed(state, over);
    if out.changed {
        state.revision = state.revision.wrapping_add(1);
    }
    clock::arm(state, &mut out);
    out.effects
}

/// Tells something on the hint line.
pub(super) fn notice(state: &mut State, out: &mut Out, text: impl Into<String>, bad: bool) {
    let notice = Notice { text: text.into(), bad };
    out.timer(TimerKey::Notice, if bad { schedule::NOTICE_MS * 2 } else { schedule::NOTICE_MS });
    if state.notice.as_ref() != Some(&notice) {
        state.notice = Some(notice);
        out.touch();
    }
}

/// Leaves; the rows are kept for the next start.
pub(super) fn quit(state: &mut State, out: &mut Out) {
    environments::save(state, out);
    out.push(Effect::Quit);
}

fn resize(state: &mut State, size: (u16, u16), out: &mut Out) {
    if state.size == size {
        return;
    }
    state.size = size;
    out.touch();
    keep_all(state);
    dialog::resized(state);
    fleet::want_sparks(state, out);
}

/// Puts every cursor back on its page.
fn keep_all(state: &mut State) {
    let (cursor, cell) = (state.fleet.cursor, state.fleet.cell);
    fleet::select(state, cursor);
    if state.fleet.matrix {
        super::matrix::select(state, cell.0, cell.1);
    }
    service::keep(state);
    runs::keep(state);
    let count = state.environments.len();
    let page = super::layout::environments(state.size, count).1.rows();
    keep(&mut state.environments_view, count, page);
    overlay::keep(state);
}

fn timer(state: &mut State, key: TimerKey, out: &mut Out) {
    match key {
        TimerKey::Fleet(name) => environments::fleet_due(state, &name, out),
        TimerKey::Rows(name) => environments::rows_due(state, &name, out),
        TimerKey::Sparks(name) => environments::sparks_due(state, &name, out),
        TimerKey::Alarms(name) => health::due(state, &name, out),
        TimerKey::Detail => service::due(state, out),
        TimerKey::Charts => charts::due(state, out),
        TimerKey::Logs => logs::due(state, out),
        TimerKey::Order => fleet::order_due(state, out),
        TimerKey::Records => runs::team::due(state, out),
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
        TimerKey::Plan(run, timer) => changes::timer(state, &run, timer, out),
        TimerKey::Run(run, timer) => runs::timer(state, &run, timer, out),
    }
}

fn part(state: &mut State, name: &EnvironmentName, purpose: Purpose, answer: Answer, out: &mut Out) {
    match (purpose, answer) {
        (Purpose::Fleet | Purpose::Rows, Answer::Rows(rows)) => {
            environments::apply(state, rows, out);
        }
        (Purpose::Fleet, Answer::Identity(identity)) => {
            environments::identity(state, name, Ok(Answer::Identity(identity)), out);
        }
        (Purpose::Sparks, answer) => environments::sparks_part(state, answer, out),
        (Purpose::Charts(key, range), answer) => charts::part(state, &key, range, answer, out),
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
        Purpose::Sparks => environments::sparks_answered(state, name, result, out),
        Purpose::Detail(key) => service::answered(state, &key, result, out),
        Purpose::Charts(key, range) => charts::answered(state, &key, range, result, out),
        Purpose::Revisions(key) => revisions::answered(state, &key, result, out),
        Purpose::Definition(key, arn) => revisions::definition(state, &key, &arn, result, out),
        Purpose::Logs(key) => logs::answered(state, &key, result, out),
        Purpose::Images(key) => changes::images(state, &key, result, out),
        Purpose::Repository(repository) => images::answered(state, &repository, &result, out),
        Purpose::Alarms => health::answered(state, name, result, out),
        Purpose::Records => runs::team::listed(state, result, out),
        Purpose::Record(run) => runs::team::record(state, &run, result, out),
        Purpose::Plan(run, call) => changes::answered(state, &run, call, result, out),
        Purpose::Run(run, call) => runs::answered(state, &run, call, result, out),
    }
}

/// True while the open service is on the screen, or the panel that tells why it is not well.
pub(super) fn service_shown(state: &State) -> bool {
    state.screen() == Screen::Service || matches!(state.overlay, Some(Overlay::Why { .. }))
}

/// What a screen needs when it comes up.
pub(super) fn shown(state: &mut State, out: &mut Out) {
    out.touch();
    match state.screen() {
        Screen::Fleet => fleet::plan_sparks(state, out),
        Screen::Service => service::wake(state, out),
        Screen::Runs => {
            runs::keep(state);
            runs::team::wake(state, out);
        }
        Screen::Environments | Screen::Help => {}
    }
    navigate::check(state);
}
