//! What a verify window reads after a release: in the world "fem", through the wire's own operations.

use serde_json::{Value, json};

use crate::sim::api::{Aws, timestamp};
use crate::sim::testing::{Bench, full};
use crate::sim::world::balancer_dimensions;

/// The newest values of a metric over the last minutes, oldest first; a gap is 0.
fn values(
    bench: &mut Bench,
    namespace: &str,
    name: &str,
    stat: &str,
    dimensions: &Value,
    minutes: u32,
) -> Vec<f64> {
    let end = (bench.now / 60.0).floor() * 60.0;
    let input = json!({
        "StartTime": timestamp(end - 60.0 * f64::from(minutes)), "EndTime": timestamp(end), "ScanBy": "TimestampAscending",
        "MetricDataQueries": [{ "Id": "m", "MetricStat": {
            "Metric": { "Namespace": namespace, "MetricName": name, "Dimensions": dimensions }, "Period": 60, "Stat": stat,
        } }],
    });
    let answer = bench.call(Aws::CloudWatch, "GetMetricData", input).unwrap();
    answer["MetricDataResults"][0]["Values"].as_array().unwrap().iter().filter_map(Value::as_f64).collect()
}

fn newest(bench: &mut Bench, namespace: &str, name: &str, stat: &str, dimensions: &Value) -> f64 {
    values(bench, namespace, name, stat, dimensions, 1).last().copied().unwrap_or_default()
}

fn alarm(bench: &mut Bench, name: &str) -> String {
    let answer = bench.call(Aws::CloudWatch, "DescribeAlarms", json!({ "AlarmNames": [name] })).unwrap();
    answer["MetricAlarms"][0]["StateValue"].as_str().unwrap().to_owned()
}

#[test]
fn errors_of_an_image_show_behind_a_balancer() {
    let mut bench = Bench::new("fem");
    let (balancer, group) = balancer_dimensions("prod", "prod-service");
    let dimensions =
        json!([{ "Name": "LoadBalancer", "Value": balancer }, { "Name": "TargetGroup", "Value": group }]);
    let elb = "AWS/ApplicationELB";
    let p99 = |bench: &mut Bench| newest(bench, elb, "TargetResponseTime", "p99", &dimensions);
    let ratio = |bench: &mut Bench| {
        let errors = newest(bench, elb, "HTTPCode_Target_5XX_Count", "Sum", &dimensions);
        errors / newest(bench, elb, "RequestCount", "Sum", &dimensions)
    };
    let (calm, quick) = (ratio(&mut bench), p99(&mut bench));
    assert!(calm < 0.005, "{calm}");
    assert_eq!(alarm(&mut bench, "prod-service-5xx"), "OK");
    bench.deploy("prod", "prod-service", "fem-fd-service:b3f6071");
    assert_eq!(bench.watch("prod", "prod-service", 900.0).last().map(String::as_str), Some("SUCCESSFUL"));
    // the minute in progress is over at the latest a minute later, and the next shows nothing else
    bench.pass(90.0);
    let (bad, slow) = (ratio(&mut bench), p99(&mut bench));
    assert!((0.12..0.22).contains(&bad), "{bad}");
    assert!(slow > 1.8 * quick, "{quick} then {slow}");
    bench.pass(120.0);
    assert_eq!(alarm(&mut bench, "prod-service-5xx"), "ALARM");
    // Putting the earlier revision back helps.
    bench.deploy("prod", "prod-service", "fem-fd-service:1f0c9a7");
    bench.watch("prod", "prod-service", 900.0);
    bench.pass(90.0);
    assert!(ratio(&mut bench) < 0.005);
    bench.pass(120.0);
    assert_eq!(alarm(&mut bench, "prod-service-5xx"), "OK");
}

#[test]
fn errors_of_an_image_show_on_app_runner() {
    let mut bench = Bench::new("fem");
    let list = bench.app("ListServices", json!({}));
    let service = list["ServiceSummaryList"][0].clone();
    let dimensions = json!([
        { "Name": "ServiceName", "Value": service["ServiceName"] }, { "Name": "ServiceID", "Value": service["ServiceId"] },
    ]);
    let read =
        |bench: &mut Bench, name: &str, stat: &str| newest(bench, "AWS/AppRunner", name, stat, &dimensions);
    let ratio = |bench: &mut Bench| read(bench, "5xxStatusResponses", "Sum") / read(bench, "Requests", "Sum");
    let (calm, quick) = (ratio(&mut bench), read(&mut bench, "RequestLatency", "p99"));
    assert!(calm < 0.01, "{calm}");
    let arn = service["ServiceArn"].clone();
    let described = bench.app("DescribeService", json!({ "ServiceArn": arn }));
    let mut source = described["Service"]["SourceConfiguration"].clone();
    source["ImageRepository"]["ImageIdentifier"] = json!(full("fem-fd-service:b3f6071"));
    bench.app("UpdateService", json!({ "ServiceArn": arn, "SourceConfiguration": source }));
    while bench.app("DescribeService", json!({ "ServiceArn": arn }))["Service"]["Status"] != "RUNNING" {
        bench.pass(5.0);
    }
    bench.pass(90.0);
    let (bad, slow) = (ratio(&mut bench), read(&mut bench, "RequestLatency", "p99"));
    assert!((0.12..0.22).contains(&bad), "{bad}");
    assert!(slow > 1.8 * quick, "{quick} then {slow}");
}
