//! Small conversions from the SDK's types to the model's; all text is neutralised here.

use crate::model::{Stamp, secret, text};
use aws_smithy_types::DateTime;

/// A line of text from AWS, without the secrets in it; empty when absent.
pub(super) fn line(text: Option<&str>) -> String {
    text.map(|text| text::line(&secret::text(text))).unwrap_or_default()
}

/// A short name, id or ARN from AWS; bounded more tightly than prose.
pub(super) fn name(text: &str) -> String {
    text::clean(text, 512)
}

/// A name that somebody chose, as it is shown: bounded as names are, without what looks like a secret in it. What a
/// call needs is kept as [`name`].
pub(super) fn said(text: &str) -> String {
    name(&secret::text(text))
}

/// What stands for who may read: a mask like any other, the same in every process.
const READER: &str = "••••0000";

/// An image, or the address of a repository, without who may read there: a reference to an image has no user
/// information (distribution/reference, `reference.go`), and an address needs none to be told apart. What is masked is
/// the same in every process, since images are compared with those that a run or the cache knew.
pub(super) fn image(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, text),
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) if !query.is_empty() => (rest, format!("?{READER}")),
        _ => (rest, String::new()),
    };
    let (rest, digest) = match rest.rsplit_once('@') {
        Some((rest, digest)) if is_digest(digest) => (rest, format!("@{digest}")),
        _ => (rest, String::new()),
    };
    let rest = match rest.rsplit_once('@') {
        Some(("git", _)) | None => rest.to_owned(),
        Some((_, host)) => format!("{READER}@{host}"),
    };
    let scheme = scheme.map(|scheme| format!("{scheme}://")).unwrap_or_default();
    let told = format!("{scheme}{rest}{query}{digest}");
    // letters that no reference has: whatever it is, it is read as text is
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:@+~%#?•".contains(c);
    if told.chars().all(plain) {
        return name(&told);
    }
    name(&secret::unkeyed(&secret::text(&told)).replace("••••", READER))
}

/// `ALGORITHM:HEX`, as distribution/reference has it: 32 digits at least.
fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(kind, hex)| {
        !kind.is_empty() && hex.len() >= 32 && hex.chars().all(|c| c.is_ascii_hexdigit())
    })
}

/// A moment from AWS.
pub(super) fn stamp(time: Option<&DateTime>) -> Option<Stamp> {
    time.and_then(|t| t.to_millis().ok()).map(Stamp)
}

/// A count from AWS, which is never negative.
pub(super) fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

/// The part of an ARN behind its last `/`.
pub(super) fn tail(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// `name` of a target group ARN `…:targetgroup/name/id`.
pub(super) fn tail_of_group(arn: &str) -> &str {
    arn.rsplit('/').nth(1).unwrap_or(arn)
}

/// `family:revision` of a task definition ARN as its two parts.
pub(super) fn family(arn: &str) -> (String, u32) {
    match tail(arn).rsplit_once(':') {
        Some((family, revision)) => (name(family), revision.parse().unwrap_or(0)),
        None => (name(tail(arn)), 0),
    }
}

/// Now, by the machine's clock.
pub(super) fn now() -> Stamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Stamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_keeps_everything_but_who_may_read_it() {
        let digest = format!("r.example.com/app@sha256:{}", "0a1b2c3d".repeat(8));
        let tagged = format!("r.example.com:5000/app:1@sha256:{}", "0a1b2c3d".repeat(8));
        for plain in [
            "111122223333.dkr.ecr.us-west-2.amazonaws.com/app:8be02d4",
            "amazon/aws-for-fluent-bit:stable",
            "app:842a9e1cbf0a4f6f8c3d2e1f0a9b8c7d6e5f4a3b",
            "r.example.com/app:Kx9Qz7TpL4mN8rS2vW5y",
            "https://github.com/example/app",
            "git@github.com:example/app",
            "",
            &digest,
            &tagged,
        ] {
            assert_eq!(image(plain), plain);
        }
        for (given, wanted) in [
            ("https://a:hunter2@github.com/x", "https://••••0000@github.com/x"),
            ("https://hunter2@github.com/x", "https://••••0000@github.com/x"),
            ("https://a:hun/ter2@github.com/x", "https://••••0000@github.com/x"),
            ("https://github.com/x?token=hunter2", "https://github.com/x?••••0000"),
            ("a:hunter2@reg/app:1", "••••0000@reg/app:1"),
            ("a:hunter2@x/y:z", "••••0000@x/y:z"),
        ] {
            assert_eq!(image(given), wanted);
        }
        let masked = image(&format!("a:hunter2@{digest}"));
        assert_eq!(masked, format!("••••0000@{digest}"));
        assert!(!image("x password=hunter2 y").contains("hunter2"));
        assert!(!image("a:hunter2@reg/\u{1b}[31m").contains("hunter2"));
    }

    #[test]
    fn what_is_said_is_masked() {
        assert!(!said("x/password=hunter2").contains("hunter2"));
        assert_eq!(said("deploy/run-7"), "deploy/run-7");
    }

    #[test]
    fn arns_are_taken_apart() {
        assert_eq!(family("arn:aws:ecs:r:1:task-definition/prod-service:42"), ("prod-service".into(), 42));
        assert_eq!(family("prod-service"), ("prod-service".into(), 0));
        assert_eq!(tail("arn:aws:ecs:r:1:service/c/s"), "s");
        assert_eq!(count(-3), 0);
    }
}
