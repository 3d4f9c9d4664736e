use proptest::prelude::*;
use serde_json::{Value, json};

use super::Engine;
use crate::sim::api::{Aws, Backend, Call, Landscape, Subject};
use crate::sim::testing::{Bench, START};
use crate::sim::world::World;

/// Everything that ECS tells of a cluster.
fn everything(bench: &mut Bench, cluster: &str) -> Vec<Value> {
    let services =
        bench.ecs("ListServices", json!({ "cluster": cluster, "maxResults": 100 }))["serviceArns"].clone();
    let mut all = Vec::new();
    for some in services.as_array().unwrap().chunks(10) {
        all.push(bench.ecs("DescribeServices", json!({ "cluster": cluster, "services": some })));
    }
    for status in ["RUNNING", "STOPPED"] {
        let tasks =
            bench.ecs("ListTasks", json!({ "cluster": cluster, "desiredStatus": status }))["taskArns"]
                .clone();
        all.push(bench.ecs("DescribeTasks", json!({ "cluster": cluster, "tasks": tasks })));
    }
    all
}

#[test]
fn the_same_calls_get_the_same_answers() {
    let run = || {
        let mut bench = Bench::new("fem");
        bench.deploy("prod", "prod-service", "fem-fd-service:c90f3ad");
        let mut answers = Vec::new();
        for _ in 0..20 {
            bench.pass(17.0);
            answers.extend(everything(&mut bench, "prod"));
        }
        answers
    };
    assert_eq!(run(), run());
}

#[test]
fn looking_more_often_changes_nothing() {
    let mut often = Bench::new("incident");
    let mut once = Bench::new("incident");
    for _ in 0..600 {
        often.pass(1.0);
    }
    once.pass(600.0);
    assert_eq!(everything(&mut often, "prod"), everything(&mut once, "prod"));
}

#[test]
fn another_seed_is_another_world() {
    let make = |seed| {
        let mut engine = Engine::new(World::named("fem", None).unwrap(), seed, START);
        engine
            .handle(&Call {
                account: "111122223333".to_owned(),
                caller: String::new(),
                region: "us-west-2".to_owned(),
                service: Aws::Ecs,
                op: "ListTasks".to_owned(),
                input: json!({ "cluster": "prod" }),
                now: START,
            })
            .unwrap()
    };
    assert_ne!(make(1), make(2));
    assert_eq!(make(3), make(3));
}

fn prod_service(engine: &Engine) -> Subject {
    engine
        .subjects("111122223333", "us-west-2")
        .into_iter()
        .find(|subject| matches!(subject, Subject::Ecs { service, .. } if service == "prod-service"))
        .unwrap()
}

#[test]
fn the_incident_is_under_way_and_gets_worse() {
    let mut bench = Bench::new("incident");
    let service = bench.service("prod", "prod-service");
    assert_eq!(service["deployments"].as_array().unwrap().len(), 2, "{service}");
    let subject = prod_service(&bench.engine);
    let errors = |bench: &Bench| {
        bench.engine.conditions("111122223333", "us-west-2", &subject, bench.now).unwrap().error_ratio
    };
    let early = errors(&bench);
    bench.pass(120.0);
    let later = errors(&bench);
    assert!(early < later && later > 0.08, "{early} then {later}");
    bench.pass(400.0);
    let stopped = bench.ecs(
        "ListTasks",
        json!({ "cluster": "prod", "serviceName": "prod-service", "desiredStatus": "STOPPED" }),
    );
    let tasks = bench.ecs("DescribeTasks", json!({ "cluster": "prod", "tasks": stopped["taskArns"] }));
    assert!(tasks["tasks"].as_array().unwrap().iter().any(|t| t["containers"][0]["exitCode"] == 137));
    // A person rolls back, and it helps.
    let list = bench.ecs(
        "ListServiceDeployments",
        json!({ "cluster": "prod", "service": "prod-service", "status": ["SUCCESSFUL"] }),
    );
    let before = list["serviceDeployments"]
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["createdAt"]["$timestamp"].as_f64().unwrap() < START - 3600.0)
        .unwrap()["targetServiceRevisionArn"]
        .clone();
    let revision = bench.ecs("DescribeServiceRevisions", json!({ "serviceRevisionArns": [before] }));
    let definition = revision["serviceRevisions"][0]["taskDefinition"].clone();
    bench.ecs(
        "UpdateService",
        json!({ "cluster": "prod", "service": "prod-service", "taskDefinition": definition }),
    );
    assert_eq!(bench.watch("prod", "prod-service", 900.0).last().map(String::as_str), Some("SUCCESSFUL"));
    assert!(errors(&bench) < 0.001);
}

#[test]
fn metrics_follow_the_past() {
    let bench = Bench::new("fem");
    let at = |moment: f64, name: &str| {
        let subjects = bench.engine.subjects("111122223333", "us-west-2");
        let subject = subjects
            .iter()
            .find(|s| match s {
                Subject::Ecs { service, .. } => service == name,
                Subject::AppRunner { name: own, .. } => own == name,
                Subject::Database { id, .. } => id == name,
            })
            .unwrap();
        bench.engine.conditions("111122223333", "us-west-2", subject, moment)
    };
    let calm = at(START - 7200.0, "staging-service").unwrap();
    let rolling = at(START - 3600.0 + 40.0, "staging-service").unwrap();
    assert!(
        (calm.running - 2.0).abs() < 0.1 && (rolling.running - 4.0).abs() < 0.1,
        "the deployment an hour ago"
    );
    assert_eq!(at(START - 500.0 * 86_400.0, "staging-service"), None, "it did not exist");
    assert_eq!(at(START + 60.0, "staging-service"), None, "the future is unknown");
    assert!(at(START - 60.0, "fem-fd-service").is_some() && at(START - 60.0, "fem-prod").is_some());
}

#[test]
fn target_groups_show_their_tasks() {
    let mut bench = Bench::new("fem");
    bench.deploy("prod", "prod-service", "fem-fd-service:c90f3ad");
    bench.pass(55.0);
    let groups = bench.engine.target_groups("111122223333", "us-west-2");
    let group = groups.iter().find(|g| g.name == "prod-service").unwrap();
    assert!(group.targets.iter().filter(|t| t.state == "healthy").count() >= 4);
    assert!(
        group
            .targets
            .iter()
            .any(|t| t.state == "unhealthy" && t.description.as_deref().is_some_and(|d| d.contains("502")))
    );
    assert_eq!(group.port, 8080);
}

#[test]
fn calls_are_placed_in_their_environment() {
    let bench = Bench::new("fem");
    let place = |service: Aws, input: Value| {
        bench.engine.environment_of(&Call {
            account: "111122223333".to_owned(),
            caller: String::new(),
            region: "us-west-2".to_owned(),
            service,
            op: "Any".to_owned(),
            input,
            now: START,
        })
    };
    let arn = "arn:aws:ecs:us-west-2:111122223333:service/staging/staging-service";
    assert_eq!(place(Aws::Ecs, json!({ "cluster": "prod" })).as_deref(), Some("prod"));
    assert_eq!(place(Aws::Ecs, json!({ "serviceArn": arn })).as_deref(), Some("staging"));
    assert_eq!(place(Aws::Logs, json!({ "logGroupName": "prod-service" })).as_deref(), Some("prod"));
    let dimensions = json!({ "Dimensions": [{ "Name": "ClusterName", "Value": "preview" }] });
    assert_eq!(place(Aws::CloudWatch, dimensions).as_deref(), Some("preview"));
    assert_eq!(place(Aws::Ecs, json!({})), None, "four environments share the account");
    assert_eq!(bench.engine.account_of("AKIAFEMPROD000000001"), "111122223333");
    assert_eq!(bench.engine.account_of("whatever"), "111122223333");
}

#[test]
fn ten_thousand_services_at_rest_cost_little() {
    let world = World::named("fleet", Some(10_000)).unwrap();
    let mut bench = Bench::of(world);
    assert_eq!(bench.engine.services.len(), 10_000);
    bench.pass(3600.0);
    let tasks = bench.engine.tasks.len();
    assert!((10_000..40_000).contains(&tasks), "{tasks}");
}

#[derive(Debug, Clone)]
enum Act {
    Deploy(usize),
    Scale(u32),
    Stop(bool),
    Kill,
    Wait(u32),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0_usize..5).prop_map(Act::Deploy),
        (0_u32..9).prop_map(Act::Scale),
        any::<bool>().prop_map(Act::Stop),
        Just(Act::Kill),
        (1_u32..120).prop_map(Act::Wait),
        (1_u32..120).prop_map(Act::Wait),
    ]
}

const IMAGES: [&str; 5] = ["e7b41d2", "c90f3ad", "a06e5f1", "8be02d4", "nothere"];

#[derive(Debug, Clone)]
enum Shift {
    Deploy(usize),
    Scale(u32),
    Stop(bool),
    Decide(bool),
    Wait(u32),
}

fn shift_act() -> impl Strategy<Value = Shift> {
    prop_oneof![
        (0_usize..4).prop_map(Shift::Deploy),
        (0_usize..4).prop_map(Shift::Deploy),
        (1_u32..5).prop_map(Shift::Scale),
        any::<bool>().prop_map(Shift::Stop),
        any::<bool>().prop_map(Shift::Decide),
        (1_u32..200).prop_map(Shift::Wait),
        (1_u32..200).prop_map(Shift::Wait),
    ]
}

const ROLLOUT_IMAGES: [&str; 4] = ["good", "errors", "crash", "unhealthy"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever people do: never more tasks than allowed, and it always ends.
    #[test]
    fn counts_stay_within_bounds_and_it_ends(
        acts in proptest::collection::vec(act(), 1..12),
        (maximum, minimum) in prop_oneof![Just((200_u32, 100_u32)), Just((150, 50)), Just((125, 75)), Just((100, 50))],
    ) {
        let mut bench = Bench::new("fem");
        let (cluster, name) = ("prod", "prod-service");
        bench.ecs("UpdateService", json!({ "cluster": cluster, "service": name, "deploymentConfiguration": {
            "maximumPercent": maximum, "minimumHealthyPercent": minimum,
            "deploymentCircuitBreaker": { "enable": true, "rollback": true },
        } }));
        let mut most = 4;
        let check = |bench: &mut Bench, most: &mut u32| {
            let service = bench.service(cluster, name);
            let number = |key: &str| u32::try_from(service[key].as_u64().unwrap()).unwrap();
            let (desired, live) = (number("desiredCount"), number("runningCount") + number("pendingCount"));
            // After scaling down, what is too much is on its way out at once.
            *most = desired.max(1);
            let allowed = (*most * maximum / 100).max(1);
            assert!(live <= allowed, "{live} tasks with {desired} wanted and {maximum} % allowed");
            let in_deployments: u64 = service["deployments"].as_array().unwrap().iter()
                .map(|d| d["runningCount"].as_u64().unwrap()).sum();
            assert_eq!(in_deployments, u64::from(number("runningCount")));
        };
        for act in acts {
            match act {
                Act::Deploy(image) => {
                    let image = IMAGES.get(image).copied().unwrap_or("e7b41d2");
                    bench.deploy(cluster, name, &format!("fem-fd-service:{image}"));
                }
                Act::Scale(count) => {
                    bench.ecs("UpdateService", json!({ "cluster": cluster, "service": name, "desiredCount": count }));
                }
                Act::Stop(rollback) => {
                    let arn = bench.deployment(cluster, name)["serviceDeploymentArn"].clone();
                    let kind = if rollback { "ROLLBACK" } else { "ABORT" };
                    let _ = bench.call(Aws::Ecs, "StopServiceDeployment", json!({ "serviceDeploymentArn": arn, "stopType": kind }));
                }
                Act::Kill => {
                    let tasks = bench.ecs("ListTasks", json!({ "cluster": cluster, "serviceName": name }));
                    if let Some(task) = tasks["taskArns"].get(0) {
                        bench.ecs("StopTask", json!({ "cluster": cluster, "task": task }));
                    }
                }
                Act::Wait(seconds) => bench.pass(f64::from(seconds)),
            }
            check(&mut bench, &mut most);
        }
        let mut ended = false;
        for _ in 0..200 {
            bench.pass(10.0);
            check(&mut bench, &mut most);
            let service = bench.service(cluster, name);
            let state = service["deployments"][0]["rolloutState"].as_str().unwrap().to_owned();
            let status = bench.deployment(cluster, name)["status"].as_str().unwrap().to_owned();
            let over = ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"].contains(&status.as_str());
            // What was put in place with no task at all may crash once there are some, and nothing is deployed then.
            let crashes = service["deployments"][0]["failedTasks"].as_u64().unwrap() > 0;
            let whole = service["runningCount"] == service["desiredCount"];
            if over && state != "IN_PROGRESS" && (state == "FAILED" || whole || crashes) {
                ended = true;
                break;
            }
        }
        prop_assert!(ended, "the deployment never ends: {}", bench.service(cluster, name));
    }

    /// The same where traffic shifts and hooks pause: somebody always answers, and it always ends.
    #[test]
    fn shifting_deployments_end_and_answer_all_traffic(
        service in prop_oneof![Just("blue-green-pause"), Just("linear"), Just("canary")],
        acts in proptest::collection::vec(shift_act(), 1..10),
    ) {
        let mut bench = Bench::new("rollouts");
        let cluster = "rollouts";
        let check = |bench: &mut Bench| {
            let rollouts = &bench.engine.service(bench.engine.find_service(cluster, service).unwrap()).unwrap().rollouts;
            let weight: f64 = rollouts.iter().map(|rollout| rollout.weight).sum();
            assert!((weight - 100.0).abs() < 1e-6, "{weight} % of the traffic is answered: {rollouts:?}");
            let told = bench.service(cluster, service);
            let number = |key: &str| told[key].as_u64().unwrap();
            // deployments that follow each other at once leave tasks behind that are still drained
            assert!(number("runningCount") + number("pendingCount") <= 5 * number("desiredCount").max(4), "{told}");
        };
        for act in acts {
            match act {
                Shift::Deploy(image) => {
                    bench.deploy(cluster, service, &format!("app:{}", ROLLOUT_IMAGES.get(image).copied().unwrap_or("good")));
                }
                Shift::Scale(count) => {
                    bench.ecs("UpdateService", json!({ "cluster": cluster, "service": service, "desiredCount": count }));
                }
                Shift::Stop(rollback) => {
                    let arn = bench.deployment(cluster, service)["serviceDeploymentArn"].clone();
                    let kind = if rollback { "ROLLBACK" } else { "ABORT" };
                    let _ = bench.call(Aws::Ecs, "StopServiceDeployment", json!({ "serviceDeploymentArn": arn, "stopType": kind }));
                }
                Shift::Decide(go_on) => {
                    let deployment = bench.deployment(cluster, service);
                    let hooks = deployment["lifecycleHookDetails"].as_array().cloned().unwrap_or_default();
                    if let Some(hook) = hooks.last() {
                        let _ = bench.call(Aws::Ecs, "ContinueServiceDeployment", json!({
                            "serviceDeploymentArn": deployment["serviceDeploymentArn"], "hookId": hook["hookId"],
                            "action": if go_on { "CONTINUE" } else { "ROLLBACK" },
                        }));
                    }
                }
                Shift::Wait(seconds) => bench.pass(f64::from(seconds)),
            }
            check(&mut bench);
        }
        let mut ended = false;
        for _ in 0..400 {
            bench.pass(10.0);
            check(&mut bench);
            let told = bench.service(cluster, service);
            let deployment = bench.deployment(cluster, service);
            let over = deployment.get("finishedAt").is_some();
            // one that was given up starts no tasks any more, whatever is wanted
            if over && (deployment["status"] == "STOPPED" || told["runningCount"] == told["desiredCount"]) {
                ended = true;
                break;
            }
        }
        prop_assert!(ended, "it never ends: {}", bench.deployment(cluster, service));
    }
}
