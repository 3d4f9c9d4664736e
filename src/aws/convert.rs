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
    fn arns_are_taken_apart() {
        assert_eq!(family("arn:aws:ecs:r:1:task-definition/prod-service:42"), ("prod-service".into(), 42));
        assert_eq!(family("prod-service"), ("prod-service".into(), 0));
        assert_eq!(tail("arn:aws:ecs:r:1:service/c/s"), "s");
        assert_eq!(count(-3), 0);
    }
}
