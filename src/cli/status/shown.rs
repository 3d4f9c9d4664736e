//! What environments answered, as text and as JSON.

use super::reading::{Reading, Readings};
use crate::{
    app::fleet::tasks_words,
    cli::table::{Align, table},
    model::{Kind, Service, ServiceKey, Stamp, Trouble, stamp},
};
use serde::Serialize;
use std::{collections::HashMap, fmt::Write as _};

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

pub fn to_json(readings: &Readings, now: Stamp) -> String {
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
        deployed_at: service.deployed_at.map(to_the_second),
        read_at: read_at.map(to_the_second),
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

pub fn joined(troubles: &[Trouble]) -> Option<String> {
    let told: Vec<String> = troubles.iter().map(Trouble::to_string).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// RFC 3339 in UTC, to the second.
fn to_the_second(stamp: Stamp) -> String {
    jiff::Timestamp::from_second(stamp.secs()).map_or_else(|_| String::new(), |moment| moment.to_string())
}

pub fn to_text(readings: &Readings, now: Stamp) -> String {
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
    use super::super::reading::undescribed;
    use super::*;
    use crate::model::{MainContainer, ServiceState, Sidecar, TroubleKind, Version};

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
