//! One line of goose's.

use super::migration::Migration;
use serde_json::Value;

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It is not goose's, or tells nothing that is kept.
    Nothing,
    /// It is goose's, and not understood, or not about what the database keeps.
    Half,
    /// `goose status`: when it was applied, none while it is pending.
    Listed(Option<String>, Migration),
    /// It ran: whether up, where the line says.
    Ran(Option<bool>, Migration),
    /// Everything ran upwards, and the database is at this version.
    Up(u64),
    /// The database is at this version.
    Version(u64),
    /// There are migrations before this version, the database's, that were not applied; they follow.
    Missing(u64),
    /// A migration of a list.
    File(Migration),
    /// It failed.
    Failed(Migration),
}

/// goose's ends of lines about a database's version. The command and programs that embed goose differ by a comma.
const VERSIONS: [(&str, bool); 4] = [
    ("successfully migrated database to version: ", true),
    // said whichever way it went
    ("successfully migrated database, current version: ", false),
    ("no migrations to run. current version: ", false),
    ("no migrations to run, current version: ", false),
];

pub(super) fn said(line: &str) -> Said {
    let line = line.trim();
    if line.starts_with('{') {
        return structured(line);
    }
    // slog's text of a program that embeds goose: nobody promises its form
    if line.contains(" logger=goose ") {
        return Said::Half;
    }
    plain(unstamped(line))
}

fn plain(line: &str) -> Said {
    let own = line.strip_prefix("goose: ").unwrap_or(line);
    if let Some(rest) = own.strip_prefix("OK ").or_else(|| own.strip_prefix("EMPTY ")) {
        return ran(rest.trim());
    }
    for (words, up) in VERSIONS {
        if let Some(version) = own.strip_prefix(words) {
            return match (number(version), up) {
                (Some(version), true) => Said::Up(version),
                (Some(version), false) => Said::Version(version),
                (None, _) => Said::Half,
            };
        }
    }
    if let Some(version) = line.strip_prefix("goose: version ") {
        return number(version).map_or(Said::Half, Said::Version);
    }
    // files in their order, whatever the database says
    if ["goose: up to current file", "goose: down to current file", "goose: file version"]
        .iter()
        .any(|w| line.starts_with(w))
    {
        return Said::Half;
    }
    if let Some((head, file)) = line.split_once(" -- ") {
        return listed(head.trim(), file.trim());
    }
    if let Some(rest) = line.strip_prefix("version ") {
        let file = rest.split_once(": ").and_then(|(version, file)| Some((number(version)?, named(file)?)));
        return file
            .filter(|(version, m)| *version == m.version)
            .map_or(Said::Nothing, |(_, m)| Said::File(m));
    }
    if line.starts_with("goose")
        && let Some((_, rest)) = line.split_once(" missing migrations before current version ")
    {
        return number(rest.trim_end_matches(':')).map_or(Said::Half, Said::Missing);
    }
    failed(line)
}

/// `up 0001_users.sql (12.3ms)`, `0001_users.sql (12.3ms)`
fn ran(text: &str) -> Said {
    let mut words = text.split_whitespace();
    let (up, file) = match words.next() {
        Some("up") => (Some(true), words.next()),
        Some("down") => (Some(false), words.next()),
        first => (None, first),
    };
    let Some(mut migration) = file.and_then(named) else { return Said::Nothing };
    let took: Vec<&str> = words.collect();
    took.join(" ").trim_matches(['(', ')']).clone_into(&mut migration.detail);
    Said::Ran(up, migration)
}

/// A line of `goose status`: a date as in `Mon Jan  2 15:04:05 2006`, `Pending` or `no versioning`.
fn listed(head: &str, file: &str) -> Said {
    let Some(migration) = named(file) else { return Said::Nothing };
    let day = head.split(' ').next().unwrap_or_default();
    match head {
        "no versioning" => Said::Half,
        _ if head.eq_ignore_ascii_case("pending") => Said::Listed(None, migration),
        _ if ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].contains(&day) => {
            Said::Listed(Some(head.to_owned()), migration)
        }
        _ => Said::Nothing,
    }
}

/// `goose run: ERROR 00003_orders.sql: failed to run SQL migration: …`, `goose run: ERROR go migration: "00004_x.go":
/// failed to run go migration: …`, `partial migration error (type:sql,version:3): …`
fn failed(line: &str) -> Said {
    if let Some((_, rest)) = line.split_once("partial migration error (type:") {
        let told = rest.split_once("version:").and_then(|(_, rest)| rest.split_once("): "));
        let known = told.and_then(|(version, why)| Some((number(version)?, why)));
        return known.map_or(Said::Half, |(version, why)| {
            Said::Failed(Migration { version, name: String::new(), detail: why.to_owned() })
        });
    }
    let Some((_, rest)) = line.split_once("ERROR ").filter(|(head, _)| head.starts_with("goose")) else {
        return Said::Nothing;
    };
    let rest =
        ["go migration no tx: ", "go migration: "].iter().find_map(|w| rest.strip_prefix(w)).unwrap_or(rest);
    let (file, why) = rest.split_once(": ").unwrap_or((rest, ""));
    match named(file.trim_matches('"')) {
        Some(mut migration) => {
            why.clone_into(&mut migration.detail);
            Said::Failed(migration)
        }
        None => Said::Half,
    }
}

/// A line of JSON: goose's own, by its logger's name, or another logger's with goose's words in it.
fn structured(line: &str) -> Said {
    let Ok(value) = serde_json::from_str::<Value>(line) else { return Said::Nothing };
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let message = text("msg").or_else(|| text("message")).unwrap_or_default();
    if text("logger") != Some("goose") {
        return plain(unstamped(message.trim()));
    }
    let version = |name: &str| value.get(name).and_then(Value::as_u64);
    match message {
        "migration completed" => {
            let up = match text("direction") {
                Some("up") => true,
                Some("down") => false,
                _ => return Said::Half,
            };
            let Some(mut migration) = text("source").and_then(named) else { return Said::Half };
            migration.detail =
                value.get("duration_seconds").and_then(Value::as_f64).map(seconds).unwrap_or_default();
            Said::Ran(Some(up), migration)
        }
        "successfully migrated database" | "no migrations to run" => {
            version("current_version").map_or(Said::Half, Said::Version)
        }
        _ => Said::Nothing,
    }
}

fn seconds(seconds: f64) -> String {
    if seconds >= 1.0 { format!("{seconds:.2}s") } else { format!("{:.2}ms", seconds * 1_000.0) }
}

/// A migration by its file: SQL or Go, beginning with its version.
fn named(file: &str) -> Option<Migration> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let (stem, _) = name.rsplit_once('.').filter(|(_, kind)| matches!(*kind, "sql" | "go"))?;
    let (version, rest) = stem.split_once('_')?;
    let version = version.parse().ok()?;
    (!rest.is_empty()).then(|| Migration { version, name: name.to_owned(), detail: String::new() })
}

fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// Without the date and time that goose's logger puts first: `2026/11/21 12:00:00 `.
fn unstamped(line: &str) -> &str {
    let plain = |text: &str, mark: char| {
        text.contains(mark) && text.chars().all(|c| c.is_ascii_digit() || c == mark || c == '.')
    };
    let mut rest = line;
    for mark in ['/', ':'] {
        match rest.split_once(' ') {
            Some((first, after)) if plain(first, mark) => rest = after.trim_start(),
            _ => return rest,
        }
    }
    rest
}
