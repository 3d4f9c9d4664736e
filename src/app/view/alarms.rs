//! The alarms listed: those in alarm first, each once, whichever environments of an account read it.

use super::{
    filter::{contains, unknown as unknown_of, words},
    layout::{self, keep as keep_list},
};
use crate::{
    app::state::{AlarmId, Alarmed, ListView, State},
    model::ServiceKey,
};
use std::collections::HashSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Environment,
    Service,
    State,
    Metric,
}

/// The columns the filter knows.
pub const COLUMNS: [&str; 4] = ["env", "service", "state", "metric"];

fn field(column: &str) -> Option<Field> {
    Some(match column.to_ascii_lowercase().as_str() {
        "env" | "environment" => Field::Environment,
        "service" => Field::Service,
        "state" => Field::State,
        "metric" => Field::Metric,
        _ => return None,
    })
}

/// The first column named in the text that there is not.
pub fn unknown(text: &str) -> Option<&str> {
    unknown_of(text, field)
}

/// A state as people read it.
pub fn state_word(state: &str) -> &str {
    match state {
        "ALARM" => "in alarm",
        "OK" => "ok",
        "INSUFFICIENT_DATA" => "no data",
        other => other,
    }
}

fn holds(filter: &str, one: &Alarmed) -> bool {
    let of = |field: Field| match field {
        Field::Environment => one.environment.as_str(),
        Field::Service => one.key.as_ref().map_or("", |key| &*key.name),
        Field::State => state_word(&one.alarm.state),
        Field::Metric => one.alarm.rule.as_str(),
    };
    words(filter, field).all(|(negated, field, text)| {
        let texts: Vec<&str> = if let Some(field) = field {
            vec![of(field)]
        } else {
            let all = [Field::Environment, Field::Service, Field::State, Field::Metric];
            all.into_iter().map(of).chain([one.alarm.name.as_str()]).collect()
        };
        texts.into_iter().any(|own| contains(own, &text)) != negated
    })
}

/// What names an alarm apart from those of other accounts and regions.
pub fn id(state: &State, one: &Alarmed) -> AlarmId {
    let environment = state.environment(&one.environment);
    let account =
        environment.and_then(|e| e.identity.as_ref()).map_or_else(String::new, |i| i.account.clone());
    let region = environment.map_or_else(String::new, |e| e.region.clone());
    (account, region, one.alarm.name.clone())
}

/// Every alarm once: those in alarm first, the newest change first.
pub fn all(state: &State) -> Vec<&Alarmed> {
    let mut seen = HashSet::new();
    let mut all: Vec<&Alarmed> =
        state.alarms.read.values().flatten().filter(|one| seen.insert(id(state, one))).collect();
    let rank = |one: &Alarmed| match one.alarm.state.as_str() {
        "ALARM" => 0,
        "OK" => 2,
        _ => 1,
    };
    all.sort_by(|a, b| {
        rank(a)
            .cmp(&rank(b))
            .then_with(|| b.alarm.since.cmp(&a.alarm.since))
            .then_with(|| a.alarm.name.cmp(&b.alarm.name))
    });
    all
}

/// What of it passes the filter.
pub fn listed(state: &State) -> Vec<&Alarmed> {
    let mut all = all(state);
    all.retain(|one| holds(&state.alarms.filter, one));
    all
}

/// The alarm under the cursor.
pub fn selected(state: &State) -> Option<&Alarmed> {
    listed(state).get(state.alarms.list.cursor).copied()
}

/// The service that it means.
pub fn subject(state: &State) -> Option<ServiceKey> {
    selected(state).and_then(|one| one.key.clone())
}

/// Keeps cursor and scroll within what there is.
pub(in crate::app) fn keep(state: &mut State) {
    let count = listed(state).len();
    let page = layout::alarms(state.size).1.rows();
    keep_list(&mut state.alarms.list, count, page);
}

/// Another filter.
pub(in crate::app) fn narrow(state: &mut State, text: &str) {
    if state.alarms.filter != text {
        text.clone_into(&mut state.alarms.filter);
        state.alarms.list = ListView::default();
        keep(state);
    }
}
