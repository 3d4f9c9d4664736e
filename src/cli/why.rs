//! `flightdeck why ENV/SERVICE`: why a service is not well, without a screen.

use super::{
    args::Common,
    change::{Target, routes},
    fail::{self, Failure, LOST},
    load,
    status::{self, Reading},
    time::iso,
};
use crate::{
    app::{judged_again, why::words},
    config::zone,
    model::{
        AlarmBrief, Answer, Ask, Service, ServiceDetail, Stamp, Version,
        why::{self, Diagnosis, Evidence, Kept, Known, Remedy, Since},
    },
    runtime::{
        black_box::{BlackBox, complaint},
        clock::Clock,
        credential_process,
        headless::HeadlessDriver,
        journal::Journal,
        routes::Routes,
        signals,
    },
};
use serde::Serialize;
use std::fmt::Write as _;

/// Everything that was read of a service to explain it.
struct Read {
    reading: Reading,
    detail: Box<ServiceDetail>,
    firing: Vec<AlarmBrief>,
    evidence: Evidence,
    now: Stamp,
}

/// Reads and prints.
pub fn print(common: &Common, service: &str, json: bool) -> Result<u8, Failure> {
    let target = Target::parse(service)?;
    let loaded = load::load(common, &load::flags(common))?;
    load::check_aws(&loaded.settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let read = runtime.block_on(signals::or_ended(read(&target, &loaded.settings)));
    runtime.shutdown_background();
    let read = read?;
    let call = |version: &Version| {
        let digest = version.digest.as_ref();
        version.words(digest.and_then(|digest| read.reading.commits.get(digest)).map(String::as_str))
    };
    let alarms: Vec<AlarmBrief> = read.detail.alarms.iter().chain(&read.firing).cloned().collect();
    let row = judged_again(&read.detail, &alarms, &read.evidence.series, read.now);
    let known = Known {
        detail: &read.detail,
        row: &row,
        firing: &read.firing,
        evidence: &read.evidence,
        now: read.now,
        clock: &zone::clock,
        call: &call,
    };
    let told = why::diagnose(&known);
    fail::print(&if json { to_json(&row, &told) } else { to_text(service, &told, read.now) })?;
    Ok(0)
}

async fn read(target: &Target, settings: &crate::config::Settings) -> Result<Read, Failure> {
    let gateway = credential_process::gateway();
    let routes = Box::pin(routes(&gateway, settings, &[target.environment.as_str()])).await?;
    let readings = Box::pin(status::read_named(&gateway, Routes::Known(routes.clone()))).await;
    let mut readings = readings.map_err(|trouble| Failure::from(&trouble))?;
    let here = |reading: &&mut Reading| reading.name.as_str() == target.environment;
    let Some(reading) = readings.environments.iter_mut().find(here) else {
        return Err(Failure::usage(format!("there is no environment “{}”", target.environment)));
    };
    let key = match (target.resolve(&reading.services, settings), reading.troubles.first()) {
        (Ok(service), _) => service.key.clone(),
        (Err(_), Some(trouble)) => return Err(Failure::from(trouble)),
        (Err(failure), None) => return Err(failure),
    };
    let region = reading.region.clone().unwrap_or_default();
    let headless = HeadlessDriver::new(&gateway, routes, Clock::WALL, Journal::new(load::journal_dir()));
    let detail = match headless.ask(&key.environment, Ask::Detail(key.clone())).await {
        Ok(Answer::Detail(detail)) => detail,
        Ok(_) => return Err(Failure::new(LOST, "AWS answered something else than the service")),
        Err(trouble) => return Err(Failure::from(&trouble)),
    };
    let named = reading.alarms.as_ref().and_then(|alarms| alarms.get(&key)).cloned().unwrap_or_default();
    let firing = if named.is_empty() {
        Vec::new()
    } else {
        // all that fire: what is known of a name may be masked, and is not asked for
        match headless.ask(&key.environment, Ask::Alarms { names: Vec::new() }).await {
            Ok(Answer::Alarms(alarms)) => {
                let its = |alarm: &AlarmBrief| alarm.state == "ALARM" && named.contains(&alarm.name);
                alarms.into_iter().filter(its).collect()
            }
            _ => Vec::new(),
        }
    };
    let mut evidence = Evidence { unpaid: settings.cost_limit <= 0.0, ..Evidence::default() };
    let now = headless.now();
    let wanted = {
        let call = |version: &Version| version.short();
        let known = Known {
            detail: &detail,
            row: &detail.service,
            firing: &[],
            evidence: &evidence,
            now,
            clock: &zone::clock,
            call: &call,
        };
        why::wants(&known, &region)
    };
    let reads = wanted.into_iter().map(|(want, ask)| {
        let (headless, environment) = (&headless, &key.environment);
        async move { (want, headless.ask(environment, ask).await) }
    });
    for (want, result) in futures_util::future::join_all(reads).await {
        // what could not be read is among the facts
        why::take(&mut evidence, want, result);
    }
    let kept = Kept::of(&detail, &evidence.lines, now);
    let dir = load::places().state.join("blackbox");
    let (kept, written) = BlackBox::new(&dir).remember(&detail.service.arn, kept, now);
    if let Err(error) = written {
        complain(&format!("flightdeck: {}", complaint(&dir, &error)));
    }
    evidence.kept = kept;
    Ok(Read {
        reading: std::mem::replace(reading, Reading::nothing(key.environment)),
        detail,
        firing,
        evidence,
        now,
    })
}

/// Tells whoever looks at a pipe, too.
fn complain(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr().lock(), "{}", fail::shown(text));
}

/// The command that helps, where there is one.
fn command(service: &str, told: &Diagnosis) -> Option<String> {
    Some(match told.remedy {
        Remedy::RollBack => {
            let back = told.back.as_deref().unwrap_or_default();
            format!("to go back to {back}: flightdeck rollback {service}")
        }
        Remedy::Deploy => format!("once it is mended: flightdeck deploy {service} --image IMAGE"),
        Remedy::Approve | Remedy::Scale | Remedy::Redeploy | Remedy::Logs | Remedy::Nothing => return None,
    })
}

fn to_text(service: &str, told: &Diagnosis, now: Stamp) -> String {
    let mut text = told.sentence.clone();
    if let Some(command) = command(service, told) {
        text = format!("{text}; {command}");
    }
    text.push('\n');
    for fact in &told.facts {
        let _ = writeln!(text, "  {:<14} {}", fact.label, words(fact, now));
    }
    text
}

#[derive(Serialize)]
struct Document<'a> {
    environment: &'a str,
    cluster: &'a str,
    service: &'a str,
    kind: &'a str,
    state: &'a str,
    /// Whether it is not well now.
    sick: bool,
    /// The first sentence.
    why: &'a str,
    symptom: &'a str,
    /// Since when; null where nobody told.
    since: Option<String>,
    /// The moment before which it began, where that is all there is to tell.
    since_before: Option<String>,
    /// The change that came just before; null where none did.
    change: Option<ChangeRow<'a>>,
    /// The last good revision.
    back: Option<BackRow<'a>>,
    remedy: Remedy,
    /// The most telling first.
    causes: Vec<CauseRow<'a>>,
    /// In the order of their weight.
    facts: Vec<FactRow<'a>>,
}

#[derive(Serialize)]
struct ChangeRow<'a> {
    revision: &'a str,
    at: String,
}

#[derive(Serialize)]
struct BackRow<'a> {
    revision: &'a str,
    task_definition: &'a str,
}

#[derive(Serialize)]
struct CauseRow<'a> {
    kind: why::CauseKind,
    words: &'a str,
    since: Option<String>,
    /// Nobody said so; it follows from what was seen.
    inferred: bool,
    task_definition: Option<&'a str>,
}

#[derive(Serialize)]
struct FactRow<'a> {
    label: &'a str,
    text: &'a str,
    inferred: bool,
    /// When it was kept on this machine, where AWS does not tell it any more.
    kept_at: Option<String>,
}

fn to_json(row: &Service, told: &Diagnosis) -> String {
    let document = Document {
        environment: row.key.environment.as_str(),
        cluster: &row.key.cluster,
        service: &row.key.name,
        kind: row.key.kind.word(),
        state: row.state.word(),
        sick: told.sick,
        why: &told.sentence,
        symptom: &told.symptom,
        since: told.since.and_then(Since::told).map(iso),
        since_before: told.since.and_then(Since::before).map(iso),
        change: told.change.as_ref().map(|change| ChangeRow { revision: &change.label, at: iso(change.at) }),
        back: told
            .back
            .as_deref()
            .map(|revision| BackRow { revision, task_definition: &told.back_definition }),
        remedy: told.remedy,
        causes: told
            .causes
            .iter()
            .map(|cause| CauseRow {
                kind: cause.kind,
                words: &cause.words,
                since: cause.since.map(iso),
                inferred: cause.inferred,
                task_definition: Some(cause.definition.as_str()).filter(|arn| !arn.is_empty()),
            })
            .collect(),
        facts: told
            .facts
            .iter()
            .map(|fact| FactRow {
                label: &fact.label,
                text: &fact.text,
                inferred: fact.inferred,
                kept_at: fact.kept.map(iso),
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
