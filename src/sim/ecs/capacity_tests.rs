//! EC2 capacity: placement, room that runs out, instances that come, ports and targets.

use serde_json::{Value, json};

use crate::sim::api::Aws;
use crate::sim::testing::Bench;
use crate::sim::world::World;

/// A cluster with two instances of 1,000 MiB, and a service of 300 MiB a task.
fn world(capacity: &str, service: &str) -> Bench {
    let text = format!(
        r#"about = "EC2"
[[account]]
id = "111122223333"
[[environment]]
name = "one"
account = "111122223333"
region = "us-west-2"
clusters = ["main"]
[[capacity]]
name = "nodes"
cluster = "main"
memory = 1000
cpu = 1024
{capacity}
[[repository]]
name = "app"
[[repository.image]]
tags = ["v1", "live"]
pushed = "1h"
[[service]]
cluster = "main"
name = "web"
image = "app:live"
desired = 2
cpu = "128"
memory = "300"
port = 8080
balancer = "public"
parameters = ["DATABASE_URL"]
{service}
usual = {{ cpu = 1.0, memory = 1.0 }}
"#
    );
    Bench::of(World::from_toml(&text, "ec2.toml").unwrap_or_else(|error| panic!("{error}")))
}

fn tasks(bench: &mut Bench) -> Vec<Value> {
    let arns = bench.ecs("ListTasks", json!({ "cluster": "main" }))["taskArns"].clone();
    if arns.as_array().unwrap().is_empty() {
        return Vec::new();
    }
    bench.ecs("DescribeTasks", json!({ "cluster": "main", "tasks": arns }))["tasks"]
        .as_array()
        .unwrap()
        .clone()
}

fn events(bench: &mut Bench) -> Vec<String> {
    let service = bench.service("main", "web");
    let list = service["events"].as_array().unwrap().clone();
    list.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn tasks_on_instances_have_ports_of_their_own_and_no_interface() {
    let mut bench = world("instances = 2", "capacity = \"nodes\"");
    let service = bench.service("main", "web");
    assert_eq!(service["capacityProviderStrategy"][0]["capacityProvider"], "nodes");
    for absent in ["launchType", "networkConfiguration", "platformVersion"] {
        assert!(service.get(absent).is_none(), "{absent}: {service}");
    }
    let definition =
        bench.ecs("DescribeTaskDefinition", json!({ "taskDefinition": "web" }))["taskDefinition"].clone();
    assert_eq!(definition["networkMode"], "bridge");
    let main = &definition["containerDefinitions"][0];
    assert_eq!(main["portMappings"][0], json!({ "containerPort": 8080, "hostPort": 0, "protocol": "tcp" }));
    assert_eq!(
        main["secrets"][0]["valueFrom"],
        "arn:aws:ssm:us-west-2:111122223333:parameter/one/database-url"
    );
    let found = tasks(&mut bench);
    assert_eq!(found.len(), 2);
    let mut places = Vec::new();
    for task in &found {
        assert_eq!((&task["launchType"], &task["capacityProviderName"]), (&json!("EC2"), &json!("nodes")));
        assert_eq!((&task["attachments"], &task["memory"]), (&json!([]), &json!("300")));
        let binding = &task["containers"][0]["networkBindings"][0];
        assert!(binding["hostPort"].as_u64().unwrap() >= 32768, "{binding}");
        places.push((task["containerInstanceArn"].clone(), binding["hostPort"].clone()));
    }
    assert_ne!(places[0].0, places[1].0, "spread over the instances");
    let arns: Vec<&Value> = places.iter().map(|(arn, _)| arn).collect();
    let instances =
        bench.ecs("DescribeContainerInstances", json!({ "cluster": "main", "containerInstances": arns }));
    let group = service["loadBalancers"][0]["targetGroupArn"].clone();
    let health = bench.call(Aws::Elb, "DescribeTargetHealth", json!({ "TargetGroupArn": group })).unwrap();
    for (place, (_, port)) in places.iter().enumerate() {
        let instance = &instances["containerInstances"][place];
        assert_eq!(instance["remainingResources"][1]["integerValue"], 700);
        let reached = health["TargetHealthDescriptions"].as_array().unwrap().iter().any(|target| {
            target["Target"]["Id"] == instance["ec2InstanceId"] && target["Target"]["Port"] == *port
        });
        assert!(reached, "{health}");
    }
    assert_eq!(
        bench.call(Aws::Elb, "DescribeTargetGroups", json!({})).unwrap()["TargetGroups"][0]["TargetType"],
        "instance"
    );
}

#[test]
fn one_off_tasks_find_room_or_are_told_what_lacks() {
    let mut bench = world("instances = 2", "capacity = \"nodes\"");
    let run = |more: Value| {
        let mut input = json!({ "cluster": "main", "taskDefinition": "web", "launchType": "EC2" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let answer = bench.ecs("RunTask", run(json!({})));
    let task = &answer["tasks"][0];
    assert_eq!((&task["lastStatus"], &task["launchType"]), (&json!("PENDING"), &json!("EC2")));
    assert!(task["containerInstanceArn"].is_string() && task.get("capacityProviderName").is_none());
    let network = json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-1"] } } });
    assert_eq!(bench.refused("RunTask", run(network)), "InvalidParameterException");
    assert_eq!(
        bench.refused(
            "RunTask",
            json!({ "cluster": "main", "taskDefinition": "web", "launchType": "FARGATE" })
        ),
        "InvalidParameterException"
    );
    for _ in 0..3 {
        assert_eq!(bench.ecs("RunTask", run(json!({})))["failures"], json!([]));
    }
    // 6 × 300 of 2 × 1000: none of the two has 300 left
    let answer = bench.ecs("RunTask", run(json!({})));
    assert_eq!(answer["tasks"], json!([]));
    for failure in answer["failures"].as_array().unwrap() {
        assert_eq!(failure["reason"], "RESOURCE:MEMORY");
        assert!(failure["arn"].as_str().unwrap().contains(":container-instance/main/"), "{failure}");
    }
}

#[test]
fn without_managed_scaling_a_service_says_that_it_found_no_room() {
    for launch in ["capacity = \"nodes\"", "launch = \"EC2\""] {
        let mut bench = world("instances = 1\nmanaged = false", launch);
        bench.ecs("UpdateService", json!({ "cluster": "main", "service": "web", "desiredCount": 5 }));
        bench.pass(400.0);
        assert_eq!(tasks(&mut bench).len(), 3, "three of 300 fit into 1,000");
        let told = events(&mut bench);
        let waits = |event: &&String| {
            event.starts_with("(service web) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance ")
                && event.contains("has insufficient memory available.")
        };
        let number = told.iter().filter(waits).count();
        assert!((2..=8).contains(&number), "{number}: {told:?}");
    }
}

#[test]
fn with_managed_scaling_a_task_waits_until_an_instance_comes_or_its_patience_ends() {
    let mut bench = world("instances = 1\nmost = 2", "capacity = \"nodes\"");
    bench.ecs("UpdateService", json!({ "cluster": "main", "service": "web", "desiredCount": 5 }));
    bench.pass(60.0);
    let waiting = |tasks: &[Value]| tasks.iter().filter(|t| t["lastStatus"] == "PROVISIONING").count();
    let found = tasks(&mut bench);
    assert_eq!((found.len(), waiting(&found)), (5, 2));
    assert!(found.iter().any(|task| task.get("containerInstanceArn").is_none()));
    bench.pass(300.0);
    let found = tasks(&mut bench);
    assert_eq!((found.len(), waiting(&found)), (5, 0));
    let clusters = bench.ecs("DescribeClusters", json!({ "clusters": ["main"] }));
    assert_eq!(clusters["clusters"][0]["registeredContainerInstancesCount"], 2);

    let mut bench = world("instances = 1", "capacity = \"nodes\"");
    bench.ecs("RunTask", json!({ "cluster": "main", "taskDefinition": "web" }));
    bench.pass(30.0);
    let late =
        bench.ecs("RunTask", json!({ "cluster": "main", "taskDefinition": "web" }))["tasks"][0].clone();
    assert_eq!(late["lastStatus"], "PROVISIONING");
    let mut stopped = Value::Null;
    for _ in 0..80 {
        bench.pass(15.0);
        stopped =
            bench.ecs("DescribeTasks", json!({ "cluster": "main", "tasks": [late["taskArn"]] }))["tasks"][0]
                .clone();
        if stopped["lastStatus"] == "STOPPED" {
            break;
        }
    }
    assert_eq!(stopped["stopCode"], "TaskFailedToStart");
    assert_eq!(stopped["stoppedReason"], "TaskFailedToStart: RESOURCE:MEMORY");
    assert!(stopped.get("startedAt").is_none() && stopped["containers"][0].get("exitCode").is_none());
}

#[test]
fn a_port_by_its_number_is_on_an_instance_once() {
    let mut bench = world(
        "instances = 2\nmanaged = false",
        "capacity = \"nodes\"\nhost_port = 8080\nmaximum_percent = 100\nminimum_healthy_percent = 50",
    );
    let found = tasks(&mut bench);
    assert_eq!(found.len(), 2);
    bench.ecs("UpdateService", json!({ "cluster": "main", "service": "web", "desiredCount": 3 }));
    bench.pass(120.0);
    assert_eq!(tasks(&mut bench).len(), 2);
    assert!(events(&mut bench)[0].contains("is already using a port required by your task"));
    let instance = found[0]["containerInstanceArn"].clone();
    let described = bench
        .ecs("DescribeContainerInstances", json!({ "cluster": "main", "containerInstances": [instance] }));
    let ports = described["containerInstances"][0]["remainingResources"][2]["stringSetValue"].clone();
    assert!(ports.as_array().unwrap().contains(&json!("8080")), "{ports}");
}
