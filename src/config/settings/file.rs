//! One settings file: every field known, of its type and sensible by itself.

mod application;
mod fields;
mod migration;
mod notify;
mod team;

use super::{
    Environment, Glyphs, Lock, Scope, Times,
    value::{self, Wrong},
};
use crate::{
    config::{
        error::{ConfigError, Problem},
        read::{Reader, Section, document},
        source::{Located, Source},
    },
    model::{EnvironmentName, Protection},
};
pub use application::ApplicationEntry;
use fields::{checked, filled, named, number, string, twice};
use std::{sync::Arc, time::Duration};

/// The shortest and the longest refresh.
pub const REFRESH: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(1));

/// The shortest and the longest time without progress after which a rollout counts as stuck.
pub const STUCK_AFTER: (Duration, Duration) = (Duration::from_secs(5), Duration::from_hours(24));

/// The fields of the file itself.
const FIELDS: [&str; 19] = [
    "theme",
    "keymap",
    "glyphs",
    "refresh",
    "stuck_after",
    "mouse",
    "slow",
    "times",
    "read_only",
    "cost_limit",
    "cache",
    "region",
    "profile",
    "endpoint_url",
    "lock",
    "journal",
    "notify",
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
    /// Whether the line is slow.
    pub slow: Option<bool>,
    pub times: Option<Times>,
    pub read_only: Option<bool>,
    pub cost_limit: Option<f64>,
    pub cache: Option<bool>,
    pub region: Option<String>,
    pub profile: Option<String>,
    pub endpoint_url: Option<String>,
    pub lock: Option<Located<Lock>>,
    pub journal_keep: Option<team::Keep>,
    pub notify: notify::Choices,
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

/// The words for glyphs.
pub const GLYPHS: [(&str, Glyphs); 3] =
    [("auto", Glyphs::Auto), ("unicode", Glyphs::Unicode), ("ascii", Glyphs::Ascii)];

const TIMES: [(&str, Times); 2] = [("relative", Times::Relative), ("absolute", Times::Absolute)];

/// Reads a settings file.
pub fn parse(source: &Arc<Source>) -> Result<Layer, ConfigError> {
    let document = document(source)?;
    source.seal(migration::secrets(&document));
    let mut reader = Reader::new(source);
    let whole = Section::whole(&document);
    reader.only(&whole, &FIELDS);
    let mut layer = Layer {
        theme: reader.string(&whole, "theme", "the name of a theme, as in \"dark\""),
        keymap: reader.string(&whole, "keymap", "the name of a keymap, as in \"vim\""),
        glyphs: string(&mut reader, &whole, "glyphs", "\"auto\", \"unicode\" or \"ascii\"", |text| {
            value::choice("glyphs", text, &GLYPHS)
        }),
        refresh: string(&mut reader, &whole, "refresh", "a duration, as in \"10s\"", |text| {
            value::duration(text, REFRESH.0, REFRESH.1)
        }),
        stuck_after: string(&mut reader, &whole, "stuck_after", "a duration, as in \"15m\"", |text| {
            value::duration(text, STUCK_AFTER.0, STUCK_AFTER.1)
        }),
        mouse: reader.boolean(&whole, "mouse").map(|flag| flag.value),
        slow: reader.boolean(&whole, "slow").map(|flag| flag.value),
        times: string(&mut reader, &whole, "times", "\"relative\" or \"absolute\"", |text| {
            value::choice("times", text, &TIMES)
        }),
        read_only: reader.boolean(&whole, "read_only").map(|flag| flag.value),
        cost_limit: number(&mut reader, &whole, "cost_limit", value::dollars),
        cache: reader.boolean(&whole, "cache").map(|flag| flag.value),
        region: string(&mut reader, &whole, "region", REGION, value::region),
        profile: string(&mut reader, &whole, "profile", "a profile's name", filled),
        endpoint_url: string(&mut reader, &whole, "endpoint_url", ENDPOINT, value::endpoint),
        lock: team::lock(&mut reader, &whole),
        journal_keep: team::journal_keep(&mut reader, &whole),
        notify: notify::notify(&mut reader, &whole),
        environments: Vec::new(),
        applications: Vec::new(),
    };
    for section in reader.tables(&whole, "environment", "written [[environment]]") {
        if let Some(entry) = environment(&mut reader, &section) {
            layer.environments.push(entry);
        }
    }
    for section in reader.tables(&whole, "application", "written [[application]]") {
        if let Some(entry) = application::entry(&mut reader, &section) {
            layer.applications.push(entry);
        }
    }
    twice(&mut reader, "environment", layer.environments.iter().map(|e| &e.name));
    twice(&mut reader, "application", layer.applications.iter().map(|a| &a.name));
    reader.done(layer)
}

const REGION: &str = "a region, as in \"us-west-2\"";
const ENDPOINT: &str = "an address, as in \"http://127.0.0.1:4566\"";

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
    let of_role = environment.role_arn.as_deref().and_then(|role| role.split(':').nth(4)).map(str::to_owned);
    if let (Some(account), Some(of_role)) = (&environment.account, &of_role)
        && account != of_role
        && let Some(value) = section.get("role_arn")
    {
        let what = format!("this role is not in the account {account}");
        reader.problem(&value.span(), what, "make account and role_arn agree");
    }
    // who is calling is held against it, as against an account that is written down
    environment.account = environment.account.or(of_role);
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
            .map(|names| scope(reader, &names, value::app_runner_service)),
    };
    let clusters = clusters.map(|names| scope(reader, &names, value::cluster));
    (environment.clusters, environment.apprunner) = match (clusters, apprunner) {
        (None, None) => (Scope::All, Scope::All),
        (None, Some(Scope::None)) => (Scope::All, Scope::None),
        (clusters, apprunner) => (clusters.unwrap_or(Scope::None), apprunner.unwrap_or(Scope::None)),
    };
}

/// Names of things in AWS.
fn scope(
    reader: &mut Reader,
    names: &[Located<String>],
    check: impl Fn(&str) -> Result<String, Wrong>,
) -> Scope {
    let taken = names
        .iter()
        .filter_map(|name| checked(reader, name, |text| value::shown(text).and_then(|text| check(&text))));
    Scope::Named(taken.collect())
}

/// A problem with the value of a variable or flag.
pub fn outside(origin: &str, (what, remedy): Wrong) -> Problem {
    Problem::of(origin, what, remedy)
}
