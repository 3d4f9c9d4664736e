//! `[[application]]`: its services, how it is promoted, migrated and verified.

use super::{
    fields::{DAY, filled, named, number, string, template},
    migration::migration,
};
use crate::{
    config::{
        read::{Reader, Section},
        settings::{Application, OtherContainers, Promotion, Verify, application::NoEvidence, value},
        source::Located,
    },
    model::ServiceKey,
};
use std::time::Duration;
use toml::de::DeValue;

/// An application, and the places that are checked once all layers are known.
#[derive(Debug)]
pub struct ApplicationEntry {
    pub name: Located<String>,
    pub application: Application,
    /// Its services, each with the place of its environment's name and of its value.
    pub services: Vec<(Located<String>, Located<ServiceKey>)>,
    /// Whether it is written down how it is promoted.
    pub promoted: bool,
}

/// The shortest window: CloudWatch counts by the minute.
const WINDOW_MIN: Duration = Duration::from_mins(1);

/// The longest name of an alarm.
const ALARM_MAX: usize = 255;

const OTHERS: [(&str, OtherContainers); 2] =
    [("follow", OtherContainers::Follow), ("stay", OtherContainers::Stay)];

const NO_EVIDENCE: [(&str, NoEvidence); 3] =
    [("unverified", NoEvidence::Unverified), ("pass", NoEvidence::Pass), ("roll_back", NoEvidence::RollBack)];

const PROMOTIONS: [(&str, Promotion); 2] = [("pinned", Promotion::Pinned), ("tag", Promotion::Tag)];

/// Reads one.
pub(super) fn entry(reader: &mut Reader, section: &Section<'_>) -> Option<ApplicationEntry> {
    reader.only(
        section,
        &[
            "name",
            "repository",
            "container",
            "other_containers",
            "services",
            "promotion",
            "migration",
            "verify",
        ],
    );
    let name = named(reader, section);
    let services = services(reader, section);
    let promotion = string(reader, section, "promotion", "\"pinned\" or \"tag\"", |text| {
        value::choice("promotion", text, &PROMOTIONS)
    });
    let others = string(reader, section, "other_containers", "\"follow\" or \"stay\"", |text| {
        value::choice("other_containers", text, &OTHERS)
    });
    let application = Application {
        name: name.as_ref().map(|name| name.value.clone()).unwrap_or_default(),
        repository: string(reader, section, "repository", "the name of an ECR repository", filled),
        container: string(reader, section, "container", "a container's name", filled),
        other_containers: others.unwrap_or_default(),
        services: services.iter().map(|(_, key)| key.value.clone()).collect(),
        promotion: promotion.unwrap_or_default(),
        migration: migration(reader, section),
        verify: verify(reader, section),
    };
    Some(ApplicationEntry { name: name?, application, services, promoted: promotion.is_some() })
}

fn services(reader: &mut Reader, section: &Section<'_>) -> Vec<(Located<String>, Located<ServiceKey>)> {
    let wanted = "a table, as in { prod = \"ecs:prod/prod-service\" }";
    let Some(table) = reader.table(section, "services", "services", wanted) else { return Vec::new() };
    let mut list = Vec::new();
    for (key, value) in table.entries() {
        let environment: &str = key.get_ref();
        let DeValue::String(text) = value.get_ref() else {
            reader.wrong(environment, value, "a service, as in \"ecs:prod/prod-service\"");
            continue;
        };
        match value::service(&environment.into(), text) {
            Ok(service) => list.push((
                reader.locate(environment.to_owned(), key.span()),
                reader.locate(service, value.span()),
            )),
            Err((what, remedy)) => reader.problem(&value.span(), what, remedy),
        }
    }
    list
}

fn verify(reader: &mut Reader, section: &Section<'_>) -> Option<Verify> {
    let section = reader.table(section, "verify", "verify", "a section: [application.verify]")?;
    let watched = ["max_5xx_ratio", "max_5xx_rise", "max_p99", "max_p99_rise", "alarms"];
    let others = ["window", "no_evidence", "rollback"];
    reader.only(&section, &[others.as_slice(), &watched].concat());
    let window = string(reader, &section, "window", "a duration, as in \"5m\"", |text| {
        value::duration(text, WINDOW_MIN, DAY)
    });
    let verify = Verify {
        window: window.unwrap_or(Verify::WINDOW),
        max_5xx_ratio: number(reader, &section, "max_5xx_ratio", value::ratio),
        max_5xx_rise: number(reader, &section, "max_5xx_rise", value::ratio),
        max_p99_rise: number(reader, &section, "max_p99_rise", value::rise),
        no_evidence: string(
            reader,
            &section,
            "no_evidence",
            "\"unverified\", \"pass\" or \"roll_back\"",
            |text| value::choice("no_evidence", text, &NO_EVIDENCE),
        )
        .unwrap_or_default(),
        rollback: reader.boolean(&section, "rollback").is_some_and(|flag| flag.value),
        max_p99: string(reader, &section, "max_p99", "a duration, as in \"800ms\"", |text| {
            value::duration(text, Duration::from_millis(1), Duration::from_mins(10))
        }),
        alarms: alarms(reader, &section),
    };
    let nothing = |name: &str| {
        section.get(name).is_none_or(|value| value.get_ref().as_array().is_some_and(|list| list.is_empty()))
    };
    // An unknown field is told already, and is most likely one of them misspelled.
    let unknown = section.entries().iter().any(|(key, _)| {
        let name: &str = key.get_ref();
        !others.contains(&name) && !watched.contains(&name)
    });
    if watched.into_iter().all(nothing) && !unknown {
        let what = "this window watches nothing";
        reader.problem(
            &section.span(),
            what,
            "give it max_5xx_ratio, max_5xx_rise, max_p99, max_p99_rise or alarms",
        );
    }
    Some(verify)
}

/// `alarms`: names, each once.
fn alarms(reader: &mut Reader, section: &Section<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for alarm in reader.strings(section, "alarms", "a list of alarms' names").unwrap_or_default() {
        let text = &alarm.value;
        let wrong = match template(text) {
            Err(wrong) => Some(wrong),
            Ok(_) if text.starts_with("arn:") => {
                let name = text.rsplit(':').next().unwrap_or_default();
                Some(("this is an ARN, not an alarm's name".into(), format!("write “{name}”")))
            }
            Ok(_) if text.chars().count() > ALARM_MAX => Some((
                "this name is too long".into(),
                format!("an alarm's has {ALARM_MAX} characters at most"),
            )),
            Ok(_) if names.contains(text) => {
                Some((format!("the alarm “{text}” is there already"), "name it once".into()))
            }
            Ok(_) => None,
        };
        match wrong {
            Some((what, remedy)) => reader.problem(&alarm.span, what, remedy),
            None => names.push(alarm.value),
        }
    }
    names
}
