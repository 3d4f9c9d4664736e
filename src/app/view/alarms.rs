//! The alarms listed: those in alarm first, each once, whichever environments of an account read it.

use super::{
    filter::{contains, unknown as unknown_of, words},
    layout::{self, keep as keep_list},
};
use crate::{
    app::state::{AlarmId, AlarmWidths, Alarmed, ListView, State},
    model::{EnvironmentName, ServiceKey},
};
use std::{collections::HashSet, sync::Arc};

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
    (account, region, one.alarm.own_name().to_owned())
}

/// Every alarm once: those in alarm first, the newest change first.
pub fn all(state: &State) -> &[Arc<Alarmed>] {
    &state.alarms.all
}

/// What of it passes the filter.
pub fn listed(state: &State) -> &[Arc<Alarmed>] {
    &state.alarms.listed
}

/// Puts together what was read. Once for each change of it: keys and frames use what it made. The cursor stays on the
/// first, or on what it was on.
pub fn arrange(state: &mut State) {
    let mut seen = HashSet::new();
    let read = state.alarms.read.values().flatten();
    let mut all: Vec<Arc<Alarmed>> = read.filter(|one| seen.insert(id(state, one))).cloned().collect();
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
    let own = selected(state).filter(|_| state.alarms.list.cursor > 0).map(|one| id(state, one));
    state.alarms.all = all;
    sift(state);
    let place = own.and_then(|own| listed(state).iter().position(|one| id(state, one) == own));
    if let Some(place) = place {
        let down = state.alarms.list.cursor.saturating_sub(state.alarms.list.offset);
        state.alarms.list = ListView { cursor: place, offset: place.saturating_sub(down) };
    }
    keep(state);
}

/// What passes the filter.
fn sift(state: &mut State) {
    let view = &mut state.alarms;
    let filter = &view.filter;
    view.listed = view.all.iter().filter(|one| holds(filter, one)).cloned().collect();
    let mut widths = AlarmWidths::default();
    for one in &view.listed {
        let names = &mut widths.names;
        names.environment = names.environment.max(layout::cells(one.environment.as_str()));
        names.service = names.service.max(layout::cells(one.key.as_ref().map_or("-", |key| &key.name)));
        widths.name = widths.name.max(layout::cells(&one.alarm.name));
        widths.rule = widths.rule.max(layout::cells(&one.alarm.rule));
    }
    view.widths = widths;
}

/// The alarm under the cursor.
pub fn selected(state: &State) -> Option<&Arc<Alarmed>> {
    listed(state).get(state.alarms.list.cursor)
}

/// The service that it means.
pub fn subject(state: &State) -> Option<ServiceKey> {
    selected(state).and_then(|one| one.key.clone())
}

/// An account and a region.
type Place<'a> = (&'a str, &'a str);

/// The environments of one account and region, which have the same alarms; each that is not known where it is by itself.
pub(in crate::app) fn neighbours(state: &State) -> Vec<Vec<&EnvironmentName>> {
    let mut groups: Vec<(Option<Place<'_>>, Vec<&EnvironmentName>)> = Vec::new();
    for environment in &state.environments {
        let place = environment.identity.as_ref().map(|i| (i.account.as_str(), environment.region.as_str()));
        match groups.iter_mut().find(|(known, _)| place.is_some() && *known == place) {
            Some((_, names)) => names.push(&environment.name),
            None => groups.push((place, vec![&environment.name])),
        }
    }
    groups.into_iter().map(|(_, names)| names).collect()
}

/// Environments whose alarms are not known: neither they nor a neighbour read them.
pub fn unread(state: &State) -> Vec<&EnvironmentName> {
    let groups = neighbours(state);
    let unread = groups.into_iter().filter(|names| !names.iter().any(|n| state.alarms.read.contains_key(*n)));
    unread.flatten().collect()
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
        sift(state);
        keep(state);
    }
}
