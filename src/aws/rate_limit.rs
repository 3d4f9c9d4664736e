//! The rate limit: token buckets at half of AWS's rates, so that the cockpit leaves the other half of the
//! account's quota to the team's pipelines and consoles.
//!
//! A call reserves its token at once and then waits until it is due, so waiting is fair and nothing polls.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// Calls that AWS counts together, per account and region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bucket {
    /// Not paced: STS, and what is rare.
    Free,
    /// ListClusters, DescribeClusters.
    Clusters,
    /// ListServices, DescribeServices, DescribeExpressGatewayService.
    Services,
    /// ListTasks, DescribeTasks.
    Tasks,
    /// RunTask, StopTask.
    TaskWrites,
    /// UpdateService and the like.
    ServiceWrites,
    /// RegisterTaskDefinition.
    DefinitionWrites,
    /// DescribeTaskDefinition, ListTaskDefinitions.
    Definitions,
    /// Reads of service deployments.
    Deployments,
    /// Reads of service revisions.
    Revisions,
    /// App Runner.
    AppRunner,
    /// GetMetricData.
    Metrics,
    /// DescribeAlarms.
    Alarms,
    /// FilterLogEvents.
    FilterLogs,
    /// GetLogEvents.
    GetLogs,
    /// ECR.
    Images,
    /// S3.
    Objects,
    /// Application Auto Scaling.
    Scaling,
    /// LookupEvents.
    Trail,
    /// Elastic Load Balancing.
    Balancers,
}

impl Bucket {
    const COUNT: usize = 20;

    /// Half of AWS's burst and refill per second (service quotas; App Runner, ECR, S3 and ELB publish none that fit, so
    /// a modest figure stands for them).
    fn rate(self) -> (f64, f64) {
        match self {
            Self::Free => (1e9, 1e9),
            Self::Services | Self::Tasks => (50.0, 10.0),
            Self::TaskWrites => (50.0, 20.0),
            Self::ServiceWrites => (25.0, 2.5),
            Self::DefinitionWrites => (10.0, 0.5),
            Self::Clusters | Self::Definitions | Self::Deployments | Self::Revisions => (25.0, 10.0),
            Self::Metrics => (25.0, 25.0),
            Self::Alarms => (5.0, 4.5),
            Self::FilterLogs => (3.0, 2.5),
            Self::GetLogs => (5.0, 5.0),
            Self::AppRunner => (40.0, 10.0),
            // "limited to two per second, per account, per Region" (LookupEvents)
            Self::Trail => (1.0, 1.0),
            Self::Scaling | Self::Images | Self::Objects | Self::Balancers => (20.0, 10.0),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Level {
    tokens: f64,
    at: Instant,
}

/// The buckets of one account and region.
#[derive(Debug)]
pub(super) struct RateLimit {
    levels: Mutex<[Option<Level>; Bucket::COUNT]>,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { levels: Mutex::new([None; Bucket::COUNT]) }
    }
}

impl RateLimit {
    /// Takes a token from `bucket` and tells how long to wait until it is due.
    pub fn take(&self, bucket: Bucket) -> Duration {
        self.take_at(bucket, Instant::now())
    }

    fn take_at(&self, bucket: Bucket, now: Instant) -> Duration {
        if bucket == Bucket::Free {
            return Duration::ZERO;
        }
        let (burst, refill) = bucket.rate();
        let mut levels = self.levels.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some(slot) = levels.get_mut(bucket as usize) else { return Duration::ZERO };
        let level = slot.get_or_insert(Level { tokens: burst, at: now });
        let passed = now.saturating_duration_since(level.at).as_secs_f64();
        level.tokens = (level.tokens + passed * refill).min(burst) - 1.0;
        level.at = level.at.max(now);
        // below zero the token is borrowed from the future: wait until it has been refilled
        if level.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-level.tokens / refill) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_burst_passes_and_the_rest_waits_its_turn() {
        let rate_limit = RateLimit::default();
        let start = Instant::now();
        for _ in 0..50 {
            assert_eq!(rate_limit.take_at(Bucket::Services, start), Duration::ZERO);
        }
        assert_eq!(rate_limit.take_at(Bucket::Services, start).as_millis(), 100);
        assert_eq!(rate_limit.take_at(Bucket::Services, start).as_millis(), 200);
        assert_eq!(rate_limit.take_at(Bucket::Tasks, start), Duration::ZERO, "buckets are apart");
        let later = start + Duration::from_mins(1);
        assert_eq!(rate_limit.take_at(Bucket::Services, later), Duration::ZERO, "it refills");
    }

    #[test]
    fn every_bucket_has_a_place() {
        assert_eq!(Bucket::Balancers as usize + 1, Bucket::COUNT);
    }

    proptest! {
        #[test]
        fn never_more_than_burst_plus_refill(gaps in proptest::collection::vec(0u64..400, 1..300)) {
            let rate_limit = RateLimit::default();
            let start = Instant::now();
            let (burst, refill) = Bucket::Revisions.rate();
            let mut now = start;
            let mut due: Vec<f64> = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                let wait = rate_limit.take_at(Bucket::Revisions, now);
                due.push((now + wait - start).as_secs_f64());
            }
            // in any window the calls sent stay within burst + window × refill
            for (i, from) in due.iter().enumerate() {
                for (j, to) in due.iter().enumerate().skip(i) {
                    let sent = f64::from(u32::try_from(j - i + 1).unwrap());
                    prop_assert!(sent <= burst + (to - from) * refill + 1.0 + 1e-6);
                }
            }
        }
    }
}
