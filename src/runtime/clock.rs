//! The wall clock, the simulator's, or AWS's where that is another.

use crate::model::{EnvironmentName, Stamp};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Milliseconds by which AWS's clock may differ until it is followed. AWS tells whole seconds, and an answer
/// may be seconds on its way.
pub const TOLERANCE_MS: i64 = 5_000;

/// How much faster than this machine's a clock must go to be taken for a simulator's.
const FAST: f64 = 1.5;

/// The least milliseconds between two looks at a clock to tell how fast it goes.
const APART_MS: f64 = 1_000.0;

/// Milliseconds that two looks may be off, for AWS tells whole seconds.
const DOUBT_MS: f64 = 3_000.0;

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

/// A clock that follows AWS's where the machine's clock is wrong, or AWS is a simulator with a clock of its own:
/// what AWS stamps is told by AWS's clock. Shared by the cockpit and those who ask AWS.
#[derive(Debug, Clone)]
pub struct Follower {
    own: Clock,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Debug, Default)]
struct Heard {
    /// By environment, since each may have an endpoint of its own.
    sources: HashMap<EnvironmentName, Source>,
    /// What is shown, where it is not the machine's.
    clock: Option<Clock>,
}

/// What one environment told of its clock.
#[derive(Debug, Clone, Copy)]
struct Source {
    first: (Instant, Stamp),
    last: (Instant, Stamp),
    speed: f64,
    measured: bool,
    skew_ms: i64,
}

impl Source {
    fn new(at: (Instant, Stamp), skew_ms: i64) -> Self {
        Self { first: at, last: at, speed: 1.0, measured: false, skew_ms }
    }

    #[allow(clippy::cast_precision_loss)] // durations, far below 2^52 milliseconds
    fn hear(&mut self, at: (Instant, Stamp), skew_ms: i64) {
        let passed = |since: Instant| at.0.saturating_duration_since(since).as_secs_f64() * 1000.0;
        let off = at.1.since(self.last.1) as f64 - passed(self.last.0) * self.speed;
        self.skew_ms = skew_ms;
        self.last = at;
        if self.measured && off.abs() > TOLERANCE_MS as f64 {
            // it was turned, or goes at another speed now: measured anew from here
            (self.first, self.measured) = (at, false);
            return;
        }
        let (here, there) = (passed(self.first.0), at.1.since(self.first.1) as f64);
        if here >= APART_MS {
            let agrees = (there - here).abs() < DOUBT_MS || (1.0 / FAST..FAST).contains(&(there / here));
            self.speed = if agrees { 1.0 } else { (there / here).clamp(0.0, 1e6) };
            self.measured = true;
        }
    }

    fn clock(&self) -> Option<Clock> {
        let differs = self.skew_ms.abs() > TOLERANCE_MS;
        differs.then(|| Clock::scaled(self.last.0, self.last.1, self.speed))
    }
}

impl Follower {
    /// Shows `own` until AWS's is known to be another. Only the machine's clock follows: the demo's agrees with
    /// its simulator.
    pub fn new(own: Clock) -> Self {
        Self { own, heard: Arc::default() }
    }

    /// Takes in what an environment's newest answer told: AWS's clock at a moment, and by how much it was ahead
    /// of the machine's.
    pub fn hear(&self, environment: &EnvironmentName, at: (Instant, Stamp), skew_ms: i64) {
        if self.own.since.is_some() {
            return;
        }
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        match heard.sources.get_mut(environment) {
            Some(source) if source.last.0 >= at.0 => return,
            Some(source) => source.hear(at, skew_ms),
            None => {
                heard.sources.insert(environment.clone(), Source::new(at, skew_ms));
            }
        }
        // where one endpoint agrees with this machine, another is wrong, not the machine; one that was asked for a
        // moment only may have agreed because a fast clock had only just begun to run ahead
        let measured = heard.sources.values().filter(|s| s.measured).min_by_key(|s| s.skew_ms.abs());
        let nearest = measured.or_else(|| heard.sources.values().min_by_key(|s| s.skew_ms.abs()));
        heard.clock = nearest.and_then(Source::clock);
    }

    /// The clock as it is to be shown now.
    pub fn clock(&self) -> Clock {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clock.unwrap_or(self.own)
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
    fn a_small_skew_is_left_alone_and_a_large_one_followed() {
        let (name, start) = (EnvironmentName::from("prod"), Instant::now());
        let follower = Follower::new(Clock::WALL);
        for (skew, later) in [(0, 0), (4_900, 1), (-4_900, 2)] {
            follower.hear(&name, (start + Duration::from_micros(later), wall().plus(skew)), skew);
            assert!(follower.clock().since.is_none(), "{skew}");
        }
        let hour = 3_600_000;
        follower.hear(&name, (start + Duration::from_millis(1), wall().plus(hour)), hour);
        assert!((follower.clock().now().since(wall()) - hour).abs() < 2_000);
        assert!((follower.clock().speed() - 1.0).abs() < 1e-9);
        // an environment whose clock agrees with the machine's is believed
        follower.hear(&EnvironmentName::from("staging"), (start, wall()), 0);
        assert!(follower.clock().since.is_none());
    }

    #[test]
    fn a_fast_clock_is_followed_at_its_speed() {
        let (name, start) = (EnvironmentName::from("sim"), Instant::now());
        let follower = Follower::new(Clock::WALL);
        for seconds in 0..5 {
            let at = start + Duration::from_secs(seconds);
            let told = Stamp(1_000_000 + i64::try_from(seconds).unwrap() * 60_000);
            follower.hear(&name, (at, told), 10_000_000);
        }
        assert!((follower.clock().speed() - 60.0).abs() < 0.1);
        // it was turned forward by an hour, and goes on at the same speed
        for seconds in 5..9 {
            let at = start + Duration::from_secs(seconds);
            let told = Stamp(4_600_000 + i64::try_from(seconds).unwrap() * 60_000);
            follower.hear(&name, (at, told), 10_000_000);
        }
        assert!((follower.clock().speed() - 60.0).abs() < 0.1);
        // the demo's own clock is left alone
        let demo = Follower::new(Clock::scaled(start, Stamp(5), 2.0));
        demo.hear(&name, (start, Stamp(1)), 10_000_000);
        assert!((demo.clock().speed() - 2.0).abs() < 1e-9);
    }

    #[test]
    fn an_environment_that_was_asked_once_does_not_outvote_one_that_is_watched() {
        let (start, follower) = (Instant::now(), Follower::new(Clock::WALL));
        follower.hear(&EnvironmentName::from("staging"), (start, Stamp(1_000_000)), 0);
        for seconds in 0..5_i64 {
            let at = start + Duration::from_secs(seconds.unsigned_abs());
            let told = Stamp(1_000_000 + seconds * 60_000);
            follower.hear(&EnvironmentName::from("prod"), (at, told), seconds * 59_000);
        }
        assert!((follower.clock().speed() - 60.0).abs() < 0.1);
    }

    #[test]
    fn the_machines_clock_is_past_the_beginning_of_this_project() {
        assert!(Clock::WALL.now() > Stamp::from_secs(1_760_000_000));
    }
}
