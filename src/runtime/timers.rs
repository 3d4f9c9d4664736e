//! Timers by key: at most one for each, and only the earliest is ever waited for.

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
    time::{Duration, Instant},
};

/// Timers that have not gone off.
#[derive(Debug)]
pub struct Timers<K> {
    due: HashMap<K, (Instant, u64)>,
    order: BTreeSet<(Instant, u64)>,
    keys: HashMap<u64, K>,
    counter: u64,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self { due: HashMap::new(), order: BTreeSet::new(), keys: HashMap::new(), counter: 0 }
    }
}

impl<K: Clone + Eq + Hash> Timers<K> {
    /// Sets a timer; an equal one that has not gone off is forgotten.
    pub fn set(&mut self, key: K, now: Instant, after: Duration) {
        if let Some(old) = self.due.remove(&key) {
            self.order.remove(&old);
            self.keys.remove(&old.1);
        }
        self.counter += 1;
        // A year is as good as never, and cannot overflow.
        let at = now + after.min(Duration::from_hours(8760));
        self.due.insert(key.clone(), (at, self.counter));
        self.order.insert((at, self.counter));
        self.keys.insert(self.counter, key);
    }

    /// When the earliest goes off.
    pub fn next(&self) -> Option<Instant> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Takes the earliest that is due.
    pub fn take(&mut self, now: Instant) -> Option<K> {
        let first = *self.order.first()?;
        if first.0 > now {
            return None;
        }
        self.order.remove(&first);
        let key = self.keys.remove(&first.1)?;
        self.due.remove(&key);
        Some(key)
    }
}

/// A wait by AWS's time, in milliseconds of this machine's: where the clock is fast, as the simulator's may be, what
/// is looked at again is looked at more often, though never more than once a second because of that.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // durations
pub fn hurried(after: u64, speed: f64) -> u64 {
    if speed <= 1.0 {
        return after;
    }
    ((after as f64 / speed) as u64).max(after.min(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_go_off_in_order_and_once() {
        let now = Instant::now();
        let ms = Duration::from_millis;
        let mut timers = Timers::default();
        timers.set("b", now, ms(20));
        timers.set("a", now, ms(10));
        timers.set("c", now, ms(20));
        assert_eq!(timers.take(now), None);
        assert_eq!(timers.next(), Some(now + ms(10)));
        assert_eq!(timers.take(now + ms(20)), Some("a"));
        assert_eq!(timers.take(now + ms(20)), Some("b"));
        assert_eq!(timers.take(now + ms(20)), Some("c"));
        assert_eq!(timers.take(now + ms(20)), None);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn an_equal_one_is_replaced() {
        let now = Instant::now();
        let mut timers = Timers::default();
        timers.set("a", now, Duration::from_millis(10));
        timers.set("a", now, Duration::from_millis(90));
        assert_eq!(timers.take(now + Duration::from_millis(50)), None);
        assert_eq!(timers.take(now + Duration::from_millis(90)), Some("a"));
        timers.set("far", now, Duration::MAX);
        assert!(timers.next().is_some());
    }

    #[test]
    fn a_fast_clock_is_followed_within_reason() {
        for (after, speed, waited) in [
            (2_500, 1.0, 2_500),
            (2_500, 0.0, 2_500),
            (60_000, 10.0, 6_000),
            (2_500, 60.0, 1_000),
            (500, 60.0, 500),
        ] {
            assert_eq!(hurried(after, speed), waited, "{after} at {speed}");
        }
    }
}
