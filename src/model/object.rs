//! Places in S3, and what is read there.

use super::Stamp;
use serde::{Deserialize, Serialize};

/// A place in S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Bucket name.
    pub bucket: String,
    /// Key, or prefix of keys, without a leading slash.
    pub key: String,
}

impl Place {
    /// Whether `place` is below this prefix; an empty one is the whole bucket.
    pub fn holds(&self, place: &Self) -> bool {
        let prefix = self.key.trim_matches('/');
        let below = place.key.strip_prefix(prefix);
        self.bucket == place.bucket && (prefix.is_empty() || below.is_some_and(|rest| rest.starts_with('/')))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// An object of S3 as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object {
    /// Its text; at most 1 MiB is read.
    pub body: String,
    /// Its entity tag, by which it is changed only while it is still the same.
    pub etag: String,
    /// When it was last written, by S3's clock.
    pub modified_at: Option<Stamp>,
    /// When it was read, by S3's clock.
    pub read_at: Option<Stamp>,
    /// S3's date and this machine's clock are further apart than can be where AWS takes what this machine signs: by dates alone
    /// nothing is decided.
    pub date_in_doubt: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_holds_what_is_below_it() {
        let place = |bucket: &str, key: &str| Place { bucket: bucket.into(), key: key.into() };
        for (prefix, key, held) in [
            ("team", "team/locks/a.json", true),
            ("team/", "team/locks/a.json", true),
            ("", "locks/a.json", true),
            ("team", "teams/locks/a.json", false),
            ("team/b", "team/locks/a.json", false),
        ] {
            assert_eq!(place("one", prefix).holds(&place("one", key)), held, "{prefix} {key}");
            assert!(!place("two", prefix).holds(&place("one", key)), "another bucket");
        }
    }
}
