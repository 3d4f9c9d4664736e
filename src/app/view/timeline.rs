//! What the timeline lists: what was read and the runs, put together; what narrows it; where the cursor is.

use super::{
    filter::{contains, unknown as unknown_of, words},
    layout::{self, keep as keep_list},
    runs,
};
use crate::{
    app::state::{ListView, Named, State},
    model::{
        EventKind, Kind, RunView, ServiceKey, Stamp, TimelineEvent, Tone, Verdict, stamp,
        timeline::{EVENTS_MAX, merged},
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

/// Everything since, newest first: what was read, and the runs.
pub fn all(state: &State) -> Vec<Arc<TimelineEvent>> {
    let view = &state.timeline;
    let mut since = state.now.plus(-view.range.seconds().saturating_mul(1000));
    if let Some(moment) = view.moment {
        since = since.min(moment.plus(-600_000));
    }
    let flown = runs::all(state).into_iter().flat_map(of_run).map(Arc::new);
    let all = view.events.iter().cloned().chain(flown).filter(|event| event.at >= since);
    merged(all, EVENTS_MAX)
}

/// What of it passes the filter.
pub fn listed(state: &State) -> Vec<Arc<TimelineEvent>> {
    let mut all = all(state);
    all.retain(|event| holds(&state.timeline.filter, event));
    all
}

/// The key of the service that the event under the cursor is about.
pub fn subject(state: &State) -> Option<ServiceKey> {
    listed(state).get(state.timeline.list.cursor).and_then(|event| event.key.clone())
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

/// The services whose deployments are worth looking at: those that changed since or are not well, newest first.
pub fn recent(services: &[&crate::model::Service], since: Stamp, most: usize) -> Vec<ServiceKey> {
    use crate::model::ServiceState as S;
    let mut found: Vec<(Option<Stamp>, &ServiceKey)> = services
        .iter()
        .filter(|row| {
            row.deployed_at.is_none_or(|at| at >= since)
                || matches!(row.state, S::Rolling | S::Failing | S::Degraded)
                || row.key.kind == Kind::AppRunner
        })
        .map(|row| (row.deployed_at, &row.key))
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    found.into_iter().take(most).map(|(_, key)| key.clone()).collect()
}

/// Keeps cursor and scroll within what there is.
pub(in crate::app) fn keep(state: &mut State) {
    let count = listed(state).len();
    let page = layout::timeline(state.size).1.rows();
    keep_list(&mut state.timeline.list, count, page);
}

/// Another filter; the cursor goes to the newest that passes.
pub(in crate::app) fn narrow(state: &mut State, text: &str) {
    if state.timeline.filter != text {
        text.clone_into(&mut state.timeline.filter);
        state.timeline.list = ListView::default();
        keep(state);
    }
}

/// Puts the cursor on what happened last before a moment.
pub(in crate::app) fn turn_to(state: &mut State, moment: Stamp) {
    let all = listed(state);
    let at = all.iter().position(|event| event.at <= moment).unwrap_or(all.len().saturating_sub(1));
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
            text: "api-5xx in alarm".into(),
            who: String::new(),
            tone: Tone::Bad,
        };
        for (filter, wanted) in [
            ("", true),
            ("env:prod kind:alarm", true),
            ("kind:deploy", false),
            ("-kind:task alarm", true),
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
            who: String::new(),
            tone: Tone::Bad,
        }];
        mean(&mut events, &keys.iter().collect::<Vec<_>>());
        assert_eq!(events[0].key.as_ref(), Some(&keys[0]));
        assert_eq!(events[0].environment.as_str(), "prod", "whoever read it");
    }
}
