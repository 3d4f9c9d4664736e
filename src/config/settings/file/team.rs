//! What a team agrees on: where its lock is, how long runs are kept.

use super::fields::{checked, string};
use crate::config::{
    read::{Reader, Section},
    settings::{Lock, lock::s3, value},
    source::Located,
};
use std::time::Duration;

/// The shortest and the longest time that the journal keeps a run, unless it keeps it forever.
const KEEP: (Duration, Duration) = (Duration::from_hours(24), Duration::from_hours(10 * 365 * 24));

/// How long the journal keeps a run.
#[derive(Debug, Clone, Copy)]
pub enum Keep {
    For(Duration),
    Forever,
}

impl Keep {
    /// As settings have it.
    pub fn time(self) -> Option<Duration> {
        match self {
            Self::For(time) => Some(time),
            Self::Forever => None,
        }
    }
}

/// `[lock]`.
pub(super) fn lock(reader: &mut Reader, whole: &Section<'_>) -> Option<Located<Lock>> {
    let section = reader.table(whole, "lock", "lock", "a section: [lock]")?;
    reader.only(&section, &["s3", "ttl"]);
    if section.get("s3").is_none() {
        let remedy = "name a place in S3: s3 = \"s3://bucket/prefix\"";
        reader.problem(&section.span(), "this lock has no place", remedy);
    }
    let ttl = string(reader, &section, "ttl", "a duration, as in \"15m\"", |text| {
        value::duration(text, Lock::BOUNDS.0, Lock::BOUNDS.1)
    });
    let place = reader.string(&section, "s3", "a place in S3, as in \"s3://bucket/prefix\"")?;
    let (bucket, prefix) = checked(reader, &place, |text| s3(text))?;
    let lock = Lock { bucket, prefix, ttl: ttl.unwrap_or(Lock::TTL) };
    Some(reader.locate(lock, section.span()))
}

/// `keep` of `[journal]`.
pub(super) fn journal_keep(reader: &mut Reader, whole: &Section<'_>) -> Option<Keep> {
    let section = reader.table(whole, "journal", "journal", "a section: [journal]")?;
    reader.only(&section, &["keep"]);
    string(reader, &section, "keep", "a duration or \"forever\", as in \"90d\"", |text| {
        if text == "forever" {
            return Ok(Keep::Forever);
        }
        value::duration(text, KEEP.0, KEEP.1)
            .map(Keep::For)
            .map_err(|(what, remedy)| (what, format!("{remedy}, or “forever”")))
    })
}
