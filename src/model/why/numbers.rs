//! What metrics of the last hour tell: the share of 5xx, since when, latency, the processor.

use crate::model::{Metric, Series, Stamp};

/// Minutes that are "now".
const RECENT: usize = 5;
/// The share of 5xx from which a service is not well.
pub const SICK: f64 = 0.01;
/// Errors that it takes.
const ERRORS: f64 = 5.0;
/// The processor's use from which a service is busy, percent.
const BUSY: f64 = 85.0;

/// What the metrics say.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Numbers {
    /// Share of 5xx in the last minutes, 0 to 1; none where nothing came in or nothing is known.
    pub share: Option<f64>,
    /// Since when that is so, where it is too much.
    pub since: Option<Stamp>,
    /// The share before that.
    pub before: Option<f64>,
    /// p99 in the last minutes, and before, milliseconds.
    pub p99: Option<(f64, f64)>,
    /// The processor's use in the last minutes, percent.
    pub cpu: Option<f64>,
    /// Since when it is busy.
    pub busy_since: Option<Stamp>,
}

impl Numbers {
    /// From series on one grid.
    pub fn of(series: &[Series]) -> Self {
        let find = |metric| series.iter().find(|s: &&Series| s.metric == metric && s.unread.is_none());
        let mut found = Self::default();
        if let Some(requests) = find(Metric::Requests) {
            found.errors(requests, find(Metric::Errors));
        }
        if let Some(p99) = find(Metric::LatencyP99) {
            let told: Vec<f64> = p99.points.iter().flatten().map(|v| f64::from(*v)).collect();
            let cut = told.len().saturating_sub(RECENT);
            let (old, new) = told.split_at(cut);
            found.p99 = median(new).zip(median(old));
        }
        if let Some(cpu) = find(Metric::Cpu) {
            let told: Vec<(usize, f64)> =
                cpu.points.iter().enumerate().filter_map(|(n, v)| Some((n, f64::from((*v)?)))).collect();
            let new: Vec<f64> = told.iter().rev().take(3).map(|(_, v)| *v).collect();
            found.cpu = median(&new);
            let busy = told.iter().rev().take_while(|(_, v)| *v >= BUSY).last();
            found.busy_since = busy.map(|(n, _)| cpu.at(*n)).filter(|_| found.is_busy());
        }
        found
    }

    fn errors(&mut self, requests: &Series, errors: Option<&Series>) {
        let minutes: Vec<(usize, f64, f64)> = requests
            .points
            .iter()
            .enumerate()
            .filter_map(|(n, value)| {
                let came = f64::from((*value)?);
                let failed = errors.and_then(|e| e.points.get(n).copied().flatten()).map_or(0.0, f64::from);
                (came > 0.0).then_some((n, came, failed))
            })
            .collect();
        let share = |part: &[(usize, f64, f64)]| {
            let (came, failed) = part.iter().fold((0.0, 0.0), |sum, m| (sum.0 + m.1, sum.1 + m.2));
            (came > 0.0).then(|| ((failed / came).min(1.0), failed))
        };
        // the newest minutes decide: what came back to normal three minutes ago is normal
        let recent = minutes.get(minutes.len().saturating_sub(RECENT)..).unwrap_or_default();
        let newest = recent.get(recent.len().saturating_sub(2)..).unwrap_or_default();
        let (Some((over, failed)), Some((last, _))) = (share(recent), share(newest)) else { return };
        let now = last.max(if last > over / 4.0 { over } else { 0.0 });
        self.share = Some(now);
        if now < SICK || failed < ERRORS {
            return;
        }
        let high = |m: &(usize, f64, f64)| m.2 / m.1 >= (now / 4.0).max(SICK / 2.0);
        let mut first = None;
        let mut quiet = 0;
        for minute in minutes.iter().rev() {
            if high(minute) {
                first = Some(minute.0);
                quiet = 0;
            } else {
                quiet += 1;
                if quiet > 1 {
                    break;
                }
            }
        }
        self.since = first.map(|n| requests.at(n));
        let earlier = minutes.partition_point(|m| Some(m.0) < first);
        self.before = share(minutes.get(..earlier).unwrap_or_default()).map(|(share, _)| share);
    }

    /// Whether too many answers are 5xx.
    pub fn is_sick(&self) -> bool {
        self.since.is_some()
    }

    /// Whether its processor is busy.
    pub fn is_busy(&self) -> bool {
        self.cpu.is_some_and(|cpu| cpu >= BUSY)
    }

    /// p99 now and before, where it is more than twice as long.
    pub fn slow(&self) -> Option<(f64, f64)> {
        self.p99.filter(|(now, before)| *now > 200.0 && *now > before * 2.0)
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// `25 %`, `0.3 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 9.95 || percent == 0.0 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(metric: Metric, points: &[f32]) -> Series {
        let points = points.iter().map(|v| (*v >= 0.0).then_some(*v)).collect();
        Series { metric, start: Stamp(0), period: 60, points, unread: None }
    }

    #[test]
    fn the_first_bad_minute_is_since_when() {
        let requests = series(Metric::Requests, &[100.0; 12]);
        let told = |errors: &[f32]| Numbers::of(&[requests.clone(), series(Metric::Errors, errors)]);
        let bad = told(&[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 20.0, 25.0, 25.0, 25.0, 25.0, 30.0]);
        assert_eq!((bad.since, bad.share.map(percent)), (Some(Stamp(360_000)), Some("28 %".to_owned())));
        assert_eq!(bad.before.map(percent).as_deref(), Some("0.2 %"));
        // what is over is over
        let over = told(&[0.0, 0.0, 25.0, 25.0, 25.0, 25.0, 25.0, 25.0, 25.0, 25.0, 0.0, 0.0]);
        assert!(!over.is_sick(), "{over:?}");
        assert!(!told(&[-1.0; 12]).is_sick());
        assert_eq!(Numbers::of(&[]), Numbers::default());
    }

    #[test]
    fn busy_and_slow() {
        let cpu = series(Metric::Cpu, &[30.0, 30.0, 90.0, 95.0, 97.0]);
        let found = Numbers::of(&[
            cpu,
            series(Metric::LatencyP99, &[100.0, 100.0, 110.0, 900.0, 900.0, 900.0, 900.0, 900.0]),
        ]);
        assert!(found.is_busy() && found.busy_since == Some(Stamp(120_000)), "{found:?}");
        assert_eq!(found.slow(), Some((900.0, 100.0)));
    }
}
