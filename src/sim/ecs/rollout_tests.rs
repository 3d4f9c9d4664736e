//! Every kind of rollout in the world "rollouts", and how each ends.

use serde_json::{Value, json};

use crate::sim::api::Aws;
use crate::sim::testing::{Bench, full, seconds};

const CLUSTER: &str = "rollouts";

fn deploy(bench: &mut Bench, service: &str, tag: &str) {
    let image = format!("app:{tag}");
    if service == "express" {
        let arn = bench.service(CLUSTER, service)["serviceArn"].clone();
        let container = json!({ "image": full(&image) });
        bench.ecs("UpdateExpressGatewayService", json!({ "serviceArn": arn, "primaryContainer": container }));
    } else {
        bench.deploy(CLUSTER, service, &image);
    }
}

fn now(bench: &mut Bench, service: &str) -> Value {
    bench.deployment(CLUSTER, service)
}

/// The hook that waits for somebody; time passes until there is one.
fn paused(bench: &mut Bench, service: &str) -> Value {
    for _ in 0..200 {
        let deployment = now(bench, service);
        let hooks = deployment["lifecycleHookDetails"].as_array().cloned().unwrap_or_default();
        if let Some(hook) = hooks.iter().find(|hook| hook["status"] == "AWAITING_ACTION") {
            return hook.clone();
        }
        bench.pass(3.0);
    }
    panic!("it never pauses: {}", now(bench, service));
}

fn decide(bench: &mut Bench, service: &str, hook: &Value, action: Option<&str>) {
    let arn = now(bench, service)["serviceDeploymentArn"].clone();
    let input = json!({ "serviceDeploymentArn": arn, "hookId": hook["hookId"], "action": action });
    let answer = bench.ecs("ContinueServiceDeployment", input);
    assert_eq!(answer["serviceDeploymentArn"], arn);
}

fn end(bench: &mut Bench, service: &str) -> Value {
    bench.watch(CLUSTER, service, 3600.0);
    now(bench, service)
}

/// A pause before production, over the hooks that a service has.
fn configure(bench: &mut Bench, service: &str, configuration: Value) {
    let input = json!({ "cluster": CLUSTER, "service": service, "deploymentConfiguration": configuration });
    bench.ecs("UpdateService", input);
}

#[test]
fn a_good_image_is_put_in_place_everywhere() {
    for service in ["rolling-breaker", "rolling-alarms", "rolling-unguarded", "linear", "canary", "express"] {
        let mut bench = Bench::new(CLUSTER);
        deploy(&mut bench, service, "good");
        let done = end(&mut bench, service);
        assert_eq!(done["status"], "SUCCESSFUL", "{service}: {done}");
        bench.pass(90.0);
        let steady = bench.service(CLUSTER, service);
        assert_eq!(steady["runningCount"], steady["desiredCount"], "{service}");
        assert_eq!(steady["deployments"].as_array().unwrap().len(), 1, "{service}");
    }
}

#[test]
fn an_image_that_never_starts_ends_as_configured() {
    for (service, image, status) in [
        ("rolling-breaker", "crash", "ROLLBACK_SUCCESSFUL"),
        ("rolling-breaker", "unhealthy", "ROLLBACK_SUCCESSFUL"),
        ("rolling-alarms", "crash", "STOPPED"),
        ("linear", "crash", "ROLLBACK_SUCCESSFUL"),
        ("canary", "unhealthy", "ROLLBACK_SUCCESSFUL"),
        ("blue-green-pause", "crash", "ROLLBACK_SUCCESSFUL"),
        ("express", "crash", "ROLLBACK_SUCCESSFUL"),
    ] {
        let mut bench = Bench::new(CLUSTER);
        let before = bench.service(CLUSTER, service)["taskDefinition"].clone();
        deploy(&mut bench, service, image);
        let done = end(&mut bench, service);
        assert_eq!(done["status"], status, "{service} {image}: {done}");
        assert_eq!(done["deploymentCircuitBreaker"]["status"], "TRIGGERED", "{service} {image}");
        bench.pass(120.0);
        let after = bench.service(CLUSTER, service);
        assert_eq!(after["runningCount"], after["desiredCount"], "{service} {image}");
        if status == "ROLLBACK_SUCCESSFUL" {
            assert_eq!(after["taskDefinition"], before, "{service} {image}");
        } else {
            assert_eq!(after["deployments"][0]["rolloutState"], "FAILED");
        }
    }
}

#[test]
fn without_a_breaker_it_never_ends() {
    let mut bench = Bench::new(CLUSTER);
    deploy(&mut bench, "rolling-unguarded", "crash");
    let seen = bench.watch(CLUSTER, "rolling-unguarded", 3600.0);
    assert_eq!(seen.last().map(String::as_str), Some("IN_PROGRESS"), "{seen:?}");
    let service = bench.service(CLUSTER, "rolling-unguarded");
    assert!(service["deployments"][0]["failedTasks"].as_u64().unwrap() > 5);
    assert_eq!(now(&mut bench, "rolling-unguarded")["deploymentCircuitBreaker"]["status"], "DISABLED");
    // A person takes it back although nothing was configured to.
    let arn = now(&mut bench, "rolling-unguarded")["serviceDeploymentArn"].clone();
    bench.ecs("StopServiceDeployment", json!({ "serviceDeploymentArn": arn, "stopType": "ROLLBACK" }));
    assert_eq!(end(&mut bench, "rolling-unguarded")["status"], "ROLLBACK_SUCCESSFUL");
}

#[test]
fn errors_are_seen_by_alarms_alone() {
    for (service, alarm) in [
        ("rolling-alarms", "rolling-alarms-5xx"),
        ("linear", "linear-5xx"),
        ("canary", "canary-5xx"),
        ("express", "ECS-Express-express-rollback"),
    ] {
        let mut bench = Bench::new(CLUSTER);
        let before = bench.service(CLUSTER, service)["taskDefinition"].clone();
        deploy(&mut bench, service, "errors");
        let done = end(&mut bench, service);
        assert_eq!(done["status"], "ROLLBACK_SUCCESSFUL", "{service}: {done}");
        assert_eq!(done["alarms"]["triggeredAlarmNames"], json!([alarm]), "{service}");
        assert_eq!(done["alarms"]["status"], "TRIGGERED", "{service}");
        assert!(done["rollback"]["reason"].as_str().unwrap().contains("alarms"), "{service}");
        assert_eq!(bench.service(CLUSTER, service)["taskDefinition"], before, "{service}");
    }
    let mut bench = Bench::new(CLUSTER);
    deploy(&mut bench, "express", "good");
    bench.pass(30.0);
    let watched = json!({ "status": "MONITORING", "alarmNames": ["ECS-Express-express-rollback"], "triggeredAlarmNames": [] });
    assert_eq!(now(&mut bench, "express")["alarms"], watched);
    deploy(&mut bench, "rolling-breaker", "errors");
    assert_eq!(end(&mut bench, "rolling-breaker")["status"], "SUCCESSFUL", "it passes its health check");
}

#[test]
fn a_pause_waits_to_be_continued() {
    let mut bench = Bench::new(CLUSTER);
    deploy(&mut bench, "blue-green-pause", "good");
    let hook = paused(&mut bench, "blue-green-pause");
    assert!(hook["hookId"].as_str().unwrap().starts_with("ecs-pause-"));
    assert_eq!(
        (hook["targetType"].as_str(), hook["timeoutAction"].as_str()),
        (Some("PAUSE"), Some("ROLLBACK"))
    );
    let waits = seconds(&hook["expiresAt"]) - bench.now;
    assert!((1700.0..=1800.0).contains(&waits), "{waits}");
    bench.pass(600.0);
    let deployment = now(&mut bench, "blue-green-pause");
    assert_eq!(deployment["status"], "IN_PROGRESS");
    assert_eq!(deployment["lifecycleStage"], "POST_TEST_TRAFFIC_SHIFT");
    let weights = |deployment: &Value| {
        let of = |revision: &Value, kind: &str| revision[kind].as_f64().unwrap();
        (
            of(&deployment["targetServiceRevision"], "requestedTestTrafficWeight"),
            of(&deployment["targetServiceRevision"], "requestedProductionTrafficWeight"),
            of(&deployment["sourceServiceRevisions"][0], "requestedProductionTrafficWeight"),
        )
    };
    assert_eq!(weights(&deployment), (100.0, 0.0, 100.0));
    let smoke = &deployment["lifecycleHookDetails"][0];
    assert_eq!(
        (smoke["targetType"].as_str(), smoke["status"].as_str()),
        (Some("AWS_LAMBDA"), Some("SUCCEEDED"))
    );
    assert!(smoke["targetArn"].as_str().unwrap().ends_with(":function:smoke-test"));
    decide(&mut bench, "blue-green-pause", &hook, None);
    let arn = deployment["serviceDeploymentArn"].clone();
    for (id, action) in
        [(hook["hookId"].clone(), "CONTINUE"), (json!("none"), "CONTINUE"), (hook["hookId"].clone(), "MAYBE")]
    {
        let input = json!({ "serviceDeploymentArn": arn, "hookId": id, "action": action });
        assert_eq!(bench.refused("ContinueServiceDeployment", input), "InvalidParameterException");
    }
    let none = json!({ "serviceDeploymentArn": format!("{}x", arn.as_str().unwrap()), "hookId": "x" });
    assert_eq!(bench.refused("ContinueServiceDeployment", none), "ServiceDeploymentNotFoundException");
    let done = end(&mut bench, "blue-green-pause");
    assert_eq!(done["status"], "SUCCESSFUL", "{done}");
    assert_eq!(done["lifecycleHookDetails"][1]["status"], "SUCCEEDED");
    assert_eq!(weights(&done), (0.0, 100.0, 0.0));
    let input = json!({ "serviceDeploymentArn": arn, "hookId": hook["hookId"], "action": "ROLLBACK" });
    assert_eq!(bench.refused("ContinueServiceDeployment", input), "InvalidParameterException", "it is over");
}

#[test]
fn a_pause_is_rolled_back_or_times_out() {
    let mut bench = Bench::new(CLUSTER);
    deploy(&mut bench, "blue-green-pause", "good");
    let hook = paused(&mut bench, "blue-green-pause");
    decide(&mut bench, "blue-green-pause", &hook, Some("ROLLBACK"));
    assert_eq!(now(&mut bench, "blue-green-pause")["status"], "ROLLBACK_REQUESTED");
    let done = end(&mut bench, "blue-green-pause");
    assert_eq!(done["status"], "ROLLBACK_SUCCESSFUL");
    assert!(done["rollback"]["reason"].as_str().unwrap().contains("ContinueServiceDeployment"));
    assert_eq!(done["lifecycleHookDetails"][1]["status"], "FAILED");

    deploy(&mut bench, "blue-green-pause", "good");
    paused(&mut bench, "blue-green-pause");
    bench.pass(1900.0);
    let done = end(&mut bench, "blue-green-pause");
    assert_eq!(done["status"], "ROLLBACK_SUCCESSFUL");
    assert!(done["rollback"]["reason"].as_str().unwrap().contains("timed out"));
    assert_eq!(done["lifecycleHookDetails"][1]["status"], "TIMED_OUT");

    let hook = json!({ "targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP", "POST_PRODUCTION_TRAFFIC_SHIFT"],
        "timeoutConfiguration": { "timeoutInMinutes": 5, "action": "CONTINUE" } });
    configure(&mut bench, "blue-green-pause", json!({ "strategy": "BLUE_GREEN", "lifecycleHooks": [hook] }));
    deploy(&mut bench, "blue-green-pause", "good");
    paused(&mut bench, "blue-green-pause");
    assert_eq!(bench.service(CLUSTER, "blue-green-pause")["deployments"][0]["pendingCount"], 0);
    let done = end(&mut bench, "blue-green-pause");
    assert_eq!(done["status"], "SUCCESSFUL", "{done}");
    let hooks = done["lifecycleHookDetails"].as_array().unwrap();
    assert!(hooks.len() == 2 && hooks.iter().all(|hook| hook["status"] == "TIMED_OUT"), "{hooks:?}");
}

#[test]
fn hooks_hold_rolling_and_stepwise_deployments_too() {
    let pause = |stage: &str| json!({ "targetType": "PAUSE", "lifecycleStages": [stage] });
    for (service, stage, told, times) in [
        ("rolling-unguarded", "PRE_SCALE_UP", "PRE_SCALE_UP", 1),
        ("rolling-unguarded", "POST_SCALE_UP", "POST_SCALE_UP", 1),
        ("linear", "PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT", 4),
        ("canary", "PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT", 2),
        ("canary", "POST_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT", 1),
    ] {
        let mut bench = Bench::new(CLUSTER);
        configure(&mut bench, service, json!({ "lifecycleHooks": [pause(stage)] }));
        let told_back = bench.service(CLUSTER, service)["deploymentConfiguration"]["lifecycleHooks"].clone();
        assert_eq!(told_back, json!([{ "targetType": "PAUSE", "lifecycleStages": [stage] }]));
        deploy(&mut bench, service, "good");
        for time in 0..times {
            let hook = paused(&mut bench, service);
            if time == 0 {
                assert_eq!(now(&mut bench, service)["lifecycleStage"], told, "{service} {stage}");
            }
            decide(&mut bench, service, &hook, Some("CONTINUE"));
        }
        assert_eq!(end(&mut bench, service)["status"], "SUCCESSFUL", "{service} {stage}");
    }
}

#[test]
fn hooks_that_make_no_sense_are_refused() {
    let mut bench = Bench::new(CLUSTER);
    for hook in [
        json!({ "targetType": "PAUSE", "lifecycleStages": [] }),
        json!({ "targetType": "PAUSE", "lifecycleStages": ["SCALE_UP"] }),
        json!({ "targetType": "PAUSE", "lifecycleStages": ["PRODUCTION_TRAFFIC_SHIFT"] }),
        json!({ "targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP"], "hookTargetArn": "arn" }),
        json!({ "targetType": "EMAIL", "lifecycleStages": ["PRE_SCALE_UP"] }),
        json!({ "lifecycleStages": ["PRE_SCALE_UP"], "hookTargetArn": "arn" }),
        json!({ "targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP"], "timeoutConfiguration": { "timeoutInMinutes": 0 } }),
        json!({ "targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP"], "timeoutConfiguration": { "action": "STOP" } }),
    ] {
        let input = json!({ "cluster": CLUSTER, "service": "canary", "deploymentConfiguration": { "lifecycleHooks": [hook] } });
        assert_eq!(bench.refused("UpdateService", input.clone()), "InvalidParameterException", "{input}");
    }
}

#[test]
fn the_breaker_counts_as_it_is_told() {
    let mut bench = Bench::new(CLUSTER);
    let told = bench.service(CLUSTER, "rolling-breaker")["deploymentConfiguration"].clone();
    let breaker = json!({
        "enable": true, "rollback": true, "resetOnHealthyTask": false,
        "thresholdConfiguration": { "type": "COUNT", "value": 2 },
    });
    assert_eq!(told["deploymentCircuitBreaker"], breaker);
    deploy(&mut bench, "rolling-breaker", "crash");
    let done = end(&mut bench, "rolling-breaker");
    let found = &done["deploymentCircuitBreaker"];
    assert_eq!((found["failureCount"].as_u64(), found["threshold"].as_u64()), (Some(2), Some(2)));
    let threshold = |bench: &mut Bench, kind: &str, value: u32| {
        let breaker = json!({ "enable": true, "rollback": true, "thresholdConfiguration": { "type": kind, "value": value } });
        configure(bench, "rolling-breaker", json!({ "deploymentCircuitBreaker": breaker }));
        deploy(bench, "rolling-breaker", "good");
        let threshold = now(bench, "rolling-breaker")["deploymentCircuitBreaker"]["threshold"].as_u64();
        end(bench, "rolling-breaker");
        threshold.unwrap()
    };
    for (kind, value, want) in [
        ("COUNT", 7, 7),
        ("BOUNDED_PERCENT", 50, 3),
        ("BOUNDED_PERCENT", 200, 8),
        ("UNBOUNDED_PERCENT", 25, 1),
    ] {
        assert_eq!(threshold(&mut bench, kind, value), want, "{kind} {value}");
    }
    for wrong in [
        json!({ "type": "COUNT" }),
        json!({ "type": "SOME", "value": 3 }),
        json!({ "type": "COUNT", "value": 0 }),
    ] {
        let breaker = json!({ "enable": true, "rollback": true, "thresholdConfiguration": wrong });
        let input = json!({ "cluster": CLUSTER, "service": "rolling-breaker", "deploymentConfiguration": { "deploymentCircuitBreaker": breaker } });
        assert_eq!(bench.refused("UpdateService", input), "InvalidParameterException", "{wrong}");
    }
}

#[test]
fn every_strategy_can_be_stopped_by_hand() {
    for service in ["rolling-breaker", "blue-green-pause", "linear", "canary", "express"] {
        let late = if service == "rolling-breaker" { 50.0 } else { 90.0 };
        for (kind, wait, want) in [
            ("ROLLBACK", 20.0, "ROLLBACK_SUCCESSFUL"),
            ("ROLLBACK", late, "ROLLBACK_SUCCESSFUL"),
            ("ABORT", 20.0, "STOPPED"),
            ("ABORT", late, "STOPPED"),
        ] {
            let mut bench = Bench::new(CLUSTER);
            let before = bench.service(CLUSTER, service)["taskDefinition"].clone();
            deploy(&mut bench, service, "good");
            bench.pass(wait);
            let arn = now(&mut bench, service)["serviceDeploymentArn"].clone();
            let stop = json!({ "serviceDeploymentArn": arn, "stopType": kind });
            bench.ecs("StopServiceDeployment", stop.clone());
            bench.ecs("StopServiceDeployment", stop);
            let done = end(&mut bench, service);
            assert_eq!(done["status"], want, "{service} {kind} after {wait}: {done}");
            let hooks = done["lifecycleHookDetails"].as_array().cloned().unwrap_or_default();
            assert!(hooks.iter().all(|hook| hook["status"] != "AWAITING_ACTION"), "{service}: {hooks:?}");
            bench.pass(120.0);
            let after = bench.service(CLUSTER, service);
            assert_eq!(after["runningCount"], after["desiredCount"], "{service} {kind} after {wait}");
            if kind == "ROLLBACK" {
                assert_eq!(after["taskDefinition"], before, "{service}");
            }
        }
    }
}

#[test]
fn a_newer_deployment_takes_over_whatever_the_strategy() {
    for service in ["rolling-breaker", "blue-green-pause", "linear", "canary", "express"] {
        let mut bench = Bench::new(CLUSTER);
        deploy(&mut bench, service, "errors");
        bench.pass(if service == "rolling-breaker" { 50.0 } else { 85.0 });
        let first = now(&mut bench, service)["serviceDeploymentArn"].clone();
        deploy(&mut bench, service, "good");
        let found = bench.ecs("DescribeServiceDeployments", json!({ "serviceDeploymentArns": [first] }));
        let old = &found["serviceDeployments"][0];
        assert_eq!(old["status"], "STOPPED", "{service}");
        assert!(old["statusReason"].as_str().unwrap().contains("newer"), "{service}");
        if service == "blue-green-pause" {
            let hook = paused(&mut bench, service);
            decide(&mut bench, service, &hook, None);
        }
        assert_eq!(end(&mut bench, service)["status"], "SUCCESSFUL", "{service}");
        bench.pass(120.0);
        let after = bench.service(CLUSTER, service);
        assert_eq!(after["deployments"].as_array().unwrap().len(), 1, "{service}");
        assert_eq!(after["runningCount"], after["desiredCount"], "{service}");
    }
}

#[test]
fn canary_and_linear_move_as_configured() {
    for (service, want) in [
        ("linear", vec![25.0, 50.0, 75.0, 100.0]),
        ("canary", vec![20.0, 100.0]),
        ("express", vec![5.0, 100.0]),
    ] {
        let mut bench = Bench::new(CLUSTER);
        deploy(&mut bench, service, "good");
        let mut seen: Vec<f64> = Vec::new();
        loop {
            let deployment = now(&mut bench, service);
            let target = &deployment["targetServiceRevision"];
            let weight = target["requestedProductionTrafficWeight"].as_f64().unwrap();
            if weight > 0.0 && seen.last() != Some(&weight) {
                seen.push(weight);
            }
            if deployment.get("finishedAt").is_some() {
                break;
            }
            bench.pass(5.0);
        }
        assert_eq!(seen, want, "{service}");
    }
}

#[test]
fn other_controllers_refuse_and_say_so() {
    let mut bench = Bench::new(CLUSTER);
    for (service, instead) in [("code-deploy", "CodeDeploy"), ("external", "task sets")] {
        let definition = bench.ecs("ListTaskDefinitions", json!({ "familyPrefix": service }));
        let definition = definition["taskDefinitionArns"][0].clone();
        let input = json!({ "cluster": CLUSTER, "service": service, "taskDefinition": definition });
        let fault = bench.call(Aws::Ecs, "UpdateService", input).unwrap_err();
        assert_eq!(fault.code, "InvalidParameterException");
        assert!(fault.message.contains(instead), "{}", fault.message);
        let forced = json!({ "cluster": CLUSTER, "service": service, "forceNewDeployment": true });
        assert_eq!(bench.refused("UpdateService", forced), "InvalidParameterException");
        bench.ecs("UpdateService", json!({ "cluster": CLUSTER, "service": service, "desiredCount": 3 }));
        bench.pass(120.0);
        let told = bench.service(CLUSTER, service);
        assert_eq!(told["runningCount"], 3, "{service}");
        assert_eq!(told["deployments"], json!([]), "{service}");
        let own = told["taskSets"].as_array().unwrap().len();
        assert_eq!(own, usize::from(service == "code-deploy"), "{service}");
        let sets = bench.ecs("DescribeTaskSets", json!({ "cluster": CLUSTER, "service": service }));
        assert_eq!(sets["taskSets"].as_array().unwrap().len(), 1, "{service}");
        assert_eq!(sets["taskSets"][0]["status"], "PRIMARY");
        assert_eq!(told.get("taskDefinition").is_some(), service == "code-deploy");
        let listed = bench.ecs("ListServiceDeployments", json!({ "cluster": CLUSTER, "service": service }));
        assert_eq!(listed["serviceDeployments"], json!([]), "{service}");
    }
}

#[test]
fn app_runner_ends_as_its_operations_say() {
    for (tag, want) in [
        ("good", "SUCCEEDED"),
        ("errors", "SUCCEEDED"),
        ("unhealthy", "ROLLBACK_SUCCEEDED"),
        ("crash", "ROLLBACK_SUCCEEDED"),
    ] {
        let mut bench = Bench::new(CLUSTER);
        let arn = bench.app("ListServices", json!({}))["ServiceSummaryList"][0]["ServiceArn"].clone();
        let mut source =
            bench.app("DescribeService", json!({ "ServiceArn": arn }))["Service"]["SourceConfiguration"]
                .clone();
        source["ImageRepository"]["ImageIdentifier"] = json!(full(&format!("app:{tag}")));
        bench.app("UpdateService", json!({ "ServiceArn": arn, "SourceConfiguration": source }));
        bench.pass(400.0);
        let operations = bench.app("ListOperations", json!({ "ServiceArn": arn }));
        assert_eq!(operations["OperationSummaryList"][0]["Status"], want, "{tag}");
    }
}
