//! Whether AWS is silent: how long nothing came over the wire that somebody waited for.
//!
//! What is waited for the cockpit's own rate limit is its own doing and never AWS's silence.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The calls of an account and region, as far as they tell whether AWS answers.
#[derive(Debug)]
pub(super) struct Silence(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    /// When something was heard last, or had to be waited for on purpose.
    last: Instant,
    /// Calls that AWS has and has not answered.
    calling: usize,
    /// Calls that are held back by the rate limit.
    held: usize,
}

impl Default for Silence {
    fn default() -> Self {
        Self(Mutex::new(Inner { last: Instant::now(), calling: 0, held: 0 }))
    }
}

impl Silence {
    fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A call is held back by the rate limit until the guard is dropped.
    pub fn hold(&self) -> Guard<'_> {
        self.with(|inner| inner.held += 1);
        Guard { of: self, held: true }
    }

    /// A call is with AWS until the guard is dropped.
    pub fn call(&self) -> Guard<'_> {
        self.with(|inner| {
            if inner.calling == 0 {
                inner.last = Instant::now();
            }
            inner.calling += 1;
        });
        Guard { of: self, held: false }
    }

    /// For how long AWS has said nothing; zero while all there is to do is held back.
    pub fn silence(&self, now: Instant) -> Duration {
        self.with(|inner| {
            if inner.calling == 0 && inner.held > 0 {
                Duration::ZERO
            } else {
                now.saturating_duration_since(inner.last)
            }
        })
    }
}

/// One call, held back or with AWS.
#[derive(Debug)]
pub(super) struct Guard<'a> {
    of: &'a Silence,
    held: bool,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.of.with(|inner| {
            let count = if self.held { &mut inner.held } else { &mut inner.calling };
            *count = count.saturating_sub(1);
            // the end of a wait says nothing of AWS while it owes answers
            if !self.held || inner.calling == 0 {
                inner.last = Instant::now();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::silence::*;

    #[test]
    fn waiting_for_the_own_pace_is_no_silence() {
        let silence = Silence::default();
        let later = || Instant::now() + Duration::from_mins(1);
        let held = silence.hold();
        assert_eq!(silence.silence(later()), Duration::ZERO);
        let call = silence.call();
        assert!(silence.silence(later()) >= Duration::from_secs(59), "AWS owes an answer");
        drop(call);
        assert_eq!(silence.silence(later()), Duration::ZERO);
        drop(held);
        assert!(silence.silence(Instant::now()) < Duration::from_secs(1), "it begins anew");
    }

    #[test]
    fn a_call_that_waits_its_turn_does_not_hide_one_that_hangs() {
        let silence = Silence::default();
        let _hangs = silence.call();
        let before = silence.with(|inner| inner.last);
        drop(silence.hold());
        let _another = silence.call();
        assert_eq!(silence.with(|inner| inner.last), before);
        drop(silence.call());
        assert!(silence.with(|inner| inner.last) > before, "an answer to anybody ends the silence");
    }
}
