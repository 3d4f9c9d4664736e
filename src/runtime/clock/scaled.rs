//! A clock as it is shown: the machine's, or one that began elsewhere and goes as fast as a simulator's.

use crate::model::Stamp;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds by which AWS's clock may differ until it is followed. AWS tells whole seconds, and an answer
/// may be seconds on its way.
pub const TOLERANCE_MS: i64 = 5_000;

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

    /// Whether it is the machine's own.
    pub fn is_the_machines(&self) -> bool {
        self.since.is_none()
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
