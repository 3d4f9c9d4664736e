//! Changes: sent once, to the right account, whole.

use crate::support::{ACCOUNT, Server, key, unknown};
use flightdeck::{
    model::{
        Armed, Authority, Plan, Protection, RunId, Sealed, ServiceKey, TroubleKind, Write, Written,
        armed::Confirmation, detail::Network,
    },
    sim::api::Fault,
};
use serde_json::json;

fn armed(key: ServiceKey, account: &str, write: Write) -> Armed {
    let mut plan = Plan::empty(RunId::from("r1"), key);
    account.clone_into(&mut plan.account);
    plan.writes = vec![write.operation()];
    Authority::grant(&plan, Protection::Open, &Confirmation::Key).unwrap().arm(write).unwrap()
}

fn update() -> Write {
    Write::UpdateService {
        cluster: "prod".into(),
        service: "prod-service".into(),
        task_definition: Some("arn:td:8".into()),
        desired: None,
        force: true,
    }
}

fn migration() -> Write {
    Write::RunTask {
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
    }
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
        "ecs.UpdateService" => {
            Err(Fault { status: 500, code: "ServerException".into(), message: "try again".into() })
        }
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
        "ecs.RegisterTaskDefinition" => Ok(json!({"taskDefinition": {"taskDefinitionArn": "arn:td:9"}})),
        other => unknown(other),
    })
    .await;
    let document = json!({
        "family": "a", "novelMember": {"deep": [1, 2.5, "größer"]},
        "containerDefinitions": [{"name": "service", "image": "r/a:2", "novel": true}]
    });
    let write = Write::RegisterTaskDefinition { family: "a".into(), document: Sealed::new(document.clone()) };
    let written = server.client().write(armed(key("prod-service"), ACCOUNT, write)).await;
    assert_eq!(written, Ok(Written::TaskDefinition { arn: "arn:td:9".into() }));
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
    let written = client.write(armed(key("prod-service"), ACCOUNT, migration())).await;
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
    let mut other = migration();
    if let Write::RunTask { client_token, .. } = &mut other {
        "token-2".clone_into(client_token);
    }
    let trouble = client.write(armed(key("prod-service"), ACCOUNT, other)).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Refused);
    assert!(trouble.why.contains("RESOURCE:MEMORY"), "{trouble}");
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
