//! AWS's request rates: a token bucket per account, region and group of operations.
//!
//! Buckets refill in real time, not in simulated time: at `--speed 60` a client that keeps an honest
//! pace must still be let through at that pace, and one that does not must still be refused.

use std::collections::HashMap;
use std::time::Instant;

use super::api::Aws;

/// Buckets kept at most; a client that makes up regions must not fill the memory.
const MAX_BUCKETS: usize = 4096;

/// What a group of operations is allowed together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Name of the group.
    pub bucket: &'static str,
    /// Calls that a full bucket holds.
    pub burst: f64,
    /// Calls that come back each second.
    pub per_second: f64,
}

const fn limit(bucket: &'static str, burst: f64, per_second: f64) -> Limit {
    Limit { bucket, burst, per_second }
}

/// The limit of an operation. Where AWS publishes none, a wide one stands in, so that a client that
/// runs wild is still told.
pub fn limit_of(service: Aws, op: &str) -> Limit {
    match (service, op) {
        (Aws::Ecs, "DescribeServices" | "ListServices" | "DescribeExpressGatewayService") => {
            limit("ecs service reads", 100.0, 20.0)
        }
        (Aws::Ecs, "DescribeTasks" | "ListTasks") => limit("ecs task reads", 100.0, 20.0),
        (Aws::Ecs, "RunTask" | "StopTask" | "ExecuteCommand") => limit("ecs task writes", 100.0, 40.0),
        (
            Aws::Ecs,
            "CreateService"
            | "UpdateService"
            | "DeleteService"
            | "UpdateExpressGatewayService"
            | "ContinueServiceDeployment"
            | "StopServiceDeployment",
        ) => limit("ecs service writes", 50.0, 5.0),
        (Aws::Ecs, "RegisterTaskDefinition" | "DeregisterTaskDefinition") => {
            limit("ecs task definition writes", 20.0, 1.0)
        }
        (Aws::Ecs, "DescribeTaskDefinition" | "ListTaskDefinitions" | "ListTaskDefinitionFamilies") => {
            limit("ecs task definition reads", 50.0, 20.0)
        }
        (Aws::Ecs, "DescribeClusters" | "ListClusters") => limit("ecs cluster reads", 50.0, 20.0),
        (Aws::Ecs, "ListServiceDeployments" | "DescribeServiceDeployments") => {
            limit("ecs service deployment reads", 50.0, 20.0)
        }
        (Aws::Ecs, "DescribeServiceRevisions") => limit("ecs service revision reads", 50.0, 20.0),
        (Aws::CloudWatch, "DescribeAlarms") => limit("cloudwatch alarms", 9.0, 9.0),
        (Aws::Logs, "FilterLogEvents") => limit("logs filter", 5.0, 5.0),
        (Aws::Logs, "GetLogEvents") => limit("logs get", 10.0, 10.0),
        (Aws::Ecs, _) => limit("ecs", 50.0, 20.0),
        (Aws::AppRunner, _) => limit("apprunner", 100.0, 40.0),
        (Aws::CloudWatch, _) => limit("cloudwatch", 100.0, 50.0),
        (Aws::Logs, _) => limit("logs", 50.0, 25.0),
        (Aws::Ecr, _) => limit("ecr", 200.0, 100.0),
        (Aws::Elb, _) => limit("elbv2", 100.0, 40.0),
        (Aws::Sts, _) => limit("sts", 600.0, 600.0),
        // "The rate of lookup requests is limited to two per second, per account, per Region" (LookupEvents)
        (Aws::CloudTrail, _) => limit("cloudtrail lookups", 2.0, 2.0),
        (Aws::Scaling, _) => limit("application auto scaling", 50.0, 20.0),
        (Aws::S3, _) => limit("s3", 3500.0, 3500.0),
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// The buckets of every account and region.
#[derive(Debug, Default)]
pub struct Throttle {
    buckets: HashMap<(String, String, &'static str), Bucket>,
}

impl Throttle {
    /// Every bucket full.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a token for a call at the real moment `real`; false when the call is too much.
    pub fn take(&mut self, account: &str, region: &str, service: Aws, op: &str, real: Instant) -> bool {
        let limit = limit_of(service, op);
        let key = (account.to_owned(), region.to_owned(), limit.bucket);
        if self.buckets.len() >= MAX_BUCKETS && !self.buckets.contains_key(&key) {
            self.buckets.clear();
        }
        let bucket = self.buckets.entry(key).or_insert(Bucket { tokens: limit.burst, at: real });
        let passed = real.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * limit.per_second).min(limit.burst);
        bucket.at = bucket.at.max(real);
        if bucket.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn takes(throttle: &mut Throttle, account: &str, op: &str, real: Instant) -> usize {
        (0..1000).take_while(|_| throttle.take(account, "us-west-2", Aws::Ecs, op, real)).count()
    }

    #[test]
    fn burst_then_refill() {
        let (mut throttle, zero) = (Throttle::new(), Instant::now());
        assert_eq!(takes(&mut throttle, "1", "DescribeServices", zero), 100);
        assert_eq!(takes(&mut throttle, "1", "ListServices", zero), 0, "the bucket is shared");
        assert_eq!(takes(&mut throttle, "1", "ListTasks", zero), 100, "another bucket");
        assert_eq!(takes(&mut throttle, "2", "DescribeServices", zero), 100, "another account");
        let later = zero + Duration::from_millis(500);
        assert_eq!(takes(&mut throttle, "1", "DescribeServices", later), 10);
        let much_later = zero + Duration::from_hours(1);
        assert_eq!(takes(&mut throttle, "1", "DescribeServices", much_later), 100, "never above the burst");
    }

    #[test]
    fn rates_are_those_of_aws() {
        let table = [
            (Aws::Ecs, "RegisterTaskDefinition", 20.0, 1.0),
            (Aws::Ecs, "UpdateService", 50.0, 5.0),
            (Aws::Ecs, "RunTask", 100.0, 40.0),
            (Aws::CloudWatch, "DescribeAlarms", 9.0, 9.0),
            (Aws::Logs, "FilterLogEvents", 5.0, 5.0),
        ];
        for (service, op, burst, per_second) in table {
            let limit = limit_of(service, op);
            assert_eq!((limit.burst, limit.per_second), (burst, per_second), "{op}");
        }
    }
}
