//! `[application.migration]`: the commands, and where they run.

use super::fields::{DAY, cluster, filled, string, template};
use crate::{
    config::{
        read::{Reader, Section},
        settings::{LaunchType, Migration, value, value::Wrong},
        source::Located,
    },
    model::{Sealed, launch::Network},
};
use std::{ops::Range, time::Duration};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The most variables, and the most characters of names and values together: what RunTask takes at most for all
/// its overrides, less what the command needs.
const VARIABLES_MAX: (usize, usize) = (100, 7_000);

const WORDS: &str = "a list of words, as in [\"goose\", \"up\"]";

/// What may be said in a migration, besides [`ELSEWHERE`].
const OWN: [&str; 7] = ["container", "command", "checks", "down", "environment", "timeout", "local"];

/// What says where a task runs, and so contradicts `local`.
const ELSEWHERE: [&str; 6] =
    ["cluster", "task_definition", "subnets", "security_groups", "public_ip", "launch_type"];

/// The section with what is different for App Runner services.
const APPRUNNER: &str = "apprunner";

/// `[application.migration]`, where there is one.
pub(super) fn migration(reader: &mut Reader, section: &Section<'_>) -> Option<Migration> {
    let wanted = "a section: [application.migration]";
    let section = reader.table(section, "migration", "migration", wanted)?;
    reader.only(&section, &[OWN.as_slice(), ELSEWHERE.as_slice(), &[APPRUNNER]].concat());
    if section.get("command").is_none() {
        reader.problem(
            &section.span(),
            "this migration has no command",
            "give it one: command = [\"goose\", \"up\"]",
        );
    }
    let mut found = one(reader, &section, None);
    let wanted = "a section: [application.migration.apprunner]";
    if let Some(inner) = reader.table(&section, APPRUNNER, "migration.apprunner", wanted) {
        reader.only(&inner, &[OWN.as_slice(), ELSEWHERE.as_slice()].concat());
        found.apprunner = Some(Box::new(one(reader, &inner, Some(&found))));
    }
    (!found.command.is_empty()).then_some(found)
}

/// What a section says; where it says nothing, it is as `base` has it.
fn one(reader: &mut Reader, section: &Section<'_>, base: Option<&Migration>) -> Migration {
    let mut found = base.cloned().unwrap_or_else(|| Migration::of(Vec::new()));
    let says = |name: &str| section.get(name).is_some();
    if let Some(command) = section.get("command").and_then(|value| command(reader, "command", value)) {
        found.command = command;
    }
    if let Some(value) = section.get("checks") {
        if let Some(array) = value.get_ref().as_array() {
            found.checks = array.iter().filter_map(|item| command(reader, "a check", item)).collect();
        } else {
            reader.wrong("checks", value, "a list of commands, as in [[\"goose\", \"status\"]]");
        }
    }
    if let Some(down) = section.get("down").and_then(|value| command(reader, "down", value)) {
        found.down = down;
    }
    let timeout = string(reader, section, "timeout", "a duration, as in \"10m\"", |text| {
        value::duration(text, Duration::from_secs(1), DAY)
    });
    found.timeout = timeout.unwrap_or(found.timeout);
    let container = string(reader, section, "container", "a container's name", filled);
    found.container = container.or(found.container);
    if says("environment") {
        found.environment = variables(reader, section);
    }
    let local = reader.boolean(section, "local").map(|flag| flag.value);
    if local == Some(true) {
        for (key, _) in section.entries() {
            let name: &str = key.get_ref();
            if ELSEWHERE.contains(&name) {
                let what = format!("{name} is about a task, and this migration runs on this machine");
                reader.problem(&key.span(), what, format!("take {name} away, or local"));
            }
        }
    }
    // Whoever says where it runs says all of it.
    if local.is_some() || ELSEWHERE.into_iter().any(says) {
        found.local = local.unwrap_or(false);
        found.cluster = string(reader, section, "cluster", "a cluster's name", cluster);
        found.task_definition = string(reader, section, "task_definition", "a family or an ARN", template);
        let wanted = "\"FARGATE\", \"EC2\" or \"EXTERNAL\"";
        found.launch_type = string(reader, section, "launch_type", wanted, launch);
        found.network = network(reader, section, found.launch_type);
    }
    found
}

/// Where the values of variables stand: what no message may show.
pub(super) fn secrets(document: &Spanned<DeTable<'_>>) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    for (_, value) in document.get_ref().iter().filter(|(key, _)| key.get_ref() == "application") {
        // A list as it should be, or a single table by mistake.
        match value.get_ref() {
            DeValue::Array(list) => list.iter().for_each(|item| within(item, "migration", &mut spans)),
            _ => within(value, "migration", &mut spans),
        }
    }
    spans
}

/// Values of variables in the sections of this name.
fn within(value: &Spanned<DeValue<'_>>, name: &str, spans: &mut Vec<Range<usize>>) {
    let Some(table) = value.get_ref().as_table() else { return };
    for (_, section) in table.iter().filter(|(key, _)| key.get_ref() == name) {
        within(section, APPRUNNER, spans);
        let Some(section) = section.get_ref().as_table() else { continue };
        for (_, found) in section.iter().filter(|(key, _)| key.get_ref() == "environment") {
            match found.get_ref() {
                DeValue::Table(variables) => spans.extend(variables.iter().map(|(_, v)| v.span())),
                _ => spans.push(found.span()),
            }
        }
    }
}

/// A launch type, in AWS's own spelling.
fn launch(text: &str) -> Result<LaunchType, Wrong> {
    value::choice("launch_type", text, &LaunchType::ALL.map(|kind| (kind.word(), kind)))
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
            format!("“{name}” is not a variable name"),
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
            let what = format!("“{}” is not an id of {name}", id.value);
            reader.problem(&id.span, what, format!("it begins with {begin}, as in “{begin}0a1b2c3d”"));
        }
    }
    Some(list.into_iter().map(|id| id.value).collect())
}
