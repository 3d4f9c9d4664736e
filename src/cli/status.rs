//! `flightdeck status`: every service, once, without a screen.

mod commits;

use super::{
    args::Common,
    fail::{self, Failure, LOST, USAGE},
    load,
    table::{Align, table},
};
use crate::runtime::signals;
use crate::{
    app::{fleet::tasks_words, judged},
    aws::{Client, Gateway},
    model::{Answer, Ask, EnvironmentName, Kind, Service, ServiceKey, Stamp, Trouble, TroubleKind, stamp},
    runtime::{
        clock::wall,
        credential_process,
        routes::{ASKED_FOR, Discovery, Made, Routes},
    },
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    io::Write as _,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What one environment answered.
pub struct Reading {
    /// Its name.
    pub name: EnvironmentName,
    /// Account, once known.
    pub account: Option<String>,
    /// Region, once known.
    pub region: Option<String>,
    /// Services by name; those that are there and could not be read have the state `unknown`.
    pub services: Vec<Service>,
    /// Alarms that fire, by service; none where they could not be read.
    pub alarms: Option<HashMap<ServiceKey, Vec<String>>>,
    /// What of it could not be read: it is not told whole.
    pub troubles: Vec<Trouble>,
    /// What could not be read beside it: alarms without leave for them, balancers.
    pub beside: Vec<Trouble>,
    /// Tags that name the commit or release of an image, by its digest; where they were looked up.
    pub commits: HashMap<String, String>,
}

impl Reading {
    /// An environment of which nothing was read.
    pub fn nothing(name: EnvironmentName) -> Self {
        Self {
            name,
            account: None,
            region: None,
            services: Vec::new(),
            alarms: None,
            troubles: Vec::new(),
            beside: Vec::new(),
            commits: HashMap::new(),
        }
    }

    /// What to call the image of a service.
    fn version(&self, service: &Service) -> String {
        let digest = service.version.digest.as_ref();
        service.version.words(digest.and_then(|digest| self.commits.get(digest)).map(String::as_str))
    }
}

/// What the environments answered.
pub struct Readings {
    /// One for each.
    pub environments: Vec<Reading>,
    /// What of the account could not be looked at, so that environments may be missing.
    pub troubles: Vec<Trouble>,
}

impl Readings {
    /// Names of the environments that could not be read whole.
    fn in_part(&self) -> Vec<&str> {
        self.environments.iter().filter(|e| !e.troubles.is_empty()).map(|e| e.name.as_str()).collect()
    }
}

/// Reads and prints.
pub fn print(common: &Common, json: bool) -> Result<u8, Failure> {
    let loaded = load::load(common, &load::flags(common))?;
    load::check_aws(&loaded.settings)?;
    let routes = Routes::of(&loaded.settings, &common.environments);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let readings =
        runtime.block_on(signals::or_ended(read_all(&credential_process::gateway(), routes, true)));
    runtime.shutdown_background();
    let readings = match readings {
        Ok(readings) => readings,
        Err(trouble) => return nothing(&trouble, json),
    };
    let now = wall();
    fail::print(&if json { to_json(&readings, now) } else { to_text(&readings, now) })?;
    let in_part = readings.in_part();
    if in_part.is_empty() && readings.troubles.is_empty() {
        return Ok(0);
    }
    // a pipe takes the rows; whoever looks at it must not take them for all
    let mut err = std::io::stderr().lock();
    if !in_part.is_empty() {
        let _ = writeln!(err, "flightdeck: incomplete: {}", in_part.join(", "));
    }
    for trouble in &readings.troubles {
        let _ = writeln!(err, "flightdeck: environments may be missing: {trouble}");
    }
    Ok(LOST)
}

/// No environment could even be found.
fn nothing(trouble: &Trouble, json: bool) -> Result<u8, Failure> {
    if json {
        let none = Readings { environments: Vec::new(), troubles: vec![trouble.clone()] };
        fail::print(&to_json(&none, wall()))?;
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
pub async fn read(gateway: &Gateway, routes: Routes) -> Result<Readings, Trouble> {
    read_all(gateway, routes, false).await
}

/// The same, with the commits behind tags that move.
///
/// # Errors
/// As [`read`].
pub async fn read_named(gateway: &Gateway, routes: Routes) -> Result<Readings, Trouble> {
    read_all(gateway, routes, true).await
}

/// The same; `named` has the commits behind tags that move looked up too.
async fn read_all(gateway: &Gateway, routes: Routes, named: bool) -> Result<Readings, Trouble> {
    let (routes, troubles) = match routes {
        Routes::Known(routes) => (routes, Vec::new()),
        Routes::Discovered(discovery) => {
            let made = discover(gateway, &discovery).await?;
            (made.routes, made.gaps)
        }
        Routes::Made(_) => (Vec::new(), Vec::new()),
    };
    let readings = routes.into_iter().map(|route| one(gateway.connect(route.access), route.name, named));
    Ok(Readings { environments: futures_util::future::join_all(readings).await, troubles })
}

/// Looks for environments, and no longer than somebody waits for it.
///
/// # Errors
/// As [`Discovery::find`].
pub async fn discover(gateway: &Gateway, discovery: &Discovery) -> Result<Made, Trouble> {
    match tokio::time::timeout(SILENCE, discovery.find(gateway)).await {
        Ok(made) => made,
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

/// Asks, as long as AWS says something at least every ten seconds. Calls that are held back to keep within half of the
/// account's rates are not AWS's silence: ten thousand services take minutes.
pub(super) async fn patient(
    client: &Client,
    ask: Ask,
    name: &EnvironmentName,
    keep: &(dyn Fn(Answer) + Send + Sync),
) -> Result<Answer, Trouble> {
    let began = Instant::now();
    let silence = || client.silence().min(began.elapsed());
    let mut answer = std::pin::pin!(client.ask(ask, keep));
    loop {
        let left = SILENCE.saturating_sub(silence());
        match tokio::time::timeout(left, &mut answer).await {
            Ok(answer) => return answer,
            Err(_) if silence() < SILENCE => {}
            Err(_) => return Err(silent("read the environment", name.as_str())),
        }
    }
}

pub(super) async fn one(client: Client, name: EnvironmentName, named: bool) -> Reading {
    let rows = Mutex::new(BTreeMap::new());
    let keep = |answer: Answer| {
        if let Answer::Rows(services) = answer {
            let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
            rows.extend(services.into_iter().map(|service| (service.key.clone(), service)));
        }
    };
    let mut reading = Reading {
        account: client.settings().account.clone(),
        region: client.settings().region.clone(),
        ..Reading::nothing(name)
    };
    match patient(&client, Ask::Identity, &reading.name, &|_| ()).await {
        Ok(Answer::Identity(identity)) => reading.account = Some(identity.account),
        Ok(_) => {}
        Err(trouble) => {
            reading.troubles.push(trouble);
            return reading;
        }
    }
    let mut listed = Vec::new();
    match patient(&client, Ask::Fleet, &reading.name, &keep).await {
        Ok(Answer::FleetDone { keys, gaps, beside }) => {
            listed = keys;
            reading.troubles.extend(gaps);
            reading.beside.extend(beside);
        }
        Ok(_) => {}
        Err(trouble) => reading.troubles.push(trouble),
    }
    let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    for key in listed {
        // it is there, and nobody told more than its name
        rows.entry(key.clone()).or_insert_with(|| Service::named(key, String::new()));
    }
    let unread = rows.values().filter(|row| row.seen_at.0 == 0).count();
    if unread > 0 && reading.troubles.is_empty() {
        reading.troubles.push(undescribed(unread, reading.name.as_str()));
    }
    reading.services = rows.into_values().collect();
    match patient(&client, Ask::Alarms { names: Vec::new() }, &reading.name, &|_| ()).await {
        Ok(Answer::Alarms(alarms)) => reading.alarms = Some(judged(&mut reading.services, &alarms)),
        Ok(_) => {}
        // without leave to read alarms a status is still a status
        Err(trouble) if matches!(trouble.kind, TroubleKind::Denied | TroubleKind::Unsupported) => {
            reading.beside.push(trouble);
        }
        Err(trouble) => reading.troubles.push(trouble),
    }
    if named {
        reading.commits = commits::read(&client, &reading.services).await;
    }
    if reading.region.is_none() {
        // The fourth field of an ARN.
        reading.region = reading.services.iter().find_map(|s| s.arn.split(':').nth(3).map(str::to_owned));
    }
    reading
}

fn undescribed(count: usize, name: &str) -> Trouble {
    Trouble {
        kind: TroubleKind::Unreadable,
        what: "read the environment".into(),
        on: name.into(),
        why: format!("{count} of its services are listed and not described"),
        remedy: "run it again".into(),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    environments: Vec<EnvironmentRow<'a>>,
    /// Why environments may be missing; null where none are.
    error: Option<String>,
}

#[derive(Serialize)]
struct EnvironmentRow<'a> {
    name: &'a str,
    account: Option<&'a str>,
    region: Option<&'a str>,
    /// Why it is not told whole; null where it is.
    error: Option<String>,
    /// What could not be read beside it.
    notes: Vec<String>,
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
    container: Option<&'a str>,
    container_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sidecars: Vec<SidecarRow<'a>>,
    revision: &'a str,
    state: &'a str,
    /// Why, where the state does not say it all.
    reason: Option<&'a str>,
    /// Alarms that fire; null where they could not be read.
    alarms: Option<&'a [String]>,
    running: Option<u32>,
    desired: Option<u32>,
    controller: &'a str,
    /// `replica` or `daemon`; null for App Runner.
    scheduling: Option<&'a str>,
    deployed_at: Option<String>,
    /// When AWS said all this; null where it could not be read.
    read_at: Option<String>,
    age_seconds: Option<i64>,
}

/// A container beside it.
#[derive(Serialize)]
struct SidecarRow<'a> {
    name: &'a str,
    version: String,
    image: &'a str,
    digest: Option<&'a str>,
}

fn to_json(readings: &Readings, now: Stamp) -> String {
    let environments = readings
        .environments
        .iter()
        .map(|reading| EnvironmentRow {
            name: reading.name.as_str(),
            account: reading.account.as_deref(),
            region: reading.region.as_deref(),
            error: joined(&reading.troubles),
            notes: reading.beside.iter().map(Trouble::to_string).collect(),
            services: reading.services.iter().map(|service| service_row(reading, service, now)).collect(),
        })
        .collect();
    let document = Document { environments, error: joined(&readings.troubles) };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn service_row<'a>(reading: &'a Reading, service: &'a Service, now: Stamp) -> ServiceRow<'a> {
    let firing =
        |all: &'a HashMap<ServiceKey, Vec<String>>| all.get(&service.key).map_or(&[][..], Vec::as_slice);
    let read_at = (service.seen_at.0 > 0).then_some(service.seen_at);
    ServiceRow {
        name: &service.key.name,
        kind: service.key.kind.word(),
        application: &service.application,
        version: reading.version(service),
        image: &service.version.image,
        digest: service.version.digest.as_deref(),
        container: service.container.as_ref().map(|container| container.name.as_str()),
        container_reason: service.container.as_ref().map(|container| container.reason.words()),
        sidecars: service
            .sidecars
            .iter()
            .map(|sidecar| SidecarRow {
                name: &sidecar.name,
                version: sidecar.version.short(),
                image: &sidecar.version.image,
                digest: sidecar.version.digest.as_deref(),
            })
            .collect(),
        revision: &service.revision,
        state: service.state.word(),
        reason: reason(service),
        alarms: reading.alarms.as_ref().map(firing),
        running: service.running,
        desired: service.desired,
        controller: service.controller.word(),
        scheduling: match service.key.kind {
            Kind::AppRunner => None,
            _ if read_at.is_none() => None,
            _ => Some(if service.daemon { "daemon" } else { "replica" }),
        },
        deployed_at: service.deployed_at.map(iso),
        read_at: read_at.map(iso),
        age_seconds: read_at.map(|at| now.since(at).max(0) / 1000),
    }
}

/// Why it is in its state; none where the state says it all.
fn reason(service: &Service) -> Option<&str> {
    if service.seen_at.0 == 0 {
        Some("not read")
    } else {
        Some(service.note.as_str()).filter(|n| !n.is_empty())
    }
}

pub(super) fn joined(troubles: &[Trouble]) -> Option<String> {
    let told: Vec<String> = troubles.iter().map(Trouble::to_string).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// RFC 3339 in UTC.
pub fn iso(stamp: Stamp) -> String {
    jiff::Timestamp::from_second(stamp.secs()).map_or_else(|_| String::new(), |moment| moment.to_string())
}

fn to_text(readings: &Readings, now: Stamp) -> String {
    let all = readings.environments.iter().flat_map(|r| r.services.iter().map(move |service| (r, service)));
    let rows: Vec<Vec<String>> = all.map(|(reading, service)| text_row(reading, service, now)).collect();
    let columns = [
        ("ENV", Align::Left),
        ("SERVICE", Align::Left),
        ("KIND", Align::Left),
        ("VERSION", Align::Left),
        ("STATE", Align::Left),
        ("TASKS", Align::Right),
        ("DEPLOYED", Align::Right),
        ("AGE", Align::Right),
        ("", Align::Left),
    ];
    let mut out = if rows.is_empty() { String::from("no services\n") } else { table(&columns, &rows) };
    for reading in &readings.environments {
        for trouble in reading.troubles.iter().chain(&reading.beside) {
            let _ = writeln!(out, "{}: {trouble}", reading.name);
        }
    }
    out
}

fn text_row(reading: &Reading, service: &Service, now: Stamp) -> Vec<String> {
    let mut why = reason(service).unwrap_or_default().to_owned();
    let firing = reading.alarms.as_ref().and_then(|all| all.get(&service.key)).into_iter().flatten();
    for alarm in firing.filter(|alarm| !why.contains(alarm.as_str())).collect::<Vec<_>>() {
        let gap = if why.is_empty() { "" } else { "; " };
        why = format!("{why}{gap}in alarm: {alarm}");
    }
    let known = service.seen_at.0 > 0;
    let tasks = if known { tasks_words(service) } else { "-".to_owned() };
    vec![
        service.key.environment.to_string(),
        service.key.name.to_string(),
        service.sort_word().to_owned(),
        reading.version(service),
        service.state.word().to_owned(),
        tasks,
        service.deployed_at.map_or_else(|| "-".to_owned(), |at| stamp::brief(now.since(at))),
        if known { stamp::brief(now.since(service.seen_at).max(0)) } else { "-".to_owned() },
        why,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MainContainer, ServiceState, Sidecar, Version};

    fn readings() -> Readings {
        let mut service = Service::named(
            ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"),
            "arn:aws:ecs:us-west-2:111122223333:service/prod/prod-service".into(),
        );
        service.version = Version::of("1.dkr.ecr.us-west-2.amazonaws.com/fd:8be02d4", Some("sha256:ab"));
        service.state = ServiceState::Rolling;
        service.revision = "prod-service:42".into();
        (service.running, service.desired) = (Some(3), Some(4));
        service.seen_at = Stamp::from_secs(1_790_000_178);
        service.deployed_at = Some(Stamp::from_secs(1_790_000_000));
        let mut app = Service::named(ServiceKey::new("prod", Kind::AppRunner, "", "fd"), String::new());
        (app.state, app.seen_at) = (ServiceState::Steady, Stamp::from_secs(1_790_000_178));
        let unread = Service::named(ServiceKey::new("prod", Kind::Ecs, "prod", "worker"), String::new());
        let firing = HashMap::from([(service.key.clone(), vec!["prod-service-5xx".to_owned()])]);
        let environments = vec![
            Reading {
                name: "prod".into(),
                account: Some("111122223333".into()),
                region: Some("us-west-2".into()),
                services: vec![app, service, unread],
                alarms: Some(firing),
                troubles: vec![undescribed(1, "prod")],
                beside: Vec::new(),
                commits: HashMap::new(),
            },
            Reading {
                name: "staging".into(),
                account: None,
                region: None,
                services: Vec::new(),
                alarms: None,
                troubles: vec![Trouble {
                    kind: TroubleKind::Expired,
                    what: "list clusters".into(),
                    on: "staging".into(),
                    why: "the session expired".into(),
                    remedy: "run `aws sso login`".into(),
                }],
                beside: Vec::new(),
                commits: HashMap::new(),
            },
        ];
        Readings { environments, troubles: Vec::new() }
    }

    #[test]
    fn the_document_has_the_fields_that_are_promised() {
        let now = Stamp::from_secs(1_790_000_180);
        let document: serde_json::Value = serde_json::from_str(&to_json(&readings(), now)).unwrap();
        let prod = &document["environments"][0];
        assert_eq!(
            prod["services"][1],
            serde_json::json!({
                "name": "prod-service", "kind": "ecs", "application": "service", "version": "8be02d4",
                "image": "1.dkr.ecr.us-west-2.amazonaws.com/fd:8be02d4", "digest": "sha256:ab",
                "container": null, "container_reason": null,
                "revision": "prod-service:42", "state": "rolling", "reason": null,
                "alarms": ["prod-service-5xx"], "running": 3, "desired": 4, "controller": "ecs",
                "scheduling": "replica", "deployed_at": "2026-09-21T14:13:20Z",
                "read_at": "2026-09-21T14:16:18Z", "age_seconds": 2
            })
        );
        let nulls = |row: &serde_json::Value| {
            ["running", "desired", "scheduling", "read_at"].map(|name| row[name].is_null())
        };
        assert_eq!(nulls(&prod["services"][0]), [true, true, true, false], "App Runner tells no numbers");
        assert_eq!(prod["services"][2]["state"], "unknown");
        assert_eq!(prod["services"][2]["reason"], "not read");
        assert_eq!(nulls(&prod["services"][2]), [true; 4]);
        assert!(prod["error"].as_str().unwrap().contains("1 of its services"));
        let staging = &document["environments"][1];
        assert!(staging["error"].as_str().unwrap().contains("the session expired"), "{staging}");
        assert_eq!(document["error"], serde_json::Value::Null);
        assert_eq!(readings().in_part(), ["prod", "staging"]);
    }

    #[test]
    fn an_image_is_called_by_its_commit_and_its_container_is_told() {
        let mut readings = readings();
        let digest = format!("sha256:{}", "18e708d".repeat(9));
        let repository = "111122223333.dkr.ecr.us-west-2.amazonaws.com/fd";
        let service = &mut readings.environments[0].services[1];
        service.version = Version::of(&format!("{repository}:prod"), Some(&digest));
        service.container =
            Some(MainContainer { name: "web".into(), reason: crate::model::container::Reason::Balancer });
        service.sidecars =
            vec![Sidecar { name: "log_router".into(), version: Version::of("fluent/fluent-bit:3.1", None) }];
        assert!(to_text(&readings, Stamp(0)).contains(" prod@18e708d "));
        readings.environments[0].commits.insert(digest, "d41f6c9".into());
        assert!(to_text(&readings, Stamp(0)).contains(" prod=d41f6c9 "));
        let document: serde_json::Value = serde_json::from_str(&to_json(&readings, Stamp(0))).unwrap();
        let row = &document["environments"][0]["services"][1];
        assert_eq!((row["version"].as_str(), row["container"].as_str()), (Some("prod=d41f6c9"), Some("web")));
        assert_eq!(row["container_reason"], "named by the load balancer");
        assert_eq!(row["sidecars"][0]["version"], "3.1");
    }

    #[test]
    fn the_table_is_for_people() {
        let text = to_text(&readings(), Stamp::from_secs(1_790_000_180));
        assert_eq!(
            text,
            "ENV   SERVICE       KIND       VERSION  STATE    TASKS  DEPLOYED  AGE\n\
             prod  fd            apprunner  -        steady       -         -   2s\n\
             prod  prod-service  ecs        8be02d4  rolling    3/4        3m   2s  in alarm: prod-service-5xx\n\
             prod  worker        ecs        -        unknown      -         -    -  not read\n\
             prod: could not read the environment on prod: 1 of its services are listed and not described; run it again\n\
             staging: could not list clusters on staging: the session expired; run `aws sso login`\n"
        );
    }
}
