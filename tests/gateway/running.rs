//! What runs: deployments or task sets, what cannot be described, and what nobody tells.
//!
//! `shapes/` holds answers as AWS gave them or documents them, with other names.

use crate::support::{ACCOUNT, Server, ask, key, revision, service};
use flightdeck::{
    model::{Answer, Ask, Controller, ServiceState, Stamp, TroubleKind},
    sim::api::{Answer as Sent, Fault},
};
use serde_json::{Value, json};

fn shape(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// In the cluster that is asked.
fn code_deploy() -> Value {
    shape(&include_str!("shapes/code-deploy-service.json").replace("shop-prod", "prod"))
}

fn external() -> Value {
    shape(include_str!("shapes/external-service.json"))
}

fn task_set() -> Value {
    shape(include_str!("shapes/external-task-set.json"))
}

fn definition(input: &Value) -> Value {
    json!({"taskDefinition": {
        "taskDefinitionArn": input["taskDefinition"], "family": "shop", "revision": 2, "networkMode": "awsvpc",
        "containerDefinitions": [{"name": "sample-app", "image": "shop/api:3.1.4", "essential": true}]
    }})
}

/// A cluster of the one service in `described`, as AWS tells it.
fn lone(described: &Value, name: &str, input: &Value) -> Sent {
    match name {
        "ecs.ListServices" if input.get("resourceManagementType").is_some() => Ok(json!({"serviceArns": []})),
        "ecs.ListServices" => Ok(json!({"serviceArns": [described["services"][0]["serviceArn"]]})),
        "ecs.DescribeServices" => Ok(described.clone()),
        "ecs.DescribeTaskDefinition" => Ok(definition(input)),
        "ecs.ListServiceDeployments" => Err(Fault::client(
            "UnsupportedFeatureException",
            "The feature is not supported for services of this controller.",
        )),
        "ecs.ListTasks" => Ok(json!({"taskArns": []})),
        other => Err(Fault::client("AccessDeniedException", format!("{other} is not allowed"))),
    }
}

async fn row_of(server: &Server) -> (flightdeck::model::Service, usize) {
    let (answer, rows) = ask(&server.client(), Ask::Fleet).await;
    let Ok(Answer::FleetDone { gaps, .. }) = answer else { panic!("{answer:?}") };
    (rows.into_iter().rfind(|row| row.seen_at > Stamp(0)).unwrap(), gaps.len())
}

#[tokio::test]
async fn a_recorded_service_of_code_deploy_is_told_by_its_task_set() {
    let server = Server::start(|name, input| lone(&code_deploy(), name, input)).await;
    let (row, gaps) = row_of(&server).await;
    assert_eq!(gaps, 0);
    assert_eq!((row.state, row.note.as_str()), (ServiceState::Steady, ""));
    assert_eq!((row.running, row.desired, row.controller), (Some(1), Some(1), Controller::CodeDeploy));
    assert_eq!((row.revision.as_str(), row.version.short().as_str()), ("shop-api:2", "3.1.4"));
    assert_eq!(row.deployed_at.map(Stamp::secs), Some(1_710_272_964));
    assert_eq!(row.sort_word(), "codedeploy");
}

#[tokio::test]
async fn two_task_sets_of_code_deploy_are_a_shift() {
    let mut described = code_deploy();
    let mut green = described["services"][0]["taskSets"][0].clone();
    green["id"] = json!("ecs-svc/77");
    green["status"] = json!("ACTIVE");
    green["taskDefinition"] = json!("arn:aws:ecs:us-east-1:111122223333:task-definition/shop-api:3");
    green["createdAt"] = json!(1_710_280_000.0);
    green["externalId"] = json!("d-ABCDEF123");
    described["services"][0]["taskSets"].as_array_mut().unwrap().push(green);
    described["services"][0]["runningCount"] = json!(2);
    let server = Server::start(move |name, input| lone(&described, name, input)).await;
    let (row, _) = row_of(&server).await;
    assert_eq!(row.state, ServiceState::Rolling);
    assert_eq!(row.note, "AWS CodeDeploy: shop-api:3 beside shop-api:2, which has the traffic");
    assert_eq!((row.revision.as_str(), row.running), ("shop-api:2", Some(2)), "PRIMARY is what serves");
    assert_eq!(row.rollout.unwrap().started_at.map(Stamp::secs), Some(1_710_280_000));
}

#[tokio::test]
async fn the_task_sets_of_an_external_controller_are_asked_for() {
    let server = Server::start(|name, input| match name {
        "ecs.DescribeTaskSets" => Ok(json!({"taskSets": [task_set()], "failures": []})),
        other => lone(&external(), other, input),
    })
    .await;
    let (row, gaps) = row_of(&server).await;
    assert_eq!(gaps, 0);
    assert_eq!((row.state, row.controller), (ServiceState::Steady, Controller::External));
    assert_eq!((row.running, row.desired), (Some(1), Some(1)), "the service itself counts no task");
    assert_eq!((row.revision.as_str(), row.version.short().as_str()), ("shop:2", "3.1.4"));
    let (answer, _) = ask(&server.client(), Ask::Detail(key("shop"))).await;
    let Ok(Answer::Detail(detail)) = answer else { panic!("{answer:?}") };
    assert_eq!(detail.network.unwrap().subnets, ["subnet-000000a0"], "a one-off task runs where they do");
    assert_eq!(detail.launch_type, "EC2");
    assert_eq!(detail.task_definition.unwrap().revision, 2);
    let config = |name: &str| detail.config.iter().find(|c| c.1 == name).map(|c| c.2.as_str());
    assert_eq!(config("deployed by"), Some("a controller of its own"));
    assert_eq!(config("task set primary"), Some("shop:2, 1 of 1 run, 100 % of the tasks, steady state"));
    assert!(!detail.history_known);
    assert!(detail.gaps.iter().all(|gap| gap.kind != TroubleKind::Inapplicable), "{:?}", detail.gaps);
}

#[tokio::test]
async fn task_sets_that_cannot_be_read_are_no_service_that_stands_still() {
    let server = Server::start(|name, input| lone(&external(), name, input)).await;
    let (row, gaps) = row_of(&server).await;
    assert_eq!((row.state, row.running, gaps), (ServiceState::Unknown, None, 1));
    assert_eq!(row.note, "its task sets could not be read");
}

fn names(input: &Value, member: &str) -> Vec<String> {
    input[member].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

fn arn(name: &str) -> String {
    format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service/prod/{name}")
}

/// Four services, of which `bad` cannot be described in one way or another.
fn four(name: &str, input: &Value) -> Sent {
    match name {
        "ecs.ListServices" if input.get("resourceManagementType").is_some() => Ok(json!({"serviceArns": []})),
        "ecs.ListServices" => Ok(json!({"serviceArns": (["a", "b", "bad", "c"].map(arn))})),
        "ecs.DescribeServices" => {
            let asked = names(input, "services");
            let found: Vec<Value> =
                asked.iter().map(|arn| service(arn.rsplit('/').next().unwrap())).collect();
            Ok(json!({"services": found, "failures": []}))
        }
        "ecs.DescribeServiceRevisions" => {
            let asked = names(input, "serviceRevisionArns");
            Ok(json!({"serviceRevisions": asked.iter().map(|arn| revision(arn)).collect::<Vec<_>>()}))
        }
        other => Err(Fault::client("AccessDeniedException", format!("{other} is not allowed"))),
    }
}

async fn versions(server: &Server) -> (Vec<(String, String)>, Vec<flightdeck::model::Trouble>) {
    let (answer, rows) = ask(&server.client(), Ask::Fleet).await;
    let Ok(Answer::FleetDone { keys, gaps, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(keys.len(), 4, "whoever is listed is there");
    let mut last = std::collections::BTreeMap::new();
    for row in rows.iter().filter(|row| row.seen_at > Stamp(0)) {
        last.insert(row.key.name.to_string(), row.version.short());
    }
    (last.into_iter().collect(), gaps)
}

fn expected(bad: Option<&str>) -> Vec<(String, String)> {
    let good = ["a", "b", "c"].map(|name| (name.to_owned(), "8be02d4".to_owned()));
    let mut all: Vec<_> = good.into_iter().chain(bad.map(|v| ("bad".to_owned(), v.to_owned()))).collect();
    all.sort();
    all
}

#[tokio::test]
async fn one_revision_that_cannot_be_described_costs_one_row() {
    for refused in [false, true] {
        let server = Server::start(move |name, input| match name {
            "ecs.DescribeServiceRevisions" => {
                let asked = names(input, "serviceRevisionArns");
                let (bad, good): (Vec<String>, Vec<String>) =
                    asked.into_iter().partition(|arn| arn.contains("/bad/"));
                if refused && !bad.is_empty() {
                    return Err(Fault::client(
                        "InvalidParameterException",
                        "The service revision is too old.",
                    ));
                }
                let failures: Vec<Value> =
                    bad.iter().map(|arn| json!({"arn": arn, "reason": "MISSING"})).collect();
                let found: Vec<Value> = good.iter().map(|arn| revision(arn)).collect();
                Ok(json!({"serviceRevisions": found, "failures": failures}))
            }
            other => four(other, input),
        })
        .await;
        let (rows, gaps) = versions(&server).await;
        assert_eq!(rows, expected(Some("-")), "refused: {refused}");
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        // the task definition could have told as well, and may not be read
        assert_eq!(gaps[0].kind, TroubleKind::Denied);
    }
}

#[tokio::test]
async fn one_service_that_cannot_be_described_costs_one_row() {
    for refused in [false, true] {
        let server = Server::start(move |name, input| match name {
            "ecs.DescribeServices" => {
                let mut asked = names(input, "services");
                let all = asked.len();
                asked.retain(|arn| !arn.ends_with("/bad"));
                if refused && asked.len() < all {
                    return Err(Fault::client("AccessDeniedException", "not authorized to perform this"));
                }
                let found: Vec<Value> =
                    asked.iter().map(|arn| service(arn.rsplit('/').next().unwrap())).collect();
                let failures: Vec<Value> = (asked.len() < all)
                    .then(|| json!({"arn": arn("bad"), "reason": "MISSING"}))
                    .into_iter()
                    .collect();
                Ok(json!({"services": found, "failures": failures}))
            }
            other => four(other, input),
        })
        .await;
        let (rows, gaps) = versions(&server).await;
        assert_eq!(rows, expected(None), "refused: {refused}");
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert_eq!(gaps[0].kind, if refused { TroubleKind::Denied } else { TroubleKind::NotFound });
        if !refused {
            assert!(gaps[0].on.contains("prod/bad") && gaps[0].why.contains("MISSING"), "{}", gaps[0]);
        }
    }
}

#[tokio::test]
async fn a_feature_that_one_service_lacks_is_no_news_of_the_account() {
    let server = Server::start(|name, input| match name {
        "ecs.ListServiceDeployments" if input["service"] == "bad" => {
            Err(Fault::client("UnsupportedFeatureException", "not supported for this service"))
        }
        "ecs.ListServiceDeployments" => Ok(json!({"serviceDeployments": [{
            "serviceDeploymentArn": format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service-deployment/prod/a/1"),
            "status": "SUCCESSFUL", "createdAt": 1_710_272_964.0,
            "targetServiceRevisionArn": format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service-revision/prod/a/1")
        }]})),
        "ecs.DescribeServiceDeployments" => Ok(json!({"serviceDeployments": [], "failures": [{
            "arn": format!("arn:aws:ecs:us-west-2:{ACCOUNT}:service-deployment/prod/a/1"), "reason": "MISSING"
        }]})),
        "ecs.ListTasks" => Ok(json!({"taskArns": []})),
        other => four(other, input),
    })
    .await;
    let client = server.client();
    let read = async |name: &str| {
        let (answer, _) = ask(&client, Ask::Detail(key(name))).await;
        let Ok(Answer::Detail(detail)) = answer else { panic!("{answer:?}") };
        detail
    };
    let bad = read("bad").await;
    assert!(!bad.history_known);
    assert!(bad.gaps.iter().any(|gap| gap.kind == TroubleKind::Inapplicable), "{:?}", bad.gaps);
    let good = read("a").await;
    assert!(good.history_known, "the next one is asked all the same");
    // one that is listed and not described is told by what the list says
    assert_eq!(good.history[0].status.word(), "succeeded");
    assert_eq!(good.history[0].task_definition.as_deref().unwrap().rsplit('/').next(), Some("a:7"));
    assert!(good.gaps.iter().any(|gap| gap.why.contains("MISSING")), "{:?}", good.gaps);
}

#[tokio::test]
async fn app_runner_tells_no_number_of_instances_and_its_operations_lag() {
    let service = |status: &str| {
        json!({
            "ServiceName": "fd", "ServiceId": "0123", "ServiceArn": "arn:aws:apprunner:us-west-2:111122223333:service/fd/0123",
            "ServiceUrl": "x", "CreatedAt": 1_710_272_964.0, "UpdatedAt": 1_710_272_964.0, "Status": status,
            "SourceConfiguration": {"ImageRepository": {"ImageIdentifier": "r/fd:1", "ImageRepositoryType": "ECR"}},
            "InstanceConfiguration": {}, "NetworkConfiguration": {},
            "AutoScalingConfigurationSummary": {"AutoScalingConfigurationArn": "a"}
        })
    };
    let server = Server::start(move |name, _| match name {
        "apprunner.ListServices" => Ok(json!({"ServiceSummaryList": [service("OPERATION_IN_PROGRESS")]})),
        "apprunner.DescribeService" => Ok(json!({"Service": service("OPERATION_IN_PROGRESS")})),
        "apprunner.ListOperations" => Ok(json!({"OperationSummaryList": [{
            "Id": "1", "Type": "CREATE_SERVICE", "Status": "SUCCEEDED",
            "StartedAt": 1_710_272_000.0, "EndedAt": 1_710_272_900.0
        }]})),
        other => Err(Fault::client("AccessDeniedException", format!("{other} is not allowed"))),
    })
    .await;
    let mut settings = crate::support::settings(&server.running.url());
    settings.clusters = Some(Vec::new());
    settings.apprunner = flightdeck::aws::AppRunnerScope::All;
    let client = flightdeck::aws::Gateway::new().connect(settings);
    for looks in 1..=2 {
        let (_, rows) = ask(&client, Ask::Fleet).await;
        let row = rows.last().unwrap();
        assert_eq!(row.state, ServiceState::Rolling);
        assert_eq!(row.note, "an operation is in progress; the last one reported: creation, succeeded");
        assert_eq!((row.running, row.desired), (None, None));
        assert_eq!(server.count("apprunner.ListOperations"), looks, "it is looked at anew each time");
    }
}

#[tokio::test]
async fn the_estate_is_told_as_it_is() {
    use flightdeck::sim::{clock, engine::Engine, world::World};
    let engine = Engine::new(World::named("estate", None).unwrap(), 1, clock::wall());
    let running = crate::support::start(engine).await;
    let mut settings = crate::support::settings(&running.url());
    settings.clusters = Some(vec!["estate".into()]);
    settings.apprunner = flightdeck::aws::AppRunnerScope::All;
    let client = flightdeck::aws::Gateway::new().connect(settings);
    let (answer, rows) = ask(&client, Ask::Fleet).await;
    let Ok(Answer::FleetDone { gaps, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(gaps, []);
    let row = |name: &str| rows.iter().rfind(|row| &*row.key.name == name && row.seen_at > Stamp(0)).unwrap();
    let shift = row("code-deploy-shift");
    assert_eq!((shift.state, shift.running, shift.desired), (ServiceState::Rolling, Some(4), Some(2)));
    assert!(shift.note.contains("which has the traffic"), "{}", shift.note);
    assert_eq!(shift.version.tag.as_deref(), Some("6c0a9d1e5b7f4823a1c9d0e8f7b6a5948372615f"));
    let external = row("external");
    assert_eq!((external.state, external.running), (ServiceState::Steady, Some(2)));
    assert_eq!(external.sort_word(), "external");
    assert!(external.version.tag.is_some());
    assert_eq!(row("daemon").sort_word(), "daemon");
    let nowhere = row("daemon-nowhere");
    assert_eq!(
        (nowhere.state, nowhere.note.as_str()),
        (ServiceState::Paused, "no container instance to run on")
    );
    for name in ["plain", "old-timer", "refused-revision"] {
        let row = row(name);
        assert_eq!(row.version.tag.as_deref(), Some("6c0a9d1e5b7f4823a1c9d0e8f7b6a5948372615f"), "{name}");
        assert_eq!(row.version.digest.is_some(), name == "plain", "the task definition tells no digest");
    }
    for (name, state) in [
        ("app-create-failed", ServiceState::Failing),
        ("app-delete-failed", ServiceState::Failing),
        ("app-busy", ServiceState::Rolling),
        ("app-code", ServiceState::Steady),
    ] {
        assert_eq!(row(name).state, state, "{name}");
        assert_eq!(row(name).running, None, "{name}");
    }
    let undecided = row("undecided");
    assert_eq!(
        undecided.note,
        "which container is the application is not known: tools or worker; set container"
    );
    let code = row("app-code");
    assert_eq!(code.revision, "https://github.com/example/web#main");
    assert_eq!(code.version.short(), "main", "a branch is no image, and no tag that nobody gave");
}

/// A service whose production rule points at a group without healthy targets is not well, however its tasks are.
#[tokio::test]
async fn production_that_points_at_nothing_is_no_steady_service() {
    use flightdeck::sim::{clock, engine::Engine, world::World};
    let engine = Engine::new(World::named("estate", None).unwrap(), 1, clock::wall());
    let running = crate::support::start(engine).await;
    let mut settings = crate::support::settings(&running.url());
    settings.clusters = Some(vec!["estate".into()]);
    let client = flightdeck::aws::Gateway::new().connect(settings.clone());
    let (_, rows) = ask(&client, Ask::Fleet).await;
    let row = |name: &str| rows.iter().rfind(|row| &*row.key.name == name && row.seen_at > Stamp(0)).unwrap();
    let told = row("reset-rule");
    assert_eq!(told.state, ServiceState::Failing);
    assert_eq!(told.note, "production points at reset-rule, which has no healthy target");
    assert_eq!(row("blue-green").state, ServiceState::Steady);
    let Ok(Answer::Detail(detail)) = ask(&client, Ask::Detail(told.key.clone())).await.0 else { panic!() };
    assert_eq!((detail.service.state, detail.service.note), (told.state, told.note.clone()));

    // who may not look says nothing of it
    crate::support::fault(&running, &json!({"kind": "denied", "operation": "elbv2"})).await;
    let client = flightdeck::aws::Gateway::new().connect(settings);
    let (_, rows) = ask(&client, Ask::Fleet).await;
    let row = rows.iter().rfind(|row| &*row.key.name == "reset-rule" && row.seen_at > Stamp(0)).unwrap();
    assert_eq!((row.state, row.note.as_str()), (ServiceState::Steady, ""));
}

/// CodeDeploy moves the traffic from one task set to the other, then takes the old one away.
#[tokio::test]
async fn a_shift_between_task_sets_is_told_to_its_end() {
    use flightdeck::sim::{
        engine::Engine,
        server::{Options, serve},
        world::World,
    };
    let start = 1_790_000_000.0;
    let engine = Engine::new(World::named("estate", None).unwrap(), 1, start);
    let options = Options { listen: ([127, 0, 0, 1], 0).into(), speed: 0.0, start: Some(start) };
    let running = serve(engine, options).await.unwrap();
    let mut settings = crate::support::settings(&running.url());
    settings.clusters = Some(vec!["estate".into()]);
    let client = flightdeck::aws::Gateway::new().connect(settings);
    let key = flightdeck::model::ServiceKey::new(
        "prod",
        flightdeck::model::Kind::Ecs,
        "estate",
        "code-deploy-moving",
    );
    let mut told = Vec::new();
    for _ in 0..4 {
        let (answer, _) = ask(&client, Ask::Detail(key.clone())).await;
        let Ok(Answer::Detail(detail)) = answer else { panic!("{answer:?}") };
        let tag = detail.service.version.tag.clone().unwrap_or_default();
        told.push((
            detail.service.state,
            tag.chars().take(7).collect::<String>(),
            detail.service.running,
            detail.history.len(),
        ));
        crate::support::pass(&running, 120.0).await;
    }
    let (rolling, steady) = (ServiceState::Rolling, ServiceState::Steady);
    assert_eq!(
        told,
        [
            (rolling, "6c0a9d1".to_owned(), Some(4), 0),
            (rolling, "6c0a9d1".to_owned(), Some(4), 0),
            (rolling, "9d44b7c".to_owned(), Some(4), 0),
            (steady, "9d44b7c".to_owned(), Some(2), 0),
        ]
    );
}
