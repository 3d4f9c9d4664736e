//! When a relative time on the screen next changes its text. Nothing else ever asks for a tick.

use crate::{
    app::{
        TimerKey, alarms, environments, fleet,
        flow::Out,
        rows::{self, BodyRow},
        runs::{self, flight},
        service,
        state::{Screen, State, Tab},
        timeline,
    },
    model::{ServiceDetail, Stamp, StepState},
};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 86_400_000;

/// Sets the clock's timer to the next moment when something shown changes, if that is another moment than
/// the one it is set to.
pub(in crate::app) fn arm(state: &mut State, out: &mut Out) {
    let Some(at) = next(state) else { return };
    if state.clock_at == Some(at) {
        return;
    }
    state.clock_at = Some(at);
    // A fast clock does not make a restless screen.
    let least = if state.speed > 1.0 { 1_000 } else { 1 };
    let after = u64::try_from(state.felt(at.since(state.now))).unwrap_or(0).max(least);
    out.timer(TimerKey::Clock, after);
}

/// The next moment when a relative time that is shown changes its text; none when there is none.
pub fn next(state: &State) -> Option<Stamp> {
    let mut ticks = Ticks { now: state.now, next: None, absolute: state.absolute_times };
    of_header(state, &mut ticks);
    match state.screen() {
        Screen::Fleet => of_fleet(state, &mut ticks),
        Screen::Service => of_service(state, &mut ticks),
        Screen::Runs => of_runs(state, &mut ticks),
        Screen::Environments => of_environments(state, &mut ticks),
        Screen::Timeline => of_timeline(state, &mut ticks),
        Screen::Alarms => of_alarms(state, &mut ticks),
        Screen::Board | Screen::Help => {}
    }
    ticks.next
}

struct Ticks {
    now: Stamp,
    next: Option<Stamp>,
    absolute: bool,
}

impl Ticks {
    fn at(&mut self, at: Stamp) {
        let at = at.max(self.now.plus(1));
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }

    /// The next multiple of `unit` on the wall clock, so that all that tick with it tick together.
    fn wall(&mut self, unit: i64) {
        self.at(Stamp((self.now.0.div_euclid(unit) + 1) * unit));
    }

    /// `3m` since then: a relative time, unless times are absolute.
    fn since(&mut self, then: Option<Stamp>) {
        if let Some(then) = then.filter(|_| !self.absolute) {
            self.age(then);
        }
    }

    /// An age, relative always.
    fn age(&mut self, then: Stamp) {
        let age = self.now.since(then);
        match age {
            ..MINUTE => self.wall(SECOND),
            MINUTE..HOUR => self.wall(MINUTE),
            HOUR..DAY => self.at(then.plus((age / HOUR + 1) * HOUR)),
            _ => self.at(then.plus((age / DAY + 1) * DAY)),
        }
    }

    /// A moment to come, counted down to.
    fn until(&mut self, then: Stamp) {
        let rest = then.since(self.now);
        match rest {
            ..=0 => {}
            1..MINUTE => self.wall(SECOND),
            MINUTE..HOUR => self.wall(MINUTE),
            _ => self.at(then.plus(-(rest / HOUR * HOUR) + 1)),
        }
    }

    /// The time left for a decision.
    fn waiting(&mut self, state: &State, key: &crate::model::ServiceKey) {
        let waits = state.rows.get(key).and_then(crate::model::Service::waits);
        if let Some(until) = waits.and_then(|waits| waits.until) {
            self.until(until);
        }
    }

    /// A row: its age is shown from the moment on when it is stale.
    fn row(&mut self, state: &State, key: &crate::model::ServiceKey) {
        let Some(row) = state.rows.get(key).filter(|row| row.seen_at.0 > 0) else { return };
        let stale = row.seen_at.plus(fleet::stale_after(state, key));
        if self.now > stale { self.age(row.seen_at) } else { self.at(stale.plus(1)) }
    }
}

/// The age of the oldest environment, from the moment on when it is stale.
fn of_header(state: &State, ticks: &mut Ticks) {
    for environment in &state.environments {
        let Some(seen) = environment.seen_at else { continue };
        let stale = seen.plus(environments::stale_after(state, environment));
        if state.now > stale { ticks.age(seen) } else { ticks.at(stale.plus(1)) }
    }
}

fn of_fleet(state: &State, ticks: &mut Ticks) {
    for key in fleet::visible(state) {
        ticks.row(state, key);
        ticks.waiting(state, key);
        if !state.fleet.matrix {
            ticks.since(state.rows.get(key).and_then(|row| row.deployed_at));
        }
    }
}

fn of_service(state: &State, ticks: &mut Ticks) {
    let Some(view) = &state.service else { return };
    ticks.row(state, &view.key);
    ticks.waiting(state, &view.key);
    if let Some(row) = state.rows.get(&view.key) {
        ticks.since(row.deployed_at);
        ticks.since(row.rollout.as_ref().and_then(|r| r.started_at));
    }
    if service::live_run(state).is_some() {
        ticks.wall(SECOND);
    }
    let (_, page) = service::extent(state);
    let list = view.list();
    match view.tab {
        Tab::Revisions => {
            for revision in view.revisions.value.iter().flatten().skip(list.offset).take(page) {
                ticks.since(revision.at);
            }
        }
        Tab::Metrics | Tab::Logs => {}
        _ => {
            let Some(detail) = view.detail.value.as_deref() else { return };
            let width = service::areas(state).body.width;
            of_rows(detail, rows::body(view, width).into_iter().skip(list.offset).take(page), ticks);
        }
    }
}

/// The ages of these rows, and what waits for somebody.
fn of_rows(detail: &ServiceDetail, rows: impl Iterator<Item = BodyRow>, ticks: &mut Ticks) {
    for row in rows {
        if let BodyRow::Waiting(index) = row {
            let hook = detail.history.get(index).and_then(|rollout| rollout.awaiting());
            if let Some(at) = hook.and_then(|hook| hook.expires_at) {
                ticks.until(at);
            }
        }
        for side in [row.side(false), row.side(true)] {
            for at in moments(detail, side) {
                ticks.since(at);
            }
        }
    }
}

fn moments(detail: &ServiceDetail, row: BodyRow) -> [Option<Stamp>; 2] {
    match row {
        BodyRow::Task { index, .. } => detail
            .tasks
            .get(index)
            .map_or([None; 2], |t| [t.stopped_at.or(t.started_at).or(t.created_at), None]),
        BodyRow::Deployment(index) => {
            detail.deployments.get(index).map_or([None; 2], |d| [d.created_at, d.updated_at])
        }
        BodyRow::History(index) | BodyRow::Progress(index) => {
            detail.history.get(index).map_or([None; 2], |h| [h.started_at.or(h.created_at), h.finished_at])
        }
        BodyRow::Operation(index) => {
            detail.operations.get(index).map_or([None; 2], |o| [o.started_at, o.ended_at])
        }
        BodyRow::Alarm(index) => [detail.alarms.get(index).and_then(|a| a.since), None],
        BodyRow::Event(index) => [detail.events.get(index).map(|e| e.at), None],
        _ => [None; 2],
    }
}

fn of_runs(state: &State, ticks: &mut Ticks) {
    if let Some(view) = state.runs.open.as_ref().and_then(|id| runs::find(state, id)) {
        ticks.since(Some(view.header.at));
        // the duration of the step under way
        if view.end.is_none() && view.steps.iter().any(|s| s.state == StepState::Active) {
            ticks.wall(SECOND);
        }
        ticks.waiting(state, &view.header.key);
        let beside = flight::open(state).and_then(|run| flight::service(state, &run.header.key));
        if let Some(detail) = beside.and_then(|open| open.detail.value.as_deref()) {
            of_rows(detail, rows::flight(detail, state.size.0).into_iter().take(state.size.1.into()), ticks);
            for event in detail.events.iter().take(state.size.1.into()) {
                ticks.since(Some(event.at));
            }
        }
        return;
    }
    let page = crate::app::layout::runs(state.size).1.rows();
    for view in runs::listed(state).into_iter().skip(state.runs.list.offset).take(page) {
        ticks.since(Some(view.header.at));
        if view.end.is_none() && state.runs.live.contains_key(&view.header.id) {
            ticks.wall(SECOND);
        }
    }
}

fn of_alarms(state: &State, ticks: &mut Ticks) {
    let page = crate::app::layout::alarms(state.size).1.rows();
    for one in alarms::listed(state).iter().skip(state.alarms.list.offset).take(page) {
        ticks.since(one.alarm.since);
    }
}

fn of_timeline(state: &State, ticks: &mut Ticks) {
    let page = crate::app::layout::timeline(state.size).1.rows();
    for event in timeline::listed(state).iter().skip(state.timeline.list.offset).take(page) {
        ticks.since(Some(event.at));
    }
}

fn of_environments(state: &State, ticks: &mut Ticks) {
    for environment in &state.environments {
        if let (Some(next), true) = (environment.next_at, environment.trouble.is_some()) {
            ticks.until(next);
        }
        if let Some(expires) = environment.identity.as_ref().and_then(|i| i.expires_at) {
            ticks.until(expires);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_change_when_their_unit_does() {
        let ticks = |now: i64| Ticks { now: Stamp(now), next: None, absolute: false };
        for (now, then, next) in [
            // seconds tick with the wall's seconds, minutes with its minutes
            (100_500, 95_200, Some(101_000)),
            (500_500, 95_200, Some(540_000)),
            (10 * HOUR + 5, HOUR, Some(11 * HOUR - HOUR + HOUR)),
            (10 * HOUR, HOUR + 5, Some(10 * HOUR + 5)),
            (10 * DAY, DAY + 5, Some(10 * DAY + 5)),
        ] {
            let mut t = ticks(now);
            t.age(Stamp(then));
            assert_eq!(t.next.map(|s| s.0), next, "{now} {then}");
        }
        let mut t = ticks(0);
        t.until(Stamp(2 * HOUR + 30));
        assert_eq!(t.next, Some(Stamp(31)));
        let mut t = Ticks { now: Stamp(0), next: None, absolute: true };
        t.since(Some(Stamp(-5)));
        assert_eq!(t.next, None);
    }
}
