//! Environment variables and secrets as rows of a configuration.

use crate::aws::{convert, mask};

pub(in crate::aws) type Config = Vec<(String, String, String)>;

/// Environment variables and secrets of App Runner and Express containers as config rows, sorted by name.
pub(in crate::aws) fn variables<'a>(
    section: &str,
    environment: impl Iterator<Item = (&'a str, &'a str)>,
    secrets: impl Iterator<Item = (&'a str, &'a str)>,
) -> Config {
    let mut rows: Vec<(String, String)> = environment
        .map(|(name, value)| (convert::name(name), mask::shown(name, value)))
        .chain(
            secrets
                .map(|(name, from)| (format!("secret {}", convert::name(name)), convert::line(Some(from)))),
        )
        .collect();
    rows.sort();
    rows.into_iter().map(|(name, value)| (section.to_owned(), name, value)).collect()
}
