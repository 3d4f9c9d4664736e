//! Conversions between counts, shares and times, bounded so that none can go wrong.

/// A share of a count in percent, rounded down.
pub(in crate::sim) fn percent_floor(count: u32, percent: u32) -> u32 {
    u32::try_from(u64::from(count) * u64::from(percent) / 100).unwrap_or(u32::MAX)
}

/// A share of a count in percent, rounded up.
pub(in crate::sim) fn percent_ceil(count: u32, percent: u32) -> u32 {
    u32::try_from((u64::from(count) * u64::from(percent)).div_ceil(100)).unwrap_or(u32::MAX)
}

/// How many, as the wire's integers have it.
pub(in crate::sim) fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

/// Epoch milliseconds of epoch seconds.
#[expect(clippy::cast_possible_truncation, reason = "the simulated clock stays within this millennium")]
pub(in crate::sim) fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0) as i64
}

/// A whole number of epoch seconds, for calendars.
#[expect(clippy::cast_possible_truncation, reason = "the simulated clock stays within this millennium")]
pub(in crate::sim) fn whole(seconds: f64) -> i64 {
    seconds.floor() as i64
}

/// How many steps of `step` seconds fit into `span` seconds, at most `most`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded by most before the cast"
)]
pub(in crate::sim) fn steps(span: f64, step: f64, most: u32) -> u32 {
    if span <= 0.0 || step <= 0.0 { 0 } else { (span / step).floor().min(f64::from(most)) as u32 }
}

/// A calendar time in UTC, in `strftime`'s words.
pub(in crate::sim) fn calendar(seconds: f64, format: &str) -> String {
    jiff::Timestamp::from_second(whole(seconds))
        .map_or_else(|_| String::new(), |at| at.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_as_ecs_rounds_them() {
        assert_eq!(percent_floor(3, 150), 4);
        assert_eq!(percent_ceil(3, 50), 2);
        assert_eq!(percent_ceil(0, 100), 0);
        assert_eq!(steps(100.0, 20.0, 3), 3);
        assert_eq!(steps(-1.0, 20.0, 3), 0);
        assert_eq!(calendar(0.0, "%Y/%m/%d %H:%M:%S"), "1970/01/01 00:00:00");
    }
}
