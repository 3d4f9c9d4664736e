//! One settings file: every field known, of its type and sensible by itself.

use super::{
    Application, Environment, Glyphs, Migration, Scope, Times, Verify,
    value::{self, Wrong},
};
use crate::{
    config::{
        error::{ConfigError, Problem},
        read::{Reader, Section, document},
        source::{Located, Source},
    },
    model::{EnvironmentName, Protection, ServiceKey},
};
use std::{sync::Arc, time::Duration};
use toml::de::DeValue;

/// The shortest and the longest refresh.
pub const REFRESH: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(1));

/// The shortest and the longest time without progress after which a rollout counts as stuck.
pub const STUCK_AFTER: (Duration, Duration) = (Duration::from_secs(5), Duration::from_hours(24));

/// The longest window or timeout.
const DAY: Duration = Duration::from_hours(24);

/// The fields of the file itself.
const FIELDS: [&str; 15] = [
    "theme",
    "keymap",
    "glyphs",
    "refresh",
    "stuck_after",
    "mouse",
    "times",
    "read_only",
    "cost_limit",
    "cache",
    "region",
    "profile",
    "endpoint_url",
    "environment",
    "application",
];

/// What one layer sets.
#[derive(Debug, Default)]
pub struct Layer {
    pub theme: Option<Located<String>>,
    pub keymap: Option<Located<String>>,
    pub glyphs: Option<Glyphs>,
    pub refresh: Option<Duration>,
    pub stuck_after: Option<Duration>,
    pub mouse: Option<bool>,
    pub times: Option<Times>,
    pub read_only: Option<bool>,
    pub cost_limit: Option<f64>,
    pub cache: Option<bool>,
    pub region: Option<String>,
    pub profile: Option<String>,
    pub endpoint_url: Option<String>,
    pub environments: Vec<EnvironmentEntry>,
    pub applications: Vec<ApplicationEntry>,
}

/// An environment, and the places that are checked once all layers are known.
#[derive(Debug)]
pub struct EnvironmentEntry {
    pub name: Located<String>,
    pub environment: Environment,
    /// Whether its protection is written down, not derived from the name.
    pub protected: bool,
    pub promote_from: Option<Located<String>>,
}

/// An application, and the places that are checked once all layers are known.
#[derive(Debug)]
pub struct ApplicationEntry {
    pub name: Located<String>,
    pub application: Application,
    /// Its services, each with the place of its environment's name and of its value.
    pub services: Vec<(Located<String>, Located<ServiceKey>)>,
}

/// The words for glyphs.
pub const GLYPHS: [(&str, Glyphs); 2] = [("unicode", Glyphs::Unicode), ("ascii", Glyphs::Ascii)];

const TIMES: [(&str, Times); 2] = [("relative", Times::Relative), ("absolute", Times::Absolute)];

/// Reads a settings file.
pub fn parse(source: &Arc<Source>) -> Result<Layer, ConfigError> {
    let document = document(source)?;
    let mut reader = Reader::new(source);
    let whole = Section::whole(&document);
    reader.only(&whole, &FIELDS);
    let mut layer = Layer {
        theme: reader.string(&whole, "theme", "the name of a theme, as in \"dark\""),
        keymap: reader.string(&whole, "keymap", "the name of a keymap, as in \"vim\""),
        glyphs: string(&mut reader, &whole, "glyphs", "\"unicode\" or \"ascii\"", |text| {
            value::choice("glyphs", text, &GLYPHS)
        }),
        refresh: string(&mut reader, &whole, "refresh", "a duration, as in \"10s\"", |text| {
            value::duration(text, REFRESH.0, REFRESH.1)
        }),
        stuck_after: string(&mut reader, &whole, "stuck_after", "a duration, as in \"15m\"", |text| {
            value::duration(text, STUCK_AFTER.0, STUCK_AFTER.1)
        }),
        mouse: reader.boolean(&whole, "mouse").map(|flag| flag.value),
        times: string(&mut reader, &whole, "times", "\"relative\" or \"absolute\"", |text| {
            value::choice("times", text, &TIMES)
        }),
        read_only: reader.boolean(&whole, "read_only").map(|flag| flag.value),
        cost_limit: number(&mut reader, &whole, "cost_limit", value::dollars),
        cache: reader.boolean(&whole, "cache").map(|flag| flag.value),
        region: string(&mut reader, &whole, "region", REGION, value::region),
        profile: string(&mut reader, &whole, "profile", "a profile's name", filled),
        endpoint_url: string(&mut reader, &whole, "endpoint_url", ENDPOINT, value::endpoint),
        environments: Vec::new(),
        applications: Vec::new(),
    };
    for section in reader.tables(&whole, "environment", "written [[environment]]") {
        if let Some(entry) = environment(&mut reader, &section) {
            layer.environments.push(entry);
        }
    }
    for section in reader.tables(&whole, "application", "written [[application]]") {
        if let Some(entry) = application(&mut reader, &section) {
            layer.applications.push(entry);
        }
    }
    twice(&mut reader, "environment", layer.environments.iter().map(|e| &e.name));
    twice(&mut reader, "application", layer.applications.iter().map(|a| &a.name));
    reader.done(layer)
}

const REGION: &str = "a region, as in \"us-west-2\"";
const ENDPOINT: &str = "an address, as in \"http://127.0.0.1:4566\"";
const WORDS: &str = "a list of words, as in [\"goose\", \"up\"]";

/// A string field, checked.
fn string<T>(
    reader: &mut Reader,
    section: &Section<'_>,
    name: &str,
    wanted: &str,
    check: impl FnOnce(&str) -> Result<T, Wrong>,
) -> Option<T> {
    let found = reader.string(section, name, wanted)?;
    checked(reader, &found, |text| check(text))
}

/// A number field, checked.
fn number(
    reader: &mut Reader,
    section: &Section<'_>,
    name: &str,
    check: impl FnOnce(f64) -> Result<f64, Wrong>,
) -> Option<f64> {
    let found = reader.number(section, name)?;
    checked(reader, &found, |number| check(*number))
}

fn checked<T, U>(
    reader: &mut Reader,
    found: &Located<T>,
    check: impl FnOnce(&T) -> Result<U, Wrong>,
) -> Option<U> {
    match check(&found.value) {
        Ok(value) => Some(value),
        Err((what, remedy)) => {
            reader.problem(&found.span, what, remedy);
            None
        }
    }
}

fn filled(text: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        return Err(("this is empty".into(), "fill it in, or leave the field out".into()));
    }
    Ok(text.to_owned())
}

/// The name that an entry has to have.
fn named(reader: &mut Reader, section: &Section<'_>) -> Option<Located<String>> {
    if section.get("name").is_none() {
        let what = format!("this {} has no name", section.what);
        reader.problem(&section.span(), what, "give it one: name = \"…\"");
        return None;
    }
    let name = reader.string(section, "name", "a string")?;
    checked(reader, &name, |text| value::name(text))?;
    Some(name)
}

fn twice<'a>(reader: &mut Reader, what: &str, names: impl Iterator<Item = &'a Located<String>>) {
    let mut seen: Vec<&Located<String>> = Vec::new();
    for name in names {
        if let Some(first) = seen.iter().find(|first| first.value == name.value) {
            let line = first.source.place(&first.span).line;
            let what = format!("the {what} “{}” is there already, on line {line}", name.value);
            reader.problem(&name.span, what, "rename one of the two, or make one of them");
        } else {
            seen.push(name);
        }
    }
}

fn environment(reader: &mut Reader, section: &Section<'_>) -> Option<EnvironmentEntry> {
    const FIELDS: [&str; 10] = [
        "name",
        "profile",
        "role_arn",
        "region",
        "endpoint_url",
        "account",
        "clusters",
        "apprunner",
        "protection",
        "promote_from",
    ];
    reader.only(section, &FIELDS);
    let name = named(reader, section);
    let mut environment = Environment::named(name.as_ref().map_or("", |name| &name.value));
    environment.profile = string(reader, section, "profile", "a profile's name", filled);
    environment.role_arn = string(reader, section, "role_arn", "a role's ARN", value::role);
    environment.region = string(reader, section, "region", REGION, value::region);
    environment.endpoint_url = string(reader, section, "endpoint_url", ENDPOINT, value::endpoint);
    let wanted = "a string of twelve digits, as in \"111122223333\"";
    environment.account = string(reader, section, "account", wanted, value::account);
    scopes(reader, section, &mut environment);
    let wanted = "\"open\", \"confirm\", \"typed\" or \"read-only\"";
    let protection: Option<Protection> = string(reader, section, "protection", wanted, value::protection);
    environment.protection = protection.unwrap_or(environment.protection);
    let promote_from = reader.string(section, "promote_from", "the name of an environment");
    environment.promote_from = promote_from.as_ref().map(|from| EnvironmentName::from(from.value.as_str()));
    if let (Some(account), Some(role)) = (&environment.account, &environment.role_arn)
        && role.split(':').nth(4) != Some(account)
        && let Some(value) = section.get("role_arn")
    {
        let what = format!("this role is not in the account {account}");
        reader.problem(&value.span(), what, "make account and role_arn agree");
    }
    Some(EnvironmentEntry { name: name?, environment, protected: protection.is_some(), promote_from })
}

/// Clusters and App Runner services: whoever names some of one kind means no others of either kind.
fn scopes(reader: &mut Reader, section: &Section<'_>, environment: &mut Environment) {
    let clusters = reader.strings(section, "clusters", "a list of names, as in [\"prod\"]");
    let apprunner = match section.get("apprunner") {
        None => None,
        Some(value) if value.get_ref().is_bool() => {
            Some(if value.get_ref().as_bool() == Some(true) { Scope::All } else { Scope::None })
        }
        Some(value) => reader
            .string_list("apprunner", value, "true, false or a list of names")
            .map(|names| Scope::Named(names.into_iter().map(|n| n.value).collect())),
    };
    let clusters = clusters.map(|names| Scope::Named(names.into_iter().map(|n| n.value).collect()));
    (environment.clusters, environment.apprunner) = match (clusters, apprunner) {
        (None, None) => (Scope::All, Scope::All),
        (None, Some(Scope::None)) => (Scope::All, Scope::None),
        (clusters, apprunner) => (clusters.unwrap_or(Scope::None), apprunner.unwrap_or(Scope::None)),
    };
}

fn application(reader: &mut Reader, section: &Section<'_>) -> Option<ApplicationEntry> {
    reader.only(section, &["name", "repository", "services", "migration", "verify"]);
    let name = named(reader, section);
    let services = services(reader, section);
    let application = Application {
        name: name.as_ref().map(|name| name.value.clone()).unwrap_or_default(),
        repository: string(reader, section, "repository", "the name of an ECR repository", filled),
        services: services.iter().map(|(_, key)| key.value.clone()).collect(),
        migration: migration(reader, section),
        verify: verify(reader, section),
    };
    Some(ApplicationEntry { name: name?, application, services })
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

fn migration(reader: &mut Reader, section: &Section<'_>) -> Option<Migration> {
    let wanted = "a section: [application.migration]";
    let section = reader.table(section, "migration", "migration", wanted)?;
    reader.only(&section, &["container", "command", "checks", "timeout", "task_definition"]);
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
    let timeout = string(reader, &section, "timeout", "a duration, as in \"10m\"", |text| {
        value::duration(text, Duration::from_secs(1), DAY)
    });
    Some(Migration {
        container: string(reader, &section, "container", "a container's name", filled),
        command: command?,
        checks,
        timeout: timeout.unwrap_or(Migration::TIMEOUT),
        task_definition: string(reader, &section, "task_definition", "a family or an ARN", filled),
    })
}

/// A command: a list of words, the first of them not empty.
fn command(reader: &mut Reader, name: &str, value: &toml::Spanned<DeValue<'_>>) -> Option<Vec<String>> {
    let words: Vec<String> =
        reader.string_list(name, value, WORDS)?.into_iter().map(|word| word.value).collect();
    if words.first().is_none_or(|program| program.trim().is_empty()) {
        reader.problem(&value.span(), format!("{name} is empty"), format!("it has to be {WORDS}"));
        return None;
    }
    Some(words)
}

fn verify(reader: &mut Reader, section: &Section<'_>) -> Option<Verify> {
    let section = reader.table(section, "verify", "verify", "a section: [application.verify]")?;
    reader.only(&section, &["window", "max_5xx_ratio", "max_p99", "alarms"]);
    let window = string(reader, &section, "window", "a duration, as in \"5m\"", |text| {
        value::duration(text, Duration::ZERO, DAY)
    });
    let alarms = reader.strings(&section, "alarms", "a list of alarms' names").unwrap_or_default();
    Some(Verify {
        window: window.unwrap_or(Verify::WINDOW),
        max_5xx_ratio: number(reader, &section, "max_5xx_ratio", value::ratio),
        max_p99: string(reader, &section, "max_p99", "a duration, as in \"800ms\"", |text| {
            value::duration(text, Duration::from_millis(1), Duration::from_mins(10))
        }),
        alarms: alarms.into_iter().map(|alarm| alarm.value).collect(),
    })
}

/// A problem with the value of a variable or flag.
pub fn outside(origin: &str, (what, remedy): Wrong) -> Problem {
    Problem::of(origin, what, remedy)
}
