//! The wall clock, the simulator's, or AWS's where that is another.

mod scaled;
mod source;

use crate::model::{EnvironmentName, Stamp, stamp::precise};
pub use scaled::{Clock, TOLERANCE_MS, wall};
use source::Source;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Milliseconds by which a machine's clock may differ that signs what AWS takes: S3 refuses what is more than 15 minutes off
/// (S3 API reference, error RequestTimeTooSkewed), and others what is more than 5 (IAM user guide, "Elements of an AWS API
/// request signature").
const SIGNED_MS: i64 = 900_000;

/// By how much an answer may be late, by this machine's clock.
const ANSWERED: Duration = Duration::from_secs(2);

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

impl Follower {
    /// Shows `own` until AWS's is known to be another. Only the machine's clock follows: the demo's agrees with
    /// its simulator.
    pub fn new(own: Clock) -> Self {
        Self { own, heard: Arc::default() }
    }

    /// Takes in what an answer of an environment told: AWS's clock at a moment, and by how much it was ahead of the
    /// machine's. One answer that tells another time than those before moves nothing: three that agree do.
    pub fn hear(&self, environment: &EnvironmentName, at: (Instant, Stamp), skew_ms: i64) {
        if !self.own.is_the_machines() {
            return;
        }
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        match heard.sources.get_mut(environment) {
            Some(source) => source.hear(at, skew_ms),
            None => {
                heard.sources.insert(environment.clone(), Source::new(at, skew_ms));
            }
        }
        // where one endpoint agrees with this machine, another is wrong, not the machine; one that was asked for a
        // moment only may have agreed because a fast clock had only just begun to run ahead
        let measured = heard.sources.values().filter(|s| s.is_measured()).min_by_key(|s| s.skew_ms());
        let nearest = measured.or_else(|| heard.sources.values().min_by_key(|s| s.skew_ms()));
        heard.clock = nearest.and_then(Source::clock);
    }

    /// That AWS's dates are further from this machine's clock than can be where AWS takes what this machine signs; none
    /// where they are not. What is followed all the same stops no task and gives nothing up; a simulator's clock that runs
    /// fast is no wrong one.
    pub fn doubt(&self) -> Option<String> {
        let clock = self.heard.lock().unwrap_or_else(PoisonError::into_inner).clock?;
        let ahead = clock.now().since(wall());
        if ahead.abs() < SIGNED_MS || clock.speed() > 1.0 {
            return None;
        }
        let (by, side) = (precise(ahead.abs()), if ahead > 0 { "ahead of" } else { "behind" });
        Some(format!(
            "AWS's answers are dated {by} {side} this machine's clock, and one of both is wrong: times and windows are told by \
             AWS's; see that the clock and whatever stands between are right"
        ))
    }

    /// Whether a date is further from this machine's clock than can be where AWS takes what this machine signs. A simulator's
    /// clock that runs fast is held against itself: what one answer dates otherwise than all the others is wrong there, too.
    pub fn doubts(&self, told: Stamp) -> bool {
        let off = |now: Stamp, most: i64| told.since(now).abs() > most;
        let clock = self.clock();
        if self.own.is_the_machines() && clock.speed() <= 1.0 {
            return off(wall(), SIGNED_MS);
        }
        let late = ANSWERED.mul_f64(clock.speed().clamp(0.0, 1e6)).as_millis();
        let most = SIGNED_MS.saturating_add(i64::try_from(late).unwrap_or(i64::MAX));
        off(wall(), SIGNED_MS) && off(clock.now(), most)
    }

    /// The clock as it is to be shown now.
    pub fn clock(&self) -> Clock {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clock.unwrap_or(self.own)
    }
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

    fn later(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    #[test]
    fn a_small_skew_is_left_alone_and_a_large_one_followed() {
        let (name, start) = (EnvironmentName::from("prod"), Instant::now());
        let hour = 3_600_000;
        for skew in [0, 4_900, -4_900, hour, -hour] {
            let follower = Follower::new(Clock::WALL);
            for millis in 0..3 {
                assert!(
                    follower.clock().is_the_machines(),
                    "{skew}: what three answers agree on is believed"
                );
                follower.hear(&name, (later(start, millis), wall().plus(skew)), skew);
            }
            assert_eq!(!follower.clock().is_the_machines(), skew.abs() == hour, "{skew}");
            assert!((follower.clock().now().since(wall()) - skew).abs() < 6_000);
            assert!((follower.clock().speed() - 1.0).abs() < 1e-9);
            // an environment whose clock agrees with the machine's is believed
            follower.hear(&EnvironmentName::from("staging"), (start, wall()), 0);
            assert!(follower.clock().is_the_machines());
        }
    }

    #[test]
    fn a_date_that_no_signature_would_do_for_is_told() {
        let name = EnvironmentName::from("prod");
        for (skew, told) in [
            (0, None),
            (60_000, None),
            (-600_000, None),
            (7_200_000, Some("ahead of this machine's clock")),
            (-7_200_000, Some("behind this machine's clock")),
        ] {
            let (follower, start) = (Follower::new(Clock::WALL), Instant::now());
            for millis in 0..3 {
                follower.hear(&name, (later(start, millis), wall().plus(skew + 500)), skew);
            }
            let doubt = follower.doubt();
            assert_eq!(doubt.is_some(), told.is_some(), "{skew}: {doubt:?}");
            assert!(told.is_none_or(|told| doubt.unwrap().contains(told)), "{skew}");
        }
        // a simulator's runs away
        let (follower, start) = (Follower::new(Clock::WALL), Instant::now());
        for seconds in 0..5_i64 {
            let at = start + Duration::from_secs(seconds.unsigned_abs());
            let told = Stamp(wall().0 + 7_200_000 + seconds * 60_000);
            follower.hear(&name, (at, told), 7_200_000 + seconds * 59_000);
        }
        assert_eq!(follower.doubt(), None);
    }

    #[test]
    fn a_date_of_one_answer_is_held_against_one_clock_however_fast_it_goes() {
        const HOUR: i64 = 3_600_000;
        let name = EnvironmentName::from("prod");
        let wall_alone = Follower::new(Clock::WALL);
        for (off, wrong) in [(0, false), (600_000, false), (HOUR, true), (-HOUR, true)] {
            assert_eq!(wall_alone.doubts(wall().plus(off)), wrong, "{off}");
        }
        // a simulator's clock, a day ahead and thirty times as fast
        let began = Instant::now().checked_sub(Duration::from_secs(4)).unwrap();
        let simulated = |seconds: i64| Stamp(wall().0 + 24 * HOUR + seconds * 30_000);
        let follower = Follower::new(Clock::WALL);
        for seconds in 0..4_i64 {
            let at = later(began, seconds.unsigned_abs() * 1_000);
            follower.hear(&name, (at, simulated(seconds)), 24 * HOUR + seconds * 29_000);
        }
        assert!(follower.clock().speed() > 20.0);
        for (off, wrong) in [(0, false), (600_000, false), (2 * HOUR, true), (-2 * HOUR, true)] {
            assert_eq!(follower.doubts(simulated(4).plus(off)), wrong, "{off}");
        }
        assert!(!follower.doubts(wall()), "this machine's own time is no wrong one");
        // the demo's
        let demo = Follower::new(Clock::scaled(Instant::now(), Stamp(5 * HOUR), 8.0));
        assert!(!demo.doubts(Stamp(5 * HOUR)) && demo.doubts(Stamp(9 * HOUR)));
    }

    #[test]
    fn the_demos_own_clock_is_left_alone() {
        let (name, start) = (EnvironmentName::from("sim"), Instant::now());
        let demo = Follower::new(Clock::scaled(start, Stamp(5), 2.0));
        for millis in 0..9 {
            demo.hear(&name, (later(start, millis), Stamp(1)), 10_000_000);
        }
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
