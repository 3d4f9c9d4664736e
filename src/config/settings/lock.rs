//! Where a team keeps its locks and the records of its runs.

use super::value::Wrong;
use crate::model::object::Place;
use std::{net::Ipv4Addr, time::Duration};

/// The team's lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The S3 bucket.
    pub bucket: String,
    /// Before every key, without a slash at either end; may be empty.
    pub prefix: String,
    /// How long a lock holds that nobody refreshes; 1 m to 24 h.
    pub ttl: Duration,
}

impl Lock {
    /// How long a lock holds where nothing is configured.
    pub const TTL: Duration = Duration::from_mins(15);

    /// The shortest and the longest time that a lock may hold.
    pub const BOUNDS: (Duration, Duration) = (Duration::from_mins(1), Duration::from_hours(24));

    /// Bucket and prefix.
    pub fn place(&self) -> Place {
        Place { bucket: self.bucket.clone(), key: self.prefix.clone() }
    }
}

/// What S3 lets a bucket's name begin with only for purposes of its own.
const BEGINNINGS: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];

/// What S3 lets a bucket's name end with only for purposes of its own.
const ENDINGS: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// The longest prefix, in bytes: keys are 1024 at most, and names of environments and applications follow it.
const PREFIX_MAX: usize = 512;

/// Bucket and prefix of `s3://bucket/prefix`.
///
/// # Errors
/// For what is none, and for names that S3 does not take.
pub fn s3(text: &str) -> Result<(String, String), Wrong> {
    let wrong = |what: String, remedy: &str| Err((what, remedy.to_owned()));
    let Some(rest) = text.strip_prefix("s3://") else {
        let (what, remedy) =
            (format!("“{text}” is not a place in S3"), "write one as in “s3://bucket/prefix”");
        return wrong(what, remedy);
    };
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if let Some(why) = bucket_mistake(bucket) {
        return wrong(format!("“{bucket}” is not a bucket name"), why);
    }
    let bare = prefix.trim_matches('/');
    if bare != prefix {
        let straight =
            if bare.is_empty() { format!("s3://{bucket}") } else { format!("s3://{bucket}/{bare}") };
        let what = format!("the prefix “{prefix}” has a slash at its end or beginning");
        return Err((what, format!("write “{straight}”")));
    }
    if prefix.len() > PREFIX_MAX {
        return wrong("this prefix is too long".into(), "512 characters are the most");
    }
    if let Some(bad) = prefix.chars().find(|c| !c.is_ascii_alphanumeric() && !"-_.!*'()=/".contains(*c)) {
        let what = format!("the prefix “{prefix}” holds “{bad}”");
        return wrong(what, "use letters, digits, /, -, _ and .");
    }
    if !prefix.is_empty() && prefix.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return wrong(
            format!("the prefix “{prefix}” has a part that is empty, “.” or “..”"),
            "give each part between two slashes a name",
        );
    }
    Ok((bucket.to_owned(), prefix.to_owned()))
}

/// Why S3 takes no bucket of this name.
fn bucket_mistake(name: &str) -> Option<&'static str> {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !(3..=63).contains(&name.len()) {
        return Some("it has 3 to 63 characters, as in “s3://bucket/prefix”");
    }
    if !name.chars().all(|c| alphanumeric(c) || c == '-' || c == '.') {
        return Some("use lower-case letters, digits, - and .");
    }
    if !name.starts_with(alphanumeric) || !name.ends_with(alphanumeric) {
        return Some("it begins and ends with a letter or a digit");
    }
    if name.contains("..") {
        return Some("two dots cannot stand side by side");
    }
    if name.parse::<Ipv4Addr>().is_ok() {
        return Some("it cannot look like an IP address");
    }
    if BEGINNINGS.iter().any(|begin| name.starts_with(begin)) || ENDINGS.iter().any(|end| name.ends_with(end))
    {
        return Some("AWS keeps names of this form to itself; name an ordinary bucket");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_s3() {
        for (text, bucket, prefix) in [
            ("s3://fem-flightdeck", "fem-flightdeck", ""),
            ("s3://abc", "abc", ""),
            ("s3://abc/", "abc", ""),
            ("s3://a.b-c.1/team", "a.b-c.1", "team"),
            ("s3://locks/team/flight_deck.v1", "locks", "team/flight_deck.v1"),
        ] {
            assert_eq!(s3(text), Ok((bucket.to_owned(), prefix.to_owned())), "{text}");
        }
        for (text, remedy) in [
            ("", "write one as in “s3://bucket/prefix”"),
            ("fem-flightdeck", "write one as in “s3://bucket/prefix”"),
            ("S3://fem", "write one as in “s3://bucket/prefix”"),
            ("https://fem.s3.amazonaws.com/x", "write one as in “s3://bucket/prefix”"),
            ("s3://", "it has 3 to 63 characters, as in “s3://bucket/prefix”"),
            ("s3:///prefix", "it has 3 to 63 characters, as in “s3://bucket/prefix”"),
            ("s3://ab", "it has 3 to 63 characters, as in “s3://bucket/prefix”"),
            ("s3://Fem", "use lower-case letters, digits, - and ."),
            ("s3://fem_deck", "use lower-case letters, digits, - and ."),
            ("s3://fäm", "use lower-case letters, digits, - and ."),
            ("s3://fem-", "it begins and ends with a letter or a digit"),
            ("s3://.fem", "it begins and ends with a letter or a digit"),
            ("s3://fem..deck", "two dots cannot stand side by side"),
            ("s3://192.168.0.1/x", "it cannot look like an IP address"),
            ("s3://xn--fem", "AWS keeps names of this form to itself; name an ordinary bucket"),
            ("s3://fem--x-s3", "AWS keeps names of this form to itself; name an ordinary bucket"),
            ("s3://fem/team/", "write “s3://fem/team”"),
            ("s3://fem//team", "write “s3://fem/team”"),
            ("s3://fem/a//b", "give each part between two slashes a name"),
            ("s3://fem/../b", "give each part between two slashes a name"),
            ("s3://fem/a b", "use letters, digits, /, -, _ and ."),
            ("s3://fem/a?b", "use letters, digits, /, -, _ and ."),
        ] {
            assert_eq!(s3(text).unwrap_err().1, remedy, "{text}");
        }
        assert!(s3(&format!("s3://{}", "a".repeat(64))).is_err());
        assert!(s3(&format!("s3://fem/{}", "a".repeat(513))).is_err());
    }
}
