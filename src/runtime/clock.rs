//! The wall clock, or the simulator's.

use crate::model::Stamp;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock. The demo's runs as fast as its simulator's, so that ages and charts agree with what it answers.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    since: Option<(Instant, Stamp, f64)>,
}

impl Clock {
    /// The machine's clock.
    pub const WALL: Self = Self { since: None };

    /// A clock that shows `start` at `real` and goes `speed` times as fast as the machine's.
    pub fn scaled(real: Instant, start: Stamp, speed: f64) -> Self {
        Self { since: Some((real, start, speed)) }
    }

    /// How many of its seconds pass in one of the machine's.
    pub fn speed(&self) -> f64 {
        self.since.map_or(1.0, |(_, _, speed)| speed)
    }

    /// What it shows.
    pub fn now(&self) -> Stamp {
        match self.since {
            None => wall(),
            Some((real, start, speed)) => start.plus(millis(real.elapsed().mul_f64(speed.clamp(0.0, 1e6)))),
        }
    }
}

/// The machine's clock; the epoch where it stands before that.
pub fn wall() -> Stamp {
    Stamp(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_clock_is_ahead_by_its_speed() {
        let real = Instant::now().checked_sub(Duration::from_secs(10)).unwrap();
        let now = Clock::scaled(real, Stamp(5_000), 20.0).now();
        assert!((205_000..215_000).contains(&now.0), "{now:?}");
    }

    #[test]
    fn the_machines_clock_is_past_the_beginning_of_this_project() {
        assert!(Clock::WALL.now() > Stamp::from_secs(1_760_000_000));
    }
}
