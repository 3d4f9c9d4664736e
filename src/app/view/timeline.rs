//! What the timeline lists: what was read and the runs, put together; what narrows it; where the cursor is.

use super::{
    filter::{contains, unknown as unknown_of, words},
    layout::{self, keep as keep_list},
    runs,
};
use crate::{
    app::state::{Environment, Hold, ListView, Named, Screen, State, TimelineWidths},
    model::{
        EnvironmentName, EventKind, Kind, RunView, ServiceKey, Stamp, TimelineEvent, Tone, Verdict, stamp,
        timeline::merged,
    },
};
use std::{collections::HashMap, sync::Arc};

/// Where a term of the filter looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Environment,
    Service,
    Kind,
    Who,
}

const FIELDS: [Field; 4] = [Field::Environment, Field::Service, Field::Kind, Field::Who];

/// The columns the filter knows, for help and completion.
pub const COLUMNS: [&str; 4] = ["env", "service", "kind", "who"];

fn field(column: &str) -> Option<Field> {
    Some(match column.to_ascii_lowercase().as_str() {
        "env" | "environment" => Field::Environment,
        "service" | "name" => Field::Service,
        "kind" => Field::Kind,
        "who" | "by" => Field::Who,
        _ => return None,
    })
}

/// The first column named in the text that there is not.
pub fn unknown(text: &str) -> Option<&str> {
    unknown_of(text, field)
}

/// True when every term of the filter holds.
pub fn holds(filter: &str, event: &TimelineEvent) -> bool {
    let of = |field: Field| match field {
        Field::Environment => event.environment.as_str(),
        Field::Service => event.key.as_ref().map_or("", |key| &*key.name),
        Field::Kind => event.kind.word(),
        Field::Who => event.who.as_str(),
    };
    words(filter, field).all(|(negated, field, text)| {
        let texts: Vec<&str> = match field {
            Some(field) => vec![of(field)],
            None => FIELDS.into_iter().map(of).chain([event.text.as_str()]).collect(),
        };
        texts.into_iter().any(|own| contains(own, &text)) != negated
    })
}

/// When a run began, and when it ended.
pub fn of_run(view: &RunView) -> Vec<TimelineEvent> {
    let header = &view.header;
    let event = |id: String, at: Stamp, text: String, who: &str, tone: Tone| TimelineEvent {
        id,
        at,
        environment: header.key.environment.clone(),
        key: Some(header.key.clone()),
        kind: EventKind::Run,
        name: header.kind.word().to_owned(),
        text,
        begins: false,
        who: who.to_owned(),
        tone,
    };
    let note = if header.note.is_empty() { String::new() } else { format!(" “{}”", header.note) };
    let title = if header.title.is_empty() { header.kind.word() } else { &header.title };
    let began = format!("{title} began{note}");
    let mut events =
        vec![event(format!("run {} begins", header.id), header.at, began, &header.who, Tone::Plain)];
    if let Some((verdict, why, at)) = &view.end {
        let tone = if *verdict == Verdict::Succeeded { Tone::Good } else { Tone::Bad };
        let because = if why.is_empty() { String::new() } else { format!(": {why}") };
        let word = verdict.word().replace('_', " ");
        let text =
            format!("{} {word} after {}{because}", header.kind.word(), stamp::precise(at.since(header.at)));
        events.push(event(format!("run {} ends", header.id), *at, text, &header.who, tone));
    }
    events
}

/// From when on it is told.
pub(in crate::app) fn since(state: &State) -> Stamp {
    let own = state.now.plus(-state.timeline.range.seconds().saturating_mul(1000));
    state.timeline.moment.map_or(own, |moment| own.min(moment.plus(-AROUND_MS)))
}

/// Milliseconds before the moment it was opened at that are told at least.
const AROUND_MS: i64 = 600_000;

/// Everything since, newest first: what was read, and the runs.
pub fn all(state: &State) -> &[Arc<TimelineEvent>] {
    &state.timeline.all
}

/// What of it passes the filter.
pub fn listed(state: &State) -> &[Arc<TimelineEvent>] {
    &state.timeline.listed
}

/// Puts together anew what was read and the runs, where they are on the screen.
pub(in crate::app) fn changed(state: &mut State) {
    if state.screen() == Screen::Timeline {
        arrange(state);
    }
}

/// Puts together anew what was read and the runs. Once for each change of them: keys and frames use what it made.
pub fn arrange(state: &mut State) {
    let since = since(state);
    let flown = runs::all(state).into_iter().flat_map(of_run).map(Arc::new);
    let all = state.timeline.events.iter().cloned().chain(flown).filter(|event| event.at >= since);
    let all = merged(all, usize::MAX);
    state.timeline.all = all;
    sift(state);
}

/// What passes the filter, and the cursor on what it holds on to.
fn sift(state: &mut State) {
    let own = selected(state).cloned();
    let view = &mut state.timeline;
    let filter = &view.filter;
    view.listed = view.all.iter().filter(|event| holds(filter, event)).cloned().collect();
    let mut widths = TimelineWidths::default();
    for event in &view.listed {
        let name = event.key.as_ref().map_or("-", |key| &key.name);
        widths.names.environment = widths.names.environment.max(layout::cells(event.environment.as_str()));
        widths.names.service = widths.names.service.max(layout::cells(name));
        widths.who = widths.who.max(layout::cells(&event.who));
    }
    view.widths = widths;
    match (view.hold, view.moment, own) {
        (Hold::Moment, Some(moment), _) => turn_to(state, moment),
        (Hold::Entry, _, Some(own)) => {
            // where it stood, or where it would stand: it may be told beside another now
            let same = view.listed.iter().position(|event| event.id == own.id);
            let at = same.unwrap_or_else(|| view.listed.partition_point(|event| event.at > own.at));
            let down = view.list.cursor.saturating_sub(view.list.offset);
            view.list = ListView { cursor: at, offset: at.saturating_sub(down) };
            keep(state);
        }
        (Hold::Entry, _, None) => keep(state),
        _ => {
            view.list = ListView::default();
            keep(state);
        }
    }
}

/// The entry under the cursor.
pub fn selected(state: &State) -> Option<&Arc<TimelineEvent>> {
    state.timeline.listed.get(state.timeline.list.cursor)
}

/// The key of the service that the event under the cursor is about.
pub fn subject(state: &State) -> Option<ServiceKey> {
    selected(state).and_then(|event| event.key.clone())
}

/// The cursor was moved: it holds on to where it is, and at the top to the newest.
pub(in crate::app) fn moved(state: &mut State) {
    let top = state.timeline.list.cursor == 0;
    state.timeline.hold = if top { Hold::Newest } else { Hold::Entry };
}

/// It is opened, at a moment or at the newest. Opened again without a moment it is as it was left.
pub(in crate::app) fn open_at(state: &mut State, moment: Option<Stamp>) {
    if moment.is_some() {
        state.timeline.hold = Hold::Moment;
    } else if state.timeline.moment.is_some() {
        state.timeline.hold = Hold::Newest;
    }
    state.timeline.moment = moment;
}

/// Where it stands, for people: what of it is being read for the first time, or from farther back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<'a> {
    /// All that can be read was.
    Done,
    /// These are being read, and it is not known yet what happened in them since then.
    Now(Vec<&'a EnvironmentName>),
}

/// What of it is being read that is not known from before.
pub fn reading(state: &State) -> Reading<'_> {
    let since = since(state).plus(60_000);
    let lacks = |environment: &&Environment| match state.timeline.asked.get(&environment.name) {
        Some(asked) => asked.reads() && asked.known().is_none_or(|known| known > since),
        // its services come first
        None => environment.trouble.is_none(),
    };
    let names: Vec<&EnvironmentName> = state.environments.iter().filter(lacks).map(|e| &e.name).collect();
    if names.is_empty() { Reading::Done } else { Reading::Now(names) }
}

/// Whether all of it was read: every environment, every source, within the bounds.
pub fn is_whole(state: &State) -> bool {
    let view = &state.timeline;
    reading(state) == Reading::Done
        && state
            .environments
            .iter()
            .all(|e| view.asked.get(&e.name).is_some_and(|asked| asked.known().is_some()))
        && view.gaps.values().all(Vec::is_empty)
        && view.bounds.values().all(Vec::is_empty)
}

/// Gives alarms the service that they mean by their names.
pub fn mean(events: &mut [TimelineEvent], candidates: &[&ServiceKey]) {
    let named = Named::of(candidates);
    let mut known: HashMap<String, Option<ServiceKey>> = HashMap::new();
    for event in events.iter_mut().filter(|event| event.kind == EventKind::Alarm && event.key.is_none()) {
        let key = known
            .entry(event.name.clone())
            .or_insert_with(|| named.meant(&event.name).first().map(|key| (*key).clone()));
        if let Some(key) = key {
            event.environment = key.environment.clone();
            event.key = Some(key.clone());
        }
    }
}

/// A deployment that began so long before may well have ended since: the longest bake time is a day.
const ENDS_LATER_MS: i64 = 86_400_000;

/// The services whose deployments are worth looking at: those that are not well or changed since, or not long before; and
/// whether there are more of them.
pub fn recent(services: &[&crate::model::Service], since: Stamp, most: usize) -> (Vec<ServiceKey>, bool) {
    use crate::model::ServiceState as S;
    let before = since.plus(-ENDS_LATER_MS);
    let ill = |row: &crate::model::Service| matches!(row.state, S::Rolling | S::Failing | S::Degraded);
    let mut found: Vec<(bool, Option<Stamp>, &ServiceKey)> = services
        .iter()
        .filter(|row| {
            row.deployed_at.is_none_or(|at| at >= before) || ill(row) || row.key.kind == Kind::AppRunner
        })
        .map(|row| (ill(row), row.deployed_at, &row.key))
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| b.1.cmp(&a.1)).then_with(|| a.2.cmp(b.2)));
    let more = found.len() > most;
    (found.into_iter().take(most).map(|(_, _, key)| key.clone()).collect(), more)
}

/// Keeps cursor and scroll within what there is.
pub(in crate::app) fn keep(state: &mut State) {
    let count = listed(state).len();
    let page = layout::timeline(state.size).1.rows();
    keep_list(&mut state.timeline.list, count, page);
}

/// Another filter; the cursor goes to the newest that passes, or to the moment it was opened at.
pub(in crate::app) fn narrow(state: &mut State, text: &str) {
    if state.timeline.filter != text {
        text.clone_into(&mut state.timeline.filter);
        if state.timeline.hold == Hold::Entry {
            state.timeline.hold = Hold::Newest;
        }
        sift(state);
    }
}

/// Puts the cursor on what happened last before a moment.
fn turn_to(state: &mut State, moment: Stamp) {
    let all = listed(state);
    let at = all.partition_point(|event| event.at > moment).min(all.len().saturating_sub(1));
    state.timeline.list.cursor = at;
    keep(state);
    // what came of it stands above
    let above = layout::timeline(state.size).1.rows() / 2;
    state.timeline.list.offset = state.timeline.list.offset.max(at.saturating_sub(above)).min(at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_hold() {
        let event = TimelineEvent {
            id: "1".into(),
            at: Stamp(0),
            environment: "prod".into(),
            key: Some(ServiceKey::new("prod", Kind::Ecs, "prod", "api")),
            kind: EventKind::Alarm,
            name: "api-5xx".into(),
            text: "api-5xx fires".into(),
            begins: false,
            who: String::new(),
            tone: Tone::Bad,
        };
        for (filter, wanted) in [
            ("", true),
            ("env:prod kind:alarm", true),
            ("kind:deploy", false),
            ("-kind:task fires", true),
            ("service:api", true),
            ("who:ana", false),
        ] {
            assert_eq!(holds(filter, &event), wanted, "{filter}");
        }
        assert_eq!((unknown("by:ana cluster:x"), unknown("env:prod")), (Some("cluster"), None));
    }

    #[test]
    fn alarms_mean_services_by_their_names() {
        let keys = [
            ServiceKey::new("prod", Kind::Ecs, "prod", "prod-api"),
            ServiceKey::new("staging", Kind::Ecs, "staging", "staging-api"),
        ];
        let mut events = vec![TimelineEvent {
            id: "1".into(),
            at: Stamp(0),
            environment: "staging".into(),
            key: None,
            kind: EventKind::Alarm,
            name: "prod-api-5xx".into(),
            text: String::new(),
            begins: false,
            who: String::new(),
            tone: Tone::Bad,
        }];
        mean(&mut events, &keys.iter().collect::<Vec<_>>());
        assert_eq!(events[0].key.as_ref(), Some(&keys[0]));
        assert_eq!(events[0].environment.as_str(), "prod", "whoever read it");
    }
}
