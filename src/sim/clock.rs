//! Simulated time: a start, the real time that passed since, times the speed, plus what was advanced.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Fastest a clock may run: a day and more in a second.
pub const MAX_SPEED: f64 = 100_000.0;

/// Furthest that one `advance` may go: a year, in seconds.
pub const MAX_ADVANCE: f64 = 31_536_000.0;

/// A clock that runs at a multiple of real time and never goes backwards.
///
/// The real time is handed in, so that nothing here waits or reads a clock of its own.
#[derive(Debug, Clone)]
pub struct Clock {
    /// Real moment at which `base` was the simulated time.
    anchor: Instant,
    /// Simulated epoch seconds at the anchor.
    base: f64,
    /// Simulated seconds a real second.
    speed: f64,
}

impl Clock {
    /// A clock that shows `start` (epoch seconds) at the real moment `real` and runs at `speed`;
    /// speed 0 stands still until it is advanced. Unusable numbers become 1.
    pub fn new(start: f64, speed: f64, real: Instant) -> Self {
        let base = if start.is_finite() { start } else { 0.0 };
        Self { anchor: real, base, speed: usable(speed) }
    }

    /// Simulated epoch seconds at the real moment `real`; a moment before the anchor shows the anchor.
    pub fn now(&self, real: Instant) -> f64 {
        self.base + real.saturating_duration_since(self.anchor).as_secs_f64() * self.speed
    }

    /// Simulated seconds a real second.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Jumps forward; negative and unusable amounts do nothing, and no jump exceeds [`MAX_ADVANCE`].
    pub fn advance(&mut self, seconds: f64) {
        if seconds.is_finite() && seconds > 0.0 {
            self.base += seconds.min(MAX_ADVANCE);
        }
    }

    /// Changes the speed from `real` on, without a jump.
    pub fn set_speed(&mut self, speed: f64, real: Instant) {
        self.base = self.now(real);
        self.anchor = real.max(self.anchor);
        self.speed = usable(speed);
    }
}

fn usable(speed: f64) -> f64 {
    if speed.is_finite() && speed >= 0.0 { speed.min(MAX_SPEED) } else { 1.0 }
}

/// The machine's time in epoch seconds.
pub fn wall() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-3
    }

    #[test]
    fn a_minute_a_second_at_speed_60() {
        let zero = Instant::now();
        let clock = Clock::new(1000.0, 60.0, zero);
        assert!(close(clock.now(zero), 1000.0));
        assert!(close(clock.now(zero + Duration::from_secs(2)), 1120.0));
    }

    #[test]
    fn a_change_of_speed_does_not_jump() {
        let zero = Instant::now();
        let mut clock = Clock::new(0.0, 10.0, zero);
        let later = zero + Duration::from_secs(5);
        clock.set_speed(1.0, later);
        assert!(close(clock.now(later), 50.0));
        assert!(close(clock.now(later + Duration::from_secs(5)), 55.0));
    }

    #[test]
    fn speed_zero_moves_only_when_advanced() {
        let zero = Instant::now();
        let mut clock = Clock::new(7.0, 0.0, zero);
        clock.advance(3.0);
        assert!(close(clock.now(zero + Duration::from_secs(100)), 10.0));
    }

    #[test]
    fn unusable_numbers_are_not_taken() {
        let zero = Instant::now();
        let mut clock = Clock::new(f64::NAN, f64::INFINITY, zero);
        assert!(close(clock.speed(), 1.0));
        clock.advance(-5.0);
        clock.advance(f64::NAN);
        assert!(close(clock.now(zero), 0.0));
    }

    proptest! {
        #[test]
        fn never_backwards(steps in prop::collection::vec((0u64..5000, 0u8..3, -10.0f64..100.0), 1..40)) {
            let mut real = Instant::now();
            let mut clock = Clock::new(1.7e9, 1.0, real);
            let mut last = clock.now(real);
            for (ms, what, amount) in steps {
                real += Duration::from_millis(ms);
                match what {
                    0 => clock.advance(amount),
                    1 => clock.set_speed(amount, real),
                    _ => {}
                }
                let now = clock.now(real);
                prop_assert!(now >= last);
                last = now;
            }
        }
    }
}
