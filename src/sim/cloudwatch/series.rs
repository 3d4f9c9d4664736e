//! Series over a range: the points of a metric, period by period.
//!
//! A long period is not read minute by minute: a few slices of it stand for the whole. What slices a
//! subject has on a grid is kept for the metrics that follow, since a call asks for several of each.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::api::{Landscape, Subject};
use super::catalog::{Series, way_of};
use super::stat::{Gather, Stat};
use super::synth::{self, Slice};

/// Slices that a period is read in at most.
const SLICES: i64 = 5;
/// Grids kept at once.
const MAX_GRIDS: usize = 32;

/// The periods of a range: the first minute, how many periods, how long each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grid {
    /// First minute of the first period, since 1970.
    pub first: i64,
    /// Minutes a period.
    pub minutes: i64,
    /// How many periods.
    pub periods: usize,
}

impl Grid {
    /// The periods that begin before `end` and end after `start` (epoch seconds), aligned to multiples
    /// of the period, as far as minutes are over at `now`. Periods below a minute are a minute: none of
    /// these metrics is published more often.
    pub fn new(start: f64, end: f64, period: u32, now: f64) -> Self {
        let minutes = i64::from(period.div_ceil(60).max(1));
        // the minute in progress is reported when it is over
        let over = minute_of(now);
        let first = minute_of(start).div_euclid(minutes) * minutes;
        #[expect(clippy::cast_possible_truncation, reason = "epoch minutes; a float beyond i64 saturates")]
        let end = ((end / 60.0).ceil() as i64).min(over);
        let periods =
            usize::try_from((end.saturating_sub(first) + minutes - 1).div_euclid(minutes)).unwrap_or(0);
        Self { first, minutes, periods }
    }

    /// When the n-th period begins, epoch seconds.
    #[expect(clippy::cast_precision_loss, reason = "epoch seconds fit 53 bits")]
    pub fn at(&self, n: usize) -> f64 {
        (self.first + i64::try_from(n).unwrap_or(0) * self.minutes) as f64 * 60.0
    }
}

/// The minute that a moment (epoch seconds) lies in.
#[expect(clippy::cast_possible_truncation, reason = "epoch minutes; a float beyond i64 saturates")]
pub fn minute_of(at: f64) -> i64 {
    (at / 60.0).floor() as i64
}

/// Reads series from a landscape at one moment, on behalf of one call.
pub struct Reader<'a> {
    landscape: &'a dyn Landscape,
    account: &'a str,
    region: &'a str,
    subjects: &'a [Subject],
    /// First minute that is not over yet.
    over: i64,
    grids: HashMap<(usize, Grid), Rc<Vec<Slice>>>,
}

impl<'a> Reader<'a> {
    /// A reader at `now` (epoch seconds).
    pub fn new(
        landscape: &'a dyn Landscape,
        account: &'a str,
        region: &'a str,
        subjects: &'a [Subject],
        now: f64,
    ) -> Self {
        Self { landscape, account, region, subjects, over: minute_of(now), grids: HashMap::new() }
    }

    /// The value of each period of the grid; none is a gap.
    pub fn values(&mut self, series: &Series, stat: Stat, grid: Grid) -> Vec<Option<f64>> {
        let mut gathered = vec![Gather::new(stat); grid.periods];
        for &(member, way) in &series.members {
            let Some(subject) = self.subjects.get(member) else { continue };
            let way = way_of(subject, way);
            let usual = synth::baseline(subject);
            for slice in self.slices(member, subject, grid).iter() {
                let period = usize::try_from((slice.minute - grid.first).div_euclid(grid.minutes)).ok();
                if let Some(gather) = period.and_then(|period| gathered.get_mut(period))
                    && let Some(samples) = synth::samples(series.metric, usual, slice, way)
                {
                    gather.add(&samples);
                }
            }
        }
        gathered.iter().map(Gather::value).collect()
    }

    /// The value of a single period that begins at `first` (a minute); none is a gap.
    pub fn value(&mut self, series: &Series, stat: Stat, first: i64, minutes: i64) -> Option<f64> {
        let mut gather = Gather::new(stat);
        for &(member, way) in &series.members {
            let Some(subject) = self.subjects.get(member) else { continue };
            let way = way_of(subject, way);
            let usual = synth::baseline(subject);
            for (minute, weight) in slices_of(first, minutes, self.over) {
                let conditions = self.conditions(subject, minute);
                if let Some(samples) =
                    synth::samples(series.metric, usual, &Slice::new(usual, minute, weight, conditions), way)
                {
                    gather.add(&samples);
                }
            }
        }
        gather.value()
    }

    fn conditions(&self, subject: &Subject, minute: i64) -> Option<super::super::api::Conditions> {
        #[expect(clippy::cast_precision_loss, reason = "epoch seconds fit 53 bits")]
        let middle = minute as f64 * 60.0 + 30.0;
        self.landscape.conditions(self.account, self.region, subject, middle)
    }

    fn slices(&mut self, member: usize, subject: &Subject, grid: Grid) -> Rc<Vec<Slice>> {
        if let Some(slices) = self.grids.get(&(member, grid)) {
            return Rc::clone(slices);
        }
        let mut slices =
            Vec::with_capacity(grid.periods * usize::try_from(grid.minutes.min(SLICES)).unwrap_or(1));
        let usual = synth::baseline(subject);
        for n in 0..grid.periods {
            let first = grid.first + i64::try_from(n).unwrap_or(0) * grid.minutes;
            for (minute, weight) in slices_of(first, grid.minutes, self.over) {
                slices.push(Slice::new(usual, minute, weight, self.conditions(subject, minute)));
            }
        }
        let slices = Rc::new(slices);
        if self.grids.len() >= MAX_GRIDS {
            self.grids.clear();
        }
        self.grids.insert((member, grid), Rc::clone(&slices));
        slices
    }
}

/// The minutes to look at in a period, each with the minutes it stands for; only those before `over`.
fn slices_of(first: i64, minutes: i64, over: i64) -> impl Iterator<Item = (i64, f64)> {
    let minutes = minutes.min(over - first).max(0);
    let slices = minutes.min(SLICES);
    #[expect(clippy::cast_precision_loss, reason = "minutes of a period")]
    let weight = if slices > 0 { minutes as f64 / slices as f64 } else { 0.0 };
    (0..slices).map(move |n| (first + (n * minutes + minutes / 2) / slices, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_are_aligned_start_inclusive_end_exclusive() {
        let grid = Grid::new(610.0, 1200.0, 300, 1e9);
        assert_eq!(grid, Grid { first: 10, minutes: 5, periods: 2 });
        assert_eq!((grid.at(0), grid.at(1)), (600.0, 900.0));
        assert_eq!(Grid::new(600.0, 1201.0, 300, 1e9).periods, 3);
        assert_eq!(Grid::new(600.0, 660.0, 10, 1e9), Grid { first: 10, minutes: 1, periods: 1 });
    }

    #[test]
    fn the_minute_in_progress_is_not_there_yet() {
        assert_eq!(Grid::new(0.0, 1e6, 60, 659.0).periods, 10);
        assert_eq!(Grid::new(0.0, 1e6, 60, 660.0).periods, 11);
        assert_eq!(Grid::new(0.0, 1e6, 300, 330.0).periods, 1, "the second has no minute that is over");
        assert_eq!(Grid::new(2000.0, 3000.0, 60, 100.0).periods, 0);
        assert_eq!(Grid::new(f64::INFINITY, 3000.0, 60, 100.0).periods, 0);
    }

    #[test]
    fn slices_stand_for_all_minutes_of_their_period() {
        for (minutes, over) in [(1, 100), (5, 100), (60, 1000), (1440, 5000), (60, 33), (60, 10), (60, 0)] {
            let slices: Vec<_> = slices_of(10, minutes, over).collect();
            let total: f64 = slices.iter().map(|(_, weight)| weight).sum();
            #[expect(clippy::cast_precision_loss)]
            let want = minutes.min(over - 10).max(0) as f64;
            assert!((total - want).abs() < 1e-9, "{minutes} {over}");
            assert!(
                slices.iter().all(|(minute, _)| *minute >= 10 && *minute < 10 + minutes && *minute < over)
            );
        }
    }
}
