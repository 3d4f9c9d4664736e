//! Moments.

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(pub i64);

impl Stamp {
    /// A moment from whole epoch seconds.
    pub fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Whole epoch seconds, rounded down.
    pub fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Milliseconds from `earlier` to this moment; negative when `earlier` is later.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment moved by `millis`.
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

/// A duration in the fewest characters people read at a glance: `4s`, `3m`, `2h`, `9d`, `5w`.
///
/// Negative durations (a clock that is behind) read as `0s`.
pub fn brief(millis: i64) -> String {
    let seconds = (millis / 1000).max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        86_400..3_024_000 => format!("{}d", seconds / 86_400),
        _ => format!("{}w", seconds / 604_800),
    }
}

/// A duration with two units where the second one matters: `42s`, `3m 10s`, `2h 5m`, `9d 4h`.
pub fn precise(millis: i64) -> String {
    let seconds = (millis / 1000).max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_at_a_glance() {
        for (millis, short, long) in [
            (-5_000, "0s", "0s"),
            (999, "0s", "0s"),
            (59_999, "59s", "59s"),
            (60_000, "1m", "1m 0s"),
            (3_599_000, "59m", "59m 59s"),
            (7_500_000, "2h", "2h 5m"),
            (9 * 86_400_000 + 4 * 3_600_000, "9d", "9d 4h"),
            (40 * 86_400_000, "5w", "40d 0h"),
        ] {
            assert_eq!(brief(millis), short);
            assert_eq!(precise(millis), long);
        }
    }
}
