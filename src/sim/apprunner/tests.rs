use serde_json::{Value, json};

use crate::sim::api::Aws;
use crate::sim::testing::{Bench, commit, full, seconds};

fn the_service(bench: &mut Bench) -> Value {
    let list = bench.app("ListServices", json!({}));
    list["ServiceSummaryList"][0]["ServiceArn"].clone()
}

fn status(bench: &mut Bench, arn: &Value) -> String {
    bench.app("DescribeService", json!({ "ServiceArn": arn }))["Service"]["Status"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The states of the newest operation until it ends.
fn watch(bench: &mut Bench, arn: &Value) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..200 {
        let newest =
            bench.app("ListOperations", json!({ "ServiceArn": arn }))["OperationSummaryList"][0].clone();
        let state = newest["Status"].as_str().unwrap().to_owned();
        if seen.last() != Some(&state) {
            seen.push(state);
        }
        if newest.get("EndedAt").is_some() {
            return seen;
        }
        assert_eq!(status(bench, arn), "OPERATION_IN_PROGRESS");
        bench.pass(3.0);
    }
    seen
}

fn source(bench: &mut Bench, arn: &Value, image: &str) -> Value {
    let service = bench.app("DescribeService", json!({ "ServiceArn": arn }));
    let mut source = service["Service"]["SourceConfiguration"].clone();
    source["ImageRepository"]["ImageIdentifier"] = json!(full(image));
    source
}

#[test]
fn a_deployment_goes_through_its_states() {
    let mut bench = Bench::new("fem");
    let arn = the_service(&mut bench);
    let started = bench.app("StartDeployment", json!({ "ServiceArn": arn }));
    let busy = bench.call(Aws::AppRunner, "StartDeployment", json!({ "ServiceArn": arn })).unwrap_err();
    assert_eq!(busy.code, "InvalidRequestException");
    let busy = bench.call(Aws::AppRunner, "PauseService", json!({ "ServiceArn": arn })).unwrap_err();
    assert_eq!(busy.code, "InvalidStateException");
    let began = bench.now;
    assert_eq!(watch(&mut bench, &arn), ["PENDING", "IN_PROGRESS", "SUCCEEDED"]);
    assert!((60.0..240.0).contains(&(bench.now - began)));
    let newest = bench.app("ListOperations", json!({ "ServiceArn": arn, "MaxResults": 1 }));
    assert_eq!(newest["OperationSummaryList"][0]["Id"], started["OperationId"]);
    assert_eq!(newest["OperationSummaryList"][0]["Type"], "START_DEPLOYMENT");
    assert!(newest.get("NextToken").is_some());
    assert_eq!(status(&mut bench, &arn), "RUNNING");
}

#[test]
fn a_bad_image_is_taken_back() {
    for image in ["fem-fd-service:c90f3ad", "fem-fd-service:a06e5f1", "fem-fd-service:nothere"] {
        let mut bench = Bench::new("fem");
        let arn = the_service(&mut bench);
        let before = source(&mut bench, &arn, "fem-fd-service:latest");
        let new = source(&mut bench, &arn, image);
        bench.app("UpdateService", json!({ "ServiceArn": arn, "SourceConfiguration": new }));
        assert_eq!(
            watch(&mut bench, &arn),
            ["PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCEEDED"],
            "{image}"
        );
        let after = bench.app("DescribeService", json!({ "ServiceArn": arn }));
        assert_eq!(after["Service"]["SourceConfiguration"], before);
        assert_eq!(after["Service"]["Status"], "RUNNING");
    }
}

#[test]
fn a_push_to_the_watched_tag_deploys() {
    let mut bench = Bench::new("fem");
    let arn = the_service(&mut bench);
    let image = bench
        .call(
            Aws::Ecr,
            "BatchGetImage",
            json!({ "repositoryName": "fem-fd-service", "imageIds": [{ "imageTag": commit("e7b41d2") }] }),
        )
        .unwrap();
    let put = json!({ "repositoryName": "fem-fd-service", "imageManifest": image["images"][0]["imageManifest"], "imageTag": "latest" });
    bench.call(Aws::Ecr, "PutImage", put).unwrap();
    assert_eq!(status(&mut bench, &arn), "OPERATION_IN_PROGRESS");
    assert_eq!(watch(&mut bench, &arn), ["PENDING", "IN_PROGRESS", "SUCCEEDED"]);
    // The next one to a tag that nobody watches does not.
    let put = json!({ "repositoryName": "fem-fd-service", "imageManifest": image["images"][0]["imageManifest"], "imageTag": "other" });
    bench.call(Aws::Ecr, "PutImage", put).unwrap();
    assert_eq!(status(&mut bench, &arn), "RUNNING");
}

#[test]
fn paused_and_resumed() {
    let mut bench = Bench::new("fem");
    let arn = the_service(&mut bench);
    bench.app("PauseService", json!({ "ServiceArn": arn }));
    assert_eq!(watch(&mut bench, &arn).last().map(String::as_str), Some("SUCCEEDED"));
    assert_eq!(status(&mut bench, &arn), "PAUSED");
    let refused = bench.call(Aws::AppRunner, "StartDeployment", json!({ "ServiceArn": arn })).unwrap_err();
    assert_eq!(refused.code, "InvalidRequestException");
    bench.app("ResumeService", json!({ "ServiceArn": arn }));
    watch(&mut bench, &arn);
    assert_eq!(status(&mut bench, &arn), "RUNNING");
}

#[test]
fn tags_scaling_and_refusals() {
    let mut bench = Bench::new("fem");
    let arn = the_service(&mut bench);
    let tags = bench.app("ListTagsForResource", json!({ "ResourceArn": arn }));
    assert_eq!(tags["Tags"], json!([{ "Key": "environment", "Value": "startup" }]));
    let service = bench.app("DescribeService", json!({ "ServiceArn": arn }))["Service"].clone();
    let scaling = service["AutoScalingConfigurationSummary"]["AutoScalingConfigurationArn"].clone();
    let scaling =
        bench.app("DescribeAutoScalingConfiguration", json!({ "AutoScalingConfigurationArn": scaling }));
    assert_eq!(scaling["AutoScalingConfiguration"]["MaxSize"], 25);
    let operations =
        bench.app("ListOperations", json!({ "ServiceArn": arn }))["OperationSummaryList"].clone();
    let times: Vec<f64> = operations.as_array().unwrap().iter().map(|o| seconds(&o["StartedAt"])).collect();
    assert!(times.len() >= 4 && times.windows(2).all(|pair| pair[0] > pair[1]), "newest first");
    let none =
        arn.as_str().unwrap().rsplit_once('/').unwrap().0.to_owned() + "/00000000000000000000000000000000";
    for (op, input, code) in [
        ("DescribeService", json!({ "ServiceArn": none }), "ResourceNotFoundException"),
        ("ListOperations", json!({ "ServiceArn": arn, "MaxResults": 21 }), "InvalidRequestException"),
        ("ListServices", json!({ "MaxResults": 21 }), "InvalidRequestException"),
        ("UpdateService", json!({ "ServiceArn": arn, "SourceConfiguration": {} }), "InvalidRequestException"),
        ("DeleteService", json!({ "ServiceArn": arn }), "UnknownOperationException"),
    ] {
        assert_eq!(bench.call(Aws::AppRunner, op, input).unwrap_err().code, code, "{op}");
    }
}
