//! What one environment told of its clock, and what of it is believed.
//!
//! A date is a header of an answer, and an answer may come from a cache, a broken proxy or one host of many whose clock is
//! wrong. Locks, time limits and whether it is too late for a change are judged by the clock, so a single date moves
//! nothing: another time than what is believed counts only once several answers agree on it and none speaks against it.
//! Until then time goes on from what was believed.

use super::scaled::{Clock, TOLERANCE_MS};
use crate::model::Stamp;
use std::time::Instant;

/// A moment here, and what AWS's clock told then.
type At = (Instant, Stamp);

/// Answers that have to agree on another time.
const AGREE: u32 = 3;

/// Milliseconds over which they have to: a fault that lasts for a moment is over then.
const SPAN_MS: f64 = 1_000.0;

/// Milliseconds between two answers that both count; what comes in one burst is one word.
const APART_MS: f64 = 50.0;

/// Milliseconds by which two dates may be off, for AWS tells whole seconds and answers are on their way.
const DOUBT_MS: f64 = 3_000.0;

/// A clock goes as fast as the machine's, or as a simulator's: no faster than so much.
const FASTEST: f64 = 1_000.0;

/// How much faster or slower than this machine's a clock must go to be taken for a simulator's.
const FAST: f64 = 1.5;

/// Of what went by on a fast clock, the share by which its speed may be off.
const DRIFT: f64 = 0.02;

/// Milliseconds here by which an answer of a fast clock may be late.
const LATE_MS: f64 = 250.0;

/// What one environment told of its clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    /// The first answer and the newest.
    first: Instant,
    last: Instant,
    /// By how much the newest that is believed was ahead of the machine's clock.
    skew_ms: i64,
    /// The clock that is believed; none while the machine's is.
    believed: Option<Line>,
    /// Another time that was told, and is not believed yet.
    candidate: Option<Candidate>,
    /// Nothing ever agreed with anything: the first answers of a session.
    fresh: bool,
}

/// A clock: what it showed, and how fast it goes.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// Where its speed is measured from.
    base: At,
    at: At,
    speed: f64,
}

/// Another time than what is believed.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    first: At,
    /// The newest that counted.
    last: At,
    count: u32,
    /// Answers, those of one burst included.
    answers: u32,
    /// The speeds that all of them fit, least and most.
    speeds: (f64, f64),
    skew_ms: i64,
}

#[allow(clippy::cast_precision_loss)] // durations, far below 2^52 milliseconds
fn advance(from: At, to: At) -> (f64, f64) {
    let here = to.0.saturating_duration_since(from.0).as_secs_f64() * 1_000.0;
    (here, to.1.since(from.1) as f64)
}

/// How fast a clock goes that advanced so; the machine's speed where nothing speaks against it.
fn speed((here, there): (f64, f64)) -> f64 {
    let alike = (there - here).abs() < DOUBT_MS || (1.0 / FAST..FAST).contains(&(there / here));
    if alike || here < 1.0 { 1.0 } else { (there / here).clamp(0.0, FASTEST) }
}

impl Line {
    /// Whether it shows what an answer told.
    fn shows(&self, at: At) -> bool {
        let (here, there) = advance(self.at, at);
        let gone = here * self.speed;
        let off = (there - gone).abs();
        #[allow(clippy::cast_precision_loss)] // a constant of seconds
        let tolerance = TOLERANCE_MS as f64;
        let fast = if self.speed > FAST { gone * DRIFT + self.speed * LATE_MS } else { 0.0 };
        off <= tolerance + fast
    }

    fn hear(&mut self, at: At) {
        let gone = advance(self.base, at);
        // a simulator's runs away within a moment, in steps that each are small
        let runs_away = gone.0 >= APART_MS && gone.1 - gone.0 > 3.0 * DOUBT_MS;
        if gone.0 >= SPAN_MS || runs_away {
            self.speed = speed(gone);
        }
        self.at = at;
    }
}

impl Candidate {
    fn new(at: At, skew_ms: i64) -> Self {
        Self { first: at, last: at, count: 1, answers: 1, speeds: (0.0, FASTEST), skew_ms }
    }

    /// Takes another answer in; false where it does not agree with those before.
    fn agrees(&mut self, at: At, skew_ms: i64) -> bool {
        let (here, there) = advance(self.first, at);
        let fits = if here < 1.0 {
            if there.abs() > DOUBT_MS {
                return false;
            }
            self.speeds
        } else {
            let (least, most) = ((there - DOUBT_MS) / here, (there + DOUBT_MS) / here);
            (self.speeds.0.max(least), self.speeds.1.min(most))
        };
        if fits.0 > fits.1 {
            return false;
        }
        self.speeds = fits;
        self.skew_ms = skew_ms;
        self.answers += 1;
        if advance(self.last, at).0 >= APART_MS {
            self.count += 1;
            self.last = at;
        }
        true
    }

    /// Whether enough answers agree. The same date again and again is one answer that was kept somewhere.
    fn is_believed(&self) -> bool {
        let (here, there) = advance(self.first, self.last);
        self.count >= AGREE && here >= SPAN_MS && there > 0.0
    }
}

impl Source {
    /// After the first answer: where it tells another time than the machine, the machine's counts for now.
    pub(super) fn new(at: At, skew_ms: i64) -> Self {
        let mut source =
            Self { first: at.0, last: at.0, skew_ms: 0, believed: None, candidate: None, fresh: true };
        source.take(at, skew_ms);
        source
    }

    /// Takes an answer in. One that was heard already, or came before another that was, is passed over.
    pub(super) fn hear(&mut self, at: At, skew_ms: i64) {
        if at.0 <= self.last {
            return;
        }
        self.last = at.0;
        self.take(at, skew_ms);
    }

    fn take(&mut self, at: At, skew_ms: i64) {
        let agrees = match &self.believed {
            Some(line) => line.shows(at),
            None => skew_ms.abs() <= TOLERANCE_MS,
        };
        if agrees {
            (self.candidate, self.fresh, self.skew_ms) = (None, false, skew_ms);
            if let Some(line) = &mut self.believed {
                line.hear(at);
            }
            return;
        }
        let candidate = match self.candidate.take() {
            None => Candidate::new(at, skew_ms),
            Some(mut candidate) => {
                if !candidate.agrees(at, skew_ms) {
                    self.fresh = false;
                    candidate = Candidate::new(at, skew_ms);
                }
                candidate
            }
        };
        // the first answers of a session, none of which said otherwise: a simulator, or a machine whose clock is wrong
        let at_once = self.fresh && candidate.answers >= AGREE;
        if !at_once && !candidate.is_believed() {
            self.candidate = Some(candidate);
            return;
        }
        self.fresh = false;
        self.skew_ms = candidate.skew_ms;
        let gone = advance(candidate.first, at);
        let speed = if gone.0 >= SPAN_MS { speed(gone) } else { 1.0 };
        let back = skew_ms.abs() <= TOLERANCE_MS && (speed - 1.0).abs() < f64::EPSILON;
        self.believed = (!back).then_some(Line { base: candidate.first, at, speed });
    }

    /// Whether it was asked for long enough to tell how fast it goes.
    pub(super) fn is_measured(&self) -> bool {
        self.last.saturating_duration_since(self.first).as_secs_f64() * 1_000.0 >= SPAN_MS
    }

    /// Milliseconds by which the machine's clock differs from what is believed.
    pub(super) fn skew_ms(&self) -> i64 {
        self.skew_ms.abs()
    }

    /// The clock that is believed; none where it is the machine's.
    pub(super) fn clock(&self) -> Option<Clock> {
        let line = self.believed.filter(|_| self.skew_ms.abs() > TOLERANCE_MS)?;
        Some(Clock::scaled(line.at.0, line.at.1, line.speed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    const HOUR: i64 = 3_600_000;

    /// A clock that is ahead of the machine's and goes so fast; answers after so many milliseconds, each with what it is
    /// off by.
    struct World {
        start: Instant,
        wall: i64,
        ahead: i64,
        speed: i64,
    }

    impl World {
        fn new(ahead: i64, speed: i64) -> Self {
            Self { start: Instant::now(), wall: 1_800_000_000_000, ahead, speed }
        }

        fn answer(&self, millis: i64, off: i64) -> (At, i64) {
            let at = self.start + Duration::from_millis(millis.unsigned_abs());
            let there = self.wall + self.ahead + millis * self.speed + off;
            let whole = Stamp(there.div_euclid(1_000) * 1_000);
            ((at, whole), whole.0 - (self.wall + millis))
        }

        fn heard(&self, answers: &[(i64, i64)]) -> Source {
            let mut answers = answers.iter().map(|(millis, off)| self.answer(*millis, *off));
            let (at, skew) = answers.next().unwrap();
            let mut source = Source::new(at, skew);
            answers.for_each(|(at, skew)| source.hear(at, skew));
            source
        }

        /// By how many milliseconds what is shown at a moment is off the machine's clock.
        fn shows(&self, source: &Source, millis: i64) -> i64 {
            let at = self.start + Duration::from_millis(millis.unsigned_abs());
            let Some(line) = source.believed.filter(|_| source.clock().is_some()) else { return 0 };
            #[allow(clippy::cast_possible_truncation)]
            let gone = (at.saturating_duration_since(line.at.0).as_secs_f64() * 1_000.0 * line.speed) as i64;
            line.at.1.0 + gone - (self.wall + millis)
        }
    }

    #[test]
    fn one_answer_that_is_wrong_moves_nothing_whenever_it_comes() {
        for off in [HOUR, -HOUR, 48 * HOUR, 30_000, -2_000_000_000_000] {
            for ahead in [0, HOUR] {
                for place in 0..12 {
                    let world = World::new(ahead, 1);
                    let answers: Vec<(i64, i64)> =
                        (0..12).map(|n| (n * 700, if n == place { off } else { 0 })).collect();
                    for count in 1..=answers.len() {
                        let shown = world.shows(&world.heard(&answers[..count]), 700 * 12);
                        let right = (shown - ahead).abs() <= 6_000 || shown == 0;
                        assert!(right, "{off} at {place} of {count}: {shown}");
                    }
                    let shown = world.shows(&world.heard(&answers), 700 * 12);
                    assert!((shown - ahead).abs() <= 6_000, "{off} at {place}: {shown}");
                }
            }
        }
    }

    #[test]
    fn a_clock_that_was_turned_is_believed_once_three_answers_agree_over_a_second() {
        let world = World::new(0, 1);
        let before: Vec<(i64, i64)> = (0..5).map(|n| (n * 500, 0)).collect();
        let with = |after: &[(i64, i64)]| {
            let answers: Vec<_> = before.iter().chain(after).copied().collect();
            world.shows(&world.heard(&answers), 6_000)
        };
        assert_eq!(with(&[(3_000, HOUR), (4_500, HOUR)]), 0, "two");
        assert_eq!(with(&[(3_000, HOUR), (3_200, HOUR), (3_400, HOUR), (3_600, HOUR)]), 0, "in a moment");
        let burst: Vec<_> = (0..30).map(|n| (3_000 + n, HOUR)).collect();
        assert_eq!(with(&burst), 0, "one burst");
        assert_eq!(with(&[(3_000, HOUR), (3_700, HOUR), (3_900, 0), (4_500, HOUR)]), 0, "contradicted");
        // kept somewhere: always the same date
        let kept: Vec<_> = (0..4).map(|n| (3_000 + n * 600, HOUR - n * 600)).collect();
        assert_eq!(with(&kept), 0, "the same date again");
        let shown = with(&[(3_000, HOUR), (3_700, HOUR), (4_500, HOUR)]);
        assert!((shown - HOUR).abs() < 3_000, "{shown}");
    }

    #[test]
    fn the_first_answers_agree_at_once_and_a_fast_clock_is_followed_at_its_speed() {
        let world = World::new(5 * HOUR, 60);
        assert_eq!(world.shows(&world.heard(&[(0, 0), (3, 0)]), 4), 0);
        let shown = world.shows(&world.heard(&[(0, 0), (3, 0), (6, 0)]), 6);
        assert!((shown - 5 * HOUR).abs() < 3_000, "{shown}");
        // a command line: some answers at once, and the next after seconds
        let burst = (0..10).map(|n| (n * 40, 0));
        let answers: Vec<_> = burst.chain([(5_400, 0)]).collect();
        let source = world.heard(&answers);
        assert!((source.clock().unwrap().speed() - 60.0).abs() < 1.0, "{source:?}");
        // it is turned forward by an hour, and goes on at the same speed
        let turned = (0..6).map(|n| (6_000 + n * 700, if n > 1 { HOUR } else { 0 }));
        let source = world.heard(&answers.iter().copied().chain(turned).collect::<Vec<_>>());
        let shown = world.shows(&source, 10_000);
        assert!((shown - 6 * HOUR - 59 * 10_000).abs() < 60_000, "{shown}");
        assert!((source.clock().unwrap().speed() - 60.0).abs() < 2.0, "{source:?}");
    }

    proptest! {
        #[test]
        fn outliers_that_do_not_agree_over_a_second_are_never_shown(
            ahead in prop::sample::select(vec![0, 20_000, HOUR, -HOUR]),
            pauses in prop::collection::vec((1_i64..900, prop::option::weighted(0.25, -30_i64..30)), 4..60),
        ) {
            let world = World::new(ahead, 1);
            let mut now = 0;
            let mut answers = vec![(0, 0), (1, 0), (2, 0)];
            let mut wrong = 0;
            for (pause, off) in pauses {
                now += pause + 2;
                // never three wrong ones in a row
                let off = off.filter(|_| wrong < 2).map_or(0, |minutes| minutes * 60_000);
                wrong = if off == 0 { 0 } else { wrong + 1 };
                answers.push((now, off));
            }
            for count in 3..=answers.len() {
                let source = world.heard(&answers[..count]);
                let shown = world.shows(&source, answers[count - 1].0);
                prop_assert!((shown - ahead).abs() <= 7_000, "{shown} instead of {ahead} after {count}");
            }
        }

        #[test]
        fn what_every_answer_tells_is_shown_in_the_end(
            ahead in -10_000_000_i64..10_000_000,
            speed in prop::sample::select(vec![1_i64, 1, 5, 20, 60, 300]),
            pauses in prop::collection::vec(1_i64..3_000, 12..40),
        ) {
            let world = World::new(ahead, speed);
            let mut now = 0;
            let mut answers = vec![(0, 0)];
            for pause in pauses {
                now += pause;
                answers.push((now, 0));
            }
            now += 5_000;
            answers.extend((0..6).map(|n| (now + n * 400, 0)));
            now += 2_000;
            let shown = world.shows(&world.heard(&answers), now);
            let right = ahead + now * (speed - 1);
            let slack = 8_000 + speed * 500 + now * (speed - 1) / 40;
            prop_assert!((shown - right).abs() <= slack, "{shown} instead of {right}");
        }
    }
}
