//! Moments, as JSON and listings have them.

use crate::model::Stamp;

/// Moments as programs read them: RFC 3339 in UTC, to the millisecond.
pub fn iso(stamp: Stamp) -> String {
    jiff::Timestamp::from_millisecond(stamp.0).map_or_else(|_| String::new(), |moment| moment.to_string())
}

/// As [`iso`], with the milliseconds always written: lines of a log are sorted by it as text.
pub fn iso_millis(stamp: Stamp) -> String {
    jiff::Timestamp::from_millisecond(stamp.0).map_or_else(|_| String::new(), |moment| format!("{moment:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_with_milliseconds_sort_as_text() {
        assert_eq!(iso_millis(Stamp(1_790_000_178_000)), "2026-09-21T14:16:18.000Z");
        assert!(iso_millis(Stamp(1_790_000_178_000)) < iso_millis(Stamp(1_790_000_178_964)));
    }
}
