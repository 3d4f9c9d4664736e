use serde_json::{Value, json};

use crate::sim::testing::{Bench, commit, full, seconds};

fn primary(service: &Value) -> Value {
    service["deployments"][0].clone()
}

fn messages(service: &Value) -> Vec<String> {
    service["events"].as_array().unwrap().iter().map(|e| e["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_rollout_succeeds() {
    let mut bench = Bench::new("fem");
    let definition = bench.deploy("staging", "staging-service", "fem-fd-service:e7b41d2");
    let under_way = primary(&bench.service("staging", "staging-service"));
    assert_eq!(
        (under_way["status"].as_str(), under_way["rolloutState"].as_str()),
        (Some("PRIMARY"), Some("IN_PROGRESS"))
    );
    let began = bench.now;
    let seen = bench.watch("staging", "staging-service", 600.0);
    assert_eq!(seen.last().map(String::as_str), Some("SUCCESSFUL"), "{seen:?}");
    assert!(seen.contains(&"IN_PROGRESS".to_owned()));
    let took = bench.now - began;
    assert!((60.0..240.0).contains(&took), "took {took}");
    bench.pass(60.0);
    let service = bench.service("staging", "staging-service");
    assert_eq!(service["deployments"].as_array().unwrap().len(), 1);
    assert_eq!(primary(&service)["rolloutState"], "COMPLETED");
    assert_eq!(service["taskDefinition"], definition);
    assert_eq!((service["runningCount"].as_u64(), service["pendingCount"].as_u64()), (Some(2), Some(0)));
    let told = messages(&service);
    assert!(told.iter().any(|m| m.starts_with("(service staging-service) has started 2 tasks: (task ")));
    assert!(told.iter().any(|m| m.contains(") deployment completed.")));
    assert_eq!(told.first().unwrap(), "(service staging-service) has reached a steady state.");
    let done = bench.deployment("staging", "staging-service");
    assert_eq!(done["targetServiceRevision"]["runningTaskCount"], 2);
    assert!(seconds(&done["finishedAt"]) > seconds(&done["startedAt"]));
    let revision = bench.ecs(
        "DescribeServiceRevisions",
        json!({ "serviceRevisionArns": [done["targetServiceRevision"]["arn"]] }),
    );
    let image = &revision["serviceRevisions"][0]["containerImages"][0];
    assert_eq!(image["image"], full("fem-fd-service:e7b41d2"));
    assert!(image["imageDigest"].as_str().unwrap().starts_with("sha256:"));
}

#[test]
fn the_breaker_takes_a_bad_image_back() {
    for (image, reason) in [
        ("fem-fd-service:c90f3ad", "Task failed ELB health checks in (target-group arn:"),
        ("fem-fd-service:a06e5f1", "Essential container in task exited"),
        ("fem-fd-service:nothere", "CannotPullContainerError"),
    ] {
        let mut bench = Bench::new("fem");
        let before = bench.service("prod", "prod-service")["taskDefinition"].clone();
        bench.deploy("prod", "prod-service", image);
        let seen = bench.watch("prod", "prod-service", 900.0);
        assert_eq!(seen.last().map(String::as_str), Some("ROLLBACK_SUCCESSFUL"), "{image}: {seen:?}");
        assert!(seen.contains(&"ROLLBACK_IN_PROGRESS".to_owned()), "{image}: {seen:?}");
        let service = bench.service("prod", "prod-service");
        assert_eq!(service["taskDefinition"], before, "{image}");
        assert_eq!(primary(&service)["rolloutState"], "COMPLETED");
        let told = messages(&service);
        assert!(told.iter().any(|m| m.contains("rolling back to deployment ecs-svc/")), "{told:?}");
        let done = bench.deployment("prod", "prod-service");
        assert_eq!(done["deploymentCircuitBreaker"]["status"], "TRIGGERED");
        assert_eq!(done["deploymentCircuitBreaker"]["failureCount"], 3);
        assert!(done["rollback"]["reason"].as_str().unwrap().contains("circuit breaker"));
        let stopped = bench.ecs(
            "ListTasks",
            json!({ "cluster": "prod", "serviceName": "prod-service", "desiredStatus": "STOPPED" }),
        );
        let tasks = bench.ecs("DescribeTasks", json!({ "cluster": "prod", "tasks": stopped["taskArns"] }));
        let tasks = tasks["tasks"].as_array().unwrap();
        let told = tasks
            .iter()
            .filter(|t| t["stoppedReason"].as_str().is_some_and(|r| r.starts_with(reason)))
            .count();
        assert!(told >= 3, "{image}: {tasks:?}");
        if image.ends_with("nothere") {
            assert!(tasks.iter().any(
                |t| t["stopCode"] == "TaskFailedToStart" && t["containers"][0].get("exitCode").is_none()
            ));
        }
    }
}

#[test]
fn a_failed_deployment_without_rollback_stops_and_stays() {
    let mut bench = Bench::new("fem");
    bench.ecs(
        "UpdateService",
        json!({ "cluster": "prod", "service": "prod-service", "deploymentConfiguration": {
        "deploymentCircuitBreaker": { "enable": true, "rollback": false },
    } }),
    );
    bench.deploy("prod", "prod-service", "fem-fd-service:a06e5f1");
    let seen = bench.watch("prod", "prod-service", 900.0);
    assert_eq!(seen.last().map(String::as_str), Some("STOPPED"), "{seen:?}");
    bench.pass(120.0);
    let service = bench.service("prod", "prod-service");
    assert_eq!(primary(&service)["rolloutState"], "FAILED");
    assert_eq!(service["deployments"].as_array().unwrap().len(), 2, "the old tasks still serve");
    assert_eq!(service["runningCount"], 4);
    // A person puts the old revision back.
    let old = service["deployments"][1]["taskDefinition"].clone();
    bench
        .ecs("UpdateService", json!({ "cluster": "prod", "service": "prod-service", "taskDefinition": old }));
    assert_eq!(bench.watch("prod", "prod-service", 900.0).last().map(String::as_str), Some("SUCCESSFUL"));
}

#[test]
fn a_newer_deployment_takes_over() {
    let mut bench = Bench::new("fem");
    bench.deploy("prod", "prod-service", "fem-fd-service:8be02d4");
    bench.pass(40.0);
    let first = bench.deployment("prod", "prod-service");
    let second = bench.deploy("prod", "prod-service", "fem-fd-service:e7b41d2");
    let arn = first["serviceDeploymentArn"].clone();
    let found = bench.ecs("DescribeServiceDeployments", json!({ "serviceDeploymentArns": [arn] }));
    let superseded = &found["serviceDeployments"][0];
    assert_eq!(superseded["status"], "STOPPED");
    assert!(superseded["statusReason"].as_str().unwrap().contains("newer"));
    assert_eq!(bench.watch("prod", "prod-service", 900.0).last().map(String::as_str), Some("SUCCESSFUL"));
    assert_eq!(bench.service("prod", "prod-service")["taskDefinition"], second);
}

#[test]
fn a_deployment_is_stopped_by_hand() {
    for (kind, want) in [("ROLLBACK", "ROLLBACK_SUCCESSFUL"), ("ABORT", "STOPPED")] {
        let mut bench = Bench::new("fem");
        let before = bench.service("prod", "prod-service")["taskDefinition"].clone();
        bench.deploy("prod", "prod-service", "fem-fd-service:8be02d4");
        bench.pass(50.0);
        let arn = bench.deployment("prod", "prod-service")["serviceDeploymentArn"].clone();
        bench.ecs("StopServiceDeployment", json!({ "serviceDeploymentArn": arn, "stopType": kind }));
        let now = bench.deployment("prod", "prod-service")["status"].clone();
        assert_eq!(now, if kind == "ABORT" { "STOP_REQUESTED" } else { "ROLLBACK_REQUESTED" });
        bench.ecs("StopServiceDeployment", json!({ "serviceDeploymentArn": arn }));
        assert_eq!(
            bench.deployment("prod", "prod-service")["status"],
            now,
            "it goes on as it was asked first"
        );
        assert_eq!(bench.watch("prod", "prod-service", 900.0).last().map(String::as_str), Some(want));
        if kind == "ROLLBACK" {
            bench.pass(30.0);
            let service = bench.service("prod", "prod-service");
            assert_eq!(service["taskDefinition"], before);
            assert_eq!(service["runningCount"], 4);
        }
    }
    let mut bench = Bench::new("fem");
    let arn = bench.deployment("prod", "prod-service")["serviceDeploymentArn"].as_str().unwrap().to_owned();
    assert_eq!(
        bench.refused("StopServiceDeployment", json!({ "serviceDeploymentArn": arn })),
        "ConflictException"
    );
    let none = format!("{arn}x");
    assert_eq!(
        bench.refused("StopServiceDeployment", json!({ "serviceDeploymentArn": none })),
        "ServiceDeploymentNotFoundException"
    );
}

#[test]
fn scaling_deploys_nothing() {
    let mut bench = Bench::new("fem");
    let before = bench.deployment("prod", "prod-service")["serviceDeploymentArn"].clone();
    for count in [7, 2, 0, 3] {
        bench.ecs(
            "UpdateService",
            json!({ "cluster": "prod", "service": "prod-service", "desiredCount": count }),
        );
        bench.pass(120.0);
        let service = bench.service("prod", "prod-service");
        assert_eq!(
            (service["desiredCount"].as_u64(), service["runningCount"].as_u64()),
            (Some(count), Some(count))
        );
    }
    assert_eq!(bench.deployment("prod", "prod-service")["serviceDeploymentArn"], before);
}

#[test]
fn a_forced_deployment_resolves_the_tag_again() {
    let mut bench = Bench::new("fem");
    let digest = |bench: &mut Bench| {
        let arn = bench.deployment("prod", "prod-admin")["targetServiceRevision"]["arn"].clone();
        let found = bench.ecs("DescribeServiceRevisions", json!({ "serviceRevisionArns": [arn] }));
        found["serviceRevisions"][0]["containerImages"][0]["imageDigest"].as_str().unwrap().to_owned()
    };
    let before = digest(&mut bench);
    let ecr = crate::sim::api::Aws::Ecr;
    let image = bench
        .call(
            ecr,
            "BatchGetImage",
            json!({ "repositoryName": "fem-fd-service", "imageIds": [{ "imageTag": commit("8be02d4") }] }),
        )
        .unwrap();
    let manifest = image["images"][0]["imageManifest"].clone();
    let put = json!({ "repositoryName": "fem-fd-service", "imageManifest": manifest, "imageTag": "prod" });
    bench.call(ecr, "PutImage", put.clone()).unwrap();
    assert_eq!(bench.call(ecr, "PutImage", put).unwrap_err().code, "ImageAlreadyExistsException");
    assert_eq!(digest(&mut bench), before, "nothing deploys by itself");
    bench.ecs(
        "UpdateService",
        json!({ "cluster": "prod", "service": "prod-admin", "forceNewDeployment": true }),
    );
    bench.watch("prod", "prod-admin", 600.0);
    assert_eq!(digest(&mut bench), image["images"][0]["imageId"]["imageDigest"].as_str().unwrap());
}

fn migration(bench: &mut Bench, cluster: &str, image: &str, words: &[&str], token: &str) -> Value {
    let service = format!("{cluster}-service");
    let definition = bench.register(cluster, &service, image);
    json!({
        "cluster": cluster, "taskDefinition": definition, "clientToken": token, "startedBy": "tests",
        "launchType": "EC2",
        "overrides": { "containerOverrides": [{ "name": "service", "command": words }] },
    })
}

fn finish(bench: &mut Bench, cluster: &str, arn: &Value) -> Value {
    for _ in 0..60 {
        let found = bench.ecs("DescribeTasks", json!({ "cluster": cluster, "tasks": [arn] }));
        if found["tasks"][0]["lastStatus"] == "STOPPED" {
            return found["tasks"][0].clone();
        }
        assert!(
            found["tasks"][0]["containers"][0].get("exitCode").is_none()
                || found["tasks"][0]["lastStatus"] == "DEPROVISIONING"
        );
        bench.pass(3.0);
    }
    panic!("the task does not end");
}

#[test]
fn a_migration_runs_once() {
    let mut bench = Bench::new("fem");
    let run = migration(
        &mut bench,
        "staging",
        "fem-fd-service:e7b41d2",
        &["goose", "-dir", "migrations", "up"],
        "one",
    );
    let first = bench.ecs("RunTask", run.clone());
    let again = bench.ecs("RunTask", run.clone());
    assert_eq!(first["tasks"][0]["taskArn"], again["tasks"][0]["taskArn"]);
    let mut other = run.clone();
    other["overrides"]["containerOverrides"][0]["command"] = json!(["goose", "-dir", "migrations", "down"]);
    assert_eq!(bench.refused("RunTask", other), "ConflictException");
    let end = finish(&mut bench, "staging", &first["tasks"][0]["taskArn"]);
    assert_eq!(end["containers"][0]["exitCode"], 0);
    assert_eq!(end["stopCode"], "EssentialContainerExited");
    assert_eq!(bench.engine.database_version("staging"), 14);
    let after = |bench: &mut Bench, seconds: f64| {
        bench.pass(seconds);
        bench.ecs("RunTask", run.clone())["tasks"][0]["taskArn"].clone()
    };
    assert_eq!(after(&mut bench, 3_000.0), first["tasks"][0]["taskArn"], "over, and remembered for an hour");
    assert_ne!(after(&mut bench, 900.0), first["tasks"][0]["taskArn"], "forgotten with its task");
    let mut second = run;
    second["clientToken"] = json!("two");
    let second = bench.ecs("RunTask", second);
    assert_ne!(first["tasks"][0]["taskArn"], second["tasks"][0]["taskArn"]);
    assert_eq!(finish(&mut bench, "staging", &second["tasks"][0]["taskArn"])["containers"][0]["exitCode"], 0);
    assert_eq!(bench.engine.database_version("staging"), 14);
}

#[test]
fn a_migration_fails_or_never_starts() {
    let mut bench = Bench::new("fem");
    let up = ["goose", "-dir", "migrations", "up"];
    let run = migration(&mut bench, "prod", "fem-fd-service:5d2ae18", &up, "one");
    let task = bench.ecs("RunTask", run)["tasks"][0]["taskArn"].clone();
    assert_eq!(finish(&mut bench, "prod", &task)["containers"][0]["exitCode"], 1);
    assert_eq!(bench.engine.database_version("prod"), 14, "those before it were applied");
    let run = migration(&mut bench, "prod", "fem-fd-service:5d2ae18", &up, "again");
    let task = bench.ecs("RunTask", run)["tasks"][0]["taskArn"].clone();
    assert_eq!(finish(&mut bench, "prod", &task)["containers"][0]["exitCode"], 1, "it fails every time");
    let run = migration(&mut bench, "prod", "fem-fd-service:nothere", &up, "two");
    let task = bench.ecs("RunTask", run)["tasks"][0]["taskArn"].clone();
    let end = finish(&mut bench, "prod", &task);
    assert!(end["containers"][0].get("exitCode").is_none());
    assert_eq!(end["stopCode"], "TaskFailedToStart");
    assert!(end["stoppedReason"].as_str().unwrap().starts_with("CannotPullContainerError"));
    // An hour later nobody remembers.
    bench.pass(3700.0);
    let gone = bench.ecs("DescribeTasks", json!({ "cluster": "prod", "tasks": [task] }));
    assert_eq!(gone["failures"][0]["reason"], "MISSING");
}

#[test]
fn a_running_task_is_stopped() {
    let mut bench = Bench::new("fem");
    let tasks = bench.ecs("ListTasks", json!({ "cluster": "prod", "serviceName": "prod-service" }));
    let task = tasks["taskArns"][0].clone();
    let told = bench.ecs("StopTask", json!({ "cluster": "prod", "task": task, "reason": "by hand" }));
    assert_eq!(told["task"]["desiredStatus"], "STOPPED");
    bench.pass(60.0);
    let end = bench.ecs("DescribeTasks", json!({ "cluster": "prod", "tasks": [task] }))["tasks"][0].clone();
    assert_eq!(
        (end["stopCode"].as_str(), end["stoppedReason"].as_str()),
        (Some("UserInitiated"), Some("by hand"))
    );
    assert_eq!(end["containers"][0]["exitCode"], 0);
    bench.pass(60.0);
    assert_eq!(bench.service("prod", "prod-service")["runningCount"], 4, "it was replaced");
}

#[test]
fn an_express_service_deploys_as_a_canary() {
    let mut bench = Bench::new("fem");
    let list = bench.ecs("ListServices", json!({ "cluster": "preview", "resourceManagementType": "ECS" }));
    let arn = list["serviceArns"][0].clone();
    assert_eq!(list["serviceArns"].as_array().unwrap().len(), 1);
    let update = |image: &str| json!({ "serviceArn": arn, "primaryContainer": { "image": full(image) } });
    bench.ecs("UpdateExpressGatewayService", update("fem-fd-service:e7b41d2"));
    let mut stages: Vec<(String, f64)> = Vec::new();
    for _ in 0..200 {
        let now = bench.deployment("preview", "preview-service");
        let stage = now["lifecycleStage"].as_str().unwrap().to_owned();
        let weight = now["targetServiceRevision"]["requestedProductionTrafficWeight"].as_f64().unwrap();
        if stages.last().is_none_or(|(last, at)| *last != stage || (*at - weight).abs() > 0.1) {
            stages.push((stage, weight));
        }
        if now["status"] == "SUCCESSFUL" {
            break;
        }
        bench.pass(3.0);
    }
    let names: Vec<&str> = stages.iter().map(|(stage, _)| stage.as_str()).collect();
    for stage in ["SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"] {
        assert!(names.contains(&stage), "{stages:?}");
    }
    assert!(
        stages
            .iter()
            .any(|(stage, weight)| stage == "PRODUCTION_TRAFFIC_SHIFT" && (weight - 5.0).abs() < 0.1)
    );
    let described = bench.ecs("DescribeExpressGatewayService", json!({ "serviceArn": arn }));
    let active = described["service"]["activeConfigurations"].as_array().unwrap();
    assert_eq!(active.len(), 1);
    assert_eq!(active[0]["primaryContainer"]["image"], full("fem-fd-service:e7b41d2"));

    // One that answers with errors is taken back by its alarm.
    bench.ecs("UpdateExpressGatewayService", update("fem-fd-service:b3f6071"));
    assert_eq!(
        bench.watch("preview", "preview-service", 1200.0).last().map(String::as_str),
        Some("ROLLBACK_SUCCESSFUL")
    );
    let done = bench.deployment("preview", "preview-service");
    assert_eq!(done["alarms"]["status"], "TRIGGERED");
}

#[test]
fn limits_and_refusals() {
    let mut bench = Bench::new("fem");
    let many = |n: usize| (0..n).map(|i| format!("s{i}")).collect::<Vec<_>>();
    for (op, input, code) in [
        ("DescribeServices", json!({ "cluster": "prod", "services": many(11) }), "InvalidParameterException"),
        ("DescribeServices", json!({ "cluster": "none", "services": ["x"] }), "ClusterNotFoundException"),
        ("DescribeServices", json!({ "services": ["x"] }), "ClusterNotFoundException"),
        ("DescribeTasks", json!({ "cluster": "prod", "tasks": many(101) }), "InvalidParameterException"),
        ("DescribeClusters", json!({ "clusters": many(101) }), "InvalidParameterException"),
        ("ListServices", json!({ "cluster": "prod", "maxResults": 101 }), "InvalidParameterException"),
        ("ListServices", json!({ "cluster": "prod", "nextToken": "x" }), "InvalidParameterException"),
        ("ListTasks", json!({ "cluster": "prod", "serviceName": "none" }), "ServiceNotFoundException"),
        ("UpdateService", json!({ "cluster": "prod", "service": "none" }), "ServiceNotFoundException"),
        (
            "UpdateService",
            json!({ "cluster": "prod", "service": "prod-service", "taskDefinition": "none:1" }),
            "ClientException",
        ),
        (
            "UpdateService",
            json!({ "cluster": "prod", "service": "prod-search", "forceNewDeployment": true }),
            "InvalidParameterException",
        ),
        ("DescribeTaskDefinition", json!({ "taskDefinition": "none:1" }), "ClientException"),
        (
            "RunTask",
            json!({ "cluster": "prod", "taskDefinition": "prod-worker" }),
            "InvalidParameterException",
        ),
        (
            "RunTask",
            json!({ "cluster": "prod", "taskDefinition": "prod-service", "count": 11 }),
            "InvalidParameterException",
        ),
        ("StopTask", json!({ "cluster": "prod", "task": "0" }), "InvalidParameterException"),
        (
            "DescribeServiceDeployments",
            json!({ "serviceDeploymentArns": many(21) }),
            "InvalidParameterException",
        ),
        ("DescribeServiceRevisions", json!({ "serviceRevisionArns": many(21) }), "InvalidParameterException"),
        ("RegisterTaskDefinition", json!({ "family": "f", "containerDefinitions": [] }), "ClientException"),
        (
            "DescribeExpressGatewayService",
            json!({ "serviceArn": "arn:aws:ecs:us-west-2:111122223333:service/prod/x" }),
            "ResourceNotFoundException",
        ),
        ("DeleteCluster", json!({}), "UnknownOperationException"),
    ] {
        assert_eq!(bench.refused(op, input.clone()), code, "{op} {input}");
    }
    let missing =
        bench.ecs("DescribeServices", json!({ "cluster": "prod", "services": ["prod-service", "none"] }));
    assert_eq!(missing["services"].as_array().unwrap().len(), 1);
    assert_eq!(
        missing["failures"],
        json!([{ "arn": "arn:aws:ecs:us-west-2:111122223333:service/prod/none", "reason": "MISSING" }])
    );
}

#[test]
fn services_are_listed_page_by_page() {
    let mut bench = Bench::new("fleet");
    let mut token = Value::Null;
    let mut found = Vec::new();
    let mut pages = 0;
    loop {
        let answer =
            bench.ecs("ListServices", json!({ "cluster": "env-00", "maxResults": 4, "nextToken": token }));
        pages += 1;
        found.extend(answer["serviceArns"].as_array().unwrap().clone());
        token = answer.get("nextToken").cloned().unwrap_or_default();
        if token.is_null() {
            break;
        }
    }
    assert_eq!((found.len(), pages), (6, 2));
    let usual = Bench::new("fleet").ecs("ListClusters", json!({}));
    assert_eq!(usual["clusterArns"].as_array().unwrap().len(), 10);
}

#[test]
fn the_past_is_there() {
    let mut bench = Bench::new("fem");
    let list = bench.ecs("ListServiceDeployments", json!({ "cluster": "prod", "service": "prod-service" }));
    let statuses: Vec<&str> = list["serviceDeployments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        ["SUCCESSFUL", "SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL"]
    );
    let good = bench.ecs(
        "ListServiceDeployments",
        json!({ "cluster": "prod", "service": "prod-service", "status": ["ROLLBACK_SUCCESSFUL"] }),
    );
    assert_eq!(good["serviceDeployments"].as_array().unwrap().len(), 1);
    let family = bench.ecs("ListTaskDefinitions", json!({ "familyPrefix": "prod-service", "sort": "DESC" }));
    let revisions: Vec<u32> = family["taskDefinitionArns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|arn| arn.as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap())
        .collect();
    assert!(revisions.windows(2).all(|pair| pair[0] > pair[1]), "{revisions:?}");
    let stopped = bench.ecs("ListTasks", json!({ "cluster": "prod", "desiredStatus": "STOPPED" }));
    assert!(!stopped["taskArns"].as_array().unwrap().is_empty());
    let events = messages(&bench.service("prod", "prod-service"));
    assert!(events.len() <= 100 && events.iter().any(|m| m.contains("rolling back to deployment")));
    let service = bench.service("prod", "prod-service");
    let times: Vec<f64> =
        service["events"].as_array().unwrap().iter().map(|e| seconds(&e["createdAt"])).collect();
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "newest first");
}

#[test]
fn alarms_take_a_deployment_back() {
    let mut bench = Bench::new("fem");
    bench.ecs(
        "UpdateService",
        json!({ "cluster": "prod", "service": "prod-service", "deploymentConfiguration": {
        "alarms": { "alarmNames": ["prod-service-5xx"], "enable": true, "rollback": true },
    } }),
    );
    bench.deploy("prod", "prod-service", "fem-fd-service:b3f6071");
    let seen = bench.watch("prod", "prod-service", 1200.0);
    assert_eq!(seen.last().map(String::as_str), Some("ROLLBACK_SUCCESSFUL"), "{seen:?}");
    let done = bench.deployment("prod", "prod-service");
    assert_eq!(done["alarms"]["triggeredAlarmNames"], json!(["prod-service-5xx"]));
    // A good one is watched for a while and stays.
    bench.pass(1200.0);
    bench.deploy("prod", "prod-service", "fem-fd-service:8be02d4");
    bench.pass(200.0);
    assert_eq!(bench.deployment("prod", "prod-service")["lifecycleStage"], "BAKE_TIME");
    assert_eq!(bench.watch("prod", "prod-service", 1200.0).last().map(String::as_str), Some("SUCCESSFUL"));
}

#[test]
fn traffic_shifts_all_at_once_or_in_steps() {
    for (name, more) in [
        ("BLUE_GREEN", json!({})),
        ("LINEAR", json!({ "linearConfiguration": { "stepPercent": 25.0, "stepBakeTimeInMinutes": 1 } })),
        ("CANARY", json!({ "canaryConfiguration": { "canaryPercent": 10.0, "canaryBakeTimeInMinutes": 2 } })),
    ] {
        let mut bench = Bench::new("fem");
        let mut policy = json!({ "strategy": name, "bakeTimeInMinutes": 1 });
        policy.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        bench.ecs(
            "UpdateService",
            json!({ "cluster": "prod", "service": "prod-service", "deploymentConfiguration": policy }),
        );
        bench.deploy("prod", "prod-service", "fem-fd-service:8be02d4");
        assert_eq!(
            bench.watch("prod", "prod-service", 1200.0).last().map(String::as_str),
            Some("SUCCESSFUL"),
            "{name}"
        );
        let told = bench.service("prod", "prod-service")["deploymentConfiguration"].clone();
        assert_eq!(told["strategy"], name);
        // One that never starts is taken back before it sees any traffic.
        bench.deploy("prod", "prod-service", "fem-fd-service:a06e5f1");
        let seen = bench.watch("prod", "prod-service", 1200.0);
        assert_eq!(seen.last().map(String::as_str), Some("ROLLBACK_SUCCESSFUL"), "{name}: {seen:?}");
        bench.pass(60.0);
        assert_eq!(bench.service("prod", "prod-service")["runningCount"], 4);
    }
}

#[test]
fn a_full_environment_starts_no_task() {
    let text = crate::sim::worlds::text("fem").unwrap().replacen(
        "clusters = [\"staging\"]",
        "clusters = [\"staging\"]\nfull = true",
        1,
    );
    let mut bench = Bench::of(crate::sim::world::World::from_toml(&text, "full.toml").unwrap());
    let run = migration(&mut bench, "staging", "fem-fd-service:e7b41d2", &["goose", "up"], "one");
    let answer = bench.ecs("RunTask", run);
    assert!(answer["tasks"].as_array().unwrap().is_empty());
    assert!(answer["failures"][0]["reason"].as_str().unwrap().starts_with("RESOURCE:MEMORY"));
    // on Fargate there is nothing that anybody could look at
    let network = bench.service("staging", "staging-worker")["networkConfiguration"].clone();
    let answer = bench.ecs(
        "RunTask",
        json!({ "cluster": "staging", "taskDefinition": "staging-worker", "launchType": "FARGATE", "networkConfiguration": network }),
    );
    assert!(answer["failures"][0]["reason"].as_str().unwrap().starts_with("Capacity is unavailable"));
}

#[test]
fn a_migration_prints_what_goose_prints() {
    let mut bench = Bench::new("fem");
    let run = migration(
        &mut bench,
        "staging",
        "fem-fd-service:e7b41d2",
        &["goose", "-dir", "migrations", "up"],
        "one",
    );
    let task = bench.ecs("RunTask", run)["tasks"][0]["taskArn"].clone();
    finish(&mut bench, "staging", &task);
    let id = task.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let lines = bench
        .call(crate::sim::api::Aws::Logs, "GetLogEvents", json!({
            "logGroupName": "staging-service", "logStreamName": format!("svc/service/{id}"), "startFromHead": true,
        }))
        .unwrap();
    let lines: Vec<&str> =
        lines["events"].as_array().unwrap().iter().map(|e| e["message"].as_str().unwrap()).collect();
    let [applied @ .., last] = lines.as_slice() else { panic!("nothing was printed") };
    assert!(last.ends_with("goose: successfully migrated database to version: 20251219112204"), "{lines:?}");
    assert!(
        applied.iter().all(|line| line.starts_with("2026/11/21 20:0") && line.contains(" OK   2025")),
        "{lines:?}"
    );
    assert!(
        applied.last().is_some_and(|line| line.contains(" OK   20251219112204_create_invoices.sql (")),
        "{lines:?}"
    );
}

/// The lines that a task printed, without their time.
fn printed(bench: &mut Bench, group: &str, task: &Value) -> Vec<String> {
    let id = task.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let input =
        json!({ "logGroupName": group, "logStreamName": format!("svc/service/{id}"), "startFromHead": true });
    let answer = bench.call(crate::sim::api::Aws::Logs, "GetLogEvents", input).unwrap_or_default();
    let lines = answer["events"].as_array().cloned().unwrap_or_default();
    lines
        .iter()
        .map(|line| line["message"].as_str().unwrap().get(20..).unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn checks_and_the_way_back_print_what_goose_prints() {
    let mut bench = Bench::new("fem");
    let mut go = |verb: &[&str], token: &str| {
        let words: Vec<&str> = ["goose", "-dir", "migrations"].iter().chain(verb).copied().collect();
        let run = migration(&mut bench, "staging", "fem-fd-service:e7b41d2", &words, token);
        let task = bench.ecs("RunTask", run)["tasks"][0]["taskArn"].clone();
        let end = finish(&mut bench, "staging", &task);
        let lines = printed(&mut bench, "staging-service", &task);
        (end["containers"][0]["exitCode"].as_i64(), lines, bench.engine.database_version("staging"))
    };
    let (exit, table, version) = go(&["status"], "1");
    assert_eq!((exit, version), (Some(0), 11));
    let [head, rule, rows @ ..] = table.as_slice() else { panic!("{table:?}") };
    assert_eq!(
        (head.trim(), rule.trim()),
        ("Applied At                  Migration", "=======================================")
    );
    assert_eq!(rows.len(), 14);
    assert_eq!(rows.iter().filter(|row| row.trim_start().starts_with("Pending  ")).count(), 3, "{rows:?}");
    assert!(rows.iter().all(|row| row.find(" -- 2025") == Some(28)), "{rows:?}");
    assert_eq!(go(&["validate"], "2"), (Some(0), vec![], 11));
    assert_eq!(
        (go(&["up"], "3").2, go(&["down"], "4").2, go(&["down-to", "20251014094856"], "5").2),
        (14, 13, 11)
    );
    assert_eq!(go(&["sideways"], "6").0, Some(1));
}

#[test]
fn an_environment_without_a_cluster_migrates_in_another_ones() {
    let mut bench = Bench::new("fem");
    let network = bench.service("staging", "staging-worker")["networkConfiguration"].clone();
    let before = bench.engine.database_version("startup");
    let definition = bench.ecs("DescribeTaskDefinition", json!({ "taskDefinition": "startup-migrate" }));
    let mut new = definition["taskDefinition"].clone();
    new["containerDefinitions"][0]["image"] = json!(full("fem-fd-service:e7b41d2"));
    let registered = bench.ecs("RegisterTaskDefinition", new)["taskDefinition"]["taskDefinitionArn"].clone();
    let run = json!({
        "cluster": "staging", "taskDefinition": registered, "clientToken": "one", "networkConfiguration": network,
        "overrides": { "containerOverrides": [{ "name": "service", "command": ["goose", "-dir", "migrations", "up"] }] },
    });
    let task = bench.ecs("RunTask", run)["tasks"][0]["taskArn"].clone();
    finish(&mut bench, "staging", &task);
    assert_eq!((before, bench.engine.database_version("startup")), (12, 14));
    assert_eq!(bench.engine.database_version("staging"), 11, "another environment's is left alone");
    assert!(
        printed(&mut bench, "startup-migrate", &task)
            .iter()
            .any(|line| line.starts_with("OK   20251128080715_"))
    );
    // A variable of the override says so too.
    let mut run = migration(&mut bench, "staging", "fem-fd-service:e7b41d2", &["goose", "up"], "two");
    run["overrides"]["containerOverrides"][0]["environment"] =
        json!([{ "name": "APP_ENV", "value": "preview" }]);
    let task = bench.ecs("RunTask", run)["tasks"][0]["taskArn"].clone();
    finish(&mut bench, "staging", &task);
    assert_eq!(
        (bench.engine.database_version("preview"), bench.engine.database_version("staging")),
        (14, 11)
    );
}
