//! Where a bucket is reached, and the SDK's runtime set up for it.

use super::wire::{self, Call, Failure, Reply};
use crate::aws::{
    endpoint::{self, Wanted},
    signed::{self, Of, Service, configured},
};
use aws_runtime::service_clock_skew::ServiceClockSkewInterceptor;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::{
    client::{interceptors::SharedInterceptor, result::SdkError},
    http::Response,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The buckets that were reached, by bucket and region.
#[derive(Debug, Default)]
pub(in crate::aws) struct S3Clients(Mutex<HashMap<(String, String), Arc<S3Client>>>);

impl S3Clients {
    /// The way to a bucket in a region.
    pub(super) fn client(&self, of: &Of<'_>, bucket: &str, region: &str) -> Arc<S3Client> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clients
            .entry((bucket.to_owned(), region.to_owned()))
            .or_insert_with(|| Arc::new(S3Client::new(of, bucket, region)))
            .clone()
    }
}

/// The way to one bucket.
#[derive(Debug)]
pub(super) struct S3Client {
    /// What stands before the key in a path: the bucket, where the host does not name it.
    prefix: String,
    again: Operation<Call, Reply, Failure>,
    once: Operation<Call, Reply, Failure>,
}

impl S3Client {
    fn new(of: &Of<'_>, bucket: &str, region: &str) -> Self {
        let place = place(configured(of, "s3").as_deref(), bucket, region, Wanted::of(of.sdk));
        let skew = SharedInterceptor::new(ServiceClockSkewInterceptor::new());
        let to = Service {
            name: "s3",
            title: "S3",
            url: &place.url,
            region,
            paths_as_they_are: true,
            most: ANSWER_MAX,
        };
        let operation = |again| signed::operation(of, &to, &skew, again, wire::request, wire::reply);
        Self { again: operation(true), once: operation(false), prefix: place.prefix }
    }

    /// Sends a call.
    pub(super) async fn send(&self, call: Call, again: bool) -> Result<Reply, SdkError<Failure, Response>> {
        let operation = if again { &self.again } else { &self.once };
        operation.invoke(call.under(&self.prefix)).await
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Where {
    url: String,
    prefix: String,
}

/// The most that is read of an answer, bytes: a list of keys, or the record of a run.
const ANSWER_MAX: usize = 32 << 20;

/// A bucket's address. One whose name has dots does not fit AWS's certificates as a host.
fn place(endpoint: Option<&str>, bucket: &str, region: &str, wanted: Wanted) -> Where {
    let host = endpoint::s3(region, wanted);
    let in_path = format!("/{bucket}");
    match endpoint {
        Some(url) => Where { url: url.to_owned(), prefix: in_path },
        None if bucket.contains('.') => Where { url: format!("https://{host}"), prefix: in_path },
        None => Where { url: format!("https://{bucket}.{host}"), prefix: String::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_hosts_where_they_can_be() {
        for (endpoint, bucket, region, url, prefix) in [
            (None, "team", "us-west-2", "https://team.s3.us-west-2.amazonaws.com", ""),
            (None, "team.locks", "us-west-2", "https://s3.us-west-2.amazonaws.com", "/team.locks"),
            (None, "team", "cn-north-1", "https://team.s3.cn-north-1.amazonaws.com.cn", ""),
            (Some("http://127.0.0.1:5000"), "team", "us-west-2", "http://127.0.0.1:5000", "/team"),
        ] {
            let expected = Where { url: url.to_owned(), prefix: prefix.to_owned() };
            assert_eq!(place(endpoint, bucket, region, Wanted::default()), expected);
        }
    }
}
