//! How a service does since a rollout began, against how it did before: means over a series.

use crate::model::{Metric, Series, Stamp};

/// What is told beside a rollout, in the order of the screen.
pub const NUMBERS: [Metric; 3] = [Metric::Cpu, Metric::Errors, Metric::LatencyP99];

/// So far back reads what came just before the rollout, milliseconds.
const BEFORE_MS: i64 = 5 * 60_000;
/// The hour before it, milliseconds.
const HOUR_MS: i64 = 3_600_000;

/// A metric around the moment when a rollout began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Around {
    /// The mean since then; none while no period since then is whole.
    pub since: Option<f32>,
    /// The mean of the minutes just before: of what is being replaced.
    pub before: Option<f32>,
    /// The mean of the hour before.
    pub hour: Option<f32>,
}

/// A metric since `began`, and before it. A period under way says nothing yet, and the one in which the rollout began
/// is of both.
pub fn around(series: &Series, began: Stamp, now: Stamp) -> Around {
    let period = i64::from(series.period).saturating_mul(1_000);
    let mean = |from: Stamp, until: Stamp| {
        let own = series.points.iter().enumerate().filter_map(|(nth, point)| {
            let at = series.at(nth);
            (at >= from && at.plus(period) <= until).then_some(*point).flatten()
        });
        let (sum, count) = own.fold((0.0_f32, 0.0_f32), |(sum, count), point| (sum + point, count + 1.0));
        (count > 0.0).then(|| sum / count)
    };
    Around {
        since: mean(began, now),
        before: mean(began.plus(-BEFORE_MS - period), began),
        hour: mean(began.plus(-HOUR_MS - period), began),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_of_whole_periods_on_their_side_of_the_beginning() {
        // an hour at 10, then five minutes at 20, then the rollout at 40; the last period is under way
        let minute = |n: i64| Stamp(n * 60_000);
        let points = (0..90).map(|n| match n {
            0..60 => Some(10.0),
            60..65 => Some(20.0),
            89 => Some(1_000.0),
            70 => None,
            _ => Some(40.0),
        });
        let series = Series {
            metric: Metric::Cpu,
            start: minute(0),
            period: 60,
            points: points.collect(),
            unread: None,
        };
        let told = around(&series, minute(65), minute(89).plus(30_000));
        assert_eq!(told.since, Some(40.0));
        assert!(told.before.is_some_and(|v| v > 18.0 && v <= 20.0), "{told:?}");
        assert!(told.hour.is_some_and(|v| v > 10.0 && v < 12.0), "{told:?}");
        let none = around(&series, minute(89), minute(89).plus(30_000));
        assert_eq!(none.since, None, "nothing whole yet");
    }
}
