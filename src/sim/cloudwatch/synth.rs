//! One minute of one metric of one subject, made up from its conditions and its usual day.

use super::super::api::{Baseline, Conditions, Subject, Way};
use super::catalog::Metric;
use super::noise::{day, fast, slow, unit};
use super::stat::Samples;

/// CPU units that a task reserves; the landscape does not tell.
const TASK_CPU: f64 = 256.0;
/// Mebibytes that a task reserves.
const TASK_MEMORY: f64 = 512.0;
/// Share of answers 5xx on a usual day.
const USUAL_ERRORS: f64 = 0.000_15;
/// Share of answers 4xx on a usual day.
const USUAL_REFUSALS: f64 = 0.008;
/// Spread of latency: p99 is a good three times the median.
const LATENCY_SIGMA: f64 = 0.5;
const GIB: f64 = 1_073_741_824.0;

/// Channels of noise: metrics that belong together share one, so that they move together.
mod channel {
    pub const TRAFFIC: u64 = 1;
    pub const TRAFFIC_FAST: u64 = 2;
    pub const CPU: u64 = 3;
    pub const MEMORY: u64 = 4;
    pub const LATENCY: u64 = 5;
    pub const ERRORS: u64 = 6;
    pub const REFUSALS: u64 = 7;
    pub const STORAGE: u64 = 8;
}

/// A span of minutes of one subject: one minute, or a slice of a long period.
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    /// The minute that is looked at, since 1970.
    pub minute: i64,
    /// How many minutes it stands for.
    pub minutes: f64,
    /// Conditions then; none is a gap.
    conditions: Option<Conditions>,
    /// Traffic then as a share of a usual mid-day's.
    traffic: f64,
}

impl Slice {
    /// A slice that looks at `minute`. What all metrics of the subject need is worked out here, once.
    pub fn new(usual: &Baseline, minute: i64, minutes: f64, conditions: Option<Conditions>) -> Self {
        let traffic = conditions.map_or(0.0, |now| {
            #[expect(clippy::cast_precision_loss, reason = "minutes since 1970 fit 53 bits")]
            let at = minute as f64 * 60.0;
            let wobble = 0.09 * slow(usual.seed, channel::TRAFFIC, minute)
                + 0.035 * fast(usual.seed, channel::TRAFFIC_FAST, minute);
            day(at) * now.load * (1.0 + wobble)
        });
        Self { minute, minutes, conditions, traffic }
    }
}

/// The usual day of a subject.
pub fn baseline(subject: &Subject) -> &Baseline {
    match subject {
        Subject::Ecs { baseline, .. }
        | Subject::AppRunner { baseline, .. }
        | Subject::Database { baseline, .. } => baseline,
    }
}

/// What a way in has of a service: its share of requests, its targets, its errors.
fn through(now: &Conditions, way: Option<&Way>) -> (f64, f64, f64) {
    let Some(way) = way else { return (1.0, now.healthy, now.error_ratio) };
    let (part, healthy) = match way.alternate {
        None => (1.0, now.healthy),
        Some(true) => (now.alternate, now.healthy_alternate),
        Some(false) => (1.0 - now.alternate, now.healthy - now.healthy_alternate),
    };
    (way.share * part, healthy, if way.faulty { now.error_ratio } else { 0.0 })
}

/// The samples of a metric in a slice, of all of a service or of one way in; none where AWS would have no data.
pub fn samples(metric: Metric, usual: &Baseline, slice: &Slice, way: Option<&Way>) -> Option<Samples> {
    let now = slice.conditions?;
    let (part, healthy, error_ratio) = through(&now, way);
    let (seed, minute) = (usual.seed, slice.minute);
    let traffic = slice.traffic;
    // each running task carries its own share and that of those that miss, within reason
    let burden = if now.running > 0.0 { (now.desired / now.running).clamp(0.5, 3.0) } else { 0.0 };
    let ticks = slice.minutes;
    let requests = usual.requests * 60.0 * ticks * traffic * part;
    let served = if healthy > 0.0 { requests * (1.0 - now.bad_gateway) } else { 0.0 };
    let whole = |expected: f64, channel| (expected + unit(seed, channel, minute)).floor();
    let answers = |share: f64, channel| {
        let count = whole(served * share, channel);
        // each request is a sample of 1, and no requests are no samples
        (count > 0.0).then(|| Samples::alike(count, count))
    };
    let cpu = || {
        let working = usual.cpu * (0.12 + 0.88 * traffic) * now.cpu * burden;
        (working * (1.0 + 0.03 * fast(seed, channel::CPU, minute))).clamp(0.1, 100.0)
    };
    let memory = || {
        let crowd = 1.0 + 0.05 * (traffic - 1.0).clamp(-1.0, 2.0);
        (usual.memory * crowd * (1.0 + 0.015 * slow(seed, channel::MEMORY, minute))).clamp(0.5, 100.0)
    };
    let latency = || {
        let queue = 1.0 + 0.3 * (traffic * burden - 1.0).max(0.0);
        let strain = 1.0 + (cpu() - 85.0).max(0.0) / 10.0;
        let wobble =
            1.0 + 0.04 * slow(seed, channel::LATENCY, minute) + 0.03 * fast(seed, channel::LATENCY, minute);
        usual.latency_ms * now.latency * queue * strain * wobble
    };
    let gauge = |value: f64| Some(Samples::alike(ticks, value * ticks));
    // one sample a minute from each task that runs
    let by_task = |value: f64| {
        (now.running > 0.0)
            .then(|| Samples::normal((now.running * ticks).ceil(), value, value * 0.06, 0.0, 100.0))
    };
    let app_answers = |share: f64, channel| {
        let count = whole(requests * share, channel);
        (now.running > 0.0).then(|| Samples::alike((now.running * ticks).ceil(), count))
    };
    let failing = (error_ratio + USUAL_ERRORS).min(1.0);
    let refused = USUAL_REFUSALS.min(1.0 - failing);
    match metric {
        Metric::Cpu => by_task(cpu()),
        Metric::Memory => by_task(memory()),
        Metric::CpuUsed => gauge(cpu() / 100.0 * TASK_CPU * now.running),
        Metric::CpuReserved => gauge(TASK_CPU * now.running),
        Metric::MemoryUsed => gauge((memory() / 100.0 * TASK_MEMORY * now.running).round()),
        Metric::MemoryReserved => gauge(TASK_MEMORY * now.running),
        Metric::Running => gauge(now.running),
        Metric::Pending => gauge(now.pending),
        Metric::Desired => gauge(now.desired),
        Metric::Deployments => {
            gauge(if now.pending > 0.0 || (now.running - now.desired).abs() > 0.5 { 2.0 } else { 1.0 })
        }
        Metric::Received => gauge((requests / ticks / 60.0 * 1400.0 + 900.0 * now.running).round()),
        Metric::Sent => gauge((requests / ticks / 60.0 * 6200.0 + 700.0 * now.running).round()),
        Metric::BalancerRequests => {
            let count = whole(requests, channel::TRAFFIC);
            (count > 0.0).then(|| Samples::alike(count, count))
        }
        Metric::RequestsPerTarget => {
            let count = whole(served / healthy.max(1.0), channel::TRAFFIC);
            (count > 0.0).then(|| Samples::alike(count, count))
        }
        Metric::TargetLatency => {
            let count = whole(served, channel::TRAFFIC);
            (count > 0.0 && usual.latency_ms > 0.0)
                .then(|| Samples::log_normal(count, latency() / 1000.0, LATENCY_SIGMA))
        }
        Metric::Target2xx => answers(1.0 - failing - refused, channel::TRAFFIC),
        Metric::Target4xx => answers(refused, channel::REFUSALS),
        Metric::Target5xx => answers(failing, channel::ERRORS),
        Metric::Balancer5xx => {
            let count = whole(requests - served, channel::TRAFFIC);
            (requests > served && count > 0.0).then(|| Samples::alike(count, count))
        }
        Metric::Healthy => gauge(healthy),
        Metric::Unhealthy => gauge((now.running - now.healthy).max(0.0)),
        Metric::AppRequests => app_answers(1.0, channel::TRAFFIC),
        Metric::App2xx => app_answers(1.0 - failing - refused, channel::TRAFFIC),
        Metric::App4xx => app_answers(refused, channel::REFUSALS),
        Metric::App5xx => app_answers(failing, channel::ERRORS),
        Metric::AppLatency => {
            let count = whole(requests, channel::TRAFFIC);
            (count > 0.0 && usual.latency_ms > 0.0)
                .then(|| Samples::log_normal(count, latency(), LATENCY_SIGMA))
        }
        Metric::Concurrency => {
            let at_once = usual.requests * traffic * latency() / 1000.0 / now.running.max(1.0);
            (now.running > 0.0)
                .then(|| Samples::alike((now.running * ticks).ceil(), at_once * (now.running * ticks).ceil()))
        }
        Metric::Connections => gauge(whole(usual.requests * (0.5 + 0.5 * traffic), channel::TRAFFIC)),
        Metric::FreeStorage => {
            #[expect(clippy::cast_precision_loss, reason = "minutes since 1970 fit 53 bits")]
            let written = minute as f64 * 24_000.0 % (30.0 * GIB);
            gauge((64.0 * GIB - written + 1e6 * fast(seed, channel::STORAGE, minute)).round())
        }
        Metric::FreeMemory => gauge(((1.0 - memory() / 100.0) * 8.0 * GIB).round()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Baseline = Baseline { cpu: 40.0, memory: 50.0, requests: 20.0, latency_ms: 80.0, seed: 9 };
    const CALM: Conditions = Conditions {
        running: 4.0,
        desired: 4.0,
        pending: 0.0,
        load: 1.0,
        error_ratio: 0.0,
        latency: 1.0,
        cpu: 1.0,
        healthy: 4.0,
        healthy_alternate: 0.0,
        bad_gateway: 0.0,
        alternate: 0.0,
    };
    /// A day's noon on the Pacific coast, in minutes.
    const NOON: i64 = 20_000 * 1440 + 20 * 60;

    fn sum(metric: Metric, conditions: Conditions) -> f64 {
        (0..60)
            .filter_map(|n| {
                samples(metric, &USUAL, &Slice::new(&USUAL, NOON + n, 1.0, Some(conditions)), None)
            })
            .map(|samples| samples.sum)
            .sum()
    }

    #[test]
    fn a_usual_noon_is_as_the_baseline_says() {
        let slice = Slice::new(&USUAL, NOON, 1.0, Some(CALM));
        let cpu = samples(Metric::Cpu, &USUAL, &slice, None).unwrap();
        assert!((cpu.middle - 40.0).abs() < 8.0, "{cpu:?}");
        assert!((sum(Metric::BalancerRequests, CALM) / 72_000.0 - 1.0).abs() < 0.15);
        let parts =
            sum(Metric::Target2xx, CALM) + sum(Metric::Target4xx, CALM) + sum(Metric::Target5xx, CALM);
        assert!((parts / sum(Metric::BalancerRequests, CALM) - 1.0).abs() < 0.01);
    }

    #[test]
    fn bad_images_show() {
        let bad = Conditions { error_ratio: 0.2, latency: 4.0, cpu: 1.5, ..CALM };
        let ratio = sum(Metric::Target5xx, bad) / sum(Metric::BalancerRequests, bad);
        assert!((ratio - 0.2).abs() < 0.01, "{ratio}");
        assert!(sum(Metric::TargetLatency, bad) > 3.5 * sum(Metric::TargetLatency, CALM));
        assert!(sum(Metric::Cpu, bad) > 1.3 * sum(Metric::Cpu, CALM));
    }

    #[test]
    fn a_pair_has_its_traffic_where_the_rule_points_and_errors_where_they_are() {
        let way = |alternate, share, faulty| Way { share, alternate, faulty, ..Way::only("g", "b") };
        let of = |metric, way: &Way, now: Conditions| {
            let slice = Slice::new(&USUAL, NOON, 1.0, Some(now));
            samples(metric, &USUAL, &slice, Some(way)).map_or(0.0, |samples| samples.sum)
        };
        let moved = Conditions { alternate: 1.0, healthy_alternate: 4.0, error_ratio: 0.3, ..CALM };
        let (first, other) = (way(Some(false), 1.0, true), way(Some(true), 1.0, true));
        assert!(of(Metric::BalancerRequests, &first, moved) < 1.0);
        assert!(of(Metric::Target5xx, &other, moved) > 200.0);
        let (healthy, sick) = (way(None, 0.7, false), way(None, 0.3, true));
        assert!(of(Metric::Target5xx, &healthy, moved) < 3.0 && of(Metric::Target5xx, &sick, moved) > 60.0);
        let broken = Conditions { bad_gateway: 0.8, ..CALM };
        let only = way(None, 1.0, true);
        assert!(of(Metric::Balancer5xx, &only, broken) > 700.0);
        assert!(of(Metric::Target5xx, &only, broken) < 3.0);
        assert!(of(Metric::BalancerRequests, &only, broken) > 1000.0);
    }

    #[test]
    fn nobody_there_to_serve() {
        let down = Conditions { running: 0.0, healthy: 0.0, ..CALM };
        let slice = Slice::new(&USUAL, NOON, 1.0, Some(down));
        for metric in [
            Metric::Cpu,
            Metric::Memory,
            Metric::TargetLatency,
            Metric::Target2xx,
            Metric::Target5xx,
            Metric::App2xx,
        ] {
            assert!(samples(metric, &USUAL, &slice, None).is_none(), "{metric:?}");
        }
        assert!(samples(Metric::Balancer5xx, &USUAL, &slice, None).unwrap().sum > 500.0);
        assert!((samples(Metric::Running, &USUAL, &slice, None).unwrap().sum).abs() < f64::EPSILON);
    }

    #[test]
    fn zero_errors_are_absent_and_gaps_are_gaps() {
        let quiet = Baseline { requests: 0.001, ..USUAL };
        let absent = (0..60)
            .filter(|n| {
                samples(Metric::Target5xx, &quiet, &Slice::new(&quiet, NOON + n, 1.0, Some(CALM)), None)
                    .is_none()
            })
            .count();
        assert!(absent >= 59, "{absent}");
        assert!(
            samples(Metric::Balancer5xx, &USUAL, &Slice::new(&USUAL, NOON, 1.0, Some(CALM)), None).is_none()
        );
        assert!(samples(Metric::Cpu, &USUAL, &Slice::new(&USUAL, NOON, 1.0, None), None).is_none());
    }

    #[test]
    fn a_long_slice_counts_for_its_minutes() {
        let one = samples(Metric::BalancerRequests, &USUAL, &Slice::new(&USUAL, NOON, 1.0, Some(CALM)), None)
            .unwrap();
        let twelve =
            samples(Metric::BalancerRequests, &USUAL, &Slice::new(&USUAL, NOON, 12.0, Some(CALM)), None)
                .unwrap();
        assert!((twelve.sum / one.sum - 12.0).abs() < 0.05);
        let tasks =
            samples(Metric::Running, &USUAL, &Slice::new(&USUAL, NOON, 12.0, Some(CALM)), None).unwrap();
        assert!((tasks.sum / tasks.count - 4.0).abs() < 1e-9);
    }
}
