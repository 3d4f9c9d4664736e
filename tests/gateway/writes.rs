//! Changes: sent once, to the right account, whole.

use crate::support::{ACCOUNT, Server, armed, key, settings, start, unknown};
use flightdeck::{
    aws::Gateway,
    model::{
        Answer, Ask, ImageChoice, Launch, OneOffTask, Sealed, ServiceKey, TroubleKind, Write, Written,
        launch::{EbsVolume, Network},
    },
    sim::{api::Fault, clock, engine::Engine, world::World},
};
use serde_json::json;

fn update() -> Write {
    Write::UpdateService {
        cluster: "prod".into(),
        service: "prod-service".into(),
        task_definition: Some("arn:td:8".into()),
        desired: None,
        force: true,
    }
}

fn migration() -> OneOffTask {
    OneOffTask {
        cluster: "prod".into(),
        task_definition: "arn:td:8".into(),
        container: "service".into(),
        command: vec!["goose".into(), "up".into()],
        environment: vec![],
        network: Some(Network {
            subnets: vec!["subnet-1".into()],
            security_groups: vec!["sg-1".into()],
            public_ip: true,
        }),
        launch_type: "FARGATE".into(),
        capacity_providers: vec![],
        client_token: "token-1".into(),
        started_by: "flightdeck/r1".into(),
        ..OneOffTask::default()
    }
}

fn run(task: OneOffTask) -> Write {
    Write::RunTask(Box::new(task))
}

#[tokio::test]
async fn a_plan_of_another_account_or_environment_changes_nothing() {
    let server = Server::start(|name, _| unknown(name)).await;
    let client = server.client();
    let trouble = client.write(armed(key("prod-service"), "999988887777", update())).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::WrongAccount);
    assert!(trouble.why.contains(ACCOUNT) && trouble.why.contains("999988887777"), "{trouble}");
    let elsewhere = ServiceKey::new("staging", flightdeck::model::Kind::Ecs, "prod", "prod-service");
    let trouble = client.write(armed(elsewhere, ACCOUNT, update())).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Refused);
    assert_eq!(server.count("ecs.UpdateService"), 0);
}

#[tokio::test]
async fn an_update_is_sent_as_planned_and_once_even_when_it_fails() {
    let server = Server::start(|name, input| match name {
        "ecs.UpdateService" if input["service"] == "prod-service" => Ok(json!({"service": {
            "taskDefinition": "arn:td:8", "currentServiceDeployment": "arn:sd:1",
            "deployments": [{"id": "ecs-svc/2", "status": "PRIMARY"}, {"id": "ecs-svc/1", "status": "ACTIVE"}]
        }})),
        "ecs.UpdateService" => Err(Fault {
            resource_ids: Vec::new(),
            status: 500,
            code: "ServerException".into(),
            message: "try again".into(),
        }),
        other => unknown(other),
    })
    .await;
    let client = server.client();
    let written = client.write(armed(key("prod-service"), ACCOUNT, update())).await;
    assert_eq!(
        written,
        Ok(Written::Service {
            deployment: Some("ecs-svc/2".into()),
            service_deployment: Some("arn:sd:1".into()),
            task_definition: "arn:td:8".into()
        })
    );
    let input = &server.inputs("ecs.UpdateService")[0];
    assert_eq!(
        input,
        &json!({"cluster": "prod", "service": "prod-service", "taskDefinition": "arn:td:8", "forceNewDeployment": true})
    );
    let mut other = update();
    if let Write::UpdateService { service, .. } = &mut other {
        "broken".clone_into(service);
    }
    let trouble = client.write(armed(key("prod-service"), ACCOUNT, other)).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Server);
    assert_eq!(server.count("ecs.UpdateService"), 2, "a change without a token is never sent again");
}

#[tokio::test]
async fn a_definition_is_registered_as_it_was_read() {
    let server = Server::start(|name, _| match name {
        "ecs.RegisterTaskDefinition" => Ok(json!({"taskDefinition": {"taskDefinitionArn": "arn:td/a:9"}})),
        other => unknown(other),
    })
    .await;
    let document = json!({
        "family": "a", "novelMember": {"deep": [1, 2.5, "größer"]},
        "containerDefinitions": [{"name": "service", "image": "r/a:2", "novel": true}]
    });
    let write = Write::RegisterTaskDefinition { family: "a".into(), document: Sealed::new(document.clone()) };
    let written = server.client().write(armed(key("prod-service"), ACCOUNT, write)).await;
    assert_eq!(written, Ok(Written::TaskDefinition { arn: "arn:td/a:9".into() }));
    assert_eq!(server.inputs("ecs.RegisterTaskDefinition"), [document]);
}

#[tokio::test]
async fn a_migration_is_run_with_its_token_and_no_room_is_no_success() {
    let server = Server::start(|name, input| match name {
        "ecs.RunTask" if input["clientToken"] == "token-1" => {
            Ok(json!({"tasks": [{"taskArn": "arn:task/1"}], "failures": []}))
        }
        "ecs.RunTask" => Ok(json!({"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY", "arn": "x"}]})),
        other => unknown(other),
    })
    .await;
    let client = server.client();
    let written = client.write(armed(key("prod-service"), ACCOUNT, run(migration()))).await;
    assert_eq!(written, Ok(Written::Task { arn: "arn:task/1".into() }));
    assert_eq!(
        server.inputs("ecs.RunTask")[0],
        json!({
            "cluster": "prod", "taskDefinition": "arn:td:8", "count": 1, "clientToken": "token-1",
            "startedBy": "flightdeck/r1", "launchType": "FARGATE",
            "overrides": {"containerOverrides": [{"name": "service", "command": ["goose", "up"]}]},
            "networkConfiguration": {"awsvpcConfiguration": {
                "subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"
            }}
        })
    );
    let mut with_variables = migration();
    with_variables.environment.push(("GOOSE_TABLE".into(), "größer = 1".into()));
    client.write(armed(key("prod-service"), ACCOUNT, run(with_variables))).await.unwrap();
    assert_eq!(
        server.inputs("ecs.RunTask")[1]["overrides"]["containerOverrides"][0]["environment"],
        json!([{"name": "GOOSE_TABLE", "value": "größer = 1"}])
    );
    let mut other = migration();
    "token-2".clone_into(&mut other.client_token);
    let trouble = client.write(armed(key("prod-service"), ACCOUNT, run(other))).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::NoRoom);
    assert!(trouble.why.contains("RESOURCE:MEMORY"), "{trouble}");
}

/// What stands between answers with what it kept of another change: every call of ECS is a `POST /`.
#[tokio::test]
async fn an_answer_of_another_change_is_in_doubt_and_no_success() {
    let arn = |rest: &str| format!("arn:aws:ecs:us-west-2:{ACCOUNT}:{rest}");
    let task = move |cluster: &str, definition: &str, by: &str, command: &str| {
        json!({"tasks": [{
            "taskArn": arn(&format!("task/{cluster}/0a1b")), "clusterArn": arn(&format!("cluster/{cluster}")),
            "taskDefinitionArn": definition, "startedBy": by,
            "overrides": {"containerOverrides": [{"name": "service", "command": ["goose", command]}]},
        }], "failures": []})
    };
    let service = move |cluster: &str, name: &str| json!({"service": {"serviceArn": arn(&format!("service/{cluster}/{name}")), "clusterArn": arn(&format!("cluster/{cluster}"))}});
    let registered = move |definition: &str, image: &str| {
        json!({"taskDefinition": {"taskDefinitionArn": arn(&format!("task-definition/{definition}")),
            "containerDefinitions": [{"name": "service", "image": image}]}})
    };
    let sd = |service: &str| arn(&format!("service-deployment/prod/{service}/aa"));
    let register = Write::RegisterTaskDefinition {
        family: "a".into(),
        document: Sealed::new(
            json!({"family": "a", "containerDefinitions": [{"name": "service", "image": "r/a:2"}]}),
        ),
    };
    let stop_rollout = Write::StopServiceDeployment { arn: sd("prod-service"), rollback: true };
    let hook = Write::ContinueDeployment { arn: sd("prod-service"), hook: "h".into(), rollback: false };
    let stop = Write::StopTask { cluster: "prod".into(), task: arn("task/prod/0a1b"), reason: "late".into() };
    let express = Write::UpdateExpress { service: arn("service/prod/e"), image: "a:2".into() };
    let runner = |name: &str| format!("arn:aws:apprunner:us-west-2:{ACCOUNT}:service/{name}/0123");
    let app =
        Write::UpdateAppRunner { service: runner("r"), source: Sealed::new(json!({})), image: "a:2".into() };
    let by = "flightdeck/r1";
    let table = [
        ("ecs.RunTask", run(migration()), task("prod", "arn:td:8", by, "up"), true),
        ("ecs.RunTask", run(migration()), task("staging", "arn:td:8", by, "up"), false),
        ("ecs.RunTask", run(migration()), task("prod", "arn:td:7", by, "up"), false),
        ("ecs.RunTask", run(migration()), task("prod", "arn:td:8", "flightdeck/r0", "up"), false),
        ("ecs.RunTask", run(migration()), task("prod", "arn:td:8", by, "status"), false),
        ("ecs.UpdateService", update(), service("prod", "prod-service"), true),
        ("ecs.UpdateService", update(), service("staging", "prod-service"), false),
        ("ecs.UpdateService", update(), service("prod", "prod-worker"), false),
        ("ecs.RegisterTaskDefinition", register.clone(), registered("a:9", "r/a:2"), true),
        ("ecs.RegisterTaskDefinition", register.clone(), registered("b:9", "r/a:2"), false),
        ("ecs.RegisterTaskDefinition", register, registered("a:8", "r/a:1"), false),
        (
            "ecs.StopServiceDeployment",
            stop_rollout.clone(),
            json!({"serviceDeploymentArn": sd("prod-service")}),
            true,
        ),
        (
            "ecs.StopServiceDeployment",
            stop_rollout,
            json!({"serviceDeploymentArn": sd("prod-worker")}),
            false,
        ),
        (
            "ecs.ContinueServiceDeployment",
            hook.clone(),
            json!({"serviceDeploymentArn": sd("prod-service")}),
            true,
        ),
        ("ecs.ContinueServiceDeployment", hook, json!({"serviceDeploymentArn": sd("prod-worker")}), false),
        ("ecs.StopTask", stop.clone(), json!({"task": {"taskArn": arn("task/prod/0a1b")}}), true),
        ("ecs.StopTask", stop, json!({"task": {"taskArn": arn("task/prod/ffff")}}), false),
        (
            "ecs.UpdateExpressGatewayService",
            express.clone(),
            json!({"service": {"serviceArn": arn("service/prod/e")}}),
            true,
        ),
        (
            "ecs.UpdateExpressGatewayService",
            express,
            json!({"service": {"serviceArn": arn("service/prod/f")}}),
            false,
        ),
        (
            "apprunner.UpdateService",
            app.clone(),
            json!({"OperationId": "op", "Service": {"ServiceArn": runner("r")}}),
            true,
        ),
        (
            "apprunner.UpdateService",
            app,
            json!({"OperationId": "op", "Service": {"ServiceArn": runner("s")}}),
            false,
        ),
    ];
    for (operation, write, answer, holds) in table {
        let told = answer.to_string();
        let server = Server::start(move |name, _| match name {
            name if name == operation => Ok(answer.clone()),
            "ecs.DescribeExpressGatewayService" => Ok(json!({"service": {"activeConfigurations": [
                {"createdAt": flightdeck::sim::api::timestamp(5.0), "primaryContainer": {"image": "a:1"}}
            ]}})),
            other => unknown(other),
        })
        .await;
        let mut of = key("prod-service");
        if operation.starts_with("apprunner") {
            of = ServiceKey::new("prod", flightdeck::model::Kind::AppRunner, "", "r");
        }
        let written = server.client().write(armed(of, ACCOUNT, write)).await;
        assert_eq!(written.is_ok(), holds, "{operation} {told}: {written:?}");
        if let Err(trouble) = written {
            assert!(trouble.loses_contact(), "it may have been made: {trouble}");
            assert!(trouble.why.contains("the answer is of another change"), "{trouble}");
        }
    }
}

#[tokio::test]
async fn a_task_that_nobody_tells_of_is_in_doubt_and_not_refused() {
    let server = Server::start(|name, input| match (name, input["clientToken"].as_str()) {
        ("ecs.RunTask", Some("gone")) => {
            Ok(json!({"tasks": [], "failures": [{"reason": "MISSING", "arn": "arn:task/1"}]}))
        }
        ("ecs.RunTask", Some("used")) => {
            let resource_ids = vec!["arn:task/7".to_owned()];
            Err(Fault { resource_ids, ..Fault::client("ConflictException", "other parameters") })
        }
        ("ecs.RunTask", _) => Ok(json!({"tasks": [], "failures": []})),
        (other, _) => unknown(other),
    })
    .await;
    let client = server.client();
    let with = |token: &str| {
        let mut task = migration();
        token.clone_into(&mut task.client_token);
        client.write(armed(key("prod-service"), ACCOUNT, run(task)))
    };
    for (token, told) in [("gone", "MISSING"), ("silent", "neither a task nor a failure")] {
        let trouble = with(token).await.unwrap_err();
        assert!(trouble.loses_contact(), "{trouble}");
        assert!(trouble.why.contains(told), "{trouble}");
    }
    // the token is this command's alone: what it started before is what is watched
    assert_eq!(with("used").await, Ok(Written::Task { arn: "arn:task/7".into() }));
}

#[tokio::test]
async fn a_task_is_sent_with_what_the_service_gives_its_tasks() {
    let server = Server::start(|name, _| match name {
        "ecs.RunTask" => Ok(json!({"tasks": [{"taskArn": "arn:task/1"}], "failures": []})),
        other => unknown(other),
    })
    .await;
    let mut task = migration();
    task.launch = Launch {
        platform_version: "1.4.0".into(),
        constraints: vec![("memberOf".into(), "attribute:zone == a".into())],
        strategy: vec![("spread".into(), "instanceId".into())],
        tags: vec![("team".into(), "orders".into())],
        tags_left: 0,
        definition_tags: false,
        unknown_tags: String::new(),
        managed_tags: true,
        execute_command: true,
        volumes: vec![EbsVolume {
            name: "scratch".into(),
            role: "arn:role".into(),
            kind: "gp3".into(),
            size: Some(20),
            ..EbsVolume::default()
        }],
    };
    server.client().write(armed(key("prod-service"), ACCOUNT, run(task))).await.unwrap();
    let sent = &server.inputs("ecs.RunTask")[0];
    for (member, value) in [
        ("platformVersion", json!("1.4.0")),
        ("placementConstraints", json!([{"type": "memberOf", "expression": "attribute:zone == a"}])),
        ("placementStrategy", json!([{"type": "spread", "field": "instanceId"}])),
        ("tags", json!([{"key": "team", "value": "orders"}])),
        ("enableECSManagedTags", json!(true)),
        ("enableExecuteCommand", json!(true)),
        (
            "volumeConfigurations",
            json!([{"name": "scratch", "managedEBSVolume": {
                "roleArn": "arn:role", "volumeType": "gp3", "sizeInGiB": 20,
                "terminationPolicy": {"deleteOnTermination": true}
            }}]),
        ),
    ] {
        assert_eq!(sent[member], value, "{member} of {sent}");
    }
    assert!(sent.get("propagateTags").is_none(), "RunTask refuses SERVICE");
}

#[tokio::test]
async fn apprunner_and_express_are_sent_whole_with_another_image() {
    let server = Server::start(|name, _| match name {
        "ecs.DescribeExpressGatewayService" => Ok(json!({"service": {"serviceArn": "arn:e", "activeConfigurations": [
            {"createdAt": flightdeck::sim::api::timestamp(5.0), "primaryContainer": {"image": "a:1", "containerPort": 80, "novel": 1}}
        ]}})),
        "ecs.UpdateExpressGatewayService" => Ok(json!({"service": {"serviceArn": "arn:e"}})),
        "apprunner.UpdateService" => Ok(json!({"OperationId": "op-1", "Service": {}})),
        "apprunner.StartDeployment" => Ok(json!({"OperationId": "op-2"})),
        other => unknown(other),
    })
    .await;
    let client = server.client();
    let express = ServiceKey::new("prod", flightdeck::model::Kind::Express, "prod", "e");
    let write = Write::UpdateExpress { service: "arn:e".into(), image: "a:2".into() };
    assert_eq!(client.write(armed(express, ACCOUNT, write)).await, Ok(Written::Done));
    assert_eq!(
        server.inputs("ecs.UpdateExpressGatewayService"),
        [
            json!({"serviceArn": "arn:e", "primaryContainer": {"image": "a:2", "containerPort": 80, "novel": 1}})
        ]
    );
    let runner = ServiceKey::new("prod", flightdeck::model::Kind::AppRunner, "", "r");
    let source =
        json!({"ImageRepository": {"ImageIdentifier": "a:2", "Novel": {}}, "AutoDeploymentsEnabled": true});
    let write = Write::UpdateAppRunner {
        service: "arn:r".into(),
        source: Sealed::new(source.clone()),
        image: "a:2".into(),
    };
    assert_eq!(
        client.write(armed(runner.clone(), ACCOUNT, write)).await,
        Ok(Written::Operation { id: "op-1".into() })
    );
    assert_eq!(
        server.inputs("apprunner.UpdateService"),
        [json!({"ServiceArn": "arn:r", "SourceConfiguration": source})]
    );
    let write = Write::StartDeployment { service: "arn:r".into() };
    assert_eq!(
        client.write(armed(runner, ACCOUNT, write)).await,
        Ok(Written::Operation { id: "op-2".into() })
    );
}

#[tokio::test]
async fn a_hook_is_decided_once() {
    let server = Server::start(|name, input| match name {
        "ecs.ContinueServiceDeployment" if input["hookId"] == "gone" => {
            Err(Fault::client("InvalidParameterException", "The hook is not awaiting action."))
        }
        "ecs.ContinueServiceDeployment" => Ok(json!({"serviceDeploymentArn": "arn:sd:1"})),
        other => unknown(other),
    })
    .await;
    let client = server.client();
    let decide = |hook: &str, rollback| {
        let write = Write::ContinueDeployment { arn: "arn:sd:1".into(), hook: hook.into(), rollback };
        armed(key("prod-service"), ACCOUNT, write)
    };
    assert_eq!(client.write(decide("h1", false)).await, Ok(Written::Done));
    assert_eq!(client.write(decide("h2", true)).await, Ok(Written::Done));
    let trouble = client.write(decide("gone", false)).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Refused);
    let action = |hook, action| json!({"serviceDeploymentArn": "arn:sd:1", "hookId": hook, "action": action});
    assert_eq!(
        server.inputs("ecs.ContinueServiceDeployment"),
        [action("h1", "CONTINUE"), action("h2", "ROLLBACK"), action("gone", "CONTINUE")]
    );
}

#[tokio::test]
async fn a_tag_is_moved_to_an_image_of_the_repository() {
    let running = start(Engine::new(World::named("fem", None).unwrap(), 1, clock::wall())).await;
    let client = Gateway::new().connect(settings(&running.url()));
    let repository = format!("{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/fem-fd-service");
    let find = async |choice| {
        let ask = Ask::Image { repository: repository.clone(), choice };
        match client.ask(ask, &|_| ()).await {
            Ok(Answer::Image(image)) => image,
            other => panic!("{other:?}"),
        }
    };
    let image = find(ImageChoice::Tag("e7b41d2c5f0a4be39d17c6a82f3b90e4d5186a7c".into())).await.unwrap();
    let tag = |digest: &str| {
        let write =
            Write::TagImage { repository: repository.clone(), digest: digest.into(), tag: "promoted".into() };
        armed(key("prod-service"), ACCOUNT, write)
    };
    assert_eq!(find(ImageChoice::Tag("promoted".into())).await, None);
    assert_eq!(client.write(tag(&image.digest)).await, Ok(Written::Done));
    assert_eq!(client.write(tag(&image.digest)).await, Ok(Written::Done), "done is done");
    assert_eq!(find(ImageChoice::Tag("promoted".into())).await.unwrap().digest, image.digest);
    let other = find(ImageChoice::Tag("c90f3ad4b6e28170d95fa3c1e7468b20df139a5e".into())).await.unwrap();
    assert_eq!(client.write(tag(&other.digest)).await, Ok(Written::Done));
    assert_eq!(find(ImageChoice::Tag("promoted".into())).await.unwrap().digest, other.digest, "it is moved");
    let nowhere = format!("sha256:{}", "0".repeat(64));
    let trouble = client.write(tag(&nowhere)).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::NotFound);
    assert!(trouble.why.contains(&nowhere), "{trouble}");
}

#[tokio::test]
async fn a_manifest_is_put_back_as_it_was_and_an_immutable_tag_is_told() {
    let manifest = "{\"schemaVersion\": 2,\n  \"manifests\": []}";
    let server = Server::start(move |name, input| match name {
        "ecr.BatchGetImage" => Ok(json!({"images": [{
            "imageId": {"imageDigest": "sha256:1"}, "imageManifest": manifest,
            "imageManifestMediaType": "application/vnd.oci.image.index.v1+json"
        }]})),
        "ecr.PutImage" if input["imageTag"] == "fixed" => {
            Err(Fault::client("ImageTagAlreadyExistsException", "The image tag is immutable."))
        }
        "ecr.PutImage" => Ok(json!({"image": {}})),
        other => unknown(other),
    })
    .await;
    let client = server.client();
    let tag = |tag: &str| {
        let repository = format!("{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/shop");
        let write = Write::TagImage { repository, digest: "sha256:1".into(), tag: tag.into() };
        armed(key("prod-service"), ACCOUNT, write)
    };
    assert_eq!(client.write(tag("prod")).await, Ok(Written::Done));
    assert_eq!(
        server.inputs("ecr.PutImage"),
        [json!({
            "registryId": ACCOUNT, "repositoryName": "shop", "imageTag": "prod", "imageDigest": "sha256:1",
            "imageManifest": manifest, "imageManifestMediaType": "application/vnd.oci.image.index.v1+json"
        })]
    );
    let accepted = server.inputs("ecr.BatchGetImage")[0]["acceptedMediaTypes"].clone();
    assert!(accepted.as_array().unwrap().len() >= 4, "{accepted}");
    let trouble = client.write(tag("fixed")).await.unwrap_err();
    assert!(trouble.why.contains("immutable") && trouble.remedy.contains("pinned"), "{trouble}");
}
