//! What watching costs: calls, throttling, metrics and dollars.

use super::convert;
use crate::model::{Stamp, Trouble};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, SharedInterceptor, context::FinalizerInterceptorContextRef},
        retries::RequestAttempts,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{DateTime, config_bag::ConfigBag, date_time::Format};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Instant,
};

/// Dollars for one metric asked of GetMetricData ($0.01 per 1,000).
const DOLLARS_PER_METRIC: f64 = 0.01 / 1000.0;

/// What an environment's client has asked of AWS since it was made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Meter {
    /// Calls by operation (`ecs.DescribeServices`), retries not counted.
    pub calls: BTreeMap<&'static str, u64>,
    /// Answers that said that the caller is too fast.
    pub throttled: u64,
    /// Attempts beyond the first.
    pub retries: u64,
    /// Metrics asked of CloudWatch.
    pub metrics: u64,
    /// What those cost, dollars, as an estimate.
    pub dollars: f64,
    /// Calls under way.
    pub in_flight: u32,
    /// The last failure; gone after the next call that works.
    pub trouble: Option<Trouble>,
    /// AWS's clock as the newest answers told it, to the second, when that was here, and by how many milliseconds it was
    /// ahead of this machine's then; oldest first.
    pub dates: Vec<(Instant, Stamp, i64)>,
    /// Milliseconds that AWS's clock was ahead of this machine's then; negative where it was behind. Good to a
    /// second.
    pub skew_ms: Option<i64>,
}

/// Dates that are kept: more answers than come between two looks at the meter.
const DATES: usize = 32;

/// Counts for one client; shared with the SDK's interceptor.
#[derive(Debug, Default)]
pub(super) struct Tally {
    calls: Mutex<BTreeMap<&'static str, u64>>,
    throttled: AtomicU64,
    retries: AtomicU64,
    metrics: AtomicU64,
    in_flight: AtomicU32,
    trouble: Mutex<Option<Trouble>>,
    /// AWS's clock as the newest answers told it, when that was here, and this machine's clock then.
    dates: Mutex<VecDeque<(Instant, Stamp, Stamp)>>,
}

impl Tally {
    /// Counts a call that begins; it is under way until the guard is dropped.
    pub fn begin(self: &Arc<Self>, operation: &'static str) -> Underway {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default() += 1;
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Underway(self.clone())
    }

    /// Counts metrics asked of CloudWatch.
    pub fn metrics(&self, count: usize) {
        self.metrics.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
    }

    /// Remembers the last failure, or that there is none.
    pub fn trouble(&self, trouble: Option<&Trouble>) {
        let mut last = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref() != trouble {
            *last = trouble.cloned();
        }
    }

    /// Takes in the `date` of an answer; what is no date is passed over.
    fn date(&self, header: &str) {
        let Ok(date) = DateTime::from_str(header, Format::HttpDate) else { return };
        let told = Stamp::from_secs(date.secs());
        let mut dates = self.dates.lock().unwrap_or_else(PoisonError::into_inner);
        if dates.len() >= DATES {
            dates.pop_front();
        }
        dates.push_back((Instant::now(), told, convert::now()));
    }

    /// Everything as it is now.
    pub fn read(&self) -> Meter {
        let metrics = self.metrics.load(Ordering::Relaxed);
        #[allow(clippy::cast_precision_loss)] // a count of metrics stays far below 2^52
        let dollars = metrics as f64 * DOLLARS_PER_METRIC;
        let dates = self.dates.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let dates: Vec<_> = dates.into_iter().map(|(at, told, wall)| (at, told, told.since(wall))).collect();
        Meter {
            skew_ms: dates.last().map(|(.., skew)| *skew),
            dates,
            calls: self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            throttled: self.throttled.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            metrics,
            dollars,
            in_flight: self.in_flight.load(Ordering::Relaxed),
            trouble: self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// The interceptor that counts attempts and throttling, retries included, and takes dates in.
    pub fn interceptor(self: &Arc<Self>) -> SharedInterceptor {
        SharedInterceptor::new(Watch { tally: self.clone(), dates: true })
    }

    /// The same for S3. Its dates are not taken in: a bucket has a clock of its own, which locks are judged by, and what ECS
    /// stamps is not told by it.
    pub fn interceptor_without_dates(self: &Arc<Self>) -> SharedInterceptor {
        SharedInterceptor::new(Watch { tally: self.clone(), dates: false })
    }
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Underway(Arc<Tally>);

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Watch {
    tally: Arc<Tally>,
    dates: bool,
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if cfg.load::<RequestAttempts>().is_some_and(|attempt| attempt.attempts() > 1) {
            self.tally.retries.fetch_add(1, Ordering::Relaxed);
        }
        let Some(response) = context.response() else { return Ok(()) };
        if let Some(date) = response.headers().get("date").filter(|_| self.dates) {
            self.tally.date(date);
        }
        let status = response.status().as_u16();
        if status == 429 || (status >= 400 && response.body().bytes().is_some_and(says_throttled)) {
            self.tally.throttled.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// True where an error body carries one of AWS's throttling codes, whatever the protocol.
fn says_throttled(body: &[u8]) -> bool {
    let head = body.get(..body.len().min(512)).unwrap_or_default();
    let text = String::from_utf8_lossy(head);
    ["Throttling", "ThrottledException", "TooManyRequests", "RequestLimitExceeded", "SlowDown"]
        .iter()
        .any(|code| text.contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_calls_metrics_and_what_is_under_way() {
        let tally = Arc::new(Tally::default());
        let first = tally.begin("ecs.ListServices");
        let second = tally.begin("ecs.ListServices");
        tally.metrics(2_000);
        drop(first);
        let meter = tally.read();
        assert_eq!(meter.calls.get("ecs.ListServices"), Some(&2));
        assert_eq!(meter.in_flight, 1);
        assert!((meter.dollars - 0.02).abs() < 1e-9);
        drop(second);
        assert_eq!(tally.read().in_flight, 0);
    }

    #[test]
    fn the_clock_of_the_newest_answer_is_kept() {
        let tally = Tally::default();
        tally.date("yesterday");
        assert_eq!(tally.read().skew_ms, None);
        tally.date("Tue, 15 Nov 1994 08:12:31 GMT");
        assert_eq!(tally.read().dates[0].1, Stamp::from_secs(784_887_151));
        assert!(tally.read().skew_ms.unwrap() < -1_000_000_000);
    }

    #[test]
    fn throttling_is_seen_in_any_protocol() {
        assert!(says_throttled(br#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#));
        assert!(says_throttled(b"<Error><Code>Throttling</Code></Error>"));
        assert!(!says_throttled(br#"{"__type":"AccessDeniedException"}"#));
    }
}
