//! Fields of a settings file, checked one by one.

use crate::config::{
    read::{Reader, Section},
    settings::{
        application::ENVIRONMENT,
        value::{self, Wrong},
    },
    source::Located,
};
use std::time::Duration;

/// A string field, checked.
pub(super) fn string<T>(
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
pub(super) fn number(
    reader: &mut Reader,
    section: &Section<'_>,
    name: &str,
    check: impl FnOnce(f64) -> Result<f64, Wrong>,
) -> Option<f64> {
    let found = reader.number(section, name)?;
    checked(reader, &found, |number| check(*number))
}

pub(super) fn checked<T, U>(
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

pub(super) fn filled(text: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        return Err(("this is empty".into(), "fill it in, or leave the field out".into()));
    }
    value::shown(text)
}

/// The name that an entry has to have.
pub(super) fn named(reader: &mut Reader, section: &Section<'_>) -> Option<Located<String>> {
    if section.get("name").is_none() {
        let what = format!("this {} has no name", section.what);
        reader.problem(&section.span(), what, "give it one: name = \"…\"");
        return None;
    }
    let name = reader.string(section, "name", "a string")?;
    checked(reader, &name, |text| value::name(text))?;
    Some(name)
}

pub(super) fn twice<'a>(reader: &mut Reader, what: &str, names: impl Iterator<Item = &'a Located<String>>) {
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

/// The cluster that migrations run in, `{environment}` not yet put in.
pub(super) fn cluster(text: &str) -> Result<String, Wrong> {
    let text = template(text)?;
    value::cluster(&text.replace(ENVIRONMENT, "environment"))
        .map_err(|(what, remedy)| (what.replace("environment", ENVIRONMENT), remedy))?;
    Ok(text)
}

/// The longest window or timeout.
pub(super) const DAY: Duration = Duration::from_hours(24);

/// A name in which the environment's may stand.
pub(super) fn template(text: &str) -> Result<String, Wrong> {
    let text = filled(text)?;
    let rest = text.replace(ENVIRONMENT, "");
    if rest.contains(['{', '}']) {
        let what = format!("“{text}” has braces around something else than “environment”");
        return Err((what, format!("{ENVIRONMENT} is all that can be put in")));
    }
    Ok(text)
}
