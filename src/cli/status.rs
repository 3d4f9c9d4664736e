//! `flightdeck status`: every service, once, without a screen.

use super::{
    args::Common,
    fail::{self, Failure, LOST, USAGE},
    load,
    table::{Align, table},
};
use crate::{
    app::health,
    aws::{Client, Gateway},
    model::{Answer, Ask, EnvironmentName, Service, Stamp, Trouble, TroubleKind, stamp},
    runtime::{
        clock::wall,
        routes::{ASKED_FOR, Discovery, Routes},
    },
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What one environment answered.
pub struct Reading {
    /// Its name.
    pub name: EnvironmentName,
    /// Account, once known.
    pub account: Option<String>,
    /// Region, once known.
    pub region: Option<String>,
    /// Services by name.
    pub services: Vec<Service>,
    /// What could not be read.
    pub troubles: Vec<Trouble>,
}

/// Reads and prints.
pub fn print(common: &Common, json: bool) -> Result<u8, Failure> {
    let loaded = load::load(common, &load::flags(common))?;
    load::check_aws(&loaded.settings)?;
    let routes = Routes::of(&loaded.settings, &common.environments);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let readings = runtime.block_on(read(&Gateway::new(), routes));
    runtime.shutdown_background();
    let readings = match readings {
        Ok(readings) => readings,
        Err(trouble) => return nothing(&trouble, json),
    };
    let now = wall();
    fail::print(&if json { to_json(&readings) } else { to_text(&readings, now) })?;
    let lost =
        !readings.is_empty() && readings.iter().all(|r| r.services.is_empty() && !r.troubles.is_empty());
    Ok(if lost { LOST } else { 0 })
}

/// No environment could even be found.
fn nothing(trouble: &Trouble, json: bool) -> Result<u8, Failure> {
    if json {
        fail::print("{\"environments\":[]}\n")?;
    }
    Err(not_found(trouble))
}

/// The failure when environments were looked for: a mistake where one that was asked for is not there.
pub fn not_found(trouble: &Trouble) -> Failure {
    let mistaken = trouble.what == ASKED_FOR && trouble.kind == TroubleKind::NotFound;
    Failure::new(if mistaken { USAGE } else { LOST }, trouble.to_string())
}

/// Reads every environment, all at once.
///
/// # Errors
/// When there is no environment because looking for them failed.
pub async fn read(gateway: &Gateway, routes: Routes) -> Result<Vec<Reading>, Trouble> {
    let routes = match routes {
        Routes::Known(routes) => routes,
        Routes::Discovered(discovery) => discover(gateway, &discovery).await?,
        Routes::Made(_) => Vec::new(),
    };
    let readings = routes.into_iter().map(|route| one(gateway.connect(route.access), route.name));
    Ok(futures_util::future::join_all(readings).await)
}

/// Looks for environments, and no longer than somebody waits for it.
///
/// # Errors
/// As [`Discovery::find`].
pub async fn discover(
    gateway: &Gateway,
    discovery: &Discovery,
) -> Result<Vec<crate::runtime::routes::Route>, Trouble> {
    match tokio::time::timeout(SILENCE, discovery.find(gateway)).await {
        Ok(made) => Ok(made?.routes),
        Err(_) => {
            Err(silent("find the environments", discovery.base().region.as_deref().unwrap_or_default()))
        }
    }
}

/// Nothing said for so long is told as a trouble: whoever runs this waits for it.
const SILENCE: Duration = Duration::from_secs(10);

fn silent(what: &str, on: &str) -> Trouble {
    Trouble {
        kind: TroubleKind::TimedOut,
        what: what.into(),
        on: on.into(),
        why: format!("AWS said nothing for {} seconds", SILENCE.as_secs()),
        remedy: "check the network and the endpoint, then run it again".into(),
    }
}

/// Asks, as long as something comes at least every ten seconds.
async fn patient(
    client: &Client,
    ask: Ask,
    name: &EnvironmentName,
    keep: &(dyn Fn(Answer) + Send + Sync),
) -> Result<Answer, Trouble> {
    let parts = AtomicU64::new(0);
    let counted = |answer: Answer| {
        parts.fetch_add(1, Ordering::Relaxed);
        keep(answer);
    };
    let mut answer = std::pin::pin!(client.ask(ask, &counted));
    loop {
        let before = parts.load(Ordering::Relaxed);
        match tokio::time::timeout(SILENCE, &mut answer).await {
            Ok(answer) => return answer,
            Err(_) if parts.load(Ordering::Relaxed) != before => {}
            Err(_) => return Err(silent("read the environment", name.as_str())),
        }
    }
}

async fn one(client: Client, name: EnvironmentName) -> Reading {
    let rows = Mutex::new(BTreeMap::new());
    let keep = |answer: Answer| {
        if let Answer::Rows(services) = answer {
            let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
            rows.extend(services.into_iter().map(|service| (service.key.clone(), service)));
        }
    };
    let mut reading = Reading {
        name,
        account: client.settings().account.clone(),
        region: client.settings().region.clone(),
        services: Vec::new(),
        troubles: Vec::new(),
    };
    match patient(&client, Ask::Identity, &reading.name, &|_| ()).await {
        Ok(Answer::Identity(identity)) => reading.account = Some(identity.account),
        Ok(_) => {}
        Err(trouble) => {
            reading.troubles.push(trouble);
            return reading;
        }
    }
    match patient(&client, Ask::Fleet, &reading.name, &keep).await {
        Ok(Answer::FleetDone { gaps, .. }) => reading.troubles.extend(gaps),
        Ok(_) => {}
        Err(trouble) => reading.troubles.push(trouble),
    }
    reading.services = rows.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect();
    // without leave to read alarms a status is still a status
    if let Ok(Answer::Alarms(alarms)) = client.ask(Ask::Alarms { names: Vec::new() }, &|_| ()).await {
        health::judged(&mut reading.services, &alarms);
    }
    if reading.region.is_none() {
        // The fourth field of an ARN.
        reading.region = reading.services.iter().find_map(|s| s.arn.split(':').nth(3).map(str::to_owned));
    }
    reading
}

#[derive(Serialize)]
struct Document<'a> {
    environments: Vec<EnvironmentRow<'a>>,
}

#[derive(Serialize)]
struct EnvironmentRow<'a> {
    name: &'a str,
    account: Option<&'a str>,
    region: Option<&'a str>,
    error: Option<String>,
    services: Vec<ServiceRow<'a>>,
}

#[derive(Serialize)]
struct ServiceRow<'a> {
    name: &'a str,
    kind: &'a str,
    application: &'a str,
    version: String,
    image: &'a str,
    digest: Option<&'a str>,
    revision: &'a str,
    state: &'a str,
    running: u32,
    desired: Option<u32>,
    deployed_at: Option<String>,
}

fn to_json(readings: &[Reading]) -> String {
    let environments = readings
        .iter()
        .map(|reading| EnvironmentRow {
            name: reading.name.as_str(),
            account: reading.account.as_deref(),
            region: reading.region.as_deref(),
            error: error(reading),
            services: reading.services.iter().map(service_row).collect(),
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&Document { environments }).unwrap_or_default();
    text.push('\n');
    text
}

fn service_row(service: &Service) -> ServiceRow<'_> {
    ServiceRow {
        name: &service.key.name,
        kind: service.key.kind.word(),
        application: &service.application,
        version: service.version.short(),
        image: &service.version.image,
        digest: service.version.digest.as_deref(),
        revision: &service.revision,
        state: service.state.word(),
        running: service.running,
        desired: service.desired,
        deployed_at: service.deployed_at.map(iso),
    }
}

fn error(reading: &Reading) -> Option<String> {
    let told: Vec<String> = reading.troubles.iter().map(Trouble::to_string).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// RFC 3339 in UTC.
pub fn iso(stamp: Stamp) -> String {
    jiff::Timestamp::from_second(stamp.secs()).map_or_else(|_| String::new(), |moment| moment.to_string())
}

fn to_text(readings: &[Reading], now: Stamp) -> String {
    let rows: Vec<Vec<String>> = readings
        .iter()
        .flat_map(|reading| &reading.services)
        .map(|service| {
            let tasks = match service.desired {
                Some(desired) => format!("{}/{desired}", service.running),
                // App Runner tells no number of instances; that none is known does not mean that none runs.
                None if service.running == 0 => "-".to_owned(),
                None => service.running.to_string(),
            };
            vec![
                service.key.environment.to_string(),
                service.key.name.to_string(),
                service.key.kind.word().to_owned(),
                service.version.short(),
                service.state.word().to_owned(),
                tasks,
                service.deployed_at.map_or_else(|| "-".to_owned(), |at| stamp::brief(now.since(at))),
                service.note.clone(),
            ]
        })
        .collect();
    let columns = [
        ("ENV", Align::Left),
        ("SERVICE", Align::Left),
        ("KIND", Align::Left),
        ("VERSION", Align::Left),
        ("STATE", Align::Left),
        ("TASKS", Align::Right),
        ("DEPLOYED", Align::Right),
        ("", Align::Left),
    ];
    let mut out = if rows.is_empty() { String::from("no services\n") } else { table(&columns, &rows) };
    for reading in readings {
        for trouble in &reading.troubles {
            let _ = writeln!(out, "{}: {trouble}", reading.name);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, ServiceKey, ServiceState, Version};

    fn readings() -> Vec<Reading> {
        let mut service = Service::named(
            ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"),
            "arn:aws:ecs:us-west-2:111122223333:service/prod/prod-service".into(),
        );
        service.version = Version::of("1.dkr.ecr.us-west-2.amazonaws.com/fd:8be02d4", Some("sha256:ab"));
        service.state = ServiceState::Rolling;
        service.revision = "prod-service:42".into();
        (service.running, service.desired) = (3, Some(4));
        service.deployed_at = Some(Stamp::from_secs(1_790_000_000));
        vec![
            Reading {
                name: "prod".into(),
                account: Some("111122223333".into()),
                region: Some("us-west-2".into()),
                services: vec![service],
                troubles: Vec::new(),
            },
            Reading {
                name: "staging".into(),
                account: None,
                region: None,
                services: Vec::new(),
                troubles: vec![Trouble {
                    kind: TroubleKind::Expired,
                    what: "list clusters".into(),
                    on: "staging".into(),
                    why: "the session expired".into(),
                    remedy: "run `aws sso login`".into(),
                }],
            },
        ]
    }

    #[test]
    fn the_document_has_the_fields_that_are_promised() {
        let document: serde_json::Value = serde_json::from_str(&to_json(&readings())).unwrap();
        assert_eq!(
            document["environments"][0],
            serde_json::json!({
                "name": "prod", "account": "111122223333", "region": "us-west-2", "error": null,
                "services": [{
                    "name": "prod-service", "kind": "ecs", "application": "service", "version": "8be02d4",
                    "image": "1.dkr.ecr.us-west-2.amazonaws.com/fd:8be02d4", "digest": "sha256:ab",
                    "revision": "prod-service:42", "state": "rolling", "running": 3, "desired": 4,
                    "deployed_at": "2026-09-21T14:13:20Z"
                }]
            })
        );
        let error = document["environments"][1]["error"].as_str().unwrap();
        assert!(error.contains("the session expired"), "{error}");
    }

    #[test]
    fn the_table_is_for_people() {
        let text = to_text(&readings(), Stamp::from_secs(1_790_000_180));
        assert_eq!(
            text,
            "ENV   SERVICE       KIND  VERSION  STATE    TASKS  DEPLOYED\n\
             prod  prod-service  ecs   8be02d4  rolling    3/4        3m\n\
             staging: could not list clusters on staging: the session expired; run `aws sso login`\n"
        );
    }
}
