//! `flightdeck timeline`: what happened, once, without a screen.

use super::{
    args::Common,
    fail::{self, Failure, LOST},
    load, runs,
    status::{self, Reading},
    table::{Align, table},
    time::iso,
};
use crate::{
    app::{context, timeline},
    aws::Client,
    config::{settings::value, zone},
    model::{
        Answer, Ask, EnvironmentName, RunView, ServiceKey, Stamp, TimelineEvent, Trouble, TroubleKind,
        object::Place,
        timeline::{EVENTS_MAX, merged},
    },
    ops::RunRecord,
    runtime::{clock::wall, credential_process, journal::Journal, routes::Routes, signals},
};
use serde::Serialize;
use std::{
    fmt::Write as _,
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Services of an environment whose deployments are looked at.
const SERVICES: usize = 200;
/// Records of the team's runs that are read: the newest.
const RECORDS: u32 = 30;

/// What one environment told.
struct Told {
    reading: Reading,
    events: Vec<TimelineEvent>,
    gaps: Vec<Trouble>,
    bounds: Vec<String>,
}

/// Reads and prints.
pub fn print(common: &Common, since: &str, json: bool) -> Result<u8, Failure> {
    let length = value::duration(since, Duration::from_mins(1), Duration::from_hours(90 * 24)).map_err(
        |(wrong, hint)| Failure::usage(format!("--since: {}; {hint}", crate::model::text::line(&wrong))),
    )?;
    let loaded = load::load(common, &load::flags(common))?;
    load::check_aws(&loaded.settings)?;
    let routes = Routes::of(&loaded.settings, &common.environments);
    let lock = context::lock(&loaded.settings).map(|lock| lock.records());
    let now = wall();
    let since = now.plus(-i64::try_from(length.as_millis()).unwrap_or(i64::MAX));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let read = runtime.block_on(signals::or_ended(read(routes, lock, since)));
    runtime.shutdown_background();
    let (mut told, team, missing) = read.map_err(|trouble| status::not_found(&trouble))?;
    let journal = runs::listing::read(&mut Journal::new(load::journal_dir()));
    let own: Vec<RunView> =
        journal.runs.iter().filter_map(runs::listing::seen).map(|(view, _)| view).collect();
    let wanted = |key: &ServiceKey| {
        common.environments.is_empty()
            || common.environments.iter().any(|name| *name == *key.environment.as_str())
    };
    let others = team.iter().filter(|view| !own.iter().any(|own| own.header.id == view.header.id));
    let flown = own.iter().chain(others).filter(|view| wanted(&view.header.key)).flat_map(timeline::of_run);
    let all = told.iter().flat_map(|one| one.events.iter().cloned()).chain(flown);
    let mut all = merged(all.filter(|event| event.at >= since).map(Arc::new), usize::MAX);
    if all.len() > EVENTS_MAX {
        all.truncate(EVENTS_MAX);
        if let Some(one) = told.first_mut() {
            one.bounds.push(format!("the newest {EVENTS_MAX} entries of all environments"));
        }
    }
    fail::print(&if json { to_json(&told, &all, since) } else { to_text(&told, &all) })?;
    let mut err = std::io::stderr().lock();
    for trouble in &missing {
        let _ = writeln!(err, "flightdeck: environments may be missing: {trouble}");
    }
    let lost =
        told.iter().any(|one| !one.reading.troubles.is_empty() || one.gaps.iter().any(|gap| !is_aside(gap)));
    Ok(if lost || !missing.is_empty() || journal.partial { LOST } else { 0 })
}

/// Without leave to read one source a timeline is still a timeline.
fn is_aside(trouble: &Trouble) -> bool {
    matches!(trouble.kind, TroubleKind::Denied | TroubleKind::Unsupported)
}

async fn read(
    routes: Routes,
    lock: Option<Place>,
    since: Stamp,
) -> Result<(Vec<Told>, Vec<RunView>, Vec<Trouble>), Trouble> {
    let gateway = credential_process::gateway();
    let (routes, missing) = match routes {
        Routes::Known(routes) => (routes, Vec::new()),
        Routes::Discovered(discovery) => {
            let made = status::discover(&gateway, &discovery).await?;
            (made.routes, made.gaps)
        }
        Routes::Made(_) => (Vec::new(), Vec::new()),
    };
    let clients: Vec<(Client, EnvironmentName)> =
        routes.into_iter().map(|route| (gateway.connect(route.access), route.name)).collect();
    let first = clients.first().cloned();
    let readings = clients.into_iter().map(|(client, name)| one(client, name, since));
    let (mut told, team) = futures_util::join!(futures_util::future::join_all(readings), async {
        match (first, lock) {
            (Some((client, name)), Some(records)) => records_of(&client, &name, records).await,
            _ => Ok(Vec::new()),
        }
    });
    let keys: Vec<ServiceKey> =
        told.iter().flat_map(|one| one.reading.services.iter().map(|row| row.key.clone())).collect();
    for one in &mut told {
        timeline::mean(&mut one.events, &keys.iter().collect::<Vec<_>>());
    }
    let team = team.unwrap_or_else(|trouble| {
        if let Some(one) = told.first_mut() {
            one.gaps.push(trouble);
        }
        Vec::new()
    });
    Ok((told, team, missing))
}

async fn one(client: Client, name: EnvironmentName, since: Stamp) -> Told {
    let reading = status::one(client.clone(), name, false).await;
    let parts: Mutex<(Vec<TimelineEvent>, Vec<Trouble>, Vec<String>)> = Mutex::default();
    let keep = |answer: Answer| {
        if let Answer::Timeline { events, gaps, bounds } = answer {
            let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
            parts.0.extend(events);
            parts.1.extend(gaps);
            parts.2.extend(bounds);
        }
    };
    let keys: Vec<ServiceKey> = reading.services.iter().map(|row| row.key.clone()).collect();
    let (recent, more) = timeline::recent(&reading.services.iter().collect::<Vec<_>>(), since, SERVICES);
    let mut failed = None;
    if !keys.is_empty() {
        let ask = Ask::Timeline { keys, recent, since, trail: true };
        failed = status::patient(&client, ask, &reading.name, &keep).await.err();
    }
    let (events, mut gaps, mut bounds) = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
    gaps.extend(failed);
    if more {
        bounds.push(format!("deployments of the {SERVICES} services that changed last"));
    }
    Told { reading, events, gaps, bounds }
}

/// The team's runs, as their records in S3 tell them.
async fn records_of(
    client: &Client,
    name: &EnvironmentName,
    records: Place,
) -> Result<Vec<RunView>, Trouble> {
    let bucket = records.bucket.clone();
    let ask = Ask::Objects { place: records, limit: RECORDS };
    let Answer::Objects(keys) = status::patient(client, ask, name, &|_| ()).await? else {
        return Ok(Vec::new());
    };
    let newest = keys.len().saturating_sub(usize::try_from(RECORDS).unwrap_or(usize::MAX));
    let mut found = Vec::new();
    for key in keys.into_iter().skip(newest) {
        let ask = Ask::Object { place: Place { bucket: bucket.clone(), key } };
        if let Answer::Object(Some(object)) = status::patient(client, ask, name, &|_| ()).await?
            && let Ok(record) = RunRecord::read(&object)
        {
            found.push(record.into_view());
        }
    }
    Ok(found)
}

#[derive(Serialize)]
struct Document<'a> {
    since: String,
    environments: Vec<EnvironmentRow<'a>>,
    events: Vec<EventRow<'a>>,
}

#[derive(Serialize)]
struct EnvironmentRow<'a> {
    name: &'a str,
    /// Why it is not told whole; null where it is.
    error: Option<String>,
    /// What may not be read of it, and what bounds cut.
    notes: Vec<String>,
}

#[derive(Serialize)]
struct EventRow<'a> {
    at: String,
    environment: &'a str,
    service: Option<&'a str>,
    cluster: Option<&'a str>,
    kind: &'a str,
    source: &'a str,
    /// `plain`, `good` or `bad`.
    tone: &'a str,
    text: &'a str,
    who: Option<&'a str>,
}

fn to_json(told: &[Told], all: &[Arc<TimelineEvent>], since: Stamp) -> String {
    let environments = told
        .iter()
        .map(|one| {
            let aside = one.gaps.iter().filter(|gap| is_aside(gap)).chain(&one.reading.beside);
            let lost: Vec<Trouble> = one
                .reading
                .troubles
                .iter()
                .chain(one.gaps.iter().filter(|gap| !is_aside(gap)))
                .cloned()
                .collect();
            EnvironmentRow {
                name: one.reading.name.as_str(),
                error: status::joined(&lost),
                notes: aside.map(Trouble::to_string).chain(one.bounds.iter().map(|b| cut(b))).collect(),
            }
        })
        .collect();
    let events = all
        .iter()
        .map(|event| EventRow {
            at: iso(event.at),
            environment: event.environment.as_str(),
            service: event.key.as_ref().map(|key| &*key.name),
            cluster: event.key.as_ref().map(|key| &*key.cluster).filter(|cluster| !cluster.is_empty()),
            kind: event.kind.word(),
            source: event.kind.source(event.key.as_ref().map(|key| key.kind)),
            tone: event.tone.word(),
            text: &event.text,
            who: Some(event.who.as_str()).filter(|who| !who.is_empty()),
        })
        .collect();
    let document = Document { since: iso(since), environments, events };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn to_text(told: &[Told], all: &[Arc<TimelineEvent>]) -> String {
    let zone = zone::system();
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|event| {
            let at = jiff::Timestamp::from_millisecond(event.at.0).map(|at| at.to_zoned(zone.clone()));
            vec![
                at.map_or_else(|_| String::new(), |at| at.strftime("%F %T").to_string()),
                event.kind.word().to_owned(),
                event.environment.to_string(),
                event.key.as_ref().map_or_else(|| "-".to_owned(), |key| key.name.to_string()),
                if event.who.is_empty() { "-".to_owned() } else { event.who.clone() },
                event.text.clone(),
            ]
        })
        .collect();
    let columns = [
        ("AT", Align::Left),
        ("KIND", Align::Left),
        ("ENV", Align::Left),
        ("SERVICE", Align::Left),
        ("WHO", Align::Left),
        ("WHAT", Align::Left),
    ];
    let notes = notes(told);
    let table = match (rows.is_empty(), notes.is_empty()) {
        (false, _) => table(&columns, &rows),
        (true, true) if told.is_empty() => String::from("there are no environments\n"),
        (true, true) => String::from("nothing happened\n"),
        (true, false) => String::from("nothing is told, and not all of it was read\n"),
    };
    table + &notes
}

/// What could not be read, and what bounds cut: each once, with all environments that it is of.
fn notes(told: &[Told]) -> String {
    let mut notes: Vec<(String, Vec<&str>)> = Vec::new();
    for one in told {
        let troubles = one.reading.troubles.iter().chain(&one.reading.beside).chain(&one.gaps);
        for note in troubles.map(Trouble::to_string).chain(one.bounds.iter().map(|bound| cut(bound))) {
            let name = one.reading.name.as_str();
            match notes.iter_mut().find(|(known, _)| *known == note) {
                Some((_, names)) if names.contains(&name) => {}
                Some((_, names)) => names.push(name),
                None => notes.push((note, vec![name])),
            }
        }
    }
    notes.into_iter().fold(String::new(), |mut out, (note, names)| {
        let _ = writeln!(out, "{}: {note}", names.join(", "));
        out
    })
}

/// What is said where a bound cut something.
fn cut(bound: &str) -> String {
    format!("no more than {bound}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, gaps: Vec<Trouble>, bounds: &[&str]) -> Told {
        let reading = Reading {
            name: name.into(),
            account: None,
            region: None,
            services: Vec::new(),
            alarms: None,
            troubles: Vec::new(),
            beside: Vec::new(),
            commits: std::collections::HashMap::new(),
        };
        Told { reading, events: Vec::new(), gaps, bounds: bounds.iter().map(|b| (*b).to_owned()).collect() }
    }

    fn denied() -> Trouble {
        Trouble {
            kind: TroubleKind::Denied,
            what: "look up who changed what".into(),
            on: String::new(),
            why: "AccessDenied".into(),
            remedy: String::new(),
        }
    }

    #[test]
    fn what_could_not_be_read_is_told_once_and_is_not_nothing() {
        assert_eq!(to_text(&[told("prod", Vec::new(), &[])], &[]), "nothing happened\n");
        let text =
            to_text(&[told("staging", vec![denied()], &[]), told("prod", vec![denied()], &["x"])], &[]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "nothing is told, and not all of it was read",
                "staging, prod: could not look up who changed what: AccessDenied",
                "prod: no more than x",
            ]
        );
    }
}
