//! What metrics of the last hour tell: the share of 5xx, since when, latency, the processor.

use super::parts::Since;
use crate::model::{Metric, Series};

/// Minutes that are "now".
const RECENT: usize = 5;
/// The share of 5xx from which a service is not well.
pub const SICK: f64 = 0.01;
/// Errors that it takes.
const ERRORS: f64 = 5.0;
/// The processor's use from which a service is busy, percent.
const BUSY: f64 = 85.0;

/// The share of requests that a load balancer answers with 5xx itself from which that is a sign. What is below it is told
/// nowhere else either (see the verdict of a deploy).
const OWN: f64 = 0.01;
/// Minutes at the beginning of what was read in which trouble may have begun before.
const EDGE: usize = 2;

/// What the metrics say.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Numbers {
    /// Share of 5xx in the last minutes, 0 to 1; none where nothing came in or nothing is known.
    pub share: Option<f64>,
    /// Since when that is so, where it is too much.
    pub since: Option<Since>,
    /// The share before that.
    pub before: Option<f64>,
    /// p99 in the last minutes, and before, milliseconds.
    pub p99: Option<(f64, f64)>,
    /// The processor's use in the last minutes, percent.
    pub cpu: Option<f64>,
    /// Since when it is busy.
    pub busy_since: Option<Since>,
    /// What its load balancers answer with 5xx themselves, where that is a sign.
    pub own: Option<Own>,
}

/// 5xx that a load balancer answers itself: 503 where it has no target, 502 where a target closes the connection or
/// answers nonsense, 504 where one does not answer in time (Elastic Load Balancing user guide, "Troubleshoot your Application
/// Load Balancers"). No target's requests and errors have them (HTTPCode_ELB_5XX_Count).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Own {
    /// So many a minute.
    pub now: f64,
    /// So many before that; none where nobody told.
    pub before: Option<f64>,
    /// Since when.
    pub since: Since,
}

impl Numbers {
    /// From series on one grid.
    pub fn of(series: &[Series]) -> Self {
        let find = |metric| series.iter().find(|s: &&Series| s.metric == metric && s.unread.is_none());
        let mut found = Self::default();
        if let Some(requests) = find(Metric::Requests) {
            found.errors(requests, find(Metric::Errors));
        }
        if let Some(own) = find(Metric::BalancerErrors) {
            found.own = balancers(own, find(Metric::Requests));
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
            found.busy_since = busy.map(|(n, _)| since(cpu, *n)).filter(|_| found.is_busy());
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
        let first = first(minutes.iter().map(|minute| (minute.0, high(minute))));
        self.since = first.map(|n| since(requests, n));
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

/// The first of the bad minutes that reach to now; one good minute among them does not end them.
fn first(minutes: impl DoubleEndedIterator<Item = (usize, bool)>) -> Option<usize> {
    let mut first = None;
    let mut quiet = 0;
    for (place, bad) in minutes.rev() {
        if bad {
            first = Some(place);
            quiet = 0;
        } else {
            quiet += 1;
            if quiet > 1 {
                break;
            }
        }
    }
    first
}

/// Since when something is so that was so first at this point: nobody told what was before the first that was read.
fn since(series: &Series, place: usize) -> Since {
    if place < EDGE { Since::Before(series.at(0)) } else { Since::At(series.at(place)) }
}

/// What load balancers answer themselves, where that is a sign. Requests that found no target are counted nowhere else.
fn balancers(own: &Series, requests: Option<&Series>) -> Option<Own> {
    let came = |n: usize| {
        let came = requests.and_then(|r| r.points.get(n).copied().flatten()).map_or(0.0, f64::from);
        came.max(0.0)
    };
    let told = own.points.iter().enumerate();
    let minutes: Vec<(usize, f64)> = told.filter_map(|(n, v)| Some((n, f64::from((*v)?)))).collect();
    let high = |(n, failed): &(usize, f64)| *failed > 0.0 && *failed / (came(*n) + failed) >= OWN;
    let recent = minutes.get(minutes.len().saturating_sub(RECENT)..).unwrap_or_default();
    let newest = recent.get(recent.len().saturating_sub(2)..).unwrap_or_default();
    let sum: f64 = newest.iter().map(|minute| minute.1).sum();
    // zeros are not told where no request came: what is told last may be long ago
    let fresh = newest.last().is_some_and(|last| last.0 + RECENT + EDGE > own.points.len());
    if !fresh || sum < ERRORS || !newest.iter().any(high) {
        return None;
    }
    let first = first(minutes.iter().map(|minute| (minute.0, high(minute))))?;
    let mean = |values: &[f64]| {
        let count = u32::try_from(values.len()).ok().filter(|count| *count > 0)?;
        Some(values.iter().sum::<f64>() / f64::from(count))
    };
    let during: Vec<f64> = recent.iter().filter(|m| m.0 >= first).map(|m| m.1).collect();
    let earlier: Vec<f64> = minutes.iter().filter(|m| m.0 < first).map(|m| m.1).collect();
    Some(Own { now: mean(&during)?, before: mean(&earlier), since: since(own, first) })
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
    use crate::model::Stamp;

    fn series(metric: Metric, points: &[f32]) -> Series {
        let points = points.iter().map(|v| (*v >= 0.0).then_some(*v)).collect();
        Series { metric, start: Stamp(0), period: 60, points, unread: None }
    }

    #[test]
    fn the_first_bad_minute_is_since_when() {
        let requests = series(Metric::Requests, &[100.0; 12]);
        let told = |errors: &[f32]| Numbers::of(&[requests.clone(), series(Metric::Errors, errors)]);
        let bad = told(&[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 20.0, 25.0, 25.0, 25.0, 25.0, 30.0]);
        let since = Some(Since::At(Stamp(360_000)));
        assert_eq!((bad.since, bad.share.map(percent)), (since, Some("28 %".to_owned())));
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
        assert!(found.is_busy() && found.busy_since == Some(Since::At(Stamp(120_000))), "{found:?}");
        assert_eq!(found.slow(), Some((900.0, 100.0)));
    }

    #[test]
    fn what_was_bad_at_first_was_bad_before() {
        let told = |bad: usize| {
            let errors: Vec<f32> = (0..60).map(|n| if n < bad { 0.0 } else { 25.0 }).collect();
            Numbers::of(&[series(Metric::Requests, &[100.0; 60]), series(Metric::Errors, &errors)]).since
        };
        // a minute later the same errors did not begin a minute later
        assert_eq!(told(0), Some(Since::Before(Stamp(0))));
        assert_eq!(told(1), Some(Since::Before(Stamp(0))));
        assert_eq!(told(10), Some(Since::At(Stamp(600_000))));
        let cpu = Numbers::of(&[series(Metric::Cpu, &[95.0; 60])]);
        assert_eq!(cpu.busy_since, Some(Since::Before(Stamp(0))));
        // where no request came before, they began with the first that came
        let mut requests = [-1.0; 60];
        requests[20..].fill(100.0);
        let fresh = Numbers::of(&[series(Metric::Requests, &requests), series(Metric::Errors, &[30.0; 60])]);
        assert_eq!(fresh.since, Some(Since::At(Stamp(20 * 60_000))));
    }

    #[test]
    fn what_balancers_answer_themselves_is_a_sign_of_its_own() {
        let told = |requests: f32, own: &[f32]| {
            Numbers::of(&[series(Metric::Requests, &[requests; 12]), series(Metric::BalancerErrors, own)]).own
        };
        let from_sixth: Vec<f32> = (0..12).map(|n| if n < 6 { 1.0 } else { 120.0 }).collect();
        let (since, before) = (Since::At(Stamp(360_000)), Some(1.0));
        assert_eq!(told(600.0, &from_sixth), Some(Own { now: 120.0, before, since }));
        // where no target is left no request is counted
        assert_eq!(
            told(-1.0, &[60.0; 12]),
            Some(Own { now: 60.0, before: None, since: Since::Before(Stamp(0)) })
        );
        assert_eq!(told(60_000.0, &from_sixth), None, "one in five hundred");
        let over: Vec<f32> = (0..12).map(|n| if n < 9 { 120.0 } else { 0.0 }).collect();
        assert_eq!(told(600.0, &over), None);
        let silent: Vec<f32> = (0..12).map(|n| if n < 4 { 120.0 } else { -1.0 }).collect();
        assert_eq!(told(-1.0, &silent), None, "nobody came since");
    }
}
