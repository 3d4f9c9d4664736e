//! `[[application]]`: its services, how it is promoted, migrated and verified.

use super::{filled, named, number, string};
use crate::{
    config::{
        read::{Reader, Section},
        settings::{
            Application, LaunchType, Migration, Promotion, Verify, application::ENVIRONMENT, value,
            value::Wrong,
        },
        source::Located,
    },
    model::{Sealed, ServiceKey, detail::Network},
};
use std::{ops::Range, time::Duration};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

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

/// The longest window or timeout.
const DAY: Duration = Duration::from_hours(24);

/// The shortest window: CloudWatch counts by the minute.
const WINDOW_MIN: Duration = Duration::from_mins(1);

/// The most variables, and the most characters of names and values together: what RunTask takes at most for all
/// its overrides, less what the command needs.
const VARIABLES_MAX: (usize, usize) = (100, 7_000);

/// The longest name of an alarm.
const ALARM_MAX: usize = 255;

const WORDS: &str = "a list of words, as in [\"goose\", \"up\"]";

const PROMOTIONS: [(&str, Promotion); 2] = [("pinned", Promotion::Pinned), ("tag", Promotion::Tag)];

/// Where the values of variables stand: what no message may show.
pub(super) fn secrets(document: &Spanned<DeTable<'_>>) -> Vec<Range<usize>> {
    let applications = document.get_ref().iter().filter(|(key, _)| key.get_ref() == "application");
    let mut spans = Vec::new();
    for (_, value) in applications {
        // A list as it should be, or a single table by mistake.
        let tables: Vec<_> = match value.get_ref() {
            DeValue::Array(list) => list.iter().filter_map(|item| item.get_ref().as_table()).collect(),
            DeValue::Table(table) => vec![table],
            _ => Vec::new(),
        };
        for table in tables {
            for (_, migration) in table.iter().filter(|(key, _)| key.get_ref() == "migration") {
                let Some(migration) = migration.get_ref().as_table() else { continue };
                for (_, found) in migration.iter().filter(|(key, _)| key.get_ref() == "environment") {
                    match found.get_ref() {
                        DeValue::Table(variables) => spans.extend(variables.iter().map(|(_, v)| v.span())),
                        _ => spans.push(found.span()),
                    }
                }
            }
        }
    }
    spans
}

/// Reads one.
pub(super) fn entry(reader: &mut Reader, section: &Section<'_>) -> Option<ApplicationEntry> {
    reader.only(section, &["name", "repository", "services", "promotion", "migration", "verify"]);
    let name = named(reader, section);
    let services = services(reader, section);
    let promotion = string(reader, section, "promotion", "\"pinned\" or \"tag\"", |text| {
        value::choice("promotion", text, &PROMOTIONS)
    });
    let application = Application {
        name: name.as_ref().map(|name| name.value.clone()).unwrap_or_default(),
        repository: string(reader, section, "repository", "the name of an ECR repository", filled),
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

/// What says where a task runs, and so contradicts `local`.
const ELSEWHERE: [&str; 6] =
    ["cluster", "task_definition", "subnets", "security_groups", "public_ip", "launch_type"];

fn migration(reader: &mut Reader, section: &Section<'_>) -> Option<Migration> {
    let wanted = "a section: [application.migration]";
    let section = reader.table(section, "migration", "migration", wanted)?;
    let own = ["container", "command", "checks", "down", "environment", "timeout", "local"];
    reader.only(&section, &[own.as_slice(), ELSEWHERE.as_slice()].concat());
    if section.get("command").is_none() {
        reader.problem(
            &section.span(),
            "this migration has no command",
            "give it one: command = [\"goose\", \"up\"]",
        );
    }
    let command = section.get("command").and_then(|value| command(reader, "command", value));
    let mut checks = Vec::new();
    if let Some(value) = section.get("checks") {
        if let Some(array) = value.get_ref().as_array() {
            checks = array.iter().filter_map(|item| self::command(reader, "a check", item)).collect();
        } else {
            reader.wrong("checks", value, "a list of commands, as in [[\"goose\", \"status\"]]");
        }
    }
    let down = section.get("down").and_then(|value| self::command(reader, "down", value));
    let timeout = string(reader, &section, "timeout", "a duration, as in \"10m\"", |text| {
        value::duration(text, Duration::from_secs(1), DAY)
    });
    let local = reader.boolean(&section, "local").is_some_and(|flag| flag.value);
    if local {
        for (key, _) in section.entries() {
            let name: &str = key.get_ref();
            if ELSEWHERE.contains(&name) {
                let what = format!("{name} is about a task, and this migration runs on this machine");
                reader.problem(&key.span(), what, format!("take {name} away, or local"));
            }
        }
    }
    let launch_type = string(reader, &section, "launch_type", "\"FARGATE\", \"EC2\" or \"EXTERNAL\"", launch);
    Some(Migration {
        container: string(reader, &section, "container", "a container's name", filled),
        environment: variables(reader, &section),
        cluster: string(reader, &section, "cluster", "a cluster's name", template),
        task_definition: string(reader, &section, "task_definition", "a family or an ARN", template),
        network: network(reader, &section, launch_type),
        command: command?,
        checks,
        down: down.unwrap_or_default(),
        timeout: timeout.unwrap_or(Migration::TIMEOUT),
        local,
        launch_type,
    })
}

/// A launch type, in AWS's own spelling.
fn launch(text: &str) -> Result<LaunchType, Wrong> {
    value::choice("launch_type", text, &LaunchType::ALL.map(|kind| (kind.word(), kind)))
}

/// A name in which the environment's may stand.
fn template(text: &str) -> Result<String, Wrong> {
    let text = filled(text)?;
    let rest = text.replace(ENVIRONMENT, "");
    if rest.contains(['{', '}']) {
        let what = format!("“{text}” has braces around something else than “environment”");
        return Err((what, format!("{ENVIRONMENT} is all that can be put in")));
    }
    Ok(text)
}

/// A command: a list of words, the first of them not empty.
fn command(reader: &mut Reader, name: &str, value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
    let words: Vec<Located<String>> = reader.string_list(name, value, WORDS)?;
    if words.first().is_none_or(|program| program.value.trim().is_empty()) {
        reader.problem(&value.span(), format!("{name} is empty"), format!("it has to be {WORDS}"));
        return None;
    }
    if let Some(word) = words.iter().find(|word| word.value.contains('\0')) {
        reader.problem(&word.span, "this word holds a NUL character", "no command can; take it out");
        return None;
    }
    Some(words.into_iter().map(|word| word.value).collect())
}

/// `environment`: what the commands find in theirs.
fn variables(reader: &mut Reader, section: &Section<'_>) -> Vec<(String, Sealed)> {
    let wanted = "a table of strings, as in { GOOSE_DRIVER = \"postgres\" }";
    let Some(table) = reader.table(section, "environment", "environment", wanted) else { return Vec::new() };
    let mut list = Vec::new();
    let mut length = 0;
    for (key, value) in table.entries() {
        let name: &str = key.get_ref();
        if let Err((what, remedy)) = variable(name) {
            reader.problem(&key.span(), what, remedy);
            continue;
        }
        let Some(text) = value.get_ref().as_str() else {
            reader.wrong(name, value, "a string, between quotes");
            continue;
        };
        if text.contains('\0') {
            reader.problem(
                &value.span(),
                format!("the value of {name} holds a NUL character"),
                "take it out",
            );
            continue;
        }
        length += name.chars().count() + text.chars().count();
        list.push((name.to_owned(), Sealed::new(text.into())));
    }
    if list.len() > VARIABLES_MAX.0 || length > VARIABLES_MAX.1 {
        let what = "these variables are more than a task takes".to_owned();
        let remedy = format!(
            "{} variables and {} characters are the most; put the rest into the task definition",
            VARIABLES_MAX.0, VARIABLES_MAX.1
        );
        reader.problem(&table.span(), what, remedy);
    }
    list
}

fn variable(name: &str) -> Result<(), Wrong> {
    let good = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if name.is_empty()
        || name.len() > 255
        || name.starts_with(|c: char| c.is_ascii_digit())
        || !name.chars().all(good)
    {
        return Err((
            format!("“{name}” is no variable's name"),
            "use letters, digits, _, - and ., a letter first, 255 at most".into(),
        ));
    }
    Ok(())
}

/// `subnets`, `security_groups` and `public_ip`.
fn network(reader: &mut Reader, section: &Section<'_>, launch_type: Option<LaunchType>) -> Option<Network> {
    let subnets = ids(reader, section, "subnets", "subnet-", 16);
    let security_groups = ids(reader, section, "security_groups", "sg-", 5);
    let public_ip = reader.boolean(section, "public_ip");
    if section.get("subnets").is_none() {
        for (name, value) in ["security_groups", "public_ip"].map(|name| (name, section.get(name))) {
            if let Some(value) = value {
                let what = format!("{name} means nothing without subnets");
                reader.problem(
                    &value.span(),
                    what,
                    "name the subnets too, or take it away: the service's network is used then",
                );
            }
        }
    } else if launch_type == Some(LaunchType::External)
        && let Some(value) = section.get("subnets")
    {
        let what = "tasks on machines of one's own (EXTERNAL) have no subnets";
        reader.problem(&value.span(), what, "take subnets away, or launch_type");
    }
    if let Some(flag) = public_ip.as_ref().filter(|flag| flag.value)
        && launch_type == Some(LaunchType::Ec2)
    {
        let what = "tasks on EC2 instances get no public IP address of their own";
        reader.problem(&flag.span, what, "take public_ip away, or use launch_type = \"FARGATE\"");
    }
    let subnets = subnets.filter(|subnets| !subnets.is_empty())?;
    Some(Network {
        subnets,
        security_groups: security_groups.unwrap_or_default(),
        public_ip: public_ip.is_some_and(|flag| flag.value),
    })
}

/// Ids that begin alike, `most` of them at most.
fn ids(
    reader: &mut Reader,
    section: &Section<'_>,
    name: &str,
    begin: &str,
    most: usize,
) -> Option<Vec<String>> {
    let list = reader.strings(section, name, &format!("a list of ids, as in [\"{begin}0a1b2c3d\"]"))?;
    if let Some(value) = section.get(name)
        && !(1..=most).contains(&list.len())
        && value.get_ref().as_array().is_some_and(|array| array.len() == list.len())
    {
        let what = if list.is_empty() { format!("{name} is empty") } else { format!("{name} are too many") };
        reader.problem(&value.span(), what, format!("name 1 to {most}, or take it away"));
    }
    for id in &list {
        let rest = id.value.strip_prefix(begin).unwrap_or_default();
        if rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_alphanumeric()) {
            let what = format!("“{}” is no id of {name}", id.value);
            reader.problem(&id.span, what, format!("it begins with {begin}, as in “{begin}0a1b2c3d”"));
        }
    }
    Some(list.into_iter().map(|id| id.value).collect())
}

fn verify(reader: &mut Reader, section: &Section<'_>) -> Option<Verify> {
    let section = reader.table(section, "verify", "verify", "a section: [application.verify]")?;
    let watched = ["max_5xx_ratio", "max_p99", "alarms"];
    reader.only(&section, &["window", "max_5xx_ratio", "max_p99", "alarms"]);
    let window = string(reader, &section, "window", "a duration, as in \"5m\"", |text| {
        value::duration(text, WINDOW_MIN, DAY)
    });
    let verify = Verify {
        window: window.unwrap_or(Verify::WINDOW),
        max_5xx_ratio: number(reader, &section, "max_5xx_ratio", value::ratio),
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
        name != "window" && !watched.contains(&name)
    });
    if watched.into_iter().all(nothing) && !unknown {
        let what = "this window watches nothing";
        reader.problem(&section.span(), what, "give it max_5xx_ratio, max_p99 or alarms");
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
