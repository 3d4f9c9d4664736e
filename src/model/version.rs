//! The image a revision resolves to, and the one way to call it.

use super::reference::{Reference, same_repository};
use serde::{Deserialize, Serialize};

/// The image a revision resolves to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Version {
    /// The image reference as configured: `…/fem-fd-service:8be02d4` or `…@sha256:…`.
    pub image: String,
    /// The tag, where the reference names one.
    pub tag: Option<String>,
    /// `sha256:…`, where AWS told which digest runs.
    pub digest: Option<String>,
}

/// Hexadecimal digits by which commits and digests are called.
const SHORT: usize = 7;

/// Characters of a tag that are shown at most.
const TAG_MOST: usize = 20;

impl Version {
    /// From an image reference and, if known, the digest it resolved to.
    pub fn of(image: &str, digest: Option<&str>) -> Self {
        let parts = Reference::split(image);
        Self {
            image: image.to_owned(),
            tag: parts.tag.map(str::to_owned),
            digest: digest.or(parts.digest).map(str::to_owned),
        }
    }

    /// What to call it where nothing but the version is known; see [`Self::words`].
    pub fn short(&self) -> String {
        self.words(None)
    }

    /// What to call it, everywhere: `8be02d4` for a commit or a release, `prod=8be02d4` for a tag that moves where
    /// `telling` names the commit or release of the same image, `prod@41ac07f` where only its digest is known,
    /// `8be02d4` or `@41ac07f` for a digest alone, and `-` where nothing is known. Short, whatever the tag is.
    pub fn words(&self, telling: Option<&str>) -> String {
        let telling = telling.filter(|tag| !is_moving(tag)).map(short_tag);
        let digest = self.digest.as_deref().map(short_digest);
        match (&self.tag, telling, digest) {
            (Some(tag), ..) if !is_moving(tag) => short_tag(tag),
            (Some(tag), Some(telling), _) => format!("{}={telling}", short_tag(tag)),
            (Some(tag), None, Some(digest)) => format!("{}{digest}", short_tag(tag)),
            (Some(tag), None, None) => short_tag(tag),
            (None, Some(telling), _) => telling,
            (None, None, Some(digest)) => digest,
            (None, None, None) if self.image.is_empty() => "-".to_owned(),
            (None, None, None) => "latest".to_owned(),
        }
    }

    /// True when both are known to be the same image: by digest where both have one, else by reference.
    pub fn same_image(&self, other: &Self) -> bool {
        match (&self.digest, &other.digest) {
            (Some(a), Some(b)) => a == b,
            _ => {
                !self.image.is_empty()
                    && !other.image.is_empty()
                    && (self.image == other.image
                        || Reference::split(&self.image).same(&Reference::split(&other.image)))
            }
        }
    }

    /// `account.dkr.ecr.region.amazonaws.com/name` without tag and digest.
    pub fn repository(&self) -> &str {
        Reference::split(&self.image).name
    }

    /// Whether it is of this repository, however its registry is written.
    pub fn is_of(&self, repository: &str) -> bool {
        !repository.is_empty() && same_repository(&self.image, repository)
    }

    /// Whether a service that is set to this runs next what `moved` names by its tag. What is pinned does not follow its tag.
    pub fn follows(&self, moved: &Self) -> bool {
        self.digest.is_none()
            && self.tag == moved.tag
            && same_repository(self.repository(), moved.repository())
    }

    /// The repository that a configured name means beside this image: with a registry as it is written, without
    /// one in the registry of this image. This image's own where nothing is configured.
    pub fn repository_named(&self, configured: Option<&str>) -> String {
        let own = Reference::split(&self.image);
        let Some(name) = configured.filter(|name| !name.is_empty()) else { return own.name.to_owned() };
        match own.registry {
            Some(registry) if Reference::split(name).registry.is_none() => format!("{registry}/{name}"),
            _ => name.to_owned(),
        }
    }
}

/// `@41ac07f`.
pub fn short_digest(digest: &str) -> String {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    format!("@{}", hex.chars().take(SHORT).collect::<String>())
}

/// A tag as it is shown: whole commits by their first characters, in joined ones each of them; what is long besides
/// without its middle.
pub fn short_tag(tag: &str) -> String {
    let short = if tag.len() <= 12 || is_dated(tag) {
        tag.to_owned()
    } else {
        let parts = tag.split_inclusive(SEPARATORS);
        parts
            .map(|part| {
                let bare = part.trim_end_matches(SEPARATORS);
                let letters = bare.chars().any(|c| c.is_ascii_alphabetic());
                if is_hex(bare) && (bare.len() >= 32 || (bare.len() > 12 && letters)) {
                    let end = part.strip_prefix(bare).unwrap_or_default();
                    format!("{}{end}", bare.chars().take(SHORT).collect::<String>())
                } else {
                    part.to_owned()
                }
            })
            .collect()
    };
    let count = short.chars().count();
    if count <= TAG_MOST {
        return short;
    }
    let head: String = short.chars().take(TAG_MOST / 2).collect();
    let tail: String = short.chars().skip(count - (TAG_MOST - 1 - TAG_MOST / 2)).collect();
    format!("{head}…{tail}")
}

/// What stands between the parts of a tag.
const SEPARATORS: [char; 3] = ['-', '_', '.'];

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// True for tags that people move (`latest`, `prod`, `1.27`, `20-alpine`), false for those that name one build for
/// good: full releases (`1.27.0`, with any suffix), commits alone or joined, and builds by their date.
pub fn is_moving(tag: &str) -> bool {
    !(is_release(tag) || is_commit(tag) || is_dated(tag))
}

/// `1.27.0`, `v1.2.3-rc1`, `1.27.0-alpine`: three numbers, and whatever follows them.
fn is_release(tag: &str) -> bool {
    let mut rest = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    for nth in 0..3 {
        if nth > 0 {
            let Some(after) = rest.strip_prefix('.') else { return false };
            rest = after;
        }
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        if after.len() == rest.len() {
            return false;
        }
        rest = after;
    }
    true
}

/// `8be02d4`, `sha-8be02d4` (the default of docker/metadata-action), or several commits joined.
fn is_commit(tag: &str) -> bool {
    let tag = tag.strip_prefix("sha-").unwrap_or(tag);
    tag.split(SEPARATORS).all(|part| (SHORT..=64).contains(&part.len()) && is_hex(part))
}

/// `20260131`, `20260131-1200`, `202601311200`, `2026-01-31T12-00-00`: a date, and whatever follows it.
fn is_dated(tag: &str) -> bool {
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    let date = |year: Option<&str>, month: Option<&str>, day: Option<&str>| {
        (2000..2100).contains(&number(year))
            && (1..=12).contains(&number(month))
            && (1..=31).contains(&number(day))
    };
    let rest = tag.trim_start_matches(|c: char| c.is_ascii_digit());
    let head = tag.strip_suffix(rest).unwrap_or_default();
    match head.len() {
        8 | 10 | 12 | 14 => date(head.get(..4), head.get(4..6), head.get(6..8)),
        4 => {
            let mut parts = tag.splitn(3, SEPARATORS);
            let (year, month, rest) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
            let after = rest.get(2..).unwrap_or_default();
            month.is_some_and(|month| month.len() == 2)
                && date(year, month, rest.get(..2))
                && !after.starts_with(|c: char| c.is_ascii_digit())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions_are_short_and_tell_moving_tags_apart() {
        let digest = "sha256:41ac07f9e2";
        let host = "111122223333.dkr.ecr.us-west-2.amazonaws.com";
        for (image, digest, short) in [
            (format!("{host}/a:8be02d4"), Some(digest), "8be02d4"),
            (format!("{host}/a:latest"), Some(digest), "latest@41ac07f"),
            (format!("{host}/a:latest"), None, "latest"),
            (format!("{host}/a@sha256:41ac07f9e2"), None, "@41ac07f"),
            (format!("{host}/a:prod@sha256:41ac07f9e2"), None, "prod@41ac07f"),
            ("localhost:5000/a".to_owned(), None, "latest"),
            (String::new(), None, "-"),
            ("a:v1.2.3".to_owned(), Some(digest), "v1.2.3"),
        ] {
            assert_eq!(Version::of(&image, digest).short(), short, "{image}");
        }
        let version = |image| Version::of(image, Some(digest));
        assert_eq!(version("a:prod").words(Some("1f0c9a7")), "prod=1f0c9a7");
        assert_eq!(version("a@sha256:41ac07f9e2").words(Some("1f0c9a7")), "1f0c9a7");
        assert_eq!(version("a:8be02d4").words(Some("1f0c9a7")), "8be02d4");
        assert_eq!(version("a:prod").words(Some("latest")), "prod@41ac07f", "a tag that moves tells nothing");
        assert_eq!(Version::of("localhost:5000/a", None).repository(), "localhost:5000/a");
        assert_eq!(Version::of("r/a:1@sha256:0", None).repository(), "r/a");
    }

    #[test]
    fn one_image_is_the_same_under_every_host_of_its_registry() {
        let plain = Version::of("111122223333.dkr.ecr.us-west-2.amazonaws.com/a:1.2.3", None);
        let dual = Version::of("111122223333.dkr-ecr.us-west-2.on.aws/a:1.2.3", None);
        assert!(plain.same_image(&dual) && plain.is_of("111122223333.dkr-ecr.us-west-2.on.aws/a"));
        assert!(!Version::default().same_image(&Version::default()));
    }

    #[test]
    fn only_what_names_one_build_does_not_move() {
        let commit = "842ad6f39d44c0be842ad6f39d44c0be842ad6f3";
        let joined = format!("{commit}-9d44c0be842ad6f39d44c0be842ad6f39d44c0be");
        for tag in [
            "1.27.0",
            "v1.2.3",
            "1.27.0-alpine",
            "2026.1.31",
            "1.2.3.4",
            "v1.2.3rc1",
            "8be02d4",
            commit,
            &joined,
            "sha-8be02d4",
            "8be02d4_1f0c9a7",
            "20260131",
            "20260131120000",
            "20260131-1200",
            "2026-01-31",
            "2026-01-31T12-00-00",
            "20260131.7",
        ] {
            assert!(!is_moving(tag), "{tag}");
        }
        for tag in [
            "1",
            "1.27",
            "20-alpine",
            "facade",
            "latest",
            "prod",
            "staging",
            "main",
            "v1",
            "v1.2",
            "3.12-slim",
            "release-42",
            "1234",
            "2026",
            "2026-13-31",
            "2026-01-311",
            "",
            "prod-8be02d4x",
            "bookworm",
        ] {
            assert!(is_moving(tag), "{tag}");
        }
    }

    #[test]
    fn tags_are_shown_short() {
        let commit = "842ad6f39d44c0be842ad6f39d44c0be842ad6f3";
        for (tag, shown) in [
            ("8be02d4", "8be02d4"),
            (commit, "842ad6f"),
            (&format!("{commit}-9d44{}", commit.split_at(4).1), "842ad6f-9d44d6f"),
            (&format!("1.2.3-{commit}"), "1.2.3-842ad6f"),
            (&format!("sha-{commit}"), "sha-842ad6f"),
            ("20260131120000", "20260131120000"),
            ("feature-a-very-long-name-of-a-branch", "feature-a-…-a-branch"),
            ("1732968000123", "1732968000123"),
        ] {
            assert_eq!(short_tag(tag), shown, "{tag}");
        }
    }

    #[test]
    fn a_configured_repository_is_in_the_registry_in_use() {
        let registry = "111122223333.dkr.ecr.us-west-2.amazonaws.com";
        let used = Version::of(&format!("{registry}/a:1"), None);
        let elsewhere = "222233334444.dkr.ecr.eu-west-1.amazonaws.com/b";
        for (image, configured, repository) in [
            (&used, None, format!("{registry}/a")),
            (&used, Some(""), format!("{registry}/a")),
            (&used, Some("b"), format!("{registry}/b")),
            (&used, Some("team/b"), format!("{registry}/team/b")),
            (&used, Some(elsewhere), elsewhere.into()),
            (&Version::of("localhost:5000/a", None), Some("b"), "localhost:5000/b".into()),
            (&Version::of("nginx:1", None), Some("b"), "b".into()),
            (&Version::of("team/nginx:1", None), Some("b"), "b".into()),
            (&Version::default(), Some("b"), "b".into()),
        ] {
            assert_eq!(image.repository_named(configured), repository, "{} {configured:?}", image.image);
        }
    }

    proptest! {
        #[test]
        fn whatever_the_tag_it_is_short_and_not_empty(
            tag in "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}",
            hex in "[0-9a-f]{64}",
            telling in proptest::option::of("[0-9a-f]{7,64}"),
        ) {
            let version = Version::of(&format!("r/a:{tag}"), Some(&format!("sha256:{hex}")));
            let words = version.words(telling.as_deref());
            prop_assert!(!words.is_empty() && words.chars().count() <= TAG_MOST + 1 + TAG_MOST, "{}", words);
        }
    }
}
